//! A Caddyfile's sites: addresses, matchers, and the order in which Caddy tries what they say.

use super::proxy::{self, Globals};
use super::text::Line;
use crate::gateways::flat::{self, Cond, Rule, Site, Text};
use crate::gateways::{Listen, LogFile, Place, Problem, Server, Settings, Target};
use std::net::IpAddr;
use std::time::Duration;

/// Blocks within blocks that are followed.
const MAX_DEPTH: usize = 16;

/// All sites in order, and where Caddy itself writes what goes wrong.
pub(super) fn sites(lines: &[Line], problems: &mut Vec<Problem>) -> (Vec<Site>, Vec<LogFile>) {
    let (globals, lines) = match lines.split_first() {
        Some((first, rest)) if first.words.is_empty() && first.block.is_some() => (globals(first.lines()), rest),
        _ => (Globals::default(), lines),
    };
    let errors = globals.error_logs.clone();
    let blocks: Vec<&Line> = lines.iter().filter(|line| !line.name().starts_with('&')).collect();
    let found = if blocks.iter().any(|line| line.block.is_none()) && blocks.first().is_some_and(|l| l.block.is_none()) {
        // One site without braces: its addresses stand on the first line.
        let Some((first, rest)) = blocks.split_first() else { return (Vec::new(), errors) };
        let inside: Vec<Line> = rest.iter().map(|line| (*line).clone()).collect();
        site(first, &inside, &globals, problems).into_iter().collect()
    } else {
        let with_blocks = blocks.into_iter().filter(|line| line.block.is_some());
        with_blocks.flat_map(|line| site(line, line.lines(), &globals, problems)).collect()
    };
    (found, errors)
}

fn globals(lines: &[Line]) -> Globals {
    let mut globals = Globals::default();
    for line in lines {
        match line.name() {
            "http_port" => globals.http_port = line.word(1).parse().unwrap_or(80),
            "https_port" => globals.https_port = line.word(1).parse().unwrap_or(443),
            "auto_https" => globals.auto_https = line.word(1) != "off",
            "default_bind" => globals.bind = line.args().to_vec(),
            // A log with another name than `default` holds only what it includes.
            "log" if matches!(line.word(1), "" | "default") => globals.error_logs = log_files(line),
            _ => {}
        }
    }
    if globals.error_logs.is_empty() {
        globals.error_logs.push(flat::log_file("stderr", None));
    }
    globals
}

/// The files of a `log` block; its other outputs by their names.
fn log_files(log: &Line) -> Vec<LogFile> {
    let outputs = log.lines().iter().filter(|line| line.name() == "output");
    let files = outputs.map(|output| match output.word(1) {
        "file" => flat::log_file(output.word(2), Some(output.place.clone())),
        other => flat::log_file(other, Some(output.place.clone())),
    });
    files.collect()
}

/// One site block; several where its addresses have different ports.
fn site(head: &Line, inside: &[Line], globals: &Globals, problems: &mut Vec<Problem>) -> Vec<Site> {
    let bind = inside.iter().find(|line| line.name() == "bind").map(|line| line.args().to_vec());
    let bind = bind.unwrap_or_else(|| globals.bind.clone());
    let with_tls = inside.iter().any(|line| line.name() == "tls" && line.word(1) != "off");
    let access_logs: Vec<LogFile> = inside.iter().filter(|line| line.name() == "log").flat_map(log_files).collect();
    let cache = inside.iter().find(|line| line.name() == "cache");
    let mut walk = Walk { globals, access_logs, cache, rules: Vec::new(), problems };
    walk.level(inside, &Cond::Always, None, 0);
    let rules = walk.rules;
    let mut sites: Vec<Site> = Vec::new();
    for written in head.words.iter().flat_map(|word| word.split(',')).filter(|word| !word.is_empty()) {
        let Some(address) = Address::of(written, globals, with_tls) else {
            problems.push(Problem {
                place: head.place.clone(),
                what: format!("the address {written} is not understood"),
                line_to_add: None,
            });
            continue;
        };
        let listens = address.listens(&bind, &head.place);
        let names: Vec<String> = address.host.into_iter().collect();
        let known = sites.iter_mut().find(|site| site.server.listens == listens);
        match known {
            Some(site) if site.server.names.is_empty() || names.is_empty() => site.server.names.clear(),
            Some(site) => site.server.names.extend(names),
            None => {
                let server = Server { listens, names, place: head.place.clone() };
                sites.push(Site { server, rules: rules.clone() });
            }
        }
    }
    sites
}

/// An address of a site: `https://example.com:8443`, `:8080`, `*.example.com`.
struct Address {
    host: Option<String>,
    port: u16,
    tls: bool,
}

