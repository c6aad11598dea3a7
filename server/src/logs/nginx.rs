//! nginx's error log.
//!
//! A line is `time [level] pid#tid: *connection message, client: …, server: …, request: "…",
//! upstream: "…", host: "…", referrer: "…"`. The message is nginx's own and ends at the first
//! `, client: `. Request, host and referrer come from the client as they are, so each field is cut at
//! what its own text cannot contain: neither a request target nor a host name can hold a space.

use super::time::error_time;
use super::{Line, Phase, Zone};
use app::model::At;
use std::borrow::Cow;

/// One line of nginx's error log, split at its fixed places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLine<'a> {
    /// When it was written.
    pub at: At,
    /// `error`, `crit`, `warn` …
    pub level: &'a str,
    /// The process.
    pub pid: Option<u32>,
    /// The number of the connection.
    pub connection: Option<u64>,
    /// What nginx itself says, without the fields that follow.
    pub message: &'a str,
    /// How the connection to the upstream stood, from the message's own end.
    pub phase: Phase,
    /// The system's error number.
    pub errno: Option<i32>,
    /// The client's address.
    pub client: Option<&'a str>,
    /// The server block's first name.
    pub server: Option<&'a str>,
    /// The request line.
    pub request: Option<&'a str>,
    /// The upstream with scheme and path.
    pub upstream: Option<&'a str>,
    /// The Host header.
    pub host: Option<&'a str>,
    /// The whole line.
    pub line: &'a str,
}

/// Levels as nginx writes them, worst first.
const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"];

/// Splits one line into the parts that all products have.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    let parsed = parse_error_line(line, zone)?;
    Some(Line {
        level: Cow::Borrowed(parsed.level),
        pid: parsed.pid,
        connection: parsed.connection,
        phase: parsed.phase,
        errno: parsed.errno,
        client: parsed.client.map(Cow::Borrowed),
        server: parsed.server.map(Cow::Borrowed),
        request: parsed.request.map(Cow::Borrowed),
        upstream: parsed.upstream.map(Cow::Borrowed),
        host: parsed.host.map(Cow::Borrowed),
        ..Line::new(parsed.at, parsed.message, parsed.line)
    })
}

/// Splits one line; `None` if it is not one of nginx's error log.
pub fn parse_error_line<'a>(line: &'a str, zone: &Zone) -> Option<ErrorLine<'a>> {
    let line = line.trim_end_matches(['\r', '\n']);
    let at = error_time(line.get(..19)?, zone)?;
    let (level, rest) = line.get(19..)?.strip_prefix(" [")?.split_once("] ")?;
    if !LEVELS.contains(&level) {
        return None;
    }
    let (process, rest) = rest.split_once(": ")?;
    let (pid, thread) = process.split_once('#')?;
    thread.parse::<u64>().ok()?;
    let (connection, rest) = match rest.strip_prefix('*').and_then(|rest| rest.split_once(' ')) {
        Some((number, message)) if number.parse::<u64>().is_ok() => (number.parse().ok(), message),
        _ => (None, rest),
    };
    let (message, fields) =
        rest.split_once(", client: ").map_or((rest, None), |(message, fields)| (message, Some(fields)));
    let mut parsed = ErrorLine {
        at,
        level,
        pid: pid.parse().ok(),
        connection,
        message,
        phase: phase_of(message),
        errno: errno_of(message),
        client: None,
        server: None,
        request: None,
        upstream: None,
        host: None,
        line,
    };
    if let Some(fields) = fields {
        parsed.take_fields(fields);
    }
    Some(parsed)
}

impl<'a> ErrorLine<'a> {
    /// The fields after the message, strictly in nginx's order.
    fn take_fields(&mut self, fields: &'a str) {
        let (client, rest) = fields.split_once(", server: ").unwrap_or((fields, ""));
        self.client = Some(client).filter(|client| !client.contains(' '));
        let (server, rest) = rest.split_once(", request: \"").unwrap_or((rest, ""));
        self.server = Some(server).filter(|server| !server.is_empty() && !server.contains(", "));
        let Some((request, mut rest)) = request_line(rest) else { return };
        self.request = Some(request);
        for name in [", subrequest: \"", ", upstream: \"", ", host: \""] {
            let Some(value) = rest.strip_prefix(name) else { continue };
            let (value, after) = value.split_once("\", ").map_or_else(
                || (value.strip_suffix('"').unwrap_or(value), ""),
                |(value, after)| (value, &rest[rest.len() - after.len() - 2..]),
            );
            match name {
                ", upstream: \"" => self.upstream = Some(value),
                ", host: \"" => self.host = Some(value),
                _ => {}
            }
            rest = after;
        }
    }
}

/// The request line and what follows its closing quote. Its target cannot hold a space, so the line ends
/// with the third word (`HTTP/1.1"`), or with the second where the client spoke HTTP/0.9.
fn request_line(text: &str) -> Option<(&str, &str)> {
    let method = text.find(' ')?;
    let target = method + 1 + text[method + 1..].find(' ').unwrap_or(text.len() - method - 1);
    if text[..target].ends_with("\",") {
        return Some((&text[..target - 2], &text[target - 1..]));
    }
    let version = text.get(target + 1..).unwrap_or("");
    let end = version.find('"')?;
    let is_version = version.starts_with("HTTP/") && end <= 8;
    is_version.then(|| (&text[..target + 1 + end], &version[end + 1..]))
}

/// What nginx was doing, from the end of its message.
fn phase_of(message: &str) -> Phase {
    let phases = [
        ("while resolving", Phase::Resolve),
        ("while connecting to upstream", Phase::Connect),
        ("while SSL handshaking to upstream", Phase::Tls),
        ("while sending request to upstream", Phase::Send),
        ("while reading response header from upstream", Phase::Header),
        ("while reading upstream", Phase::Body),
        ("while sending to client", Phase::Body),
    ];
    let message = message.split(", resolver: ").next().unwrap_or(message);
    phases.into_iter().find(|(end, _)| message.ends_with(end)).map_or(Phase::Other, |(_, phase)| phase)
}

/// The number in `failed (111: Connection refused)` and `timed out (110: …)`.
fn errno_of(message: &str) -> Option<i32> {
    let after = ["failed (", "timed out (", "in SSL handshake ("]
        .into_iter()
        .find_map(|before| message.split_once(before).map(|(_, after)| after))?;
    after.split_once(':')?.0.parse().ok()
}
