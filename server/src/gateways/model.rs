//! The common model of a gateway: where it listens, which request goes where, and with which limits.

use super::{Care, NameResolution, Parsed, Resolver, WireSettings};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A place in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// The file.
    pub file: Arc<PathBuf>,
    /// The line, counted from 1; 0 where the whole file is meant.
    pub line: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line == 0 {
            write!(f, "{}", self.file.display())
        } else {
            write!(f, "{}:{}", self.file.display(), self.line)
        }
    }
}

/// A setting's value and where it was set; no place means the gateway's own default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<T> {
    /// The value.
    pub value: T,
    /// Where it was set.
    pub place: Option<Place>,
}

impl<T> Set<T> {
    /// The gateway's own default.
    pub const fn default_of(value: T) -> Self {
        Self { value, place: None }
    }
}

/// Which gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayKind {
    /// nginx and its kin.
    Nginx,
    /// Apache httpd.
    Httpd,
    /// `HAProxy`.
    Haproxy,
    /// Caddy.
    Caddy,
    /// Traefik.
    Traefik,
    /// Envoy.
    Envoy,
    /// Varnish.
    Varnish,
    /// Squid, before a site.
    Squid,
    /// lighttpd.
    Lighttpd,
    /// nghttpx.
    Nghttpx,
    /// h2o.
    H2o,
    /// hitch.
    Hitch,
}

impl GatewayKind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Nginx,
        Self::Httpd,
        Self::Haproxy,
        Self::Caddy,
        Self::Traefik,
        Self::Envoy,
        Self::Varnish,
        Self::Squid,
        Self::Lighttpd,
        Self::Nghttpx,
        Self::H2o,
        Self::Hitch,
    ];

    /// The product's name as facts spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Httpd => "httpd",
            Self::Haproxy => "haproxy",
            Self::Caddy => "caddy",
            Self::Traefik => "traefik",
            Self::Envoy => "envoy",
            Self::Varnish => "varnish",
            Self::Squid => "squid",
            Self::Lighttpd => "lighttpd",
            Self::Nghttpx => "nghttpx",
            Self::H2o => "h2o",
            Self::Hitch => "hitch",
        }
    }

    /// The gateway of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Reads the configuration that begins at `main`, with everything that it includes. `prefix` is what relative
    /// paths begin with, where the process's command line tells it.
    pub fn parse(self, main: &Path, prefix: Option<&Path>, sources: &dyn super::Sources) -> Parsed<GatewayConfig> {
        match self {
            Self::Nginx => super::nginx::parse(main, prefix, sources),
            Self::Httpd => super::httpd::parse(main, prefix, sources),
            Self::Haproxy => super::haproxy::parse(main, prefix, sources),
            Self::Caddy => super::caddy::parse(main, prefix, sources),
            Self::Traefik => super::traefik::parse(main, prefix, sources),
            Self::Envoy => super::envoy::parse(main, prefix, sources),
            Self::Varnish => super::varnish::parse(main, prefix, sources),
            Self::Squid | Self::Lighttpd | Self::Nghttpx | Self::H2o | Self::Hitch => {
                super::plain::parse(self, main, sources)
            }
        }
    }
}

/// What is spoken to an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// HTTP in plain.
    Http,
    /// HTTP over TLS.
    Https,
    /// `FastCGI`.
    Fastcgi,
    /// uwsgi.
    Uwsgi,
    /// uwsgi over TLS.
    Suwsgi,
    /// SCGI.
    Scgi,
    /// gRPC in plain HTTP/2.
    Grpc,
    /// gRPC over TLS.
    Grpcs,
}

impl Protocol {
    /// Whether it runs over TLS.
    pub const fn is_tls(self) -> bool {
        matches!(self, Self::Https | Self::Suwsgi | Self::Grpcs)
    }

    /// The port that is meant where none is written; `None` where one has to be.
    pub const fn default_port(self) -> Option<u16> {
        match self {
            Self::Http | Self::Grpc => Some(80),
            Self::Https | Self::Grpcs => Some(443),
            Self::Fastcgi | Self::Uwsgi | Self::Suwsgi | Self::Scgi => None,
        }
    }
}

