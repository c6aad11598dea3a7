//! uWSGI's log. Most of its lines have no time; some begin with one (`Sun Nov 22 15:00:00 2026 - …`, or by an option
//! only with brackets), and those of requests carry theirs in the middle.
//!
//! A line without a time is dated by whoever reads the log, by its place in it ([`UNTIMED`](super::UNTIMED)).

use super::time::ctime;
use super::{Line, UNTIMED, Zone};

/// How uWSGI's own lines without a time begin.
const OWN: &[&str] = &[
    "*** ",
    "DAMN ! ",
    "!!! uWSGI ",
    "worker ",
    "Respawned uWSGI ",
    "respawned uWSGI ",
    "spawned uWSGI ",
    "invalid request block size: ",
    "--- no python application found",
    "-- unavailable modifier requested: ",
    "[DANGER] ",
    "your processes number limit is ",
    "...gracefully killing workers",
    "SIGINT/SIGTERM received",
    "SIGINT/SIGQUIT received",
    "Gracefully killing worker ",
    "goodbye to uWSGI",
    "WSGI app ",
    "error removing ",
    "bind(): ",
    "probably another instance of uWSGI",
    "fork(): ",
    "unable to load app ",
    "uwsgi socket ",
    "[uWSGI] ",
    "mapped ",
    "announcing my loyalty",
    "ImportError: ",
    "ModuleNotFoundError: ",
];

/// Splits one line; `None` if it is not one of uWSGI's.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    let line = line.trim_end_matches(['\r', '\n']);
    if let Some((date, message)) = line.split_once(" - ")
        && let Some(at) = ctime(date.trim_matches(['[', ']']), zone)
    {
        return Some(Line::new(at, message, line));
    }
    // `[pid: 211|app: 0|req: 1/1] 127.0.0.1 () {28 vars in 312 bytes} [Sun Nov 22 15:00:00 2026] GET / => …`
    if let Some(rest) = line.strip_prefix("[pid: ") {
        let (pid, rest) = rest.split_once('|')?;
        let (_, rest) = rest.split_once("] ")?;
        let (client, rest) = rest.split_once(' ')?;
        let at = rest.split_once("bytes} [").and_then(|(_, rest)| ctime(rest.get(..24)?, zone));
        return Some(Line {
            pid: pid.parse().ok(),
            client: Some(client.into()),
            ..Line::new(at.unwrap_or(UNTIMED), "answered a request", line)
        });
    }
    OWN.iter().any(|begin| line.starts_with(begin)).then(|| Line::new(UNTIMED, line, line))
}
