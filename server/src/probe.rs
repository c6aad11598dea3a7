//! When to probe, and one attempt at a monitor.
//!
//! One task holds a heap of due times; an idle monitor is an entry in it and nothing else. A probe is a task
//! of its own while it is under way, and never two for one monitor.

mod attempt;
pub mod expect;
pub mod heartbeat;
mod schedule;
mod scheduler;
pub mod target;
#[cfg(test)]
mod tests;

pub use attempt::{Attempted, attempt};
pub use expect::Expect;
pub use heartbeat::{Beat, Heartbeats, PushToken};
pub use scheduler::{SchedulerHandle, start};
pub use target::{Family, HttpAsk, Question, Target};

use app::model::MonitorId;
use rustls::pki_types::CertificateDer;
use std::time::Duration;

/// What is asked of a monitor, and what counts as healthy.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Whose samples these are.
    pub monitor: MonitorId,
    /// What is asked.
    pub target: Target,
    /// Time between probes.
    pub interval: Duration,
    /// Most time for one probe.
    pub timeout: Duration,
    /// What counts as healthy.
    pub expect: Expect,
    /// The authorities that a certificate must come from; empty for the system's.
    pub authorities: Vec<CertificateDer<'static>>,
}
