//! `gatewatch.toml`: typed, checked at load, errors with file, line and column.
//!
//! One small file per section. A section is read from the spanned document by hand rather than
//! through serde, so that *all* bad keys are reported at once and each with its place. Nothing
//! here changes the file: the web has no way to write it.

pub mod alerts;
pub mod components;
mod expect;
pub mod gateways;
pub mod kind;
pub mod load;
mod maintenance;
pub mod metrics;
pub mod monitors;
pub mod net;
pub mod page;
pub mod problem;
pub mod reader;
pub mod secret;
pub mod self_check;
pub mod server;
pub mod source;
pub mod storage;
pub mod subscriptions;
pub mod template;
pub mod text;

pub use crate::netguard::NetRules;
pub use alerts::AlertConfig;
pub use gateways::Gateway;
pub use kind::Asks;
pub use load::{Loaded, load};
pub use metrics::Metrics;
pub use monitors::MonitorConfig;
pub use page::Page;
pub use problem::{ConfigErrors, Problem};
pub use secret::Secret;
pub use self_check::SelfCheckSection;
pub use server::{IpNet, Server};
pub use source::{Environment, ProcessEnvironment};
pub use storage::StorageSection;
pub use subscriptions::Subscriptions;

use crate::status::windows::Maintenance;
use app::model::{Component, ComponentSlug, MonitorId};

/// Everything that the operator decided, ready to use.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where Gatewatch listens, and under which names.
    pub server: Server,
    /// Where it keeps its data.
    pub storage: StorageSection,
    /// What visitors read.
    pub page: Page,
    /// Which private places may be asked.
    pub net: NetRules,
    /// What is watched, in the order of the file, then `--watch`. At least one.
    pub monitors: Vec<MonitorConfig>,
    /// What the public sees: the file's components in its order, then monitors that are in none.
    pub components: Vec<Component>,
    /// Announced work.
    pub maintenances: Vec<Maintenance>,
    /// What the wizard may read and restart on this host.
    pub gateways: Vec<Gateway>,
    /// Who may read `/metrics`.
    pub metrics: Metrics,
    /// How Gatewatch looks after itself.
    pub self_check: SelfCheckSection,
    /// Who is told of an outage.
    pub alerts: Vec<AlertConfig>,
    /// How visitors are told, if they may subscribe.
    pub subscriptions: Option<Subscriptions>,
    /// True when nothing was configured and Gatewatch watches its own health page.
    pub only_self: bool,
}

impl Config {
    /// A configured monitor.
    pub fn monitor(&self, id: &MonitorId) -> Option<&MonitorConfig> {
        self.monitors.iter().find(|entry| entry.monitor.id == *id)
    }

    /// A configured component, private ones included.
    pub fn component(&self, slug: &ComponentSlug) -> Option<&Component> {
        self.components.iter().find(|component| component.slug == *slug)
    }

    /// All units that may be restarted, by exact name.
    pub fn units(&self) -> impl Iterator<Item = &str> {
        self.gateways.iter().flat_map(|gateway| gateway.units.iter().map(String::as_str))
    }
}
