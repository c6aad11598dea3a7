//! What this host itself asks: `/etc/resolv.conf` and `/etc/hosts`.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// The name servers of this host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemServers {
    /// Their addresses, in order of use.
    pub servers: Vec<SocketAddr>,
    /// Domains that are appended to short names.
    pub search: Vec<String>,
    /// Dots from which a name is tried as it is first.
    pub ndots: u8,
}
/// Reads the text of a `resolv.conf`.
pub fn parse_resolv_conf(_text: &str) -> SystemServers {
    todo!()
}
/// The addresses that the text of a `hosts` file gives to a name.
pub fn parse_hosts(_text: &str, _name: &str) -> Vec<IpAddr> {
    todo!()
}
/// The name servers that this host uses; none if it names none.
pub fn system_servers() -> SystemServers {
    todo!()
}
/// The addresses that this host's own `hosts` file gives to a name.
pub fn hosts_entry(_name: &str) -> Vec<IpAddr> {
    todo!()
}