impl Address {
    fn of(written: &str, globals: &Globals, with_tls: bool) -> Option<Self> {
        let (scheme, rest) = match written.split_once("://") {
            Some((scheme, rest)) => (scheme, rest),
            None => ("", written),
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, port) = flat::split_port(authority)?;
        let host = (!host.is_empty() && host != "0.0.0.0" && host != "::").then(|| host.to_ascii_lowercase());
        let port = match (scheme, port) {
            (_, Some(port)) => port,
            ("http", None) => globals.http_port,
            _ => globals.https_port,
        };
        let plain = scheme == "http" || port == globals.http_port;
        // Caddy gets certificates for every site that has a name; a bare port is plain unless it says otherwise.
        let automatic = globals.auto_https && (host.is_some() || scheme == "https");
        Some(Self { host, port, tls: !plain && (with_tls || automatic) })
    }

    fn listens(&self, bind: &[String], place: &Place) -> Vec<Listen> {
        let plain = |address: Option<IpAddr>, ipv6| Listen {
            address,
            port: self.port,
            unix: None,
            ipv6,
            tls: self.tls,
            default: false,
            proxy_protocol: false,
            place: place.clone(),
        };
        if bind.is_empty() {
            return vec![plain(None, false), plain(None, true)];
        }
        let bound = bind.iter().map(|written| {
            let host = written.trim_start_matches("tcp4/").trim_start_matches("tcp6/").trim_start_matches("tcp/");
            if let Some(path) = host.strip_prefix("unix/") {
                return Listen { unix: Some(path.into()), port: 0, ..plain(None, false) };
            }
            let host = host.trim_start_matches('[').trim_end_matches(']');
            match host {
                "localhost" => plain(Some(IpAddr::from([127, 0, 0, 1])), false),
                host => match host.parse::<IpAddr>() {
                    Ok(address) if address.is_unspecified() => plain(None, address.is_ipv6()),
                    Ok(address) => plain(Some(address), address.is_ipv6()),
                    Err(_) => plain(None, false),
                },
            }
        });
        bound.collect()
    }
}

/// The places of directives in Caddy's own order, as far as they end a request or lead it elsewhere.
const ORDER: &[&str] = &[
    "redir",
    "handle",
    "handle_path",
    "route",
    "abort",
    "error",
    "respond",
    "reverse_proxy",
    "php_fastcgi",
    "file_server",
];

/// A walk through a site's blocks.
struct Walk<'w> {
    globals: &'w Globals,
    access_logs: Vec<LogFile>,
    /// The directive of the module cache-handler.
    cache: Option<&'w Line>,
    rules: Vec<Rule>,
    problems: &'w mut Vec<Problem>,
}

/// A prefix that is taken off the path, and what the rules below it are called.
type Stripped = String;

impl Walk<'_> {
    fn level(&mut self, lines: &[Line], outer: &Cond, stripped: Option<&Stripped>, depth: usize) {
        self.sorted(lines, outer, stripped, depth, true);
    }

    /// The directives of one level; `sort` is off within `route`, which keeps the order of the text.
    fn sorted(&mut self, lines: &[Line], outer: &Cond, stripped: Option<&Stripped>, depth: usize, sort: bool) {
        if depth > MAX_DEPTH {
            return;
        }
        let strip =
            lines.iter().find(|line| line.name() == "uri" && line.args().iter().any(|word| word == "strip_prefix"));
        let own = strip.and_then(|line| line.words.last()).map(|prefix| prefix.trim_end_matches('/').to_owned());
        let stripped = own.as_ref().or(stripped);
        let mut terminal: Vec<(&Line, Matcher)> =
            lines.iter().filter(|line| ORDER.contains(&line.name())).map(|line| (line, matcher(line, lines))).collect();
        if sort {
            terminal.sort_by_key(|(line, matcher)| {
                let place = ORDER.iter().position(|name| *name == line.name()).unwrap_or(ORDER.len());
                // `handle` and `handle_path` share a place.
                let place = if place == 2 { 1 } else { place };
                (place, matcher.longest.is_none(), std::cmp::Reverse(matcher.longest.unwrap_or(0)))
            });
        }
        for (line, matcher) in terminal {
            let when = outer.clone().and(matcher.cond.clone());
            match line.name() {
                "handle" | "route" => {
                    self.sorted(line.lines(), &when, stripped, depth + 1, line.name() == "handle");
                    if line.name() == "handle" {
                        // What no directive in it ends is answered with an empty 200.
                        self.push(line, &matcher, when, Target::Return(200), None);
                    }
                }
                "handle_path" => {
                    let prefix = matcher.label.trim_end_matches('*').trim_end_matches('/').to_owned();
                    self.sorted(line.lines(), &when, Some(&prefix), depth + 1, true);
                    self.push(line, &matcher, when, Target::Return(200), None);
                }
                "redir" => self.push(line, &matcher, when, Target::Return(302), None),
                "respond" | "error" => {
                    let default = if line.name() == "error" { 500 } else { 200 };
                    let status = matcher.rest.iter().rev().find_map(|word| word.parse().ok()).unwrap_or(default);
                    self.push(line, &matcher, when, Target::Return(status), None);
                }
                "abort" => {
                    self.push(line, &matcher, when, Target::Unknown("it closes the connection".to_owned()), None);
                }
                "file_server" => self.push(line, &matcher, when, Target::Files(None), None),
                _ => self.proxy(line, &matcher, when, stripped),
            }
        }
    }

    fn proxy(&mut self, line: &Line, matcher: &Matcher, when: Cond, stripped: Option<&Stripped>) {
        let (mut upstream, settings) = proxy::upstream(line, &matcher.rest, self.problems);
        let mut label = matcher.label.clone();
        if let Some(prefix) = stripped.filter(|prefix| prefix.starts_with('/')) {
            upstream.uri = Some(String::new());
            label.clone_from(prefix);
        }
        let mut rule = Rule {
            when,
            label: Some(label),
            place: line.place.clone(),
            target: Target::Upstream(Box::new(upstream)),
            settings,
        };
        self.add_logs(&mut rule.settings);
        self.rules.push(rule);
    }

    fn push(&mut self, line: &Line, matcher: &Matcher, when: Cond, target: Target, settings: Option<Settings>) {
        let none = || {
            flat::settings(
                crate::gateways::Set::default_of(Duration::ZERO),
                crate::gateways::Set::default_of(Duration::ZERO),
                0,
            )
        };
        let mut settings = settings.unwrap_or_else(none);
        self.add_logs(&mut settings);
        let label = Some(matcher.label.clone());
        self.rules.push(Rule { when, label, place: line.place.clone(), target, settings });
    }

    fn add_logs(&self, settings: &mut Settings) {
        settings.error_logs.clone_from(&self.globals.error_logs);
        settings.access_logs.clone_from(&self.access_logs);
        let stale = |cache: &&Line| cache.lines().iter().any(|line| line.name() == "stale");
        settings.care.cache = Some(self.cache.is_some());
        settings.care.stale = Some(self.cache.as_ref().is_some_and(stale));
    }
}

