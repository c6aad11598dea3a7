//! Traefik's own log (`common` and JSON) and its access log.
//!
//! A proxy error is written at level DEBUG, without a word of the request: `… > 502 Bad Gateway error="EOF"`.

use super::time::{access_time, iso_time};
use super::{AccessLine, Line, Zone, go, redact};
use serde_json::Value;

/// Levels of the common format.
const LEVELS: &[&str] = &["TRC", "DBG", "INF", "WRN", "ERR", "FTL", "PNC"];

/// Splits one line; `None` if it is not one of Traefik's.
pub(super) fn parse<'a>(line: &'a str, _zone: &Zone) -> Option<Line<'a>> {
    if line.starts_with('{') { json(line) } else { common(line).or_else(|| old(line)) }
}

/// `2026-11-22T15:00:00Z DBG github.com/…/proxy.go:199 > 502 Bad Gateway error="EOF"`
fn common(line: &str) -> Option<Line<'_>> {
    let mut words = line.splitn(3, ' ');
    let at = iso_time(words.next()?)?;
    let level = words.next()?;
    if !LEVELS.contains(&level) {
        return None;
    }
    let rest = words.next()?;
    // The caller is there only at level DEBUG.
    let said = rest.split_once(" > ").map_or(rest, |(_, said)| said);
    let (message, fields) = split_fields(said);
    let error = field(fields, "error");
    Some(made(at, level, message, error.as_deref(), field(fields, "targetURL"), line))
}

/// Version 2: `time="2026-11-22T15:00:00Z" level=debug msg="'502 Bad Gateway' caused by: EOF"`
fn old(line: &str) -> Option<Line<'_>> {
    let at = iso_time(&field(line, "time")?)?;
    let level = field(line, "level")?;
    let message = field(line, "msg")?;
    let (message, error) = match message.split_once(" caused by: ") {
        Some((message, error)) => (message.trim_matches('\'').to_owned(), Some(error.to_owned())),
        None => (message, field(line, "error")),
    };
    Some(made(at, &level, &message, error.as_deref(), field(line, "targetURL"), line))
}

fn json(line: &str) -> Option<Line<'_>> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let message = text("message").or_else(|| text("msg"))?;
    let at = iso_time(text("time")?)?;
    let (message, error) = match message.split_once(" caused by: ") {
        Some((message, error)) => (message.trim_matches('\''), Some(error)),
        None => (message, text("error")),
    };
    Some(made(at, text("level")?, message, error, text("targetURL").map(str::to_owned), line))
}

/// Traefik's status is its translation; the error behind it is what counts, so it comes first.
fn made<'a>(
    at: app::model::At,
    level: &str,
    message: &str,
    error: Option<&str>,
    target: Option<String>,
    line: &'a str,
) -> Line<'a> {
    let about_request = message.starts_with(|c: char| c.is_ascii_digit());
    let text = match error {
        Some(error) if about_request => error.to_owned(),
        Some(error) => format!("{message}: {error}"),
        None => message.to_owned(),
    };
    let mut parsed = Line::new(at, text.clone(), line);
    parsed.level = level.to_owned().into();
    go::fill(&mut parsed, &text);
    if parsed.upstream.is_none() {
        parsed.upstream = target.map(Into::into);
    }
    parsed
}

/// The message, and the fields after it.
fn split_fields(said: &str) -> (&str, &str) {
    let mut from = 0;
    while let Some(at) = said[from..].find('=') {
        let before = &said[..from + at];
        let name = before.rfind(' ').map_or(0, |space| space + 1);
        if before[name..].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && name < before.len() {
            return (said[..name].trim_end(), &said[name..]);
        }
        from += at + 1;
    }
    (said, "")
}

/// A field's value: a word, or a text in quotes with escapes.
fn field(fields: &str, name: &str) -> Option<String> {
    let start = format!("{name}=");
    let at = if fields.starts_with(&start) { 0 } else { fields.find(&format!(" {start}"))? + 1 };
    let value = &fields[at + start.len()..];
    let Some(quoted) = value.strip_prefix('"') else {
        return Some(value.split(' ').next().unwrap_or_default().to_owned());
    };
    let (mut text, mut chars) = (String::new(), quoted.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some(text),
            '\\' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    None
}

/// A request's own line, in the common or the JSON format.
pub(super) fn access(line: &str, _zone: &Zone) -> Option<AccessLine> {
    if line.starts_with('{') { access_json(line) } else { access_common(line) }
}

/// `10.0.0.9 - - [22/Nov/2026:15:00:00 +0000] "GET / HTTP/1.1" 502 11 "-" "agent" 7 "web@file" "http://10.0.0.5:80" 3ms`
fn access_common(line: &str) -> Option<AccessLine> {
    let (client, rest) = line.split_once(" - ")?;
    let (_, rest) = rest.split_once(" [")?;
    let (time, rest) = rest.split_once("] \"")?;
    // From the right, where nothing comes from the client.
    let (rest, duration) = rest.rsplit_once("\" ")?;
    let (rest, server) = rest.rsplit_once(" \"")?;
    let (rest, router) = rest.rsplit_once(" \"")?;
    router.ends_with('"').then_some(())?;
    let (rest, _count) = rest.rsplit_once(' ')?;
    let mut words = rest.splitn(3, ' ');
    let (method, path) = (words.next()?, words.next()?);
    let (_, after) = words.next()?.split_once("\" ")?;
    let mut numbers = after.splitn(3, ' ');
    let status = numbers.next()?.parse().ok()?;
    let _bytes = numbers.next()?;
    let agent = numbers.next()?.strip_suffix('"')?.rsplit_once('"').map(|(_, agent)| agent.to_owned());
    Some(AccessLine {
        at: access_time(time),
        method: Some(method.to_owned()),
        path: Some(redact(path.split('?').next().unwrap_or_default())),
        status: Some(status),
        upstreams: (server != "-").then(|| authority(server)).into_iter().collect(),
        request_ms: duration.strip_suffix("ms").and_then(|ms| ms.parse().ok()),
        client: Some(client.to_owned()),
        agent: agent.filter(|agent| agent != "-"),
        ..AccessLine::default()
    })
}

fn access_json(line: &str) -> Option<AccessLine> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map(redact);
    let status = |key: &str| {
        entry
            .get(key)
            .and_then(Value::as_u64)
            .and_then(|status| u16::try_from(status).ok())
            .filter(|status| *status > 0)
    };
    let down = status("DownstreamStatus")?;
    let up = status("OriginStatus");
    let nanoseconds = entry.get("Duration").and_then(Value::as_u64);
    // Where Traefik made the answer itself, the origin's duration stays 0 although a status is written.
    let asked = entry.get("OriginDuration").and_then(Value::as_u64).is_some_and(|took| took > 0);
    Some(AccessLine {
        at: text("StartUTC").and_then(|time| iso_time(&time)),
        method: text("RequestMethod"),
        path: text("RequestPath").map(|path| path.split('?').next().unwrap_or_default().to_owned()),
        host: text("RequestHost"),
        status: Some(down),
        upstream_status: up.filter(|_| asked),
        upstreams: text("ServiceAddr").into_iter().collect(),
        request_ms: nanoseconds.map(|ns| ns / 1_000_000),
        client: text("ClientHost"),
        agent: text("request_User-Agent"),
        ..AccessLine::default()
    })
}

/// `127.0.0.1:80` of `http://127.0.0.1:80`.
fn authority(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest).to_owned()
}
