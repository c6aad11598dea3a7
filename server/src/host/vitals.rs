//! What a host does with its time, how many connections it has, and the kernel's limits for them.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Counters since the host was started; two looks make a rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vitals {
    /// All time of all processors, in ticks.
    pub time: u64,
    /// Of that, idle (not waiting for input or output).
    pub idle: u64,
    /// Of that, idle while input or output was awaited.
    pub io_wait: u64,
    /// Of that, given to others by a hypervisor.
    pub steal: u64,
    /// Pages that came back from swap.
    pub swapped_in: u64,
    /// Pages that went to swap.
    pub swapped_out: u64,
    /// Page faults that needed the disk.
    pub major_faults: u64,
}

/// What one process did with its time so far, all of its threads together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runtime {
    /// Its id.
    pub pid: u32,
    /// It ran, in nanoseconds.
    pub ran_ns: u64,
    /// It was ready to run and waited for a processor, in nanoseconds: of all threads the one that waited most.
    pub waited_ns: u64,
    /// Page faults that needed the disk.
    pub major_faults: u64,
    /// Whether a thread is stuck in the kernel now.
    pub stuck: bool,
}

/// The state of a connection, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpState {
    /// In use.
    Established,
    /// Being made from here.
    SynSent,
    /// Being made from there, not yet whole.
    HalfOpen,
    /// Ended; the kernel remembers it for a while.
    TimeWait,
    /// The peer has ended its half, this side has not.
    CloseWait,
    /// Any other.
    Other,
}

/// One TCP connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// This end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
    /// Its state.
    pub state: TcpState,
    /// The socket's inode; 0 for those that no process holds any more.
    pub inode: u64,
    /// The owner's user number.
    pub uid: u32,
}

/// The kernel's limits for connections, and how much of them is in use. `None` where the kernel has no such limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelLimits {
    /// The first and last port that it gives out by itself.
    pub ports: Option<(u16, u16)>,
    /// Ports of that range that it does not give out.
    pub reserved_ports: u32,
    /// Sockets may be bound to addresses that are not this host's.
    pub foreign_source: bool,
    /// Followed connections, and the most.
    pub conntrack: Option<(u64, u64)>,
    /// Packets that were dropped because of that table.
    pub conntrack_drops: Option<u64>,
    /// Pages of memory in use for TCP, and the most.
    pub tcp_pages: Option<(u64, u64)>,
    /// Neighbours, and the most.
    pub neighbours: Option<(u64, u64)>,
    /// Times that a neighbour found no place.
    pub neighbours_refused: Option<u64>,
    /// How many half-open connections one listener may have.
    pub half_open: Option<u64>,
    /// Whether cookies stand in for a full queue of half-open connections.
    pub syn_cookies: Option<bool>,
}

impl KernelLimits {
    /// How many ports the kernel can give out for one target.
    pub fn port_count(&self) -> Option<u64> {
        let (first, last) = self.ports?;
        u64::from(last.checked_sub(first)?).checked_add(1)?.checked_sub(u64::from(self.reserved_ports))
    }
}

/// The local ports of this range that a new connection to a target cannot have: those that already lead there, and
/// those on which something listens.
pub fn ports_taken(connections: &[Connection], target: SocketAddr, range: (u16, u16)) -> (u64, u64) {
    let mut taken = std::collections::BTreeSet::new();
    let mut waiting = 0;
    for connection in connections.iter().filter(|connection| same_place(connection.remote, target)) {
        let port = connection.local.port();
        if (range.0..=range.1).contains(&port) && taken.insert((connection.local.ip(), port)) {
            waiting += u64::from(connection.state == TcpState::TimeWait);
        }
    }
    let ports: std::collections::BTreeSet<u16> = taken.iter().map(|(_, port)| *port).collect();
    (ports.len() as u64, waiting)
}

/// The same address and port, an IPv4 address written as IPv6 included.
fn same_place(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() == b.port() && a.ip().to_canonical() == b.ip().to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_ports_to_one_target() {
        let to = |local: &str, remote: &str, state| Connection {
            local: local.parse().unwrap(),
            remote: remote.parse().unwrap(),
            state,
            inode: 1,
            uid: 0,
        };
        let all = [
            to("10.0.0.1:40000", "10.0.0.5:80", TcpState::Established),
            to("10.0.0.1:40001", "10.0.0.5:80", TcpState::TimeWait),
            to("[::ffff:10.0.0.1]:40002", "[::ffff:10.0.0.5]:80", TcpState::Established),
            to("10.0.0.1:40003", "10.0.0.6:80", TcpState::Established),
            to("10.0.0.1:50000", "10.0.0.5:80", TcpState::Established),
        ];
        assert_eq!(ports_taken(&all, "10.0.0.5:80".parse().unwrap(), (40_000, 40_009)), (3, 1));
    }

    #[test]
    fn the_range_counts_both_ends() {
        let limits = KernelLimits { ports: Some((40_000, 40_009)), reserved_ports: 2, ..KernelLimits::default() };
        assert_eq!(limits.port_count(), Some(8));
    }
}
