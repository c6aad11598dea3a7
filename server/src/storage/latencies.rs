//! Closed latency buckets.
use super::{Storage, StorageError};
use app::model::{At, Millis, MonitorId};

/// The median of a monitor's successful probes in one closed bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLatency {
    /// Whose.
    pub monitor: MonitorId,
    /// Start of the bucket.
    pub at: At,
    /// Median.
    pub median: Millis,
    /// Of so many probes.
    pub count: u32,
}

impl Storage {
    /// All monitors' closed buckets from `from` on.
    pub async fn latencies_since(&self, from: At) -> Result<Vec<StoredLatency>, StorageError> {
        let _ = from;
        todo!()
    }
}
