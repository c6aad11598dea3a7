//! What a location forwards to: `proxy_pass` and its kin, and the pools that they name.

use super::settings::{Scope, duration, resolver, settings};
use super::tree::{Directive, Tree};
use super::variables::Variables;
use crate::gateways::{
    GatewayConfig, Member, MemberAddress, NameResolution, Place, Pool, Protocol, Resolver, Set, Settings, Upstream,
};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// Upstreams that are listed for one configuration.
const MAX_UPSTREAMS: usize = 1024;

/// The directive of a level that forwards requests.
pub(super) fn pass_of(level: &[Directive]) -> Option<&Directive> {
    let names = ["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass"];
    level.iter().find(|directive| directive.block.is_none() && names.contains(&directive.name.as_str()))
}

/// The named pools of all `http` blocks.
pub(super) fn pools(tree: &Tree) -> Vec<Pool> {
    let mut pools = Vec::new();
    for http in tree.http() {
        let outer = Scope { levels: vec![&tree.directives, http.children()], prefix: &tree.prefix };
        let blocks =
            http.children().iter().filter(|directive| directive.name == "upstream" && directive.block.is_some());
        pools.extend(blocks.map(|block| pool(block, &outer)));
    }
    pools
}

fn pool(block: &Directive, outer: &Scope<'_>) -> Pool {
    let inside = block.children();
    let methods = ["ip_hash", "least_conn", "least_time", "hash", "random", "sticky"];
    let balancing = inside.iter().find(|directive| methods.contains(&directive.name.as_str()));
    let keepalive = inside.iter().find(|directive| directive.name == "keepalive");
    Pool {
        name: block.arg(0).to_owned(),
        members: inside.iter().filter(|directive| directive.name == "server").filter_map(member).collect(),
        balancing: balancing.map_or("round-robin", |directive| directive.name.as_str()).to_owned(),
        keepalive: keepalive.and_then(|directive| directive.arg(0).parse().ok()),
        resolver: resolver(&outer.within(inside)),
        place: block.place.clone(),
    }
}

/// How long a pool's idle connections are kept: what it says, else nginx' minute; `None` where none are kept.
pub(super) fn pool_idle(tree: &Tree, upstream: &Upstream) -> Option<Set<Duration>> {
    upstream.keepalive.filter(|kept| *kept > 0)?;
    let name = upstream.pool.as_ref()?;
    let mut blocks =
        tree.http().flat_map(super::tree::Directive::children).filter(|directive| directive.name == "upstream");
    let block = blocks.find(|block| block.arg(0).eq_ignore_ascii_case(name))?;
    let said = block.children().iter().find(|directive| directive.name == "keepalive_timeout");
    let of =
        |directive: &Directive| Some(Set { value: duration(directive.arg(0))?, place: Some(directive.place.clone()) });
    Some(said.and_then(of).unwrap_or(Set::default_of(Duration::from_mins(1))))
}

fn member(directive: &Directive) -> Option<Member> {
    let mut member = plain_member(address(directive.arg(0), Some(80))?, &directive.place);
    for arg in directive.args.iter().skip(1) {
        match arg.split_once('=').unwrap_or((arg, "")) {
            ("weight", value) => member.weight = value.parse().unwrap_or(1),
            ("max_fails", value) => member.max_fails = value.parse().unwrap_or(1),
            ("max_conns", value) => member.max_conns = value.parse().unwrap_or(0),
            ("fail_timeout", value) => member.fail_timeout = duration(value).unwrap_or(member.fail_timeout),
            ("backup", _) => member.backup = true,
            ("down", _) => member.down = true,
            ("resolve", _) => member.resolve = true,
            _ => {}
        }
    }
    Some(member)
}

fn plain_member(address: MemberAddress, place: &Place) -> Member {
    Member {
        address,
        weight: 1,
        max_fails: 1,
        fail_timeout: Duration::from_secs(10),
        max_conns: 0,
        backup: false,
        down: false,
        resolve: false,
        place: place.clone(),
    }
}

