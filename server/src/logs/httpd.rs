//! Apache httpd's error log.
//!
//! A line is `[time] [module:level] [pid N:tid N] (errno)text: [client address:port] AH00957: message`, where
//! `ErrorLogFormat` may put the parts in brackets in another order and add others. What a module of another language
//! writes (PHP, CGI, WSGI) is that application's own text, so it is kept apart and never read as httpd's. Lines about
//! the connection to an upstream often name no client; they belong to the next line of the same thread that does.

use super::time::{httpd_error_time, iso_time};
use super::{Line, Phase, Zone};
use app::model::At;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Lines of one thread that lie further apart are not of the same request's end.
const BURST_MS: i64 = 50;
/// Levels as httpd writes them.
const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"];
/// Modules whose lines hold an application's own text.
const FOREIGN: [&str; 8] = ["php", "cgi", "cgid", "wsgi", "perl", "lua", "security2", "python"];

/// Splits one line; `None` if it is not one of Apache httpd's.
pub(super) fn parse<'a>(line: &'a str, zone: &Zone) -> Option<Line<'a>> {
    let line = line.trim_end_matches(['\r', '\n']);
    let mut parts = Parts::default();
    let rest = parts.take_brackets(line, zone);
    // Only a line with a time and a level of its own is one of this log.
    let (at, level) = (parts.at?, parts.level?);
    let rest = without_source(rest);
    let (errno, rest) = errno(rest);
    let rest = parts.take_brackets(rest, zone);
    // Some formats name the client before the error.
    let (errno, rest) = errno.map_or_else(|| self::errno(rest), |errno| (Some(errno), rest));
    let message = rest.trim_start();
    if message.is_empty() {
        return None;
    }
    let foreign = parts.module.is_some_and(|module| FOREIGN.iter().any(|name| module.starts_with(name)));
    let message = if foreign { Cow::Owned(format!("application: {message}")) } else { Cow::Borrowed(message) };
    let phase = phase_of(&message);
    let upstream = upstream_of(&message).or_else(|| Some(format!("http://{}/", parts.remote?)));
    Some(Line {
        level: Cow::Borrowed(level),
        pid: parts.pid,
        connection: parts.thread,
        phase,
        errno,
        client: parts.client.map(Cow::Borrowed),
        upstream: upstream.map(Cow::Owned),
        ..Line::new(at, message, line)
    })
}

/// What stands in brackets.
#[derive(Default)]
struct Parts<'a> {
    at: Option<At>,
    module: Option<&'a str>,
    level: Option<&'a str>,
    pid: Option<u32>,
    thread: Option<u64>,
    client: Option<&'a str>,
    remote: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Takes the brackets at the beginning; answers what follows them.
    fn take_brackets(&mut self, text: &'a str, zone: &Zone) -> &'a str {
        let mut rest = text;
        loop {
            let Some((inside, after)) = rest.trim_start().strip_prefix('[').and_then(|inner| split_bracket(inner))
            else {
                return rest;
            };
            if !self.take(inside, zone) {
                return rest;
            }
            rest = after;
        }
    }

    /// Takes one bracket's content; `false` for one that ends the line's own part: what follows the client's
    /// address is the message.
    fn take(&mut self, inside: &'a str, zone: &Zone) -> bool {
        if let Some(process) = inside.strip_prefix("pid ") {
            let (pid, thread) = process.split_once(":tid ").unwrap_or((process, ""));
            self.pid = pid.parse().ok();
            self.thread = thread.parse().ok();
            return self.pid.is_some();
        }
        if let Some(address) = inside.strip_prefix("client ") {
            let first = self.client.is_none() && is_address(address);
            self.client = self.client.or(Some(address).filter(|_| first));
            return first;
        }
        if let Some(address) = inside.strip_prefix("remote ") {
            let first = self.remote.is_none() && is_address(address);
            self.remote = self.remote.or(Some(address).filter(|_| first));
            return first;
        }
        let (module, level) = inside.split_once(':').unwrap_or(("", inside));
        let is_level = LEVELS.contains(&level) || level.strip_prefix("trace").is_some_and(|rest| rest.len() == 1);
        if self.level.is_none() && is_level {
            self.level = Some(level);
            self.module = Some(module).filter(|module| !module.is_empty());
            return true;
        }
        if self.at.is_none() {
            self.at = httpd_error_time(inside, zone).or_else(|| iso_time(inside));
            return self.at.is_some();
        }
        // A request's id, a server's name: of one word.
        self.client.is_none() && self.remote.is_none() && !inside.is_empty() && !inside.contains(' ')
    }
}

