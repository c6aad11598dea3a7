//! Envoy: the static part of its bootstrap, in YAML or JSON.
//!
//! What comes from a management server (xDS) stands in no file; a route or cluster of that kind is told as unknown.

mod cluster;
mod route;

use super::discover::{Master, program, words};
use super::document::{self, Node};
use super::flat::{self, Cond, Flat, Rule, Site, Text};
use super::{
    GatewayConfig, GatewayKind, Listen, LogFile, LogFormat, Parsed, Place, Problem, Server, Set, Sources, Target,
};
use crate::host::Process;
use cluster::Clusters;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where packages keep the bootstrap.
pub(super) const USUAL: &[&str] = &["/etc/envoy/envoy.yaml", "/etc/envoy/envoy.json"];

/// A running server: `envoy -c FILE`, `envoy --config-path FILE`.
pub(super) fn master(process: &Process) -> Option<Master> {
    let words = words(process);
    if program(&words) != "envoy" {
        return None;
    }
    let main = flat::option(&words, &["--config-path"])
        .or_else(|| words.iter().position(|word| *word == "-c").and_then(|at| words.get(at + 1).copied()));
    Some(Master { main: PathBuf::from(main.unwrap_or(USUAL[0])), prefix: None })
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
    let root = document::yaml(&text, &file, &mut problems);
    let clusters = Clusters::new(&root, &file, &mut problems);
    let own_log = match flat::option(options, &["--log-path"]) {
        Some(path) => flat::log_file(path, None),
        None => flat::log_file("stderr", None),
    };
    let listeners = root.at(&["static_resources", "listeners"]).map(Node::list).unwrap_or_default();
    let mut reading = Reading { file: &file, clusters: &clusters, own_log: &own_log, problems: &mut problems };
    let sites = listeners.into_iter().flat_map(|listener| reading.listener(listener)).collect();
    let mut value = flat::config(main, vec![main.to_path_buf()], Flat { sites }, GatewayKind::Envoy);
    if !value.logs.contains(&own_log) {
        value.logs.push(own_log);
    }
    Parsed { value, problems }
}

struct Reading<'r> {
    file: &'r Arc<PathBuf>,
    clusters: &'r Clusters<'r>,
    own_log: &'r LogFile,
    problems: &'r mut Vec<Problem>,
}

