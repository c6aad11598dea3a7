//! The way of a request: which server block, which location, and where that leads; by nginx's own rules.

use super::extract::{server, server_blocks};
use super::settings::{Scope, settings, wire};
use super::tree::{Directive, Tree};
use super::upstream::{pass_of, pool_idle, resolve_pass};
use super::variables::Variables;
use crate::gateways::{GatewayConfig, Listen, Protocol, Route, Server, Target, WireSettings};
use regex::{Regex, RegexBuilder};
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// Internal redirects that are followed, as nginx does.
const MAX_REDIRECTS: usize = 10;

/// The way of a request for this URL, `listener` being the address that was connected to, where known.
/// `None` if no server block listens there.
pub fn route_for(config: &GatewayConfig, url: &Url, listener: Option<SocketAddr>) -> Option<Route> {
    let Walked { block, location, target, protocol, scope, variables, because } = walk(config, url, listener)?;
    let innermost = location.last();
    Some(Route {
        server: server(block, &mut Vec::new()),
        location: innermost.map(|location| location.args.join(" ")),
        place: innermost.map_or(&block.place, |location| &location.place).clone(),
        settings: settings(&scope, protocol, &config.formats, &variables),
        target,
        because,
    })
}

/// The finer points of what travels to the upstream of a request for this URL.
pub fn wire_for(config: &GatewayConfig, url: &Url, listener: Option<SocketAddr>) -> WireSettings {
    let Some(walked) = walk(config, url, listener) else { return WireSettings::default() };
    let mut found = wire(&walked.scope, walked.protocol);
    if let (Target::Upstream(upstream), crate::gateways::Tree::Nginx(tree)) = (&walked.target, &config.tree) {
        found.keepalive_idle = pool_idle(tree, upstream);
    }
    found
}

/// Where a request ended up, with all that applies there.
pub(super) struct Walked<'t> {
    block: &'t Directive,
    location: Vec<&'t Directive>,
    /// Where it ends up.
    pub(super) target: Target,
    /// What is spoken to the upstream.
    pub(super) protocol: Protocol,
    /// The levels of blocks around the place.
    pub(super) scope: Scope<'t>,
    /// What is known of variables there.
    pub(super) variables: Variables<'t>,
    because: Vec<String>,
}

/// Follows a request to its place.
pub(super) fn walk<'t>(config: &'t GatewayConfig, url: &Url, listener: Option<SocketAddr>) -> Option<Walked<'t>> {
    let crate::gateways::Tree::Nginx(tree) = &config.tree else { return None };
    let mut because = Vec::new();
    let (http, block) = choose_server(tree, url, listener, &mut because)?;
    let outer = Scope { levels: vec![&tree.directives, http.children(), block.children()], prefix: &tree.prefix };
    let mut variables = Variables::for_request(tree, url);
    let names = block.children().iter().find(|directive| directive.name == "server_name");
    variables.set("server_name", names.map_or("", |names| names.arg(0)).to_owned());
    variables.take_sets(http.children());
    variables.take_sets(block.children());
    let mut way = Way { config, block, outer, variables, because };
    let arrived = way.follow(&decoded(url.path()));
    let Arrived { location, target, protocol } = arrived;
    let scope = location.iter().fold(way.outer.clone(), |scope, location| scope.within(location.children()));
    way.variables.set("document_root", scope.last("root").map_or("", |root| root.arg(0)).to_owned());
    let root = way.variables.expand("$document_root");
    way.variables.set("realpath_root", root);
    Some(Walked { block, location, target, protocol, scope, variables: way.variables, because: way.because })
}

/// A pattern as nginx writes it; `None` if it cannot be compiled here (look-around, back-references).
/// Case counts unless the pattern began with a further `*`.
pub(super) fn pattern(written: &str) -> Option<Regex> {
    let (text, any_case) = match written.strip_prefix('*') {
        Some(text) => (text, true),
        None => (written, false),
    };
    RegexBuilder::new(text).case_insensitive(any_case).size_limit(1 << 20).build().ok()
}

