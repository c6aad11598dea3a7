//! Configurations that can be laid out flat: listeners, each with rules in the order in which they are tried.
//!
//! nginx' and its elder kin's configurations inherit from level to level and need a tree of their own. Those of Caddy,
//! Traefik, Envoy, Varnish and the small proxies do not: their parsers write [`Site`]s, and the choice of a route is
//! the same for all of them.

use super::{
    BufferLimits, GatewayConfig, Listen, LogFile, Member, MemberAddress, NameResolution, Place, Problem, Protocol,
    Route, Server, Set, Settings, Sources, Target, Timeouts, Tree, Upstream, UpstreamTls,
};
use regex::RegexBuilder;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// What stands for "waits for ever" where a product has no limit by default: longer than any run.
pub(super) const NO_LIMIT: Duration = Duration::from_hours(24);
/// Names that the system's resolver follows for each connection anew, as Go's programs do.
pub(super) const EACH_TIME: NameResolution = NameResolution::BySystem;
/// Upstreams that are listed for one configuration.
const MAX_UPSTREAMS: usize = 1024;
/// Bytes of a main file that are read.
const MAX_BYTES: u64 = 4 << 20;

/// The sites of one configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Flat {
    /// In the order of the text.
    pub(super) sites: Vec<Site>,
}

/// Where requests arrive, and what happens to them there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    /// Sockets and names; no name means any.
    pub(super) server: Server,
    /// Tried in this order.
    pub(super) rules: Vec<Rule>,
}

/// What happens to some of a site's requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// Which ones.
    pub(super) when: Cond,
    /// The condition as people read it; a plain path where it is a prefix that the upstream's path replaces.
    pub(super) label: Option<String>,
    /// Where it stands.
    pub(super) place: Place,
    /// Where they end up.
    pub(super) target: Target,
    /// What applies there.
    pub(super) settings: Settings,
}

/// A condition on a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cond {
    /// Every request.
    Always,
    /// By the host, in lower case.
    Host(Text),
    /// By the path.
    Path(Text),
    /// All of these.
    All(Vec<Cond>),
    /// One of these.
    Any(Vec<Cond>),
    /// Not this.
    Not(Box<Cond>),
    /// By something that a URL does not tell (a method, a header).
    Unknown(String),
}

/// How a text is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// The whole of it.
    Is(String),
    /// Its beginning.
    Starts(String),
    /// Its end.
    Ends(String),
    /// A pattern; one that cannot be compiled here is unknown.
    Matches(String),
}

impl Text {
    fn holds(&self, text: &str) -> Option<bool> {
        match self {
            Self::Is(whole) => Some(text == whole),
            Self::Starts(start) => Some(text.starts_with(start.as_str())),
            Self::Ends(end) => Some(text.len() > end.len() && text.ends_with(end.as_str())),
            Self::Matches(pattern) => {
                let regex = RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()?;
                Some(regex.is_match(text))
            }
        }
    }
}

impl Cond {
    /// Whether it holds; `None` where a URL does not tell. Conditions are as deep as their parsers let them be.
    pub(super) fn holds(&self, host: &str, path: &str) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::Host(text) => text.holds(host),
            Self::Path(text) => text.holds(path),
            Self::Not(inner) => inner.holds(host, path).map(|holds| !holds),
            Self::All(all) => {
                let each = all.iter().map(|one| one.holds(host, path));
                each.reduce(|whole, one| match (whole, one) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (None, _) | (_, None) => None,
                    _ => Some(true),
                })
                .unwrap_or(Some(true))
            }
            Self::Any(any) => {
                let each = any.iter().map(|one| one.holds(host, path));
                each.reduce(|whole, one| match (whole, one) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (None, _) | (_, None) => None,
                    _ => Some(false),
                })
                .unwrap_or(Some(false))
            }
            Self::Unknown(_) => None,
        }
    }

    /// Whether a URL alone tells if it holds.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Always | Self::Host(_) | Self::Path(_) => true,
            Self::All(these) | Self::Any(these) => these.iter().all(Self::is_known),
            Self::Not(inner) => inner.is_known(),
            Self::Unknown(_) => false,
        }
    }

    /// Both conditions together.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Always, one) | (one, Self::Always) => one,
            (Self::All(mut all), other) => {
                all.push(other);
                Self::All(all)
            }
            (one, other) => Self::All(vec![one, other]),
        }
    }
}

