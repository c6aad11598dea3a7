//! Addresses that the running gateway uses for the upstream's names, by its own error log and by its sockets, against
//! what the names lead to today.

use super::super::Work;
use crate::clock;
use crate::diagnose::scene::{Scene, Socket};
use crate::diagnose::sheet::Desk;
use crate::gateways::GatewayKind;
use crate::host::TcpState;
use app::model::FactKind;
use app::model::fact::logs::Joined;
use app::model::fact::names::HeldAddress;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long the gateway's sockets are watched, and how often.
const WATCH: Duration = Duration::from_millis(2500);
const PAUSE: Duration = Duration::from_millis(100);
/// How long the log may take after the first failure.
const LOG: Duration = Duration::from_secs(3);

/// Start times of processes are known to a second or so.
const SLACK: Duration = Duration::from_secs(2);

/// Tells the addresses in use, if requests fail.
pub(super) async fn tell(work: &Work, scene: &Arc<Scene>, desk: &Desk) {
    let by_name: Vec<(String, u16)> = names(scene);
    if by_name.is_empty() {
        return;
    }
    let mut used: BTreeMap<SocketAddr, &'static str> = BTreeMap::new();
    let end = Instant::now() + WATCH;
    let user = match scene.gateway.as_ref().and_then(|gateway| gateway.user.clone()) {
        Some(name) => work.ctx.host.user(&name).await.ok().map(|user| user.uid),
        None => None,
    };
    loop {
        let progress = work.progress_until(PAUSE, |p| p.failed > 0 || p.over).await;
        if let Ok(connections) = work.ctx.host.connections().await {
            for connection in connections.iter().filter(|one| user.is_some_and(|user| one.uid == user)) {
                let wanted = by_name.iter().any(|(_, port)| *port == connection.remote.port());
                if wanted && matches!(connection.state, TcpState::SynSent | TcpState::Established) {
                    used.entry(SocketAddr::new(connection.remote.ip().to_canonical(), connection.remote.port()))
                        .or_insert("its sockets");
                }
            }
        }
        let healthy = progress.over && progress.failed == 0;
        if healthy {
            return;
        }
        if progress.failed > 0 || Instant::now() >= end {
            break;
        }
    }
    let (told, by) = told(work, scene, desk).await;
    used.extend(told.into_iter().map(|target| (target, by)));
    let (started, older) = ages(work, scene).await;
    for (name, port) in by_name {
        let today: Vec<SocketAddr> = scene
            .targets
            .iter()
            .filter(|spot| spot.name.as_ref() == Some(&name))
            .filter_map(|spot| if let Socket::Tcp(address) = spot.socket { Some(address) } else { None })
            .collect();
        let newcomer = newcomer(work, &today).await;
        for (target, by) in used.iter().filter(|(target, _)| target.port() == port) {
            let fact = HeldAddress {
                name: name.clone(),
                target: target.to_string(),
                by: (*by).to_owned(),
                today: today.iter().map(ToString::to_string).collect(),
                current: today.contains(target),
                config_older: older,
                started_s: started,
                newcomer_s: newcomer,
            };
            desk.measured(*by, FactKind::HeldAddress(fact));
        }
    }
}

/// Members that are names, with their ports; only where the port belongs to one name alone.
fn names(scene: &Scene) -> Vec<(String, u16)> {
    use crate::gateways::{MemberAddress, Target};
    let Some(Target::Upstream(upstream)) = scene.route.as_ref().map(|route| &route.target) else { return Vec::new() };
    let all: Vec<(String, u16, bool)> = upstream
        .members
        .iter()
        .filter_map(|member| match &member.address {
            MemberAddress::Host { host, port } => Some((host.clone(), *port, member.address.name().is_some())),
            MemberAddress::Unix(_) => None,
        })
        .collect();
    let alone = |port: u16| all.iter().filter(|(_, other, _)| *other == port).count() == 1;
    all.iter().filter(|(_, port, named)| *named && alone(*port)).map(|(name, port, _)| (name.clone(), *port)).collect()
}

/// Targets in the gateway's own words: about this run's requests, or about its servers.
async fn told(work: &Work, scene: &Scene, desk: &Desk) -> (Vec<SocketAddr>, &'static str) {
    // HAProxy's log names a server, and that its address is the one of today would be our own guess.
    let names_servers = scene.gateway.as_ref().is_some_and(|gateway| gateway.kind == GatewayKind::Haproxy);
    let end = Instant::now() + LOG.min(work.left());
    loop {
        let facts = desk.sheet().facts();
        let found: Vec<SocketAddr> = if names_servers {
            facts.member_states().filter_map(|(_, state)| state.target.as_ref()?.parse().ok()).collect()
        } else {
            let own = facts.log_lines().filter(|(_, line)| line.joined == Joined::Own);
            own.filter_map(|(_, line)| line.target.as_ref()?.parse().ok()).collect()
        };
        if !found.is_empty() || Instant::now() >= end {
            return (found, if names_servers { "its stats socket" } else { "its error log" });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How long ago the youngest of the gateway's processes was started, and whether its configuration is older.
async fn ages(work: &Work, scene: &Scene) -> (Option<u64>, Option<bool>) {
    let Some(gateway) = &scene.gateway else { return (None, None) };
    let (Some(pid), Ok(processes)) = (gateway.pid, work.ctx.host.processes().await) else { return (None, None) };
    let family = processes.iter().filter(|process| process.pid == pid || process.parent == pid);
    let Some(started) = family.map(|process| process.started).max() else { return (None, None) };
    let ago = u64::try_from(clock::now().since(started) / 1000).unwrap_or(0);
    let files = gateway.config.files.iter();
    let changed: Option<Vec<_>> =
        files.map(|file| work.ctx.fileguard.entry(file).ok().map(|entry| entry.modified)).collect();
    let older = changed.filter(|all| !all.is_empty()).map(|all| all.iter().all(|at| *at <= started + SLACK));
    (Some(ago), older)
}

/// How long ago the process at today's address was started, where that is a namespace of this machine.
async fn newcomer(work: &Work, today: &[SocketAddr]) -> Option<u64> {
    let address = today.iter().find(|address| !address.ip().is_loopback())?;
    let peer = work.ctx.host.peer(address.ip()).await.ok()??;
    let listeners = peer.listeners.ok()?;
    let pid = *listeners.for_address(*address).first()?.pids.first()?;
    let processes = work.ctx.host.processes().await.ok()?;
    let started = processes.iter().find(|process| process.pid == pid)?.started;
    u64::try_from(clock::now().since(started) / 1000).ok()
}