/// The path as nginx matches it: `%` sequences decoded, double slashes merged.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let hex = (*byte == b'%')
            .then(|| after.get(..2).and_then(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok()));
        rest = after;
        match hex.flatten() {
            Some(value) => {
                bytes.push(value);
                rest = &rest[2..];
            }
            None if *byte == b'/' && bytes.last() == Some(&b'/') => {}
            None => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The server block that takes the request, with its `http` block.
fn choose_server<'t>(
    tree: &'t Tree,
    url: &Url,
    listener: Option<SocketAddr>,
    because: &mut Vec<String>,
) -> Option<(&'t Directive, &'t Directive)> {
    let port = listener.map(|listener| listener.port()).or_else(|| url.port_or_known_default())?;
    let blocks: Vec<(&Directive, &Directive, Server)> =
        server_blocks(tree).map(|(http, block)| (http, block, server(block, &mut Vec::new()))).collect();
    let literal = listener.map(|listener| listener.ip()).or_else(|| match url.host() {
        Some(url::Host::Ipv4(address)) => Some(address.into()),
        Some(url::Host::Ipv6(address)) => Some(address.into()),
        _ => None,
    });
    // An address that is written out wins over a wildcard of the same port, whatever the names are.
    let exact = |listen: &Listen| listen.port == port && listen.address.is_some() && listen.address == literal;
    let wild = |listen: &Listen| listen.port == port && listen.unix.is_none() && listen.address.is_none();
    let any = |listen: &Listen| listen.port == port && listen.unix.is_none();
    let rules: [&dyn Fn(&Listen) -> bool; 3] = [&exact, &wild, &any];
    let (rule, here) = rules.into_iter().find_map(|rule| {
        let here: Vec<_> = blocks.iter().filter(|(_, _, server)| server.listens.iter().any(rule)).collect();
        (!here.is_empty()).then_some((rule, here))
    })?;
    let host = url.host_str().unwrap_or("").trim_end_matches('.').to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let by_name = here
        .iter()
        .flat_map(|found| found.2.names.iter().filter_map(|name| Some((name_rank(name, host)?, name, *found))))
        .min_by_key(|(rank, ..)| *rank);
    let (chosen, why) = if let Some((_, name, found)) = by_name {
        (found, format!("server_name {name} matches {host} on port {port}"))
    } else {
        let is_default = |server: &Server| server.listens.iter().any(|listen| rule(listen) && listen.default);
        let default = here.iter().find(|(_, _, server)| is_default(server));
        let found = default.or_else(|| here.first())?;
        (*found, format!("no server_name matches {host}: the default server of port {port}"))
    };
    because.push(format!("{why} ({})", chosen.2.place));
    Some((chosen.0, chosen.1))
}

/// How well a written name matches, the smallest best: exact, longest `*.name`, longest `name.*`, pattern.
/// Patterns keep their order, since of equals the first is taken.
fn name_rank(written: &str, host: &str) -> Option<(u8, usize)> {
    let written_lower = written.to_ascii_lowercase();
    let length_rank = usize::MAX - written.len();
    if written_lower == host {
        return Some((0, 0));
    }
    if let Some(domain) = written_lower.strip_prefix('.') {
        let below = host.strip_suffix(domain);
        return below
            .filter(|below| below.is_empty() || below.ends_with('.'))
            .map(|below| if below.is_empty() { (0, 0) } else { (1, length_rank) });
    }
    if let Some(domain) = written_lower.strip_prefix("*.") {
        return host
            .strip_suffix(domain)
            .filter(|below| below.len() > 1 && below.ends_with('.'))
            .map(|_| (1, length_rank));
    }
    if let Some(start) = written_lower.strip_suffix(".*") {
        return host
            .strip_prefix(start)
            .filter(|after| after.len() > 1 && after.starts_with('.'))
            .map(|_| (2, length_rank));
    }
    // Names are compared without regard to case, patterns in names too.
    let text = written.strip_prefix('~')?;
    pattern(&format!("*{text}"))?.is_match(host).then_some((3, 0))
}

