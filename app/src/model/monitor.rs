//! What is watched, and what the public sees of it.

use super::id::{ComponentSlug, MonitorId};
use super::time::Millis;
use serde::{Deserialize, Serialize};

/// How many of the last probes must agree before a state changes, for example 2 of 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// Probes that must agree.
    pub needed: u8,
    /// Of the last so many.
    pub of: u8,
}

/// A named target with an interval. What counts as healthy stays with the prober (`server::config`),
/// because it may hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitor {
    /// Stable id; history hangs on it.
    pub id: MonitorId,
    /// Display name.
    pub name: String,
    /// The URL as configured. Admins only: it may name internal hosts.
    pub url: String,
    /// Time between probes.
    pub interval: Millis,
    /// Whether the public may know of it at all.
    pub public: bool,
    /// False for a monitor that is in the database but no longer in the file.
    pub in_file: bool,
}

/// What the public sees: one or several monitors under a name, in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Stable id and place in URLs.
    pub slug: ComponentSlug,
    /// Display name.
    pub name: String,
    /// Heading under which it is listed.
    pub group: Option<String>,
    /// Its monitors, at least one.
    pub monitors: Vec<MonitorId>,
    /// Whether anonymous visitors may see it: true if any of its monitors is public.
    pub public: bool,
}
