//! nghttpx' error log: `2026-11-22T15:00:00.000Z 7 7 32caa6b8 WARN (shrpx_….cc:1532) [DCONN:0x…] message`.

use super::time::iso_time;
use super::{Line, Phase, Zone};

/// Splits one line; `None` if it is not one of nghttpx'.
pub(super) fn parse<'a>(line: &'a str, _zone: &Zone) -> Option<Line<'a>> {
    let mut words = line.splitn(7, ' ');
    let at = iso_time(words.next()?)?;
    let pid = words.next()?.parse().ok()?;
    let (_parent, _id, level, source) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let message = words.next()?;
    if !(source.starts_with("(shrpx") && source.ends_with(')')) {
        return None;
    }
    let message = match message.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((_, message)) => message,
        None => message,
    };
    let mut parsed = Line::new(at, message, line);
    parsed.pid = Some(pid);
    parsed.level = level.to_ascii_lowercase().into();
    // `Backend connect failed; addr=10.0.0.5:8080: errno=111`
    if let Some((_, rest)) = message.split_once("addr=") {
        let address = rest.split(": errno=").next().unwrap_or(rest);
        parsed.upstream = match address.strip_prefix("unix:") {
            Some(path) => Some(format!("http://unix:{path}:/").into()),
            None => address.parse::<std::net::SocketAddr>().ok().map(|address| format!("http://{address}/").into()),
        };
        parsed.errno = rest.split_once("errno=").and_then(|(_, number)| number.trim().parse().ok());
        parsed.phase = Phase::Connect;
    }
    Some(parsed)
}
