//! The only door to systemd units: state of any named unit, restart of listed ones.
//!
//! It speaks systemd's published D-Bus interface (`org.freedesktop.systemd1`) and opens no other
//! socket than the bus. Only exact names are accepted, and some units are refused even when listed:
//! Gatewatch itself, the way in (ssh), the bus, and systemd's own.

use crate::host::{Obstacle, Seen};
use app::model::At;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Which bus to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bus {
    /// The system's own.
    System,
    /// A bus of one's own at this socket (tests, containers with a mounted bus).
    Socket(PathBuf),
}

/// The door to units. Connects on first use and again after a loss; cheap to clone.
#[derive(Debug, Clone)]
pub struct Units {
    bus: Bus,
    listed: std::sync::Arc<[String]>,
    timeout: Duration,
}

/// What systemd says of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitStatus {
    /// Its name, for example `nginx.service`.
    pub unit: String,
    /// Its description.
    pub description: String,
    /// `loaded`, `not-found`, `masked` …
    pub load_state: String,
    /// `active`, `inactive`, `failed`, `activating` …
    pub active_state: String,
    /// `running`, `dead`, `auto-restart` …
    pub sub_state: String,
    /// `success`, `exit-code`, `signal`, `oom-kill`, `timeout` …; services only.
    pub result: Option<String>,
    /// Automatic restarts since it was last started by hand; services only.
    pub restarts: Option<u32>,
    /// Exit status of the last main process; services only.
    pub exit_status: Option<i32>,
    /// The main process; `None` when there is none.
    pub main_pid: Option<u32>,
    /// When it became active last.
    pub active_since: Option<At>,
    /// When it became inactive last.
    pub inactive_since: Option<At>,
}

/// Why a unit was not touched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Not in the configuration's list.
    #[error("{unit} is not listed; add it to units = [\"{unit}\"] under [[gateways]] in gatewatch.toml")]
    NotListed {
        /// The unit.
        unit: String,
    },
    /// Never restarted from here, listed or not.
    #[error("{unit} is never restarted from here: {why}")]
    Forbidden {
        /// The unit.
        unit: String,
        /// Why.
        why: &'static str,
    },
    /// No systemd, no permission, or no answer in time.
    #[error("{}", .0.reason)]
    Obstacle(Obstacle),
}

/// A restart that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restarted {
    /// Before.
    pub before: UnitStatus,
    /// After; taken once the unit settled, or when the wait ended.
    pub after: UnitStatus,
    /// Whether it settled in time.
    pub settled: bool,
}

impl Units {
    /// A door to the units that the configuration lists. Opens nothing yet.
    pub fn new(bus: Bus, listed: impl IntoIterator<Item = String>) -> Self {
        Self { bus, listed: listed.into_iter().collect(), timeout: Duration::from_secs(2) }
    }

    /// The units that may be restarted.
    pub fn listed(&self) -> &[String] {
        &self.listed
    }

    /// The state of one unit; any exact name may be asked.
    pub async fn status(&self, _unit: &str) -> Seen<UnitStatus> {
        todo!()
    }

    /// Restarts one listed unit and waits, at most 30 s, until it settled.
    /// The caller writes its audit row first.
    pub async fn restart(&self, _unit: &str) -> Result<Restarted, UnitError> {
        todo!()
    }

    /// Whether a unit may be restarted at all: exact name, listed, not forbidden.
    pub fn may_restart(&self, _unit: &str) -> Result<(), UnitError> {
        todo!()
    }
}
