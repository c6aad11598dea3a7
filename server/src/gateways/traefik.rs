//! Traefik: static configuration (a file or command-line options) and the file provider's routers and services.
//!
//! Other providers (Docker, Kubernetes, Consul) keep their routes where no file tells them; of those only the
//! listeners and the timeouts are known here.

mod rule;

use super::discover::{Master, program, words};
use super::document::{self, Node, Value};
use super::flat::{self, Cond, Flat, NO_LIMIT, Rule, Site};
use super::{
    Check, GatewayConfig, GatewayKind, Listen, LogFile, LogFormat, Member, NameResolution, Parsed, Place, Problem,
    Protocol, Server, Set, Settings, Sources, Target, Upstream,
};
use crate::host::Process;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where it looks for its static configuration by itself.
pub(super) const USUAL: &[&str] =
    &["/etc/traefik/traefik.yml", "/etc/traefik/traefik.yaml", "/etc/traefik/traefik.toml"];

/// How long Traefik waits for a connection where nothing says otherwise.
const DIAL: Duration = Duration::from_secs(30);
/// Bytes of an answer's head that Go's client takes.
const HEAD: u64 = 10 << 20;
/// Files of a provider's folder that are read.
const MAX_FILES: usize = 64;
/// Bytes of one of them.
const MAX_BYTES: u64 = 4 << 20;
/// Services within services (weighted, mirrored) that are followed.
const MAX_DEPTH: usize = 8;

/// A running server: `traefik --configFile=FILE`, or all of it in options.
pub(super) fn master(process: &Process) -> Option<Master> {
    let words = words(process);
    if program(&words) != "traefik" {
        return None;
    }
    let named = lower_option(&words, "--configfile").or_else(|| lower_option(&words, "--providers.file.filename"));
    Some(Master { main: PathBuf::from(named.unwrap_or(USUAL[0])), prefix: None })
}

/// Traefik's options do not care for the case of letters.
fn lower_option<'w>(words: &[&'w str], name: &str) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(index, word)| {
        let (key, value) = word.split_once('=').map_or((*word, None), |(key, value)| (key, Some(value)));
        if !key.eq_ignore_ascii_case(name) {
            return None;
        }
        value.or_else(|| words.get(index + 1).copied())
    })
}

/// Reads the configuration that begins at `main`, together with the options of a running server.
pub(super) fn parse(main: &Path, _prefix: Option<&Path>, sources: &dyn Sources) -> Parsed<GatewayConfig> {
    let options: Vec<&str> = sources.arguments().iter().map(String::as_str).collect();
    with_options(main, &options, sources)
}

fn with_options(main: &Path, options: &[&str], sources: &dyn Sources) -> Parsed<GatewayConfig> {
    let mut problems = Vec::new();
    let file = Arc::new(main.to_path_buf());
    let text = flat::text(main, sources, &mut problems);
    let mut root = document::read(&text, &file, &mut problems);
    add_options(&mut root, options);
    let mut reader = Reader { sources, files: vec![main.to_path_buf()], documents: Vec::new(), problems };
    reader.providers(&root, main);
    // A dynamic configuration may also be the one that was named.
    if root.get("http").is_some() {
        reader.documents.push((root.clone(), Arc::clone(&file)));
    }
    let Reader { files, documents, mut problems, .. } = reader;
    let flat = Flat { sites: Layout::new(&root, &file, &documents).sites(&mut problems) };
    let mut value = flat::config(main, files, flat, GatewayKind::Traefik);
    for log in error_logs(&root, &file).into_iter().chain(access_logs(&root, &file)) {
        if !value.logs.iter().any(|known| known.written == log.written) {
            value.logs.push(log);
        }
    }
    Parsed { value, problems }
}

