//! `mod_rewrite`, as far as a request without a body and without further headers decides it.
//!
//! Conditions that depend on what is not known here (files, cookies, the client's address) are neither true nor
//! false: a rule with such a condition is told, and taken as not fitting.

use super::tree::Directive;
use regex::{Captures, Regex, RegexBuilder};
use std::net::SocketAddr;
use url::Url;

/// Rounds of one level's rules (`[N]` and `RewriteRule` within `<Directory>` start again).
const MAX_RULES: usize = 4096;

/// What the rules of one level make of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rewritten<'t> {
    /// Nothing fits.
    Same,
    /// Another path on this server.
    Path(String),
    /// It is forwarded to this URL (`[P]`).
    Proxied(String, &'t Directive),
    /// It is answered with this status (`[R]`, `[F]`, `[G]`).
    Status(u16),
}

/// What is known of the request.
#[derive(Debug, Clone)]
pub(super) struct Request<'r> {
    pub(super) url: &'r Url,
    pub(super) listener: Option<SocketAddr>,
    /// Whether the virtual host speaks TLS.
    pub(super) tls: bool,
    /// `DocumentRoot`.
    pub(super) root: String,
}

impl Request<'_> {
    /// The value of `%{NAME}`; `None` where it is not known here.
    fn variable(&self, name: &str, path: &str) -> Option<String> {
        let url = self.url;
        let host = || url.host_str().unwrap_or_default().to_owned();
        Some(match name {
            "HTTP_HOST" | "HTTP:Host" | "HTTP:host" => {
                url.port().map_or_else(host, |port| format!("{}:{port}", host()))
            }
            "SERVER_NAME" => host(),
            "SERVER_PORT" => {
                let port = self.listener.map(|listener| listener.port()).or_else(|| url.port_or_known_default());
                port?.to_string()
            }
            "REQUEST_URI" => path.to_owned(),
            "QUERY_STRING" => url.query().unwrap_or_default().to_owned(),
            "REQUEST_METHOD" => "GET".to_owned(),
            "REQUEST_SCHEME" => if self.tls { "https" } else { "http" }.to_owned(),
            "HTTPS" => if self.tls { "on" } else { "off" }.to_owned(),
            "SERVER_PROTOCOL" => "HTTP/1.1".to_owned(),
            "DOCUMENT_ROOT" => self.root.clone(),
            "REQUEST_FILENAME" | "SCRIPT_FILENAME" => format!("{}{path}", self.root),
            "THE_REQUEST" => format!("GET {path} HTTP/1.1"),
            // A plain request does not ask for another protocol.
            name if name.strip_prefix("HTTP:").is_some_and(|header| {
                ["upgrade", "connection", "x-forwarded-proto"].contains(&header.to_ascii_lowercase().as_str())
            }) =>
            {
                String::new()
            }
            _ => return None,
        })
    }

    /// Replaces `%{NAME}`, `$1` and `%1`; `None` if something is not known here.
    fn expand(&self, text: &str, path: &str, rule: Option<&Captures<'_>>, condition: &[String]) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(['%', '$', '\\']) {
            out.push_str(&rest[..at]);
            let mark = rest.as_bytes()[at];
            let after = &rest[at + 1..];
            let digit = after.bytes().next().filter(u8::is_ascii_digit).map(|digit| usize::from(digit - b'0'));
            match (mark, digit) {
                (b'$', Some(index)) => {
                    out.push_str(rule.and_then(|found| found.get(index)).map_or("", |found| found.as_str()));
                    rest = &after[1..];
                }
                (b'%', Some(index)) => {
                    out.push_str(condition.get(index).map_or("", String::as_str));
                    rest = &after[1..];
                }
                (b'%', None) if after.starts_with('{') => {
                    let (name, behind) = after[1..].split_once('}')?;
                    out.push_str(&self.variable(name, path)?);
                    rest = behind;
                }
                // A map needs what is in it.
                (b'$', None) if after.starts_with('{') => return None,
                (b'\\', _) => {
                    let length = after.chars().next().map_or(0, char::len_utf8);
                    out.push_str(&after[..length]);
                    rest = &after[length..];
                }
                _ => {
                    out.push(char::from(mark));
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        Some(out)
    }
}

/// Flags in brackets: `[NC,OR]`, `[P,L]`, `[R=301]`.
struct Flags(Vec<String>);

impl Flags {
    fn of(word: Option<&String>) -> Self {
        let inside = word.and_then(|word| word.strip_prefix('[')?.strip_suffix(']')).unwrap_or_default();
        Self(inside.split(',').map(|flag| flag.trim().to_ascii_lowercase()).collect())
    }

    fn has(&self, names: &[&str]) -> bool {
        self.0.iter().any(|flag| names.contains(&flag.as_str()))
    }

    /// The value of `R=301`; empty for `R`.
    fn value(&self, names: &[&str]) -> Option<&str> {
        self.0.iter().find_map(|flag| {
            let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
            names.contains(&name).then_some(value)
        })
    }
}

/// Applies one level's rules to a path. `subject` is what patterns are compared with: the path, or within a
/// `<Directory>` what follows the folder. What cannot be told is added to `because`.
pub(super) fn apply<'t>(
    level: &'t [Directive],
    request: &Request<'_>,
    path: &str,
    subject: &str,
    because: &mut Vec<String>,
) -> Rewritten<'t> {
    let engine = level.iter().rev().find(|directive| directive.name == "rewriteengine");
    if !engine.is_some_and(Directive::is_on) {
        return Rewritten::Same;
    }
    let mut conditions: Vec<&Directive> = Vec::new();
    let mut now = subject.to_owned();
    let mut changed = false;
    let mut skip = 0_usize;
    let mut chained_out = false;
    for directive in level.iter().take(MAX_RULES) {
        match directive.name.as_str() {
            "rewritecond" => conditions.push(directive),
            "rewriterule" => {
                let of_rule = std::mem::take(&mut conditions);
                let flags = Flags::of(directive.args.get(2));
                let passed_over = skip > 0 || chained_out;
                skip = skip.saturating_sub(1);
                chained_out = chained_out && flags.has(&["c", "chain"]);
                if passed_over {
                    continue;
                }
                let Some(done) = rule(directive, &of_rule, &flags, request, (path, &now), because) else {
                    chained_out = flags.has(&["c", "chain"]);
                    continue;
                };
                skip = flags.value(&["s", "skip"]).and_then(|count| count.parse().ok()).unwrap_or(0);
                match done {
                    Rewritten::Same => {}
                    Rewritten::Path(next) => {
                        changed = true;
                        now = next;
                    }
                    last => return last,
                }
                if flags.has(&["l", "last", "end", "pt", "passthrough"]) {
                    break;
                }
            }
            _ => {}
        }
    }
    if changed { Rewritten::Path(now) } else { Rewritten::Same }
}

