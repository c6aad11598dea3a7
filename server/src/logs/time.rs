//! Times in logs.
/// The time zone of a log's times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    /// Seconds east of UTC.
    pub seconds_east: i32,
}