/// Options such as `--entryPoints.web.address=:80` as if they stood in the file.
fn add_options(root: &mut Node, options: &[&str]) {
    for option in options.iter().filter_map(|option| option.strip_prefix("--")) {
        let (key, value) = option.split_once('=').unwrap_or((option, "true"));
        let mut node = &mut *root;
        for part in key.split('.').take(MAX_DEPTH) {
            if !matches!(node.value, Value::Map(_)) {
                node.value = Value::Map(Vec::new());
            }
            let Value::Map(pairs) = &mut node.value else { return };
            let index = pairs.iter().position(|(known, _)| known.eq_ignore_ascii_case(part)).unwrap_or_else(|| {
                pairs.push((part.to_owned(), Node { line: 0, value: Value::Null }));
                pairs.len() - 1
            });
            node = &mut pairs[index].1;
        }
        if matches!(node.value, Value::Null) {
            node.value = Value::Scalar(value.to_owned());
        }
    }
}

struct Reader<'s> {
    sources: &'s dyn Sources,
    files: Vec<PathBuf>,
    documents: Vec<(Node, Arc<PathBuf>)>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// The file provider's files.
    fn providers(&mut self, root: &Node, main: &Path) {
        let Some(provider) = root.at(&["providers", "file"]) else { return };
        let folder = main.parent().unwrap_or(Path::new("/"));
        if let Some(name) = provider.text_of("filename") {
            self.document(&folder.join(name), provider, main);
        }
        if let Some(name) = provider.text_of("directory") {
            for pattern in ["*.yml", "*.yaml", "*.toml"] {
                match self.sources.matching(&folder.join(name).join(pattern)) {
                    Ok(paths) => {
                        for path in paths.into_iter().take(MAX_FILES) {
                            self.document(&path, provider, main);
                        }
                    }
                    Err(error) => self.note(provider, main, &error),
                }
            }
        }
    }

    fn note(&mut self, at: &Node, main: &Path, error: &crate::fileguard::FileError) {
        let place = Place { file: Arc::new(main.to_path_buf()), line: at.line };
        self.problems.push(Problem { place, what: error.to_string(), line_to_add: error.line_to_add() });
    }

    fn document(&mut self, path: &Path, provider: &Node, main: &Path) {
        if self.files.iter().any(|known| known == path) {
            return;
        }
        match self.sources.text(path, MAX_BYTES) {
            Ok(text) => {
                let file = Arc::new(path.to_path_buf());
                let node = document::read(&text, &file, &mut self.problems);
                self.files.push(path.to_path_buf());
                self.documents.push((node, file));
            }
            Err(error) => self.note(provider, main, &error),
        }
    }
}

fn error_logs(root: &Node, file: &Arc<PathBuf>) -> Vec<LogFile> {
    match root.at(&["log", "filePath"]) {
        Some(node) => {
            let level = root.at(&["log", "level"]).and_then(Node::text).unwrap_or("ERROR").to_owned();
            let log = flat::log_file(node.text().unwrap_or_default(), Some(node.place(file)));
            vec![LogFile { level: Some(level), ..log }]
        }
        None => vec![flat::log_file("stdout", None)],
    }
}

fn access_logs(root: &Node, file: &Arc<PathBuf>) -> Vec<LogFile> {
    let Some(log) = root.get("accessLog") else { return Vec::new() };
    let Some(path) = log.get("filePath") else { return Vec::new() };
    let name = log.text_of("format").unwrap_or("common").to_owned();
    let format = LogFormat { text: name.clone(), name, escape: "default".to_owned() };
    let log = flat::log_file(path.text().unwrap_or_default(), Some(path.place(file)));
    vec![LogFile { format: Some(format), ..log }]
}

/// What a name of the dynamic configuration stands for.
type Named<'d> = BTreeMap<&'d str, (&'d Node, &'d Arc<PathBuf>)>;

/// Puts entry points, routers and services together.
struct Layout<'d> {
    root: &'d Node,
    file: &'d Arc<PathBuf>,
    routers: Named<'d>,
    services: Named<'d>,
    transports: Named<'d>,
    middlewares: Named<'d>,
}

