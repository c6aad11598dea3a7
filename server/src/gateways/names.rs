//! When and by whom names of a configuration become addresses.

use super::{Place, Set};
use std::net::SocketAddr;
use std::time::Duration;

/// The name servers that the gateway itself asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolver {
    /// Their addresses as written, with port 53 where none is; names are possible too.
    pub servers: Vec<String>,
    /// For how long answers are kept, where that is fixed.
    pub valid: Option<Duration>,
    /// How long it waits for an answer.
    pub timeout: Set<Duration>,
    /// Whether it asks for IPv6 addresses.
    pub ipv6: bool,
    /// Where it stands.
    pub place: Place,
}

impl Resolver {
    /// Those servers that are addresses.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().filter_map(|server| server.parse().ok()).collect()
    }
}

/// When names of an upstream become addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameResolution {
    /// There is no name.
    None,
    /// Once, at start and reload, by the system's resolver.
    AtStart,
    /// For each connection anew, by the system's resolver.
    BySystem,
    /// For each request (a variable) or again and again, by the gateway's own resolver; `None` if it has none.
    WhileRunning(Option<Resolver>),
}
