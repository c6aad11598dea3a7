//! What was seen when monitors' states changed: the same again is one row, and what is too much or too old goes.

use super::codes::{Numbered, get, narrow, parse};
use super::{Storage, StorageError};
use app::model::{At, Evidence, MonitorId, Seen, State};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// Rows of one monitor, and of all.
const MOST_OF_ONE: u32 = 40;
const MOST: u32 = 4000;

/// What was seen at a change, to be kept with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvidence {
    /// Whose change.
    pub monitor: MonitorId,
    /// To which state.
    pub state: State,
    /// When the probe began.
    pub at: At,
    /// A hash of what makes it the same as another.
    pub mark: [u8; 32],
    /// What was seen.
    pub evidence: Evidence,
}

fn seen(row: &SqliteRow) -> Result<Seen, StorageError> {
    let body: &str = get(row, "body")?;
    Ok(Seen {
        monitor: parse(row, "id")?,
        state: State::of(get(row, "state")?, "evidence.state")?,
        first_at: At(get(row, "first_at")?),
        last_at: At(get(row, "last_at")?),
        count: narrow(row, "count")?,
        evidence: serde_json::from_str(body)
            .map_err(|error| StorageError::Corrupt { place: "evidence.body", problem: error.to_string() })?,
    })
}

/// Keeps it; keeping the same probe's twice changes nothing. That of monitors that the database does not know is left out.
pub(super) async fn keep(connection: &mut SqliteConnection, new: &NewEvidence) -> Result<(), StorageError> {
    let body = serde_json::to_string(&new.evidence).map_err(|error| StorageError::NotWritten(error.to_string()))?;
    let key: Option<i64> = sqlx::query_scalar("SELECT key FROM monitors WHERE id = ?")
        .bind(new.monitor.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(monitor) = key else { return Ok(()) };
    sqlx::query(
        "INSERT INTO evidence (monitor, state, mark, first_at, last_at, count, body) VALUES (?1, ?2, ?3, ?4, ?4, 1, ?5)
         ON CONFLICT (monitor, state, mark) DO UPDATE SET
             last_at = excluded.last_at, count = count + 1, body = excluded.body
         WHERE excluded.last_at > last_at",
    )
    .bind(monitor)
    .bind(new.state.number())
    .bind(new.mark.as_slice())
    .bind(new.at.0)
    .bind(body)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "DELETE FROM evidence WHERE key IN
             (SELECT key FROM evidence WHERE monitor = ? ORDER BY last_at DESC, key DESC LIMIT -1 OFFSET ?)",
    )
    .bind(monitor)
    .bind(MOST_OF_ONE)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "DELETE FROM evidence WHERE key IN
             (SELECT key FROM evidence ORDER BY last_at DESC, key DESC LIMIT -1 OFFSET ?)",
    )
    .bind(MOST)
    .execute(connection)
    .await?;
    Ok(())
}

impl Storage {
    /// What was seen of a monitor, the newest first; at most 40 pieces.
    pub async fn evidence(&self, monitor: &MonitorId) -> Result<Vec<Seen>, StorageError> {
        self.read(async {
            let rows = sqlx::query(
                "SELECT m.id, e.state, e.first_at, e.last_at, e.count, e.body FROM evidence e
                 JOIN monitors m ON m.key = e.monitor WHERE m.id = ? ORDER BY e.last_at DESC, e.key DESC LIMIT ?",
            )
            .bind(monitor.as_str())
            .bind(MOST_OF_ONE)
            .fetch_all(self.readers())
            .await?;
            rows.iter().map(seen).collect()
        })
        .await
    }

    /// Lets go of what was seen last before `before`.
    pub async fn sweep_evidence(&self, before: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM evidence WHERE last_at < ?").bind(before.0).execute(connection).await?;
                    Ok(())
                })
            })
            .await
    }
}
