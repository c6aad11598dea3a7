//! Listening sockets with their queues, and the kernel's network counters.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A listening TCP socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Where it listens; an unspecified address means all.
    pub address: SocketAddr,
    /// Connections that wait to be accepted (`Recv-Q`).
    pub waiting: u32,
    /// The most that may wait (`Send-Q`); `None` where the kernel did not say.
    pub backlog: Option<u32>,
    /// Takes IPv4 too, where the address is the unspecified IPv6 one.
    pub dual: bool,
    /// The owner's user number.
    pub uid: u32,
    /// The socket's inode.
    pub inode: u64,
    /// Processes that hold it; empty where that is not permitted to see.
    pub pids: Vec<u32>,
}

/// A listening unix socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnixListener {
    /// Its path.
    pub path: PathBuf,
    /// Connections that wait to be accepted; `None` where the kernel did not say.
    pub waiting: Option<u32>,
    /// The most that may wait; `None` where the kernel did not say.
    pub backlog: Option<u32>,
    /// The socket's inode (not the file's).
    pub inode: u64,
    /// Processes that hold it; empty where that is not permitted to see.
    pub pids: Vec<u32>,
}

/// Where a taken connection arrived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TakenAt {
    /// At this address.
    Tcp(SocketAddr),
    /// At this unix socket.
    Unix(PathBuf),
}

/// A connection that a process has taken from its listener's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Where it arrived.
    pub at: TakenAt,
    /// The other end, where it has an address.
    pub peer: Option<SocketAddr>,
    /// The socket's inode: the same as long as the connection is held.
    pub inode: u64,
    /// Its client has gone, and still it is held.
    pub abandoned: bool,
}

/// All listening sockets of this network namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listeners {
    /// TCP.
    pub tcp: Vec<Listener>,
    /// Unix stream sockets with a path.
    pub unix: Vec<UnixListener>,
    /// Whether the owners of all sockets could be seen.
    pub owners_complete: bool,
}

impl Listener {
    /// Whether a connection to this address would reach the socket.
    pub fn takes(&self, to: SocketAddr) -> bool {
        if self.address.port() != to.port() {
            return false;
        }
        let mine = self.address.ip();
        mine == to.ip()
            || (mine.is_unspecified() && mine.is_ipv6() == to.is_ipv6())
            || (self.dual && mine.is_unspecified() && to.is_ipv4())
    }

    /// Whether the queue of waiting connections overflows: the kernel drops when it is *above* the limit.
    pub fn is_full(&self) -> bool {
        self.backlog.is_some_and(|backlog| self.waiting > backlog)
    }
}

impl Listeners {
    /// The sockets that a connection to this address would reach, the most specific first.
    pub fn for_address(&self, to: SocketAddr) -> Vec<&Listener> {
        let mut found: Vec<&Listener> = self.tcp.iter().filter(|listener| listener.takes(to)).collect();
        found.sort_by_key(|listener| listener.address.ip().is_unspecified());
        found
    }

    /// The socket at this path.
    pub fn for_path(&self, path: &std::path::Path) -> Option<&UnixListener> {
        self.unix.iter().find(|listener| listener.path == path)
    }
}

/// The kernel's network counters at one moment, named `TcpExt.ListenOverflows`, `Tcp.RetransSegs` …
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters(pub BTreeMap<String, u64>);

impl Counters {
    /// One counter.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.0.get(name).copied()
    }

    /// By how much each counter grew since `earlier`; those that did not grow are left out.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let grown = self.0.iter().filter_map(|(name, now)| {
            let growth = now.checked_sub(*earlier.0.get(name)?)?;
            (growth > 0).then(|| (name.clone(), growth))
        });
        Self(grown.collect())
    }
}
