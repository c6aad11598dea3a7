//! Requests: through the gateway, past it, and the certificates met on the way.

use super::span;
use crate::model::code;
use crate::model::sample::{FaultKind, Phases};
use serde::{Deserialize, Serialize};
use std::fmt;

code! {
    /// In which phase of an exchange something happened.
    pub enum During {
        /// Name resolution.
        Resolve = "resolve",
        /// Choosing a member of the pool.
        Pick = "pick",
        /// TCP or unix connect.
        Connect = "connect",
        /// TLS handshake.
        Tls = "tls",
        /// Sending the request.
        Send = "send",
        /// Waiting for the answer's head.
        Wait = "wait",
        /// Inside the answer's head.
        Head = "head",
        /// Inside the answer's body.
        Body = "body",
    }
}

/// Why an exchange failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What happened.
    pub kind: FaultKind,
    /// In which phase.
    pub during: During,
    /// The system's error number where there is one.
    #[serde(default)]
    pub errno: Option<i32>,
    /// For people.
    #[serde(default)]
    pub detail: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.during {
            During::Resolve => "resolving the name",
            During::Pick => "choosing a member",
            During::Connect => "connecting",
            During::Tls => "the TLS handshake",
            During::Send => "sending the request",
            During::Wait => "waiting for the answer",
            During::Head => "reading the answer's head",
            During::Body => "reading the answer's body",
        };
        write!(f, "{} while {phase}", self.kind.as_str().replace('-', " "))?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}

/// One request through the gateway, as a visitor sends it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attempt {
    /// 1 for the run's first request.
    pub number: u16,
    /// HTTP method.
    pub method: String,
    /// The address that was asked.
    pub address: Option<String>,
    /// Our own end of the connection (`127.0.0.1:52154`), by which logs that name the client's port are joined.
    pub client: Option<String>,
    /// `HTTP/1.1` …
    pub version: Option<String>,
    /// What came back.
    pub status: Option<u16>,
    /// Why nothing (whole) came back.
    pub failure: Option<Failure>,
    /// Time in each phase.
    pub phases: Phases,
    /// From start to end, or to now for one that is still open.
    pub total_ms: u64,
    /// True while it waits for its answer.
    pub open: bool,
    /// The product whose own error page this is, by its exact text.
    pub page: Option<String>,
    /// The `Server` header.
    pub server: Option<String>,
    /// Hash of the body's beginning, to compare answers.
    pub body_hash: Option<String>,
    /// The mark by which the gateway's log can be joined (part of the User-Agent, and of the query where asked so).
    pub mark: String,
}

impl Attempt {
    /// True when a visitor would call this a failure of the gateway: no whole answer, a 5xx, or nginx's 009.
    pub fn failed(&self) -> bool {
        !self.open && (self.failure.is_some() || self.status.is_none_or(|status| !(100..500).contains(&status)))
    }

    /// True when a whole answer below 400 came.
    pub fn succeeded(&self) -> bool {
        !self.open && self.failure.is_none() && self.status.is_some_and(|status| (100..400).contains(&status))
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request {} ({}", self.number, self.method)?;
        if self.version.as_deref() == Some("HTTP/2") {
            f.write_str(" in HTTP/2")?;
        }
        if let Some(address) = &self.address {
            write!(f, " to {address}")?;
        }
        f.write_str(") ")?;
        match (self.open, self.status, &self.failure) {
            (true, ..) => write!(f, "has waited {} for its answer", span(self.total_ms)),
            (_, Some(status), Some(failure)) => {
                write!(f, "was answered {status}, but broke: {failure}, after {}", span(self.total_ms))
            }
            (_, None, Some(failure)) => write!(f, "failed: {failure}, after {}", span(self.total_ms)),
            (_, Some(status), None) => {
                write!(f, "was answered {status} after {}", span(self.total_ms))?;
                self.page.as_ref().map_or(Ok(()), |page| write!(f, ", with {page}'s own error page"))
            }
            (_, None, None) => f.write_str("ended without an answer"),
        }
    }
}

/// Which product answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HopSeen {
    /// Product, for example `nginx`.
    pub name: String,
    /// Version where it was told.
    pub version: Option<String>,
    /// `edge`, `gateway` or `upstream`.
    pub role: String,
    /// What shows that it is this product.
    pub evidence: String,
}