impl<'d> Layout<'d> {
    fn new(root: &'d Node, file: &'d Arc<PathBuf>, documents: &'d [(Node, Arc<PathBuf>)]) -> Self {
        let named = |key: &str| {
            let mut all = Named::new();
            for (document, file) in documents {
                for (name, node) in document.at(&["http", key]).map(Node::pairs).unwrap_or_default() {
                    all.entry(name.as_str()).or_insert((node, file));
                }
            }
            all
        };
        Self {
            root,
            file,
            routers: named("routers"),
            services: named("services"),
            transports: named("serversTransports"),
            middlewares: named("middlewares"),
        }
    }

    fn sites(&self, problems: &mut Vec<Problem>) -> Vec<Site> {
        let mut sites = Vec::new();
        for (name, entry) in self.root.get("entryPoints").map(Node::pairs).unwrap_or_default() {
            let place = entry.place(self.file);
            let written = entry.text_of("address").unwrap_or_default();
            let (address, udp) = written.split_once('/').map_or((written, false), |(a, kind)| (a, kind == "udp"));
            if udp {
                continue;
            }
            let Some(listen) = flat::listen(address, &place) else {
                problems.push(Problem {
                    place,
                    what: format!("the address of the entry point {name} is not understood"),
                    line_to_add: None,
                });
                continue;
            };
            let tls = entry.at(&["http", "tls"]).is_some() || self.routers_have_tls(name);
            let proxy_protocol = entry.get("proxyProtocol").is_some();
            let listen = Listen { tls, proxy_protocol, ..listen };
            let listens = match listen.address {
                None if !listen.ipv6 => vec![listen.clone(), Listen { ipv6: true, ..listen }],
                _ => vec![listen],
            };
            let server = Server { listens, names: Vec::new(), place };
            sites.push(Site { server, rules: self.rules(Some(name), problems) });
        }
        if sites.is_empty() && !self.routers.is_empty() {
            // Only the dynamic part is known: it may be reached by any port.
            let place = self.root.place(self.file);
            let server = Server { listens: Vec::new(), names: Vec::new(), place };
            sites.push(Site { server, rules: self.rules(None, problems) });
        }
        sites
    }

    fn routers_have_tls(&self, entry: &str) -> bool {
        self.routers.values().any(|(router, _)| {
            router.get("tls").is_some() && router.texts_of("entryPoints").iter().any(|name| name == entry)
        })
    }

    /// The routers of an entry point in the order in which they are tried: by priority, which is the rule's length
    /// where none is set.
    fn rules(&self, entry: Option<&str>, problems: &mut Vec<Problem>) -> Vec<Rule> {
        let mut found: Vec<(u64, Rule)> = Vec::new();
        for (router, file) in self.routers.values() {
            let entries = router.texts_of("entryPoints");
            if !(entries.is_empty() || entry.is_none_or(|entry| entries.iter().any(|name| name == entry))) {
                continue;
            }
            let written = router.text_of("rule").unwrap_or_default();
            let priority = router.number_of("priority").filter(|number| *number > 0);
            let place = router.get("rule").unwrap_or(router).place(file);
            let when = rule::read(written).unwrap_or_else(|| {
                problems.push(Problem {
                    place: place.clone(),
                    what: format!("the rule {written} is not understood"),
                    line_to_add: None,
                });
                Cond::Unknown(written.to_owned())
            });
            let (target, mut settings) = self.service(router.text_of("service").unwrap_or_default(), &place, problems);
            let (target, label) = self.stripped(router, target, written);
            self.care(router, &mut settings.care);
            settings.error_logs = error_logs(self.root, self.file);
            settings.access_logs = access_logs(self.root, self.file);
            let rule = Rule { when, label: Some(label), place, target, settings };
            found.push((priority.unwrap_or(written.len() as u64), rule));
        }
        found.sort_by_key(|(priority, _)| std::cmp::Reverse(*priority));
        found.into_iter().map(|(_, rule)| rule).collect()
    }