/// `host:port`, `[::1]:port`, `unix:/path`; `None` if a port is missing and there is no usual one.
fn address(written: &str, usual_port: Option<u16>) -> Option<MemberAddress> {
    if let Some(path) = written.strip_prefix("unix:") {
        return Some(MemberAddress::Unix(PathBuf::from(path)));
    }
    if let Some(inner) = written.strip_prefix('[') {
        let (host, after) = inner.split_once(']')?;
        let port = after.strip_prefix(':').map_or(usual_port, |port| port.parse().ok())?;
        return Some(MemberAddress::Host { host: host.to_owned(), port });
    }
    let (host, port) = match written.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (written, usual_port?),
    };
    (!host.is_empty()).then(|| MemberAddress::Host { host: host.to_owned(), port })
}

/// What a pass directive leads to at its place.
pub(super) fn resolve_pass(pass: &Directive, scope: &Scope<'_>, pools: &[Pool], variables: &Variables<'_>) -> Upstream {
    let written = pass.arg(0).to_owned();
    let expanded = variables.expand(&written);
    build(pass, &expanded, written.contains('$'), scope, pools, variables)
}

/// Protocol, authority and path of a pass directive's argument.
fn split<'e>(directive: &str, expanded: &'e str) -> (Protocol, &'e str, Option<&'e str>) {
    let (scheme, rest) = expanded.split_once("://").unwrap_or(("", expanded));
    let protocol = match (directive, scheme) {
        ("proxy_pass", "https") => Protocol::Https,
        ("fastcgi_pass", _) => Protocol::Fastcgi,
        ("uwsgi_pass", "suwsgi") => Protocol::Suwsgi,
        ("uwsgi_pass", _) => Protocol::Uwsgi,
        ("scgi_pass", _) => Protocol::Scgi,
        ("grpc_pass", "grpcs") => Protocol::Grpcs,
        ("grpc_pass", _) => Protocol::Grpc,
        _ => Protocol::Http,
    };
    if let Some(path) = rest.strip_prefix("unix:") {
        // `unix:/run/app.sock:/uri/`: the path of the socket ends at the colon.
        return match path.split_once(':') {
            Some((socket, uri)) => (protocol, &rest[..5 + socket.len()], Some(uri)),
            None => (protocol, rest, None),
        };
    }
    match rest.find('/') {
        Some(slash) => (protocol, &rest[..slash], Some(&rest[slash..])),
        None => (protocol, rest, None),
    }
}

fn build(
    pass: &Directive,
    expanded: &str,
    by_variable: bool,
    scope: &Scope<'_>,
    pools: &[Pool],
    variables: &Variables<'_>,
) -> Upstream {
    let (protocol, authority, uri) = split(&pass.name, expanded);
    let pool = pools.iter().find(|pool| pool.name.eq_ignore_ascii_case(authority));
    let members = match pool {
        Some(pool) => pool.members.clone(),
        None if authority.contains('$') => Vec::new(),
        None => address(authority, protocol.default_port())
            .map(|address| plain_member(address, &pass.place))
            .into_iter()
            .collect(),
    };
    let has_name = members.iter().any(|member| member.address.name().is_some());
    let while_running = by_variable && pool.is_none() || members.iter().any(|member| member.resolve);
    let resolution = match (has_name || members.is_empty(), while_running) {
        (false, _) => NameResolution::None,
        (true, false) => NameResolution::AtStart,
        (true, true) => {
            let own: Option<Resolver> = pool.and_then(|pool| pool.resolver.clone());
            NameResolution::WhileRunning(own.or_else(|| resolver(scope)))
        }
    };
    Upstream {
        written: pass.arg(0).to_owned(),
        protocol,
        pool: pool.map(|pool| pool.name.clone()),
        members,
        keepalive: pool.and_then(|pool| pool.keepalive),
        resolution,
        uri: uri.filter(|uri| !uri.is_empty()).map(str::to_owned),
        host: host_header(protocol, authority, scope, variables),
        place: pass.place.clone(),
    }
}