/// A host pattern as most products write it: `example.com`, `*.example.com`, `www.*`, `*`.
pub(super) fn host_cond(written: &str) -> Cond {
    let written = written.to_ascii_lowercase();
    if written == "*" || written.is_empty() {
        return Cond::Always;
    }
    if let Some(end) = written.strip_prefix('*') {
        return Cond::Host(Text::Ends(end.to_owned()));
    }
    match written.strip_suffix('*') {
        Some(start) => Cond::Host(Text::Starts(start.to_owned())),
        None => Cond::Host(Text::Is(written)),
    }
}

/// The way of a request for this URL. `None` if nothing listens there, or no rule takes it.
pub(super) fn route_for(flat: &Flat, url: &Url, listener: Option<SocketAddr>) -> Option<Route> {
    let port = listener.map(|listener| listener.port()).or_else(|| url.port_or_known_default())?;
    let ip = listener.map(|listener| listener.ip()).or_else(|| match url.host() {
        Some(url::Host::Ipv4(address)) => Some(address.into()),
        Some(url::Host::Ipv6(address)) => Some(address.into()),
        _ => None,
    });
    // Where a configuration leaves the listeners to the command line, and that is not known, it may be any.
    let here = |site: &&Site| {
        site.server.listens.is_empty() || site.server.listens.iter().any(|listen| takes(listen, ip, port))
    };
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let rank = |site: &&Site| site.server.names.iter().filter_map(|name| name_rank(name, host)).min();
    let any = |site: &&Site| site.server.names.is_empty();
    let by_name = flat.sites.iter().filter(here).filter(|site| rank(site).is_some()).min_by_key(|site| rank(site));
    let site = by_name.or_else(|| flat.sites.iter().filter(here).find(any))?;
    let mut because = vec![match by_name {
        Some(_) => format!("it takes requests for {host} on port {port} ({})", site.server.place),
        None => format!("it takes all requests on port {port} ({})", site.server.place),
    }];
    let path = url.path();
    let (mut taken, mut perhaps) = (None, None);
    for rule in &site.rules {
        match rule.when.holds(host, path) {
            Some(true) => {
                taken = Some(rule);
                break;
            }
            Some(false) => {}
            None => perhaps = perhaps.or(Some(rule)),
        }
    }
    if let Some(rule) = perhaps {
        because.push(format!("a rule before it depends on more than the URL ({})", rule.place));
    }
    let rule = taken.or(perhaps)?;
    if let Some(label) = &rule.label {
        because.push(format!("{label} takes {path} ({})", rule.place));
    }
    let mut target = rule.target.clone();
    if let Target::Upstream(upstream) = &mut target {
        // All of these products hand the client's own Host header on, unless they are told otherwise.
        upstream.host.get_or_insert_with(|| authority(url));
    }
    Some(Route {
        server: site.server.clone(),
        location: rule.label.clone(),
        place: rule.place.clone(),
        target,
        settings: rule.settings.clone(),
        because,
    })
}

/// What the rule that takes this URL does against failures and load. One member has nobody to stand in for it.
pub(super) fn care_for(flat: &Flat, url: &Url, listener: Option<SocketAddr>) -> super::Care {
    let Some(Route { target: Target::Upstream(upstream), settings, .. }) = route_for(flat, url, listener) else {
        return super::Care::default();
    };
    let alone = upstream.members.iter().filter(|member| !member.down).count() < 2;
    let mut care = settings.care;
    if alone {
        care.passive_checks = care.passive_checks.map(|_| false);
    }
    care
}

