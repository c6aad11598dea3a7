//! What a configuration does at one place against failures and load: retries, health checks, caching, limits.

use super::{GatewayConfig, GatewayKind, Place, Set};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// What applies to a request beside its route. `None` means: it cannot be told for this gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Care {
    /// A failed member is replaced by the next one.
    pub retries: Option<bool>,
    /// The gateway asks its members for their health by itself.
    pub active_checks: Option<bool>,
    /// What it asks them, where that is known and in HTTP.
    pub check: Option<Check>,
    /// Members are left out for a while after failures.
    pub passive_checks: Option<bool>,
    /// Answers are cached.
    pub cache: Option<bool>,
    /// Old answers are given while the upstream fails.
    pub stale: Option<bool>,
    /// Limits of requests, as written.
    pub rate_limits: Vec<Set<String>>,
    /// Limits of connections, as written.
    pub connection_limits: Vec<Set<String>>,
    /// The address from which the upstream is connected to.
    pub source: Option<SourceBind>,
    /// Folders for bodies that do not fit in memory.
    pub temp: Vec<TempFolder>,
}

/// A health check in HTTP that a gateway makes of each member by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The method.
    pub method: String,
    /// Path and query.
    pub uri: String,
    /// The Host that is sent; the member's own address where none is.
    pub host: Option<String>,
    /// Another port than the requests' own.
    pub port: Option<u16>,
    /// Whether TLS is spoken, where that is not as for requests.
    pub tls: Option<bool>,
    /// Statuses that are good.
    pub status: Vec<RangeInclusive<u16>>,
    /// How long the answer may take.
    pub timeout: Duration,
    /// Where it stands.
    pub place: Place,
}

/// A source address for connections to the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceBind {
    /// The address, without a port.
    pub address: String,
    /// The directive as written.
    pub written: String,
    /// Foreign addresses are meant.
    pub foreign: bool,
    /// Where it stands.
    pub place: Place,
}

/// A folder for temporary files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TempFolder {
    /// The directive's name.
    pub directive: String,
    /// The folder, or the usual ones where none is written: the first that exists is meant.
    pub paths: Vec<PathBuf>,
    /// Where it stands; `None` for a default.
    pub place: Option<Place>,
}

impl GatewayConfig {
    /// What applies to a request for this URL beside its route.
    pub fn care_for(&self, url: &url::Url, listener: Option<SocketAddr>) -> Care {
        match self.kind {
            GatewayKind::Nginx => super::nginx::care_for(self, url, listener),
            GatewayKind::Httpd => super::httpd::care_for(self, url, listener),
            GatewayKind::Haproxy => super::haproxy::care_for(self, url, listener),
            _ => self.flat().map(|flat| super::flat::care_for(flat, url, listener)).unwrap_or_default(),
        }
    }
}
