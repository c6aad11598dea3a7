//! lighttpd: `proxy.server`, `fastcgi.server`, `scgi.server` and the conditions around them.

use super::{Reading, with_logs};
use crate::gateways::flat::{self, Cond, NO_LIMIT, Rule, Site, Text};
use crate::gateways::{Listen, LogFile, Member, MemberAddress, Place, Protocol, Server, Set, Target};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of an answer's head that it takes are not known for certain.
const HEAD: u64 = 0;
/// Blocks and lists within each other.
const MAX_DEPTH: usize = 24;

pub(super) fn sites(reading: &mut Reading<'_>) -> Vec<Site> {
    let text = reading.text();
    let file = Arc::new(reading.main.to_path_buf());
    let mut walk = Walk { tokens: lex(&text), at: 0, file, found: Found::default() };
    walk.block(&Cond::Always, 0);
    let Walk { file, found, .. } = walk;
    reading.user = found.user.clone();
    let whole = Place { file, line: 0 };
    let mut listens = found.sockets;
    let host = found.bind.unwrap_or_default();
    let port = found.port.unwrap_or(80);
    let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    if let Some(listen) = flat::listen(&authority, &whole) {
        listens.insert(0, Listen { tls: found.tls, ..listen });
    }
    let server = Server { listens, names: Vec::new(), place: whole.clone() };
    let none = || Set::default_of(Duration::ZERO);
    let mut rules = found.rules;
    // The longest prefix wins; what nothing takes is read from the disk.
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.label.as_ref().map_or(0, String::len)));
    rules.push(Rule {
        when: Cond::Always,
        label: None,
        place: whole,
        target: Target::Files(None),
        settings: flat::settings(none(), none(), 0),
    });
    with_logs(vec![Site { server, rules }], &found.errors, &found.access)
}

#[derive(Default)]
struct Found {
    bind: Option<String>,
    port: Option<u16>,
    tls: bool,
    sockets: Vec<Listen>,
    user: Option<Set<String>>,
    errors: Vec<LogFile>,
    access: Vec<LogFile>,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

const SIGNS: &[&str] = &["=>", "==", "!=", "=~", "!~", "+=", "=^", "=$", ":=", "=", "(", ")", "{", "}", "[", "]", ","];

fn lex(text: &str) -> Vec<(Token, u32)> {
    let mut tokens = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let used = if first == '#' {
                break;
            } else if first == '"' || first == '\'' {
                let inside = &rest[1..];
                let end = inside.find(first).unwrap_or(inside.len());
                tokens.push((Token::Text(inside[..end].to_owned()), line));
                (end + 2).min(rest.len())
            } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                tokens.push((Token::Sign(sign), line));
                sign.len()
            } else {
                let fits = |c: char| c.is_alphanumeric() || "._-$/:".contains(c);
                let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
                if end > 0 {
                    tokens.push((Token::Word(rest[..end].to_owned()), line));
                }
                end.max(first.len_utf8())
            };
            rest = rest[used..].trim_start();
        }
    }
    tokens
}

/// A value: a text, a number, or a list of keys and values.
#[derive(Debug, Clone)]
enum Value {
    Text(String),
    List(Vec<(Option<String>, Value, u32)>),
}

impl Value {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::List(_) => "",
        }
    }

    fn get(&self, key: &str) -> Option<&Self> {
        let Self::List(items) = self else { return None };
        items.iter().find(|(name, ..)| name.as_deref() == Some(key)).map(|(_, value, _)| value)
    }
}

struct Walk {
    tokens: Vec<(Token, u32)>,
    at: usize,
    file: Arc<PathBuf>,
    found: Found,
}

impl Walk {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn line(&self) -> u32 {
        self.tokens.get(self.at).map_or(0, |(_, line)| *line)
    }

    fn take(&mut self, sign: &str) -> bool {
        let is = matches!(self.peek(), Some(Token::Sign(known)) if *known == sign);
        self.at += usize::from(is);
        is
    }

    fn block(&mut self, outer: &Cond, depth: usize) {
        while let Some((token, line)) = self.tokens.get(self.at).cloned() {
            self.at += 1;
            match token {
                Token::Sign("}") if depth > 0 => return,
                Token::Word(name) if name.starts_with('$') => self.condition(&name, outer, depth),
                Token::Word(name) if name == "else" => {
                    let when = outer.clone().and(Cond::Unknown("else".to_owned()));
                    if self.take("{") && depth < MAX_DEPTH {
                        self.block(&when, depth + 1);
                    }
                }
                Token::Word(name) if self.take("=") || self.take("+=") || self.take(":=") => {
                    let value = self.value(0);
                    let place = Place { file: Arc::clone(&self.file), line };
                    self.set(&name, &value, outer, place);
                }
                _ => {}
            }
        }
    }