impl Reading<'_> {
    fn note(&mut self, node: &Node, what: impl Into<String>) {
        let place = node.place(self.file);
        self.problems.push(Problem { place, what: what.into(), line_to_add: None });
    }

    /// The sites of a listener: one for each virtual host.
    fn listener(&mut self, listener: &Node) -> Vec<Site> {
        let Some(listen) = self.listen(listener) else {
            self.note(listener, "the listener's address is not understood");
            return Vec::new();
        };
        let mut sites = Vec::new();
        let chains = listener.list_of("filter_chains");
        let default = listener.get("default_filter_chain");
        for chain in chains.into_iter().chain(default) {
            let tls = chain.get("transport_socket").is_some();
            let listen = Listen { tls, ..listen.clone() };
            let listens = match listen.address {
                None if listen.unix.is_none() => {
                    vec![Listen { ipv6: false, ..listen.clone() }, Listen { ipv6: true, ..listen }]
                }
                _ => vec![listen],
            };
            for filter in chain.list_of("filters") {
                let Some(config) = filter.get("typed_config") else { continue };
                if config.get("route_config").is_some() {
                    sites.extend(self.hosts(config, &listens));
                } else if config.get("rds").is_some() {
                    self.note(config, "the routes come from a management server; they stand in no file");
                } else if let Some(name) = config.text_of("cluster") {
                    sites.push(self.stream(config, name, &listens));
                }
            }
        }
        sites
    }

    fn listen(&self, listener: &Node) -> Option<Listen> {
        let address = listener.get("address")?;
        let place = address.place(self.file);
        let filters = listener.list_of("listener_filters");
        let proxy_protocol =
            filters.iter().any(|filter| filter.text_of("name").is_some_and(|name| name.ends_with("proxy_protocol")));
        let listen = match address.at(&["pipe", "path"]) {
            Some(path) => flat::listen(&format!("unix:{}", path.text()?), &place)?,
            None => {
                let socket = address.get("socket_address")?;
                let host = socket.text_of("address").unwrap_or("0.0.0.0");
                let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
                flat::listen(&format!("{host}:{}", socket.number_of("port_value")?), &place)?
            }
        };
        Some(Listen { proxy_protocol, ..listen })
    }

    fn hosts(&mut self, manager: &Node, listens: &[Listen]) -> Vec<Site> {
        let access = self.access_logs(manager);
        let hosts = manager.at(&["route_config", "virtual_hosts"]).map(Node::list).unwrap_or_default();
        let filters = Filters::of(manager, self.file);
        let mut sites = Vec::new();
        for host in hosts {
            let domains: Vec<String> = host.texts_of("domains").into_iter().map(without_port).collect();
            let any = domains.iter().any(|domain| domain == "*");
            let names = if any { Vec::new() } else { domains };
            let server = Server { listens: listens.to_vec(), names, place: host.place(self.file) };
            let routes = host.list_of("routes");
            let mut rules: Vec<Rule> = routes.into_iter().map(|route| self.rule(route, &access)).collect();
            let tries = host.get("retry_policy").is_some_and(cluster::retries);
            for rule in &mut rules {
                filters.apply(tries, &mut rule.settings.care);
            }
            rules.push(self.nothing(host, &access));
            sites.push(Site { server, rules });
        }
        sites
    }

    /// What no route takes is answered with 404.
    fn nothing(&self, host: &Node, access: &[LogFile]) -> Rule {
        let mut settings = cluster::defaults();
        settings.error_logs = vec![self.own_log.clone()];
        settings.access_logs = access.to_vec();
        Rule { when: Cond::Always, label: None, place: host.place(self.file), target: Target::Return(404), settings }
    }

    fn rule(&mut self, route: &Node, access: &[LogFile]) -> Rule {
        let (when, label) = route::matches(route.get("match"));
        let mut place = route.place(self.file);
        let (target, mut settings) = match route.get("route") {
            Some(action) => {
                let (target, settings) = self.clusters.target(action);
                if let Target::Upstream(upstream) = &target {
                    place = upstream.place.clone();
                }
                (target, settings)
            }
            None => {
                let status = route.at(&["direct_response", "status"]).and_then(Node::text);
                let status = status.and_then(|text| text.parse().ok());
                let redirect = if route.get("redirect").is_some() { 301 } else { 404 };
                (Target::Return(status.unwrap_or(redirect)), cluster::defaults())
            }
        };
        settings.error_logs = vec![self.own_log.clone()];
        settings.access_logs = access.to_vec();
        Rule { when, label: Some(label), place, target, settings }
    }

    /// A TCP proxy: every connection goes to one cluster.
    fn stream(&mut self, config: &Node, name: &str, listens: &[Listen]) -> Site {
        let (target, mut settings) = self.clusters.upstream(name, Duration::from_hours(1));
        settings.error_logs = vec![self.own_log.clone()];
        settings.access_logs = self.access_logs(config);
        let place = config.place(self.file);
        let server = Server { listens: listens.to_vec(), names: Vec::new(), place: place.clone() };
        let rule = Rule { when: Cond::Always, label: Some("/".to_owned()), place, target, settings };
        Site { server, rules: vec![rule] }
    }

    fn access_logs(&self, holder: &Node) -> Vec<LogFile> {
        let mut logs = Vec::new();
        for log in holder.list_of("access_log") {
            let Some(config) = log.get("typed_config") else { continue };
            let Some(path) = config.get("path") else { continue };
            let format = config
                .at(&["log_format", "text_format_source", "inline_string"])
                .or_else(|| config.at(&["log_format", "text_format"]))
                .or_else(|| config.get("format"))
                .and_then(Node::text);
            let format = format.map(|text| LogFormat {
                name: "text".to_owned(),
                text: text.to_owned(),
                escape: "none".to_owned(),
            });
            let file = flat::log_file(path.text().unwrap_or_default(), Some(path.place(self.file)));
            logs.push(LogFile { format, ..file });
        }
        logs
    }
}

/// What the filters of a connection manager do for all of its routes.
struct Filters {
    caches: bool,
    limits: Vec<Set<String>>,
}

impl Filters {
    fn of(manager: &Node, file: &Arc<PathBuf>) -> Self {
        let mut found = Self { caches: false, limits: Vec::new() };
        for filter in manager.list_of("http_filters") {
            let name = filter.text_of("name").unwrap_or_default();
            let kind = filter.at(&["typed_config", "@type"]).and_then(Node::text).unwrap_or_default();
            found.caches |= kind.contains(".http.cache.");
            if kind.contains("ratelimit") {
                found.limits.push(Set { value: format!("the filter {name}"), place: Some(filter.place(file)) });
            }
        }
        found
    }

    /// Its cache gives nothing that is older than allowed.
    fn apply(&self, tries: bool, care: &mut super::Care) {
        care.retries = care.retries.map(|retries| retries || tries);
        (care.cache, care.stale) = (Some(self.caches), Some(false));
        care.rate_limits.clone_from(&self.limits);
    }
}

/// A domain of a virtual host; a port in it does not choose between hosts here.
fn without_port(domain: String) -> String {
    match domain.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !host.ends_with(']') => host.to_owned(),
        _ => domain,
    }
}

/// A prefix that ends at a slash.
fn separated(prefix: &str) -> Cond {
    let prefix = prefix.trim_end_matches('/');
    Cond::Any(vec![Cond::Path(Text::Is(prefix.to_owned())), Cond::Path(Text::Starts(format!("{prefix}/")))])
}

/// Where something stands, for those who read it with this module.
fn place_of(node: &Node, file: &Arc<PathBuf>) -> Place {
    node.place(file)
}

#[cfg(test)]
mod tests;
