//! lighttpd's error log: `2026-11-22 15:00:00: (gw_backend.c.315) message`.

use super::time::{access_time, error_time};
use super::{AccessLine, Line, Phase, Zone, redact};

/// Splits one line; `None` if it is not one of lighttpd's.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    let time = line.get(..19)?.replace('-', "/");
    let at = error_time(&time, zone)?;
    let (source, message) = line.get(19..)?.strip_prefix(": (")?.split_once(") ")?;
    source.contains(".c.").then_some(())?;
    let mut parsed = Line::new(at, message, line);
    parsed.phase = match () {
        () if message.starts_with("establishing connection failed") || message.starts_with("connect") => Phase::Connect,
        () if message.starts_with("unexpected end-of-file") || message.contains("response not received") => {
            Phase::Header
        }
        () => Phase::Other,
    };
    parsed.errno = ERRNOS.iter().find(|(words, _)| message.contains(words)).map(|(_, number)| *number);
    // `socket: tcp:10.0.0.5:8080`, `unix:/run/app.sock`
    let socket = message.split_once("tcp:").map(|(_, rest)| rest.split([' ', ',', ';', ')']).next().unwrap_or(rest));
    let socket = socket.map(|address| address.trim_end_matches(':').to_owned());
    parsed.upstream = socket
        .filter(|address| address.parse::<std::net::SocketAddr>().is_ok())
        .map(|address| format!("http://{address}/").into());
    if parsed.upstream.is_none() {
        let path = message.split_once("unix:").and_then(|(_, rest)| rest.split([' ', ',', ';', ')']).next());
        parsed.upstream = path.map(|path| format!("http://unix:{}:/", path.trim_end_matches(':')).into());
    }
    Some(parsed)
}

/// A request's own line: `10.0.0.9 host user [22/Nov/2026:15:00:00 +0000] "GET / HTTP/1.1" 502 11 "-" "agent"`
pub(super) fn access(line: &str, _zone: &Zone) -> Option<AccessLine> {
    let (head, rest) = line.split_once(" [")?;
    let mut words = head.split(' ');
    let (client, host, _user) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() || host == "-" {
        return None;
    }
    let (time, rest) = rest.split_once("] \"")?;
    let mut words = rest.splitn(3, ' ');
    let (method, path) = (words.next()?, words.next()?);
    let (_, rest) = words.next()?.split_once("\" ")?;
    let status = rest.split(' ').next()?.parse().ok()?;
    let agent = rest.strip_suffix('"').and_then(|rest| rest.rsplit_once('"')).map(|(_, agent)| agent.to_owned());
    Some(AccessLine {
        at: Some(access_time(time)?),
        method: Some(method.to_owned()),
        path: Some(redact(path.split('?').next().unwrap_or_default())),
        host: Some(host.to_owned()),
        status: Some(status),
        client: Some(client.to_owned()),
        agent,
        ..AccessLine::default()
    })
}

const ERRNOS: &[(&str, i32)] = &[
    ("Connection refused", 111),
    ("No route to host", 113),
    ("Network is unreachable", 101),
    ("Connection timed out", 110),
    ("Connection reset by peer", 104),
    ("Permission denied", 13),
    ("No such file or directory", 2),
    ("Resource temporarily unavailable", 11),
];