impl fmt::Display for HopSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The answer comes from {}", self.name)?;
        if let Some(version) = &self.version {
            write!(f, " {version}")?;
        }
        write!(f, ": {}", self.evidence)
    }
}

code! {
    /// What a content network or a provider's balancer itself says of a failure, whatever its own word for it is.
    pub enum EdgeWord {
        /// The origin refuses its connections.
        OriginRefused = "origin-refused",
        /// The origin does not answer its connection attempts.
        OriginSilent = "origin-silent",
        /// It finds no way to the origin.
        OriginUnreachable = "origin-unreachable",
        /// The origin did not answer its request in time.
        OriginSlow = "origin-slow",
        /// The TLS handshake with the origin failed.
        OriginTls = "origin-tls",
        /// It refuses the origin's certificate.
        OriginCertificate = "origin-certificate",
        /// The origin's answer was empty, broken or too large.
        OriginAnswer = "origin-answer",
        /// It cannot resolve the origin's name.
        OriginName = "origin-name",
        /// The origin's record leads to an address that it does not ask.
        ProhibitedOrigin = "prohibited-origin",
        /// No tunnel from the origin is open.
        Tunnel = "tunnel",
        /// An error of its own.
        OwnFault = "own-fault",
        /// What an integration returned could not be used.
        Integration = "integration",
        /// A target closed the connection or answered something that could not be used.
        TargetAnswer = "target-answer",
    }
}

/// What a content network or a provider's balancer itself says of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeVerdict {
    /// Product, for example `cloudflare`.
    pub product: String,
    /// Its own code or words: `521`, `1016`, `first byte timeout`.
    pub code: String,
    /// What that means.
    pub says: EdgeWord,
}

impl fmt::Display for EdgeVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.says {
            EdgeWord::OriginRefused => "the origin refuses its connections",
            EdgeWord::OriginSilent => "the origin does not answer its connection attempts",
            EdgeWord::OriginUnreachable => "it finds no way to the origin",
            EdgeWord::OriginSlow => "the origin did not answer in time",
            EdgeWord::OriginTls => "the TLS handshake with the origin failed",
            EdgeWord::OriginCertificate => "it refuses the origin's certificate",
            EdgeWord::OriginAnswer => "the origin's answer was empty, broken or too large",
            EdgeWord::OriginName => "it cannot resolve the origin's name",
            EdgeWord::ProhibitedOrigin => "the origin's record leads to an address that it does not ask",
            EdgeWord::Tunnel => "no tunnel from the origin is open",
            EdgeWord::OwnFault => "the error is its own",
            EdgeWord::Integration => "an integration returned what it cannot use",
            EdgeWord::TargetAnswer => "its target closed the connection or gave an unusable answer",
        };
        write!(f, "{} says by {}: {words}", self.product, self.code)
    }
}

/// Failures that others saw shortly before this run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recent {
    /// The latest status.
    pub status: u16,
    /// How many in the last 15 minutes.
    pub count: u32,
    /// How long ago the latest was.
    pub ago_ms: u64,
}

impl fmt::Display for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Clients of this URL were answered {} {} in the last 15 minutes, the latest {} ago",
            self.status,
            if self.count == 1 { "once".to_owned() } else { format!("(or worse) {} times", self.count) },
            span(self.ago_ms)
        )
    }
}

