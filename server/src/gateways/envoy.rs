//! Envoy: its configuration as the common model.

use super::discover::Master;
use super::{GatewayConfig, GatewayKind, Parsed, Route, Sources, Tree, Upstream};
use crate::host::Process;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// Where it keeps its configuration where nothing says otherwise.
pub(super) const USUAL: &[&str] = &[];

/// Reads the configuration that begins at `main`, with everything that it includes.
pub(super) fn parse(main: &Path, _prefix: Option<&Path>, _sources: &dyn Sources) -> Parsed<GatewayConfig> {
    Parsed { value: GatewayConfig::empty(GatewayKind::Envoy, main, Tree::None), problems: Vec::new() }
}

/// The way of a request for this URL.
pub(super) fn route_for(_config: &GatewayConfig, _url: &Url, _listener: Option<SocketAddr>) -> Option<Route> {
    None
}

/// All upstreams that any route names, each once.
pub(super) fn upstreams(_config: &GatewayConfig) -> Vec<Upstream> {
    Vec::new()
}

/// The longest time that any route waits for its upstream.
pub(super) fn longest_wait(_config: &GatewayConfig) -> Option<Duration> {
    None
}

/// A running master, by its process.
pub(super) fn master(_process: &Process) -> Option<Master> {
    None
}
