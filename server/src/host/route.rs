//! Routes and neighbours.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What the routing table says of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteKind {
    /// It is forwarded to a gateway or sent on a link.
    Unicast,
    /// It is this host.
    Local,
    /// No route at all: network unreachable (errno 101).
    None,
    /// A route or rule of type `unreachable` (errno 113).
    Unreachable,
    /// A route or rule of type `prohibit` (errno 13).
    Prohibit,
    /// A route or rule of type `blackhole` (errno 22).
    Blackhole,
    /// Broadcast, multicast or a type that is not handled here.
    Other,
}

/// Which way packets to an address would leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The address that was asked for.
    pub to: IpAddr,
    /// What the table says.
    pub kind: RouteKind,
    /// The link, for example `eth0`.
    pub device: Option<String>,
    /// The next router.
    pub gateway: Option<IpAddr>,
    /// The address that would be used as the sender.
    pub source: Option<IpAddr>,
    /// The largest packet that this way takes, where the kernel has learnt it.
    pub mtu: Option<u32>,
}

/// Whether a neighbour answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NeighbourState {
    /// It answered lately.
    Reachable,
    /// It answered once and was not asked since.
    Stale,
    /// It is being asked.
    Incomplete,
    /// It did not answer.
    Failed,
    /// Set by hand, or a link without neighbours.
    Permanent,
    /// A state in between (delay, probe).
    Unsettled,
}

/// One entry of the table of neighbours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its address.
    pub address: IpAddr,
    /// The link.
    pub device: Option<String>,
    /// Whether it answers.
    pub state: NeighbourState,
    /// Its hardware address, `02:00:00:00:00:01`.
    pub hardware: Option<String>,
}
