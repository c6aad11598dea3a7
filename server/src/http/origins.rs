//! Which hosts we answer to, whether browsers reach us by https, and who the client is.

use crate::config::{IpNet, Server};
use http::{HeaderMap, HeaderName, Uri, header};
use std::net::{IpAddr, SocketAddr};

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The hosts that we are, and the proxies that we believe.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins {
    /// Lower case, without ports: which port a proxy or a forwarder listens on says nothing about who asks.
    names: Vec<String>,
    https: bool,
    trusted: Vec<IpNet>,
}

impl Origins {
    /// From the configuration and the address that is really listened on.
    pub(super) fn new(server: &Server, bound: SocketAddr) -> Self {
        let public = server.public_url.as_ref().and_then(|url| url.host_str()).map(str::to_ascii_lowercase);
        let mut names: Vec<String> = public.into_iter().chain(server.hosts.iter().cloned()).collect();
        let ip = bound.ip().to_canonical();
        if !ip.is_unspecified() {
            names.push(name_of_ip(ip));
        }
        if ip.is_loopback() {
            names.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        }
        Self { names, https: server.is_https(), trusted: server.trusted_proxies.clone() }
    }

    /// Whether the public URL is https, so that cookies are Secure and HSTS is sent.
    pub(super) fn https(&self) -> bool {
        self.https
    }

    /// Whether a Host header names us.
    pub(super) fn allows(&self, host: &str) -> bool {
        name_of(host).is_some_and(|name| self.names.iter().any(|own| own.eq_ignore_ascii_case(name)))
    }

    /// The request's one host, if it has exactly one. An absolute request target must agree with it.
    pub(super) fn host_of<'a>(uri: &Uri, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut all = headers.get_all(header::HOST).iter();
        let host = all.next()?.to_str().ok()?;
        let agrees = uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host));
        (all.next().is_none() && agrees).then_some(host)
    }

    /// Whether a peer's X-Forwarded-For counts.
    pub(super) fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(peer))
    }

    /// Who asks: the peer, or, where a trusted proxy says so, the rightmost address that is not one.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let mut client = peer;
        // Several header lines are one list; the last entry was written by the proxy nearest to us.
        for line in headers.get_all(&X_FORWARDED_FOR).iter().rev() {
            let Ok(line) = line.to_str() else { return client };
            for hop in line.rsplit(',') {
                let Some(address) = address_of(hop.trim()) else { return client };
                client = address;
                if !self.trusts(address) {
                    return client;
                }
            }
        }
        client
    }
}

fn name_of_ip(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// A Host header without its port; `None` if what follows the name is not a port.
fn name_of(host: &str) -> Option<&str> {
    let end_of_name = if host.starts_with('[') { host.find(']')? + 1 } else { host.find(':').unwrap_or(host.len()) };
    let (name, rest) = host.split_at(end_of_name);
    let is_port = |port: &str| (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port)).then_some(name)
}

/// Proxies write `192.0.2.1`, `192.0.2.1:1234`, `2001:db8::1` or `[2001:db8::1]:1234`.
fn address_of(hop: &str) -> Option<IpAddr> {
    let address = hop
        .parse::<IpAddr>()
        .or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip()))
        .or_else(|_| hop.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>());
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(server: Server) -> Origins {
        Origins::new(&server, "127.0.0.1:5020".parse().unwrap())
    }

    fn forwarded(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (X_FORWARDED_FOR.clone(), line.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_trusted_peer_may_name_the_client() {
        let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap(), "127.0.0.1".parse().unwrap()];
        let origins = origins(Server { trusted_proxies, ..Server::default() });
        let stranger: IpAddr = "192.0.2.9".parse().unwrap();
        let proxy: IpAddr = "127.0.0.1".parse().unwrap();
        assert_eq!(origins.client(stranger, &forwarded(&["198.51.100.1"])), stranger);
        let cases: &[(&[&str], &str)] = &[
            (&["198.51.100.1"], "198.51.100.1"),
            (&["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            (&["6.6.6.6", "198.51.100.1, 10.0.0.3"], "198.51.100.1"),
            (&["198.51.100.1:4711"], "198.51.100.1"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["10.0.0.3"], "10.0.0.3"),
            (&["6.6.6.6, nonsense, 10.0.0.3"], "10.0.0.3"),
            (&[], "127.0.0.1"),
        ];
        for (lines, client) in cases {
            assert_eq!(origins.client(proxy, &forwarded(lines)), client.parse::<IpAddr>().unwrap(), "{lines:?}");
        }
    }

    #[test]
    fn answers_to_its_own_names_only() {
        let public_url = Some(url::Url::parse("https://status.example.com/").unwrap());
        let origins = origins(Server { public_url, hosts: vec!["other.example".to_owned()], ..Server::default() });
        assert!(origins.https());
        let ours = ["status.example.com", "STATUS.example.com:443", "other.example", "localhost:5020", "127.0.0.1:1"];
        for host in ours.into_iter().chain(["[::1]:5020", "[::1]", "localhost"]) {
            assert!(origins.allows(host), "{host}");
        }
        let strange = ["", ":", ":80", "evil.example", "status.example.com.", "status.example.com.evil.example"];
        let malformed =
            ["localhost:", "localhost:a", "localhost:123456", "a@localhost", "localhost:80:80", "[::1", "[::1]x"];
        for host in strange.into_iter().chain(malformed).chain(["127.0.0.2", "2130706433", "0x7f.1", "localhost "]) {
            assert!(!origins.allows(host), "{host}");
        }
    }

    #[test]
    fn localhost_is_ours_only_on_loopback() {
        let origins = Origins::new(&Server::default(), "192.0.2.1:80".parse().unwrap());
        assert!(origins.allows("192.0.2.1") && origins.allows("192.0.2.1:80") && !origins.allows("localhost:80"));
    }

    #[test]
    fn two_hosts_are_none() {
        let uri: Uri = "/".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert_eq!(Origins::host_of(&uri, &headers), None);
        headers.append(header::HOST, "a".parse().unwrap());
        assert_eq!(Origins::host_of(&uri, &headers), Some("a"));
        assert_eq!(Origins::host_of(&"http://b/".parse().unwrap(), &headers), None);
        headers.append(header::HOST, "a".parse().unwrap());
        assert_eq!(Origins::host_of(&uri, &headers), None);
    }
}