/// The content of a bracket, which an IPv6 address may have brackets in, and what follows it.
fn split_bracket(inner: &str) -> Option<(&str, &str)> {
    let mut depth = 0_u32;
    for (at, byte) in inner.bytes().enumerate().take(200) {
        match byte {
            b'[' => depth += 1,
            b']' if depth == 0 => return Some((&inner[..at], &inner[at + 1..])),
            b']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// An address, with or without its port.
fn is_address(text: &str) -> bool {
    text.parse::<std::net::SocketAddr>().is_ok() || text.parse::<std::net::IpAddr>().is_ok()
}

/// Without `mod_proxy.c(1500): `, which stands there at the level debug.
fn without_source(text: &str) -> &str {
    let trimmed = text.trim_start();
    let Some((source, rest)) = trimmed.split_once(": ") else { return text };
    let is_source = source.split_once(".c(").is_some_and(|(name, number)| {
        !name.contains(' ') && number.strip_suffix(')').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
    });
    if is_source { rest } else { text }
}

/// The number in `(111)Connection refused: `, negative for those of the resolver (`(EAI 2)…`), and what follows.
fn errno(text: &str) -> (Option<i32>, &str) {
    let inside = text.trim_start().strip_prefix('(').and_then(|inner| inner.split_once(')'));
    let Some((number, rest)) = inside else { return (None, text) };
    let number = match number.strip_prefix("EAI ") {
        Some(code) => code.parse::<i32>().ok().map(|code| -code),
        None => number.parse().ok(),
    };
    let Some(number) = number else { return (None, text) };
    // The system's words for it, which hold no colon.
    (Some(number), rest.split_once(": ").map_or("", |(_, rest)| rest))
}

/// What httpd was doing, by the number of its message.
fn phase_of(message: &str) -> Phase {
    match message.get(..7).unwrap_or_default() {
        "AH00957" | "AH02454" | "AH01114" | "AH01079" | "AH00959" | "AH00952" | "AH02453" | "AH00956" | "AH02452"
        | "AH10101" | "AH00938" => Phase::Connect,
        "AH02039" | "AH02276" | "AH02411" | "AH02005" | "AH02004" | "AH02003" | "AH01997" | "AH02268" | "AH00961" => {
            Phase::Tls
        }
        "AH01084" | "AH01097" => Phase::Send,
        "AH01102" | "AH01067" | "AH01075" | "AH10404" | "AH10124" | "AH01106" => Phase::Header,
        "AH01110" | "AH02475" | "AH01590" => Phase::Body,
        "AH00898" if message[7..].starts_with(": DNS lookup failure") => Phase::Resolve,
        "AH00898" if message[7..].starts_with(": Error during SSL Handshake") => Phase::Tls,
        "AH00898" if message[7..].starts_with(": Error reading from remote server") => Phase::Header,
        _ => Phase::Other,
    }
}

/// The upstream in a message, as `scheme://address/`; `None` where it names none, or only by its name.
fn upstream_of(message: &str) -> Option<String> {
    let (number, rest) = message.split_once(": ")?;
    let named = match number {
        "AH00957" | "AH00959" => {
            let (_, rest) = rest.split_once(" connect to ").or_else(|| rest.split_once("worker for ("))?;
            rest
        }
        "AH02454" => {
            let (_, rest) = rest.split_once("Unix domain socket ")?;
            let (path, _) = rest.rsplit_once(" (")?;
            return Some(format!("http://unix:{path}:"));
        }
        "AH01102" => rest.strip_prefix("error reading status line from remote server ")?,
        "AH01084" | "AH01097" => rest.strip_prefix("pass request body failed to ")?,
        _ => return None,
    };
    let words = named.split([' ', ')', ',']).map(|word| word.trim_start_matches('('));
    let address = words.take(2).find_map(|word| word.parse::<std::net::SocketAddr>().ok())?;
    Some(format!("http://{address}/"))
}

/// Gives lines without a client the one of the next line of the same thread, where that follows at once.
pub(super) fn relate(lines: &mut [Line<'_>]) {
    let mut waiting: BTreeMap<(Option<u32>, Option<u64>), Vec<usize>> = BTreeMap::new();
    for index in 0..lines.len() {
        let (key, at) = ((lines[index].pid, lines[index].connection), lines[index].at);
        // AH01106 says only that there was a bad header; a line just before it says what was wrong with it.
        if lines[index].message.starts_with("AH01106: ") && index > 0 {
            let before = &lines[index - 1];
            let explains = ["AH10404: ", "AH10124: "].iter().any(|start| before.message.starts_with(start));
            if explains && (before.pid, before.connection) == key && at.since(before.at) <= BURST_MS {
                lines[index].phase = Phase::Other;
            }
        }
        let Some(client) = lines[index].client.clone() else {
            if key.0.is_some() {
                waiting.entry(key).or_default().push(index);
            }
            continue;
        };
        // The newest first: each has to lie close to the one that follows it.
        let mut after = at;
        for earlier in waiting.remove(&key).unwrap_or_default().into_iter().rev() {
            if after.since(lines[earlier].at) > BURST_MS {
                break;
            }
            after = lines[earlier].at;
            lines[earlier].client = Some(client.clone());
        }
    }
}

/// A `LogFormat` in nginx's words for the same values, which the reader of access logs knows.
pub(super) fn access_format(text: &str) -> String {
    let text = text.replace("\\t", "\t").replace("%U%q", "%{path}U");
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        // `%>s`, `%!200,304{User-Agent}i`: which request of a chain, and for which statuses.
        let after = after.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '<' | '>' | '!' | ',' | '^'));
        let (argument, after) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((argument, after)) => (Some(argument), after),
            None => (None, after),
        };
        let Some(letter) = after.chars().next() else { break };
        match (letter, argument) {
            ('%', None) => out.push('%'),
            ('t', None) => out.push_str("[${time_local}]"),
            (letter, argument) => {
                out.push_str("${");
                out.push_str(&variable(letter, argument));
                out.push('}');
            }
        }
        rest = &after[letter.len_utf8()..];
    }
    out.push_str(rest);
    out
}

