//! `[server]`: where Gatewatch listens, under which names, behind which proxies.

use super::reader::{Context, Section};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use url::Url;

/// The address used when none is configured.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5020);

/// The `[server]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Address and port to listen on; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The URL under which visitors reach the page, without a path; links and cookies follow it.
    pub public_url: Option<Url>,
    /// Further names that the `Host` header may have: lower case, without a port.
    pub hosts: Vec<String>,
    /// Peers whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: DEFAULT_LISTEN, public_url: None, hosts: Vec::new(), trusted_proxies: Vec::new() }
    }
}

impl Server {
    /// The URL to show and to put into links: `public_url`, else the listening address `bound`,
    /// with loopback in place of the unspecified address. It ends with `/`.
    pub fn shown_url(&self, bound: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.to_string(),
            None => format!("http://{}/", reachable(bound)),
        }
    }

    /// True where visitors come over https, so that cookies are `Secure` and HSTS is sent.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

/// `bound` as one would type it on this host.
pub fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

/// A block of addresses, or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpNet {
    address: IpAddr,
    /// Leading bits that must agree.
    prefix: u8,
}

impl IpNet {
    /// True if `ip` lies in the block; an IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => same_bits(net.to_bits().into(), ip.to_bits().into(), 32, self.prefix),
            (IpAddr::V6(net), IpAddr::V6(ip)) => same_bits(net.to_bits(), ip.to_bits(), 128, self.prefix),
            _ => false,
        }
    }
}

fn same_bits(a: u128, b: u128, width: u8, prefix: u8) -> bool {
    prefix == 0 || (a ^ b) >> (width - prefix) == 0
}

impl std::str::FromStr for IpNet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hint = || format!("`{text}` is not an address or block; write `10.0.0.5` or `10.0.0.0/8`");
        let (address, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| hint())?)),
        };
        let address: IpAddr = address.parse().map_err(|_| hint())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        if prefix > width {
            return Err(format!("`{text}` has a prefix over {width}"));
        }
        Ok(Self { address, prefix })
    }
}

/// Reads the section; what is absent or wrong keeps its default, and what is wrong is reported.
pub(super) fn read(section: Option<Section<'_, '_>>, cx: &mut Context<'_>) -> Server {
    let mut server = Server::default();
    let Some(mut section) = section else { return server };
    if let Some(listen) = section.parsed("listen", cx, |text, _| {
        text.parse()
            .map_err(|_| format!("`{text}` is not an address with a port; write `127.0.0.1:5020` or `[::1]:5020`"))
    }) {
        server.listen = listen;
    }
    server.public_url = section.parsed("public_url", cx, |text, _| public_url(text));
    server.hosts = section.parsed_list("hosts", cx, |text, _| host_name(text));
    server.trusted_proxies = section.parsed_list("trusted_proxies", cx, |text, _| text.parse());
    section.finish(cx);
    server
}

fn public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .map_err(|error| format!("`{text}` is not a URL ({error}); write `https://status.example.com`"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{text}` must begin with `https://` or `http://`"));
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("`{text}` must be scheme and host alone, such as `https://status.example.com`"));
    }
    Ok(url)
}

fn host_name(text: &str) -> Result<String, String> {
    let hint = format!("`{text}` is not a host name; write the name alone, such as `status.example.com`");
    if text.contains("://") || text.contains(['/', '*', '@']) {
        return Err(hint);
    }
    match url::Host::parse(text) {
        Ok(host) => Ok(host.to_string()),
        Err(_) => Err(hint),
    }
}
