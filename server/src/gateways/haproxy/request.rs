//! A request as conditions see it, and what they say of it: yes, no, or that it cannot be told from here.

use super::tree::{Line, Tree};
use regex::RegexBuilder;
use std::net::SocketAddr;
use url::Url;

/// What conditions look at.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Path without query.
    pub(super) path: String,
    /// The query; `None` for none.
    pub(super) query: Option<String>,
    /// The Host header.
    pub(super) host: String,
    /// Whether the listener speaks TLS.
    pub(super) tls: bool,
    /// The address that was connected to, where it is known.
    pub(super) to: Option<SocketAddr>,
    /// The listener's port.
    pub(super) port: u16,
}

impl Asked {
    /// The request for a URL.
    pub(super) fn new(url: &Url, to: Option<SocketAddr>) -> Self {
        let name = url.host_str().unwrap_or_default();
        Self {
            path: url.path().to_owned(),
            query: url.query().map(str::to_owned),
            host: url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")),
            tls: url.scheme() == "https",
            to,
            port: url.port_or_known_default().unwrap_or(80),
        }
    }

    fn url(&self) -> String {
        self.query.as_ref().map_or_else(|| self.path.clone(), |query| format!("{}?{query}", self.path))
    }

    /// The value of an expression (`path`, `req.hdr(host),lower`); `None` where it cannot be told.
    pub(super) fn value(&self, expression: &str, tree: &Tree) -> Option<String> {
        let mut parts = outside_brackets(expression).into_iter();
        let fetch = parts.next()?;
        let mut value = self.fetch(fetch)?;
        for converter in parts {
            value = convert(&value, converter, tree)?;
        }
        Some(value)
    }

    fn fetch(&self, fetch: &str) -> Option<String> {
        let (name, argument) = call(fetch);
        let argument = argument.to_ascii_lowercase();
        Some(match (name, argument.as_str()) {
            ("path", _) => self.path.clone(),
            ("pathq" | "url" | "capture.req.uri", _) => self.url(),
            ("query", _) => self.query.clone().unwrap_or_default(),
            ("base", _) => format!("{}{}", self.host, self.path),
            ("hdr" | "req.hdr" | "req.fhdr", "host" | "host,1" | "host,-1") => self.host.clone(),
            ("hdr" | "req.hdr", "x-forwarded-proto") => return None,
            ("ssl_fc_sni" | "req.ssl_sni" | "req_ssl_sni", _) if self.tls => {
                self.host.rsplit_once(':').map_or(self.host.as_str(), |(name, _)| name).to_owned()
            }
            ("ssl_fc", _) => i32::from(self.tls).to_string(),
            ("dst_port", _) => self.port.to_string(),
            ("dst", _) => self.to?.ip().to_string(),
            ("always_true", _) => "1".to_owned(),
            ("always_false", _) => "0".to_owned(),
            ("str" | "int" | "bool", _) => call(fetch).1.to_owned(),
            ("method", _) => "GET".to_owned(),
            ("url_param" | "urlp", _) => {
                let wanted = call(fetch).1;
                let query = self.query.as_deref().unwrap_or_default();
                query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == wanted)?.1.to_owned()
            }
            _ => return None,
        })
    }
}

/// The pieces of an expression between commas that stand outside brackets.
fn outside_brackets(expression: &str) -> Vec<&str> {
    let (mut pieces, mut depth, mut from) = (Vec::new(), 0_u32, 0);
    for (at, byte) in expression.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                pieces.push(&expression[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&expression[from..]);
    pieces
}

/// `name(argument)`.
fn call(text: &str) -> (&str, &str) {
    match text.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.strip_suffix(')').unwrap_or(rest)),
        None => (text.trim(), ""),
    }
}

