//! Who did what, when.

use super::codes::get;
use super::{Storage, StorageError};
use app::model::At;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// The longest detail in characters; longer ones are cut.
const MAX_DETAIL_CHARS: usize = 2000;

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// When.
    pub at: At,
    /// Who: an account's name, `set-up`, or `command line`.
    pub who: String,
    /// What was done, for example `unit-restart`; 1 to 64 characters.
    pub action: String,
    /// To what, in words.
    pub detail: String,
}

impl TryFrom<&SqliteRow> for AuditRow {
    type Error = StorageError;

    fn try_from(row: &SqliteRow) -> Result<Self, StorageError> {
        Ok(Self {
            at: At(get(row, "at")?),
            who: get(row, "who")?,
            action: get(row, "action")?,
            detail: get(row, "detail")?,
        })
    }
}

impl Storage {
    /// Appends a line; answered after it is on disk, so that it can precede the deed.
    pub async fn audit(&self, row: AuditRow) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move { append(connection, row.at, &row.who, &row.action, &row.detail).await })
            })
            .await
    }

    /// The newest lines, newest first.
    pub async fn audit_rows(&self, limit: u32) -> Result<Vec<AuditRow>, StorageError> {
        self.read(async {
            let rows = sqlx::query("SELECT at, who, action, detail FROM audit ORDER BY key DESC LIMIT ?")
                .bind(limit)
                .fetch_all(self.readers())
                .await?;
            rows.iter().map(AuditRow::try_from).collect()
        })
        .await
    }
}

/// Appends a line within the caller's transaction.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    at: At,
    who: &str,
    action: &str,
    detail: &str,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO audit (at, who, action, detail) VALUES (?, ?, ?, ?)")
        .bind(at.0)
        .bind(cut(who, 200))
        .bind(action)
        .bind(cut(detail, MAX_DETAIL_CHARS))
        .execute(connection)
        .await?;
    Ok(())
}

fn cut(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(end, _)| &text[..end])
}
