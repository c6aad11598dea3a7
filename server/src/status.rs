//! From samples to the public snapshot.
//!
//! `confirm`, `fold`, `uptime`, `latency`, `rollup`, `range` and `core` are pure; `board` is the one task that feeds them,
//! stores what they say and publishes the snapshot.

mod board;
pub mod confirm;
pub mod core;
pub mod fold;
pub mod latency;
mod load;
pub mod range;
pub mod reason;
mod recorder;
pub mod rollup;
pub mod uptime;
pub mod windows;

pub use board::{Board, BoardError, BoardHandle};

use crate::alerts::Listener;
use crate::selfcheck::Reach;
use app::model::{Component, Confirm, Millis, Monitor, MonitorId};
use app::words::Words;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A monitor and how its changes are confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// What is watched.
    pub monitor: Monitor,
    /// How many failures make an outage.
    pub down: Confirm,
    /// How many successes end it.
    pub up: Confirm,
    /// Monitors without which this one cannot be well.
    pub depends_on: Vec<MonitorId>,
    /// Whether its samples have a duration worth showing; a heartbeat has none.
    pub timed: bool,
    /// The longest that one probe takes.
    pub patience: Duration,
    /// What its samples rest on.
    pub reach: Reach,
    /// When it counts as unstable.
    pub unstable: Unstable,
}

/// When a monitor counts as unstable, and when no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unstable {
    /// After so many changes into and out of an outage …
    pub changes: u8,
    /// … within so long.
    pub within: Duration,
    /// Without a change for so long it is stable again.
    pub quiet: Duration,
}

impl Default for Unstable {
    fn default() -> Self {
        Self { changes: 5, within: Duration::from_hours(1), quiet: Duration::from_mins(30) }
    }
}

/// How unstable something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flapping {
    /// Changes counted.
    pub changes: usize,
    /// Within so long.
    pub within: Millis,
    /// It is stable again after so long without a change.
    pub quiet: Millis,
}

impl Flapping {
    /// For visitors.
    pub fn words(self) -> String {
        Words::default().unstable(self.changes, u64::from(self.within.0))
    }
}

/// What the board shows.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardConfig {
    /// The page's title.
    pub title: String,
    /// All monitors of the configuration.
    pub monitors: Vec<Watched>,
    /// All components in order; a monitor in none gets one of its own at the end.
    pub components: Vec<Component>,
    /// Who is told of changes of state.
    pub listeners: Vec<Listener>,
    /// Announced work.
    pub maintenances: Vec<windows::Maintenance>,
    /// True when Gatewatch watches only itself.
    pub only_self: bool,
}
