//! Routes and neighbours, from the kernel's own tables.

use super::netlink::{Attribute, Failure, ask, attribute, attributes, number};
use crate::host::{Neighbour, NeighbourState, Obstacle, ObstacleKind, Route, RouteKind, Seen};
use rustix::io::Errno;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const GET_ROUTE: u16 = 26;
const GET_NEIGHBOUR: u16 = 30;
const GET_LINK: u16 = 18;
const IPV4: u8 = 2;
const IPV6: u8 = 10;

/// Which way packets to an address would leave.
pub(super) fn route(to: IpAddr, user: Option<u32>) -> Seen<Route> {
    let (family, bits, address) = match to {
        IpAddr::V4(v4) => (IPV4, 32, v4.octets().to_vec()),
        IpAddr::V6(v6) => (IPV6, 128, v6.octets().to_vec()),
    };
    // `struct rtmsg`: family, destination bits, source bits, tos, table, protocol, scope, type, flags.
    let mut request = vec![family, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    request.extend(attribute(1, &address));
    if let Some(user) = user {
        request.extend(attribute(25, &user.to_ne_bytes()));
    }
    let mut found = None;
    let asked = ask(None, GET_ROUTE, false, &request, |content| found = Some(content.to_vec()));
    let without = |kind| Ok(Route { to, kind, device: None, gateway: None, source: None, mtu: None });
    match (asked, found) {
        (Ok(()), Some(content)) => Ok(told(to, &content)),
        // Routes of these types are answered with the error that a connection would get.
        (Err(Failure::Refused(Errno::NETUNREACH)), _) => without(RouteKind::None),
        (Err(Failure::Refused(Errno::HOSTUNREACH)), _) => without(RouteKind::Unreachable),
        (Err(Failure::Refused(Errno::ACCESS)), _) => without(RouteKind::Prohibit),
        (Err(Failure::Refused(Errno::INVAL)), _) => without(RouteKind::Blackhole),
        (Err(failure), _) => Err(obstacle(&failure, format!("ip route get {to}"))),
        (Ok(()), None) => Err(obstacle(&Failure::Broken(Errno::IO), format!("ip route get {to}"))),
    }
}

fn told(to: IpAddr, content: &[u8]) -> Route {
    let attributes = attributes(content, 12);
    let kind = match content.get(7) {
        Some(1) => RouteKind::Unicast,
        Some(2) => RouteKind::Local,
        Some(6) => RouteKind::Blackhole,
        Some(7) => RouteKind::Unreachable,
        Some(8) => RouteKind::Prohibit,
        _ => RouteKind::Other,
    };
    Route {
        to,
        kind,
        device: of(&attributes, 4).and_then(|index| link_name(number(index, 0))),
        gateway: of(&attributes, 5).and_then(address),
        source: of(&attributes, 7).and_then(address),
        // `RTA_METRICS` holds attributes of its own; the second is the path's MTU.
        mtu: of(&attributes, 8).and_then(|metrics| {
            super::netlink::attributes(metrics, 0).iter().find(|(kind, _)| *kind == 2).map(|(_, mtu)| number(mtu, 0))
        }),
    }
}

/// The table of neighbours of both families.
pub(super) fn neighbours() -> Seen<Vec<Neighbour>> {
    let mut found = Vec::new();
    for family in [IPV4, IPV6] {
        // `struct ndmsg`: family, padding, link, state, flags, type.
        let mut request = vec![family];
        request.resize(12, 0);
        let asked = ask(None, GET_NEIGHBOUR, true, &request, |content| {
            let attributes = attributes(content, 12);
            let state =
                u16::from_ne_bytes([content.get(8).copied().unwrap_or(0), content.get(9).copied().unwrap_or(0)]);
            if let Some(address) = of(&attributes, 1).and_then(address) {
                let hardware = of(&attributes, 2).map(hardware);
                found.push((address, number(content, 4), neighbour_state(state), hardware));
            }
        });
        asked.map_err(|failure| obstacle(&failure, "ip neigh".to_owned()))?;
    }
    let named = found.into_iter().map(|(address, link, state, hardware)| Neighbour {
        address,
        device: link_name(link),
        state,
        hardware,
    });
    Ok(named.collect())
}

fn hardware(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

const fn neighbour_state(state: u16) -> NeighbourState {
    match state {
        0x01 => NeighbourState::Incomplete,
        0x02 => NeighbourState::Reachable,
        0x04 => NeighbourState::Stale,
        0x20 => NeighbourState::Failed,
        0x40 | 0x80 => NeighbourState::Permanent,
        _ => NeighbourState::Unsettled,
    }
}

/// A link's name by its number.
fn link_name(index: u32) -> Option<String> {
    // `struct ifinfomsg`: family, padding, type, index, flags, change.
    let mut request = vec![0; 4];
    request.extend_from_slice(&index.to_ne_bytes());
    request.resize(16, 0);
    let mut name = None;
    ask(None, GET_LINK, false, &request, |content| {
        let bytes =
            of(&attributes(content, 16), 3).map(|name| name.split(|byte| *byte == 0).next().unwrap_or(name).to_vec());
        name = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    })
    .ok()?;
    name
}

fn of<'a>(attributes: &[Attribute<'a>], kind: u16) -> Option<&'a [u8]> {
    attributes.iter().find(|(found, _)| *found == kind).map(|(_, content)| *content)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into()),
        16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
        _ => None,
    }
}

fn obstacle(failure: &Failure, command: String) -> Obstacle {
    let (Failure::Refused(errno) | Failure::Broken(errno)) = failure;
    Obstacle::new(ObstacleKind::Failed, format!("the kernel does not tell its routes: {errno}"), command)
}
