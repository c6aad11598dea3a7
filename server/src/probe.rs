//! When to probe, and one attempt at a monitor.

use crate::netguard::Netguard;
use app::model::{MonitorId, Sample};
use std::ops::RangeInclusive;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
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

/// The way to a running scheduler. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SchedulerHandle;

/// Starts probing. Samples go to `results`; all tasks end when `stop` is cancelled or `results` closes.
pub fn start(
    _checks: Vec<Check>,
    _guard: Netguard,
    _results: mpsc::Sender<(MonitorId, Sample)>,
    _tracker: &TaskTracker,
    _stop: CancellationToken,
) -> SchedulerHandle {
    todo!()
}

impl SchedulerHandle {
    /// Asks for a probe at once, on a fresh connection and without overlap: if one is under way, another
    /// follows it. False where there is no such monitor.
    pub fn probe_now(&self, _id: &MonitorId) -> bool {
        todo!()
    }

    /// Probes at once and waits for the sample, at most so long. The sample also goes the ordinary way.
    pub async fn probe_and_wait(&self, _id: &MonitorId, _deadline: Duration) -> Option<Sample> {
        todo!()
    }

    /// Replaces all checks, as a reload does. Monitors whose interval is unchanged keep their rhythm.
    pub fn replace(&self, _checks: Vec<Check>) {
        todo!()
    }
}
