//! Links, namespaces of this machine, and what confines a process.

use super::{Firewall, Listeners, Seen};
use crate::host::Counters;
use crate::host::firewall::Net;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A network link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Switched on.
    pub up: bool,
    /// It has a carrier.
    pub carrier: bool,
    /// The largest packet that it takes.
    pub mtu: u32,
    /// Its networks.
    pub networks: Vec<Net>,
}

/// Another network namespace of this machine, seen from within.
#[derive(Debug, Clone, PartialEq)]
pub struct Peer {
    /// A process in it.
    pub pid: u32,
    /// That process's name.
    pub name: String,
    /// Its listening sockets.
    pub listeners: Seen<Listeners>,
    /// Its firewall.
    pub firewall: Seen<Firewall>,
    /// Its kernel counters.
    pub counters: Seen<Counters>,
}

/// What confines a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confined {
    /// `selinux` or `apparmor`.
    pub by: String,
    /// `enforcing`, `permissive`, `enforce`, `complain`, `unconfined`.
    pub mode: String,
    /// The process's label or profile.
    pub label: String,
}

impl Link {
    /// Whether an address lies in one of its networks.
    pub fn holds(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.holds(address))
    }
}
