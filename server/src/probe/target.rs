//! What a probe asks, by kind of monitor: plain data, made by the configuration.

use crate::dns::{QueryName, Record};
use crate::net::Proxy;
use crate::netguard::Place;
use crate::selfcheck::Reach;
use bytes::Bytes;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

/// What is asked of a monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A request.
    Http(Box<HttpAsk>),
    /// The opening handshake of a WebSocket; the URL is http or https.
    WebSocket(Box<HttpAsk>),
    /// A TCP connection; the URL is `http://host:port/` and only host and port of it count.
    Tcp(Url),
    /// A TLS handshake with whatever speaks inside it; the URL is `https://host:port/`.
    Tls(Url),
    /// An echo request (ICMP); only the host of the URL counts, the port is the one that leave is given for.
    Ping(Url),
    /// A question to a name server.
    Dns(Question),
    /// The health of a gRPC server; the URL is http or https, its path the name of a service or nothing.
    Grpc(Box<HttpAsk>),
}

impl Target {
    /// A plain GET.
    pub fn get(url: Url) -> Self {
        Self::Http(Box::new(HttpAsk::get(url)))
    }

    /// What its samples rest on.
    pub fn reach(&self) -> Reach {
        let of_ip = |ip: IpAddr| if ip.is_loopback() || ip.is_unspecified() { Reach::Here } else { Reach::Network };
        let (url, own_resolver) = match self {
            Self::Http(ask) | Self::WebSocket(ask) | Self::Grpc(ask) => (ask.first_url(), ask.resolver.is_some()),
            Self::Tcp(url) | Self::Tls(url) | Self::Ping(url) => (url, false),
            Self::Dns(question) => return question.server.map_or(Reach::Names, |server| of_ip(server.ip())),
        };
        match url.host() {
            Some(Host::Ipv4(ip)) => of_ip(ip.into()),
            Some(Host::Ipv6(ip)) => of_ip(ip.into()),
            Some(Host::Domain(name)) if name == "localhost" || name.ends_with(".localhost") => Reach::Here,
            _ if own_resolver => Reach::Network,
            _ => Reach::Names,
        }
    }

    /// The name that is looked up at the usual name servers, if any.
    pub fn looked_up(&self) -> Option<QueryName> {
        match (self.reach(), self) {
            (Reach::Names, Self::Dns(question)) => Some(question.name.clone()),
            (Reach::Names, Self::Http(ask) | Self::WebSocket(ask) | Self::Grpc(ask)) => {
                ask.first_url().host_str()?.parse().ok()
            }
            (Reach::Names, Self::Tcp(url) | Self::Tls(url) | Self::Ping(url)) => url.host_str()?.parse().ok(),
            _ => None,
        }
    }

    /// Which host and port has to be asked, besides the system's name servers.
    pub fn places(&self) -> Vec<Place> {
        let server = |server: SocketAddr| Place { host: server.ip().to_string(), port: server.port() };
        match self {
            Self::Http(ask) | Self::WebSocket(ask) | Self::Grpc(ask) => {
                Place::of(ask.first_url()).into_iter().chain(ask.resolver.map(server)).collect()
            }
            Self::Tcp(url) | Self::Tls(url) | Self::Ping(url) => Place::of(url).into_iter().collect(),
            Self::Dns(question) => question.server.map(server).into_iter().collect(),
        }
    }
}

/// Which family of addresses is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
}

/// Which HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// HTTP/1.1.
    #[default]
    One,
    /// HTTP/2: over TLS by negotiation, in plain by prior knowledge.
    Two,
    /// What the peer chooses in the TLS handshake.
    Either,
}

/// A request, and how the answer is followed.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpAsk {
    /// Where to; may hold secrets.
    pub url: Url,
    /// The method, a token.
    pub method: String,
    /// Headers besides our own; may hold secrets.
    pub headers: Vec<(String, String)>,
    /// The value of `Authorization`, sent to this URL's own origin only.
    pub authorization: Option<String>,
    /// Which HTTP is spoken.
    pub version: Version,
    /// The body to send; may hold secrets.
    pub body: Bytes,
    /// One family of addresses, if not both.
    pub family: Option<Family>,
    /// The name server that is asked for the host, instead of the usual ones.
    pub resolver: Option<SocketAddr>,
    /// Who passes the request on; the host is then looked up there.
    pub proxy: Option<Box<Proxy>>,
    /// Redirects that are followed, each judged by the network policy; 0 takes the first answer as it is.
    pub redirects: u8,
    /// Whether the beginning of an answer's body is kept as evidence of a change.
    pub keeps_body: bool,
}

impl HttpAsk {
    /// A GET with nothing special.
    pub fn get(url: Url) -> Self {
        Self {
            url,
            method: "GET".to_owned(),
            headers: Vec::new(),
            authorization: None,
            version: Version::default(),
            body: Bytes::new(),
            family: None,
            resolver: None,
            proxy: None,
            redirects: 0,
            keeps_body: false,
        }
    }

    /// Where a connection leads first: to the proxy, if there is one.
    fn first_url(&self) -> &Url {
        self.proxy.as_ref().map_or(&self.url, |proxy| &proxy.url)
    }

    /// Whether the host is looked up by rules of the monitor's own.
    pub(super) fn has_own_names(&self) -> bool {
        self.family.is_some() || self.resolver.is_some()
    }
}

impl fmt::Debug for HttpAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every other field may hold secrets.
        f.debug_struct("HttpAsk").field("method", &self.method).finish_non_exhaustive()
    }
}

/// A question to a name server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The name.
    pub name: QueryName,
    /// The kind of record.
    pub record: Record,
    /// Who is asked; `None` for the usual name servers, in their order.
    pub server: Option<SocketAddr>,
}
