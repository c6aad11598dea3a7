//! What the steps share: the gateway, its route for this URL, and where that leads. Found once, at the start.

use super::sheet::Desk;
use super::{Context, Request, Rights};
use crate::applications::{self, Application};
use crate::dns::{self, QueryName, Record};
use crate::gateways::{
    self, Discovered, Listen, Member, MemberAddress, NameResolution, Overrides, Protocol, Route, Target, WireSettings,
};
use crate::host::RouteKind;
use crate::netguard::{Netguard, Place};
use app::model::fact::gateway as facts;
use app::model::{FactKind, Source};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// At most so many addresses of an upstream are looked at.
const MAX_TARGETS: usize = 16;
/// How long one name may take here.
const NAME_LIMIT: Duration = Duration::from_millis(1500);

/// Everything that was found before the steps look closer.
#[derive(Debug)]
pub(super) struct Scene {
    /// What is asked.
    pub(super) url: Url,
    /// Where the URL's host leads; empty when it leads nowhere.
    pub(super) edges: Vec<SocketAddr>,
    /// The gateway on this host, if it is here.
    pub(super) gateway: Option<Discovered>,
    /// The way of the request through its configuration.
    pub(super) route: Option<Route>,
    /// Finer points of what travels there.
    pub(super) wire: WireSettings,
    /// Every address that the gateway connects to for this URL.
    pub(super) targets: Vec<Spot>,
    /// Names among the members.
    pub(super) names: Vec<String>,
    /// Whether this is the gateway's host.
    pub(super) on_gateway_host: bool,
    /// Why it is (not).
    pub(super) vantage: String,
    /// The guard, with leave for what a `[[gateways]]` entry grants.
    pub(super) guard: Netguard,
    /// How long the gateway itself may take for an answer, with a margin.
    pub(super) patience: Duration,
    /// The application servers behind local targets, by the target's key.
    pub(super) applications: BTreeMap<String, Application>,
}

/// One address that the gateway connects to.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// `127.0.0.1:8080` or `unix:/run/app.sock`: how facts name it.
    pub(super) key: String,
    /// The address itself.
    pub(super) socket: Socket,
    /// What is spoken there.
    pub(super) protocol: Protocol,
    /// The member's name where it has one.
    pub(super) name: Option<String>,
    /// Whether it is this very host.
    pub(super) local: bool,
    /// Whether the gateway speaks HTTP/2 there.
    pub(super) http2: bool,
}

impl Spot {
    /// Whether the gateway speaks HTTP/1 there, in plain or over TLS.
    pub(super) fn takes_http1(&self) -> bool {
        matches!(self.protocol, Protocol::Http | Protocol::Https) && !self.http2
    }
}

/// A TCP address or a unix socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Socket {
    /// TCP.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix(PathBuf),
}

impl Scene {
    /// What the configuration does at the route against failures and load.
    pub(super) fn care(&self) -> gateways::Care {
        let gateway = self.gateway.as_ref();
        gateway.map(|gateway| gateway.config.care_for(&self.url, self.edges.first().copied())).unwrap_or_default()
    }

    /// The command that shows the gateway's own error log.
    pub(super) fn error_log(&self) -> String {
        let named =
            self.route.as_ref().and_then(|route| route.settings.error_logs.iter().find_map(|log| log.file.clone()));
        named.unwrap_or_else(|| PathBuf::from("/var/log/nginx/error.log")).display().to_string()
    }
}

/// Looks for the gateway and its route.
pub(super) async fn discover(ctx: &Context, request: &Request, url: Url, desk: &Desk) -> Scene {
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or(80);
    let found = look_for(ctx, request, &url).await;
    for obstacle in &found.obstacles {
        desk.skip("find the gateway's configuration", &obstacle.reason, &obstacle.command);
    }
    // Somebody named these, and they do not serve the URL: the reason may be what could not be read of them.
    for other in found.gateways.iter().skip(1).filter(|other| request.gateway_configs.contains(&other.main)) {
        tell_problems(other, desk);
    }
    let guard = with_leave(ctx.netguard.clone(), &request.rights, found.gateways.first());
    let edges = guard.resolve(&host, port, Duration::from_secs(2)).await;
    let edges: Vec<SocketAddr> =
        edges.map(|all| all.iter().map(crate::netguard::Vetted::address).collect()).unwrap_or_default();
    let gateway = found.gateways.into_iter().next();
    arrange(ctx, request, url, edges, gateway, guard, desk).await
}

