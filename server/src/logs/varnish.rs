//! Varnish's log as `varnishlog` writes it: transactions of tagged records, one below the other.
//!
//! ```text
//! **  << BeReq    >> 3
//! --  BereqMethod    GET
//! --  BereqHeader    User-Agent: …
//! --  FetchError     backend default: fail errno 111 (Connection refused)
//! ```
//!
//! A record has no time and no request of its own: both come from the other records of its transaction. A client can
//! write what it likes into headers, but not a tag, which stands before them.

use super::{Line, Phase, Zone};
use app::model::At;
use std::borrow::Cow;

/// Tags whose text is Varnish's own word on what went wrong.
const TELLING: &[&str] = &["FetchError", "Backend_health", "Error", "Fetch_Error", "SessError", "VCL_Error"];

/// A tag and its text.
fn record(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start_matches(['-', '*']);
    let (rest, grouped) = if rest.len() < line.len() { (rest, true) } else { (line, false) };
    let mut words = rest.trim_start().splitn(2, char::is_whitespace);
    let mut tag = words.next()?;
    let mut text = words.next().unwrap_or_default().trim_start();
    if !grouped {
        // Ungrouped: the transaction's number first, then the tag, then its side.
        tag.parse::<u64>().ok()?;
        (tag, text) = text.split_once(char::is_whitespace).map(|(tag, text)| (tag, text.trim_start()))?;
        text = ["b ", "c ", "- "].iter().find_map(|side| text.strip_prefix(side)).unwrap_or(text);
    }
    let known =
        ["Begin", "End", "Timestamp", "VCL_", "Req", "Resp", "Bereq", "Beresp", "Backend", "Fetch", "Link", "Hit"];
    let known =
        known.iter().chain(&["Storage", "Length", "Filters", "Gzip", "Error", "Sess", "TTL", "Obj", "VSL", "Notice"]);
    let is_tag = known.into_iter().any(|start| tag.starts_with(start))
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && tag.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase());
    is_tag.then_some((tag, text))
}

/// One record; its time is known only within its transaction.
pub(super) fn parse<'a>(line: &'a str, _zone: &Zone) -> Option<Line<'a>> {
    let (tag, text) = record(line)?;
    Some(made(At(0), tag, text, line))
}

fn made<'a>(at: At, tag: &str, text: &'a str, line: &'a str) -> Line<'a> {
    let message: Cow<'a, str> = if TELLING.contains(&tag) { format!("{tag} {text}").into() } else { Cow::Borrowed("") };
    let mut parsed = Line::new(at, message, line);
    parsed.phase = phase(text);
    parsed.errno = text.split_once("errno ").and_then(|(_, rest)| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest[..digits].parse().ok()
    });
    parsed.server = text.strip_prefix("backend ").and_then(|rest| rest.split(':').next()).map(Cow::Borrowed);
    parsed
}

fn phase(text: &str) -> Phase {
    if text.starts_with("backend ") {
        Phase::Connect
    } else if ["straight ", "chunked ", "Resource temporarily", "eof "].iter().any(|start| text.starts_with(start)) {
        Phase::Body
    } else {
        Phase::Header
    }
}

/// The telling records of a whole log, each with the request of its transaction.
pub(super) fn lines<'a>(text: impl IntoIterator<Item = &'a str>) -> Vec<Line<'a>> {
    let mut done: Vec<Line<'a>> = Vec::new();
    let mut open = Transaction::default();
    for line in text {
        if line.contains("<< ") && line.starts_with('*') {
            open.end(&mut done);
            open = Transaction::default();
            continue;
        }
        let Some((tag, text)) = record(line) else { continue };
        open.take(tag, text, line);
        if tag == "Backend_health" {
            open.end(&mut done);
            open = Transaction::default();
        }
    }
    open.end(&mut done);
    done
}

/// One transaction so far.
#[derive(Default)]
struct Transaction<'a> {
    at: Option<At>,
    method: Option<&'a str>,
    url: Option<&'a str>,
    host: Option<&'a str>,
    agent: Option<&'a str>,
    client: Option<&'a str>,
    backend: Option<String>,
    said: Vec<(String, &'a str, &'a str)>,
}

impl<'a> Transaction<'a> {
    fn take(&mut self, tag: &str, text: &'a str, line: &'a str) {
        match tag {
            // `Start: 1795384973.961573 0.000000 0.000000`
            "Timestamp" => {
                let at = text.split(' ').nth(1).and_then(super::time::decimal_ms);
                self.at = at.and_then(|ms| Some(At(i64::try_from(ms).ok()?))).or(self.at);
            }
            "BereqMethod" | "ReqMethod" => self.method = Some(text),
            "BereqURL" | "ReqURL" => self.url = Some(text),
            "BereqHeader" | "ReqHeader" => match text.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("host") => self.host = Some(value),
                Some((name, value)) if name.eq_ignore_ascii_case("user-agent") => self.agent = Some(value),
                _ => {}
            },
            "ReqStart" => self.client = text.split(' ').next(),
            // `21 default 10.0.0.5 8080 10.0.0.2 55555 connect`
            "BackendOpen" => {
                let words: Vec<&str> = text.split(' ').collect();
                self.backend = words.get(2).zip(words.get(3)).map(|(host, port)| {
                    if host.contains(':') {
                        format!("http://[{host}]:{port}/")
                    } else {
                        format!("http://{host}:{port}/")
                    }
                });
            }
            _ if TELLING.contains(&tag) => self.said.push((tag.to_owned(), text, line)),
            _ => {}
        }
    }

    fn end(&mut self, done: &mut Vec<Line<'a>>) {
        let Some(at) = self.at else { return };
        for (tag, text, line) in self.said.drain(..) {
            let mut parsed = made(at, &tag, text, line);
            parsed.request = self.method.zip(self.url).map(|(method, url)| format!("{method} {url}").into());
            parsed.host = self.host.map(Cow::Borrowed);
            parsed.agent = self.agent.map(Cow::Borrowed);
            parsed.client = self.client.map(Cow::Borrowed);
            parsed.upstream = self.backend.clone().map(Into::into);
            done.push(parsed);
        }
    }
}