/// The Host header that the upstream gets: what is set here, or the name in the pass directive.
fn host_header(protocol: Protocol, authority: &str, scope: &Scope<'_>, variables: &Variables<'_>) -> Option<String> {
    let proxy_host = match authority.strip_prefix("unix:") {
        Some(_) => "localhost",
        None => authority,
    };
    let set = match protocol {
        Protocol::Http | Protocol::Https => scope.all("proxy_set_header"),
        Protocol::Grpc | Protocol::Grpcs => scope.all("grpc_set_header"),
        // These protocols hand the client's own header on.
        Protocol::Fastcgi | Protocol::Uwsgi | Protocol::Suwsgi | Protocol::Scgi => {
            return Some(variables.expand("$http_host")).filter(|host| !host.contains('$'));
        }
    };
    let mut variables = variables.clone();
    variables.set("proxy_host", proxy_host.to_owned());
    let written = set.into_iter().find(|directive| directive.arg(0).eq_ignore_ascii_case("host"));
    let host = variables.expand(written.map_or("$proxy_host", |directive| directive.arg(1)));
    (!host.contains('$')).then_some(host)
}

/// Every place that forwards requests, with the levels around it.
fn each_pass<'t>(tree: &'t Tree, mut visit: impl FnMut(&'t Directive, &Scope<'t>)) {
    let main = Scope { levels: vec![tree.directives.as_slice()], prefix: &tree.prefix };
    let mut open: Vec<(&'t [Directive], Scope<'t>)> =
        tree.http().map(|http| (http.children(), main.within(http.children()))).collect();
    // The tree's depth is limited, and each block is visited once.
    while let Some((level, scope)) = open.pop() {
        if let Some(pass) = pass_of(level) {
            visit(pass, &scope);
        }
        let inner = level.iter().filter(|directive| {
            matches!(directive.name.as_str(), "server" | "location" | "if" | "limit_except")
                && directive.block.is_some()
        });
        open.extend(inner.map(|directive| (directive.children(), scope.within(directive.children()))));
    }
}

fn variables_at<'t>(tree: &'t Tree, scope: &Scope<'_>) -> Variables<'t> {
    let mut variables = Variables::new(tree);
    for level in &scope.levels {
        variables.take_sets(level);
    }
    variables
}

/// All upstreams that any location names, each once, with every value that a map can give to a variable.
pub fn upstreams(config: &GatewayConfig) -> Vec<Upstream> {
    let mut found: Vec<Upstream> = Vec::new();
    let mut seen = BTreeSet::new();
    let crate::gateways::Tree::Nginx(tree) = &config.tree else { return found };
    each_pass(tree, |pass, scope| {
        let variables = variables_at(tree, scope);
        for value in variables.all_values(pass.arg(0)) {
            if found.len() < MAX_UPSTREAMS && seen.insert((pass.name.clone(), value.clone())) {
                let by_variable = pass.arg(0).contains('$');
                found.push(build(pass, &value, by_variable, scope, &config.pools, &variables));
            }
        }
    });
    found.sort_by(|a, b| a.place.cmp(&b.place));
    found
}

/// The longest time that any location waits for its upstream: between two reads, or for the connection.
pub fn longest_wait(config: &GatewayConfig) -> Option<Duration> {
    let mut longest: Option<Duration> = None;
    let crate::gateways::Tree::Nginx(tree) = &config.tree else { return None };
    each_pass(tree, |pass, scope| {
        let (protocol, ..) = split(&pass.name, pass.arg(0));
        let here: Settings = settings(scope, protocol, &[], &Variables::new(tree));
        let wait = here.timeouts.read.value.max(here.timeouts.connect.value);
        longest = longest.max(Some(wait));
    });
    longest
}
