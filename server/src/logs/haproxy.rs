//! HAProxy: its log lines.
//!
//! What comes before a line depends on who keeps it: a syslog service, the journal, or HAProxy itself on its standard
//! output. Request lines (`option httplog`, `option tcplog`) are read from the left, field by field; everything that a
//! client can write (captured headers, cookies, the request) is kept out of the message.

use super::time::{accept_time, iso_time, syslog_head};
use super::{Line, Phase, Zone};
use app::model::At;
use std::borrow::Cow;

/// Levels of HAProxy's own messages, in brackets on its standard error.
const LEVELS: [(&str, &str); 5] =
    [("[ALERT]", "alert"), ("[WARNING]", "warning"), ("[NOTICE]", "notice"), ("[DIAG]", "debug"), ("[INFO]", "info")];

/// One line about a request or a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine<'a> {
    /// When the connection was taken or the request came.
    pub at: At,
    /// The client's address.
    pub client: &'a str,
    /// The client's port.
    pub port: u16,
    /// The frontend, without the mark of TLS.
    pub frontend: &'a str,
    /// The backend.
    pub backend: &'a str,
    /// The server; `<NOSRV>` where none was chosen.
    pub server: &'a str,
    /// The timers as written.
    pub timers: &'a str,
    /// What the client got; `None` in lines about connections.
    pub status: Option<u16>,
    /// Bytes to the client.
    pub bytes: u64,
    /// How it ended: two letters, or four.
    pub ended: &'a str,
    /// Connections and retries as written.
    pub connections: &'a str,
    /// The lengths of the queues as written.
    pub queues: &'a str,
    /// Method and target at least.
    pub request: Option<&'a str>,
}

/// A client's end as sockets are written.
fn socket(address: &str, port: u16) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

impl RequestLine<'_> {
    /// The client's end of the connection.
    pub fn socket(&self) -> String {
        socket(self.client, self.port)
    }

    /// A timer by its place from the left; `None` for one that was not reached.
    pub fn timer(&self, place: usize) -> Option<u64> {
        self.timers.split('/').nth(place)?.trim_start_matches('+').parse().ok()
    }

    /// Milliseconds until the connection to the server stood; `None` where it never did.
    pub fn connected_ms(&self) -> Option<u64> {
        self.timer(if self.status.is_some() { 2 } else { 1 })
    }

    /// Whether the status is the server's own: the session ended well, and a server was asked.
    pub fn by_server(&self) -> bool {
        let well = self.ended.starts_with("--") || self.ended.starts_with("CD") || self.ended.starts_with("cD");
        well && !self.server.starts_with('<') && self.timer(3).is_some()
    }
}

/// Splits one line; `None` if it is not one of HAProxy's.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    let line = line.trim_end_matches(['\r', '\n']);
    let head = head(line, zone)?;
    if let Some(found) = request_line(head.text, zone) {
        let message = message(&found);
        return Some(Line {
            level: Cow::Borrowed("info"),
            pid: head.pid,
            phase: phase(&found),
            client: Some(Cow::Owned(found.socket())),
            server: Some(Cow::Borrowed(found.frontend)),
            request: found.request.map(Cow::Borrowed),
            upstream: (!found.server.starts_with('<'))
                .then(|| Cow::Owned(format!("{}/{}", found.backend, found.server))),
            ..Line::new(found.at, message, line)
        });
    }
    let (level, text) = own_level(&head);
    let mut parsed = Line { level: level.into(), pid: head.pid, ..Line::new(head.at?, text, line) };
    if let Some(server) = about_server(text) {
        parsed.upstream = Some(Cow::Borrowed(server));
    }
    if let Some(client) = refused_client(text) {
        parsed.client = Some(Cow::Owned(socket(client.0, client.1)));
        // What is said of it comes after the listener's name.
        parsed.message = Cow::Borrowed(client.2);
    }
    is_own(&parsed.message).then_some(parsed)
}

/// What the line of a request or a connection says.
pub fn request_of<'a>(line: &'a str, zone: &Zone) -> Option<RequestLine<'a>> {
    request_line(head(line.trim_end_matches(['\r', '\n']), zone)?.text, zone)
}

/// The message of a request line: HAProxy's own fields in their order, what clients wrote left out.
fn message(found: &RequestLine<'_>) -> String {
    let status = found.status.map_or_else(String::new, |status| format!(" {status}"));
    format!(
        "{} {}/{} {}{status} {} {} {} {}",
        found.frontend,
        found.backend,
        found.server,
        found.timers,
        found.bytes,
        found.ended,
        found.connections,
        found.queues
    )
}

/// How the connection to the server stood when a session ended, by the second letter.
fn phase(found: &RequestLine<'_>) -> Phase {
    match found.ended.as_bytes().get(1) {
        Some(b'C') => Phase::Connect,
        Some(b'H') => Phase::Header,
        Some(b'D' | b'L') => Phase::Body,
        _ => Phase::Other,
    }
}

struct Head<'a> {
    at: Option<At>,
    pid: Option<u32>,
    level: &'a str,
    text: &'a str,
}