fn convert(value: &str, converter: &str, tree: &Tree) -> Option<String> {
    let (name, argument) = call(converter);
    let mut arguments = argument.split(',');
    let first = arguments.next().unwrap_or_default().trim();
    Some(match name {
        "lower" => value.to_ascii_lowercase(),
        "upper" => value.to_ascii_uppercase(),
        "host_only" => value
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
            .map_or(value, |(host, _)| host)
            .to_owned(),
        "port_only" => value.rsplit_once(':').map_or("0", |(_, port)| port).to_owned(),
        "field" => {
            let index: usize = first.parse().ok()?;
            let mark = arguments.next()?.trim_matches('\'');
            value.split(mark.chars().next()?).nth(index.checked_sub(1)?).unwrap_or_default().to_owned()
        }
        "word" => {
            let index: usize = first.parse().ok()?;
            let mark = arguments.next()?.chars().next()?;
            value.split(mark).filter(|part| !part.is_empty()).nth(index.checked_sub(1)?)?.to_owned()
        }
        "map" | "map_str" | "map_beg" | "map_dom" | "map_end" | "map_sub" | "map_dir" | "map_reg" => {
            let usual = arguments.next().map(str::to_owned);
            let (_, text) = tree.maps.iter().find(|(file, _)| file == first)?;
            map(text, value, name).or(usual)?
        }
        _ => return None,
    })
}

/// The first entry of a map file that fits.
fn map(text: &str, value: &str, how: &str) -> Option<String> {
    let entries = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let method = how.strip_prefix("map_").unwrap_or("str");
    let mut pairs = entries.filter_map(|line| line.split_once(char::is_whitespace));
    pairs.find(|(key, _)| fits(method, value, key, false) == Some(true)).map(|(_, found)| found.trim().to_owned())
}

/// Whether a value fits one pattern by a method; `None` for a method or pattern that is not understood.
fn fits(method: &str, value: &str, pattern: &str, ignore_case: bool) -> Option<bool> {
    let (value, plain) = if ignore_case && method != "reg" {
        (value.to_ascii_lowercase(), pattern.to_ascii_lowercase())
    } else {
        (value.to_owned(), pattern.to_owned())
    };
    let within = |separators: &[char]| {
        let trimmed = plain.trim_matches(separators);
        value.match_indices(trimmed).any(|(at, found)| {
            let before = value[..at].chars().next_back();
            let after = value[at + found.len()..].chars().next();
            let edge = |c: Option<char>| c.is_none_or(|c| separators.contains(&c) || c == '?');
            edge(before) && edge(after)
        })
    };
    Some(match method {
        "str" | "" => value == plain,
        "beg" => value.starts_with(&plain),
        "end" => value.ends_with(&plain),
        "sub" => value.contains(&plain),
        "dir" => within(&['/']),
        "dom" => within(&['.', '/', ':']),
        "reg" => {
            RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(1 << 20).build().ok()?.is_match(&value)
        }
        "len" => value.len() == plain.parse::<usize>().ok()?,
        "int" | "bool" => value.parse::<i64>().ok()? == plain.parse::<i64>().ok()?,
        "found" => true,
        "ip" => {
            let ip: std::net::IpAddr = value.parse().ok()?;
            plain.parse::<std::net::IpAddr>().ok()? == ip
        }
        _ => return None,
    })
}

/// Fetches whose name carries the method: `path_beg`, `hdr_dom(host)`.
fn with_suffix(criterion: &str) -> (String, &'static str) {
    let (name, _) = call(criterion);
    for method in ["beg", "end", "sub", "dir", "dom", "reg", "len"] {
        if let Some(base) = name.strip_suffix(method).and_then(|base| base.strip_suffix('_'))
            && matches!(base, "path" | "url" | "base" | "hdr" | "req.hdr" | "query" | "pathq")
        {
            return (criterion.replacen(name, base, 1), method);
        }
    }
    (criterion.to_owned(), "")
}