/// What a directive applies to, and its words after that.
struct Matcher {
    cond: Cond,
    label: String,
    /// Length of its longest path, by which Caddy sorts; none without a path.
    longest: Option<usize>,
    rest: Vec<String>,
}

/// The matcher of a directive: a path, `*`, or a name that is defined among its siblings.
fn matcher(line: &Line, siblings: &[Line]) -> Matcher {
    let first = line.word(1);
    let rest = |from: usize| line.words.get(from..).unwrap_or_default().to_vec();
    if first.starts_with('/') {
        return Matcher { cond: path(first), label: first.to_owned(), longest: Some(first.len()), rest: rest(2) };
    }
    if first == "*" {
        return Matcher { cond: Cond::Always, label: "/".to_owned(), longest: None, rest: rest(2) };
    }
    if first.starts_with('@') {
        let defined = siblings.iter().find(|sibling| sibling.name() == first);
        let cond = defined.map_or_else(|| Cond::Unknown(first.to_owned()), named);
        let longest = defined.and_then(longest_path);
        return Matcher { cond, label: first.to_owned(), longest, rest: rest(2) };
    }
    Matcher { cond: Cond::Always, label: "/".to_owned(), longest: None, rest: rest(1) }
}

/// A path as Caddy writes it: exact, or with a star at one or both ends.
pub(super) fn path(written: &str) -> Cond {
    let text = match (written.strip_prefix('*'), written.strip_suffix('*')) {
        (Some(_), Some(_)) if written.len() > 1 => Text::Matches(regex::escape(written.trim_matches('*'))),
        (_, Some(start)) if !start.contains('*') => Text::Starts(start.to_owned()),
        (Some(end), _) if !end.contains('*') => Text::Ends(end.to_owned()),
        (None, None) if !written.contains('*') => Text::Is(written.to_owned()),
        _ => Text::Matches(format!("^{}$", regex::escape(written).replace("\\*", ".*"))),
    };
    Cond::Path(text)
}

/// The length of a named matcher's longest path.
fn longest_path(defined: &Line) -> Option<usize> {
    let inline = (defined.word(1) == "path").then(|| defined.words.iter().skip(2));
    let block = defined.lines().iter().filter(|line| line.name() == "path").flat_map(|line| line.args().iter());
    inline.into_iter().flatten().chain(block).map(String::len).max()
}

/// A named matcher: what stands in its block has to hold together.
fn named(defined: &Line) -> Cond {
    if defined.block.is_none() {
        return one_matcher(&defined.words[1..]);
    }
    let mut all = Cond::Always;
    for line in defined.lines() {
        all = all.and(one_matcher(&line.words));
    }
    all
}

fn one_matcher(words: &[String]) -> Cond {
    let Some((name, args)) = words.split_first() else { return Cond::Always };
    match name.as_str() {
        "path" => Cond::Any(args.iter().map(|written| path(written)).collect()),
        "path_regexp" => args.last().map_or(Cond::Always, |pattern| Cond::Path(Text::Matches(pattern.clone()))),
        "host" => Cond::Any(args.iter().map(|host| flat::host_cond(host)).collect()),
        "not" => Cond::Not(Box::new(one_matcher(args))),
        _ => Cond::Unknown(words.join(" ")),
    }
}
