//! A run's facts in a fixed order, with a typed way to each kind.

use app::model::fact::{application, asked, gateway, host, limits, logs, names, network, wire};
use app::model::{Fact, FactId, FactKind, Source};

/// A fact's payload together with its id.
pub type Seen<'a, T> = (&'a FactId, &'a T);

/// All facts of a run, sorted by id, so that nothing depends on the order of their arrival.
///
/// What was pasted adds to what the run found itself and never replaces it: of a gateway, a route, a member or a
/// request through the gateway, pasted ones count only where the run has none of its own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    facts: Vec<Fact>,
    /// Pasted ones that stand behind the run's own.
    behind: Vec<Fact>,
}

impl Facts {
    /// Sorts the facts.
    pub fn new(facts: impl IntoIterator<Item = Fact>) -> Self {
        let mut facts: Vec<Fact> = facts.into_iter().collect();
        facts.sort_by(|a, b| (a.id.order(), &a.id).cmp(&(b.id.order(), &b.id)));
        let own =
            |kind: &FactKind| facts.iter().any(|fact| fact.source != Source::Pasted && same_kind(&fact.kind, kind));
        let is_behind: Vec<bool> = facts
            .iter()
            .map(|fact| fact.source == Source::Pasted && is_single(&fact.kind) && own(&fact.kind))
            .collect();
        let mut judged = is_behind.into_iter();
        let (behind, facts) = facts.into_iter().partition(|_| judged.next() == Some(true));
        Self { facts, behind }
    }

    /// The same without anything that was pasted.
    #[must_use]
    pub fn own(&self) -> Self {
        let own = self.facts.iter().filter(|fact| fact.source != Source::Pasted).cloned().collect();
        Self { facts: own, behind: Vec::new() }
    }

    /// Whether anything was pasted that counts.
    pub fn has_pasted(&self) -> bool {
        self.facts.iter().any(|fact| fact.source == Source::Pasted)
    }

    /// Requests through the gateway that somebody else made and pasted, besides the run's own.
    pub fn pasted_attempts(&self) -> impl Iterator<Item = Seen<'_, asked::Attempt>> {
        self.behind.iter().filter_map(|fact| match &fact.kind {
            FactKind::Attempt(attempt) => Some((&fact.id, attempt)),
            _ => None,
        })
    }

    /// Those about the URL's own gateway, or about one inner gateway.
    #[must_use]
    pub fn of_hop(&self, hop: Option<&str>) -> Self {
        let of = |facts: &[Fact]| facts.iter().filter(|fact| fact.hop.as_deref() == hop).cloned().collect();
        Self { facts: of(&self.facts), behind: of(&self.behind) }
    }

    /// Whether an inner gateway was examined.
    pub fn has_hops(&self) -> bool {
        self.facts.iter().any(|fact| fact.hop.is_some())
    }

    /// All of them.
    pub fn all(&self) -> &[Fact] {
        &self.facts
    }

    /// One fact.
    pub fn get(&self, id: &FactId) -> Option<&Fact> {
        self.facts.iter().find(|fact| &fact.id == id)
    }
}

/// Kinds of which a run has one view, its own before any other.
const fn is_single(kind: &FactKind) -> bool {
    matches!(
        kind,
        FactKind::Gateway(_) | FactKind::Route(_) | FactKind::Member(_) | FactKind::Setup(_) | FactKind::Attempt(_)
    )
}

fn same_kind(one: &FactKind, other: &FactKind) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

