//! Squid: its access log (native format) and `cache.log`.

use super::time::{decimal_ms, error_time};
use super::{AccessLine, Line, Zone, redact};
use app::model::At;

/// Splits one line; `None` if it is not one of Squid's.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    if let Some(request) = Request::of(line) {
        let mut parsed = Line::new(request.at, format!("{} {}", request.result, request.way), line);
        parsed.client = Some(request.client.into());
        parsed.request = Some(format!("{} {}", request.method, request.path).into());
        return Some(parsed);
    }
    // `2026/11/22 15:00:00 kid1| message`
    let at = error_time(line.get(..19)?, zone)?;
    let rest = line.get(19..)?.strip_prefix([' ', '|']).unwrap_or("");
    let rest = rest.split_once("| ").filter(|(kid, _)| kid.starts_with("kid")).map_or(rest, |(_, rest)| rest);
    let message = rest.trim_start_matches(['|', ' ']);
    line.get(19..)?.contains('|').then(|| Line::new(at, message, line))
}

/// A request's own line.
pub(super) fn access(line: &str, _zone: &Zone) -> Option<AccessLine> {
    let request = Request::of(line)?;
    let upstream = request.way.split_once('/').map(|(_, peer)| peer).filter(|peer| *peer != "-");
    Some(AccessLine {
        at: Some(request.at),
        method: Some(request.method.to_owned()),
        path: Some(redact(request.path.split('?').next().unwrap_or_default())),
        status: request.result.rsplit_once('/').and_then(|(_, status)| status.parse().ok()),
        upstreams: upstream.map(str::to_owned).into_iter().collect(),
        request_ms: request.took.parse().ok(),
        client: Some(request.client.to_owned()),
        ..AccessLine::default()
    })
}

/// `1795385139.675      1 127.0.0.1 TCP_MISS/404 277 GET http://www.example.test/ - FIRSTUP_PARENT/10.0.0.5 text/plain`
struct Request<'a> {
    at: At,
    took: &'a str,
    client: &'a str,
    result: &'a str,
    method: &'a str,
    path: &'a str,
    way: &'a str,
}

impl<'a> Request<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [time, took, client, result, _bytes, method, url, _user, way, ..] = words.as_slice() else { return None };
        if !time.contains('.') || !result.contains('/') || !way.contains('/') {
            return None;
        }
        let at = At(i64::try_from(decimal_ms(time)?).ok()?);
        // Squid escapes spaces within a URL.
        let path = url.split_once("://").map_or(*url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
        Some(Self { at, took, client, result, method, path, way })
    }
}