/// One rule; `None` if it does not fit. `at` is the path of the request and what patterns are compared with.
fn rule<'t>(
    directive: &'t Directive,
    conditions: &[&Directive],
    flags: &Flags,
    request: &Request<'_>,
    at: (&str, &str),
    because: &mut Vec<String>,
) -> Option<Rewritten<'t>> {
    let (path, subject) = at;
    let (negated, written) = directive.arg(0).strip_prefix('!').map_or((false, directive.arg(0)), |rest| (true, rest));
    let proxies = flags.has(&["p", "proxy"]);
    let Some(pattern) = pattern(written, flags.has(&["nc", "nocase"])) else {
        because.push(format!("a RewriteRule has a pattern that is not understood here ({})", directive.place));
        return None;
    };
    let found = pattern.captures(subject);
    if found.is_some() == negated {
        return None;
    }
    let mut caught = Vec::new();
    match all_hold(conditions, request, path, found.as_ref(), &mut caught) {
        Some(true) => {}
        Some(false) => return None,
        None => {
            if proxies {
                because.push(format!("a RewriteRule may forward some requests elsewhere ({})", directive.place));
            }
            return None;
        }
    }
    if flags.has(&["f", "forbidden"]) {
        return Some(Rewritten::Status(403));
    }
    if flags.has(&["g", "gone"]) {
        return Some(Rewritten::Status(410));
    }
    if directive.arg(1) == "-" {
        return Some(Rewritten::Same);
    }
    let Some(target) = request.expand(directive.arg(1), path, found.as_ref(), &caught) else {
        because.push(format!("what a RewriteRule writes is not known here ({})", directive.place));
        return None;
    };
    if proxies {
        return Some(Rewritten::Proxied(target, directive));
    }
    if let Some(status) = flags.value(&["r", "redirect"]) {
        return Some(Rewritten::Status(status.parse().unwrap_or(302)));
    }
    let elsewhere = target.contains("://");
    Some(if elsewhere { Rewritten::Status(302) } else { Rewritten::Path(before_query(&target).to_owned()) })
}

