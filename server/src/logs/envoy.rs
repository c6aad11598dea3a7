//! Envoy's access log: every request with its response flags, which say who failed and how.
//!
//! ```text
//! [2026-11-22T15:00:00.000Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{…} … "10.0.0.5:8080"
//! ```
//!
//! Time, method, path, protocol, status and flags come first in the default format and in most of those derived from
//! it. Neither a method nor a path can hold a space, so what follows them is Envoy's own.

use super::time::{envoy_time, iso_time};
use super::{AccessLine, Line, Phase, Zone, redact};
use serde_json::Value;
use std::borrow::Cow;

/// Splits one line; `None` if it is not one of Envoy's.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    if let Some(request) = Request::of(line) {
        return Some(request.into_line(line));
    }
    // `[2026-11-22 15:00:00.000][7][error][main] [source/…:463] message`
    let rest = line.strip_prefix('[')?;
    let (time, rest) = rest.split_once("][")?;
    let at = envoy_time(time, zone)?;
    let (pid, rest) = rest.split_once("][")?;
    let (level, rest) = rest.split_once("][")?;
    let (_, message) = rest.split_once("] ")?;
    let message = message.split_once("] ").filter(|_| message.starts_with('[')).map_or(message, |(_, said)| said);
    let mut parsed = Line::new(at, message, line);
    parsed.pid = pid.parse().ok();
    parsed.level = Cow::Borrowed(level);
    Some(parsed)
}

/// A request's own line.
pub(super) fn access(line: &str, _zone: &Zone) -> Option<AccessLine> {
    let request = Request::of(line)?;
    let passed = request.details.as_deref() == Some("via_upstream");
    Some(AccessLine {
        at: Some(request.at),
        method: Some(request.method.into_owned()),
        path: Some(redact(request.path.split('?').next().unwrap_or_default())),
        host: request.host.map(Cow::into_owned),
        status: Some(request.status),
        // Only then did the upstream give the status.
        upstream_status: passed.then_some(request.status),
        upstream_statuses: if passed { vec![Some(request.status)] } else { Vec::new() },
        upstreams: request.upstream.map(Cow::into_owned).into_iter().collect(),
        agent: request.agent.map(Cow::into_owned),
        ..AccessLine::default()
    })
}

/// What is known of a request.
struct Request<'a> {
    at: app::model::At,
    method: Cow<'a, str>,
    path: Cow<'a, str>,
    status: u16,
    flags: Cow<'a, str>,
    details: Option<Cow<'a, str>>,
    reason: Option<Cow<'a, str>>,
    host: Option<Cow<'a, str>>,
    upstream: Option<Cow<'a, str>>,
    agent: Option<Cow<'a, str>>,
}

impl<'a> Request<'a> {
    fn of(line: &'a str) -> Option<Self> {
        if line.starts_with('{') { Self::json(line) } else { Self::text(line) }
    }

