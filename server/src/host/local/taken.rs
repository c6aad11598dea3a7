//! Connections that a listener's processes have taken, from the kernel's own tables.

use super::netlink::{SOCK_DIAG, ask, attributes, number};
use crate::host::sockets::{Taken, TakenAt};
use crate::host::{Obstacle, ObstacleKind, Seen};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// `SOCK_DIAG_BY_FAMILY`
const BY_FAMILY: u16 = 20;
const IPV4: u8 = 2;
const IPV6: u8 = 10;
const UNIX: u8 = 1;
const TCP: u8 = 6;
/// SYN-SENT: asked, and not answered yet.
const DIALLING: u32 = 1 << 2;
/// ESTABLISHED, and CLOSE-WAIT of those whose client has gone while they are still worked on.
const STATES: u32 = (1 << 1) | (1 << 8);
/// The state CLOSE-WAIT.
const CLOSE_WAIT: u8 = 8;
/// `UNIX_DIAG_NAME`
const ATTRIBUTE_NAME: u16 = 0;
/// `UNIX_DIAG_SHUTDOWN`
const ATTRIBUTE_SHUTDOWN: u16 = 6;
/// Both directions are shut.
const SHUT: u8 = 3;
/// Connections that are listed.
const MOST: usize = 100_000;

/// All connections that some process has taken. Those that still wait in a listener's queue belong to no process yet:
/// the kernel gives them no inode. Blocks for a few milliseconds.
pub(super) fn taken() -> Seen<Vec<Taken>> {
    let mut found = Vec::new();
    inet(IPV4, STATES, &mut found)?;
    // A kernel without IPv6 has no such sockets.
    drop(inet(IPV6, STATES, &mut found));
    drop(unix(&mut found));
    Ok(found)
}

/// Where these processes try to connect to. Blocks for a few milliseconds.
pub(super) fn dialling(pids: &[u32]) -> Seen<Vec<SocketAddr>> {
    let mut found = Vec::new();
    inet(IPV4, DIALLING, &mut found)?;
    drop(inet(IPV6, DIALLING, &mut found));
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut inodes = BTreeSet::new();
    for pid in pids {
        let process = procfs::process::Process::new(i32::try_from(*pid).unwrap_or(i32::MAX));
        let Ok(descriptors) = process.and_then(|process| process.fd()) else { continue };
        inodes.extend(descriptors.flatten().filter_map(|descriptor| match descriptor.target {
            procfs::process::FDTarget::Socket(inode) => Some(inode),
            _ => None,
        }));
    }
    let mut remotes: Vec<SocketAddr> =
        found.into_iter().filter(|one| inodes.contains(&one.inode)).filter_map(|one| one.peer).collect();
    remotes.sort();
    remotes.dedup();
    Ok(remotes)
}

fn obstacle() -> Obstacle {
    Obstacle::new(ObstacleKind::Failed, "the kernel does not list its connections", "ss -tne; ss -xe")
}

fn inet(family: u8, states: u32, found: &mut Vec<Taken>) -> Seen<()> {
    let mut request = vec![family, TCP, 0, 0];
    request.extend_from_slice(&states.to_ne_bytes());
    request.resize(56, 0);
    ask(Some(SOCK_DIAG), BY_FAMILY, true, &request, |content| {
        if found.len() < MOST {
            found.extend(inet_one(content));
        }
    })
    .map_err(|_| obstacle())
}

/// `struct inet_diag_msg`: ports at 4 and 6, addresses at 8 and 24, inode at 68.
fn inet_one(content: &[u8]) -> Option<Taken> {
    let end = |port: usize, address: usize| {
        let port = u16::from_be_bytes(content.get(port..port + 2)?.try_into().ok()?);
        let bytes = content.get(address..address + 16)?;
        let ip: IpAddr = match content.first()? {
            &IPV4 => Ipv4Addr::from(<[u8; 4]>::try_from(&bytes[..4]).ok()?).into(),
            _ => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical(),
        };
        Some(SocketAddr::new(ip, port))
    };
    content.get(68..72)?;
    let inode = u64::from(number(content, 68));
    (inode != 0).then_some(())?;
    let abandoned = content.get(1) == Some(&CLOSE_WAIT);
    Some(Taken { at: TakenAt::Tcp(end(4, 8)?), peer: end(6, 24), inode, abandoned })
}

fn unix(found: &mut Vec<Taken>) -> Seen<()> {
    let mut request = vec![UNIX, 0, 0, 0];
    for field in [1_u32 << 1, 0, 0x1, 0, 0] {
        request.extend_from_slice(&field.to_ne_bytes());
    }
    ask(Some(SOCK_DIAG), BY_FAMILY, true, &request, |content| {
        if found.len() < MOST {
            found.extend(unix_one(content));
        }
    })
    .map_err(|_| obstacle())
}

/// `struct unix_diag_msg`: inode at 4. The end of a listener's process has the listener's own name.
fn unix_one(content: &[u8]) -> Option<Taken> {
    let attributes = attributes(content, 16);
    let (_, name) = attributes.iter().find(|(kind, _)| *kind == ATTRIBUTE_NAME)?;
    let name = name.split(|byte| *byte == 0).next().filter(|name| !name.is_empty())?;
    let inode = u64::from(number(content, 4));
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(name));
    let shut =
        attributes.iter().find(|(kind, _)| *kind == ATTRIBUTE_SHUTDOWN).and_then(|(_, bits)| bits.first().copied());
    (inode != 0).then_some(Taken { at: TakenAt::Unix(path), peer: None, inode, abandoned: shut == Some(SHUT) })
}