    /// What the router's middlewares do against failures and load. There is no cache.
    fn care(&self, router: &Node, care: &mut super::Care) {
        (care.retries, care.cache, care.stale) = (Some(false), Some(false), Some(false));
        for name in router.texts_of("middlewares") {
            let Some((middleware, file)) = self.middlewares.get(plain(&name)).copied() else { continue };
            let limit = |kind: &str| {
                let node = middleware.get(kind)?;
                Some(Set { value: format!("{kind} of the middleware {name}"), place: Some(node.place(file)) })
            };
            if middleware.get("retry").is_some() {
                care.retries = Some(true);
            }
            care.rate_limits.extend(limit("rateLimit"));
            care.connection_limits.extend(limit("inFlightReq"));
        }
    }

    /// What `stripPrefix` makes of the path that the upstream sees.
    fn stripped(&self, router: &Node, mut target: Target, written: &str) -> (Target, String) {
        for name in router.texts_of("middlewares") {
            let Some((middleware, _)) = self.middlewares.get(plain(&name)) else { continue };
            let prefixes = middleware.get("stripPrefix").map(|node| node.texts_of("prefixes")).unwrap_or_default();
            if let (Some(prefix), Target::Upstream(upstream)) = (prefixes.first(), &mut target) {
                upstream.uri = Some(String::new());
                return (target, prefix.trim_end_matches('/').to_owned());
            }
        }
        (target, written.to_owned())
    }

    fn service(&self, name: &str, place: &Place, problems: &mut Vec<Problem>) -> (Target, Settings) {
        let plain_settings = || self.settings(None);
        let Some((service, file)) = self.services.get(plain(name)) else {
            let why = format!("the service {name} is not in the file provider's files");
            return (Target::Unknown(why), plain_settings());
        };
        let mut balancers = Vec::new();
        self.balancers(service, file, 0, &mut balancers);
        let Some((balancer, file)) = balancers.first() else {
            return (
                Target::Unknown(format!("the service {name} has no servers that are known here")),
                plain_settings(),
            );
        };
        let mut settings = self.settings(balancer.text_of("serversTransport"));
        let mut protocol = Protocol::Http;
        let (mut members, mut written, mut uri): (Vec<Member>, Vec<String>, Option<String>) = Default::default();
        for (balancer, file) in &balancers {
            for server in balancer.list_of("servers") {
                let Some(url) = server.text_of("url") else { continue };
                written.push(url.to_owned());
                match flat::member_url(url) {
                    Some((spoken, address, path)) => {
                        protocol = if spoken == Protocol::Grpc { Protocol::Http } else { spoken };
                        let place = server.get("url").unwrap_or(server).place(file);
                        if spoken == Protocol::Grpc {
                            settings.http_version = Set { value: "h2c".to_owned(), place: Some(place.clone()) };
                        }
                        uri = path.or(uri);
                        members.push(flat::member(address, &place));
                    }
                    None => problems.push(Problem {
                        place: server.place(file),
                        what: format!("the server {url} is not understood"),
                        line_to_add: None,
                    }),
                }
            }
        }
        settings.care.active_checks = Some(balancers.iter().all(|(one, _)| one.get("healthCheck").is_some()));
        settings.care.check =
            balancer.get("healthCheck").filter(|_| balancers.len() == 1).and_then(|node| check(node, file));
        settings.care.passive_checks =
            Some(members.len() > 1 && balancers.iter().all(|(one, _)| one.get("passiveHealthCheck").is_some()));
        let at = balancer.get("servers").map_or_else(|| place.clone(), |servers| servers.place(file));
        let mut upstream: Upstream = flat::upstream(&written.join(" "), protocol, members, &at);
        if matches!(upstream.resolution, NameResolution::AtStart) {
            upstream.resolution = flat::EACH_TIME;
        }
        upstream.pool = Some(plain(name).to_owned());
        upstream.keepalive = Some(0);
        // A path in a server's URL comes before the client's own.
        upstream.uri = uri.map(|path| path.trim_end_matches('/').to_owned());
        if balancer.text_of("passHostHeader") == Some("false") {
            upstream.host = upstream.members.first().map(|member| member.address.to_string());
        }
        if settings.tls.name.is_none() && protocol.is_tls() {
            let dialled = upstream.members.first().and_then(|member| member.address.name());
            settings.tls.name = dialled.map(|name| Set::default_of(name.to_owned()));
        }
        (Target::Upstream(Box::new(upstream)), settings)
    }