/// The gateways of this host that may serve a URL.
pub(super) async fn look_for(ctx: &Context, request: &Request, url: &Url) -> gateways::Discovery {
    let overrides = Overrides { configs: configs(request) };
    gateways::discover(ctx.host.as_ref(), &ctx.fileguard, url, &overrides).await
}

/// Follows the route of a URL through a gateway to the members, and tells all of that.
pub(super) async fn arrange(
    ctx: &Context,
    request: &Request,
    url: Url,
    edges: Vec<SocketAddr>,
    mut gateway: Option<Discovered>,
    guard: Netguard,
    desk: &Desk,
) -> Scene {
    let mut local_edge = false;
    for edge in &edges {
        local_edge |= is_local(ctx, *edge).await;
    }
    if let Some(gateway) = &mut gateway
        && let Some(number) = gateway.user.clone().filter(|user| user.bytes().all(|b| b.is_ascii_digit()))
        && let Ok(user) = ctx.host.user(&number).await
    {
        gateway.user = Some(user.name);
    }
    let (on_gateway_host, vantage) = vantage(&edges, local_edge, gateway.as_ref());
    let route = gateway.as_ref().and_then(|gateway| gateway.config.route_for(&url, edges.first().copied()));
    let finer = gateway.as_ref().map(|gateway| gateway.config.wire_for(&url, edges.first().copied()));
    let waits = gateway.as_ref().and_then(|gateway| gateway.config.longest_wait()).unwrap_or(Duration::from_mins(1));
    let mut scene = Scene {
        url,
        edges,
        gateway,
        route,
        wire: finer.unwrap_or_default(),
        targets: Vec::new(),
        names: Vec::new(),
        on_gateway_host,
        vantage,
        guard,
        patience: waits + Duration::from_secs(5),
        applications: BTreeMap::new(),
    };
    tell_gateway(&scene, desk);
    members(ctx, request, &mut scene, desk).await;
    if scene.on_gateway_host {
        scene.applications = applications(ctx, &scene.targets).await;
    }
    scene
}

/// The application servers behind local targets, as their processes and configurations tell.
pub(super) async fn applications(ctx: &Context, targets: &[Spot]) -> BTreeMap<String, Application> {
    let (processes, listeners) = tokio::join!(ctx.host.processes(), ctx.host.listeners());
    let (Ok(processes), Ok(listeners)) = (processes, listeners) else { return BTreeMap::new() };
    let (files, targets) = (ctx.fileguard.clone(), targets.to_vec());
    let find = move || {
        let one = |spot: &Spot| {
            let place = match &spot.socket {
                Socket::Tcp(address) => applications::Place::Tcp(*address),
                Socket::Unix(path) => applications::Place::Unix(path),
            };
            Some((spot.key.clone(), applications::find(&place, &listeners, &processes, &gateways::Folder(&files))?))
        };
        targets.iter().filter(|spot| spot.local).filter_map(one).collect()
    };
    tokio::task::spawn_blocking(find).await.unwrap_or_default()
}

/// Configurations to look at first: what the caller names, and in the server what the configuration lists.
fn configs(request: &Request) -> Vec<PathBuf> {
    let listed = match &request.rights {
        Rights::Terminal => Vec::new(),
        Rights::Server { gateways } => gateways.iter().flat_map(|gateway| gateway.config.clone()).collect(),
    };
    request.gateway_configs.iter().cloned().chain(listed).collect()
}