/// What a location takes, by its modifier, which may be written together with the path.
#[derive(Debug, PartialEq, Eq)]
enum Matcher<'d> {
    Exact(&'d str),
    /// `^~`: a prefix that no pattern overrules.
    Final(&'d str),
    Prefix(&'d str),
    Pattern {
        text: &'d str,
        any_case: bool,
    },
    Named(&'d str),
}

impl<'d> Matcher<'d> {
    fn of(location: &'d Directive) -> Self {
        let (modifier, path) = if let [modifier, path, ..] = location.args.as_slice() {
            (modifier.as_str(), path.as_str())
        } else {
            let joined = location.arg(0);
            let modifiers = ["^~", "~*", "=", "~"];
            let modifier = modifiers.into_iter().find(|modifier| joined.starts_with(modifier)).unwrap_or("");
            (modifier, &joined[modifier.len()..])
        };
        match modifier {
            "=" => Self::Exact(path),
            "^~" => Self::Final(path),
            "~" => Self::Pattern { text: path, any_case: false },
            "~*" => Self::Pattern { text: path, any_case: true },
            _ if path.starts_with('@') => Self::Named(path),
            _ => Self::Prefix(path),
        }
    }

    fn prefix(&self) -> Option<&'d str> {
        match self {
            Self::Final(path) | Self::Prefix(path) => Some(path),
            _ => None,
        }
    }
}

/// Where a request ended up.
struct Arrived<'t> {
    /// The locations around the place, outermost first; empty for the server block itself.
    location: Vec<&'t Directive>,
    target: Target,
    protocol: Protocol,
}

struct Way<'t> {
    config: &'t GatewayConfig,
    block: &'t Directive,
    outer: Scope<'t>,
    variables: Variables<'t>,
    because: Vec<String>,
}

/// What one location says.
enum Said {
    Target(Target, Protocol),
    /// Go on with this path or named location.
    Elsewhere(String),
}

