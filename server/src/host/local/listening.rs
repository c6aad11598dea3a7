//! Listening sockets, from the kernel's own tables.

use super::netlink::{Failure, SOCK_DIAG, ask, attributes, number};
use crate::host::{Listener, Listeners, Obstacle, ObstacleKind, Seen, UnixListener};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// `SOCK_DIAG_BY_FAMILY`
pub(super) const BY_FAMILY: u16 = 20;
pub(super) const IPV4: u8 = 2;
pub(super) const IPV6: u8 = 10;
const UNIX: u8 = 1;
pub(super) const TCP: u8 = 6;
/// The TCP state LISTEN, as a bit and as a number.
const LISTEN: u32 = 10;
/// `INET_DIAG_SKV6ONLY`
const ATTRIBUTE_V6_ONLY: u16 = 11;
/// `UNIX_DIAG_NAME`
const ATTRIBUTE_NAME: u16 = 0;
/// `UNIX_DIAG_RQLEN`
const ATTRIBUTE_QUEUE: u16 = 4;

/// All listening sockets. Blocks for a few milliseconds.
pub(super) fn listeners() -> Seen<Listeners> {
    let mut tcp = inet(IPV4)?;
    // A kernel without IPv6 has no such sockets.
    tcp.extend(inet(IPV6).unwrap_or_default());
    let mut unix = unix().unwrap_or_default();
    let (owners, owners_complete) = owners();
    let pids = |inode: u64| owners.get(&inode).cloned().unwrap_or_default();
    for listener in &mut tcp {
        listener.pids = pids(listener.inode);
    }
    for listener in &mut unix {
        listener.pids = pids(listener.inode);
    }
    tcp.sort_by_key(|listener| (listener.address.port(), listener.address));
    unix.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Listeners { tcp, unix, owners_complete })
}

pub(super) fn obstacle(failure: Failure) -> Obstacle {
    let (Failure::Refused(errno) | Failure::Broken(errno)) = failure;
    let kind = match errno {
        Errno::ACCESS | Errno::PERM => ObstacleKind::NotPermitted,
        Errno::TIMEDOUT | Errno::AGAIN => ObstacleKind::TimedOut,
        _ => ObstacleKind::Failed,
    };
    Obstacle::new(kind, format!("the kernel does not list its sockets: {errno}"), "ss -ltnpe; ss -lxpe")
}

/// `struct inet_diag_req_v2`: family, protocol, extensions, states; no filter.
fn inet(family: u8) -> Seen<Vec<Listener>> {
    let mut request = vec![family, TCP, 0, 0];
    request.extend_from_slice(&(1_u32 << LISTEN).to_ne_bytes());
    request.resize(56, 0);
    let mut found = Vec::new();
    ask(Some(SOCK_DIAG), BY_FAMILY, true, &request, |content| found.extend(inet_listener(content)))
        .map_err(obstacle)?;
    Ok(found)
}

/// `struct inet_diag_msg`: the address at 4 and 8, queues at 56 and 60, user and inode at 64 and 68.
fn inet_listener(content: &[u8]) -> Option<Listener> {
    let port = u16::from_be_bytes(content.get(4..6)?.try_into().ok()?);
    let source = content.get(8..24)?;
    let address: IpAddr = match content.first()? {
        &IPV4 => Ipv4Addr::from(<[u8; 4]>::try_from(&source[..4]).ok()?).into(),
        _ => Ipv6Addr::from(<[u8; 16]>::try_from(source).ok()?).into(),
    };
    let v6_only =
        attributes(content, 72).iter().any(|(kind, value)| *kind == ATTRIBUTE_V6_ONLY && value.first() == Some(&1));
    content.get(68..72)?;
    Some(Listener {
        address: SocketAddr::new(address, port),
        waiting: number(content, 56),
        backlog: Some(number(content, 60)),
        dual: address.is_ipv6() && !v6_only,
        uid: number(content, 64),
        inode: u64::from(number(content, 68)),
        pids: Vec::new(),
    })
}

/// `struct unix_diag_req`: family, protocol, states, inode, what to show (names and queues), cookie.
fn unix() -> Seen<Vec<UnixListener>> {
    let mut request = vec![UNIX, 0, 0, 0];
    for field in [1_u32 << LISTEN, 0, 0x1 | 0x10, 0, 0] {
        request.extend_from_slice(&field.to_ne_bytes());
    }
    let mut found = Vec::new();
    ask(Some(SOCK_DIAG), BY_FAMILY, true, &request, |content| found.extend(unix_listener(content)))
        .map_err(obstacle)?;
    Ok(found)
}

/// `struct unix_diag_msg`: family, type, state, inode at 4, cookie; then attributes.
fn unix_listener(content: &[u8]) -> Option<UnixListener> {
    let attributes = attributes(content, 16);
    let (_, name) = attributes.iter().find(|(kind, _)| *kind == ATTRIBUTE_NAME)?;
    // A name that begins with NUL is no path.
    let name = name.split(|byte| *byte == 0).next().filter(|name| !name.is_empty())?;
    let queue = attributes.iter().find(|(kind, _)| *kind == ATTRIBUTE_QUEUE).map(|(_, queue)| *queue);
    Some(UnixListener {
        path: PathBuf::from(std::ffi::OsStr::from_bytes(name)),
        waiting: queue.map(|queue| number(queue, 0)),
        backlog: queue.map(|queue| number(queue, 4)),
        inode: u64::from(number(content, 4)),
        pids: Vec::new(),
    })
}

/// Which processes hold which socket, and whether every process could be looked into.
pub(super) fn owners() -> (BTreeMap<u64, Vec<u32>>, bool) {
    let mut owners: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    let mut complete = true;
    let Ok(processes) = procfs::process::all_processes() else { return (owners, false) };
    for process in processes.flatten() {
        let Ok(descriptors) = process.fd() else {
            // A process that has just ended is no gap.
            complete &= !process.is_alive();
            continue;
        };
        for descriptor in descriptors.flatten() {
            if let procfs::process::FDTarget::Socket(inode) = descriptor.target
                && let Ok(pid) = u32::try_from(process.pid)
            {
                let pids = owners.entry(inode).or_default();
                if pids.last() != Some(&pid) {
                    pids.push(pid);
                }
            }
        }
    }
    (owners, complete)
}