fn vantage(edges: &[SocketAddr], local_edge: bool, gateway: Option<&Discovered>) -> (bool, String) {
    match (edges.first(), gateway) {
        (None, _) => (false, "the URL's host leads to no address".to_owned()),
        (Some(edge), _) if !local_edge => (false, format!("{} is not an address of this host", edge.ip())),
        (Some(_), None) => (false, "no known gateway was found on this host".to_owned()),
        (Some(edge), Some(gateway)) => match gateway.pid {
            Some(pid) if gateway.listens => (
                true,
                format!(
                    "{} is one of its addresses, and {} (process {pid}) listens here",
                    edge.ip(),
                    gateway.kind.name()
                ),
            ),
            _ => (
                false,
                format!("no running {} that listens on port {} was found here", gateway.kind.name(), edge.port()),
            ),
        },
    }
}

/// Whether packets to an address stay on this host.
async fn is_local(ctx: &Context, address: SocketAddr) -> bool {
    match ctx.host.route(address.ip()).await {
        Ok(route) => route.kind == RouteKind::Local,
        Err(_) => address.ip().is_loopback(),
    }
}

/// A `[[gateways]]` entry is leave for the listeners and the upstreams that its configuration names, and no others.
pub(super) fn with_leave(guard: Netguard, rights: &Rights, gateway: Option<&Discovered>) -> Netguard {
    let (Rights::Server { gateways }, Some(gateway)) = (rights, gateway) else { return guard };
    if !gateways.iter().any(|listed| listed.config.contains(&gateway.main)) {
        return guard;
    }
    let mut places = Vec::new();
    let mut sockets = Vec::new();
    for server in &gateway.config.servers {
        for listen in server.listens.iter().filter(|listen| listen.unix.is_none()) {
            places.extend(listener_hosts(listen, &server.names).map(|host| Place { host, port: listen.port }));
        }
    }
    for member in gateway.config.upstreams().iter().flat_map(|upstream| upstream.members.iter()) {
        match &member.address {
            MemberAddress::Host { host, port } => places.push(Place { host: host.clone(), port: *port }),
            MemberAddress::Unix(path) => sockets.push(path.clone()),
        }
    }
    guard.with_leave(places).with_sockets(sockets)
}

/// By which hosts a listener is asked: its address, its names, and this host itself where it listens everywhere.
fn listener_hosts(listen: &Listen, names: &[String]) -> impl Iterator<Item = String> {
    let addresses = match listen.address {
        Some(address) => vec![address.to_string()],
        None => vec!["127.0.0.1".to_owned(), "::1".to_owned(), "localhost".to_owned()],
    };
    let plain =
        |name: &&String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-') && *name != "_";
    addresses.into_iter().chain(names.iter().filter(plain).cloned().collect::<Vec<_>>())
}

fn tell_gateway(scene: &Scene, desk: &Desk) {
    let vantage = facts::Vantage {
        on_gateway_host: scene.on_gateway_host,
        // A listener of our own table that a gateway's process holds is in our own namespace.
        same_netns: scene.on_gateway_host.then_some(true),
        reason: scene.vantage.clone(),
    };
    desk.measured("this host", FactKind::Vantage(vantage));
    let Some(gateway) = &scene.gateway else { return };
    let config = gateway.main.display().to_string();
    desk.measured(
        gateway.how.clone(),
        FactKind::Gateway(facts::Gateway {
            product: gateway.kind.name().to_owned(),
            version: gateway.version.clone(),
            config: Some(config.clone()),
            pid: gateway.pid,
            user: gateway.user.clone(),
        }),
    );
    tell_problems(gateway, desk);
    if let Some(route) = &scene.route {
        desk.fact(Source::Config, route.place.to_string(), FactKind::Route(route_fact(route, &scene.wire)));
        let setup = super::setup::fact(gateway.kind.name(), route, &scene.care());
        desk.fact(Source::Config, setup.place.clone(), FactKind::Setup(setup));
    }
    for hindrance in gateway.config.hindrances(&scene.url, scene.edges.first().copied()) {
        desk.fact(Source::Config, hindrance.place.clone(), FactKind::Hindrance(hindrance));
    }
}

