//! Caddy's log: one JSON object a line, or its console format with tabs.
//!
//! What goes wrong with a request is written by the logger `http.log.error…`, with the request in an object of its
//! own, so nothing that a client sends can pass for Caddy's words.

use super::time::{access_time, console_time, iso_time};
use super::{AccessLine, Line, Zone, go, redact};
use app::model::At;
use serde_json::Value;

/// Splits one line; `None` if it is not one of Caddy's.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    let entry = Entry::of(line, zone)?;
    let error = entry.rest.get("error").and_then(Value::as_str);
    let message = match error {
        Some(error) => format!("{}: {error}", entry.message),
        None => entry.message.clone(),
    };
    let mut parsed = Line::new(entry.at, message.clone(), line);
    parsed.level = entry.level.into();
    let said = message.strip_prefix("upstream roundtrip: ").unwrap_or(&message);
    go::fill(&mut parsed, said);
    if let Some(request) = entry.rest.get("request") {
        let text = |key: &str| request.get(key).and_then(Value::as_str);
        // Before 2.5 address and port stood together.
        let client = text("remote_ip").or_else(|| text("remote_addr")?.rsplit_once(':').map(|(ip, _)| ip));
        let client = match (client, text("remote_port")) {
            (Some(ip), Some(port)) if ip.contains(':') => Some(format!("[{ip}]:{port}")),
            (Some(ip), Some(port)) => Some(format!("{ip}:{port}")),
            (ip, _) => ip.map(str::to_owned),
        };
        parsed.client = client.map(Into::into);
        parsed.request = text("method").zip(text("uri")).map(|(method, uri)| format!("{method} {uri}").into());
        parsed.host = text("host").map(|host| host.to_owned().into());
        parsed.agent = agent(request).map(Into::into);
    }
    if let Some(upstream) = entry.rest.get("upstream").and_then(Value::as_str) {
        parsed.upstream.get_or_insert_with(|| format!("http://{upstream}/").into());
    }
    if !entry.logger.starts_with("http.") {
        // Another part of Caddy speaks (certificates, the admin interface), or another program that logs in this form.
        parsed.message = "".into();
        parsed.upstream = None;
    }
    Some(parsed)
}

/// A request's own line (`http.log.access…`).
pub(super) fn access(line: &str, zone: &Zone) -> Option<AccessLine> {
    let entry = Entry::of(line, zone)?;
    if !entry.logger.starts_with("http.log.access") {
        return None;
    }
    let request = entry.rest.get("request")?;
    let text = |key: &str| request.get(key).and_then(Value::as_str).map(redact);
    let seconds = entry.rest.get("duration").and_then(Value::as_f64);
    Some(AccessLine {
        at: Some(entry.at),
        method: text("method"),
        path: text("uri").map(|uri| uri.split('?').next().unwrap_or_default().to_owned()),
        host: text("host"),
        status: entry.rest.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok()),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of one request")]
        request_ms: seconds.map(|seconds| (seconds.clamp(0.0, 1e9) * 1000.0) as u64),
        client: text("remote_ip"),
        agent: agent(request),
        ..AccessLine::default()
    })
}

fn agent(request: &Value) -> Option<String> {
    request.get("headers")?.get("User-Agent")?.get(0)?.as_str().map(str::to_owned)
}

/// What every line has.
struct Entry {
    at: At,
    level: String,
    logger: String,
    message: String,
    rest: Value,
}

impl Entry {
    fn of(line: &str, zone: &Zone) -> Option<Self> {
        if line.starts_with('{') {
            return Self::json(line);
        }
        // `2026/11/22 15:00:00.000	ERROR	http.log.error	EOF	{"request": …}`
        let mut parts = line.splitn(5, '\t');
        let at = console_time(parts.next()?, zone)?;
        let level = parts.next()?.to_ascii_lowercase();
        let (third, fourth, fifth) = (parts.next()?, parts.next(), parts.next());
        let (logger, message, rest) = match (fourth, fifth) {
            (Some(message), Some(rest)) => (third, message, rest),
            (Some(rest), None) if rest.starts_with('{') => ("", third, rest),
            (Some(message), None) => (third, message, "{}"),
            _ => ("", third, "{}"),
        };
        let rest = serde_json::from_str(rest).unwrap_or(Value::Null);
        Some(Self { at, level, logger: logger.to_owned(), message: message.to_owned(), rest })
    }

    fn json(line: &str) -> Option<Self> {
        let rest: Value = serde_json::from_str(line).ok()?;
        let text = |key: &str| rest.get(key).and_then(Value::as_str);
        let at = match rest.get("ts")? {
            Value::Number(seconds) => {
                #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970, far below the limits")]
                let ms = (seconds.as_f64()? * 1000.0) as i64;
                At(ms)
            }
            Value::String(time) => iso_time(time).or_else(|| access_time(time))?,
            _ => return None,
        };
        let level = text("level")?.to_ascii_lowercase();
        let message = text("msg")?.to_owned();
        let logger = text("logger").unwrap_or_default().to_owned();
        Some(Self { at, level, logger, message, rest })
    }
}