/// A socket that a server block listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a parameter of its own in every gateway's configuration")]
pub struct Listen {
    /// The address; `None` for all addresses or a unix socket.
    pub address: Option<IpAddr>,
    /// The port; 0 for a unix socket.
    pub port: u16,
    /// The unix socket.
    pub unix: Option<PathBuf>,
    /// Whether IPv6 (`[::]`) was written, for `address: None`.
    pub ipv6: bool,
    /// Speaks TLS.
    pub tls: bool,
    /// Answers requests whose name no other block has.
    pub default: bool,
    /// Expects the PROXY protocol.
    pub proxy_protocol: bool,
    /// Where it stands.
    pub place: Place,
}

impl Listen {
    /// Whether a connection to this address arrives here; `exact` of two candidates wins over a wildcard.
    pub fn takes(&self, to: SocketAddr) -> bool {
        self.unix.is_none()
            && self.port == to.port()
            && match self.address {
                Some(address) => address == to.ip(),
                None => self.ipv6 == to.is_ipv6(),
            }
    }
}

/// A server block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where it listens.
    pub listens: Vec<Listen>,
    /// Its names as written (`example.com`, `*.example.com`, `~^www\d+\.`, `_`).
    pub names: Vec<String>,
    /// Where it begins.
    pub place: Place,
}

/// The address of one member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberAddress {
    /// A name or an address with a port.
    Host {
        /// The name or address, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// A unix socket.
    Unix(PathBuf),
}

impl MemberAddress {
    /// The address, where it is one and not a name.
    pub fn literal(&self) -> Option<SocketAddr> {
        match self {
            Self::Host { host, port } => Some(SocketAddr::new(host.parse().ok()?, *port)),
            Self::Unix(_) => None,
        }
    }

    /// The name, where it is one and not an address.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Host { host, .. } if host.parse::<IpAddr>().is_err() => Some(host),
            _ => None,
        }
    }
}

impl std::fmt::Display for MemberAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Host { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// One member of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where it is.
    pub address: MemberAddress,
    /// Its share.
    pub weight: u32,
    /// Failures after which it is left out; 0 means never.
    pub max_fails: u32,
    /// For how long it is left out, and in which time the failures count.
    pub fail_timeout: Duration,
    /// The most connections at once; 0 means no limit.
    pub max_conns: u32,
    /// Used only when all others are left out.
    pub backup: bool,
    /// Taken out by hand.
    pub down: bool,
    /// Its name is resolved again while the gateway runs.
    pub resolve: bool,
    /// Where it stands.
    pub place: Place,
}

/// A named group of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Its members in order.
    pub members: Vec<Member>,
    /// How one is picked (`round-robin`, `least_conn`, `ip_hash` …).
    pub balancing: String,
    /// Idle connections kept open; `None` for none.
    pub keepalive: Option<u32>,
    /// Its own resolver, for members with `resolve`.
    pub resolver: Option<Resolver>,
    /// Where it begins.
    pub place: Place,
}

/// How long the gateway waits for the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// For the connection.
    pub connect: Set<Duration>,
    /// Between two writes.
    pub send: Set<Duration>,
    /// Between two reads, so also for the first byte.
    pub read: Set<Duration>,
}

/// How much of an answer the gateway can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BufferLimits {
    /// Bytes for the whole header of an answer; 0 where no limit is known.
    pub header: Set<u64>,
    /// Number and size of the buffers for the body.
    pub body: Set<(u64, u64)>,
    /// Whether answers are buffered at all.
    pub buffering: Set<bool>,
    /// Bytes of a request's body that are taken; 0 means no limit.
    pub request_body: Set<u64>,
}

/// How the gateway checks an upstream's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamTls {
    /// Whether it checks that an authority which it trusts issued the certificate.
    pub verify: Set<bool>,
    /// Whether it compares the certificate's names, where that is a setting of its own; else as `verify`.
    pub checks_name: Option<Set<bool>>,
    /// Whether it minds the certificate's time, where that is a setting of its own; else as `verify`.
    pub checks_time: Option<Set<bool>>,
    /// The authorities that it trusts.
    pub trusted: Option<Set<PathBuf>>,
    /// The name that it expects and sends; variables already replaced where known.
    pub name: Option<Set<String>>,
    /// Whether it sends the name (SNI).
    pub sni: Set<bool>,
    /// Protocol versions as written.
    pub protocols: Option<Set<String>>,
    /// A certificate of its own that it shows.
    pub client_certificate: Option<Set<PathBuf>>,
}

