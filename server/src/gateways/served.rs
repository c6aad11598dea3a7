//! By which hosts the gateway of a configuration file is asked, without looking at processes.

use super::{GatewayConfig, Listen, discover};
use crate::fileguard::Fileguard;
use std::net::IpAddr;
use std::path::Path;

/// Hosts under which gateways are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts {
    /// Names in small letters; `*.example.com` stands for what lies beneath.
    names: Vec<String>,
    /// Listeners; `None` for every address of this host.
    listeners: Vec<(Option<IpAddr>, u16)>,
}

impl Hosts {
    /// Adds those of a main configuration file, as far as it can be read and understood. Reads files.
    pub fn add(&mut self, files: &Fileguard, main: &Path) {
        match discover::read_named(files, main) {
            Ok(config) => self.add_config(&config),
            Err(error) => tracing::debug!(%error, "a gateway's hosts are not known"),
        }
    }

    fn add_config(&mut self, config: &GatewayConfig) {
        for server in &config.servers {
            let is_name = |name: &&String| {
                name.contains('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"*.-".contains(&b))
            };
            self.names.extend(server.names.iter().filter(is_name).map(|name| name.to_ascii_lowercase()));
            let tcp = server.listens.iter().filter(|listen: &&Listen| listen.unix.is_none());
            self.listeners.extend(tcp.map(|listen| (listen.address, listen.port)));
        }
    }

    /// Whether a URL's host and port are one of them.
    pub fn hold(&self, host: &str, port: u16) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let address: Option<IpAddr> = bare.parse().ok();
        let local = bare == "localhost" || address.is_some_and(|address| address.is_loopback());
        let listens = |(at, on): &(Option<IpAddr>, u16)| match at {
            None => local && *on == port,
            Some(at) => *on == port && (address == Some(*at) || (local && address.is_none() && at.is_loopback())),
        };
        let named = |name: &String| match name.strip_prefix('*') {
            Some(rest) => bare.len() > rest.len() && bare.ends_with(rest),
            None => bare == *name,
        };
        self.listeners.iter().any(listens) || (address.is_none() && self.names.iter().any(named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_listeners_of_a_real_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("nginx.conf");
        let text = "events {}\nhttp {\n server { listen 8080; server_name shop.example.com *.cdn.example.com _; }\n\
                    server { listen 10.1.2.3:81; server_name ~^www; }\n}\n";
        std::fs::write(&main, text).unwrap();
        let files = Fileguard::for_server([main.clone()], std::iter::empty());
        let mut hosts = Hosts::default();
        hosts.add(&files, &main);
        for (host, port) in [
            ("Shop.example.com", 443),
            ("a.cdn.example.com", 443),
            ("127.0.0.1", 8080),
            ("[::1]", 8080),
            ("localhost", 8080),
            ("10.1.2.3", 81),
        ] {
            assert!(hosts.hold(host, port), "{host}:{port}");
        }
        for (host, port) in [
            ("example.com", 443),
            (".cdn.example.com", 1),
            ("127.0.0.1", 81),
            ("10.1.2.3", 8080),
            ("_", 80),
            ("www", 81),
            ("192.0.2.1", 8080),
        ] {
            assert!(!hosts.hold(host, port), "{host}:{port}");
        }
        hosts.add(&files, &folder.path().join("none.conf"));
    }
}
