//! Finer points of a configuration: what travels between gateway and upstream.

use super::Set;
use std::time::Duration;

/// Finer points of what travels to the upstream; `None` where the gateway's own default applies or is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WireSettings {
    /// How long an idle connection to the upstream is kept.
    pub keepalive_idle: Option<Set<Duration>>,
    /// Ciphers for TLS towards the upstream, as written.
    pub ciphers: Option<Set<String>>,
    /// Directives that answer with another page or status than the upstream's, as written.
    pub error_pages: Vec<Set<String>>,
    /// Version of the PROXY protocol that is sent to the upstream.
    pub proxy_protocol: Option<Set<u8>>,
    /// Most header lines of an answer.
    pub most_headers: Option<Set<u64>>,
    /// Most bytes of one header line of an answer.
    pub longest_header: Option<Set<u64>>,
}