/// What was not understood of a configuration, or could not be read.
fn tell_problems(gateway: &Discovered, desk: &Desk) {
    for problem in gateway.problems.iter().take(10) {
        let command = problem.line_to_add.clone().unwrap_or_else(|| "sudo nginx -T".to_owned());
        if problem.line_to_add.is_some() {
            desk.skip(
                "read the gateway's whole configuration",
                format!("{}: {}", problem.place, problem.what),
                command,
            );
        } else {
            let what = facts::ConfigProblem { place: problem.place.to_string(), problem: problem.what.clone() };
            desk.fact(Source::Config, gateway.main.display().to_string(), FactKind::ConfigProblem(what));
        }
    }
}

pub(super) fn route_fact(route: &Route, wire: &WireSettings) -> facts::Route {
    let settings = &route.settings;
    let ms = |duration: Duration| super::sheet::millis(duration);
    let upstream = match &route.target {
        Target::Upstream(upstream) => Some(upstream),
        _ => None,
    };
    let resolver = upstream.and_then(|upstream| match &upstream.resolution {
        NameResolution::WhileRunning(resolver) => resolver.as_ref(),
        _ => None,
    });
    facts::Route {
        server: if route.server.names.is_empty() { "(no name)".to_owned() } else { route.server.names.join(" ") },
        location: route.location.clone().unwrap_or_else(|| "/".to_owned()),
        place: upstream.map_or_else(|| route.place.to_string(), |upstream| upstream.place.to_string()),
        target: match &route.target {
            Target::Upstream(upstream) => upstream.written.clone(),
            Target::Files(_) => "files on the disk".to_owned(),
            Target::Return(status) => format!("status {status}"),
            Target::Unknown(why) => format!("an unknown place ({why})"),
        },
        protocol: upstream
            .map_or_else(String::new, |upstream| spoken(upstream.protocol, http2(upstream, settings)).to_owned()),
        pool: upstream.and_then(|upstream| upstream.pool.clone()),
        resolves_at_run_time: upstream
            .is_some_and(|u| matches!(u.resolution, NameResolution::WhileRunning(_) | NameResolution::BySystem)),
        resolvers: resolver.map_or_else(Vec::new, |resolver| resolver.servers.clone()),
        resolver_timeout_ms: resolver.map(|resolver| ms(resolver.timeout.value)),
        connect_timeout_ms: upstream.map(|_| ms(settings.timeouts.connect.value)),
        read_timeout_ms: upstream.map(|_| ms(settings.timeouts.read.value)),
        header_buffer_bytes: upstream.map(|_| settings.buffers.header.value).filter(|bytes| *bytes > 0),
        verifies_tls: upstream.filter(|u| u.protocol.is_tls()).map(|_| settings.tls.verify.value),
        verifies_name: upstream.filter(|u| u.protocol.is_tls()).map(|_| settings.tls.minds_name()),
        verifies_time: upstream.filter(|u| u.protocol.is_tls()).map(|_| settings.tls.minds_time()),
        sni: settings.tls.name.as_ref().filter(|_| settings.tls.sni.value).map(|name| name.value.clone()),
        host_header: upstream.and_then(|upstream| upstream.host.clone()),
        no_retry: settings.next_upstream.value.iter().any(|condition| condition == "off"),
        caps: Vec::new(),
        http_version: upstream.map(|_| settings.http_version.value.clone()),
        keepalive: upstream.and_then(|upstream| upstream.keepalive),
        keepalive_idle_ms: wire.keepalive_idle.as_ref().map(|idle| ms(idle.value)),
        tls_protocols: settings.tls.protocols.as_ref().map(|set| set.value.clone()),
        tls_ciphers: wire.ciphers.as_ref().map(|set| set.value.clone()),
        tls_name: settings.tls.name.as_ref().map(|set| set.value.clone()),
        tls_trusted: settings.tls.trusted.as_ref().map(|set| set.value.display().to_string()),
        client_certificate: settings.tls.client_certificate.is_some(),
        passes_upgrade: upstream.map(|_| passes_upgrade(settings)),
        replaces_errors: settings.intercept_errors.value,
        error_pages: wire.error_pages.iter().map(|set| set.value.clone()).collect(),
        proxy_protocol: wire.proxy_protocol.as_ref().map(|set| set.value),
        most_headers: wire.most_headers.as_ref().map(|set| set.value),
        longest_header_bytes: wire.longest_header.as_ref().map(|set| set.value),
        request_body_bytes: upstream.map(|_| settings.buffers.request_body.value),
    }
}