macro_rules! ways {
    ($($(#[$meta:meta])* $name:ident: $variant:ident => $payload:ty),+ $(,)?) => {
        impl Facts {
            $($(#[$meta])*
            pub fn $name(&self) -> impl Iterator<Item = Seen<'_, $payload>> {
                self.facts.iter().filter_map(|fact| match &fact.kind {
                    FactKind::$variant(payload) => Some((&fact.id, payload)),
                    _ => None,
                })
            })+
        }
    };
}

ways! {
    /// Requests through the gateway.
    attempts: Attempt => asked::Attempt,
    /// What a content network itself says.
    edge_verdicts: EdgeVerdict => asked::EdgeVerdict,
    /// Failures that others saw shortly before.
    recent: Recent => asked::Recent,
    /// Requests past the gateway.
    directs: Direct => asked::Direct,
    /// Certificates of upstreams.
    certificates: Certificate => asked::Certificate,
    /// Where this run stands.
    vantages: Vantage => gateway::Vantage,
    /// The gateway.
    gateways: Gateway => gateway::Gateway,
    /// Upstreams that are gateways themselves.
    inner_gateways: InnerGateway => gateway::InnerGateway,
    /// The route of the URL.
    routes: Route => gateway::Route,
    /// Members of its upstream.
    members: Member => gateway::Member,
    /// Application servers behind the targets.
    applications: Application => application::Application,
    /// What gRPC health services of targets say.
    grpc_healths: GrpcHealth => application::GrpcHealth,
    /// Control groups of the targets' processes.
    cgroups: Cgroup => application::Cgroup,
    /// Connections that applications try to open themselves.
    dependencies: Dependency => application::Dependency,
    /// Status pages of php-fpm pools.
    pool_statuses: PoolStatus => application::PoolStatus,
    /// What of the configuration stands in the way.
    hindrances: Hindrance => gateway::Hindrance,
    /// The pool of the route.
    pools: Pool => gateway::Pool,
    /// Members' states by the gateway's own word.
    member_states: MemberState => gateway::MemberState,
    /// Connections of the gateway.
    gateway_loads: GatewayLoad => gateway::GatewayLoad,
    /// Health checks made again.
    check_replays: CheckReplay => asked::CheckReplay,
    /// Requests with and without a header of the PROXY protocol.
    proxy_headers: ProxyHeader => asked::ProxyHeader,
    /// Units.
    units: Unit => host::Unit,
    /// Processes that matter.
    processes: Process => host::Process,
    /// Whether something listens at the targets.
    listeners: Listener => host::Listener,
    /// What listens elsewhere.
    other_listeners: OtherListener => host::OtherListener,
    /// Kernel counters around our attempts.
    counters: Counter => host::Counter,
    /// Load averages.
    loads: Load => host::Load,
    /// Memory.
    memories: Memory => host::Memory,
    /// Pressure on resources.
    pressures: Pressure => host::Pressure,
    /// Space of file systems.
    disks: Disk => host::Disk,
    /// Descriptors in use.
    descriptors: Descriptors => host::Descriptors,
    /// What the host did with its time.
    strains: Strain => limits::Strain,
    /// What processes of the upstream waited for.
    starved: Starved => limits::Starved,
    /// How much of something limited is in use.
    capacities: Capacity => limits::Capacity,
    /// Folders for bodies that do not fit in memory.
    temp_paths: TempPath => limits::TempPath,
    /// Addresses from which the gateway connects.
    source_addresses: SourceAddress => limits::SourceAddress,
    /// The configuration's files against the time at which they were read.
    config_ages: ConfigAge => limits::ConfigAge,
    /// Ways that lead back to the gateway itself.
    loops: Loop => limits::Loop,
    /// Whether anybody listens at the URL's own address.
    edges: Edge => limits::Edge,
    /// What the configuration does against failures and load.
    setups: Setup => limits::Setup,
    /// Whether anything watches the URL.
    watched: Watched => limits::Watched,
    /// Who answered.
    hops: HopSeen => asked::HopSeen,
    /// Unix sockets.
    unix_sockets: UnixSocket => host::UnixSocket,
    /// Answers of name servers.
    lookups: Lookup => names::Lookup,
    /// Log lines with a meaning.
    log_lines: LogLine => logs::LogLine,
    /// Access log lines of this run.
    access_lines: AccessLine => logs::AccessLine,
    /// Logs that were read.
    logs_read: LogRead => logs::LogRead,
    /// Connection attempts.
    connects: Connect => network::Connect,
    /// Routes of addresses.
    ip_routes: IpRoute => network::IpRoute,
    /// Neighbours.
    neighbours: Neighbour => network::Neighbour,
    /// Firewall rules that fit.
    firewall_rules: FirewallRule => network::FirewallRule,
    /// Whether the firewall could be read.
    firewalls: Firewall => network::Firewall,
    /// What ports answer to openers.
    spoken: Spoken => wire::Spoken,
    /// Answers byte by byte.
    raw_answers: RawAnswer => wire::RawAnswer,
    /// TLS handshakes.
    tls_trials: TlsTrial => wire::TlsTrial,
    /// Connections that were used again.
    kept_connections: KeptConnection => wire::KeptConnection,
    /// The same request with one thing changed.
    variations: Variation => wire::Variation,
    /// Links towards the targets.
    links: Link => network::Link,
    /// Pairs of requests that differ in one thing.
    contrasts: Contrast => network::Contrast,
    /// Series of connection attempts.
    series: Series => network::Series,
    /// What confines the gateway's processes.
    confinements: Confinement => network::Confinement,
    /// Entries of the hosts file.
    hosts_entries: HostsEntry => names::HostsEntry,
    /// How this host resolves names.
    resolvings: Resolving => names::Resolving,
    /// Addresses that the running gateway uses for names.
    held_addresses: HeldAddress => names::HeldAddress,
}
