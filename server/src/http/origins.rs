//! Which hosts we answer to, whether browsers reach us by https, and who the client is.

use http::{HeaderMap, HeaderName, Uri, header};
use std::net::{IpAddr, SocketAddr};

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A network in prefix form, as in `trusted_proxies`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Any address of it.
    pub address: IpAddr,
    /// Bits that count.
    pub prefix: u8,
}

impl Network {
    /// Whether `address` lies in it. IPv4 in its IPv6 form is judged as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix.min(32))).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix.min(128))).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

/// The hosts that we are, and the proxies that we believe.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    /// Lower case, with the port where it is not the scheme's own.
    hosts: Vec<String>,
    https: bool,
    trusted: Vec<Network>,
}

impl Origins {
    /// From the configuration and the address that is really listened on.
    pub fn new(public_url: Option<&url::Url>, further: &[String], listen: SocketAddr, trusted: Vec<Network>) -> Self {
        let mut hosts: Vec<String> = Vec::new();
        let mut add = |host: String| {
            let host = host.to_ascii_lowercase();
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        };
        if let Some(url) = public_url
            && let Some(host) = url.host_str()
        {
            match url.port() {
                Some(port) => add(format!("{host}:{port}")),
                None => {
                    add(host.to_owned());
                    // Some clients send the scheme's own port too.
                    add(format!("{host}:{}", if url.scheme() == "https" { 443 } else { 80 }));
                }
            }
        }
        further.iter().cloned().for_each(&mut add);
        if !listen.ip().is_unspecified() {
            add(listen.to_string());
        }
        if listen.ip().is_loopback() || listen.ip().is_unspecified() {
            for name in ["localhost", "127.0.0.1", "[::1]"] {
                add(format!("{name}:{}", listen.port()));
            }
        }
        if listen.port() == 80 {
            for host in hosts.clone() {
                if let Some(bare) = host.strip_suffix(":80") {
                    hosts.push(bare.to_owned());
                }
            }
        }
        Self { hosts, https: public_url.is_some_and(|url| url.scheme() == "https"), trusted }
    }

    /// Whether the public URL is https, so that cookies are Secure and HSTS is sent.
    pub fn https(&self) -> bool {
        self.https
    }

    /// Whether a Host header names us.
    pub fn allows(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    /// The request's one host, if it has exactly one. An absolute request target must agree with it.
    pub fn host_of<'a>(uri: &Uri, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut all = headers.get_all(header::HOST).iter();
        let host = all.next()?.to_str().ok()?;
        let agrees = uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host));
        (all.next().is_none() && agrees).then_some(host)
    }

    /// Whether a peer's X-Forwarded-For counts.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(peer))
    }

    /// Who asks: the peer, or, where a trusted proxy says so, the rightmost address that is not one.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
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

    fn net(text: &str) -> Network {
        let (address, prefix) = text.split_once('/').unwrap();
        Network { address: address.parse().unwrap(), prefix: prefix.parse().unwrap() }
    }

    fn forwarded(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (X_FORWARDED_FOR.clone(), line.parse().unwrap())).collect()
    }

    #[test]
    fn networks_contain_what_their_prefix_says() {
        assert!(net("10.0.0.0/8").contains("10.255.0.1".parse().unwrap()));
        assert!(!net("10.0.0.0/8").contains("11.0.0.1".parse().unwrap()));
        assert!(net("10.0.0.0/8").contains("::ffff:10.1.1.1".parse().unwrap()));
        assert!(net("0.0.0.0/0").contains("192.0.2.1".parse().unwrap()));
        assert!(net("2001:db8::/32").contains("2001:db8:ffff::1".parse().unwrap()));
        assert!(!net("2001:db8::/32").contains("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn only_a_trusted_peer_may_name_the_client() {
        let listen = "127.0.0.1:5020".parse().unwrap();
        let origins = Origins::new(None, &[], listen, vec![net("10.0.0.0/8"), net("127.0.0.1/32")]);
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
        let url = url::Url::parse("https://status.example.com/").unwrap();
        let listen = "127.0.0.1:5020".parse().unwrap();
        let origins = Origins::new(Some(&url), &["Other.example".to_owned()], listen, Vec::new());
        assert!(origins.https());
        for host in ["status.example.com", "STATUS.example.com", "other.example", "localhost:5020", "127.0.0.1:5020"] {
            assert!(origins.allows(host), "{host}");
        }
        for host in ["", "localhost", "evil.example", "status.example.com.", "status.example.com:81", "127.0.0.1:5021"]
        {
            assert!(!origins.allows(host), "{host}");
        }
        let public = Origins::new(None, &[], "192.0.2.1:80".parse().unwrap(), Vec::new());
        assert!(public.allows("192.0.2.1") && public.allows("192.0.2.1:80") && !public.allows("localhost:80"));
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
