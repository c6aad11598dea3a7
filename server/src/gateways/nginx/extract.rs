//! From the tree to the common model.

use super::include::read;
use super::settings::{Scope, access_logs, error_logs};
use super::tree::{Directive, Tree};
use super::upstream::pools;
use crate::gateways::{
    GatewayConfig, GatewayKind, Limits, Listen, LogFile, LogFormat, Parsed, Problem, Server, Set, Sources,
};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// nginx's own format of access-log lines.
const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

/// Reads the configuration that begins at `main`, with everything that it includes. `prefix` is what
/// relative paths of logs begin with (`-p`), where it is known.
pub fn parse(main: &Path, prefix: Option<&Path>, sources: &dyn Sources) -> Parsed<GatewayConfig> {
    let (tree, files, mut problems) = read(main, prefix, sources);
    let top = |name: &str| tree.directives.iter().find(|directive| directive.name == name);
    let user = top("user");
    let of_user = |index: usize| {
        let directive = user?;
        let value = directive.args.get(index)?.clone();
        Some(Set { value, place: Some(directive.place.clone()) })
    };
    let formats = formats(&tree);
    let servers: Vec<Server> = server_blocks(&tree).map(|(_, block)| server(block, &mut problems)).collect();
    let value = GatewayConfig {
        kind: GatewayKind::Nginx,
        main: main.to_path_buf(),
        files,
        user: of_user(0),
        group: of_user(1),
        servers,
        pools: pools(&tree),
        logs: logs(&tree, &formats),
        limits: limits(&tree),
        formats,
        tree: crate::gateways::Tree::Nginx(tree),
    };
    Parsed { value, problems }
}

/// All server blocks in order, each with its `http` block.
pub(super) fn server_blocks(tree: &Tree) -> impl Iterator<Item = (&Directive, &Directive)> {
    tree.http().flat_map(|http| {
        let servers =
            http.children().iter().filter(|directive| directive.name == "server" && directive.block.is_some());
        servers.map(move |server| (http, server))
    })
}

/// The listening sockets and names of one server block.
pub(super) fn server(block: &Directive, problems: &mut Vec<Problem>) -> Server {
    let inside = block.children();
    let old_ssl = inside.iter().any(|directive| directive.name == "ssl" && directive.arg(0) == "on");
    let mut listens = Vec::new();
    for directive in inside.iter().filter(|directive| directive.name == "listen") {
        match listen(directive, old_ssl) {
            Some(found) => listens.push(found),
            None => problems.push(Problem {
                place: directive.place.clone(),
                what: format!("`listen {}` is not understood", directive.args.join(" ")),
                line_to_add: None,
            }),
        }
    }
    if listens.is_empty() {
        // nginx started by root listens on port 80 of all IPv4 addresses.
        listens.extend(listen_on("80", &block.place));
    }
    let names = inside.iter().filter(|directive| directive.name == "server_name");
    Server {
        listens,
        names: names.flat_map(|directive| directive.args.iter().cloned()).collect(),
        place: block.place.clone(),
    }
}

fn listen(directive: &Directive, old_ssl: bool) -> Option<Listen> {
    let mut listen = listen_on(directive.arg(0), &directive.place)?;
    listen.tls = old_ssl;
    for arg in directive.args.iter().skip(1) {
        match arg.as_str() {
            "ssl" | "quic" => listen.tls = true,
            "default_server" | "default" => listen.default = true,
            "proxy_protocol" => listen.proxy_protocol = true,
            _ => {}
        }
    }
    Some(listen)
}

fn listen_on(written: &str, place: &crate::gateways::Place) -> Option<Listen> {
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
    if let Some(path) = written.strip_prefix("unix:") {
        listen.unix = Some(PathBuf::from(path));
        return Some(listen);
    }
    let (host, port) = match written.strip_prefix('[') {
        Some(inner) => {
            let (host, after) = inner.split_once(']')?;
            (host, after.strip_prefix(':').map_or(Some(80), |port| port.parse().ok())?)
        }
        None => match written.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => match written.parse::<u16>() {
                Ok(port) => ("*", port),
                Err(_) => (written, 80),
            },
        },
    };
    listen.port = port;
    listen.ipv6 = written.starts_with('[');
    listen.address = match host {
        "*" | "0.0.0.0" | "::" => None,
        "localhost" => Some(IpAddr::from([127, 0, 0, 1])),
        host => Some(host.parse().ok()?),
    };
    Some(listen)
}

fn formats(tree: &Tree) -> Vec<LogFormat> {
    let combined = LogFormat { name: "combined".to_owned(), text: COMBINED.to_owned(), escape: "default".to_owned() };
    let written = tree.http().flat_map(Directive::children).filter(|directive| directive.name == "log_format");
    let own = written.map(|directive| {
        let escape = directive.args.get(1).and_then(|arg| arg.strip_prefix("escape="));
        LogFormat {
            name: directive.arg(0).to_owned(),
            text: directive.args.iter().skip(if escape.is_some() { 2 } else { 1 }).map(String::as_str).collect(),
            escape: escape.unwrap_or("default").to_owned(),
        }
    });
    std::iter::once(combined).chain(own).collect()
}

fn limits(tree: &Tree) -> Limits {
    let number = |level: &[Directive], name: &str| {
        let directive = level.iter().find(|directive| directive.name == name)?;
        Some(Set { value: directive.arg(0).parse().ok()?, place: Some(directive.place.clone()) })
    };
    let events = tree.directives.iter().find(|directive| directive.name == "events").map(Directive::children);
    Limits {
        worker_connections: events.and_then(|events| number(events, "worker_connections")),
        worker_processes: number(&tree.directives, "worker_processes"),
        worker_descriptors: number(&tree.directives, "worker_rlimit_nofile"),
    }
}

/// All log files that any level names, and the defaults where the outer levels name none.
fn logs(tree: &Tree, formats: &[LogFormat]) -> Vec<LogFile> {
    let main = Scope { levels: vec![tree.directives.as_slice()], prefix: &tree.prefix };
    let mut found = error_logs(&main);
    let mut open: Vec<Scope<'_>> = tree.http().map(|http| main.within(http.children())).collect();
    while let Some(scope) = open.pop() {
        found.extend(error_logs(&scope));
        found.extend(access_logs(&scope, formats));
        let level = scope.levels.last().copied().unwrap_or_default();
        let inner = level.iter().filter(|directive| matches!(directive.name.as_str(), "server" | "location" | "if"));
        open.extend(inner.map(|directive| scope.within(directive.children())));
    }
    let mut logs: Vec<LogFile> = Vec::new();
    for log in found {
        if !logs.iter().any(|known| known.written == log.written && known.level.is_some() == log.level.is_some()) {
            logs.push(log);
        }
    }
    logs
}
