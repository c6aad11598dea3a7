//! What a probe asks, by kind of monitor: plain data, made by the configuration.

use crate::dns::{QueryName, Record};
use crate::netguard::Place;
use bytes::Bytes;
use std::fmt;
use std::net::SocketAddr;
use url::Url;

/// What is asked of a monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A request by HTTP/1.1.
    Http(Box<HttpAsk>),
    /// The opening handshake of a WebSocket; the URL is http or https.
    WebSocket(Box<HttpAsk>),
    /// A TCP connection; the URL is `http://host:port/` and only host and port of it count.
    Tcp(Url),
    /// A TLS handshake with whatever speaks inside it; the URL is `https://host:port/`.
    Tls(Url),
    /// A question to a name server.
    Dns(Question),
}

impl Target {
    /// A plain GET.
    pub fn get(url: Url) -> Self {
        Self::Http(Box::new(HttpAsk::get(url)))
    }

    /// Which host and port has to be asked, besides the system's name servers.
    pub fn places(&self) -> Vec<Place> {
        let server = |server: SocketAddr| Place { host: server.ip().to_string(), port: server.port() };
        match self {
            Self::Http(ask) | Self::WebSocket(ask) => {
                Place::of(&ask.url).into_iter().chain(ask.resolver.map(server)).collect()
            }
            Self::Tcp(url) | Self::Tls(url) => Place::of(url).into_iter().collect(),
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
    /// The body to send; may hold secrets.
    pub body: Bytes,
    /// One family of addresses, if not both.
    pub family: Option<Family>,
    /// The name server that is asked for the host, instead of the usual ones.
    pub resolver: Option<SocketAddr>,
    /// Redirects that are followed, each judged by the network policy; 0 takes the first answer as it is.
    pub redirects: u8,
}

impl HttpAsk {
    /// A GET with nothing special.
    pub fn get(url: Url) -> Self {
        Self {
            url,
            method: "GET".to_owned(),
            headers: Vec::new(),
            authorization: None,
            body: Bytes::new(),
            family: None,
            resolver: None,
            redirects: 0,
        }
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
