//! Nothing listens where the gateway connects to: does the application listen elsewhere on this host?

use super::super::{Work, guard_of};
use super::direct::{host_for, url_for};
use crate::diagnose::scene::{Scene, Socket, Spot};
use crate::diagnose::sheet::Desk;
use crate::fileguard::{Keep, TailLimits};
use crate::host::{Listener, Process};
use crate::logs::{self, AccessFormat, Zone};
use crate::net::{self, Limits};
use app::model::FactKind;
use app::model::fact::host::OtherListener;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// At most so many others are asked: asking many would look like a port scan.
const MAX_ASKED: usize = 3;
/// Ports this close to the configured one are near.
const NEAR: u16 = 10;
/// Below this, ports are chosen by people; above, by the system for the moment.
const CHOSEN_BY_PEOPLE: u16 = 32_768;
/// Ports of services that are never the application, and may misbehave when asked in HTTP.
const NEVER: &[u16] = &[
    21, 22, 23, 25, 53, 110, 111, 143, 389, 465, 587, 631, 636, 993, 995, 1433, 1521, 2049, 3306, 5432, 5672, 6379,
    9042, 11211, 27017,
];

/// Looks for other listeners near a refused target and asks them the same request, where that is allowed.
pub(super) async fn look(work: &Work, scene: &Arc<Scene>, desk: &Desk, spot: &Spot) {
    let Socket::Tcp(wanted) = spot.socket else { return };
    if !spot.local || !scene.on_gateway_host {
        return;
    }
    let (Ok(table), processes) = (work.ctx.host.listeners().await, work.ctx.host.processes().await.unwrap_or_default())
    else {
        return;
    };
    if table.tcp.iter().any(|listener| listener.takes(wanted)) {
        return;
    }
    let before = seen_before(work, scene).await;
    let mut asked = 0;
    for listener in candidates(scene, &table.tcp, &processes, wanted) {
        let near = near(wanted.port(), listener.address.port());
        if !near && asked >= MAX_ASKED {
            break;
        }
        let address = SocketAddr::new(
            if listener.address.ip().is_unspecified() { wanted.ip() } else { listener.address.ip() },
            listener.address.port(),
        );
        let may_ask = asked < MAX_ASKED && matches!(work.request.method.as_str(), "GET" | "HEAD");
        let status = if may_ask { ask(work, scene, spot, address).await } else { None };
        asked += usize::from(status.is_some());
        let owner = listener.pids.first().map(|pid| {
            let name =
                processes.iter().find(|process| process.pid == *pid).map_or("?", |process| process.name.as_str());
            format!("{name}, process {pid}")
        });
        let fact = OtherListener {
            instead_of: spot.key.clone(),
            address: address.to_string(),
            owner,
            near,
            asked: status.is_some(),
            status: status.flatten(),
            known_upstream: before.contains(&address.to_string()),
        };
        desk.measured("the table of listening sockets", FactKind::OtherListener(fact));
    }
}

/// Upstream addresses that the gateway's own logs name: what it connected to before.
async fn seen_before(work: &Work, scene: &Arc<Scene>) -> BTreeSet<String> {
    let (files, scene) = (work.ctx.fileguard.clone(), Arc::clone(scene));
    let reading = tokio::task::spawn_blocking(move || {
        let Some(settings) = scene.route.as_ref().map(|route| &route.settings) else { return BTreeSet::new() };
        let limits = TailLimits { search: 8 << 20, time: Duration::from_millis(500), ..TailLimits::default() };
        let tail =
            |path: &Path| files.tail(path, &limits, |_| Keep::Yes).map_or_else(|_| Vec::new(), |tail| tail.lines);
        let mut seen = BTreeSet::new();
        for path in settings.error_logs.iter().filter_map(|log| log.file.as_deref()) {
            let lines = tail(path);
            let parsed = lines.iter().filter_map(|line| logs::nginx::parse_error_line(&line.text, &Zone::UTC));
            seen.extend(parsed.filter_map(|line| super::super::logs::target(line.upstream?)));
        }
        for log in &settings.access_logs {
            let (Some(path), Some(format)) = (&log.file, &log.format) else { continue };
            let format = AccessFormat::from_nginx(&format.text);
            if format.tells_upstreams() {
                seen.extend(
                    tail(path).iter().filter_map(|line| format.parse(&line.text)).flat_map(|line| line.upstreams),
                );
            }
        }
        seen
    });
    reading.await.unwrap_or_default()
}