impl<'t> Way<'t> {
    /// Goes from location to location until one answers.
    fn follow(&mut self, path: &str) -> Arrived<'t> {
        if let Some(status) = returned(self.block.children()) {
            self.because.push(format!("the server block answers with {status} itself"));
            return Arrived { location: Vec::new(), target: Target::Return(status), protocol: Protocol::Http };
        }
        let mut path = path.to_owned();
        let mut location = Vec::new();
        for _ in 0..MAX_REDIRECTS {
            location = self.find(&path);
            if let Some(found) = location.last() {
                self.because.push(format!("location {} matches {path} ({})", found.args.join(" "), found.place));
            }
            if path.starts_with('/') {
                for name in ["uri", "document_uri", "fastcgi_script_name"] {
                    self.variables.set(name, path.clone());
                }
            }
            match self.said(&location, &path) {
                Said::Target(target, protocol) => return Arrived { location, target, protocol },
                Said::Elsewhere(next) => {
                    self.because.push(format!("it goes on as {next}"));
                    path = next;
                }
            }
        }
        let why = format!("more than {MAX_REDIRECTS} internal redirects");
        Arrived { location, target: Target::Unknown(why), protocol: Protocol::Http }
    }

    /// The locations that take a path, outermost first.
    fn find(&mut self, path: &str) -> Vec<&'t Directive> {
        let mut found = Vec::new();
        if path.starts_with('@') {
            let named = self
                .block
                .children()
                .iter()
                .find(|directive| directive.name == "location" && Matcher::of(directive) == Matcher::Named(path));
            found.extend(named);
        } else {
            self.find_in(self.block.children(), path, &mut found);
        }
        for location in &found {
            self.variables.take_sets(location.children());
        }
        found
    }

    /// nginx's order: an exact match, else the longest prefix and what is nested in it; then, unless that
    /// prefix forbids it (`^~`) or something nested was decisive, the first pattern. `true` if decisive.
    fn find_in(&mut self, level: &'t [Directive], path: &str, found: &mut Vec<&'t Directive>) -> bool {
        let locations = || {
            let blocks = level.iter().filter(|directive| directive.name == "location" && directive.block.is_some());
            blocks.map(|location| (location, Matcher::of(location)))
        };
        if let Some((exact, _)) = locations().find(|(_, matcher)| *matcher == Matcher::Exact(path)) {
            found.push(exact);
            return true;
        }
        let longest = locations()
            .filter_map(|(location, matcher)| Some((location, matcher.prefix()?)))
            .filter(|(_, prefix)| path.starts_with(prefix))
            .max_by_key(|(_, prefix)| prefix.len());
        let before = found.len();
        let mut no_patterns = false;
        if let Some((location, _)) = longest {
            found.push(location);
            if self.find_in(location.children(), path, found) {
                return true;
            }
            no_patterns = found.last().is_some_and(|innermost| matches!(Matcher::of(innermost), Matcher::Final(_)));
        }
        if no_patterns {
            return false;
        }
        for (location, matcher) in locations() {
            let Matcher::Pattern { text, any_case } = matcher else { continue };
            let written = if any_case { format!("*{text}") } else { text.to_owned() };
            let Some(pattern) = pattern(&written) else {
                let why = format!("location {} has a pattern that is not understood here", location.args.join(" "));
                self.because.push(why);
                continue;
            };
            let Some(captures) = pattern.captures(path) else { continue };
            for (index, capture) in captures.iter().enumerate().skip(1) {
                self.variables.set(&index.to_string(), capture.map_or("", |capture| capture.as_str()).to_owned());
            }
            for name in pattern.capture_names().flatten() {
                let value = captures.name(name).map_or("", |capture| capture.as_str());
                self.variables.set(name, value.to_owned());
            }
            found.truncate(before);
            found.push(location);
            self.find_in(location.children(), path, found);
            return true;
        }
        false
    }

    /// What the innermost location does with a request.
    fn said(&mut self, location: &[&'t Directive], path: &str) -> Said {
        let scope = location.iter().fold(self.outer.clone(), |scope, location| scope.within(location.children()));
        let level = scope.levels.last().copied().unwrap_or_default();
        if let Some(status) = returned(level) {
            return Said::Target(Target::Return(status), Protocol::Http);
        }
        if level.iter().any(|directive| directive.name == "if" && pass_of(directive.children()).is_some()) {
            self.because.push("an `if` in it may forward some requests elsewhere".to_owned());
        }
        if level.iter().any(|directive| directive.name == "rewrite") {
            self.because.push("a `rewrite` in it may change the path".to_owned());
        }
        if let Some(pass) = pass_of(level) {
            let upstream = resolve_pass(pass, &scope, &self.config.pools, &self.variables);
            self.because.push(format!("{} {} ({})", pass.name, pass.arg(0), pass.place));
            let protocol = upstream.protocol;
            return Said::Target(Target::Upstream(Box::new(upstream)), protocol);
        }
        if let Some(next) = self.fallback(&scope, path) {
            return Said::Elsewhere(next);
        }
        let root = scope.last("alias").or_else(|| scope.last("root"));
        let folder = root.map(|root| PathBuf::from(self.variables.expand(root.arg(0))));
        Said::Target(Target::Files(folder), Protocol::Http)
    }

    /// Where a location of files sends a path that is no file: the end of `try_files`, an index that is
    /// forwarded, or the error page of a missing file.
    fn fallback(&mut self, scope: &Scope<'t>, path: &str) -> Option<String> {
        if path.starts_with('@') {
            return None;
        }
        // Unlike most, `try_files` is not inherited.
        let level = scope.levels.last().copied().unwrap_or_default();
        let try_files = level.iter().find(|directive| directive.name == "try_files");
        if let Some(last) = try_files.and_then(|directive| directive.args.last())
            && !last.starts_with('=')
        {
            return another(&self.variables.expand(last), path);
        }
        if path.ends_with('/')
            && let Some(index) = scope.last("index")
        {
            for name in &index.args {
                let candidate = format!("{path}{name}");
                let forwarded = self.find(&candidate).last().is_some_and(|found| pass_of(found.children()).is_some());
                if forwarded {
                    return Some(candidate);
                }
            }
        }
        let missing = scope.all("error_page").into_iter().find(|page| page.args.iter().any(|arg| arg == "404"))?;
        let target = missing.args.last()?;
        target.starts_with('@').then(|| target.clone())
    }
}

/// A path without its query, unless it is the one that led here.
fn another(target: &str, path: &str) -> Option<String> {
    let target = target.split('?').next().unwrap_or(target);
    (target != path && target.starts_with(['/', '@']) && !target.contains('$')).then(|| target.to_owned())
}

/// The status that a level answers with by `return`, outside of any `if`.
fn returned(level: &[Directive]) -> Option<u16> {
    let directive = level.iter().find(|directive| directive.name == "return")?;
    directive.arg(0).parse().ok().or(Some(302))
}
