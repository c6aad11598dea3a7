//! The signatures: what nginx says when an upstream fails.

use super::Matched;
use super::nginx::ErrorLine;
use serde::{Deserialize, Serialize};

/// What a line proves. One id, one meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureId {
    /// connect() failed (111) to a TCP address.
    ConnectRefused,
    /// connect() failed (113).
    ConnectHostUnreachable,
    /// connect() failed (101).
    ConnectNetworkUnreachable,
    /// connect() failed (104).
    ConnectReset,
    /// connect() to a TCP address failed (13).
    ConnectDenied,
    /// connect() failed (1): a filter on this host.
    ConnectNotPermitted,
    /// connect() failed (22): a blackhole route.
    ConnectInvalid,
    /// connect() failed (99): no local port left.
    ConnectNoLocalPort,
    /// Timed out while connecting.
    ConnectTimeout,
    /// connect() to a unix socket failed (2).
    UnixMissing,
    /// connect() to a unix socket failed (13).
    UnixDenied,
    /// connect() to a unix socket failed (111): nobody listens.
    UnixRefused,
    /// connect() to a unix socket failed (11): queue full.
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
    /// Not FastCGI.
    FastcgiProtocol,
    /// FastCGI ended early.
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
    /// A line that nginx really writes.
    pub sample: &'static str,
}

/// The table.
pub static SIGNATURES: &[Signature] = &[];

pub(super) fn recognise(_line: &ErrorLine<'_>) -> Option<Matched> {
    todo!()
}
