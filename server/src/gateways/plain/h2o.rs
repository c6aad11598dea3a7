//! h2o: YAML with `hosts`, `paths` and `proxy.reverse.url`.

use super::{Reading, with_logs};
use crate::gateways::document::{self, Node};
use crate::gateways::flat::{self, Cond, Rule, Site, Text};
use crate::gateways::{Listen, LogFile, MemberAddress, Place, Protocol, Server, Set, Settings, Target};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of an answer's head that it takes are not known for certain.
const HEAD: u64 = 0;

pub(super) fn sites(reading: &mut Reading<'_>) -> Vec<Site> {
    let text = reading.text();
    let file = Arc::new(reading.main.to_path_buf());
    let root = document::yaml(&text, &file, &mut reading.problems);
    if let Some(user) = root.get("user").and_then(|node| Some((node.text()?, node.place(&file)))) {
        reading.user = Some(Set { value: user.0.to_owned(), place: Some(user.1) });
    }
    let mut sites = Vec::new();
    for (name, host) in root.get("hosts").map(Node::pairs).unwrap_or_default() {
        let (name, port) = match name.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port.parse::<u16>().ok()),
            _ => (name.as_str(), None),
        };
        let own = listens(host, &file);
        let mut listens = if own.is_empty() { listens(&root, &file) } else { own };
        listens.retain(|listen| port.is_none_or(|port| listen.port == port));
        if listens.is_empty() {
            continue;
        }
        // A name that no host has goes to the first one, so the first takes every name.
        let names =
            if sites.is_empty() || name == "*" || name == "default" { Vec::new() } else { vec![name.to_owned()] };
        let mut rules = Vec::new();
        for (path, node) in host.get("paths").map(Node::pairs).unwrap_or_default() {
            rules.push(rule(path, node, host, &root, &file, reading));
        }
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.label.as_ref().map_or(0, String::len)));
        sites.push(Site { server: Server { listens, names, place: host.place(&file) }, rules });
    }
    let log = |key: &str| -> Vec<LogFile> {
        let node = root.get(key);
        let written = node.and_then(|node| node.text().or_else(|| node.text_of("path")));
        written.map(|path| flat::log_file(path, node.map(|node| node.place(&file)))).into_iter().collect()
    };
    with_logs(sites, &log("error-log"), &log("access-log"))
}

fn listens(holder: &Node, file: &Arc<PathBuf>) -> Vec<Listen> {
    let mut listens = Vec::new();
    for node in holder.list_of("listen") {
        let place = node.place(file);
        let (written, tls) = match node.text() {
            Some(port) if port.contains(':') || port.starts_with('/') => (port.to_owned(), false),
            Some(port) => (format!(":{port}"), false),
            None => {
                let host = node.text_of("host").unwrap_or_default();
                let port = node.text_of("port").unwrap_or_default();
                let written = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
                let written = if port.starts_with('/') { port.to_owned() } else { written };
                (written, node.get("ssl").is_some())
            }
        };
        listens.extend(flat::listen(&written, &place).map(|listen| Listen { tls, ..listen }));
    }
    listens
}

/// A setting of the path, else of the host, else of the whole.
fn inherited<'n>(key: &str, levels: &[&'n Node]) -> Option<&'n Node> {
    levels.iter().find_map(|level| level.get(key))
}

fn rule(path: &str, node: &Node, host: &Node, root: &Node, file: &Arc<PathBuf>, reading: &mut Reading<'_>) -> Rule {
    let levels = [node, host, root];
    let mut settings = settings(&levels, file);
    let target = if let Some(url) = node.get("proxy.reverse.url") {
        let written = url.texts();
        proxy(&written, &levels, &url.place(file), &mut settings, reading)
    } else if let Some(connect) = node.get("fastcgi.connect") {
        let port = connect.text_of("port").or_else(|| connect.text()).unwrap_or_default();
        let address = if connect.text_of("type") == Some("unix") || port.starts_with('/') {
            Some(MemberAddress::Unix(PathBuf::from(port)))
        } else {
            flat::address(&format!("{}:{port}", connect.text_of("host").unwrap_or("127.0.0.1")), None)
        };
        let place = connect.place(file);
        let members = address.map(|address| flat::member(address, &place)).into_iter().collect();
        Target::Upstream(Box::new(flat::upstream(port, Protocol::Fastcgi, members, &place)))
    } else if let Some(folder) = node.text_of("file.dir") {
        Target::Files(Some(PathBuf::from(folder)))
    } else if let Some(status) = node.at(&["redirect", "status"]).and_then(Node::text) {
        Target::Return(status.parse().unwrap_or(302))
    } else {
        Target::Unknown("what this path does is not known here".to_owned())
    };
    let when = if path == "/" { Cond::Always } else { Cond::Path(Text::Starts(path.to_owned())) };
    // The path's prefix is replaced by that of the upstream's URL.
    Rule { when, label: Some(path.to_owned()), place: node.place(file), target, settings }
}

fn proxy(
    written: &[String],
    levels: &[&Node],
    place: &Place,
    settings: &mut Settings,
    reading: &mut Reading<'_>,
) -> Target {
    let (mut members, mut protocol, mut uri) = (Vec::new(), Protocol::Http, None);
    for url in written {
        if let Some(path) = url.strip_prefix("http://[unix:").and_then(|rest| rest.split(']').next()) {
            members.push(flat::member(MemberAddress::Unix(PathBuf::from(path)), place));
            continue;
        }
        match flat::member_url(url) {
            Some((spoken, address, path)) => {
                protocol = spoken;
                uri = path.or(uri);
                members.push(flat::member(address, place));
            }
            None => reading.note(place, format!("the upstream {url} is not understood")),
        }
    }
    let mut upstream = flat::upstream(&written.join(" "), protocol, members, place);
    upstream.uri = uri.or_else(|| Some("/".to_owned()));
    upstream.keepalive = Some(0);
    // Unlike others, h2o asks for the upstream's own name.
    let preserves = inherited("proxy.preserve-host", levels).and_then(Node::text) == Some("ON");
    if !preserves {
        upstream.host = upstream.members.first().map(|member| match &member.address {
            MemberAddress::Host { host, port } if Some(*port) == protocol.default_port() => host.clone(),
            address => address.to_string(),
        });
    }
    if protocol.is_tls() && settings.tls.name.is_none() {
        let dialled = upstream.members.first().and_then(|member| member.address.name());
        settings.tls.name = dialled.map(|name| Set::default_of(name.to_owned()));
    }
    Target::Upstream(Box::new(upstream))
}

fn settings(levels: &[&Node], file: &Arc<PathBuf>) -> Settings {
    let time = |key: &str| {
        let node = inherited(key, levels)?;
        let value = Duration::from_millis(node.text()?.parse().ok()?);
        Some(Set { value, place: Some(node.place(file)) })
    };
    let default = || Set::default_of(Duration::from_secs(30));
    let read = time("proxy.timeout.first_byte").or_else(|| time("proxy.timeout.io")).unwrap_or_else(default);
    let connect = time("proxy.timeout.connect").or_else(|| time("proxy.timeout.io")).unwrap_or_else(default);
    let mut settings = flat::settings(connect, read, HEAD);
    if let Some(node) = inherited("proxy.ssl.verify-peer", levels) {
        let value = node.text() != Some("OFF");
        settings.tls.verify = Set { value, place: Some(node.place(file)) };
    }
    if let Some(node) = inherited("proxy.ssl.cafile", levels) {
        let path = node.text().map(PathBuf::from);
        settings.tls.trusted = path.map(|value| Set { value, place: Some(node.place(file)) });
    }
    settings
}