/// One request straight to an upstream member, past the gateway, on a fresh connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Direct {
    /// `127.0.0.1:8080` or `unix:/run/app.sock`.
    pub target: String,
    /// `http`, `https`, `fastcgi` …
    pub protocol: String,
    /// Which path: `same` as the failing URL, or `other` (one that the application need not work for).
    pub path: String,
    /// What came back.
    pub status: Option<u16>,
    /// Why nothing (whole) came back.
    pub failure: Option<Failure>,
    /// Bytes of the answer's status line and header lines.
    pub head_bytes: u64,
    /// The longest single header line.
    pub largest_header_bytes: u64,
    /// From the request's last byte to the answer's first.
    pub first_byte_ms: Option<u64>,
    /// From start to end, or to now.
    pub total_ms: u64,
    /// True while it waits for its answer.
    pub open: bool,
    /// How long we were ready to wait.
    pub patience_ms: u64,
    /// Hash of the body's beginning, to compare answers.
    pub body_hash: Option<String>,
    /// True when the answer has headers that only a further gateway adds.
    pub further_hop: Option<String>,
    /// The answer's clock minus ours, from its `Date` header.
    pub clock_ahead_s: Option<i64>,
    /// The `grpc-status`, where there was one.
    pub grpc_status: Option<u32>,
}

impl Direct {
    /// True when a whole answer came, whatever its status.
    pub fn answered(&self) -> bool {
        !self.open && self.failure.is_none() && self.status.is_some()
    }

    /// True when not a byte of an answer came in the time that was given to it.
    pub fn silent(&self) -> bool {
        self.status.is_none()
            && self.head_bytes == 0
            && (self.open || self.failure.as_ref().is_some_and(|f| f.kind == FaultKind::ReadTimeout))
    }
}

impl fmt::Display for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.path == "same" { "the same request" } else { "a request for another path" };
        write!(f, "{}, asked directly for {what}, ", self.target)?;
        match (self.open, self.status, &self.failure) {
            (true, ..) => write!(f, "has not sent a byte for {}", span(self.total_ms)),
            (_, Some(status), Some(failure)) => write!(f, "answered {status}, but broke: {failure}"),
            (_, Some(status), None) => {
                write!(f, "answered {status} after {}", span(self.first_byte_ms.unwrap_or(self.total_ms)))?;
                write!(f, ", its head has {} bytes", self.head_bytes)?;
                self.grpc_status.map_or(Ok(()), |code| write!(f, ", gRPC status {code}"))
            }
            (_, None, Some(failure)) => write!(f, "failed: {failure}, after {}", span(self.total_ms)),
            (_, None, None) => f.write_str("did not answer"),
        }
    }
}

/// The gateway's own health check, made again by this run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckReplay {
    /// The member that it stands for.
    pub target: String,
    /// Where it was sent.
    pub address: String,
    /// What was asked: `GET /healthz`, `a connection`.
    pub asked: String,
    /// What has to come back.
    pub wants: String,
    /// What came back.
    pub status: Option<u16>,
    /// Why nothing (whole) came back.
    pub failure: Option<Failure>,
    /// Whether the gateway would call it passed; `None` where that cannot be told here.
    pub passes: Option<bool>,
    /// `file:line` of the check.
    pub place: String,
}

impl fmt::Display for CheckReplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The gateway's health check of {}, made again ({} at {}), ", self.target, self.asked, self.address)?;
        match (self.status, &self.failure) {
            (_, Some(failure)) => write!(f, "failed: {failure}")?,
            (Some(status), None) => write!(f, "was answered {status}")?,
            (None, None) => f.write_str("was answered")?,
        }
        match self.passes {
            Some(true) => f.write_str("; it passes"),
            Some(false) => write!(f, "; it wants {}", self.wants),
            None => Ok(()),
        }
    }
}