/// The Host header that a client sends for a URL.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether a connection arrives at a listener. An address that is not known counts as any.
fn takes(listen: &Listen, ip: Option<IpAddr>, port: u16) -> bool {
    listen.unix.is_none()
        && listen.port == port
        && match (listen.address, ip) {
            (Some(address), Some(ip)) => address == ip,
            _ => true,
        }
}

/// How well a name matches, the smallest best: exact, the longest `*.name`, the longest `name.*`, any.
fn name_rank(name: &str, host: &str) -> Option<(u8, usize)> {
    let name = name.to_ascii_lowercase();
    let length = usize::MAX - name.len();
    match host_cond(&name) {
        Cond::Always => Some((3, 0)),
        cond @ Cond::Host(Text::Is(_)) => cond.holds(host, "")?.then_some((0, 0)),
        cond @ Cond::Host(Text::Ends(_)) => cond.holds(host, "")?.then_some((1, length)),
        cond => cond.holds(host, "")?.then_some((2, length)),
    }
}

/// All upstreams, each once.
pub(super) fn upstreams(flat: &Flat) -> Vec<Upstream> {
    let mut found: Vec<Upstream> = Vec::new();
    for rule in flat.sites.iter().flat_map(|site| &site.rules) {
        if let Target::Upstream(upstream) = &rule.target
            && found.len() < MAX_UPSTREAMS
            && !found.iter().any(|known| known == &**upstream)
        {
            found.push((**upstream).clone());
        }
    }
    found
}

/// The longest time that any rule waits for its upstream; none where one waits for ever.
pub(super) fn longest_wait(flat: &Flat) -> Option<Duration> {
    let waits =
        flat.sites.iter().flat_map(|site| &site.rules).filter(|rule| matches!(rule.target, Target::Upstream(_)));
    waits.map(|rule| rule.settings.timeouts.read.value.max(rule.settings.timeouts.connect.value)).max()
}

/// Every log that a rule names, each once, before `more`.
pub(super) fn logs(flat: &Flat, more: Vec<LogFile>) -> Vec<LogFile> {
    let mut found: Vec<LogFile> = Vec::new();
    let named = flat.sites.iter().flat_map(|site| &site.rules);
    let named = named.flat_map(|rule| rule.settings.error_logs.iter().chain(&rule.settings.access_logs));
    for log in named.cloned().chain(more) {
        if !found.iter().any(|known| known.written == log.written) {
            found.push(log);
        }
    }
    found
}

/// Servers of all sites, for the common model.
pub(super) fn servers(flat: &Flat) -> Vec<Server> {
    flat.sites.iter().map(|site| site.server.clone()).collect()
}

/// Settings of a product that has only two timeouts of its own.
pub(super) fn settings(connect: Set<Duration>, read: Set<Duration>, head: u64) -> Settings {
    Settings {
        timeouts: Timeouts { connect, send: read.clone(), read },
        buffers: BufferLimits {
            header: Set::default_of(head),
            body: Set::default_of((0, 0)),
            buffering: Set::default_of(false),
            request_body: Set::default_of(0),
        },
        tls: UpstreamTls {
            verify: Set::default_of(true),
            checks_name: None,
            checks_time: None,
            trusted: None,
            name: None,
            sni: Set::default_of(true),
            protocols: None,
            client_certificate: None,
        },
        http_version: Set::default_of("1.1".to_owned()),
        set_headers: Vec::new(),
        next_upstream: Set::default_of(Vec::new()),
        resolver: None,
        error_logs: Vec::new(),
        access_logs: Vec::new(),
        intercept_errors: Set::default_of(false),
        care: super::Care::default(),
    }
}

/// A member with its product's defaults.
pub(super) fn member(address: MemberAddress, place: &Place) -> Member {
    Member {
        address,
        weight: 1,
        max_fails: 0,
        fail_timeout: Duration::ZERO,
        max_conns: 0,
        backup: false,
        down: false,
        resolve: false,
        place: place.clone(),
    }
}

