//! What travels between the gateway and its upstream, looked at byte by byte.

use super::asked::Failure;
use super::span;
use crate::model::code;
use serde::{Deserialize, Serialize};
use std::fmt;

code! {
    /// How a conversation was opened.
    pub enum Opener {
        /// With an ordinary HTTP/1.1 request.
        Http = "http",
        /// With a TLS ClientHello.
        Tls = "tls",
        /// With HTTP/2's preface, in plain.
        Http2 = "http2",
        /// With a FastCGI record.
        Fastcgi = "fastcgi",
        /// With a uwsgi packet.
        Uwsgi = "uwsgi",
        /// With a line of the PROXY protocol before an HTTP/1.1 request.
        Proxy = "proxy-protocol",
        /// Not at all: only listened.
        Nothing = "nothing",
    }
}

code! {
    /// What the first bytes of an answer are.
    pub enum Heard {
        /// HTTP/1.
        Http = "http",
        /// HTTP/1 that calls the opener a bad request (400, 405, 414, 501 or 505).
        HttpComplaint = "http-complaint",
        /// HTTP/1 that says it wants TLS.
        HttpWantsTls = "http-wants-tls",
        /// HTTP/2 frames.
        Http2 = "http2",
        /// A TLS handshake.
        Tls = "tls",
        /// A TLS alert.
        TlsAlert = "tls-alert",
        /// FastCGI records.
        Fastcgi = "fastcgi",
        /// SSH.
        Ssh = "ssh",
        /// SMTP or FTP: `220 …`.
        Mail = "mail-or-ftp",
        /// IMAP or POP3.
        Mailbox = "mailbox",
        /// `MySQL` or `MariaDB`.
        Mysql = "mysql",
        /// PostgreSQL.
        Postgres = "postgresql",
        /// Redis.
        Redis = "redis",
        /// memcached.
        Memcached = "memcached",
        /// AMQP.
        Amqp = "amqp",
        /// VNC.
        Vnc = "vnc",
        /// HTML or JSON without any head.
        BareBody = "bare-body",
        /// Something that is not known here.
        Unknown = "unknown",
        /// Not a byte in time; the connection stayed open.
        Silence = "silence",
        /// Closed without a byte.
        Closed = "closed",
        /// Reset without a byte.
        Reset = "reset",
        /// No connection.
        Unreached = "unreached",
    }
}

impl Heard {
    /// As people call it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Http => "HTTP/1",
            Self::HttpComplaint => "HTTP/1, calling it a bad request",
            Self::HttpWantsTls => "HTTP/1, saying that it wants TLS",
            Self::Http2 => "HTTP/2",
            Self::Tls => "TLS",
            Self::TlsAlert => "a TLS alert",
            Self::Fastcgi => "FastCGI",
            Self::Ssh => "SSH",
            Self::Mail => "SMTP or FTP",
            Self::Mailbox => "IMAP or POP3",
            Self::Mysql => "MySQL",
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
            Self::Memcached => "memcached",
            Self::Amqp => "AMQP",
            Self::Vnc => "VNC",
            Self::BareBody => "a body without any head",
            Self::Unknown => "bytes of no known protocol",
            Self::Silence => "nothing at all",
            Self::Closed => "nothing, and closes",
            Self::Reset => "nothing, and resets",
            Self::Unreached => "nothing: it cannot be reached",
        }
    }
}

/// What a port answers to an opener. Bytes of the peer are kept escaped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// `127.0.0.1:8080` or `unix:/…`.
    pub target: String,
    /// How we opened.
    pub opener: Opener,
    /// What came back.
    pub heard: Heard,
    /// The first bytes of it, escaped.
    #[serde(default)]
    pub first: String,
    /// The status, where it was HTTP/1.
    #[serde(default)]
    pub status: Option<u16>,
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opener = match self.opener {
            Opener::Http => "a plain HTTP request",
            Opener::Tls => "a TLS ClientHello",
            Opener::Http2 => "HTTP/2's preface",
            Opener::Fastcgi => "a FastCGI record",
            Opener::Uwsgi => "a uwsgi packet",
            Opener::Proxy => "a PROXY line and an HTTP request",
            Opener::Nothing => "silence",
        };
        write!(f, "To {opener}, {} answers {}", self.target, self.heard.words())?;
        if let Some(status) = self.status {
            write!(f, " ({status})")?;
        }
        if self.first.is_empty() || self.status.is_some() { Ok(()) } else { write!(f, ": {}", self.first) }
    }
}

