//! What is asked, what came back, and what went wrong.

use super::identity::Identity;
use crate::netguard::{Manner, Refusal, Vetted};
use app::model::{At, FaultKind, Origin, Phases};
use bytes::Bytes;
use rustls::pki_types::CertificateDer;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Where to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To what the URL's host resolves to.
    Resolve,
    /// To this address, whatever the URL's host says; judged as if somebody had typed it.
    Address(SocketAddr),
    /// To this address that `netguard` has judged already, for example one of several that a name gave.
    Vetted(Vetted),
    /// To one of these, as [`Self::Resolve`] tries what a name gave.
    Among(Vec<Vetted>),
    /// To this unix socket.
    Unix(PathBuf),
}

/// Which name the TLS handshake asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sni {
    /// The `Host` that is sent, without its port.
    FromHost,
    /// This one.
    Name(String),
    /// None.
    None,
}

/// How the peer's certificate is judged.
#[derive(Debug, Clone)]
pub enum TlsVerify {
    /// By the system's roots.
    System,
    /// By these roots alone.
    Roots(Vec<CertificateDer<'static>>),
    /// Not at all: only its facts are wanted.
    ReadOnly,
}

/// Bounds of one exchange; all of them hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Name resolution.
    pub dns: Duration,
    /// Each connection attempt.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// From the request's last byte to the answer's first.
    pub first_byte: Duration,
    /// The whole exchange.
    pub total: Duration,
    /// Most bytes of body that are read.
    pub body_bytes: u64,
    /// Most bytes of head that are read.
    pub head_bytes: usize,
    /// How long to stop reading once, in the middle of a long body, as a slow client does.
    pub pause: Duration,
    /// How long a body may take before we stop reading it.
    pub body_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            dns: Duration::from_secs(2),
            connect: Duration::from_secs(3),
            tls: Duration::from_secs(4),
            first_byte: Duration::from_secs(10),
            total: Duration::from_secs(10),
            body_bytes: 256 * 1024,
            head_bytes: 64 * 1024,
            pause: Duration::ZERO,
            body_time: Duration::MAX,
        }
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Scheme, host, port, path and query.
    pub url: Url,
    /// The method, a token.
    pub method: String,
    /// Further headers. `Host`, `Content-Length` and `Transfer-Encoding` are our own; `User-Agent`,
    /// `Accept`, `Accept-Encoding` and `Connection` replace ours.
    pub headers: Vec<(String, String)>,
    /// Bytes of body to send; 0 sends none.
    pub body_size: u64,
    /// The body to send; where it is empty, `body_size` holds.
    pub body: Bytes,
    /// Where to connect.
    pub target: Target,
    /// Who passes the request on; `target` does not count then.
    pub proxy: Option<Box<Proxy>>,
    /// Bytes that go before everything else, the TLS handshake included: a header of the PROXY protocol.
    pub preface: &'static [u8],
    /// The `Host` to send instead of the URL's.
    pub host: Option<String>,
    /// Which name TLS asks for.
    pub sni: Sni,
    /// How the certificate is judged.
    pub tls: TlsVerify,
    /// The certificate that we show to a peer that asks for one.
    pub identity: Option<Identity>,
    /// Bounds.
    pub limits: Limits,
    /// Bytes of the answer's body to keep.
    pub keep_body: usize,
    /// In which way the connection is made.
    pub manner: Manner,
}

impl Request {
    /// A GET of the URL with everything else as usual, keeping no body.
    pub fn get(url: Url) -> Self {
        Self {
            url,
            method: "GET".to_owned(),
            headers: Vec::new(),
            body_size: 0,
            body: Bytes::new(),
            target: Target::Resolve,
            proxy: None,
            preface: b"",
            host: None,
            sni: Sni::FromHost,
            tls: TlsVerify::System,
            identity: None,
            limits: Limits::default(),
            keep_body: 0,
            manner: Manner::default(),
        }
    }
}

/// A proxy on our side, which passes requests on.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Its scheme is http, and its path counts for nothing.
    pub url: Url,
    /// The value of `Proxy-Authorization`.
    pub authorization: Option<String>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

/// Why a request is not sent at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestProblem {
    /// The URL has no host, or a scheme that is not http or https.
    #[error("the URL is not http or https, or has no host")]
    Url,
    /// The method is not a token.
    #[error("the method is not a word of letters")]
    Method,
    /// A header's name is not a token.
    #[error("header number {0} has a name that HTTP does not allow")]
    HeaderName(usize),
    /// A header's value holds a control character.
    #[error("header {0} has a control character in its value")]
    HeaderValue(String),
    /// A header that is our own, or that only a cloud's metadata service wants.
    #[error("header {0} cannot be set")]
    Forbidden(String),
    /// The `Host` is not a host with an optional port.
    #[error("the Host to send is not a host name")]
    Host,
    /// The name for TLS is not a name.
    #[error("the name for TLS is not a host name")]
    ServerName,
}

/// One attempt, whatever came of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The address or socket that was asked last; `None` where it never came to that.
    pub peer: Option<String>,
    /// The addresses that were to be asked, in their order.
    pub found: Vec<Vetted>,
    /// Our own end of a TCP connection; logs that name the client's port can be joined by it.
    pub local: Option<std::net::SocketAddr>,
    /// Time in each phase.
    pub phases: Phases,
    /// Time to send the request.
    pub send: Option<Duration>,
    /// What the handshake showed, also where the certificate was then refused.
    pub tls: Option<TlsFacts>,
    /// The answer, or why there is none.
    pub result: Result<Answer, NetFault>,
    /// From start to end.
    pub total: Duration,
}

