//! Tree to model: listeners, backends, logs, limits.

use super::proxy::Proxy;
use super::request::Asked;
use super::settings::{ENDLESS, limits, member, settings, upstream};
use super::time;
use super::tree::{Builder, Line, SectionKind, Tree};
use crate::gateways::Sources;
use crate::gateways::{
    GatewayConfig, GatewayKind, Listen, LogFile, Parsed, Place, Pool, Problem, Resolver, Server, Set, Upstream,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Bytes that are read of one file.
const MAX_BYTES: u64 = 4 << 20;
/// Files that are read.
const MAX_FILES: usize = 128;
/// Ports of one range.
const MAX_RANGE: u16 = 256;
/// Files where a syslog service usually puts what HAProxy says.
const USUAL_LOGS: [&str; 4] =
    ["/var/log/haproxy.log", "/var/log/haproxy/haproxy.log", "/var/log/syslog", "/var/log/messages"];
/// Names of the server that a host may have for itself.
const MAX_UPSTREAMS: usize = 1024;

/// Reads a configuration: each `-f` is a file, or a folder whose `.cfg` files are read in order.
pub(in crate::gateways) fn parse(main: &Path, _folder: Option<&Path>, sources: &dyn Sources) -> Parsed<GatewayConfig> {
    let mut builder = Builder::default();
    let mut files = Vec::new();
    for path in std::iter::once(main.to_path_buf()).chain(super::process::further(sources.arguments())) {
        read(&path, sources, &mut builder, &mut files);
    }
    let (mut tree, mut problems) = builder.finish();
    maps(&mut tree, sources);
    problems.extend(unfit(&tree));
    let mut config = GatewayConfig {
        kind: GatewayKind::Haproxy,
        main: main.to_path_buf(),
        files,
        user: global_word(&tree, "user").or_else(|| global_word(&tree, "uid")),
        group: global_word(&tree, "group").or_else(|| global_word(&tree, "gid")),
        servers: Proxy::frontends(&tree)
            .map(|proxy| Server { listens: listens(&proxy), names: Vec::new(), place: proxy.section.place.clone() })
            .collect(),
        pools: Proxy::backends(&tree).map(|proxy| pool(&proxy, &tree)).collect(),
        formats: Vec::new(),
        limits: limits(&tree),
        logs: logs(&tree, sources),
        tree: crate::gateways::Tree::Haproxy(Tree::default()),
    };
    config.tree = crate::gateways::Tree::Haproxy(tree);
    Parsed { value: config, problems }
}

/// One `-f`: a file, or the `.cfg` files of a folder.
fn read(path: &Path, sources: &dyn Sources, builder: &mut Builder, files: &mut Vec<PathBuf>) {
    let within = sources.matching(&path.join("*.cfg")).unwrap_or_default();
    let found = if within.is_empty() { vec![path.to_path_buf()] } else { within };
    for file in found {
        let place = Place { file: Arc::new(file.clone()), line: 0 };
        if files.len() >= MAX_FILES {
            let what = "the rest is left out: there are too many files".to_owned();
            builder.problems.push(Problem { place, what, line_to_add: None });
            return;
        }
        match sources.text(&file, MAX_BYTES) {
            Ok(text) => {
                builder.add(&file, &text);
                files.push(file);
            }
            Err(error) => {
                builder.problems.push(Problem { place, what: error.to_string(), line_to_add: error.line_to_add() });
            }
        }
    }
}

/// Map files of `use_backend`, so that the choice can be followed.
fn maps(tree: &mut Tree, sources: &dyn Sources) {
    let mut found: Vec<(String, String)> = Vec::new();
    for section in &tree.sections {
        for line in section.lines.iter().filter(|line| line.word(0) == "use_backend") {
            let Some((_, after)) = line.word(1).split_once("map") else { continue };
            let Some((_, inside)) = after.split_once('(') else { continue };
            let file = inside.split([',', ')']).next().unwrap_or_default().trim();
            if file.starts_with('/')
                && found.len() < 16
                && !found.iter().any(|(known, _)| known == file)
                && let Ok(text) = sources.text(Path::new(file), 1 << 20)
            {
                found.push((file.to_owned(), text));
            }
        }
    }
    tree.maps = found;
}

/// Lines that HAProxy itself would refuse or that lead nowhere.
fn unfit(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for section in &tree.sections {
        let lines = section.lines.iter().filter_map(|line| Some((line, wrong(line, tree)?)));
        problems.extend(lines.map(|(line, what)| Problem { place: line.place.clone(), what, line_to_add: None }));
        let missing = section
            .from
            .as_ref()
            .filter(|name| !tree.of(SectionKind::Defaults).any(|defaults| defaults.name == **name));
        if let Some(name) = missing {
            let what = format!("there is no defaults section {name}");
            problems.push(Problem { place: section.place.clone(), what, line_to_add: None });
        }
    }
    problems.truncate(100);
    problems
}

/// What is wrong with a line, if anything.
fn wrong(line: &Line, tree: &Tree) -> Option<String> {
    match line.word(0) {
        "use_backend" | "default_backend"
            if !line.word(1).contains("%[") && Proxy::backend(tree, line.word(1)).is_none() =>
        {
            Some(format!("there is no backend {}", line.word(1)))
        }
        "timeout" if time::time(line.word(2)).is_none() => Some(format!("{} is no time", line.word(2))),
        "server" if line.word(2).is_empty() => Some("a server without an address".to_owned()),
        "bind" if binds(line).is_empty() => {
            Some(format!("{} is no address to listen on that is understood", line.word(1)))
        }
        _ => None,
    }
}

fn global_word(tree: &Tree, word: &str) -> Option<Set<String>> {
    let line = tree.global().filter(|line| line.word(0) == word).last()?;
    Some(Set { value: line.word(1).to_owned(), place: Some(line.place.clone()) })
}

/// The sockets that a frontend listens on.
pub(super) fn listens(proxy: &Proxy<'_>) -> Vec<Listen> {
    proxy.section.lines.iter().filter(|line| line.word(0) == "bind").flat_map(binds).collect()
}

/// The sockets of one `bind` line.
fn binds(line: &Line) -> Vec<Listen> {
    let words = line.from(2);
    let has = |word: &str| words.iter().any(|known| known == word);
    let mut found = Vec::new();
    for written in line.word(1).split(',').map(str::trim).filter(|written| !written.is_empty()) {
        let base = Listen {
            address: None,
            port: 0,
            unix: None,
            ipv6: false,
            tls: has("ssl"),
            default: false,
            proxy_protocol: has("accept-proxy"),
            place: line.place.clone(),
        };
        found.extend(bind(written, base, has("v4v6"), has("v6only")));
    }
    found
}

fn bind(written: &str, base: Listen, both: bool, only6: bool) -> Vec<Listen> {
    if let Some(path) = written.strip_prefix("unix@").or_else(|| Some(written).filter(|w| w.starts_with('/'))) {
        return vec![Listen { unix: Some(PathBuf::from(path)), ..base }];
    }
    let (family, plain) = match written.split_once('@') {
        Some((family @ ("ipv4" | "ipv6" | "tcp" | "tcp4" | "tcp6" | "quic4" | "quic6"), rest)) => (family, rest),
        Some(_) => return Vec::new(),
        None => ("", written),
    };
    if family.starts_with("quic") {
        return Vec::new();
    }
    let Some((host, ports)) = plain.rsplit_once(':') else { return Vec::new() };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else { return Vec::new() };
    let wildcard6 = host == "::" || (matches!(host, "" | "*") && family.ends_with('6'));
    let address = match host {
        "" | "*" | "0.0.0.0" | "::" => None,
        "localhost" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        "ip6-localhost" => Some(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        // Of a name, the address is known to the process only.
        host => host.parse().ok(),
    };
    let mut found = Vec::new();
    for port in first..=last.min(first.saturating_add(MAX_RANGE)) {
        let listen = Listen { address, port, ipv6: wildcard6, ..base.clone() };
        if wildcard6 && both && !only6 {
            found.push(Listen { ipv6: false, ..listen.clone() });
        }
        found.push(listen);
    }
    found
}

fn pool(proxy: &Proxy<'_>, tree: &Tree) -> Pool {
    let servers = proxy.servers();
    let resolvers = servers.iter().find_map(|server| server.resolvers.as_deref());
    Pool {
        name: proxy.section.name.clone(),
        members: servers.iter().filter_map(|server| member(proxy, server, 80)).collect(),
        balancing: proxy.setting(&["balance"]).map_or("roundrobin", |line| line.word(1)).to_owned(),
        keepalive: None,
        resolver: resolvers.and_then(|name| resolver(tree, name)),
        place: proxy.section.place.clone(),
    }
}

/// A `resolvers` section.
pub(super) fn resolver(tree: &Tree, name: &str) -> Option<Resolver> {
    let section = tree.of(SectionKind::Resolvers).find(|section| section.name == name)?;
    let lines = |word: &'static str| section.lines.iter().filter(move |line| line.word(0) == word);
    let servers = lines("nameserver").map(|line| {
        let written = line.word(2);
        let plain = written.rsplit_once('@').map_or(written, |(_, rest)| rest);
        if plain.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4()) { format!("{plain}:53") } else { plain.to_owned() }
    });
    let timeout = |which: &str| {
        let line = lines("timeout").rfind(|line| line.word(1) == which)?;
        Some(Set { value: time::time(line.word(2))?, place: Some(line.place.clone()) })
    };
    let valid = lines("hold").rfind(|line| line.word(1) == "valid").and_then(|line| time::time(line.word(2)));
    Some(Resolver {
        servers: servers.collect(),
        valid,
        timeout: timeout("resolve").unwrap_or(Set::default_of(Duration::from_secs(1))),
        ipv6: true,
        place: section.place.clone(),
    })
}

/// A log line's target; where it goes to a syslog service, the file in which that service usually keeps it.
pub(super) fn log_file(line: &Line, known: &[LogFile]) -> LogFile {
    let written = line.word(1).to_owned();
    let file = known.iter().find(|log| log.written == written).and_then(|log| log.file.clone());
    let place = Some(line.place.clone());
    LogFile { file, level: Some(level(line)), written, format: None, place }
}

/// The greatest level that is logged.
fn level(line: &Line) -> String {
    let levels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
    let named = line.words.iter().skip(2).find(|word| levels.contains(&word.as_str()));
    named.cloned().unwrap_or_else(|| "debug".to_owned())
}

fn logs(tree: &Tree, sources: &dyn Sources) -> Vec<LogFile> {
    let lines = tree.sections.iter().flat_map(|section| &section.lines);
    let targets = lines.filter(|line| line.word(0) == "log" && !matches!(line.word(1), "" | "global"));
    let mut usual = None;
    let mut logs: Vec<LogFile> = Vec::new();
    for line in targets {
        if logs.iter().any(|log| log.written == line.word(1)) {
            continue;
        }
        let mut log = log_file(line, &[]);
        if is_local_syslog(line.word(1)) {
            let find = || {
                USUAL_LOGS
                    .iter()
                    .map(PathBuf::from)
                    .find(|path| sources.matching(path).is_ok_and(|found| !found.is_empty()))
            };
            log.file = usual.get_or_insert_with(find).clone();
        }
        logs.push(log);
        if logs.len() >= 16 {
            break;
        }
    }
    logs
}

/// The syslog service of this host in its usual places.
fn is_local_syslog(target: &str) -> bool {
    target == "/dev/log"
        || target.ends_with("/dev/log")
        || ["127.0.0.1", "127.0.0.1:514", "localhost", "localhost:514", "[::1]:514", "::1"].contains(&target)
}

/// All upstreams of all backends, each once.
pub(in crate::gateways) fn upstreams(config: &GatewayConfig) -> Vec<Upstream> {
    let (Some(tree), Ok(url)) = (super::tree(config), url::Url::parse("http://localhost/")) else { return Vec::new() };
    let asked = Asked::new(&url, None);
    Proxy::backends(tree).take(MAX_UPSTREAMS).map(|backend| upstream(&backend, &backend, tree, &asked)).collect()
}

/// The longest time that any backend waits for its servers, the queue before them included.
pub(in crate::gateways) fn longest_wait(config: &GatewayConfig) -> Option<Duration> {
    let (Some(tree), Ok(url)) = (super::tree(config), url::Url::parse("http://localhost/")) else { return None };
    let asked = Asked::new(&url, None);
    Proxy::backends(tree)
        .map(|backend| {
            let here = settings(config, &backend, None, tree, &asked);
            let retries = u32::try_from(backend.number("retries").map_or(3, |set| set.value)).unwrap_or(3).min(20);
            let connect = here.timeouts.connect.value.saturating_mul(retries + 1);
            let queue = backend.timeout("queue").map_or(here.timeouts.connect.value, |queue| queue.value);
            here.timeouts.read.value.max(connect).saturating_add(queue).min(ENDLESS)
        })
        .max()
}
