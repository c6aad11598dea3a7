//! How much room the gateway and the kernel have for connections, before and after this run's requests.

use super::skip;
use crate::diagnose::scene::{Scene, Socket};
use crate::diagnose::sheet::Desk;
use crate::diagnose::steps::Work;
use crate::gateways::GatewayKind;
use crate::host::vitals::ports_taken;
use crate::host::{Connection, Counters, KernelLimits, Process, TcpState};
use app::model::fact::host::{Counter, Descriptors};
use app::model::fact::limits::{Capacity, Resource};
use app::model::{FactId, FactKind};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// nginx' own number of connections for one worker.
const NGINX_CONNECTIONS: u64 = 512;
/// Workers that are looked into.
const MAX_WORKERS: usize = 32;
/// How long to wait for this run's requests before the second look.
const SECOND_LOOK: Duration = Duration::from_millis(2500);
/// The kernel's counters whose rise says that a limit was met.
const COUNTERS: &[(&str, &str)] = &[
    ("TcpExt.TCPReqQFullDrop", "TCPReqQFullDrop"),
    ("TcpExt.TCPReqQFullDoCookies", "TCPReqQFullDoCookies"),
    ("TcpExt.SyncookiesSent", "SyncookiesSent"),
    ("TcpExt.TCPAbortOnMemory", "TCPAbortOnMemory"),
    ("TcpExt.TCPMemoryPressures", "TCPMemoryPressures"),
    ("TcpExt.ListenOverflows", "ListenOverflows"),
    ("TcpExt.ListenDrops", "ListenDrops"),
];
/// Whose the kernel's own counters and limits are.
pub(in crate::diagnose) const THIS_HOST: &str = "this host";

/// One look at everything that has a limit.
struct Look {
    limits: KernelLimits,
    connections: Option<Vec<Connection>>,
    counters: Option<Counters>,
}

/// Looks twice and tells what is used up.
pub(super) async fn look(work: &Work, scene: &Arc<Scene>, desk: &Desk) -> Vec<String> {
    let mut known = BTreeMap::new();
    let before = once(work, desk).await;
    let mut notes = tell(scene, desk, &before, &mut known);
    workers(work, scene, desk, &mut known).await;
    work.progress_until(SECOND_LOOK, |p| p.ended > 0).await;
    tokio::time::sleep(Duration::from_millis(150).min(work.left())).await;
    let after = once(work, desk).await;
    notes.extend(tell(scene, desk, &after, &mut known));
    counters(desk, &before, &after);
    workers(work, scene, desk, &mut known).await;
    notes.sort();
    notes.dedup();
    notes
}

async fn once(work: &Work, desk: &Desk) -> Look {
    let host = &work.ctx.host;
    let (limits, connections, counters) = tokio::join!(host.kernel_limits(), host.connections(), host.counters());
    let connections = connections.map_err(|obstacle| skip(desk, "the list of connections", &obstacle)).ok();
    Look { limits: limits.unwrap_or_default(), connections, counters: counters.ok() }
}

fn tell(scene: &Scene, desk: &Desk, look: &Look, known: &mut BTreeMap<String, FactId>) -> Vec<String> {
    let mut found = kernel(&look.limits);
    if let Some(connections) = &look.connections {
        for spot in &scene.targets {
            let Socket::Tcp(address) = spot.socket else { continue };
            found.extend(ports(&spot.key, address, connections, &look.limits));
            if spot.local {
                found.extend(half_open(&spot.key, address, connections, &look.limits));
            }
        }
    }
    if let Some(connections) = &look.connections {
        found.extend(busy_workers(scene, connections));
    }
    let mut notes = Vec::new();
    for capacity in found {
        if capacity.at_least(95) {
            notes.push(capacity.to_string());
        }
        write(desk, known, capacity);
    }
    notes
}

/// Writes an observation; of two of the same thing the one that is nearer to the limit stays.
fn write(desk: &Desk, known: &mut BTreeMap<String, FactId>, capacity: Capacity) {
    let key = format!("{} {}", capacity.what, capacity.of);
    let seen = match capacity.what {
        Resource::GatewayConnections => "the sockets that the process holds",
        Resource::SourcePorts | Resource::HalfOpen | Resource::GatewayWorkers => "the kernel's list of connections",
        Resource::Conntrack => "/proc/sys/net/netfilter/nf_conntrack_count",
        Resource::TcpMemory => "/proc/net/sockstat",
        Resource::Neighbours => "/proc/net/stat/arp_cache",
        Resource::GatewayQueue => "the table of listening sockets",
    };
    match known.get(&key) {
        None => {
            let id = desk.measured(seen, FactKind::Capacity(capacity));
            known.insert(key, id);
        }
        Some(id) => {
            let facts = desk.sheet().facts();
            let earlier = facts.capacities().find(|(known, _)| *known == id).and_then(|(_, earlier)| earlier.used);
            if capacity.used >= earlier {
                desk.replace(id, FactKind::Capacity(capacity));
            }
        }
    }
}