/// nginx's word for what a letter stands for; a word of its own for what has none.
fn variable(letter: char, argument: Option<&str>) -> String {
    let argument = argument.unwrap_or_default();
    let word = match (letter, argument) {
        ('h' | 'a', _) => "remote_addr",
        ('u', _) => "remote_user",
        ('r', _) => "request",
        ('s', _) => "status",
        ('b' | 'B' | 'O', _) => "body_bytes_sent",
        ('m', _) => "request_method",
        ('U', _) => "request_uri",
        ('V', _) => "host",
        ('v', _) => "server_name",
        ('H', _) => "server_protocol",
        ('t', "%d/%b/%Y:%T %z" | "%d/%b/%Y:%H:%M:%S %z") => "time_local",
        ('t', "%Y-%m-%dT%H:%M:%S%z" | "%FT%T%z") => "time_iso8601",
        ('t', "sec") => "msec",
        ('D', _) | ('T', "us") => "request_us",
        ('T', "ms") => "request_ms",
        ('T', _) => "request_time",
        ('e', "BALANCER_WORKER_NAME") => "httpd_worker",
        ('i', header) => return format!("http_{}", header.to_ascii_lowercase().replace('-', "_")),
        (letter, argument) => {
            let argument: String = argument.chars().filter(char::is_ascii_alphanumeric).collect();
            return format!("httpd_{letter}_{argument}");
        }
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Line<'_> {
        parse(line, &Zone::UTC).expect(line)
    }

    #[test]
    fn reads_the_default_format() {
        let line = read(
            "[Sun Nov 22 15:00:00.301848 2026] [proxy:error] [pid 28639:tid 28641] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:24621 (127.0.0.1:24621) failed",
        );
        assert_eq!((line.at, line.level.as_ref(), line.errno), (At(1_795_359_600_301), "error", Some(111)));
        assert_eq!((line.pid, line.connection, line.phase), (Some(28639), Some(28641), Phase::Connect));
        assert_eq!(line.upstream.as_deref(), Some("http://127.0.0.1:24621/"));
        assert!(line.message.starts_with("AH00957: http: attempt") && line.client.is_none());
        let line = read(
            "[Sun Nov 22 15:00:00.805418 2026] [proxy_http:error] [pid 28942:tid 28944] (20014)Internal error (specific information not available): [client 127.0.0.1:41390] AH01102: error reading status line from remote server 127.0.0.1:31561, referer: http://x/",
        );
        assert_eq!((line.client.as_deref(), line.errno), (Some("127.0.0.1:41390"), Some(20014)));
        assert_eq!((line.upstream.as_deref(), line.phase), (Some("http://127.0.0.1:31561/"), Phase::Header));
        let line = read(
            "[Sun Nov 22 15:00:00.977468 2026] [proxy:error] [pid 29080:tid 29082] (EAI 2)Name or service not known: [client [::1]:54622] AH00898: DNS lookup failure for: app.internal returned by /",
        );
        assert_eq!((line.client.as_deref(), line.errno, line.phase), (Some("[::1]:54622"), Some(-2), Phase::Resolve));
        let line = read(
            "[Sun Nov 22 15:00:00.678361 2026] [ssl:error] [pid 28808:tid 28810] [remote 127.0.0.1:24381] AH02039: Certificate Verification: Error (10): certificate has expired",
        );
        assert_eq!((line.upstream.as_deref(), line.phase), (Some("http://127.0.0.1:24381/"), Phase::Tls));
    }

    #[test]
    fn reads_other_formats() {
        let old = read("[Sun Nov 22 15:00:00 2026] [error] [client 10.0.0.9] File does not exist: /var/www/x");
        assert_eq!(
            (old.client.as_deref(), old.message.as_ref()),
            (Some("10.0.0.9"), "File does not exist: /var/www/x")
        );
        let with_id = read(
            "[2026-11-22T15:00:00.5Z] [error] [pid 7] [YZ3k-id] [client 10.0.0.9:1] proxy_util.c(3300): (110)Connection timed out: AH02454: FCGI: attempt to connect to Unix domain socket /run/a b.sock (localhost:8000) failed",
        );
        assert_eq!(with_id.upstream.as_deref(), Some("http://unix:/run/a b.sock:"));
        let debug = read(
            "[Sun Nov 22 15:00:00.0 2026] [proxy:debug] [pid 7:tid 8] proxy_util.c(3300): (2)No such file or directory: [client 10.0.0.9:1] AH02454: FCGI: attempt to connect to Unix domain socket /run/a b.sock (localhost:8000) failed",
        );
        assert_eq!(debug.upstream.as_deref(), Some("http://unix:/run/a b.sock:"));
        for line in [
            "",
            "[x]",
            "[Sun Nov 22 15:00:00.0 2026]",
            "[Sun Nov 22 15:00:00.0 2026] [proxy:error]",
            "2026/11/22 15:00:00 [error] 7#7: *1 x",
            "[[[[[[",
            "[Sun Nov 99 15:00:00.0 2026] [error] x",
        ] {
            assert!(parse(line, &Zone::UTC).is_none(), "{line}");
        }
    }

    #[test]
    fn an_applications_text_is_not_httpds() {
        let line = read(
            "[Sun Nov 22 15:00:00.0 2026] [php:notice] [pid 7:tid 8] [client 10.0.0.9:1] AH00957: http: attempt to connect to 127.0.0.1:1 (127.0.0.1:1) failed",
        );
        assert!(line.message.starts_with("application: ") && line.upstream.is_none());
        let forged = read(
            "[Sun Nov 22 15:00:00.0 2026] [proxy:error] [pid 7:tid 8] [client 10.0.0.9:1] [client 127.0.0.1:2] AH00898: x",
        );
        assert_eq!(forged.client.as_deref(), Some("10.0.0.9:1"));
        assert!(forged.message.starts_with("[client 127.0.0.1:2]"));
    }

    #[test]
    fn reads_access_formats() {
        use crate::logs::{AccessFormat, Product};
        let combined = "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"";
        let line =
            r#"127.0.0.1 - - [22/Nov/2026:15:00:00 +0000] "GET /a?b=c HTTP/1.1" 503 592 "-" "gatewatch-probe/abc-1""#;
        let parsed = AccessFormat::of(Product::Httpd, combined).parse(line).unwrap();
        assert_eq!((parsed.status, parsed.agent.as_deref()), (Some(503), Some("gatewatch-probe/abc-1")));
        assert_eq!((parsed.at, parsed.path.as_deref()), (Some(At(1_795_359_600_000)), Some("/a?b=…")));
        let own =
            "%v:%p %a [%{%d/%b/%Y:%T %z}t] %m %U%q %s %D %{BALANCER_WORKER_NAME}e %{ms}T \"%!200{User-agent}i\" %%";
        let line = "shop:80 10.0.0.9 [22/Nov/2026:15:00:00 +0000] GET /a?b 502 1500 http://10.0.0.5:8080 1 \"x\" %";
        let parsed = AccessFormat::of(Product::Httpd, own).parse(line).unwrap();
        assert_eq!((parsed.status, parsed.request_ms), (Some(502), Some(1)));
        assert_eq!(parsed.upstreams, ["10.0.0.5:8080"]);
        for odd in ["%", "%{", "%{a", "%>", "", "%é"] {
            let _ = AccessFormat::of(Product::Httpd, odd).parse("x y z");
        }
    }

    #[test]
    fn lines_of_one_thread_belong_together() {
        let text = [
            "[Sun Nov 22 15:00:00.100000 2026] [proxy:error] [pid 7:tid 8] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:1 (127.0.0.1:1) failed",
            "[Sun Nov 22 15:00:00.300000 2026] [proxy:error] [pid 7:tid 8] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:1 (127.0.0.1:1) failed",
            "[Sun Nov 22 15:00:00.301000 2026] [proxy:error] [pid 7:tid 9] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:1 (127.0.0.1:1) failed",
            "[Sun Nov 22 15:00:00.302000 2026] [proxy_http:error] [pid 7:tid 8] [client 10.0.0.9:1] AH01114: HTTP: failed to make connection to backend: 127.0.0.1",
        ];
        let mut lines: Vec<Line<'_>> = text.iter().map(|line| read(line)).collect();
        relate(&mut lines);
        let clients: Vec<Option<&str>> = lines.iter().map(|line| line.client.as_deref()).collect();
        assert_eq!(clients, [None, Some("10.0.0.9:1"), None, Some("10.0.0.9:1")]);
    }
}