    /// The load balancers that a service stands for.
    fn balancers(
        &self,
        service: &'d Node,
        file: &'d Arc<PathBuf>,
        depth: usize,
        found: &mut Vec<(&'d Node, &'d Arc<PathBuf>)>,
    ) {
        if depth > MAX_DEPTH || found.len() > MAX_FILES {
            return;
        }
        if let Some(balancer) = service.get("loadBalancer") {
            found.push((balancer, file));
            return;
        }
        let weighted = service.at(&["weighted", "services"]).map(Node::list).unwrap_or_default();
        let weighted = weighted.into_iter().filter_map(|one| one.text_of("name"));
        let others = [service.at(&["mirroring", "service"]), service.at(&["failover", "service"])];
        for name in weighted.chain(others.into_iter().flatten().filter_map(Node::text)) {
            if let Some((service, file)) = self.services.get(plain(name)) {
                self.balancers(service, file, depth + 1, found);
            }
        }
    }

    /// Timeouts and TLS of a transport, that of the static configuration where none is named.
    fn settings(&self, transport: Option<&str>) -> Settings {
        let mut settings = flat::settings(Set::default_of(DIAL), Set::default_of(NO_LIMIT), HEAD);
        let named = transport.and_then(|name| self.transports.get(plain(name)).copied());
        let Some((transport, file)) = named.or_else(|| Some((self.root.get("serversTransport")?, self.file))) else {
            return settings;
        };
        let time = |key: &str| {
            let node = transport.at(&["forwardingTimeouts", key])?;
            let value = flat::go_duration(node.text()?, Duration::from_secs(1))?;
            Some(Set { value, place: Some(node.place(file)) })
        };
        if let Some(time) = time("dialTimeout").filter(|time| !time.value.is_zero()) {
            settings.timeouts.connect = time;
        }
        if let Some(time) = time("responseHeaderTimeout").filter(|time| !time.value.is_zero()) {
            settings.timeouts.read = time;
        }
        let text = |key: &str| {
            let node = transport.list_of(key).first().copied()?;
            Some(Set { value: node.text()?.to_owned(), place: Some(node.place(file)) })
        };
        if let Some(node) = transport.get("insecureSkipVerify").filter(|_| transport.yes("insecureSkipVerify")) {
            settings.tls.verify = Set { value: false, place: Some(node.place(file)) };
        }
        settings.tls.name = text("serverName");
        let path = |set: Set<String>| Set { value: PathBuf::from(set.value), place: set.place };
        settings.tls.trusted = text("rootCAs").map(path);
        let certificate = transport.list_of("certificates").first().and_then(|one| one.get("certFile"));
        settings.tls.client_certificate = certificate
            .and_then(|node| Some(Set { value: PathBuf::from(node.text()?), place: Some(node.place(file)) }));
        settings
    }
}

/// A service's health check; `None` for gRPC's, and for one with headers of its own.
fn check(node: &Node, file: &Arc<PathBuf>) -> Option<Check> {
    if node.text_of("mode").is_some_and(|mode| mode != "http") || node.get("headers").is_some() {
        return None;
    }
    let timeout = node.text_of("timeout").and_then(|text| flat::go_duration(text, Duration::from_secs(1)));
    let status = node.number_of("status").and_then(|status| u16::try_from(status).ok()).filter(|status| *status > 0);
    Some(Check {
        method: node.text_of("method").filter(|method| !method.is_empty()).unwrap_or("GET").to_owned(),
        uri: node.text_of("path").unwrap_or("/").to_owned(),
        host: node.text_of("hostname").filter(|host| !host.is_empty()).map(str::to_owned),
        port: node.number_of("port").and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0),
        tls: node.text_of("scheme").map(|scheme| scheme == "https"),
        status: vec![status.map_or(200..=399, |status| status..=status)],
        timeout: timeout.unwrap_or(Duration::from_secs(5)),
        place: node.place(file),
    })
}

/// A name without its provider (`app@file`).
fn plain(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

#[cfg(test)]
mod tests;