code! {
    /// A rule of HTTP that an answer breaks.
    pub enum FlawKind {
        /// The status line is malformed.
        StatusLine = "status-line",
        /// A header line without a colon.
        NoColon = "no-colon",
        /// A header without a name.
        EmptyName = "empty-name",
        /// A space inside a header's name, or before its colon.
        SpaceInName = "space-in-name",
        /// Another byte that a header's name may not have.
        NameByte = "name-byte",
        /// A NUL in a header line.
        Nul = "nul",
        /// Another control byte in a header's value.
        ValueByte = "value-byte",
        /// A continuation line, which HTTP no longer has.
        Folded = "folded",
        /// A line that ends without a carriage return. All gateways bear it.
        BareLineFeed = "bare-line-feed",
        /// A `Content-Length` that is no number.
        BadLength = "bad-length",
        /// Two `Content-Length`s that differ.
        DifferentLengths = "different-lengths",
        /// `Content-Length` together with `Transfer-Encoding`.
        LengthAndCoding = "length-and-coding",
        /// A transfer coding that is not known.
        UnknownCoding = "unknown-coding",
        /// `chunked` more than once.
        DoubledCoding = "doubled-coding",
        /// A chunk's size or end is malformed.
        BadChunk = "bad-chunk",
        /// The body ended before its announced end.
        ShortBody = "short-body",
        /// More came than was announced.
        LongBody = "long-body",
        /// The head never ended.
        EndlessHead = "endless-head",
        /// 101 although nobody asked for another protocol.
        Unasked101 = "unasked-101",
    }
}

/// One rule that an answer breaks, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flaw {
    /// Which rule.
    pub kind: FlawKind,
    /// The head's line, 1 is the status line; 0 for the body.
    pub line: u32,
    /// The byte of the answer at which it shows, from 0.
    pub offset: u64,
    /// The bytes there, escaped.
    #[serde(default)]
    pub shown: String,
}

/// An answer of a member, byte by byte, judged by HTTP's own rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawAnswer {
    /// Which member.
    pub target: String,
    /// The status line's code.
    pub status: Option<u16>,
    /// Bytes of the head, up to and with its empty line.
    pub head_bytes: u64,
    /// Header lines.
    pub header_lines: u32,
    /// The longest line, without its end.
    pub longest_line: u64,
    /// Values of all `Content-Length` lines.
    pub lengths: Vec<String>,
    /// Values of all `Transfer-Encoding` lines.
    pub codings: Vec<String>,
    /// Bytes of body that came.
    pub body_bytes: u64,
    /// What it breaks.
    pub flaws: Vec<Flaw>,
}

impl fmt::Display for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Byte by byte, the answer of {}", self.target)?;
        if let Some(status) = self.status {
            write!(f, " ({status})")?;
        }
        write!(
            f,
            " has {} header lines in {} bytes, the longest {} bytes",
            self.header_lines, self.head_bytes, self.longest_line
        )?;
        if self.flaws.is_empty() {
            return f.write_str(", and breaks no rule");
        }
        for flaw in &self.flaws {
            write!(f, "; {} ", flaw.kind.as_str().replace('-', " "))?;
            match flaw.line {
                0 => write!(f, "at byte {}", flaw.offset)?,
                line => write!(f, "in line {line}, byte {}", flaw.offset)?,
            }
            if !flaw.shown.is_empty() {
                write!(f, " ({})", flaw.shown)?;
            }
        }
        Ok(())
    }
}

