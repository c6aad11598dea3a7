//! State intervals: each row is a state that lasts until the monitor's next row.

use super::codes::{Numbered, get, parse};
use super::{Storage, StorageError};
use app::model::{At, MonitorId, State};
use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::sqlite::SqliteRow;

/// A state from a moment until the next span begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From when.
    pub since: At,
    /// Which state.
    pub state: State,
}

fn span(row: &SqliteRow) -> Result<(MonitorId, Span), StorageError> {
    let state = State::of(get(row, "state")?, "spans.state")?;
    Ok((parse(row, "id")?, Span { since: At(get(row, "since")?), state }))
}

impl Storage {
    /// All monitors' spans that reach into the time from `from` on, by monitor and time.
    pub async fn spans_since(&self, from: At) -> Result<Vec<(MonitorId, Span)>, StorageError> {
        self.read(async {
            // One row after the other: there are tens of thousands, each many times as large as what is made of it.
            let rows = sqlx::query(
                "SELECT monitors.id, spans.since, spans.state FROM monitors JOIN spans ON spans.monitor = monitors.key
                 WHERE spans.since >= coalesce(
                    (SELECT max(earlier.since) FROM spans AS earlier
                     WHERE earlier.monitor = monitors.key AND earlier.since <= ?1), ?1)
                 ORDER BY monitors.id, spans.since",
            )
            .bind(from.0)
            .fetch(self.readers());
            rows.map(|row| span(&row?)).try_collect().await
        })
        .await
    }

    /// The spans of these monitors that reach into the time from `from` on, by monitor and time.
    pub async fn spans_of(&self, monitors: &[MonitorId], from: At) -> Result<Vec<(MonitorId, Span)>, StorageError> {
        let ids = serde_json::to_string(monitors).map_err(|error| StorageError::NotWritten(error.to_string()))?;
        self.read(async {
            let rows = sqlx::query(
                "SELECT monitors.id, spans.since, spans.state FROM monitors JOIN spans ON spans.monitor = monitors.key
                 WHERE monitors.id IN (SELECT value FROM json_each(?2)) AND spans.since >= coalesce(
                    (SELECT max(earlier.since) FROM spans AS earlier
                     WHERE earlier.monitor = monitors.key AND earlier.since <= ?1), ?1)
                 ORDER BY monitors.id, spans.since",
            )
            .bind(from.0)
            .bind(ids)
            .fetch_all(self.readers())
            .await?;
            rows.iter().map(span).collect()
        })
        .await
    }
}
