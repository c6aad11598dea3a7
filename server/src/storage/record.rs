//! What the recorder writes: samples, changes of state, latency buckets, in one transaction.
use super::{Storage, StorageError, StoredLatency};
use app::model::{At, MonitorId, Sample, State};

/// A monitor's state from some moment on; replaces all that was recorded from that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanChange {
    /// Whose.
    pub monitor: MonitorId,
    /// From when.
    pub since: At,
    /// Which state.
    pub state: State,
}

/// Everything the recorder gathered since the last write. Writing it twice changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Samples in order of arrival.
    pub samples: Vec<(MonitorId, Sample)>,
    /// Changes in order.
    pub changes: Vec<SpanChange>,
    /// Closed latency buckets.
    pub latencies: Vec<StoredLatency>,
}

impl Storage {
    /// Writes a batch, all or nothing. Rows of monitors that are not known are left out.
    pub async fn record(&self, batch: &Batch) -> Result<(), StorageError> {
        let _ = batch;
        todo!()
    }
    /// The newest samples of a monitor, oldest first.
    pub async fn latest_samples(&self, monitor: &MonitorId, limit: u32) -> Result<Vec<Sample>, StorageError> {
        let _ = (monitor, limit);
        todo!()
    }
    /// Samples in `from..until`, oldest first, at most `limit`.
    pub async fn samples_between(
        &self,
        monitor: &MonitorId,
        from: At,
        until: At,
        limit: u32,
    ) -> Result<Vec<Sample>, StorageError> {
        let _ = (monitor, from, until, limit);
        todo!()
    }
}
