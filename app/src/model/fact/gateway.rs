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
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
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

/// The pool that the route leads to, as the configuration has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pool {
    /// Its name; empty where no rule chooses one.
    pub name: String,
    /// Members that it has.
    pub members: u32,
    /// Of these, members that are taken out by hand in the configuration.
    pub taken_out: u32,
    /// `file:line`.
    pub place: String,
    /// How long a request may wait for a free place.
    pub queue_timeout_ms: Option<u64>,
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.is_empty(), self.members, self.taken_out) {
            (true, ..) => f.write_str("No rule of the configuration chooses a backend for this URL")?,
            (_, 0, _) => write!(f, "The backend {} has no server", self.name)?,
            (_, all, out) if all == out => write!(f, "All {all} servers of the backend {} are disabled", self.name)?,
            (_, all, 0) => write!(f, "The backend {} has {all} servers", self.name)?,
            (_, all, out) => write!(f, "The backend {} has {all} servers, {out} of them disabled", self.name)?,
        }
        if self.place.is_empty() { Ok(()) } else { write!(f, " ({})", self.place) }
    }
}

/// A member's state as the gateway itself tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemberState {
    /// Pool and member as the gateway calls them: `app/app1`.
    pub name: String,
    /// Where it leads, as this run calls it.
    pub target: Option<String>,
    /// `UP`, `DOWN`, `MAINT`, `DRAIN`, `NOLB`, `no check` …
    pub status: String,
    /// The last check's result: `L4CON`, `L7STS` …
    pub check: String,
    /// The status that the last check was answered with.
    pub check_status: Option<u16>,
    /// What the gateway says of the last check.
    pub check_says: String,
    /// Seconds since the state changed.
    pub since_s: Option<u64>,
    /// Requests under way.
    pub current: u64,
    /// The most that may be; `None` for no limit.
    pub limit: Option<u64>,
    /// Requests that wait for it.
    pub waiting: u64,
    /// Failed connections since the start.
    pub connect_errors: u64,
    /// Bad or missing answers since the start.
    pub answer_errors: u64,
    /// Used only when the others are out.
    pub backup: bool,
    /// Taken out while the gateway runs, not by its configuration.
    pub by_hand: bool,
    /// Taken out because its name leads nowhere.
    pub unresolved: bool,
}

impl MemberState {
    /// Whether checks took it out.
    pub fn is_down(&self) -> bool {
        self.status.starts_with("DOWN")
    }

    /// Whether it was taken out on purpose.
    pub fn is_out(&self) -> bool {
        self.status.starts_with("MAINT") || self.status.starts_with("DRAIN")
    }

    /// Whether its limit of connections is reached.
    pub fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| limit > 0 && self.current >= limit)
    }
}

impl fmt::Display for MemberState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The gateway itself calls {} {}", self.name, self.status)?;
        if let Some(seconds) = self.since_s {
            write!(f, " for {seconds} s")?;
        }
        if !self.check.is_empty() {
            write!(f, "; its last check: {}", self.check)?;
            self.check_status.map_or(Ok(()), |status| write!(f, " {status}"))?;
            if !self.check_says.is_empty() {
                write!(f, " ({})", self.check_says)?;
            }
        }
        match self.limit {
            Some(limit) => write!(f, "; {} of {limit} requests under way, {} wait", self.current, self.waiting),
            None => write!(f, "; {} requests under way", self.current),
        }
    }
}

/// How many connections the gateway, or a part of it, has and may have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GatewayLoad {
    /// `process`, `frontend web` or `backend app`.
    pub of: String,
    /// Connections now, the least that was seen.
    pub current: u64,
    /// The most that may be.
    pub limit: Option<u64>,
    /// Requests that wait in its queue.
    pub waiting: u64,
}

impl GatewayLoad {
    /// Whether the limit is reached.
    pub fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| limit > 0 && self.current >= limit)
    }
}

impl fmt::Display for GatewayLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = if self.of == "process" { "the whole process" } else { self.of.as_str() };
        match self.limit {
            Some(limit) => write!(f, "The gateway counts {} of {limit} connections for {of}", self.current)?,
            None => write!(f, "The gateway counts {} connections for {of}", self.current)?,
        }
        if self.waiting > 0 { write!(f, ", {} requests wait", self.waiting) } else { Ok(()) }
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

/// An upstream on this host that is a gateway itself, and whose configuration can be read: it is examined in turn, by
/// facts that bear its label.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InnerGateway {
    /// The address that the gateway before it connects to.
    pub target: String,
    /// How its facts name it: `haproxy at 127.0.0.1:8081`.
    pub label: String,
    /// Its product.
    pub product: String,
    /// Its main configuration file.
    pub config: String,
    /// Its master, where that is known.
    pub pid: Option<u32>,
    /// The Host that the gateway before it sends.
    pub host: String,
}

impl fmt::Display for InnerGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The upstream {} is a gateway itself: {} with {}", self.target, self.product, self.config)?;
        self.pid.map_or(Ok(()), |pid| write!(f, " (process {pid})"))
    }
}
