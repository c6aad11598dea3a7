//! When to probe, and one attempt at a monitor.
//!
//! One task holds a heap of due times; an idle monitor is an entry in it and nothing else. A probe is a task
//! of its own while it is under way, and never two for one monitor.

mod attempt;
mod schedule;
mod scheduler;
#[cfg(test)]
mod tests;

pub use attempt::attempt;
pub use scheduler::{SchedulerHandle, start};

use app::model::MonitorId;
use std::ops::RangeInclusive;
use std::time::Duration;
use url::Url;

/// What is asked of a monitor, and what counts as healthy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Whose samples these are.
    pub monitor: MonitorId,
    /// What is asked.
    pub url: Url,
    /// Time between probes.
    pub interval: Duration,
    /// Most time for one probe.
    pub timeout: Duration,
    /// Status codes that count as healthy.
    pub expect_status: Vec<RangeInclusive<u16>>,
    /// A healthy answer slower than this counts as degraded.
    pub degraded_over: Option<Duration>,
}