/// An answer whose head was whole and correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code, 100 to 599.
    pub status: u16,
    /// Reason phrase as sent; the peer's own text.
    pub reason: String,
    /// `HTTP/1.0` or `HTTP/1.1`.
    pub version: String,
    /// Headers in order; the peer's own text, invalid UTF-8 replaced.
    pub headers: Vec<(String, String)>,
    /// Size of the head, from the status line to the empty line.
    pub head_bytes: u64,
    /// The body's first bytes, at most [`Request::keep_body`].
    pub body: Bytes,
    /// Bytes of body that came, without chunk framing.
    pub body_bytes: u64,
    /// How the body ended.
    pub end: BodyEnd,
}

impl Answer {
    /// The first header of that name, if any.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    /// As announced.
    Complete,
    /// The peer closed or reset before the announced end.
    Truncated,
    /// We stopped at [`Limits::body_bytes`] or [`Limits::body_time`].
    TooLong,
    /// No end within [`Limits::total`].
    Stalled,
    /// The chunk framing broke HTTP's rules.
    Broken,
}

/// What was under way when an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum During {
    /// Name resolution, and the checks before it.
    Resolve,
    /// Connecting.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Sending the request.
    Send,
    /// Waiting for the first byte.
    Wait,
    /// Reading the head.
    Head,
    /// Reading the body.
    Body,
}

/// What is wrong with an answer's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpFlaw {
    /// It does not start like HTTP/1.
    NotHttp,
    /// It starts like a TLS record.
    LooksLikeTls,
    /// It starts like an HTTP/2 frame.
    LooksLikeHttp2,
    /// It is no `FastCGI` record.
    NotFastcgi,
    /// The status line breaks the rules.
    StatusLine,
    /// A header line breaks the rules.
    Header,
    /// The head is larger than [`Limits::head_bytes`].
    HeadTooLarge,
    /// More header lines than we read.
    TooManyHeaders,
    /// `Content-Length` is no number, contradicts itself or contradicts `Transfer-Encoding`.
    Length,
    /// A transfer coding other than one `chunked`.
    TransferCoding,
    /// More interim (1xx) answers than we read.
    TooManyInterim,
}

impl fmt::Display for HttpFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHttp => "the answer is not HTTP",
            Self::LooksLikeTls => "the answer looks like TLS, not like HTTP",
            Self::LooksLikeHttp2 => "the answer looks like HTTP/2, not like HTTP/1.1",
            Self::NotFastcgi => "the answer is not FastCGI",
            Self::StatusLine => "the status line is malformed",
            Self::Header => "a header line is malformed",
            Self::HeadTooLarge => "the answer's head is larger than what is read",
            Self::TooManyHeaders => "the answer has more header lines than are read",
            Self::Length => "the answer contradicts itself about its length",
            Self::TransferCoding => "the answer uses an unknown transfer coding",
            Self::TooManyInterim => "there were too many interim answers",
        })
    }
}

/// Which check a certificate failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateFault {
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// It is for other names.
    WrongName,
    /// No chain to a trusted root: self-signed, a private authority or a missing intermediate.
    UnknownIssuer,
    /// Something else: revoked, bad signature, unreadable.
    Other,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetFault {
    /// What happened.
    pub kind: FaultKind,
    /// On which side.
    pub origin: Origin,
    /// What was under way.
    pub during: During,
    /// The system's error number where there is one.
    pub errno: Option<i32>,
    /// A sentence for admins in our own words; never the peer's bytes.
    pub detail: String,
    /// Bytes of an answer seen before it broke.
    pub head_bytes: u64,
    /// Which check the certificate failed.
    pub certificate: Option<CertificateFault>,
    /// What is wrong with the answer's head.
    pub flaw: Option<HttpFlaw>,
    /// Our own policy's refusal, with the line that would allow it.
    pub refusal: Option<Refusal>,
}

/// What a TLS handshake showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// `TLSv1.2` or `TLSv1.3`.
    pub protocol: String,
    /// Cipher suite.
    pub cipher: String,
    /// The protocol agreed on by ALPN.
    pub alpn: Option<String>,
    /// Subject of the peer's certificate; the peer's own text.
    pub subject: String,
    /// Its issuer; the peer's own text.
    pub issuer: String,
    /// Valid from.
    pub not_before: At,
    /// Valid until.
    pub not_after: At,
    /// Names and addresses it is for; the peer's own text, at most 100.
    pub names: Vec<String>,
    /// Certificates that the peer sent.
    pub chain: usize,
}

/// One connection attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectResult {
    /// How long it took.
    pub took: Duration,
    /// What came of it.
    pub outcome: ConnectOutcome,
}

/// What came of a connection attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectOutcome {
    /// Connected.
    Open,
    /// Refused: nothing listens there, or a rule rejects with a reset.
    Refused,
    /// Reset while connecting.
    Reset,
    /// No answer at all within the limit: dropped, or a full queue.
    TimedOut,
    /// No route, or an ICMP message said so.
    Unreachable {
        /// The system's error number.
        errno: i32,
    },
    /// The local system forbids it.
    Denied {
        /// The system's error number.
        errno: i32,
    },
    /// Something else.
    Other {
        /// The system's error number; 0 where there is none.
        errno: i32,
    },
    /// Our own policy refuses it.
    Blocked(Refusal),
}