/// What stands before HAProxy's own text.
fn head<'a>(line: &'a str, zone: &Zone) -> Option<Head<'a>> {
    // `<134>`, as it goes over the wire.
    let plain = match line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((number, rest)) if number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => line,
    };
    if let Some(found) = structured(plain) {
        return Some(found);
    }
    for (word, level) in LEVELS {
        if let Some(rest) = plain.strip_prefix(word) {
            return standard_error(rest, level);
        }
    }
    let (at, rest) = syslog_head(plain, zone).map_or((None, plain), |(at, rest)| (Some(at), rest));
    match (at, tagged(rest)) {
        (_, Some((pid, text))) => Some(Head { at, pid, level: "", text }),
        // Without a tag it can only be a line that HAProxy wrote on its standard output.
        (None, None) => Some(Head { at: None, pid: None, level: "", text: rest }),
        (Some(_), None) => None,
    }
}

/// The journal keeps what HAProxy writes on its standard error: its level stands in the text.
fn own_level<'a>(head: &Head<'a>) -> (&'a str, &'a str) {
    let named = LEVELS.iter().find_map(|(word, level)| Some((*level, head.text.strip_prefix(word)?)));
    let inner = named.and_then(|(level, rest)| Some((level, standard_error(rest, level)?.text)));
    inner.unwrap_or((head.level, head.text))
}

/// `haproxy[12]: …`, a host name before it or not.
fn tagged(rest: &str) -> Option<(Option<u32>, &str)> {
    let tag = |text: &str| -> Option<(Option<u32>, usize)> {
        let end = text.find(": ")?;
        let word = &text[..end];
        let (name, pid) = word.strip_suffix(']').and_then(|word| word.split_once('[')).unwrap_or((word, ""));
        let own = name.starts_with("haproxy") && !name.contains(' ');
        own.then(|| (pid.parse().ok(), end + 2))
    };
    if let Some((pid, from)) = tag(rest) {
        return Some((pid, &rest[from..]));
    }
    let (_, after) = rest.split_once(' ')?;
    let (pid, from) = tag(after)?;
    Some((pid, &after[from..]))
}

/// `1 2026-11-22T15:00:00Z host haproxy 12 - - …`.
fn structured(plain: &str) -> Option<Head<'_>> {
    let rest = plain.strip_prefix("1 ")?;
    let mut words = rest.splitn(7, ' ');
    let at = iso_time(words.next()?)?;
    let (_, name, pid) = (words.next()?, words.next()?, words.next()?);
    if !name.starts_with("haproxy") {
        return None;
    }
    let (_, _, text) = (words.next()?, words.next()?, words.next()?);
    Some(Head { at: Some(at), pid: pid.parse().ok(), level: "", text })
}

/// `   (12) : …`, after the level; it carries no time.
fn standard_error<'a>(rest: &'a str, level: &'a str) -> Option<Head<'a>> {
    let (before, text) = rest.split_once(") : ")?;
    let pid = before.rsplit_once('(')?.1.parse().ok();
    Some(Head { at: None, pid, level, text })
}

/// The fields of `option httplog` and `option tcplog`, which begin alike.
fn request_line<'a>(text: &'a str, zone: &Zone) -> Option<RequestLine<'a>> {
    let (address, rest) = text.split_once(" [")?;
    let (client, port) = address.rsplit_once(':')?;
    let (date, rest) = rest.split_once("] ")?;
    let at = accept_time(date, zone)?;
    let mut rest = rest;
    let mut next = || {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = after;
        (!word.is_empty()).then_some(word)
    };
    let frontend = next()?;
    let (backend, server) = next()?.split_once('/')?;
    let timers = next().filter(|timers| is_timers(timers))?;
    let http = timers.split('/').count() == 5;
    let status = if http { Some(status(next()?)?) } else { None };
    let bytes = next()?.trim_start_matches('+').parse().ok()?;
    if http {
        // Two cookies; what is in them is the client's and the server's.
        next()?;
        next()?;
    }
    let ended = next().filter(|ended| is_end(ended, http))?;
    let connections = next().filter(|connections| connections.split('/').count() == 5)?;
    let queues = next().filter(|queues| queues.split('/').count() == 2)?;
    // Captured headers have their quotes encoded: the first one begins the request.
    let request =
        rest.split_once('"').map(|(_, request)| request.rsplit_once('"').map_or(request, |(inside, _)| inside));
    Some(RequestLine {
        at,
        client: client.trim_start_matches("::ffff:"),
        port: port.parse().ok()?,
        frontend: frontend.trim_end_matches('~'),
        backend,
        server,
        timers,
        status: status.filter(|_| http),
        bytes,
        ended,
        connections,
        queues,
        request: request.filter(|_| http),
    })
}

/// A status; `-1` (none was sent) is 0.
fn status(word: &str) -> Option<u16> {
    if word == "-1" { Some(0) } else { word.parse().ok() }
}

/// `0/0/-1/-1/0`, five of a request or three of a connection.
fn is_timers(word: &str) -> bool {
    let number = |part: &str| part.trim_start_matches(['+', '-']).bytes().all(|byte| byte.is_ascii_digit());
    matches!(word.split('/').count(), 3 | 5) && word.split('/').all(|part| !part.is_empty() && number(part))
}