fn kernel(limits: &KernelLimits) -> Vec<Capacity> {
    let of = |what: Resource, pair: Option<(u64, u64)>| {
        pair.map(|(used, limit)| Capacity {
            what,
            of: THIS_HOST.to_owned(),
            used: Some(used),
            limit: Some(limit),
            note: String::new(),
        })
    };
    [
        of(Resource::Conntrack, limits.conntrack),
        of(Resource::TcpMemory, limits.tcp_pages),
        of(Resource::Neighbours, limits.neighbours),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn ports(key: &str, target: SocketAddr, connections: &[Connection], limits: &KernelLimits) -> Option<Capacity> {
    let (used, ended) = ports_taken(connections, target, limits.ports?);
    let note = if ended > 0 { format!("{ended} of them ended and are kept for a minute") } else { String::new() };
    Some(Capacity {
        what: Resource::SourcePorts,
        of: key.to_owned(),
        used: Some(used),
        limit: limits.port_count(),
        note,
    })
}

/// The workers of httpd that forward a request, by the connections that they hold to the upstream.
fn busy_workers(scene: &Scene, connections: &[Connection]) -> Option<Capacity> {
    let gateway = scene.gateway.as_ref().filter(|gateway| gateway.kind == GatewayKind::Httpd)?;
    let limit = gateway.config.limits.worker_connections.as_ref()?.value;
    let is_target = |address: SocketAddr| {
        let same = |target: &SocketAddr| {
            target.port() == address.port() && target.ip().to_canonical() == address.ip().to_canonical()
        };
        scene.targets.iter().any(|spot| matches!(&spot.socket, Socket::Tcp(target) if same(target)))
    };
    let held = connections
        .iter()
        .filter(|connection| connection.state == TcpState::Established && is_target(connection.remote))
        .count();
    Some(Capacity {
        what: Resource::GatewayWorkers,
        of: "httpd".to_owned(),
        used: Some(held as u64),
        limit: Some(limit),
        note: String::new(),
    })
}

fn half_open(key: &str, target: SocketAddr, connections: &[Connection], limits: &KernelLimits) -> Option<Capacity> {
    let here = connections.iter().filter(|connection| {
        connection.state == TcpState::HalfOpen
            && connection.local.port() == target.port()
            && connection.local.ip().to_canonical() == target.ip().to_canonical()
    });
    let used = here.count() as u64;
    let note = if limits.syn_cookies == Some(false) { "without cookies".to_owned() } else { String::new() };
    (used > 0).then(|| Capacity {
        what: Resource::HalfOpen,
        of: key.to_owned(),
        used: Some(used),
        limit: limits.half_open,
        note,
    })
}

/// What rose between the two looks, and what stood still where that refutes something.
fn counters(desk: &Desk, before: &Look, after: &Look) {
    let pairs = COUNTERS.iter().filter_map(|(name, short)| {
        let (before, after) = (before.counters.as_ref()?.get(name)?, after.counters.as_ref()?.get(name)?);
        Some(((*short).to_owned(), before, after))
    });
    let conntrack = before.limits.conntrack_drops.zip(after.limits.conntrack_drops);
    let neighbours = before.limits.neighbours_refused.zip(after.limits.neighbours_refused);
    let own = [("conntrack-drops", conntrack), ("neighbours-refused", neighbours)];
    let own = own.into_iter().filter_map(|(name, pair)| pair.map(|(before, after)| (name.to_owned(), before, after)));
    for (name, before, after) in pairs.chain(own) {
        let fact = Counter { name, before, after, target: THIS_HOST.to_owned() };
        desk.measured("the kernel's counters", FactKind::Counter(fact));
    }
}

/// The sockets and descriptors of the gateway's workers against their limits; the fullest worker is told.
async fn workers(work: &Work, scene: &Scene, desk: &Desk, known: &mut BTreeMap<String, FactId>) {
    let Some(gateway) = &scene.gateway else { return };
    let Some(master) = gateway.pid else { return };
    let Ok(all) = work.ctx.host.processes().await else { return };
    let workers: Vec<&Process> = all.iter().filter(|process| is_worker(gateway.kind, process, master)).collect();
    let limit = match gateway.kind {
        GatewayKind::Nginx => {
            let written = gateway.config.limits.worker_connections.as_ref();
            Some(written.map_or(NGINX_CONNECTIONS, |set| set.value))
        }
        _ => None,
    };
    let mut fullest: Option<(u64, u32)> = None;
    let mut most_descriptors: Option<(u64, Descriptors)> = None;
    for worker in workers.iter().take(MAX_WORKERS) {
        let (sockets, descriptors) =
            tokio::join!(work.ctx.host.sockets_of(worker.pid), work.ctx.host.descriptors(worker.pid));
        match sockets {
            Ok(used) if limit.is_some() => fullest = fullest.max(Some((used, worker.pid))),
            Ok(_) => {}
            Err(obstacle) => {
                skip(desk, "the connections and descriptors of the gateway's workers", &obstacle);
                return;
            }
        }
        if let Ok(open) = descriptors
            && most_descriptors.as_ref().is_none_or(|(most, _)| open.open > *most)
        {
            let of = format!("the gateway's worker process {}", worker.pid);
            most_descriptors = Some((open.open, Descriptors { of, used: Some(open.open), limit: open.limit }));
        }
    }
    if let Some((used, pid)) = fullest {
        let of = format!("the gateway's worker process {pid}");
        write(
            desk,
            known,
            Capacity { what: Resource::GatewayConnections, of, used: Some(used), limit, note: String::new() },
        );
    }
    if let Some((_, fact)) = most_descriptors {
        let kind = FactKind::Descriptors(fact.clone());
        match known.get("descriptors") {
            Some(id) => desk.replace(id, kind),
            None => {
                let id = desk.measured("the descriptors that the process holds", kind);
                known.insert("descriptors".to_owned(), id);
            }
        }
    }
}

/// A process that takes requests: a child of the master; a gateway of one process is its own worker.
fn is_worker(kind: GatewayKind, process: &Process, master: u32) -> bool {
    match kind {
        GatewayKind::Nginx => {
            process.parent == master
                && process.command_line.first().is_some_and(|line| line.starts_with("nginx: worker process"))
        }
        _ => process.parent == master || process.pid == master,
    }
}
