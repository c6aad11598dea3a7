//! What this host itself asks: `/etc/resolv.conf` and `/etc/hosts`.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The most servers that the system's own resolver takes.
const MAX_SERVERS: usize = 3;

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

/// Reads the text of a `resolv.conf`. Without a server in it, the host itself is asked, as the system does.
pub fn parse_resolv_conf(text: &str) -> SystemServers {
    let mut found = SystemServers { ndots: 1, ..SystemServers::default() };
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") if found.servers.len() < MAX_SERVERS => {
                // A link-local address may carry its link (`fe80::1%eth0`), which is not kept.
                let address = words.next().map(|word| word.split('%').next().unwrap_or(word));
                found
                    .servers
                    .extend(address.and_then(|word| word.parse().ok()).map(|ip: IpAddr| SocketAddr::new(ip, 53)));
            }
            Some("search" | "domain") => found.search = words.map(str::to_owned).collect(),
            Some("options") => {
                let ndots = words.filter_map(|word| word.strip_prefix("ndots:")?.parse::<u8>().ok()).next_back();
                found.ndots = ndots.unwrap_or(found.ndots).min(15);
            }
            _ => {}
        }
    }
    if found.servers.is_empty() {
        found.servers.push(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 53));
    }
    found
}

/// The addresses that the text of a `hosts` file gives to a name.
pub fn parse_hosts(text: &str, name: &str) -> Vec<IpAddr> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or(line));
    let addresses = lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        let address: IpAddr = words.next()?.parse().ok()?;
        words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
    });
    addresses.collect()
}

/// The sources for host names in the text of `nsswitch.conf`, in order; `files dns` where it says nothing.
pub fn parse_name_order(text: &str) -> Vec<String> {
    let line = text.lines().map(|line| line.split('#').next().unwrap_or(line)).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "hosts").then(|| value.to_owned())
    });
    // `[NOTFOUND=return]` and the like are no sources.
    let words = line.iter().flat_map(|line| line.split_whitespace()).filter(|word| !word.starts_with('['));
    let found: Vec<String> = words.map(str::to_owned).collect();
    if found.is_empty() { vec!["files".to_owned(), "dns".to_owned()] } else { found }
}

/// The sources for host names of this host.
pub fn name_order() -> Vec<String> {
    parse_name_order(&read("/etc/nsswitch.conf"))
}

/// The name servers that this host uses.
pub fn system_servers() -> SystemServers {
    parse_resolv_conf(&read("/etc/resolv.conf"))
}

/// The addresses that this host's own `hosts` file gives to a name.
pub fn hosts_entry(name: &str) -> Vec<IpAddr> {
    parse_hosts(&read("/etc/hosts"), name)
}

/// A file with a constant name; empty if it cannot be read.
#[expect(clippy::disallowed_methods, reason = "three constant names of the system's own, chosen by nobody")]
fn read(path: &'static str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