/// `SC--`, or `SC` in lines about connections.
fn is_end(word: &str, http: bool) -> bool {
    word.len() == if http { 4 } else { 2 } && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
}

/// The server that a message about a server's state names.
fn about_server(text: &str) -> Option<&str> {
    let begins = ["Server ", "Backup Server ", "Health check for server ", "Health check for backup server "];
    let rest = begins.iter().find_map(|begin| text.strip_prefix(begin))?;
    let name = rest.split(' ').next()?;
    name.contains('/').then_some(name)
}

/// `127.0.0.1:1234 [date] web/listener: reason`: a connection that failed before its first request.
fn refused_client(text: &str) -> Option<(&str, u16, &str)> {
    let (address, rest) = text.split_once(" [")?;
    let (client, port) = address.rsplit_once(':')?;
    let (_, rest) = rest.split_once("] ")?;
    let (name, reason) = rest.split_once(": ")?;
    if name.contains(' ') || !name.contains('/') {
        return None;
    }
    Some((client.trim_start_matches("::ffff:"), port.parse().ok()?, reason))
}

/// Whether a text is a message of HAProxy's own and not anything that somebody wrote under its name.
fn is_own(message: &str) -> bool {
    !message.is_empty() && message.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTP: &str = r#"Nov 22 15:00:01 lb haproxy[4242]: 127.0.0.1:44412 [22/Nov/2026:15:00:01.123] web~ app/app1 0/1/-1/-1/2 503 217 - - SC-- 1/1/0/0/3 0/0 {curl} "GET /a?b=c HTTP/1.1""#;

    #[test]
    fn reads_request_lines_whoever_keeps_them() {
        let text = HTTP.split_once("]: ").unwrap().1;
        for line in [
            HTTP.to_owned(),
            format!("<134>Nov 22 15:00:01 haproxy[4242]: {text}"),
            format!("2026-11-22T15:00:01.200000+00:00 lb haproxy[4242]: {text}"),
            format!("<134>1 2026-11-22T15:00:01Z lb haproxy 4242 - - {text}"),
            text.to_owned(),
        ] {
            let found = request_of(&line, &Zone::UTC).expect(&line);
            assert_eq!((found.client, found.port, found.frontend), ("127.0.0.1", 44_412, "web"), "{line}");
            assert_eq!((found.backend, found.server, found.status), ("app", "app1", Some(503)));
            assert_eq!((found.ended, found.connected_ms(), found.timer(1)), ("SC--", None, Some(1)));
            assert_eq!(found.request, Some("GET /a?b=c HTTP/1.1"));
            assert_eq!(found.at, At(1_795_359_601_123));
        }
    }

    #[test]
    fn what_a_client_writes_moves_no_field() {
        let forged = HTTP.replace("{curl}", r#"{- - SH-- 1/1/0/0/0 0/0 #22GET}"#).replace("- - SC--", "a=SC-- - SC--");
        let line = parse(&forged, &Zone::UTC).unwrap();
        assert_eq!(line.message, "web app/app1 0/1/-1/-1/2 503 217 SC-- 1/1/0/0/3 0/0");
        assert_eq!((line.phase, line.upstream.as_deref()), (Phase::Connect, Some("app/app1")));
    }

    #[test]
    fn reads_connections_and_states() {
        let tcp = "Nov 22 15:00:01 lb haproxy[1]: 10.0.0.9:1234 [22/Nov/2026:15:00:01.000] db db/<NOSRV> 0/-1/0 0 SC 1/1/0/0/3 0/0";
        let found = request_of(tcp, &Zone::UTC).unwrap();
        assert_eq!((found.status, found.ended, found.server), (None, "SC", "<NOSRV>"));
        let state = "2026-11-22T15:00:01+00:00 lb haproxy[1]: Server app/app1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check duration: 0ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.";
        let line = parse(state, &Zone::UTC).unwrap();
        assert_eq!((line.upstream.as_deref(), line.pid), (Some("app/app1"), Some(1)));
        let header = "2026-11-22T15:00:01+00:00 lb haproxy[1]: 10.0.0.9:1234 [22/Nov/2026:15:00:01.000] web/1: Received something which does not look like a PROXY protocol header";
        let line = parse(header, &Zone::UTC).unwrap();
        assert_eq!(line.client.as_deref(), Some("10.0.0.9:1234"));
        assert!(line.message.starts_with("Received something"));
    }

    #[test]
    fn other_lines_are_not_its_own() {
        for line in [
            "",
            "Nov 22 15:00:01 lb sshd[1]: Server app/app1 is DOWN",
            "Nov 22 15:00:01 lb cron: haproxy[1]: Server a/b is DOWN",
            "2026/11/22 15:00:01 [error] 7#7: *5 connect() failed",
            "[WARNING]  (12) : Server app/app1 is DOWN",
            "127.0.0.1 - - [22/Nov/2026:15:00:00 +0000] \"GET / HTTP/1.1\" 502 157 \"-\" \"-\"",
        ] {
            assert!(parse(line, &Zone::UTC).is_none(), "{line}");
        }
    }
}
