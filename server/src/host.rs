//! What this host says of itself: load, memory, disks, processes, sockets, routes, firewall.
//!
//! All of it goes through the trait [`Host`], so that an agent on another host can give the same
//! answers later. What cannot be seen is an [`Obstacle`] with the command to run by hand, never a
//! made-up value. Nothing here concludes anything.

pub mod command;
pub mod firewall;
pub mod groups;
pub mod links;
mod local;
pub mod processes;
pub mod resources;
pub mod route;
pub mod sockets;
pub mod unix;
pub mod users;
pub mod vitals;

pub use firewall::{Firewall, Rule, RuleVerdict};
pub use groups::Cgroup;
pub use links::{Confined, Link, Peer};
pub use local::{Local, local_zone};
pub use processes::{Descriptors, Process};
pub use resources::{Disk, Load, Memory, Pressure, PressureLine, SystemDescriptors};
pub use route::{Neighbour, NeighbourState, Route, RouteKind};
pub use sockets::{Counters, Listener, Listeners, Taken, TakenAt, UnixListener};
pub use unix::{Access, SocketPath};
pub use users::User;
pub use vitals::{Connection, KernelLimits, Runtime, TcpState, Vitals};

use app::model::At;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// An observation, or what stood in its way.
pub type Seen<T> = Result<T, Obstacle>;

/// Why something could not be observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObstacleKind {
    /// This user may not.
    NotPermitted,
    /// The tool, the file or the service is not there.
    Absent,
    /// It did not answer in time.
    TimedOut,
    /// It failed, or said something that was not understood.
    Failed,
}

/// What stood in the way of an observation, and how to make it by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// Why.
    pub kind: ObstacleKind,
    /// Why, as a sentence.
    pub reason: String,
    /// The exact command that answers the same; empty where there is none.
    pub command: String,
}

impl Obstacle {
    /// An obstacle from its parts.
    pub fn new(kind: ObstacleKind, reason: impl Into<String>, command: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), command: command.into() }
    }
}

/// One host, seen from itself. Every method is bounded in time.
#[async_trait]
pub trait Host: Send + Sync {
    /// Load averages and the number of cores.
    async fn load(&self) -> Seen<Load>;
    /// Memory, swap and kills for lack of memory.
    async fn memory(&self) -> Seen<Memory>;
    /// Pressure stall information: processor, memory, input and output.
    async fn pressure(&self) -> Seen<Vec<Pressure>>;
    /// Free space and inodes of the file systems that hold these paths, one answer each.
    async fn disks(&self, paths: &[PathBuf]) -> Vec<(PathBuf, Seen<Disk>)>;
    /// Open descriptors of the whole system against its limit.
    async fn system_descriptors(&self) -> Seen<SystemDescriptors>;
    /// Open descriptors of one process against its limit.
    async fn descriptors(&self, pid: u32) -> Seen<Descriptors>;
    /// How many sockets one process holds.
    async fn sockets_of(&self, pid: u32) -> Seen<u64>;
    /// Counters of time, swap and page faults; compare two.
    async fn vitals(&self) -> Seen<Vitals>;
    /// What these processes did with their time; compare two. Those that may not be looked into are left out.
    async fn runtimes(&self, pids: &[u32]) -> Seen<Vec<Runtime>>;
    /// All TCP connections of this network namespace.
    async fn connections(&self) -> Seen<Vec<Connection>>;
    /// The kernel's limits for connections, and how much of them is in use.
    async fn kernel_limits(&self) -> Seen<KernelLimits>;
    /// All processes that this user can see.
    async fn processes(&self) -> Seen<Vec<Process>>;
    /// Listening TCP and unix sockets with their queues and, where permitted, their owners.
    async fn listeners(&self) -> Seen<Listeners>;
    /// Connections that processes have taken and hold, of this network namespace.
    async fn taken(&self) -> Seen<Vec<Taken>>;
    /// Addresses to which these processes try to connect and are not answered yet; needs the right to see their sockets.
    async fn dialling(&self, pids: &[u32]) -> Seen<Vec<SocketAddr>>;
    /// Whether a process sees this path in its own view of the files; needs the right to look into it.
    async fn visible_to(&self, pid: u32, path: &Path) -> Seen<bool>;
    /// The control group of a process.
    async fn cgroup(&self, pid: u32) -> Seen<Cgroup>;
    /// The kernel's own lines since a moment, each with its time.
    async fn kernel_log(&self, from: At) -> Seen<Vec<String>>;
    /// The journal's newest lines, each with its time and who wrote it.
    async fn journal(&self) -> Seen<Vec<String>>;
    /// The kernel's network counters (`TcpExt.ListenOverflows` …) now; compare two with [`Counters::since`].
    async fn counters(&self) -> Seen<Counters>;
    /// Which way packets to an address would leave.
    async fn route(&self, to: IpAddr) -> Seen<Route>;
    /// The same for packets of a process of this user, for which rules of their own may hold.
    async fn route_as(&self, to: IpAddr, user: u32) -> Seen<Route>;
    /// The table of neighbours (ARP and NDP).
    async fn neighbours(&self) -> Seen<Vec<Neighbour>>;
    /// How many entries of a family that table may have.
    async fn neighbour_limit(&self, ipv6: bool) -> Seen<u32>;
    /// All network links with their addresses.
    async fn links(&self) -> Seen<Vec<Link>>;
    /// The network namespace of this machine that an address of the next link lies in, for example a container's;
    /// `None` where it is no namespace of this machine.
    async fn peer(&self, to: IpAddr) -> Seen<Option<Peer>>;
    /// The provider whose virtual machine this host is, by what its firmware says.
    async fn provider(&self) -> Seen<Option<String>>;
    /// The unit of systemd that a process runs in; `None` where it runs in none.
    async fn unit_of(&self, pid: u32) -> Seen<Option<String>>;
    /// What confines a process: security modules and their modes.
    async fn confined(&self, pid: u32) -> Seen<Vec<Confined>>;
    /// The firewall's rules.
    async fn firewall(&self) -> Seen<Firewall>;
    /// Every component of the path of a unix socket with owner and mode.
    async fn socket_path(&self, path: &Path) -> Seen<SocketPath>;
    /// A user of this host with its groups, by name or number.
    async fn user(&self, name: &str) -> Seen<User>;
}