code! {
    /// How a TLS handshake ended.
    pub enum TlsEnd {
        /// The server chose a version and a cipher.
        Chosen = "chosen",
        /// An alert.
        Alert = "alert",
        /// Closed.
        Closed = "closed",
        /// Reset.
        Reset = "reset",
        /// No answer in time.
        Silence = "silence",
        /// Something that is not TLS.
        NotTls = "not-tls",
        /// The whole handshake, and then an alert that takes it back.
        AlertAfter = "alert-after",
        /// No connection.
        Unreached = "unreached",
    }
}

/// One TLS handshake with a member, with one thing varied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsTrial {
    /// Which member.
    pub target: String,
    /// The name that was asked for; `None` for none.
    pub sni: Option<String>,
    /// What was offered: one version (`1.2`), `as the gateway …`, or `a whole handshake`.
    pub offered: String,
    /// The least version offered.
    #[serde(default)]
    pub least: String,
    /// The highest version offered.
    #[serde(default)]
    pub most: String,
    /// The ciphers offered, where they are the gateway's own.
    #[serde(default)]
    pub ciphers: Vec<u16>,
    /// How it ended.
    pub end: TlsEnd,
    /// The alert's number.
    #[serde(default)]
    pub alert: Option<u8>,
    /// The version that the server chose.
    #[serde(default)]
    pub version: Option<String>,
    /// The cipher that it chose, by its number.
    #[serde(default)]
    pub cipher: Option<u16>,
    /// Whether it asked for a certificate; `None` where that could not be seen.
    #[serde(default)]
    pub wants_certificate: Option<bool>,
    /// A hash of the certificate that it showed.
    #[serde(default)]
    pub shown: Option<String>,
    /// Whether that certificate is for the name that the gateway compares; `None` where that cannot be told.
    #[serde(default)]
    pub fits: Option<bool>,
}

impl fmt::Display for TlsTrial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLS handshake with {}, offering {}, ", self.target, self.offered)?;
        match &self.sni {
            Some(name) => write!(f, "asking for {name}: ")?,
            None => f.write_str("asking for no name: ")?,
        }
        match self.end {
            TlsEnd::Chosen => f.write_str("it goes well")?,
            TlsEnd::Alert => f.write_str("the server refuses")?,
            TlsEnd::AlertAfter => f.write_str("the server refuses after the handshake")?,
            TlsEnd::Closed => f.write_str("the server closes")?,
            TlsEnd::Reset => f.write_str("the server resets")?,
            TlsEnd::Silence => f.write_str("no answer")?,
            TlsEnd::NotTls => f.write_str("the answer is not TLS")?,
            TlsEnd::Unreached => f.write_str("no connection")?,
        }
        if let Some(version) = &self.version {
            write!(f, " with TLS {version}")?;
        }
        if let Some(alert) = self.alert {
            write!(f, " with alert {alert} ({})", alert_name(alert))?;
        }
        if self.wants_certificate == Some(true) {
            f.write_str(", and wants a client certificate")?;
        }
        Ok(())
    }
}

/// The name of a TLS alert.
pub const fn alert_name(number: u8) -> &'static str {
    match number {
        0 => "close notify",
        10 => "unexpected message",
        20 => "bad record",
        22 => "record overflow",
        40 => "handshake failure",
        42 => "bad certificate",
        43 => "unsupported certificate",
        44 => "certificate revoked",
        45 => "certificate expired",
        46 => "certificate unknown",
        47 => "illegal parameter",
        48 => "unknown authority",
        49 => "access denied",
        50 => "decode error",
        51 => "decrypt error",
        70 => "protocol version",
        71 => "insufficient security",
        80 => "internal error",
        86 => "inappropriate fallback",
        90 => "user cancelled",
        109 => "missing extension",
        110 => "unsupported extension",
        112 => "unrecognised name",
        116 => "certificate required",
        120 => "no application protocol",
        _ => "another alert",
    }
}

/// One connection that was kept after an answer, and then used again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptConnection {
    /// Which member.
    pub target: String,
    /// Status of the first answer.
    pub first: Option<u16>,
    /// Whether the peer left it open after the first answer.
    pub kept: bool,
    /// How long it was idle before it was used again, or until the peer closed it.
    pub idle_ms: u64,
    /// True when the peer closed it while it was idle.
    pub closed_idle: bool,
    /// Status of the second answer.
    pub second: Option<u16>,
    /// Why the second one did not come.
    pub failure: Option<Failure>,
    /// The idle time that its `Keep-Alive` header promises.
    pub promised_ms: Option<u64>,
}