/// An upstream whose names the system's resolver follows.
pub(super) fn upstream(written: &str, protocol: Protocol, members: Vec<Member>, place: &Place) -> Upstream {
    let named = members.iter().any(|member| member.address.name().is_some());
    Upstream {
        written: written.to_owned(),
        protocol,
        pool: None,
        members,
        keepalive: None,
        resolution: if named { NameResolution::AtStart } else { NameResolution::None },
        uri: None,
        host: None,
        place: place.clone(),
    }
}

/// A listener on an address as most products write it: `127.0.0.1:80`, `:80`, `[::]:80`, `*:80`, `host:80`.
pub(super) fn listen(written: &str, place: &Place) -> Option<Listen> {
    let mut listen = Listen {
        address: None,
        port: 0,
        unix: None,
        ipv6: false,
        tls: false,
        default: false,
        proxy_protocol: false,
        place: place.clone(),
    };
    if let Some(path) = written.strip_prefix("unix:").or_else(|| written.strip_prefix("unix/")) {
        listen.unix = Some(PathBuf::from(path));
        return Some(listen);
    }
    if written.starts_with('/') {
        listen.unix = Some(PathBuf::from(written));
        return Some(listen);
    }
    let (host, port) = split_port(written)?;
    listen.port = port?;
    listen.ipv6 = host.contains(':');
    listen.address = match host {
        "" | "*" | "0.0.0.0" | "::" => None,
        "localhost" => Some(IpAddr::from([127, 0, 0, 1])),
        host => Some(host.parse().ok()?),
    };
    Some(listen)
}

/// Host and port of an authority; brackets are taken off. `None` where neither is there.
pub(super) fn split_port(written: &str) -> Option<(&str, Option<u16>)> {
    if let Some(inner) = written.strip_prefix('[') {
        let (host, after) = inner.split_once(']')?;
        let port = after.strip_prefix(':').map(|port| port.parse().ok());
        return match port {
            Some(None) => None,
            port => Some((host, port.flatten())),
        };
    }
    match written.rsplit_once(':') {
        Some((host, port)) => Some((host, Some(port.parse().ok()?))),
        None if written.is_empty() => None,
        None => Some((written, None)),
    }
}

/// A member's address: `host:port`, `[::1]:80`, with the port that is meant where none is written.
pub(super) fn address(written: &str, usual_port: Option<u16>) -> Option<MemberAddress> {
    let (host, port) = split_port(written)?;
    let port = port.or(usual_port)?;
    let host = if host.is_empty() { "localhost" } else { host };
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_:%".contains(c);
    host.chars().all(fits).then(|| MemberAddress::Host { host: host.to_owned(), port })
}

/// A URL as an upstream's member: protocol, address, path.
pub(super) fn member_url(written: &str) -> Option<(Protocol, MemberAddress, Option<String>)> {
    let (scheme, rest) = written.split_once("://")?;
    let protocol = match scheme.to_ascii_lowercase().as_str() {
        "http" => Protocol::Http,
        "https" => Protocol::Https,
        "h2c" | "grpc" => Protocol::Grpc,
        _ => return None,
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let address = address(&rest[..end], protocol.default_port())?;
    let path = rest[end..].split('?').next().unwrap_or_default();
    Some((protocol, address, (path.len() > 1).then(|| path.to_owned())))
}

/// A duration in Go's spelling: `300ms`, `1.5h`, `2h45m`, `10s`; a bare number counts in `bare`.
pub(super) fn go_duration(text: &str, bare: Duration) -> Option<Duration> {
    let text = text.trim();
    if let Ok(number) = text.parse::<u32>() {
        return bare.checked_mul(number);
    }
    let mut total = 0.0_f64;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        rest = &rest[digits..];
        let (unit, after) = ["ns", "us", "µs", "ms", "s", "m", "h", "d", "w"]
            .into_iter()
            .filter_map(|unit| Some((unit, rest.strip_prefix(unit)?)))
            .max_by_key(|(unit, _)| unit.len())?;
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => 7.0 * 86400.0,
        };
        total += number * seconds;
        rest = after;
    }
    Duration::try_from_secs_f64(total).ok()
}

