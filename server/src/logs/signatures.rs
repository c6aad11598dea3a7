//! The signatures: what nginx says when an upstream fails, one row each.
//!
//! A row looks at the beginning of nginx's own message, the phase at its end and the error number; never
//! at what a client can write.

use super::nginx::ErrorLine;
use super::table::SIGNATURES;
use super::{Matched, Phase, redact};
use serde::{Deserialize, Serialize};

/// What a line proves. One id, one meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureId {
    /// `connect()` failed (111) to a TCP address.
    ConnectRefused,
    /// `connect()` failed (113).
    ConnectHostUnreachable,
    /// `connect()` failed (101).
    ConnectNetworkUnreachable,
    /// `connect()` failed (104).
    ConnectReset,
    /// `connect()` to a TCP address failed (13).
    ConnectDenied,
    /// `connect()` failed (1): a filter on this host.
    ConnectNotPermitted,
    /// `connect()` failed (22): a blackhole route.
    ConnectInvalid,
    /// `connect()` failed (99): no local port left.
    ConnectNoLocalPort,
    /// Timed out while connecting.
    ConnectTimeout,
    /// `connect()` to a unix socket failed (2).
    UnixMissing,
    /// `connect()` to a unix socket failed (13).
    UnixDenied,
    /// `connect()` to a unix socket failed (111): nobody listens.
    UnixRefused,
    /// `connect()` to a unix socket failed (11): queue full.
    UnixQueueFull,
    /// Timed out in the TLS handshake.
    TlsTimeout,
    /// The handshake failed; the detail says how.
    TlsHandshake,
    /// The certificate has expired (10).
    TlsCertificateExpired,
    /// The certificate is not valid yet (9).
    TlsCertificateNotYetValid,
    /// The issuer is not trusted (18, 19, 20, 21).
    TlsCertificateUntrusted,
    /// Another verification error.
    TlsCertificateOther,
    /// The certificate is for another name.
    TlsCertificateName,
    /// The peer closed the connection in the handshake.
    TlsClosed,
    /// Timed out while sending the request.
    SendTimeout,
    /// Sending failed (32, 104).
    SendBroken,
    /// Timed out while waiting for the header.
    HeaderTimeout,
    /// Closed before a whole header.
    HeaderClosed,
    /// Reset before a whole header.
    HeaderReset,
    /// The header is larger than the buffer.
    HeaderTooBig,
    /// A header line that nginx refuses.
    HeaderInvalid,
    /// Two different lengths.
    HeaderDuplicateLength,
    /// Length and chunked at once.
    HeaderLengthAndChunked,
    /// An unknown transfer encoding.
    HeaderTransferEncoding,
    /// Not HTTP at all.
    NotHttp,
    /// An answer before a request.
    AnsweredUnasked,
    /// Timed out while reading the body.
    BodyTimeout,
    /// Closed within the body.
    BodyClosed,
    /// Reset within the body.
    BodyReset,
    /// Broken chunks.
    BodyChunks,
    /// All members are left out.
    NoLiveUpstreams,
    /// A member was left out just now.
    MemberDisabled,
    /// A name does not exist (3).
    ResolveNotFound,
    /// The name server failed (2).
    ResolveFailed,
    /// The name server refused (5).
    ResolveRefused,
    /// The name server did not answer (110).
    ResolveTimeout,
    /// Another code of a name server.
    ResolveOther,
    /// The name server cannot be reached.
    ResolverUnreachable,
    /// A variable and no resolver.
    NoResolver,
    /// A name could not be resolved at start.
    StartNameNotFound,
    /// Not `FastCGI`.
    FastcgiProtocol,
    /// `FastCGI` ended early.
    FastcgiClosed,
    /// The application's own message.
    FastcgiStderr,
    /// `proxy_bind` to an address that is not here.
    BindFailed,
    /// Out of connections.
    WorkerConnections,
    /// Out of descriptors (24).
    TooManyFiles,
    /// The system is out of descriptors (23).
    TooManyFilesInSystem,
    /// The disk is full (28).
    DiskFull,
    /// A temporary file may not be written (13).
    TempDenied,
    /// A worker crashed.
    WorkerCrashed,
    /// The client went away first.
    ClientClosed,
    /// A rate limit.
    RateLimited,
}

/// One row of the table.
#[derive(Debug)]
pub struct Signature {
    /// What it proves.
    pub id: SignatureId,
    /// What that means, as a sentence for people.
    pub meaning: &'static str,
    /// A line as nginx writes it.
    pub sample: &'static str,
    pub(super) begins: Begins,
    /// One of these is in the message; empty for no condition.
    pub(super) contains: &'static [&'static str],
    /// It was in one of these phases; empty for no condition.
    pub(super) phases: &'static [Phase],
    /// It has one of these error numbers; empty for no condition.
    pub(super) errno: &'static [i32],
    pub(super) catches: Catch,
}

