//! State intervals.
use super::{Storage, StorageError};
use app::model::{At, MonitorId, State};

/// A state from a moment until the next span begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From when.
    pub since: At,
    /// Which state.
    pub state: State,
}

impl Storage {
    /// All monitors' spans that reach into the time from `from` on, by monitor and time.
    pub async fn spans_since(&self, from: At) -> Result<Vec<(MonitorId, Span)>, StorageError> {
        let _ = from;
        todo!()
    }
}