fn before_query(target: &str) -> &str {
    target.split('?').next().unwrap_or(target)
}

/// A pattern; `None` if it cannot be compiled here (look-around, back-references).
pub(super) fn pattern(written: &str, any_case: bool) -> Option<Regex> {
    RegexBuilder::new(written).case_insensitive(any_case).size_limit(1 << 20).build().ok()
}

/// Whether all conditions hold; those joined by `[OR]` as one. `None` where what is not known here decides.
fn all_hold(
    conditions: &[&Directive],
    request: &Request<'_>,
    path: &str,
    rule: Option<&Captures<'_>>,
    caught: &mut Vec<String>,
) -> Option<bool> {
    let mut all = Some(true);
    let mut group: Option<bool> = Some(false);
    for (index, condition) in conditions.iter().enumerate() {
        let flags = Flags::of(condition.args.get(2));
        let holds = holds(condition, &flags, request, path, rule, caught);
        group = either(group, holds);
        let goes_on = flags.has(&["or", "ornext"]) && index + 1 < conditions.len();
        if !goes_on {
            all = both(all, group);
            group = Some(false);
        }
    }
    all
}

const fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

const fn both(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn holds(
    condition: &Directive,
    flags: &Flags,
    request: &Request<'_>,
    path: &str,
    rule: Option<&Captures<'_>>,
    caught: &mut Vec<String>,
) -> Option<bool> {
    let (negated, test) = condition.arg(1).strip_prefix('!').map_or((false, condition.arg(1)), |rest| (true, rest));
    // What is forwarded is seldom a file of this host: a test for one is taken as failed.
    if ["-f", "-d", "-l", "-s", "-h", "-L", "-x", "-F", "-U"].contains(&test) {
        return Some(negated);
    }
    let subject = request.expand(condition.arg(0), path, rule, caught)?;
    let any_case = flags.has(&["nc", "nocase"]);
    let found = if let Some(text) = test.strip_prefix('=') {
        let text = text.trim_matches('"');
        if any_case { subject.eq_ignore_ascii_case(text) } else { subject == text }
    } else if test.starts_with(['<', '>']) || condition.arg(0).eq_ignore_ascii_case("expr") {
        return None;
    } else if let Some((operator, number)) = test.split_once(' ').filter(|_| test.starts_with('-')) {
        let (subject, number): (i64, i64) = (subject.parse().ok()?, number.trim().parse().ok()?);
        match operator {
            "-eq" => subject == number,
            "-ne" => subject != number,
            "-lt" => subject < number,
            "-le" => subject <= number,
            "-gt" => subject > number,
            "-ge" => subject >= number,
            _ => return None,
        }
    } else {
        let pattern = pattern(test, any_case)?;
        match pattern.captures(&subject) {
            Some(found) => {
                let all = found.iter().map(|part| part.map_or_else(String::new, |part| part.as_str().to_owned()));
                *caught = all.collect();
                true
            }
            None => false,
        }
    };
    Some(found != negated)
}
