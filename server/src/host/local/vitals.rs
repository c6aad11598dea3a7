//! Time, connections and the kernel's limits, from `/proc` and the kernel's socket list.

use super::netlink::{SOCK_DIAG, ask, number};
use super::{failed, listening, read};
use crate::host::vitals::{Connection, KernelLimits, Runtime, TcpState, Vitals};
use crate::host::{Obstacle, ObstacleKind, Seen};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Threads of one process that are looked at.
const MAX_THREADS: usize = 512;
/// Connections that are listed.
const MAX_CONNECTIONS: usize = 200_000;
/// Every state but LISTEN (10) and CLOSE (7).
const STATES: u32 = 0x1fff & !(1 << 10) & !(1 << 7) & !1;

/// Counters of time, swap and page faults.
pub(super) fn vitals() -> Seen<Vitals> {
    let stat = read("/proc/stat")?;
    let words: Vec<u64> = stat
        .lines()
        .find_map(|line| line.strip_prefix("cpu "))
        .map(|line| line.split_whitespace().filter_map(|word| word.parse().ok()).collect())
        .unwrap_or_default();
    let [user, nice, system, idle, io_wait, irq, soft, steal] = words.get(..8).unwrap_or_default() else {
        return Err(Obstacle::new(ObstacleKind::Failed, "/proc/stat is not understood", "vmstat 1 3"));
    };
    let pages = read("/proc/vmstat")?;
    let page =
        |name: &str| pages.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok()).unwrap_or(0);
    Ok(Vitals {
        time: user + nice + system + idle + io_wait + irq + soft + steal,
        idle: *idle,
        io_wait: *io_wait,
        steal: *steal,
        swapped_in: page("pswpin "),
        swapped_out: page("pswpout "),
        major_faults: page("pgmajfault "),
    })
}

/// What these processes did with their time. Those that have ended or may not be looked into are left out.
pub(super) fn runtimes(pids: &[u32]) -> Vec<Runtime> {
    pids.iter().filter_map(|pid| runtime(*pid)).collect()
}

fn runtime(pid: u32) -> Option<Runtime> {
    let process = procfs::process::Process::new(i32::try_from(pid).ok()?).ok()?;
    let stat = process.stat().ok()?;
    let mut found = Runtime { pid, major_faults: stat.majflt, stuck: stat.state == 'D', ..Runtime::default() };
    for thread in process.tasks().ok()?.flatten().take(MAX_THREADS) {
        let Ok(times) = thread.schedstat() else { continue };
        found.ran_ns = found.ran_ns.saturating_add(times.sum_exec_runtime);
        found.waited_ns = found.waited_ns.max(times.run_delay);
    }
    Some(found)
}

/// All TCP connections of this network namespace.
pub(super) fn connections() -> Seen<Vec<Connection>> {
    let mut found = inet(listening::IPV4)?;
    // A kernel without IPv6 has no such sockets.
    found.extend(inet(listening::IPV6).unwrap_or_default());
    Ok(found)
}

fn inet(family: u8) -> Seen<Vec<Connection>> {
    let mut request = vec![family, listening::TCP, 0, 0];
    request.extend_from_slice(&STATES.to_ne_bytes());
    request.resize(56, 0);
    let mut found = Vec::new();
    ask(Some(SOCK_DIAG), listening::BY_FAMILY, true, &request, |content| {
        if found.len() < MAX_CONNECTIONS {
            found.extend(connection(content));
        }
    })
    .map_err(listening::obstacle)?;
    Ok(found)
}

/// `struct inet_diag_msg`: family, state; ports at 4 and 6, addresses at 8 and 24, the inode at 68.
fn connection(content: &[u8]) -> Option<Connection> {
    let family = *content.first()?;
    let end = |port: usize, address: usize| -> Option<SocketAddr> {
        let port = u16::from_be_bytes(content.get(port..port + 2)?.try_into().ok()?);
        let address = content.get(address..address + 16)?;
        let ip: IpAddr = if family == listening::IPV4 {
            Ipv4Addr::from(<[u8; 4]>::try_from(&address[..4]).ok()?).into()
        } else {
            Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?).into()
        };
        Some(SocketAddr::new(ip, port))
    };
    content.get(68..72)?;
    Some(Connection {
        local: end(4, 8)?,
        remote: end(6, 24)?,
        state: match content.get(1)? {
            1 => TcpState::Established,
            2 => TcpState::SynSent,
            3 | 12 => TcpState::HalfOpen,
            6 => TcpState::TimeWait,
            8 => TcpState::CloseWait,
            _ => TcpState::Other,
        },
        inode: u64::from(number(content, 68)),
        uid: number(content, 64),
    })
}