/// Whether one criterion with its flags and patterns holds.
fn criterion(words: &[String], asked: &Asked, tree: &Tree) -> Option<bool> {
    let (first, rest) = words.split_first()?;
    let head = first.split([',', '(']).next().unwrap_or_default();
    let (expression, mut method) = with_suffix(first);
    let mut ignore_case = false;
    let mut patterns: Vec<&str> = Vec::new();
    let mut rest = rest.iter();
    let mut flags = true;
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-i" if flags => ignore_case = true,
            "-m" if flags => method = known_method(rest.next()?)?,
            "-f" | "-M" | "-u" if flags => return None,
            "-n" if flags => {}
            "--" if flags => flags = false,
            // Comparisons of numbers.
            "eq" | "ge" | "gt" | "le" | "lt" if flags && patterns.is_empty() => {
                let value: i64 = asked.value(&expression, tree)?.parse().ok()?;
                let bound: i64 = rest.next()?.parse().ok()?;
                return Some(match word.as_str() {
                    "eq" => value == bound,
                    "ge" => value >= bound,
                    "gt" => value > bound,
                    "le" => value <= bound,
                    _ => value < bound,
                });
            }
            other => {
                flags = false;
                patterns.push(other);
            }
        }
    }
    let value = asked.value(&expression, tree);
    if method == "found" {
        return value.map(|value| !value.is_empty());
    }
    if patterns.is_empty() {
        // A boolean by itself.
        return value.map(|value| value != "0" && !value.is_empty());
    }
    let value = value?;
    if method.is_empty() {
        method = match head {
            "dst" | "src" => "ip",
            "dst_port" | "src_port" => "int",
            _ => "str",
        };
    }
    let mut unknown = false;
    for pattern in patterns {
        match fits(method, &value, pattern, ignore_case) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(false)
}

fn known_method(word: &str) -> Option<&'static str> {
    ["str", "beg", "end", "sub", "dir", "dom", "reg", "len", "int", "bool", "found", "ip"]
        .into_iter()
        .find(|method| *method == word)
}

/// Whether the ACL of a name holds: one of its lines is enough.
fn named(name: &str, acls: &[&Line], asked: &Asked, tree: &Tree) -> Option<bool> {
    match name {
        "TRUE" | "HTTP" | "HTTP_1.1" | "METH_GET" | "HTTP_URL_SLASH" => return Some(true),
        "FALSE" | "METH_POST" | "METH_PUT" | "METH_DELETE" | "METH_OPTIONS" | "METH_CONNECT" | "METH_TRACE" => {
            return Some(false);
        }
        _ => {}
    }
    let mut lines = acls.iter().filter(|line| line.word(1) == name).peekable();
    lines.peek()?;
    let mut unknown = false;
    for line in lines {
        match criterion(line.from(2), asked, tree) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(false)
}

/// Whether the condition at the end of a rule (`if a !b or { path /x }`, `unless …`) holds; a rule without one always
/// does. `None` where it cannot be told from here.
pub(super) fn condition(words: &[String], acls: &[&Line], asked: &Asked, tree: &Tree) -> Option<bool> {
    let Some(at) = words.iter().position(|word| word == "if" || word == "unless") else { return Some(true) };
    let holds = alternatives(&words[at + 1..], acls, asked, tree);
    if words[at] == "unless" { holds.map(|holds| !holds) } else { holds }
}

fn alternatives(words: &[String], acls: &[&Line], asked: &Asked, tree: &Tree) -> Option<bool> {
    let mut any = Some(false);
    let mut all = Some(true);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if word == "or" || word == "||" {
            any = either(any, all);
            all = Some(true);
            continue;
        }
        let bangs = word.bytes().take_while(|byte| *byte == b'!').count();
        let mut negated = bangs % 2 == 1;
        let mut plain = &word[bangs..];
        if plain.is_empty() {
            plain = rest.next().map_or("", String::as_str);
            let more = plain.bytes().take_while(|byte| *byte == b'!').count();
            negated ^= more % 2 == 1;
            plain = &plain[more..];
        }
        let holds = if plain == "{" {
            let inside: Vec<String> = rest.by_ref().take_while(|word| *word != "}").cloned().collect();
            criterion(&inside, asked, tree)
        } else {
            named(plain, acls, asked, tree)
        };
        all = both(all, holds.map(|holds| holds != negated));
    }
    either(any, all)
}

const fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

const fn either(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// A backend's name with `%[…]` replaced; `None` where one cannot be told.
pub(super) fn expanded(written: &str, asked: &Asked, tree: &Tree) -> Option<String> {
    let mut out = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("%[") {
        out.push_str(before);
        let (expression, after) = after.split_once(']')?;
        out.push_str(&asked.value(expression, tree)?);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}
