//! Log lines and the signatures that give them a meaning.
//!
//! Parsers are pure: text in, what was understood out. What a client can write (request, header values) never decides anything: fields are taken from fixed places only.

mod access;
mod audit;
mod caddy;
mod envoy;
mod go;
mod gunicorn;
mod h2o;
mod haproxy;
mod httpd;
mod kernel;
mod lighttpd;
mod nghttpx;
pub mod nginx;
mod php_fpm;
mod product;
mod redact;
mod signatures;
mod squid;
mod systemd;
mod table;
mod time;
mod traefik;
mod uwsgi;
mod varnish;

pub use access::{AccessFormat, AccessLine, scan_access};
pub use haproxy::{RequestLine, request_of};
pub use product::Product;
pub use redact::redact;
pub use signatures::Signature;
pub use time::{Zone, in_year_before};

use app::model::At;
use app::model::fact::logs::Meaning;
use std::borrow::Cow;

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

/// The time of a line that carries none: whoever reads the log dates it by its place there.
pub const UNTIMED: At = At(i64::MIN);

/// A log line that a signature recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Who wrote it.
    pub product: Product,
    /// What it means.
    pub means: Meaning,
    /// The same, as a sentence for people.
    pub says: &'static str,
    /// When the line was written.
    pub at: At,
    /// `error`, `crit`, `warn` …
    pub level: String,
    /// The gateway's process.
    pub pid: Option<u32>,
    /// The process that the line is about, where it names another than its writer.
    pub subject: Option<u32>,
    /// The gateway's number of the client's connection.
    pub connection: Option<u64>,
    /// The system's error number.
    pub errno: Option<i32>,
    /// How the connection to the upstream stood.
    pub phase: Phase,
    /// What the signature caught (a name that was not resolved, a reason), where it catches something.
    pub detail: Option<String>,
    /// What the product itself says, without time, process and what a client wrote; secrets left out.
    pub message: String,
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
    /// The request's user agent, where the product logs it at a fixed place: it carries a run's mark.
    pub agent: Option<String>,
    /// The whole line, secrets left out.
    pub line: String,
}

/// One line of a log, split at its fixed places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// When it was written.
    pub at: At,
    /// `error`, `crit`, `warn` …
    pub level: Cow<'a, str>,
    /// The process.
    pub pid: Option<u32>,
    /// The number of the client's connection.
    pub connection: Option<u64>,
    /// What the product itself says, without the fields that follow.
    pub message: Cow<'a, str>,
    /// How the connection to the upstream stood.
    pub phase: Phase,
    /// The system's error number.
    pub errno: Option<i32>,
    /// The client's address.
    pub client: Option<Cow<'a, str>>,
    /// The server block's first name, or the frontend's.
    pub server: Option<Cow<'a, str>>,
    /// The request line: method and target at least.
    pub request: Option<Cow<'a, str>>,
    /// The upstream, `scheme://address/path` or `address:port`.
    pub upstream: Option<Cow<'a, str>>,
    /// The Host header.
    pub host: Option<Cow<'a, str>>,
    /// The request's user agent.
    pub agent: Option<Cow<'a, str>>,
    /// The whole line.
    pub line: &'a str,
}

impl<'a> Line<'a> {
    /// A line of which only the message is known.
    pub fn new(at: At, message: impl Into<Cow<'a, str>>, line: &'a str) -> Self {
        Self {
            at,
            level: Cow::Borrowed(""),
            pid: None,
            connection: None,
            message: message.into(),
            phase: Phase::Other,
            errno: None,
            client: None,
            server: None,
            request: None,
            upstream: None,
            host: None,
            agent: None,
            line,
        }
    }
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

/// Recognises the lines of a product's log within a window, in their order. Lines without a time do not count.
pub fn scan<'a>(
    product: Product,
    lines: impl IntoIterator<Item = &'a str>,
    window: Window,
    zone: &Zone,
) -> Vec<Matched> {
    scan_dated(product, lines.into_iter().map(|line| (line, UNTIMED)), window, zone)
}

/// As [`scan`], for lines whose time is known from elsewhere where they carry none themselves.
pub fn scan_dated<'a>(
    product: Product,
    lines: impl IntoIterator<Item = (&'a str, At)>,
    window: Window,
    zone: &Zone,
) -> Vec<Matched> {
    let dated = |(text, otherwise): (&'a str, At)| {
        let mut line = product.parse(text, zone)?;
        line.at = if line.at == UNTIMED { otherwise } else { in_year_before(line.at, window.to) };
        Some(line)
    };
    let mut parsed: Vec<Line<'a>> = match product {
        // One line of it tells neither time nor request.
        Product::Varnish => varnish::lines(lines.into_iter().map(|(text, _)| text)),
        _ => lines.into_iter().filter_map(dated).collect(),
    };
    parsed.retain(|line| window.holds(line.at));
    product.relate(&mut parsed);
    parsed.iter().filter_map(|line| signatures::recognise(product, line)).collect()
}

/// Recognises the lines of a syslog or journal within a window, whoever wrote them: the kernel, systemd, or an
/// application server whose output goes there.
pub fn scan_journal<'a>(lines: impl IntoIterator<Item = &'a str>, window: Window, zone: &Zone) -> Vec<Matched> {
    lines.into_iter().filter_map(|line| journal_line(line, window, zone)).collect()
}

fn journal_line(text: &str, window: Window, zone: &Zone) -> Option<Matched> {
    let (at, rest) = time::syslog_head(text, zone)?;
    let at = in_year_before(at, window.to);
    if !window.holds(at) {
        return None;
    }
    let (_host, rest) = rest.split_once(' ')?;
    let (writer, message) = rest.split_once(": ")?;
    let writer = writer.split('[').next().unwrap_or(writer);
    let (product, inner) = match writer {
        "kernel" => (Product::Kernel, text),
        "systemd" => (Product::Systemd, text),
        name if name.starts_with("php-fpm") => (Product::PhpFpm, message),
        name if name.starts_with("uwsgi") => (Product::Uwsgi, message),
        // Its lines begin with their own time, whatever program runs it.
        _ => (Product::Gunicorn, message),
    };
    let mut line = product.parse(inner, zone)?;
    line.at = at;
    signatures::recognise(product, &line)
}

/// Whether a line begins as syslog and the journal begin theirs.
pub fn is_journal(line: &str) -> bool {
    time::syslog_head(line, &Zone::UTC).is_some()
}

#[cfg(test)]
mod tests;
