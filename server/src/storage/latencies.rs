//! Closed latency buckets, so that a start need not read a day of samples.

use super::codes::{get, narrow, parse};
use super::{Storage, StorageError};
use app::model::{At, Millis, MonitorId};
use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::sqlite::SqliteRow;

/// The median of a monitor's successful probes in one closed bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLatency {
    /// Whose.
    pub monitor: MonitorId,
    /// Start of the bucket.
    pub at: At,
    /// Median.
    pub median: Millis,
    /// Of so many probes, at least one.
    pub count: u32,
}

fn latency(row: &SqliteRow) -> Result<StoredLatency, StorageError> {
    Ok(StoredLatency {
        monitor: parse(row, "id")?,
        at: At(get(row, "at")?),
        median: Millis(narrow(row, "median_ms")?),
        count: narrow(row, "count")?,
    })
}

impl Storage {
    /// All monitors' closed buckets from `from` on, oldest first.
    pub async fn latencies_since(&self, from: At) -> Result<Vec<StoredLatency>, StorageError> {
        self.read(async {
            let rows = sqlx::query(
                "SELECT monitors.id, latencies.at, latencies.median_ms, latencies.count
                 FROM latencies JOIN monitors ON monitors.key = latencies.monitor
                 WHERE latencies.at >= ? ORDER BY latencies.at",
            )
            .bind(from.0)
            .fetch(self.readers());
            rows.map(|row| latency(&row?)).try_collect().await
        })
        .await
    }
}
