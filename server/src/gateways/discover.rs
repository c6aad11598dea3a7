//! Finding the gateway of a URL on this host: who listens on its port, and with which configuration.

use super::{GatewayConfig, GatewayKind, Problem};
use crate::fileguard::Fileguard;
use crate::host::{Host, Obstacle};
use std::path::PathBuf;
use url::Url;

/// Where to look first; discovery adds the rest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// Main configuration files.
    pub configs: Vec<PathBuf>,
}

/// A gateway on this host that may serve the URL.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// Which.
    pub kind: GatewayKind,
    /// Its version, where the process or its package tells.
    pub version: Option<String>,
    /// The main configuration file.
    pub main: PathBuf,
    /// How that file was found, as a sentence.
    pub how: String,
    /// The master process, where it is known.
    pub pid: Option<u32>,
    /// The user that its workers run as, by their processes or else by the configuration.
    pub user: Option<String>,
    /// Whether it listens on the URL's port (by its sockets or else by its configuration).
    pub listens: bool,
    /// What was understood of the configuration.
    pub config: GatewayConfig,
    /// What was not.
    pub problems: Vec<Problem>,
}

/// What discovery found, and what stood in its way.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// Gateways, the likeliest first.
    pub gateways: Vec<Discovered>,
    /// What could not be read or seen.
    pub obstacles: Vec<Obstacle>,
}

/// Finds the gateways on this host that may serve a URL.
pub async fn discover(_host: &dyn Host, _files: &Fileguard, _url: &Url, _overrides: &Overrides) -> Discovery {
    todo!()
}
