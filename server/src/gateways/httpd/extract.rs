//! From the tree to the common model.

use super::settings::{access_logs, error_logs, formats};
use super::tree::{Directive, Scope, Tree};
use super::values::number;
use crate::gateways::{Limits, Listen, LogFile, LogFormat, Place, Problem, Server, Set};
use std::net::{IpAddr, Ipv6Addr};

/// The listening sockets and names of the main server and of every virtual host.
pub(super) fn servers(tree: &Tree, problems: &mut Vec<Problem>) -> Vec<Server> {
    let listens = listens(tree, problems);
    let main = Scope::main(tree);
    let place = listens.first().map(|listen| listen.place.clone()).unwrap_or_default();
    let mut servers: Vec<Server> =
        tree.hosts().map(|host| server(host, &main.within(host.children()), &listens)).collect();
    // The first host of an address answers for the names that no other has.
    let mut taken: Vec<(Option<IpAddr>, u16, bool)> = Vec::new();
    for listen in servers.iter_mut().flat_map(|server| server.listens.iter_mut()) {
        let key = (listen.address, listen.port, listen.ipv6);
        listen.default = !taken.contains(&key);
        taken.push(key);
    }
    let own = listens.into_iter().filter(|listen| {
        !taken
            .iter()
            .any(|(address, port, _)| *port == listen.port && (address.is_none() || *address == listen.address))
    });
    let own: Vec<Listen> = own.collect();
    if !own.is_empty() || servers.is_empty() {
        servers.push(Server { listens: own, names: names(&tree.directives), place });
    }
    servers
}

/// `Listen [address:]port [protocol]`, in order.
pub(super) fn listens(tree: &Tree, problems: &mut Vec<Problem>) -> Vec<Listen> {
    let mut found = Vec::new();
    for directive in tree.directives.iter().filter(|directive| directive.name == "listen") {
        let Some((address, port)) = address_and_port(directive.arg(0)).filter(|(_, port)| port.is_some()) else {
            let what = format!("`Listen {}` is not understood", directive.args.join(" "));
            problems.push(Problem { place: directive.place.clone(), what, line_to_add: None });
            continue;
        };
        let tls = directive.arg(1).eq_ignore_ascii_case("https");
        found.extend(sockets(address, port.unwrap_or(0), tls, &directive.place));
    }
    found
}

/// One socket for an address, two for all addresses.
fn sockets(address: Host<'_>, port: u16, tls: bool, place: &Place) -> Vec<Listen> {
    let one = |address: Option<IpAddr>, ipv6: bool| Listen {
        address,
        port,
        unix: None,
        ipv6,
        tls,
        default: true,
        proxy_protocol: false,
        place: place.clone(),
    };
    match address {
        Host::Every | Host::Name(_) => vec![one(None, false), one(None, true)],
        Host::Address(IpAddr::V6(Ipv6Addr::UNSPECIFIED)) => vec![one(None, true), one(None, false)],
        Host::Address(IpAddr::V4(address)) if address.is_unspecified() => vec![one(None, false)],
        Host::Address(address) => vec![one(Some(address), address.is_ipv6())],
    }
}

/// The host in `Listen` or `<VirtualHost>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host<'w> {
    /// `*`, `_default_`, or none.
    Every,
    /// An address.
    Address(IpAddr),
    /// A name, which httpd resolves at start.
    Name(&'w str),
}

/// `80`, `*:80`, `1.2.3.4`, `1.2.3.4:80`, `[::1]:80`, `name:80`, `_default_:443`; the port may be missing or `*`.
pub(super) fn address_and_port(written: &str) -> Option<(Host<'_>, Option<u16>)> {
    if let Ok(port) = written.parse() {
        return Some((Host::Every, Some(port)));
    }
    let (host, port) = match written.strip_prefix('[') {
        Some(inner) => {
            let (host, after) = inner.split_once(']')?;
            (host, after.strip_prefix(':').unwrap_or("*"))
        }
        None => written.rsplit_once(':').unwrap_or((written, "*")),
    };
    let port = if port == "*" { None } else { Some(port.parse().ok()?) };
    let host = match host {
        "" => return None,
        "*" | "_default_" => Host::Every,
        host => host.parse().map_or(Host::Name(host), Host::Address),
    };
    Some((host, port))
}

fn server(host: &Directive, scope: &Scope<'_>, listens: &[Listen]) -> Server {
    let tls = scope.last("sslengine").is_some_and(Directive::is_on);
    let proxy_protocol = scope.last("remoteipproxyprotocol").is_some_and(Directive::is_on);
    let mut own: Vec<Listen> = Vec::new();
    for written in &host.args {
        let Some((address, port)) = address_and_port(written) else { continue };
        let ports: Vec<u16> = match port {
            Some(port) => vec![port],
            None => listens.iter().map(|listen| listen.port).collect(),
        };
        for port in ports {
            for mut listen in sockets(address, port, tls, &host.place) {
                listen.proxy_protocol = proxy_protocol;
                if !own.contains(&listen) {
                    own.push(listen);
                }
            }
        }
    }
    Server { listens: own, names: names(host.children()), place: host.place.clone() }
}

/// `ServerName` and `ServerAlias`; scheme and port of the former are left out.
pub(super) fn names(level: &[Directive]) -> Vec<String> {
    let first = level.iter().rev().find(|directive| directive.name == "servername").map(|directive| {
        let name = directive.arg(0);
        let name = name.split_once("://").map_or(name, |(_, rest)| rest);
        let port = name.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
        port.map_or(name, |(host, _)| host).to_owned()
    });
    let others = level.iter().filter(|directive| directive.name == "serveralias");
    first.into_iter().chain(others.flat_map(|directive| directive.args.iter().cloned())).collect()
}

/// What the whole gateway is limited to.
pub(super) fn limits(tree: &Tree) -> Limits {
    let main = Scope::main(tree);
    let count = |name: &str| main.optional(name, |directive| number(directive.arg(0)));
    // Before 2.4 it was called MaxClients.
    let workers = count("maxrequestworkers").or_else(|| count("maxclients"));
    let prefork = tree.modules.iter().any(|module| module.value == "mpm_prefork_module");
    let default = if prefork { 256 } else { 400 };
    Limits {
        // A worker of httpd's is a thread that serves one request; all of them are its connections' limit.
        worker_connections: workers.or(Some(Set::default_of(default))),
        worker_processes: count("serverlimit"),
        worker_descriptors: None,
    }
}

/// All log files that any level names, each once.
pub(super) fn logs(tree: &Tree, formats: &[LogFormat]) -> Vec<LogFile> {
    let main = Scope::main(tree);
    let mut logs: Vec<LogFile> = Vec::new();
    let hosts = tree.hosts().map(|host| main.within(host.children()));
    for scope in std::iter::once(main.clone()).chain(hosts) {
        for log in error_logs(&scope).into_iter().chain(access_logs(&scope, formats)) {
            if !logs.iter().any(|known| known.written == log.written && known.level.is_some() == log.level.is_some()) {
                logs.push(log);
            }
        }
    }
    logs
}

/// Every named format of access logs.
pub(super) fn all_formats(tree: &Tree) -> Vec<LogFormat> {
    formats(std::iter::once(tree.directives.as_slice()).chain(tree.hosts().map(Directive::children)))
}