impl KeptConnection {
    /// Whether it was used again and broke.
    pub fn broke(&self) -> bool {
        self.kept && !self.closed_idle && self.failure.is_some()
    }
}

impl fmt::Display for KeptConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A connection to {} ", self.target)?;
        if !self.kept {
            return f.write_str("is closed after each answer");
        }
        if self.closed_idle {
            return write!(f, "that was kept after an answer was closed by the peer after {} idle", span(self.idle_ms));
        }
        match (&self.second, &self.failure) {
            (_, Some(failure)) => {
                write!(
                    f,
                    "that was kept after an answer broke when it was used again after {} idle: {failure}",
                    span(self.idle_ms)
                )
            }
            (Some(status), None) => {
                write!(
                    f,
                    "that was kept after an answer was answered {status} when it was used again after {} idle",
                    span(self.idle_ms)
                )
            }
            (None, None) => write!(f, "that was kept after an answer was still open after {} idle", span(self.idle_ms)),
        }
    }
}

code! {
    /// What one thing was changed of a request that is otherwise the same.
    pub enum Changed {
        /// The `Host` header.
        Host = "host",
        /// The path.
        Path = "path",
        /// A line of the PROXY protocol was sent before it.
        Proxy = "proxy-protocol",
        /// Spoken as HTTP/2.
        Http2 = "http2",
        /// Sent with `Upgrade: websocket`, straight to the member.
        UpgradeDirect = "upgrade-direct",
        /// Sent with `Upgrade: websocket`, through the gateway.
        UpgradeThrough = "upgrade-through",
        /// Sent through the gateway as HTTP/2.
        Http2Through = "http2-through",
        /// Sent through the gateway without a body.
        NoBodyThrough = "no-body-through",
        /// Sent through the gateway with the other of GET and HEAD.
        MethodThrough = "method-through",
        /// Sent through the gateway with a query that no cache has seen.
        QueryThrough = "query-through",
        /// Sent through the gateway without cookies.
        NoCookiesThrough = "no-cookies-through",
        /// Sent to the site's front page.
        FrontThrough = "front-through",
    }
}

/// The same request with one thing changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variation {
    /// Which member, or the gateway itself.
    pub target: String,
    /// What was changed.
    pub changed: Changed,
    /// To what.
    #[serde(default)]
    pub to: String,
    /// What came back.
    #[serde(default)]
    pub status: Option<u16>,
    /// Why nothing (whole) came back.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// The `grpc-status`, where there was one.
    #[serde(default)]
    pub grpc_status: Option<u32>,
}

impl fmt::Display for Variation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.changed {
            Changed::Host => "with the Host",
            Changed::Path => "with the path",
            Changed::Proxy => "after a PROXY line",
            Changed::Http2 => "as HTTP/2",
            Changed::UpgradeDirect => "asking for a WebSocket",
            Changed::UpgradeThrough => "asking for a WebSocket through the gateway",
            Changed::Http2Through => "as HTTP/2 through the gateway",
            Changed::NoBodyThrough => "without a body through the gateway",
            Changed::MethodThrough => "with the method",
            Changed::QueryThrough => "with a query of its own, past caches",
            Changed::NoCookiesThrough => "without cookies",
            Changed::FrontThrough => "for its front page",
        };
        write!(f, "Asked {how}")?;
        if !self.to.is_empty() {
            write!(f, " {}", self.to)?;
        }
        write!(f, ", {} ", self.target)?;
        match (self.status, &self.failure) {
            (Some(status), None) => write!(f, "answers {status}")?,
            (Some(status), Some(failure)) => write!(f, "answers {status}, but breaks: {failure}")?,
            (None, Some(failure)) => write!(f, "fails: {failure}")?,
            (None, None) => f.write_str("does not answer")?,
        }
        self.grpc_status.map_or(Ok(()), |code| write!(f, ", gRPC status {code}"))
    }
}
