//! From samples to the public snapshot.
//!
//! `confirm`, `fold`, `uptime`, `latency` and `core` are pure; `board` is the one task that feeds them,
//! stores what they say and publishes the snapshot.

mod board;
pub mod confirm;
pub mod core;
pub mod fold;
pub mod latency;
mod load;
pub mod reason;
mod recorder;
pub mod uptime;
pub mod windows;

pub use board::{Board, BoardHandle};

use crate::alerts::Listener;
use app::model::{Component, Confirm, Monitor, MonitorId};

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