/// How the message begins.
#[derive(Debug)]
pub(super) enum Begins {
    /// With this.
    With(&'static str),
    /// With one of these.
    Any(&'static [&'static str]),
    /// With any one word, then this.
    Word(&'static str),
    /// With any one word, then one of these.
    AnyWord(&'static [&'static str]),
    /// With `connect()`, to anything but a unix socket.
    Tcp,
}

/// What of the message is kept apart.
#[derive(Debug)]
pub(super) enum Catch {
    Nothing,
    /// The first word.
    Word,
    /// The word after `connect() to `.
    Target,
    /// What is in the first quotes.
    Quoted,
    /// What is in the outermost parentheses after the first colon or `failed`.
    Parentheses,
    /// What comes after this, up to the end.
    After(&'static str),
}

impl Begins {
    fn holds(&self, message: &str) -> bool {
        let after_word = || message.split_once(' ').map_or("", |(_, rest)| rest);
        match self {
            Self::With(start) => message.starts_with(start),
            Self::Any(starts) => starts.iter().any(|start| message.starts_with(start)),
            Self::Word(start) => after_word().starts_with(start),
            Self::AnyWord(starts) => starts.iter().any(|start| after_word().starts_with(start)),
            Self::Tcp => message.starts_with("connect() ") && !message.starts_with("connect() to unix:"),
        }
    }
}

impl Catch {
    fn from(&self, message: &str) -> Option<String> {
        let caught = match self {
            Self::Nothing => None,
            Self::Word => message.split(' ').next(),
            Self::Target => message.strip_prefix("connect() to ").and_then(|rest| rest.split(" failed (").next()),
            Self::Quoted => message.split_once('"').and_then(|(_, rest)| rest.split('"').next()),
            Self::Parentheses => {
                let inside = message.find(": (").map(|at| at + 3).or_else(|| message.find("failed (").map(|at| at + 8));
                inside.and_then(|from| message.get(from..message.rfind(')')?))
            }
            Self::After(before) => message.split_once(before).map(|(_, rest)| rest),
        };
        caught.map(redact)
    }
}

impl Signature {
    fn matches(&self, line: &ErrorLine<'_>) -> bool {
        self.begins.holds(line.message)
            && (self.contains.is_empty() || self.contains.iter().any(|text| line.message.contains(text)))
            && (self.phases.is_empty() || self.phases.contains(&line.phase))
            && (self.errno.is_empty() || line.errno.is_some_and(|errno| self.errno.contains(&errno)))
    }
}

/// Names a line, if a row recognises it.
pub(super) fn recognise(line: &ErrorLine<'_>) -> Option<Matched> {
    let signature = SIGNATURES.iter().find(|signature| signature.matches(line))?;
    let kept = |text: Option<&str>| text.map(redact);
    Some(Matched {
        signature: signature.id,
        at: line.at,
        level: line.level.to_owned(),
        pid: line.pid,
        connection: line.connection,
        errno: line.errno,
        phase: line.phase,
        detail: signature.catches.from(line.message),
        upstream: kept(line.upstream),
        server: kept(line.server),
        client: kept(line.client),
        request: kept(line.request),
        host: kept(line.host),
        line: redact(line.line),
    })
}

impl SignatureId {
    /// What the line means, as a sentence for people.
    pub fn meaning(self) -> &'static str {
        SIGNATURES.iter().find(|signature| signature.id == self).map_or("", |signature| signature.meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Zone;
    use crate::logs::nginx::parse_error_line;

    #[test]
    fn every_sample_matches_its_own_row_and_no_other() {
        for signature in SIGNATURES {
            let line = parse_error_line(signature.sample, &Zone::UTC).expect(signature.sample);
            let rows = SIGNATURES.iter().filter(|row| row.matches(&line)).map(|row| row.id);
            assert_eq!(rows.collect::<Vec<_>>(), [signature.id], "{}", signature.sample);
            let matched = recognise(&line).unwrap();
            let catches = !matches!(signature.catches, Catch::Nothing);
            assert_eq!(matched.detail.is_some_and(|detail| !detail.is_empty()), catches, "{}", signature.sample);
        }
    }

    #[test]
    fn every_row_has_its_own_id() {
        let mut ids: Vec<SignatureId> = SIGNATURES.iter().map(|signature| signature.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), SIGNATURES.len());
    }

    #[test]
    fn catches_what_the_message_names() {
        let detail = |id| {
            let sample = SIGNATURES.iter().find(|row| row.id == id).unwrap().sample;
            recognise(&parse_error_line(sample, &Zone::UTC).unwrap()).unwrap().detail.unwrap_or_default()
        };
        assert_eq!(detail(SignatureId::ResolveNotFound), "app.internal");
        assert_eq!(detail(SignatureId::UnixMissing), "unix:/run/app.sock");
        assert_eq!(detail(SignatureId::TlsCertificateExpired), "10:certificate has expired");
        assert_eq!(detail(SignatureId::TlsCertificateName), "app.test");
        assert_eq!(detail(SignatureId::ResolverUnreachable), "10.0.0.53:53");
        assert_eq!(detail(SignatureId::NoResolver), "app.internal");
    }
}