    /// `$HTTP["url"] =~ "^/api" { … }`
    fn condition(&mut self, name: &str, outer: &Cond, depth: usize) {
        self.take("[");
        let field = match self.peek() {
            Some(Token::Text(text)) => text.clone(),
            _ => String::new(),
        };
        self.at += 1;
        self.take("]");
        let operator = match self.peek() {
            Some(Token::Sign(sign)) => *sign,
            _ => return,
        };
        self.at += 1;
        let line = self.line();
        let text = match self.peek() {
            Some(Token::Text(text) | Token::Word(text)) => text.clone(),
            _ => return,
        };
        self.at += 1;
        let compare = match operator {
            "==" | "!=" => Text::Is(text.clone()),
            "=^" => Text::Starts(text.clone()),
            "=$" => Text::Ends(text.clone()),
            _ => Text::Matches(text.clone()),
        };
        let cond = match (name, field.as_str()) {
            ("$HTTP", "url") => Cond::Path(compare),
            ("$HTTP", "host") => Cond::Host(compare),
            ("$SERVER", "socket") => {
                let place = Place { file: Arc::clone(&self.file), line };
                let written = if text.contains(':') { text.clone() } else { format!("{text}:80") };
                self.found.sockets.extend(flat::listen(&written, &place));
                Cond::Always
            }
            _ => Cond::Unknown(format!("{name}[{field}]")),
        };
        let cond = if operator.starts_with('!') { Cond::Not(Box::new(cond)) } else { cond };
        if self.take("{") && depth < MAX_DEPTH {
            self.block(&outer.clone().and(cond), depth + 1);
        }
    }

    fn value(&mut self, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::Text(String::new());
        }
        if self.take("(") {
            let mut items = Vec::new();
            while self.at < self.tokens.len() && !self.take(")") {
                let line = self.line();
                let before = self.at;
                let value = self.value(depth + 1);
                if self.take("=>") {
                    let key = value.text().to_owned();
                    items.push((Some(key), self.value(depth + 1), line));
                } else {
                    items.push((None, value, line));
                }
                self.take(",");
                if self.at == before {
                    self.at += 1;
                }
            }
            return Value::List(items);
        }
        match self.tokens.get(self.at) {
            Some((Token::Text(text) | Token::Word(text), _)) => {
                let text = text.clone();
                self.at += 1;
                Value::Text(text)
            }
            _ => Value::Text(String::new()),
        }
    }

    fn set(&mut self, name: &str, value: &Value, outer: &Cond, place: Place) {
        match name {
            "server.port" => self.found.port = value.text().parse().ok(),
            "server.bind" => self.found.bind = Some(value.text().to_owned()),
            "server.username" => {
                self.found.user = Some(Set { value: value.text().to_owned(), place: Some(place) });
            }
            "ssl.engine" if *outer == Cond::Always => self.found.tls = value.text() == "enable",
            "server.errorlog" => self.found.errors.push(flat::log_file(value.text(), Some(place))),
            "accesslog.filename" => self.found.access.push(flat::log_file(value.text(), Some(place))),
            "proxy.server" => self.servers(value, Protocol::Http, outer, &place),
            "fastcgi.server" => self.servers(value, Protocol::Fastcgi, outer, &place),
            "scgi.server" => self.servers(value, Protocol::Scgi, outer, &place),
            _ => {}
        }
    }

    /// `( "/api" => ( ( "host" => "127.0.0.1", "port" => 8080 ) ) )`
    fn servers(&mut self, value: &Value, protocol: Protocol, outer: &Cond, place: &Place) {
        let Value::List(items) = value else { return };
        for (key, hosts, line) in items {
            let prefix = key.clone().unwrap_or_default();
            let Value::List(hosts) = hosts else { continue };
            // One host alone may stand without the inner list.
            let whole = Value::List(hosts.clone());
            let alone = whole.get("host").is_some() || whole.get("socket").is_some();
            let hosts: Vec<&Value> = if alone { vec![&whole] } else { hosts.iter().map(|(_, host, _)| host).collect() };
            let mut settings = flat::settings(Set::default_of(Duration::from_secs(8)), Set::default_of(NO_LIMIT), HEAD);
            let mut members: Vec<Member> = Vec::new();
            for host in &hosts {
                let seconds = |key: &str| host.get(key)?.text().parse().ok().map(Duration::from_secs);
                if let Some(value) = seconds("connect-timeout") {
                    settings.timeouts.connect = Set { value, place: Some(place.clone()) };
                }
                if let Some(value) = seconds("read-timeout") {
                    settings.timeouts.read = Set { value, place: Some(place.clone()) };
                }
                let address = match (host.get("socket"), host.get("host")) {
                    (Some(path), _) => Some(MemberAddress::Unix(PathBuf::from(path.text()))),
                    (None, Some(name)) if name.text().starts_with('/') => {
                        Some(MemberAddress::Unix(PathBuf::from(name.text())))
                    }
                    (None, Some(name)) => {
                        let port = host.get("port").and_then(|port| port.text().parse().ok()).unwrap_or(80);
                        Some(MemberAddress::Host { host: name.text().to_owned(), port })
                    }
                    _ => None,
                };
                members.extend(address.map(|address| flat::member(address, place)));
            }
            let written: Vec<String> = members.iter().map(|member| member.address.to_string()).collect();
            let at = Place { file: Arc::clone(&self.file), line: *line };
            let mut upstream = flat::upstream(&written.join(" "), protocol, members, &at);
            upstream.keepalive = None;
            let path = match prefix.as_str() {
                "" => Cond::Always,
                prefix if prefix.starts_with('/') => Cond::Path(Text::Starts(prefix.to_owned())),
                suffix => Cond::Path(Text::Ends(suffix.to_owned())),
            };
            self.found.rules.push(Rule {
                when: outer.clone().and(path),
                label: Some(if prefix.is_empty() { "/".to_owned() } else { prefix }),
                place: at,
                target: Target::Upstream(Box::new(upstream)),
                settings,
            });
        }
    }
}
