//! What is known of the gateway: where it runs, its configuration, the route that serves the URL.

use super::span;
use crate::model::code;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether this run's host is the gateway's host; host checks count only if it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Vantage {
    /// The URL's address is one of this host's, and the gateway's process was found.
    pub on_gateway_host: bool,
    /// Whether the gateway's process lives in our own network namespace; `None` where that cannot be seen.
    pub same_netns: Option<bool>,
    /// Why it is so.
    pub reason: String,
}

impl fmt::Display for Vantage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.on_gateway_host { "This is the gateway's host" } else { "This is not the gateway's host" };
        write!(f, "{word}: {}", self.reason)
    }
}

/// A gateway and its configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gateway {
    /// `nginx`, `httpd`, `haproxy` …
    pub product: String,
    /// Where it was told.
    pub version: Option<String>,
    /// Its main configuration file.
    pub config: Option<String>,
    /// Its master process.
    pub pid: Option<u32>,
    /// The user that its workers run as.
    pub user: Option<String>,
}

impl fmt::Display for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The gateway is {}", self.product)?;
        if let Some(version) = &self.version {
            write!(f, " {version}")?;
        }
        if let Some(pid) = self.pid {
            write!(f, ", process {pid}")?;
        }
        if let Some(config) = &self.config {
            write!(f, ", configured by {config}")?;
        }
        if let Some(user) = &self.user {
            write!(f, ", its workers run as {user}")?;
        }
        Ok(())
    }
}

/// The route that serves the URL. Limits are `None` where the configuration does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    /// Names of the server block.
    pub server: String,
    /// The location's pattern.
    pub location: String,
    /// `file:line` of the directive that names the upstream.
    pub place: String,
    /// The directive's argument as written.
    pub target: String,
    /// `http`, `https`, `fastcgi`, `uwsgi`, `scgi`, `grpc` …
    pub protocol: String,
    /// Name of the pool, where it is one.
    pub pool: Option<String>,
    /// Names are resolved for each request (a variable with a resolver).
    pub resolves_at_run_time: bool,
    /// The gateway's own name servers.
    pub resolvers: Vec<String>,
    /// How long it waits for them.
    pub resolver_timeout_ms: Option<u64>,
    /// How long it waits for a connection.
    pub connect_timeout_ms: Option<u64>,
    /// How long it waits between two reads of an answer.
    pub read_timeout_ms: Option<u64>,
    /// Room for an answer's head.
    pub header_buffer_bytes: Option<u64>,
    /// Whether it verifies upstream certificates.
    pub verifies_tls: Option<bool>,
    /// Whether it refuses certificates for another name.
    pub verifies_name: Option<bool>,
    /// Whether it refuses certificates that have expired.
    pub verifies_time: Option<bool>,
    /// The name that it asks for in the handshake, `None` when it sends none.
    pub sni: Option<String>,
    /// The Host header that it sends.
    pub host_header: Option<String>,
    /// True when a failed member is not replaced by the next one.
    pub no_retry: bool,
    /// Directives that cap connections to the upstream, as written.
    pub caps: Vec<String>,
    /// HTTP version towards the upstream, as written.
    pub http_version: Option<String>,
    /// Idle connections to the upstream that are kept; `None` for none.
    pub keepalive: Option<u32>,
    /// How long an idle connection to the upstream is kept.
    pub keepalive_idle_ms: Option<u64>,
    /// Versions for TLS towards the upstream, as written.
    pub tls_protocols: Option<String>,
    /// Ciphers for TLS towards the upstream, as written.
    pub tls_ciphers: Option<String>,
    /// The name that it compares the certificate with.
    pub tls_name: Option<String>,
    /// The file of authorities that it trusts.
    pub tls_trusted: Option<String>,
    /// Whether it has a certificate of its own to show.
    pub client_certificate: bool,
    /// Whether it passes a client's wish for another protocol (`Upgrade`) on.
    pub passes_upgrade: Option<bool>,
    /// Whether it answers with pages of its own for errors of the upstream.
    pub replaces_errors: bool,
    /// The directives that say so, as written.
    pub error_pages: Vec<String>,
    /// Version of the PROXY protocol that it sends.
    pub proxy_protocol: Option<u8>,
    /// Most header lines of an answer.
    pub most_headers: Option<u64>,
    /// Most bytes of one header line of an answer.
    pub longest_header_bytes: Option<u64>,
    /// Most bytes of a request's body.
    pub request_body_bytes: Option<u64>,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location {} of server {} forwards to {} ({})", self.location, self.server, self.target, self.place)?;
        if let Some(ms) = self.connect_timeout_ms {
            write!(f, "; it waits {} for a connection", span(ms))?;
        }
        if let Some(ms) = self.read_timeout_ms {
            write!(f, ", {} for an answer", span(ms))?;
        }
        if let Some(bytes) = self.header_buffer_bytes {
            write!(f, "; room for an answer's head: {bytes} bytes")?;
        }
        Ok(())
    }
}

/// One member of the route's upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the configuration")]
pub struct Member {
    /// As written: `127.0.0.1:8080`, `app.internal:80`, `unix:/run/app.sock`.
    pub name: String,
    /// Where it leads: `127.0.0.1:8080` or `unix:/…`; several for a name, none when it did not resolve.
    pub targets: Vec<String>,
    /// True when a name had to be resolved.
    pub by_name: bool,
    /// True for targets that are this very host.
    pub local: bool,
    /// Taken out by hand.
    pub down: bool,
    /// Used only when the others fail.
    pub backup: bool,
    /// Failures that put it aside; 0 never does.
    pub max_fails: Option<u32>,
    /// Cap on connections.
    pub max_conns: Option<u32>,
    /// `file:line`.
    pub place: String,
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The upstream has the member {}", self.name)?;
        if self.by_name && !self.targets.is_empty() {
            write!(f, " ({})", self.targets.join(", "))?;
        }
        if self.down {
            f.write_str(", which is taken out by hand")?;
        }
        if !self.place.is_empty() {
            write!(f, ", {}", self.place)?;
        }
        Ok(())
    }
}

code! {
    /// What of a configuration stands in the way to the upstream.
    pub enum HindranceKind {
        /// Nothing is loaded that speaks the upstream's protocol.
        ModuleMissing = "module-missing",
        /// The upstream is to be asked by TLS, and TLS towards upstreams is not enabled.
        TlsNotEnabled = "tls-not-enabled",
        /// The upstream is asked through a forward proxy.
        ForwardProxy = "forward-proxy",
        /// A list forbids the upstream.
        Blocked = "blocked",
    }
}

/// Something in the gateway's own configuration that stands in the way to the upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hindrance {
    /// What.
    pub what: HindranceKind,
    /// The directive that is missing, or the one that hinders, as written.
    #[serde(default)]
    pub detail: String,
    /// The address that is asked instead of the upstream's, where it is one.
    #[serde(default)]
    pub target: Option<String>,
    /// `file:line`.
    #[serde(default)]
    pub place: String,
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            HindranceKind::ModuleMissing | HindranceKind::TlsNotEnabled => {
                write!(f, "The configuration lacks `{}`, which forwarding at {} needs", self.detail, self.place)
            }
            HindranceKind::ForwardProxy => {
                write!(f, "The upstream is asked through the forward proxy {} ({})", self.detail, self.place)
            }
            HindranceKind::Blocked => write!(f, "`{}` forbids the upstream ({})", self.detail, self.place),
        }
    }
}

/// A place where a configuration could not be understood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfigProblem {
    /// `file:line`.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}