    fn text(line: &'a str) -> Option<Self> {
        let (time, rest) = line.strip_prefix('[')?.split_once("] \"")?;
        let at = iso_time(time)?;
        let mut words = rest.splitn(3, ' ');
        let (method, path) = (words.next()?, words.next()?);
        let (protocol, rest) = words.next()?.split_once("\" ")?;
        if !(protocol.starts_with("HTTP/") || protocol == "-") {
            return None;
        }
        let mut words = rest.split(' ');
        let status = words.next()?.parse().ok()?;
        let flags = words.next()?;
        let is_flags = flags == "-" || flags.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b',');
        if !is_flags {
            return None;
        }
        let details = words.next().filter(|word| is_details(word));
        let quoted = quoted(rest);
        let reason = quoted.iter().find(|text| text.contains("TLS_error") || text.contains("connect_error"));
        let last = quoted.last().copied().unwrap_or("-");
        let upstream = Some(last).filter(|text| is_upstream(text));
        // The upstream's host follows the Host header.
        let host = quoted.len().checked_sub(2).and_then(|at| quoted.get(at)).copied();
        let agent = quoted.iter().find(|text| text.starts_with("gatewatch-probe/")).copied();
        Some(Self {
            at,
            method: method.into(),
            path: path.into(),
            status,
            flags: flags.into(),
            details: details.map(Into::into),
            reason: reason.map(|text| (*text).into()),
            host: host.filter(|host| *host != "-").map(Into::into),
            upstream: upstream.map(Into::into),
            agent: agent.map(Into::into),
        })
    }

    /// The names of a JSON format are free; these are the ones of Envoy's own documentation and of Istio.
    fn json(line: &str) -> Option<Self> {
        let entry: Value = serde_json::from_str(line).ok()?;
        let text = |names: &[&str]| {
            names.iter().find_map(|name| match entry.get(*name)? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        let at = iso_time(&text(&["start_time", "timestamp", "time"])?)?;
        Some(Self {
            at,
            method: text(&["method"])?.into(),
            path: text(&["path", "x-envoy-original-path"])?.into(),
            status: text(&["response_code", "status"])?.parse().ok()?,
            flags: text(&["response_flags"])?.into(),
            details: text(&["response_code_details"]).map(Into::into),
            reason: text(&["upstream_transport_failure_reason"]).filter(|text| text != "-").map(Into::into),
            host: text(&["authority", ":authority"]).map(Into::into),
            upstream: text(&["upstream_host"]).filter(|text| is_upstream(text)).map(Into::into),
            agent: text(&["user_agent", "user-agent"]).map(Into::into),
        })
    }

    /// Flags, details and reason as one message.
    fn into_line(self, line: &'a str) -> Line<'a> {
        // Without a flag nothing is wrong.
        let mut message = if self.flags == "-" { String::new() } else { self.flags.to_string() };
        for more in [&self.details, &self.reason].into_iter().flatten().filter(|_| self.flags != "-") {
            if !message.contains(more.as_ref()) {
                message.push(' ');
                message.push_str(more);
            }
        }
        let mut parsed = Line::new(self.at, message, line);
        parsed.phase = phase(&parsed.message);
        parsed.errno = errno(&parsed.message);
        parsed.request = Some(format!("{} {}", self.method, self.path).into());
        parsed.host = self.host;
        parsed.agent = self.agent;
        parsed.upstream = self.upstream.map(|upstream| match upstream.strip_prefix('/') {
            Some(_) => format!("http://unix:{upstream}:/").into(),
            None => format!("http://{upstream}/").into(),
        });
        parsed
    }
}

/// Details are one word of Envoy's own: `response_timeout`, `upstream_reset_…{…}`.
fn is_details(word: &str) -> bool {
    let name = word.split('{').next().unwrap_or_default();
    !name.is_empty() && name.contains('_') && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn is_upstream(text: &str) -> bool {
    text.parse::<std::net::SocketAddr>().is_ok() || text.starts_with('/')
}

/// Everything that stands in quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

fn phase(message: &str) -> Phase {
    let flag = |name: &str| message.split(' ').next().is_some_and(|flags| flags.split(',').any(|flag| flag == name));
    if message.contains("TLS_error") {
        Phase::Tls
    } else if flag("DF") || message.contains("dns_resolution_failure") {
        Phase::Resolve
    } else if flag("UF") {
        Phase::Connect
    } else if message.contains("after_response_started") {
        Phase::Body
    } else if flag("UC") || flag("UR") || flag("UT") || flag("UPE") {
        Phase::Header
    } else {
        Phase::Other
    }
}

/// The system's words in `delayed_connect_error:_Connection_refused`; older versions write the number.
fn errno(message: &str) -> Option<i32> {
    let plain = message.replace('_', " ");
    let (_, rest) = plain.split_once("connect error: ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let by_words = || ERRNOS.iter().find(|(words, _)| rest.starts_with(words)).map(|(_, number)| *number);
    rest[..digits].parse().ok().or_else(by_words)
}

const ERRNOS: &[(&str, i32)] = &[
    ("Connection refused", 111),
    ("No route to host", 113),
    ("Network is unreachable", 101),
    ("Permission denied", 13),
    ("Operation not permitted", 1),
    ("Invalid argument", 22),
    ("Cannot assign requested address", 99),
    ("Connection reset by peer", 104),
    ("Connection timed out", 110),
    ("No such file or directory", 2),
    ("Resource temporarily unavailable", 11),
    ("Too many open files", 24),
];