/// Listeners that could be the application, nearest port first: not the gateway's, not this program's, not another
/// upstream's of the same configuration, and reachable at the address that was wanted.
fn candidates<'a>(
    scene: &Scene,
    table: &'a [Listener],
    processes: &[Process],
    wanted: SocketAddr,
) -> Vec<&'a Listener> {
    let gateway: BTreeSet<u32> = scene.gateway.iter().filter_map(|gateway| gateway.pid).collect();
    let is_gateway = |pid: &u32| {
        gateway.contains(pid)
            || processes.iter().any(|process| process.pid == *pid && gateway.contains(&process.parent))
    };
    let own = std::process::id();
    let claimed: BTreeSet<u16> = scene
        .gateway
        .iter()
        .flat_map(|gateway| gateway.config.upstreams())
        .flat_map(|upstream| upstream.members)
        .filter_map(|member| member.address.literal().map(|address| address.port()))
        .collect();
    let listens: BTreeSet<u16> = scene
        .gateway
        .iter()
        .flat_map(|gateway| &gateway.config.servers)
        .flat_map(|server| &server.listens)
        .map(|listen| listen.port)
        .collect();
    let mut found: Vec<&Listener> = table
        .iter()
        .filter(|listener| reaches(listener.address.ip(), wanted.ip()))
        .filter(|listener| {
            let port = listener.address.port();
            port != wanted.port() && !NEVER.contains(&port) && !claimed.contains(&port) && !listens.contains(&port)
        })
        .filter(|listener| !listener.pids.contains(&own) && !listener.pids.iter().any(is_gateway))
        .filter(|listener| {
            let port = listener.address.port();
            near(wanted.port(), port) || (wanted.port() < CHOSEN_BY_PEOPLE && (1024..CHOSEN_BY_PEOPLE).contains(&port))
        })
        .collect();
    found.sort_by_key(|listener| {
        (
            !near(wanted.port(), listener.address.port()),
            listener.address.port().abs_diff(wanted.port()),
            listener.address,
        )
    });
    found.dedup_by_key(|listener| listener.address.port());
    found
}

/// The same address, or all addresses.
fn reaches(bound: IpAddr, wanted: IpAddr) -> bool {
    bound == wanted || bound.is_unspecified()
}

/// A few apart, or one digit changed, or two neighbours exchanged.
fn near(wanted: u16, found: u16) -> bool {
    if wanted.abs_diff(found) <= NEAR {
        return true;
    }
    if wanted >= CHOSEN_BY_PEOPLE || found >= CHOSEN_BY_PEOPLE {
        return false;
    }
    let (a, b) = (wanted.to_string().into_bytes(), found.to_string().into_bytes());
    if a.len() != b.len() {
        return false;
    }
    let differing: Vec<usize> = (0..a.len()).filter(|at| a[*at] != b[*at]).collect();
    match differing[..] {
        [_] => true,
        [first, second] => second == first + 1 && a[first] == b[second] && a[second] == b[first],
        _ => false,
    }
}

/// Asks one of them; `None` when our own policy forbids it, `Some(None)` when it does not answer in HTTP.
async fn ask(work: &Work, scene: &Arc<Scene>, spot: &Spot, address: SocketAddr) -> Option<Option<u16>> {
    let mut url = url_for(scene, spot);
    url.set_port(Some(address.port())).ok()?;
    let limit = Duration::from_millis(800);
    let request = net::Request {
        method: work.request.method.clone(),
        headers: work.request.headers.clone(),
        target: net::Target::Address(address),
        host: host_for(scene, spot),
        limits: Limits { connect: limit, first_byte: limit, total: limit, ..Limits::default() },
        ..net::Request::get(url)
    };
    let done = net::exchange(guard_of(work, Some(scene)), &request).await;
    match done.result {
        Ok(answer) => Some(Some(answer.status)),
        Err(fault) if fault.refusal.is_some() => None,
        Err(_) => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn near_means_a_slip() {
        for (wanted, found) in
            [(8080, 8081), (8080, 8070), (3000, 3010), (8080, 8000), (8080, 8800), (5000, 8000), (40_000, 40_009)]
        {
            assert!(near(wanted, found), "{wanted} {found}");
        }
        for (wanted, found) in [(8080, 3000), (8080, 9090), (40_000, 40_100), (40_000, 50_000), (80, 8080)] {
            assert!(!near(wanted, found), "{wanted} {found}");
        }
    }
}