/// A log file by its path; `None` as file for the standard streams and devices.
pub(super) fn log_file(written: &str, place: Option<Place>) -> LogFile {
    let is_file = !written.is_empty() && !written.starts_with("/dev/") && written.contains('/');
    LogFile {
        file: is_file.then(|| PathBuf::from(written)),
        written: written.to_owned(),
        level: None,
        format: None,
        place,
    }
}

/// The parts of the common model that flat configurations share.
pub(super) fn config(main: &Path, files: Vec<PathBuf>, flat: Flat, kind: super::GatewayKind) -> GatewayConfig {
    let mut config = GatewayConfig::empty(kind, main, Tree::None);
    config.files = files;
    config.servers = servers(&flat);
    config.logs = logs(&flat, Vec::new());
    config.tree = Tree::Flat(flat);
    config
}

/// The text of a main file; a problem and nothing where it cannot be read.
pub(super) fn text(main: &Path, sources: &dyn Sources, problems: &mut Vec<Problem>) -> String {
    sources.text(main, MAX_BYTES).unwrap_or_else(|error| {
        let place = Place { file: Arc::new(main.to_path_buf()), line: 0 };
        problems.push(Problem { place, what: error.to_string(), line_to_add: error.line_to_add() });
        String::new()
    })
}

/// The value of a long option: `--config FILE` or `--config=FILE`.
pub(super) fn option<'w>(words: &[&'w str], names: &[&str]) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(index, word)| {
        names.iter().find_map(|name| match word.strip_prefix(name)? {
            "" => words.get(index + 1).copied(),
            joined => joined.strip_prefix('='),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_know_what_they_do_not_know() {
        let api = || Cond::Path(Text::Starts("/api".to_owned()));
        let post = || Cond::Unknown("method POST".to_owned());
        assert_eq!(Cond::All(vec![api(), post()]).holds("h", "/x"), Some(false));
        assert_eq!(Cond::All(vec![api(), post()]).holds("h", "/api"), None);
        assert_eq!(Cond::Any(vec![api(), post()]).holds("h", "/api"), Some(true));
        assert_eq!(Cond::Not(Box::new(post())).holds("h", "/"), None);
        assert_eq!(host_cond("*.example.com").holds("a.example.com", "/"), Some(true));
        assert_eq!(host_cond("*.example.com").holds("example.com", "/"), Some(false));
        assert_eq!(Cond::Path(Text::Matches("(".to_owned())).holds("h", "/"), None);
    }

    #[test]
    fn reads_addresses_and_times() {
        let place = Place::default();
        assert_eq!(listen("[::]:80", &place).map(|l| (l.address, l.port, l.ipv6)), Some((None, 80, true)));
        assert_eq!(listen(":8080", &place).map(|l| (l.address, l.port, l.ipv6)), Some((None, 8080, false)));
        assert_eq!(listen("127.0.0.1:x", &place), None);
        let (protocol, address, path) = member_url("https://app.internal/base?x").unwrap();
        assert_eq!(
            (protocol, address.to_string(), path.as_deref()),
            (Protocol::Https, "app.internal:443".into(), Some("/base"))
        );
        assert_eq!(member_url("ftp://x"), None);
        let go = |text: &str| go_duration(text, Duration::from_secs(1)).map(|time| time.as_millis());
        assert_eq!(
            (go("1.5s"), go("2h45m"), go("300ms"), go("10")),
            (Some(1500), Some(9_900_000), Some(300), Some(10_000))
        );
        assert_eq!((go(""), go("s"), go("5x"), go("99999999999999999999h")), (None, None, None, None));
    }
}
