//! When to probe, and one attempt at a monitor.
//!
//! One task holds a heap of due times; an idle monitor is an entry in it and nothing else. A probe is a task
//! of its own while it is under way, and never two for one monitor.

mod attempt;
mod direct;
pub mod expect;
pub mod heartbeat;
mod places;
mod schedule;
mod scheduler;
pub mod target;
#[cfg(test)]
mod tests;

pub use attempt::{Attempted, attempt};
pub use direct::Direct;
pub use expect::Expect;
pub use heartbeat::{Beat, Heartbeats, PushToken};
pub use scheduler::{SchedulerHandle, start};
pub use target::{Family, HttpAsk, Question, Target, Version};

use crate::evidence::Gathered;
use crate::net::Identity;
use crate::netguard::Place;
use app::model::{MonitorId, Sample};
use rustls::pki_types::CertificateDer;
use std::time::Duration;

/// A sample on its way to the board.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Whose.
    pub monitor: MonitorId,
    /// What was measured.
    pub sample: Sample,
    /// What was seen besides, where that may be evidence of a change.
    pub gathered: Option<Box<Gathered>>,
}

impl Measured {
    /// A sample and nothing else.
    pub fn bare(monitor: MonitorId, sample: Sample) -> Self {
        Self { monitor, sample, gathered: None }
    }
}

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
    /// The certificate that is shown to a peer that asks for one.
    pub identity: Option<Identity>,
    /// The way past the gateway, asked where the way through it fails.
    pub direct: Option<Direct>,
}

impl Check {
    /// Which hosts and ports have to be asked, besides the system's name servers.
    pub fn places(&self) -> Vec<Place> {
        let direct = self.direct.as_ref().and_then(|direct| Place::of(direct.url()));
        self.target.places().into_iter().chain(direct).collect()
    }
}
