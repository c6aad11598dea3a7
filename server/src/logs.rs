//! Log lines and the signatures that give them a meaning.
//!
//! Parsers are pure (only `read` opens files, through the guard): text in, what was understood out. What a client can write (request, header
//! values) never decides anything: fields are taken from fixed places only.

mod access;
pub mod nginx;
mod read;
mod redact;
mod signatures;
mod table;
mod time;

pub use access::{AccessFormat, AccessLine, scan_access};
pub use read::{AccessLog, ErrorLog, access_log, error_log};
pub use redact::redact;
pub use signatures::{Signature, SignatureId};
pub use table::SIGNATURES;
pub use time::Zone;

use app::model::At;

/// How the connection to the upstream stood when the line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Resolving the upstream's name.
    Resolve,
    /// Connecting.
    Connect,
    /// In the TLS handshake.
    Tls,
    /// Sending the request.
    Send,
    /// Waiting for the answer's header.
    Header,
    /// Reading the answer's body.
    Body,
    /// Anything else, or not said.
    Other,
}

/// A log line that a signature recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Which signature.
    pub signature: SignatureId,
    /// When the line was written.
    pub at: At,
    /// `error`, `crit`, `warn` …
    pub level: String,
    /// The gateway's process.
    pub pid: Option<u32>,
    /// The gateway's number of the client's connection.
    pub connection: Option<u64>,
    /// The system's error number.
    pub errno: Option<i32>,
    /// How the connection to the upstream stood.
    pub phase: Phase,
    /// What the signature's pattern caught (a name that was not resolved, a reason), where it catches something.
    pub detail: Option<String>,
    /// The upstream as the gateway names it, for example `http://127.0.0.1:8080/`.
    pub upstream: Option<String>,
    /// The server block's name.
    pub server: Option<String>,
    /// The client's address.
    pub client: Option<String>,
    /// Method and path of the request; the query's values are left out.
    pub request: Option<String>,
    /// The Host header.
    pub host: Option<String>,
    /// The whole line, secrets left out.
    pub line: String,
}

/// From when to when lines count, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The earliest.
    pub from: At,
    /// The latest.
    pub to: At,
}

impl Window {
    /// Whether a moment lies within.
    pub fn holds(&self, at: At) -> bool {
        self.from <= at && at <= self.to
    }
}

/// Recognises the lines of an nginx error log within a window, in their order.
pub fn scan<'a>(lines: impl IntoIterator<Item = &'a str>, window: Window, zone: &Zone) -> Vec<Matched> {
    lines
        .into_iter()
        .filter_map(|line| nginx::parse_error_line(line, zone))
        .filter(|line| window.holds(line.at))
        .filter_map(|line| signatures::recognise(&line))
        .collect()
}

#[cfg(test)]
mod tests;
