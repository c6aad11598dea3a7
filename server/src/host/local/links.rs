//! Links and neighbouring namespaces, from the kernel's own tables.

use super::netlink::{Failure, ask, attribute, attributes, number};
use super::{firewall, listening, parse_counters, process_name};
use crate::host::firewall::Net;
use crate::host::{Counters, Link, Listener, Listeners, Obstacle, ObstacleKind, Peer, Seen};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const GET_LINK: u16 = 18;
const GET_ADDRESS: u16 = 22;
const GET_NSID: u16 = 90;
/// `IFF_UP` and `IFF_LOWER_UP`
const UP: u32 = 0x1;
const CARRIER: u32 = 0x1_0000;
/// Namespaces that are looked into.
const MAX_NAMESPACES: usize = 256;

/// One link as the kernel tells it.
struct Raw {
    link: Link,
    /// The bridge that it belongs to.
    master: Option<u32>,
    /// The number of the namespace where its other end is.
    other_end: Option<u32>,
    bridge: bool,
}

fn obstacle(failure: &Failure, command: &str) -> Obstacle {
    let (Failure::Refused(errno) | Failure::Broken(errno)) = failure;
    Obstacle::new(ObstacleKind::Failed, format!("the kernel does not tell its links: {errno}"), command)
}

/// All links with their addresses.
pub(super) fn links() -> Seen<Vec<Link>> {
    raw().map(|all| all.into_iter().map(|raw| raw.link).collect()).map_err(|failure| obstacle(&failure, "ip addr"))
}

fn raw() -> Result<Vec<Raw>, Failure> {
    let mut found: Vec<Raw> = Vec::new();
    ask(None, GET_LINK, true, &[0; 16], |content| {
        // `struct ifinfomsg`: family, padding, type, index at 4, flags at 8, change.
        let all = attributes(content, 16);
        let of = |kind: u16| all.iter().find(|(found, _)| *found == kind).map(|(_, value)| *value);
        let name = of(3).map(|name| name.split(|byte| *byte == 0).next().unwrap_or(name)).unwrap_or_default();
        let flags = number(content, 8);
        let kind = of(18).and_then(|info| attributes(info, 0).into_iter().find(|(kind, _)| *kind == 1).map(|(_, k)| k));
        found.push(Raw {
            link: Link {
                index: number(content, 4),
                name: String::from_utf8_lossy(name).into_owned(),
                up: flags & UP != 0,
                carrier: flags & CARRIER != 0,
                mtu: of(4).map_or(0, |mtu| number(mtu, 0)),
                networks: Vec::new(),
            },
            master: of(10).map(|master| number(master, 0)),
            other_end: of(37).map(|id| number(id, 0)),
            bridge: kind.is_some_and(|kind| kind.starts_with(b"bridge")),
        });
    })?;
    ask(None, GET_ADDRESS, true, &[0; 8], |content| {
        // `struct ifaddrmsg`: family, prefix length at 1, flags, scope, index at 4.
        let all = attributes(content, 8);
        let local = all.iter().find(|(kind, _)| *kind == 2).or_else(|| all.iter().find(|(kind, _)| *kind == 1));
        let Some(address) = local.and_then(|(_, bytes)| address(bytes)) else { return };
        if let Some(raw) = found.iter_mut().find(|raw| raw.link.index == number(content, 4)) {
            raw.link.networks.push(Net { address, prefix: content.get(1).copied().unwrap_or(0) });
        }
    })?;
    Ok(found)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into()),
        16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
        _ => None,
    }
}

/// The namespace of this machine that an address lies in which the next link leads to.
///
/// Addresses of private networks are not unique on a machine with containers, so an equal address is not enough: the
/// other end of the very link by which packets leave has to be in that namespace.
pub(super) fn peer(to: IpAddr, device: &str) -> Seen<Option<Peer>> {
    let command = "sudo ip netns; sudo lsns -t net";
    let all = raw().map_err(|failure| obstacle(&failure, command))?;
    let Some(link) = all.iter().find(|raw| raw.link.name == device) else { return Ok(None) };
    let ends: BTreeSet<u32> = if link.bridge {
        all.iter().filter(|raw| raw.master == Some(link.link.index)).filter_map(|raw| raw.other_end).collect()
    } else {
        link.other_end.into_iter().collect()
    };
    if ends.is_empty() {
        return Ok(None);
    }
    let (namespaces, hidden) = namespaces();
    let there = |pid: &u32| number_of(*pid).is_some_and(|id| ends.contains(&id)) && has_address(*pid, to);
    if let Some(pid) = namespaces.into_iter().find(there) {
        return Ok(Some(Peer {
            pid,
            name: process_name(pid),
            listeners: listeners_of(pid),
            firewall: firewall(Some(pid)),
            counters: counters_of(pid),
        }));
    }
    if hidden {
        let reason = "the other end of the link is in a namespace that this user may not look into";
        return Err(Obstacle::new(ObstacleKind::NotPermitted, reason, command));
    }
    Ok(None)
}