/// Whether `Upgrade` and a matching `Connection` are set on the way to the upstream.
fn passes_upgrade(settings: &crate::gateways::Settings) -> bool {
    let set = |wanted: &str| settings.set_headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    set("upgrade").is_some() && set("connection").is_some_and(|(_, value)| !value.is_empty() && value != "close")
}

/// Whether the gateway speaks HTTP/2 to an upstream, and nothing else.
fn http2(upstream: &gateways::Upstream, settings: &gateways::Settings) -> bool {
    match upstream.protocol {
        Protocol::Grpc | Protocol::Grpcs => true,
        Protocol::Http | Protocol::Https => matches!(settings.http_version.value.as_str(), "2" | "h2" | "h2c"),
        Protocol::Fastcgi | Protocol::Uwsgi | Protocol::Suwsgi | Protocol::Scgi => false,
    }
}

/// What is spoken, as facts spell it.
pub(super) const fn spoken(protocol: Protocol, http2: bool) -> &'static str {
    match protocol {
        Protocol::Http if http2 => "h2c",
        other => protocol_name(other),
    }
}

/// The protocol's name as facts spell it.
pub(super) const fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http => "http",
        Protocol::Https => "https",
        Protocol::Fastcgi => "fastcgi",
        Protocol::Uwsgi => "uwsgi",
        Protocol::Suwsgi => "suwsgi",
        Protocol::Scgi => "scgi",
        Protocol::Grpc => "grpc",
        Protocol::Grpcs => "grpcs",
    }
}

/// Follows the members to their addresses, and tells them.
async fn members(ctx: &Context, request: &Request, scene: &mut Scene, desk: &Desk) {
    let upstream = match scene.route.as_ref().map(|route| &route.target) {
        Some(Target::Upstream(upstream)) => Some(upstream.clone()),
        _ => None,
    };
    let protocol = upstream.as_ref().map_or(Protocol::Http, |upstream| upstream.protocol);
    let resolution = upstream.as_ref().map_or(NameResolution::AtStart, |upstream| upstream.resolution.clone());
    let settings = scene.route.as_ref().map(|route| &route.settings);
    let by_http2 = upstream.as_ref().zip(settings).is_some_and(|(upstream, settings)| http2(upstream, settings));
    let way = (protocol, by_http2);
    let configured = upstream.as_ref().map_or(&[][..], |upstream| &upstream.members);
    for member in configured {
        let sockets = addresses(ctx, scene, &member.address, &resolution).await;
        let mut fact = member_fact(member);
        push(ctx, scene, &mut fact, sockets, way, member.address.name()).await;
        desk.fact(Source::Config, member.place.to_string(), FactKind::Member(fact));
    }
    for written in &request.upstreams {
        let Some(address) = parse_upstream(written) else {
            desk.skip(
                format!("ask the upstream {written}"),
                "it is not host:port or unix:/path",
                "--upstream 127.0.0.1:8080",
            );
            continue;
        };
        let sockets = addresses(ctx, scene, &address, &NameResolution::AtStart).await;
        if sockets.iter().all(|socket| scene.targets.iter().any(|known| &known.socket == socket)) {
            continue;
        }
        let mut fact =
            facts::Member { name: address.to_string(), by_name: address.name().is_some(), ..facts::Member::default() };
        push(ctx, scene, &mut fact, sockets, way, address.name()).await;
        desk.measured("--upstream", FactKind::Member(fact));
    }
}

