//! One probe's result, and why it failed.

use super::code;
use super::time::{At, Millis};
use serde::{Deserialize, Serialize};

code! {
    /// What a probe's result counts as.
    pub enum Class {
        /// As expected.
        Up = "up",
        /// As expected, but too slow or with a warning; counts as up in the uptime.
        Degraded = "degraded",
        /// Failed.
        Down = "down",
        /// We could not measure; never shown as green nor as red.
        Unknown = "unknown",
        /// Refused by our own network policy: a configuration problem, never downtime.
        Blocked = "blocked",
    }
}

code! {
    /// The kind of a fault: what happened, without saying where.
    pub enum FaultKind {
        /// The name does not exist or has no address.
        NameNotFound = "name-not-found",
        /// No name server answered in time, or it failed.
        NameServerSilent = "name-server-silent",
        /// Connection refused.
        Refused = "refused",
        /// No route, network or host unreachable, or prohibited.
        NoRoute = "no-route",
        /// No answer to the connection attempt in time.
        ConnectTimeout = "connect-timeout",
        /// The TLS handshake failed for another reason than the certificate.
        TlsHandshake = "tls-handshake",
        /// The certificate was refused (expired, wrong name, unknown issuer).
        Certificate = "certificate",
        /// The peer reset the connection.
        Reset = "reset",
        /// The peer closed the connection before a whole answer.
        ClosedEarly = "closed-early",
        /// Connected, but no (whole) answer in time.
        ReadTimeout = "read-timeout",
        /// The answer was not HTTP, or broke its rules.
        BadHttp = "bad-http",
        /// A status code outside the expected set.
        Status = "status",
        /// The body was larger than we read, or did not match.
        Body = "body",
        /// Refused by our own network policy.
        Blocked = "blocked",
        /// Our own side failed: no descriptors, no source port, a bug.
        Internal = "internal",
    }
}

code! {
    /// On which side a fault arose.
    pub enum Origin {
        /// Name resolution.
        Dns = "dns",
        /// Between us and the peer.
        Network = "network",
        /// The hop that we asked.
        Edge = "edge",
        /// Behind that hop.
        Upstream = "upstream",
        /// Gatewatch itself or its host.
        Here = "here",
    }
}

/// Why a probe failed: a kind and an origin, and a detail that is only ever shown, never matched on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What happened.
    pub kind: FaultKind,
    /// Where.
    pub origin: Origin,
    /// HTTP status where one came.
    pub status: Option<u16>,
    /// A sentence for admins, for example the errno's text; at most 200 bytes.
    pub detail: String,
}

/// How long each phase of one exchange took; `None` where the phase was not reached or not needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Phases {
    /// Name resolution.
    pub dns: Option<Millis>,
    /// TCP or unix connect.
    pub connect: Option<Millis>,
    /// TLS handshake.
    pub tls: Option<Millis>,
    /// From the request's last byte to the answer's first.
    pub first_byte: Option<Millis>,
    /// From the answer's first byte to its last.
    pub body: Option<Millis>,
}

/// The result of one probe of one monitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When the probe started.
    pub at: At,
    /// What it counts as.
    pub class: Class,
    /// From start to end.
    pub latency: Millis,
    /// HTTP status where one came.
    pub status: Option<u16>,
    /// Time in each phase.
    pub phases: Phases,
    /// Why, where the class is not up.
    pub fault: Option<Fault>,
}