/// One process for each network namespace but ours, and whether some could not be looked at.
fn namespaces() -> (Vec<u32>, bool) {
    let mut seen: std::collections::BTreeSet<(u64, u64)> = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    let mut hidden = false;
    if let Some(own) = namespace_of("self") {
        seen.insert(own);
    }
    let Ok(processes) = procfs::process::all_processes() else { return (found, true) };
    for process in processes.flatten() {
        let Some(key) = namespace_of(&process.pid.to_string()) else {
            hidden |= process.is_alive();
            continue;
        };
        if found.len() < MAX_NAMESPACES
            && seen.insert(key)
            && let Ok(pid) = u32::try_from(process.pid)
        {
            found.push(pid);
        }
    }
    (found, hidden)
}

/// What tells a process's network namespace from others.
fn namespace_of(pid: &str) -> Option<(u64, u64)> {
    let stat = rustix::fs::stat(format!("/proc/{pid}/ns/net")).ok()?;
    Some((stat.st_dev, stat.st_ino))
}

/// Our own number for the namespace of a process, if it has one.
fn number_of(pid: u32) -> Option<u32> {
    // `struct rtgenmsg` is one byte, padded.
    let mut request = vec![0; 4];
    request.extend(attribute(2, &pid.to_ne_bytes()));
    let mut found = None;
    ask(None, GET_NSID, false, &request, |content| {
        found = attributes(content, 4).iter().find(|(kind, _)| *kind == 1).map(|(_, id)| number(id, 0));
    })
    .ok()?;
    found.filter(|id| *id != u32::MAX)
}

/// Whether an address is a process's namespace's own.
#[expect(clippy::disallowed_methods, reason = "constant names below /proc, of a process's number")]
fn has_address(pid: u32, address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            // An address line is followed by what it is: `/32 host LOCAL`.
            let text = std::fs::read_to_string(format!("/proc/{pid}/net/fib_trie")).unwrap_or_default();
            let mine = format!("|-- {v4}");
            let mut lines = text.lines().peekable();
            while let Some(line) = lines.next() {
                if line.trim() == mine && lines.peek().is_some_and(|next| next.trim() == "/32 host LOCAL") {
                    return true;
                }
            }
            false
        }
        IpAddr::V6(v6) => {
            let text = std::fs::read_to_string(format!("/proc/{pid}/net/if_inet6")).unwrap_or_default();
            let mine = format!("{:032x}", u128::from(v6));
            text.lines().any(|line| line.starts_with(&mine))
        }
    }
}

/// The listening sockets of a process's namespace. The queue's limit is not told there.
#[expect(clippy::disallowed_methods, reason = "constant names below /proc, of a process's number")]
fn listeners_of(pid: u32) -> Seen<Listeners> {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/net/{name}"));
    let text = read("tcp").map_err(|error| {
        Obstacle::new(ObstacleKind::Failed, error.to_string(), format!("sudo nsenter -t {pid} -n ss -ltn"))
    })?;
    let six = read("tcp6").unwrap_or_default();
    let (owners, owners_complete) = listening::owners();
    let mut tcp: Vec<Listener> = text.lines().chain(six.lines()).filter_map(listener).collect();
    for one in &mut tcp {
        one.pids = owners.get(&one.inode).cloned().unwrap_or_default();
    }
    Ok(Listeners { tcp, unix: Vec::new(), owners_complete })
}

/// One line of `/proc/net/tcp`: number, local and remote end, state (0A is LISTEN), queues, timers, user, inode.
fn listener(line: &str) -> Option<Listener> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (local, state, queues) = (words.get(1)?, words.get(3)?, words.get(4)?);
    if *state != "0A" {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let groups: Option<Vec<[u8; 4]>> = (0..address.len() / 8)
        .map(|at| u32::from_str_radix(address.get(at * 8..at * 8 + 8)?, 16).ok().map(u32::to_ne_bytes))
        .collect();
    let ip = self::address(&groups?.concat())?;
    Some(Listener {
        address: SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?),
        waiting: u32::from_str_radix(queues.split_once(':')?.1, 16).ok()?,
        backlog: None,
        dual: ip.is_ipv6(),
        uid: words.get(7)?.parse().ok()?,
        inode: words.get(9)?.parse().ok()?,
        pids: Vec::new(),
    })
}

#[expect(clippy::disallowed_methods, reason = "constant names below /proc, of a process's number")]
fn counters_of(pid: u32) -> Seen<Counters> {
    let mut counters = BTreeMap::new();
    for name in ["netstat", "snmp"] {
        let text = std::fs::read_to_string(format!("/proc/{pid}/net/{name}")).map_err(|error| {
            Obstacle::new(ObstacleKind::Failed, error.to_string(), format!("cat /proc/{pid}/net/{name}"))
        })?;
        counters.extend(parse_counters(&text));
    }
    Ok(Counters(counters))
}
