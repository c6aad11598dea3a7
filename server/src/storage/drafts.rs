//! Forms that were not carried out, so that nothing typed is lost.

use super::codes::get;
use super::{Storage, StorageError};
use app::backend::Draft;
use app::model::{ActionError, At};
use sqlx::sqlite::SqliteRow;
use std::time::Duration;

/// How long a draft is kept.
const KEPT: Duration = Duration::from_hours(24);
/// Drafts of one owner; the oldest go.
const PER_OWNER: i64 = 50;

fn draft(row: &SqliteRow) -> Result<Draft, StorageError> {
    let corrupt = |place| move |error: serde_json::Error| StorageError::Corrupt { place, problem: error.to_string() };
    let error: Option<&str> = get(row, "error")?;
    Ok(Draft {
        form: get(row, "form")?,
        fields: serde_json::from_str(get(row, "fields")?).map_err(corrupt("drafts.fields"))?,
        error: error.map(serde_json::from_str::<ActionError>).transpose().map_err(corrupt("drafts.error"))?,
    })
}

fn json(value: &impl serde::Serialize) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|error| StorageError::NotWritten(error.to_string()))
}

impl Storage {
    /// Keeps a form for `owner` (any stable text for the session or account) for 24 h; answers its id.
    pub async fn keep_draft(&self, owner: &str, draft: Draft, now: At) -> Result<String, StorageError> {
        let id = crate::ids::random_text(16)?;
        let fields = json(&draft.fields)?;
        let error = draft.error.as_ref().map(json).transpose()?;
        let (owner, form, answer) = (owner.to_owned(), draft.form, id.clone());
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM drafts WHERE created_at < ?")
                        .bind((now - KEPT).0)
                        .execute(&mut *connection)
                        .await?;
                    sqlx::query(
                        "DELETE FROM drafts WHERE id IN
                         (SELECT id FROM drafts WHERE owner = ? ORDER BY created_at DESC LIMIT -1 OFFSET ?)",
                    )
                    .bind(&owner)
                    .bind(PER_OWNER - 1)
                    .execute(&mut *connection)
                    .await?;
                    sqlx::query(
                        "INSERT INTO drafts (id, owner, form, fields, error, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                    )
                    .bind(id)
                    .bind(owner)
                    .bind(form)
                    .bind(fields)
                    .bind(error)
                    .bind(now.0)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await?;
        Ok(answer)
    }

    /// A kept form of this owner.
    pub async fn draft(&self, owner: &str, id: &str) -> Result<Option<Draft>, StorageError> {
        self.read(async {
            let row = sqlx::query("SELECT form, fields, error FROM drafts WHERE id = ? AND owner = ?")
                .bind(id)
                .bind(owner)
                .fetch_optional(self.readers())
                .await?;
            row.as_ref().map(draft).transpose()
        })
        .await
    }
}
