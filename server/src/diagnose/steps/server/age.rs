//! Whether the gateway runs with the configuration that is on the disk, and whether it leads back to itself.

use crate::clock;
use crate::diagnose::scene::{Scene, Socket};
use crate::diagnose::sheet::Desk;
use crate::diagnose::steps::Work;
use crate::gateways::{GatewayKind, Target};
use crate::host::Listeners;
use app::model::fact::limits::{ConfigAge, Loop};
use app::model::{FactKind, Source};
use std::net::SocketAddr;
use std::sync::Arc;
use url::Url;

/// Own listeners that are followed one after the other.
const MAX_HOPS: usize = 8;
/// Files whose age is looked at.
const MAX_FILES: usize = 64;

/// Tells both. Answers what is wrong.
pub(super) async fn look(work: &Work, scene: &Arc<Scene>, desk: &Desk) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(fact) = age(work, scene).await {
        if fact.newer() {
            wrong.push(format!("{} was changed after the gateway read it", fact.file));
        }
        desk.measured(fact.file.clone(), FactKind::ConfigAge(fact));
    }
    if let Ok(table) = work.ctx.host.listeners().await {
        for fact in loops(scene, &table) {
            wrong.push(format!("{} leads back to the gateway itself", fact.target));
            desk.fact(Source::Config, fact.back_to.clone(), FactKind::Loop(fact));
        }
    }
    wrong
}

/// When the newest file was changed, against the start of the newest worker. Gateways that take a new configuration
/// without new processes say nothing by their age.
async fn age(work: &Work, scene: &Scene) -> Option<ConfigAge> {
    let gateway = scene.gateway.as_ref()?;
    if !matches!(gateway.kind, GatewayKind::Nginx | GatewayKind::Httpd | GatewayKind::Haproxy) {
        return None;
    }
    let master = gateway.pid?;
    let all = work.ctx.host.processes().await.ok()?;
    let workers = all.iter().filter(|process| process.parent == master).map(|process| process.started);
    let since = workers.max().or_else(|| all.iter().find(|process| process.pid == master).map(|one| one.started))?;
    let mut newest = None;
    for file in gateway.config.files.iter().take(MAX_FILES) {
        if let Ok(entry) = work.ctx.fileguard.entry(file) {
            newest = newest.max(Some((entry.modified, file.clone())));
        }
    }
    let (changed, file) = newest?;
    Some(ConfigAge {
        file: file.display().to_string(),
        changed: clock::rfc3339(changed),
        running_since: clock::rfc3339(since),
        newer_by_s: changed.since(since).div_euclid(1000),
    })
}

/// Targets that are the gateway's own listeners and lead, perhaps over further ones, to a place where the request
/// has been before.
fn loops(scene: &Scene, table: &Listeners) -> Vec<Loop> {
    let (Some(gateway), Some(route)) = (&scene.gateway, &scene.route) else { return Vec::new() };
    let own: Vec<SocketAddr> = scene
        .targets
        .iter()
        .filter(|spot| spot.local)
        .filter_map(|spot| if let Socket::Tcp(address) = spot.socket { Some(address) } else { None })
        .filter(|address| is_own(scene, table, *address))
        .collect();
    let mut found = Vec::new();
    for target in own {
        let mut way = vec![route.place.to_string()];
        let (mut address, mut host) = (target, host_of(route));
        for _ in 0..MAX_HOPS {
            let Some(url) = asked(&scene.url, host.as_deref(), address) else { break };
            let Some(next) = gateway.config.route_for(&url, Some(address)) else { break };
            let place = next.place.to_string();
            if way.contains(&place) {
                found.push(Loop { target: target.to_string(), back_to: place, way });
                break;
            }
            way.push(place);
            let Target::Upstream(upstream) = &next.target else { break };
            let further = upstream.members.iter().filter_map(|member| member.address.literal());
            let Some(onward) = further.into_iter().find(|address| is_own(scene, table, *address)) else { break };
            host = host_of(&next).or(host);
            address = onward;
        }
    }
    found
}

fn host_of(route: &crate::gateways::Route) -> Option<String> {
    match &route.target {
        Target::Upstream(upstream) => upstream.host.clone(),
        _ => None,
    }
}

/// The URL as the next round asks for it.
fn asked(url: &Url, host: Option<&str>, address: SocketAddr) -> Option<Url> {
    let authority = host.map_or_else(|| address.to_string(), str::to_owned);
    let name = authority.rsplit_once(':').map_or(authority.as_str(), |(name, port)| {
        if port.bytes().all(|b| b.is_ascii_digit()) { name } else { authority.as_str() }
    });
    let mut next = url.clone();
    next.set_host(Some(name)).ok()?;
    next.set_port(Some(address.port())).ok()?;
    Some(next)
}

/// Whether the gateway's own processes listen at an address.
fn is_own(scene: &Scene, table: &Listeners, address: SocketAddr) -> bool {
    let Some(gateway) = &scene.gateway else { return false };
    let configured = gateway.config.servers.iter().flat_map(|server| &server.listens);
    let named = configured.clone().any(|listen| {
        listen.unix.is_none() && listen.port == address.port() && listen.address.is_none_or(|ip| ip == address.ip())
    });
    let here = scene.edges.first().is_some_and(|edge| table_owner(table, *edge) == table_owner(table, address));
    let same = table_owner(table, address).is_empty() || here;
    named && same && !table.for_address(address).is_empty()
}

fn table_owner(table: &Listeners, address: SocketAddr) -> Vec<u32> {
    table.for_address(address).first().map(|listener| listener.pids.clone()).unwrap_or_default()
}
