//! The way to an address: route, neighbour, link.

use super::Look;
use crate::host::{Neighbour as Seen, NeighbourState, Route, RouteKind};
use app::model::FactKind;
use app::model::fact::network::{IpRoute, Link, Neighbour};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Between two looks at the table of neighbours.
const PAUSE: Duration = Duration::from_millis(120);

/// Tells the route to an address, the neighbour that it leads to, and links that matter for it.
pub(super) async fn tell(look: &Look<'_>, address: SocketAddr) {
    let ip = address.ip();
    let host = &look.work.ctx.host;
    let route = match look.user {
        // Rules may hold for the gateway's user alone.
        Some(user) => match host.route_as(ip, user).await {
            Ok(route) => Ok(route),
            Err(_) => host.route(ip).await,
        },
        None => host.route(ip).await,
    };
    let route = match route {
        Ok(route) => route,
        Err(obstacle) => {
            look.desk.skip(format!("the route to {ip}"), &obstacle.reason, &obstacle.command);
            return;
        }
    };
    let fact = IpRoute {
        address: ip.to_string(),
        route: word(route.kind).to_owned(),
        device: route.device.clone(),
        via: route.gateway.map(|via| via.to_string()),
        source: route.source.map(|source| source.to_string()),
        errno: None,
        mtu: route.mtu,
    };
    look.desk.measured(format!("ip route get {ip}"), FactKind::IpRoute(fact));
    if route.kind == RouteKind::Unicast {
        neighbour(look, ip, &route).await;
    }
    if route.kind != RouteKind::Local {
        links(look, address, &route).await;
    }
}

/// The neighbour's state, and every hardware address that answered for it meanwhile.
async fn neighbour(look: &Look<'_>, ip: IpAddr, route: &Route) {
    let next = route.gateway.unwrap_or(ip);
    let mut hardware: Vec<String> = Vec::new();
    let mut last: Option<Seen> = None;
    let mut entries = 0;
    for turn in 0..3 {
        if turn > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let Ok(table) = look.work.ctx.host.neighbours().await else { return };
        entries = table
            .iter()
            .filter(|entry| entry.address.is_ipv4() == ip.is_ipv4() && entry.state != NeighbourState::Permanent)
            .count();
        let on_link = |entry: &&Seen| entry.address == next && (route.device.is_none() || entry.device == route.device);
        let Some(entry) = table.iter().find(on_link).cloned() else { continue };
        if let Some(address) = &entry.hardware
            && !hardware.contains(address)
            && entry.state != NeighbourState::Failed
        {
            hardware.push(address.clone());
        }
        last = Some(entry);
    }
    let limit = look.work.ctx.host.neighbour_limit(ip.is_ipv6()).await.ok();
    let table = limit.and_then(|limit| Some((u32::try_from(entries).ok()?, limit)));
    if let Some(entry) = last {
        let fact = Neighbour {
            address: next.to_string(),
            state: format!("{:?}", entry.state).to_lowercase(),
            device: entry.device,
            hardware,
            table,
        };
        look.desk.measured("ip neigh", FactKind::Neighbour(fact));
    } else if table.is_some_and(|(used, limit)| used >= limit) {
        let fact = Neighbour { address: next.to_string(), state: "none".to_owned(), device: None, hardware, table };
        look.desk.measured("ip neigh", FactKind::Neighbour(fact));
    }
}

/// The link by which packets leave, and links that are down whose networks hold the address.
async fn links(look: &Look<'_>, address: SocketAddr, route: &Route) {
    let Ok(links) = look.work.ctx.host.links().await else { return };
    for link in links {
        let used = route.device.as_ref() == Some(&link.name);
        if !(used || (link.holds(address.ip()) && !(link.up && link.carrier))) {
            continue;
        }
        let fact = Link {
            name: link.name.clone(),
            up: link.up,
            carrier: link.carrier,
            mtu: link.mtu,
            addresses: link.networks.iter().map(|net| format!("{}/{}", net.address, net.prefix)).collect(),
            leads_to: address.to_string(),
        };
        look.desk.measured(format!("ip addr show dev {}", link.name), FactKind::Link(fact));
    }
}

const fn word(kind: RouteKind) -> &'static str {
    match kind {
        RouteKind::Unicast => "unicast",
        RouteKind::Local => "local",
        RouteKind::None => "none",
        RouteKind::Unreachable => "unreachable",
        RouteKind::Prohibit => "prohibit",
        RouteKind::Blackhole => "blackhole",
        RouteKind::Other => "other",
    }
}