/// The same request with and without a header of the PROXY protocol before it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProxyHeader {
    /// The member, or the gateway's own listener.
    pub target: String,
    /// Whether it is the gateway's own listener.
    pub listener: bool,
    /// Whether the gateway sends the header there, or expects it there.
    pub configured: bool,
    /// What came back without the header: a status, `None` for no answer in HTTP.
    pub plain: Option<u16>,
    /// What came back with it.
    pub with_header: Option<u16>,
    /// What came back with a line of nonsense in its place: a peer that answers this passes over anything.
    pub with_nonsense: Option<u16>,
    /// `file:line` that decides it.
    pub place: String,
}

impl ProxyHeader {
    /// Whether it answers only with the header: an answer of 400 is what a peer says to bytes that it cannot read.
    pub fn wants_header(&self) -> bool {
        is_answer(self.with_header) && !is_answer(self.plain) && !is_answer(self.with_nonsense)
    }

    /// Whether it answers only without the header.
    pub fn wants_plain(&self) -> bool {
        is_answer(self.plain) && !is_answer(self.with_header)
    }
}

fn is_answer(status: Option<u16>) -> bool {
    status.is_some_and(|status| status != 400)
}

impl fmt::Display for ProxyHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words =
            |status: Option<u16>| status.map_or_else(|| "is not answered".to_owned(), |s| format!("is answered {s}"));
        write!(
            f,
            "At {} a request {}, and with a header of the PROXY protocol before it {}",
            self.target,
            words(self.plain),
            words(self.with_header)
        )
    }
}

/// The certificate that an upstream shows, and how the gateway judges it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Certificate {
    /// Which member.
    pub target: String,
    /// Subject of the certificate in question (the expired one, else the leaf).
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// RFC 3339.
    pub not_before: String,
    /// RFC 3339.
    pub not_after: String,
    /// Names that it is valid for.
    pub names: Vec<String>,
    /// Seconds since it expired; negative while it is valid.
    pub expired_for_s: i64,
    /// Seconds until it becomes valid; negative once it is.
    pub valid_in_s: i64,
    /// Whether the gateway verifies upstream certificates; `None` when its configuration is not known.
    pub gateway_verifies: Option<bool>,
    /// Name that was asked for.
    pub asked_name: Option<String>,
    /// Whether an authority that the gateway trusts vouches for it; `None` where that could not be judged.
    pub trusted: Option<bool>,
    /// Whether it is signed by itself.
    pub self_signed: bool,
    /// Whether the server sent nothing but this one.
    pub alone: bool,
    /// The gateway's file of trusted authorities, or `the system's`.
    pub judged_by: Option<String>,
    /// Whether it is for the name that the gateway compares; `None` where that could not be judged.
    pub name_fits: Option<bool>,
    /// Whether the gateway compares the name; `None` when its configuration is not known.
    pub gateway_checks_name: Option<bool>,
    /// Whether the gateway compares the dates; `None` when its configuration is not known.
    pub gateway_checks_dates: Option<bool>,
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} shows a certificate for {}", self.target, self.subject)?;
        if self.expired_for_s > 0 {
            write!(f, " that expired on {}", self.not_after)?;
        } else if self.valid_in_s > 0 {
            write!(f, " that is valid only from {}", self.not_before)?;
        } else {
            write!(f, " that is valid until {}", self.not_after)?;
        }
        match self.trusted {
            Some(true) => f.write_str("; an authority that the gateway trusts vouches for it")?,
            Some(false) if self.self_signed => {
                f.write_str("; it is signed by itself, and the gateway does not know it")?;
            }
            Some(false) => write!(f, "; {}, who issued it, is none of the gateway's authorities", self.issuer)?,
            None => {}
        }
        if let (Some(fits), Some(name)) = (self.name_fits, &self.asked_name) {
            write!(f, "; it is {}for {name}", if fits { "" } else { "not " })?;
        }
        match self.gateway_verifies {
            Some(true) => f.write_str("; the gateway verifies it"),
            Some(false) => f.write_str("; the gateway does not verify it"),
            None => Ok(()),
        }
    }
}
