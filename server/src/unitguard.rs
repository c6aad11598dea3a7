//! The only door to systemd units: state of any named unit, restart of listed ones.
//!
//! It speaks systemd's published D-Bus interface (`org.freedesktop.systemd1`) and opens no other
//! socket than the bus. Only exact names are accepted, and some units are refused even when listed:
//! Gatewatch itself, the way in (ssh), the bus, and systemd's own.

mod bus;

use crate::host::{Obstacle, ObstacleKind, Seen};
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

/// How a unit's network is restricted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// `IPAddressDeny=`
    pub deny: Vec<crate::host::firewall::Net>,
    /// `IPAddressAllow=`
    pub allow: Vec<crate::host::firewall::Net>,
    /// `RestrictAddressFamilies=`: whether the list allows or forbids, and the families.
    pub families: Option<(bool, Vec<String>)>,
    /// `PrivateNetwork=`
    pub private_network: bool,
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
        Self { bus, listed: listed.into_iter().collect(), timeout: ANSWER }
    }

    /// The units that may be restarted.
    pub fn listed(&self) -> &[String] {
        &self.listed
    }

    /// The state of one unit; any exact name may be asked.
    pub async fn status(&self, unit: &str) -> Seen<UnitStatus> {
        let command = format!("systemctl status {unit}");
        if !is_exact_name(unit) {
            return Err(Obstacle::new(ObstacleKind::Failed, format!("{unit} is not the exact name of a unit"), ""));
        }
        self.bounded(&command, async {
            let manager = bus::Manager::connect(&self.bus).await?;
            manager.status(unit).await
        })
        .await
    }

    /// How a unit's network is restricted; any exact name may be asked.
    pub async fn sandbox(&self, unit: &str) -> Seen<Sandbox> {
        let command =
            format!("systemctl show {unit} -p IPAddressDeny,IPAddressAllow,RestrictAddressFamilies,PrivateNetwork");
        if !is_exact_name(unit) {
            return Err(Obstacle::new(ObstacleKind::Failed, format!("{unit} is not the exact name of a unit"), ""));
        }
        self.bounded(&command, async {
            let manager = bus::Manager::connect(&self.bus).await?;
            manager.sandbox(unit).await
        })
        .await
    }

    /// Restarts one listed unit and waits, at most 30 s, until it settled.
    /// The caller writes its audit row first.
    pub async fn restart(&self, unit: &str) -> Result<Restarted, UnitError> {
        self.may_restart(unit)?;
        let command = format!("sudo systemctl restart {unit}");
        let begun = self.bounded(&command, async {
            let manager = bus::Manager::connect(&self.bus).await?;
            let before = manager.status(unit).await?;
            manager.restart(unit).await?;
            Ok((manager, before))
        });
        let (manager, before) = begun.await.map_err(UnitError::Obstacle)?;
        let deadline = tokio::time::Instant::now() + SETTLE;
        loop {
            tokio::time::sleep(POLL).await;
            let now = self.bounded(&command, manager.status(unit)).await.map_err(UnitError::Obstacle)?;
            let settled = !matches!(now.active_state.as_str(), "activating" | "deactivating" | "reloading")
                && manager.no_job(unit).await;
            if settled || tokio::time::Instant::now() >= deadline {
                return Ok(Restarted { before, after: now, settled });
            }
        }
    }

    /// Whether a unit may be restarted at all: exact name, listed, not forbidden.
    pub fn may_restart(&self, unit: &str) -> Result<(), UnitError> {
        let named = || unit.to_owned();
        if !is_exact_name(unit) {
            return Err(UnitError::Forbidden { unit: named(), why: "it is not the exact name of a service" });
        }
        if let Some((_, why)) = FORBIDDEN.iter().find(|(start, _)| unit.starts_with(start)) {
            return Err(UnitError::Forbidden { unit: named(), why });
        }
        if !unit.ends_with(".service") {
            return Err(UnitError::Forbidden { unit: named(), why: "only services are restarted" });
        }
        if !self.listed.iter().any(|listed| listed == unit) {
            return Err(UnitError::NotListed { unit: named() });
        }
        Ok(())
    }

    async fn bounded<T>(&self, command: &str, work: impl Future<Output = Result<T, zbus::Error>>) -> Seen<T> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(Ok(value)) => Ok(value),
            // One call that waited in vain ends at about the same moment as the whole of them.
            Ok(Err(error)) if !bus::waited_in_vain(&error) => Err(bus::obstacle(&error, command)),
            Ok(Err(_)) | Err(_) => {
                let reason = format!("systemd did not answer within {} s", ANSWER.as_secs());
                Err(Obstacle::new(ObstacleKind::TimedOut, reason, command))
            }
        }
    }
}

/// How long systemd may take over its answers to one question.
const ANSWER: Duration = Duration::from_secs(2);
/// How long a restart may take before its state is shown as it is.
const SETTLE: Duration = Duration::from_secs(30);
/// How often the state is looked at meanwhile.
const POLL: Duration = Duration::from_millis(200);

/// Beginnings of units that are never restarted from here.
const FORBIDDEN: [(&str, &str); 9] = [
    ("gatewatch", "it is Gatewatch itself"),
    ("ssh", "it is the way into this host"),
    ("dropbear", "it is the way into this host"),
    ("dbus", "it is the bus that this goes through"),
    ("systemd-", "it is a part of systemd"),
    ("init.", "it is a part of systemd"),
    ("user@", "it holds the sessions of a user"),
    ("user-", "it holds the sessions of a user"),
    ("polkit", "it decides who may do this"),
];

/// A unit's exact name: no patterns, no template without an instance, no path.
fn is_exact_name(unit: &str) -> bool {
    let (name, kind) = unit.rsplit_once('.').unwrap_or((unit, ""));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@:\\".contains(c);
    let kinds = ["service", "socket", "target", "timer", "slice", "scope", "mount", "path"];
    !name.is_empty()
        && unit.len() <= 255
        && unit.chars().all(plain)
        && !unit.starts_with(['-', '.'])
        && !name.ends_with('@')
        && kinds.contains(&kind)
}

#[cfg(test)]
mod tests;