/// A member as written, before its name is followed.
pub(super) fn member_fact(member: &Member) -> facts::Member {
    facts::Member {
        name: member.address.to_string(),
        by_name: member.address.name().is_some(),
        down: member.down,
        backup: member.backup,
        max_fails: Some(member.max_fails),
        max_conns: Some(member.max_conns),
        place: member.place.to_string(),
        ..facts::Member::default()
    }
}

async fn push(
    ctx: &Context,
    scene: &mut Scene,
    fact: &mut facts::Member,
    sockets: Vec<Socket>,
    (protocol, http2): (Protocol, bool),
    name: Option<&str>,
) {
    if let Some(name) = name
        && !scene.names.iter().any(|known| known == name)
    {
        scene.names.push(name.to_owned());
    }
    for socket in sockets {
        let (key, local) = match &socket {
            Socket::Tcp(address) => (address.to_string(), is_local(ctx, *address).await),
            Socket::Unix(path) => (format!("unix:{}", path.display()), true),
        };
        fact.local |= local;
        fact.targets.push(key.clone());
        if scene.targets.len() < MAX_TARGETS && !scene.targets.iter().any(|known| known.key == key) {
            scene.targets.push(Spot { key, socket, protocol, name: name.map(str::to_owned), local, http2 });
        }
    }
}

/// Where a member leads: itself, or what the gateway's (else the system's) name servers say.
async fn addresses(ctx: &Context, scene: &Scene, member: &MemberAddress, resolution: &NameResolution) -> Vec<Socket> {
    let (name, port) = match member {
        MemberAddress::Unix(path) => return vec![Socket::Unix(path.clone())],
        MemberAddress::Host { host, port } => (host, *port),
    };
    if let Some(address) = member.literal() {
        return vec![Socket::Tcp(address)];
    }
    if let NameResolution::WhileRunning(Some(resolver)) = resolution {
        let Ok(query) = name.parse::<QueryName>() else { return Vec::new() };
        let Some(server) = resolver.addresses().first().copied() else { return Vec::new() };
        let ask = |record| dns::lookup(&ctx.netguard, server, &query, record, NAME_LIMIT);
        let mut addresses = if resolver.ipv6 {
            let (v4, v6) = tokio::join!(ask(Record::A), ask(Record::Aaaa));
            [v4.addresses(), v6.addresses()].concat()
        } else {
            ask(Record::A).await.addresses()
        };
        addresses.dedup();
        return addresses.into_iter().map(|ip| Socket::Tcp(SocketAddr::new(ip, port))).collect();
    }
    match scene.guard.resolve(name, port, NAME_LIMIT).await {
        Ok(vetted) => vetted.iter().map(|one| Socket::Tcp(one.address())).collect(),
        Err(_) => Vec::new(),
    }
}

/// `host:port`, `[v6]:port`, or `unix:/path`.
fn parse_upstream(written: &str) -> Option<MemberAddress> {
    if let Some(path) = written.strip_prefix("unix:") {
        return path.starts_with('/').then(|| MemberAddress::Unix(PathBuf::from(path)));
    }
    if let Ok(address) = written.parse::<SocketAddr>() {
        return Some(MemberAddress::Host { host: address.ip().to_string(), port: address.port() });
    }
    let (host, port) = written.rsplit_once(':')?;
    host.parse::<QueryName>().ok()?;
    Some(MemberAddress::Host { host: host.to_owned(), port: port.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_upstream_options() {
        assert_eq!(parse_upstream("127.0.0.1:80").map(|a| a.to_string()).as_deref(), Some("127.0.0.1:80"));
        assert_eq!(parse_upstream("[::1]:80").map(|a| a.to_string()).as_deref(), Some("[::1]:80"));
        assert_eq!(parse_upstream("app.internal:80").map(|a| a.to_string()).as_deref(), Some("app.internal:80"));
        assert_eq!(parse_upstream("unix:/run/a.sock").map(|a| a.to_string()).as_deref(), Some("unix:/run/a.sock"));
        for wrong in ["app", "app:", "app:99999", "unix:run/a", "", "a b:80"] {
            assert_eq!(parse_upstream(wrong), None, "{wrong}");
        }
    }
}
