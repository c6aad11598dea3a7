//! HAProxy's request lines as facts: what came of this run's own requests, and of others' before.

use super::Own;
use crate::diagnose::scene::{Scene, Socket};
use crate::gateways::MemberAddress;
use crate::gateways::haproxy::{self, Proxy};
use crate::logs::{self, RequestLine, Zone};
use app::model::fact::asked::Recent;
use app::model::fact::logs::AccessLine;
use app::model::{At, FactKind};
use std::collections::BTreeMap;
use std::time::Duration;

/// How far back failures of others count.
const BEFORE: Duration = Duration::from_mins(15);

/// Where the servers are that log lines name as `backend/server`.
pub(in crate::diagnose::steps) fn servers(scene: &Scene) -> BTreeMap<String, String> {
    let tree = scene.gateway.as_ref().and_then(|gateway| haproxy::tree(&gateway.config));
    let port = scene.url.port_or_known_default().unwrap_or(80);
    let mut servers = BTreeMap::new();
    for backend in tree.into_iter().flat_map(Proxy::backends) {
        for server in backend.servers() {
            let key = match backend.placed(&server, port) {
                Some(MemberAddress::Unix(path)) => Some(format!("unix:{}", path.display())),
                Some(address) => {
                    address.literal().map(|socket| socket.to_string()).or_else(|| by_name(scene, &address))
                }
                None => None,
            };
            if let Some(key) = key {
                servers.insert(format!("{}/{}", backend.section.name, server.name), key);
            }
        }
    }
    servers
}

/// The address to which this run followed a server's name.
fn by_name(scene: &Scene, address: &MemberAddress) -> Option<String> {
    let MemberAddress::Host { host, port } = address else { return None };
    let leads = |socket: &Socket| matches!(socket, Socket::Tcp(address) if address.port() == *port);
    let mut spots = scene.targets.iter().filter(|spot| spot.name.as_deref() == Some(host) && leads(&spot.socket));
    let first = spots.next()?;
    // Of several addresses HAProxy uses one, and its log does not say which.
    spots.next().is_none().then(|| first.key.clone())
}

/// What came of requests: this run's own, each for itself, and failures of others before.
pub(super) fn requests<'l>(
    lines: impl IntoIterator<Item = &'l str>,
    zone: &Zone,
    own: &Own,
    now: At,
) -> Vec<(String, FactKind)> {
    let mut facts = Vec::new();
    let mut recent: Option<Recent> = None;
    for found in lines.into_iter().filter_map(|line| logs::request_of(line, zone)) {
        let Some(status) = found.status else { continue };
        let socket = found.socket();
        if own.sockets.contains(&socket) && found.at >= own.began - Duration::from_secs(1) {
            facts.push((format!("own {socket}"), FactKind::AccessLine(access_line(&found, status, own))));
        } else if status >= 500 && of_this_url(&found, own) && own.began - BEFORE <= found.at && found.at < own.began {
            let ago_ms = u64::try_from(now.since(found.at)).unwrap_or(0);
            let count = recent.as_ref().map_or(0, |recent| recent.count) + 1;
            recent = Some(Recent { status, count, ago_ms });
        }
    }
    facts.extend(recent.map(|recent| ("recent".to_owned(), FactKind::Recent(recent))));
    facts
}

fn access_line(found: &RequestLine<'_>, status: u16, own: &Own) -> AccessLine {
    let server = format!("{}/{}", found.backend, found.server);
    let asked = !found.server.starts_with('<');
    let said = if found.by_server() { status.to_string() } else { "-".to_owned() };
    AccessLine {
        status,
        upstream_status: if asked { vec![said] } else { Vec::new() },
        upstream: if asked { vec![own.servers.get(&server).cloned().unwrap_or(server)] } else { Vec::new() },
        mark: found.socket(),
    }
}

/// Method and path are those of this run.
fn of_this_url(found: &RequestLine<'_>, own: &Own) -> bool {
    let mut words = found.request.unwrap_or_default().split(' ');
    let method = words.next().unwrap_or_default();
    let path = words.next().unwrap_or_default();
    // HTTP/2 requests are logged with scheme and authority.
    let path = path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    method == own.method && path.split('?').next() == Some(own.path.as_str())
}
