//! One typed observation with provenance. Steps make facts and never guess; inference never measures.
//!
//! Payloads live beside the question that they answer: [`asked`] (requests through the gateway and
//! past it), [`application`] (what serves a target), [`gateway`] (what the configuration says), [`host`], [`limits`],
//! [`names`], [`logs`], [`network`], [`wire`].

pub mod application;
pub mod asked;
pub mod gateway;
pub mod host;
pub mod limits;
pub mod logs;
pub mod names;
pub mod network;
pub mod wire;

use super::code;
use super::run::Step;
use serde::{Deserialize, Serialize};

/// `f1`, `f2` … unique within a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactId(pub String);

code! {
    /// How a fact came to be known.
    pub enum Source {
        /// Gatewatch looked or asked itself.
        Measured = "measured",
        /// From a command's output that an admin pasted.
        Pasted = "pasted",
        /// From a log.
        Log = "log",
        /// From a configuration file.
        Config = "config",
    }
}

macro_rules! kinds {
    ($($(#[$meta:meta])* $variant:ident($payload:path) = $code:literal),+ $(,)?) => {
        /// What was observed. One variant per kind of observation; `kind` and `value` in the JSON contract.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "value")]
        pub enum FactKind {
            $($(#[$meta])* #[serde(rename = $code)] $variant($payload)),+
        }

        impl FactKind {
            /// Every kind's code, in the order of declaration.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The kind's code in the JSON contract.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant(_) => $code),+ }
            }

            /// The observation as a sentence.
            pub fn sentence(&self) -> String {
                match self { $(Self::$variant(payload) => payload.to_string()),+ }
            }
        }
    };
}

kinds! {
    /// One request through the gateway, as a visitor sends it.
    Attempt(asked::Attempt) = "attempt",
    /// Which product answered.
    HopSeen(asked::HopSeen) = "hop",
    /// What a content network or a provider's balancer itself says of a failure.
    EdgeVerdict(asked::EdgeVerdict) = "edge-verdict",
    /// Failures that others saw shortly before this run.
    Recent(asked::Recent) = "recent-failures",
    /// One request straight to an upstream member, past the gateway.
    Direct(asked::Direct) = "direct",
    /// The certificate that an upstream shows, and how the gateway judges it.
    Certificate(asked::Certificate) = "certificate",
    /// Whether this run's host is the gateway's host.
    Vantage(gateway::Vantage) = "vantage",
    /// A gateway and its configuration.
    Gateway(gateway::Gateway) = "gateway",
    /// An upstream on this host that is a gateway itself.
    InnerGateway(gateway::InnerGateway) = "inner-gateway",
    /// The route that serves the URL.
    Route(gateway::Route) = "route",
    /// One member of the route's upstream.
    Member(gateway::Member) = "member",
    /// Something in the gateway's configuration that stands in the way to the upstream.
    Hindrance(gateway::Hindrance) = "hindrance",
    /// The pool that the route leads to, as the configuration has it.
    Pool(gateway::Pool) = "pool",
    /// A member's state as the gateway itself tells it.
    MemberState(gateway::MemberState) = "member-state",
    /// How many connections the gateway has and may have.
    GatewayLoad(gateway::GatewayLoad) = "gateway-load",
    /// The gateway's own health check, made again.
    CheckReplay(asked::CheckReplay) = "check-replay",
    /// The same request with and without a header of the PROXY protocol.
    ProxyHeader(asked::ProxyHeader) = "proxy-header",
    /// A place where a configuration could not be understood.
    ConfigProblem(gateway::ConfigProblem) = "config-problem",
    /// The application server behind a target.
    Application(application::Application) = "application",
    /// What the gRPC health service of a target says.
    GrpcHealth(application::GrpcHealth) = "grpc-health",
    /// The control group of a target's processes.
    Cgroup(application::Cgroup) = "cgroup",
    /// A connection that a target's application tries to open itself.
    Dependency(application::Dependency) = "dependency",
    /// The status page of a php-fpm pool.
    PoolStatus(application::PoolStatus) = "pool-status",
    /// Load averages.
    Load(host::Load) = "load",
    /// Memory and swap.
    Memory(host::Memory) = "memory",
    /// Pressure stall information.
    Pressure(host::Pressure) = "pressure",
    /// One file system's space and inodes.
    Disk(host::Disk) = "disk",
    /// File descriptors in use.
    Descriptors(host::Descriptors) = "descriptors",
    /// A systemd unit.
    Unit(host::Unit) = "unit",
    /// A process that matters here.
    Process(host::Process) = "process",
    /// Whether anything listens where the gateway connects to.
    Listener(host::Listener) = "listener",
    /// Something else that listens on this host and might be what was meant.
    OtherListener(host::OtherListener) = "other-listener",
    /// A kernel counter before and after our own connection attempts.
    Counter(host::Counter) = "counter",
    /// What the host did with its time.
    Strain(limits::Strain) = "strain",
    /// What a process of the upstream waited for.
    Starved(limits::Starved) = "starved",
    /// How much of something limited is in use.
    Capacity(limits::Capacity) = "capacity",
    /// A folder for bodies that do not fit in memory.
    TempPath(limits::TempPath) = "temp-path",
    /// The address from which the gateway connects.
    SourceAddress(limits::SourceAddress) = "source-address",
    /// The configuration's files against the time at which the gateway read them.
    ConfigAge(limits::ConfigAge) = "config-age",
    /// A way that leads back to the gateway itself.
    Loop(limits::Loop) = "loop",
    /// Whether anybody listens at the URL's own address.
    Edge(limits::Edge) = "edge",
    /// What the configuration does against failures and load.
    Setup(limits::Setup) = "setup",
    /// Whether anything watches this URL.
    Watched(limits::Watched) = "watched",
    /// A unix socket's file, rights and listener.
    UnixSocket(host::UnixSocket) = "unix-socket",
    /// One question to one name server.
    Lookup(names::Lookup) = "lookup",
    /// An entry of the hosts file.
    HostsEntry(names::HostsEntry) = "hosts-entry",
    /// How this host resolves names.
    Resolving(names::Resolving) = "resolving",
    /// An address that the running gateway uses for a name.
    HeldAddress(names::HeldAddress) = "held-address",
    /// A log line that has a known meaning.
    LogLine(logs::LogLine) = "log-line",
    /// An access log line of one of this run's own requests.
    AccessLine(logs::AccessLine) = "access-line",
    /// A log that was read, and how much of it.
    LogRead(logs::LogRead) = "log-read",
    /// One connection attempt.
    Connect(network::Connect) = "connect",
    /// Which way packets to an address would leave.
    IpRoute(network::IpRoute) = "ip-route",
    /// The neighbour table's word on an address.
    Neighbour(network::Neighbour) = "neighbour",
    /// A firewall rule that fits the packets in question.
    FirewallRule(network::FirewallRule) = "firewall-rule",
    /// Whether the firewall could be read, and whether any rule fits.
    Firewall(network::Firewall) = "firewall",
    /// What a port answers to an opener of one protocol.
    Spoken(wire::Spoken) = "spoken",
    /// A member's answer byte by byte.
    RawAnswer(wire::RawAnswer) = "raw-answer",
    /// One TLS handshake with one thing varied.
    TlsTrial(wire::TlsTrial) = "tls-trial",
    /// A connection that was kept and used again.
    KeptConnection(wire::KeptConnection) = "kept-connection",
    /// The same request with one thing changed.
    Variation(wire::Variation) = "variation",
    /// A network link.
    Link(network::Link) = "link",
    /// Two requests that differ in one thing.
    Contrast(network::Contrast) = "contrast",
    /// Many connection attempts.
    Series(network::Series) = "series",
    /// What confines the gateway's processes.
    Confinement(network::Confinement) = "confinement",
}

/// One observation and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Unique within the run.
    pub id: FactId,
    /// What was observed.
    #[serde(flatten)]
    pub kind: FactKind,
    /// The observation as a sentence.
    pub text: String,
    /// Where it was seen: an address, a file with its line, a resolver, a path.
    pub seen: String,
    /// Number of the step that made it, 1 to 6.
    pub step: u8,
    /// RFC 3339, UTC, milliseconds.
    pub at: String,
    /// How it came to be known.
    pub source: Source,
    /// The inner gateway that it is about, as its `inner-gateway` fact names it; `None` for the URL's own gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hop: Option<String>,
}

impl Fact {
    /// The step that made it.
    pub fn made_by(&self) -> Option<Step> {
        Step::ALL.get(usize::from(self.step).checked_sub(1)?).copied()
    }
}

impl FactId {
    /// The number in `f12`, so that facts sort in the order in which they were made; ids of
    /// another shape sort last.
    pub fn order(&self) -> u32 {
        self.0.strip_prefix('f').and_then(|n| n.parse().ok()).unwrap_or(u32::MAX)
    }
}

/// The start of a sentence: `the gateway's process 7` with a capital. Names of programs and addresses stay as they are.
pub(crate) fn start(of: &str) -> String {
    match of.split_once(' ') {
        Some((word @ ("the" | "this"), rest)) => format!("T{} {rest}", &word[1..]),
        _ => of.to_owned(),
    }
}

/// Milliseconds as people read them: `12 ms`, `1.5 s`.
pub(crate) fn span(ms: u64) -> String {
    if ms < 1000 {
        format!("{ms} ms")
    } else if ms.is_multiple_of(1000) {
        format!("{} s", ms / 1000)
    } else {
        format!("{}.{} s", ms / 1000, ms % 1000 / 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_keeps_its_shape_in_json() -> Result<(), serde_json::Error> {
        let fact = Fact {
            id: FactId("f1".into()),
            kind: FactKind::Load(host::Load { one: 0.5, five: 0.4, fifteen: 0.3, cores: 2 }),
            text: "t".into(),
            seen: "/proc/loadavg".into(),
            step: 2,
            at: "2026-11-22T15:00:00.000Z".into(),
            source: Source::Measured,
            hop: None,
        };
        let json = serde_json::to_value(&fact)?;
        assert_eq!(json["kind"], "load");
        assert_eq!(json["value"]["cores"], 2);
        assert_eq!(serde_json::from_value::<Fact>(json)?, fact);
        Ok(())
    }

    #[test]
    fn spans_read_well() {
        assert_eq!((span(12), span(1500), span(2000)), ("12 ms".into(), "1.5 s".into(), "2 s".into()));
    }
}