impl UpstreamTls {
    /// Whether a certificate for another name is refused.
    pub fn minds_name(&self) -> bool {
        self.checks_name.as_ref().map_or(self.verify.value, |set| set.value)
    }

    /// Whether an expired certificate is refused. Who verifies the chain minds the time too.
    pub fn minds_time(&self) -> bool {
        self.verify.value || self.checks_time.as_ref().is_some_and(|set| set.value)
    }
}

/// A log and its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// The file; `None` for syslog, standard error or `off`.
    pub file: Option<PathBuf>,
    /// The target as written.
    pub written: String,
    /// The least level (error logs).
    pub level: Option<String>,
    /// The format (access logs).
    pub format: Option<LogFormat>,
    /// Where it stands; `None` for the gateway's default.
    pub place: Option<Place>,
}

/// A named format of access-log lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFormat {
    /// Its name.
    pub name: String,
    /// The format as written, its parts joined.
    pub text: String,
    /// `default`, `json` or `none`.
    pub escape: String,
}

/// Everything that applies at one place of the configuration, inheritance done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long it waits for the upstream.
    pub timeouts: Timeouts,
    /// How much of an answer it can hold.
    pub buffers: BufferLimits,
    /// How it checks an upstream's certificate.
    pub tls: UpstreamTls,
    /// HTTP version towards the upstream, for example `1.0`.
    pub http_version: Set<String>,
    /// Headers that it sets on the way to the upstream, variables as written; for the protocols of CGI their
    /// variables, with what is known filled in.
    pub set_headers: Vec<(String, String)>,
    /// Conditions on which the next member is tried.
    pub next_upstream: Set<Vec<String>>,
    /// Its resolver.
    pub resolver: Option<Resolver>,
    /// Error logs that apply here.
    pub error_logs: Vec<LogFile>,
    /// Access logs that apply here.
    pub access_logs: Vec<LogFile>,
    /// Whether it replaces error pages of the upstream by its own.
    pub intercept_errors: Set<bool>,
    /// What it does against failures and load, for gateways that are laid out flat; others work it out when asked.
    pub care: Care,
}

/// What a request is forwarded to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// As written (`http://app`, `unix:/run/app.sock`, `http://$backend`).
    pub written: String,
    /// What is spoken.
    pub protocol: Protocol,
    /// The pool's name, where it is a named one.
    pub pool: Option<String>,
    /// Its members; empty where a variable could not be resolved.
    pub members: Vec<Member>,
    /// Idle connections kept open; `None` for none.
    pub keepalive: Option<u32>,
    /// When its names become addresses.
    pub resolution: NameResolution,
    /// The path that replaces the matched prefix, where one is written.
    pub uri: Option<String>,
    /// The Host header that the upstream gets; `None` where it depends on what is not known here.
    pub host: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// Where a request ends up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// It is forwarded.
    Upstream(Box<Upstream>),
    /// It is answered from the disk.
    Files(Option<PathBuf>),
    /// It is answered with this status.
    Return(u16),
    /// It cannot be told from the configuration; says why.
    Unknown(String),
}

/// The way of one request through the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The server block.
    pub server: Server,
    /// The location as written (`/api/`, `~ \.php$`); `None` for the server block itself.
    pub location: Option<String>,
    /// Where the location (or the server block) begins.
    pub place: Place,
    /// Where the request ends up.
    pub target: Target,
    /// Everything that applies there.
    pub settings: Settings,
    /// Why this way, one sentence a choice.
    pub because: Vec<String>,
}

/// What the whole gateway is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// Connections of one worker.
    pub worker_connections: Option<Set<u64>>,
    /// Workers; `None` for automatic.
    pub worker_processes: Option<Set<u64>>,
    /// Descriptors of one worker.
    pub worker_descriptors: Option<Set<u64>>,
}