/// The kernel's limits for connections. What it does not have stays `None`.
pub(super) fn kernel_limits() -> KernelLimits {
    let numbers = |path: &'static str| -> Vec<u64> {
        let text = read(path).unwrap_or_default();
        text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
    };
    let one = |path: &'static str| numbers(path).first().copied();
    let range = numbers("/proc/sys/net/ipv4/ip_local_port_range");
    let ports = match range[..] {
        [first, last] => u16::try_from(first).ok().zip(u16::try_from(last).ok()),
        _ => None,
    };
    let conntrack_stat = read("/proc/net/stat/nf_conntrack").ok();
    let neighbour_stat = read("/proc/net/stat/arp_cache").ok();
    let sockets = read("/proc/net/sockstat").unwrap_or_default();
    let pages = sockets.lines().find_map(|line| {
        let mut words = line.strip_prefix("TCP:")?.split_whitespace();
        words.find(|word| *word == "mem")?;
        words.next()?.parse::<u64>().ok()
    });
    KernelLimits {
        ports,
        reserved_ports: ports.map_or(0, |range| {
            reserved(&read("/proc/sys/net/ipv4/ip_local_reserved_ports").unwrap_or_default(), range)
        }),
        foreign_source: one("/proc/sys/net/ipv4/ip_nonlocal_bind") == Some(1),
        conntrack: one("/proc/sys/net/netfilter/nf_conntrack_count")
            .zip(one("/proc/sys/net/netfilter/nf_conntrack_max")),
        conntrack_drops: conntrack_stat.map(|text| column(&text, "drop", true) + column(&text, "early_drop", true)),
        tcp_pages: pages.zip(numbers("/proc/sys/net/ipv4/tcp_mem").get(2).copied()),
        neighbours: neighbour_stat
            .as_ref()
            .map(|text| column(text, "entries", false))
            .zip(one("/proc/sys/net/ipv4/neigh/default/gc_thresh3")),
        neighbours_refused: neighbour_stat.map(|text| column(&text, "table_fulls", true)),
        half_open: one("/proc/sys/net/ipv4/tcp_max_syn_backlog"),
        syn_cookies: one("/proc/sys/net/ipv4/tcp_syncookies").map(|value| value > 0),
    }
}

/// A column of a table with one line a processor, in hexadecimal: all lines added, or the first one's value where
/// every line says the same.
fn column(text: &str, name: &str, add: bool) -> u64 {
    let mut lines = text.lines();
    let Some(at) = lines.next().and_then(|head| head.split_whitespace().position(|word| word == name)) else {
        return 0;
    };
    let mut values = lines.filter_map(|line| u64::from_str_radix(line.split_whitespace().nth(at)?, 16).ok());
    if add { values.sum() } else { values.next().unwrap_or(0) }
}

/// How many ports of a range are written in `8080,9000-9010`.
fn reserved(text: &str, (first, last): (u16, u16)) -> u32 {
    let ranges = text.trim().split(',').filter_map(|part| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to): (u16, u16) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        let (from, to) = (from.max(first), to.min(last));
        (from <= to).then(|| u32::from(to - from) + 1)
    });
    ranges.sum()
}

/// The sockets that a process holds.
pub(super) fn sockets_of(pid: u32, command: &str) -> Seen<u64> {
    let told = |error| failed(&error, command);
    let process = procfs::process::Process::new(i32::try_from(pid).unwrap_or(i32::MAX)).map_err(told)?;
    let descriptors = process.fd().map_err(told)?;
    let sockets =
        descriptors.flatten().filter(|descriptor| matches!(descriptor.target, procfs::process::FDTarget::Socket(_)));
    Ok(sockets.count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_columns_in_hexadecimal() {
        let text = "entries  searched drop early_drop\n0000000a 00000000 00000001 00000002\n0000000a 00000000 00000010 00000000\n";
        assert_eq!((column(text, "entries", false), column(text, "drop", true)), (10, 17));
        assert_eq!((column(text, "early_drop", true), column(text, "no such", true)), (2, 0));
    }

    #[test]
    fn counts_reserved_ports() {
        assert_eq!(reserved("8080,9000-9010,40000-40001\n", (9005, 40_000)), 7);
        assert_eq!(reserved("\n", (1, 10)), 0);
    }

    #[test]
    fn sees_a_connection_of_its_own() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let limits = kernel_limits();
        assert!(limits.port_count().is_some_and(|count| count > 0), "{limits:?}");
        #[expect(clippy::disallowed_methods, reason = "the test's own listener on loopback")]
        let stream = std::net::TcpStream::connect(address).unwrap();
        let found = connections().unwrap();
        let own = found.iter().find(|one| one.remote == address && one.local == stream.local_addr().unwrap());
        assert_eq!(own.map(|one| one.state), Some(TcpState::Established));
        assert!(sockets_of(std::process::id(), "").unwrap() >= 2);
    }

    #[test]
    fn sees_its_own_time() {
        let (vitals, own) = (vitals().unwrap(), runtimes(&[std::process::id()]));
        assert!(vitals.time > vitals.idle && own.len() == 1 && own[0].ran_ns > 0, "{vitals:?} {own:?}");
    }
}