/// The configuration of one gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayConfig {
    /// Which.
    pub kind: GatewayKind,
    /// The main file.
    pub main: PathBuf,
    /// Every file that was read, in order.
    pub files: Vec<PathBuf>,
    /// The user that its workers run as.
    pub user: Option<Set<String>>,
    /// Their group, where it is written.
    pub group: Option<Set<String>>,
    /// Server blocks in order.
    pub servers: Vec<Server>,
    /// Named pools in order.
    pub pools: Vec<Pool>,
    /// Named formats of access logs.
    pub formats: Vec<LogFormat>,
    /// What the whole gateway is limited to.
    pub limits: Limits,
    /// All log files that are named anywhere, each once.
    pub logs: Vec<LogFile>,
    /// What the route choice works on.
    pub(crate) tree: Tree,
}

/// A configuration in the form that its gateway's route choice works on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Tree {
    /// Nothing was understood.
    #[default]
    None,
    /// nginx's directives.
    Nginx(super::nginx::Tree),
    /// httpd's directives.
    Httpd(super::httpd::Tree),
    /// Sites with their rules in order.
    Flat(super::flat::Flat),
    /// Sections of `HAProxy`.
    Haproxy(super::haproxy::Tree),
}

impl GatewayConfig {
    /// A configuration of which only the tree is known.
    pub(crate) fn empty(kind: GatewayKind, main: &Path, tree: Tree) -> Self {
        Self {
            kind,
            main: main.to_path_buf(),
            files: Vec::new(),
            user: None,
            group: None,
            servers: Vec::new(),
            pools: Vec::new(),
            formats: Vec::new(),
            limits: Limits::default(),
            logs: Vec::new(),
            tree,
        }
    }

    /// Its sites, for those gateways whose configuration is laid out flat.
    pub(super) fn flat(&self) -> Option<&super::flat::Flat> {
        match &self.tree {
            Tree::Flat(flat) => Some(flat),
            _ => None,
        }
    }

    /// The way of a request for this URL, `listener` being the address that was connected to, where known.
    pub fn route_for(&self, url: &url::Url, listener: Option<SocketAddr>) -> Option<Route> {
        match self.kind {
            GatewayKind::Nginx => super::nginx::route_for(self, url, listener),
            GatewayKind::Httpd => super::httpd::route_for(self, url, listener),
            GatewayKind::Haproxy => super::haproxy::route_for(self, url, listener),
            _ => super::flat::route_for(self.flat()?, url, listener),
        }
    }

    /// The finer points of what travels to the upstream for this URL; nothing for gateways of which they are not read.
    pub fn wire_for(&self, url: &url::Url, listener: Option<SocketAddr>) -> WireSettings {
        match self.kind {
            GatewayKind::Nginx => super::nginx::wire_for(self, url, listener),
            _ => WireSettings::default(),
        }
    }

    /// All upstreams that any location names, each once; what a `[[gateways]]` entry is leave to ask.
    pub fn upstreams(&self) -> Vec<Upstream> {
        match self.kind {
            GatewayKind::Nginx => super::nginx::upstreams(self),
            GatewayKind::Httpd => super::httpd::upstreams(self),
            GatewayKind::Haproxy => super::haproxy::upstreams(self),
            _ => self.flat().map(super::flat::upstreams).unwrap_or_default(),
        }
    }

    /// What of the configuration itself stands in the way between the gateway and this URL's upstream.
    pub fn hindrances(
        &self,
        url: &url::Url,
        listener: Option<SocketAddr>,
    ) -> Vec<app::model::fact::gateway::Hindrance> {
        match self.kind {
            GatewayKind::Httpd => super::httpd::hindrances(self, url, listener),
            _ => Vec::new(),
        }
    }

    /// The longest time that any location waits for its upstream.
    pub fn longest_wait(&self) -> Option<Duration> {
        match self.kind {
            GatewayKind::Nginx => super::nginx::longest_wait(self),
            GatewayKind::Httpd => super::httpd::longest_wait(self),
            GatewayKind::Haproxy => super::haproxy::longest_wait(self),
            _ => super::flat::longest_wait(self.flat()?),
        }
    }
}
