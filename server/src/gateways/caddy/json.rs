//! Caddy's native JSON: `apps.http.servers.*.routes`, with subroutes, matchers and the `reverse_proxy` handler.

use super::proxy::{self, DIAL, HEAD};
use crate::gateways::document::Node;
use crate::gateways::flat::{self, Cond, NO_LIMIT, Rule, Site, Text};
use crate::gateways::{
    Care, Check, Listen, LogFile, Member, NameResolution, Problem, Protocol, Server, Set, Settings, Target, Upstream,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Subroutes within subroutes that are followed.
const MAX_DEPTH: usize = 16;

/// All sites, and where Caddy itself writes what goes wrong.
pub(super) fn sites(root: &Node, file: &Arc<PathBuf>, problems: &mut Vec<Problem>) -> (Vec<Site>, Vec<LogFile>) {
    let logs = root.at(&["logging", "logs"]).map(Node::pairs).unwrap_or_default();
    let file_of = |log: &Node| {
        let written = log.at(&["writer", "filename"])?;
        Some(flat::log_file(written.text()?, Some(written.place(file))))
    };
    let errors: Vec<LogFile> =
        logs.iter().filter(|(name, _)| name == "default").filter_map(|(_, log)| file_of(log)).collect();
    let access: Vec<LogFile> = logs
        .iter()
        .filter(|(_, log)| log.texts_of("include").iter().any(|name| name.starts_with("http.log.access")))
        .filter_map(|(_, log)| file_of(log))
        .collect();
    let mut sites = Vec::new();
    for (_, server) in root.at(&["apps", "http", "servers"]).map(Node::pairs).unwrap_or_default() {
        let place = server.place(file);
        let with_tls = server.get("tls_connection_policies").is_some();
        let mut listens = Vec::new();
        for written in server.list_of("listen") {
            let text = written.text().unwrap_or_default();
            let text = text.strip_prefix("tcp/").unwrap_or(text);
            match flat::listen(text, &written.place(file)) {
                Some(listen) => {
                    let tls = with_tls || listen.port == 443;
                    let any = listen.address.is_none() && listen.unix.is_none();
                    listens.push(Listen { tls, ..listen.clone() });
                    if any {
                        listens.push(Listen { tls, ipv6: true, ..listen });
                    }
                }
                None => problems.push(Problem {
                    place: written.place(file),
                    what: format!("the listener {text} is not understood"),
                    line_to_add: None,
                }),
            }
        }
        let mut walk = Walk { file, errors: &errors, access: &access, rules: Vec::new(), problems };
        walk.routes(server, &Cond::Always, None, 0);
        let rules = walk.rules;
        sites.push(Site { server: Server { listens, names: Vec::new(), place }, rules });
    }
    (sites, errors)
}

struct Walk<'w> {
    file: &'w Arc<PathBuf>,
    errors: &'w [LogFile],
    access: &'w [LogFile],
    rules: Vec<Rule>,
    problems: &'w mut Vec<Problem>,
}

impl Walk<'_> {
    fn routes(&mut self, holder: &Node, outer: &Cond, stripped: Option<&str>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for route in holder.list_of("routes") {
            let sets: Vec<Cond> = route.list_of("match").into_iter().map(matcher_set).collect();
            let when = if sets.is_empty() { Cond::Always } else { Cond::Any(sets) };
            let label = route.list_of("match").iter().find_map(|set| set.texts_of("path").into_iter().next());
            let when = outer.clone().and(when);
            let mut stripped = stripped.map(str::to_owned);
            for handler in route.list_of("handle") {
                let target = match handler.text_of("handler").unwrap_or_default() {
                    "subroute" => {
                        self.routes(handler, &when, stripped.as_deref(), depth + 1);
                        continue;
                    }
                    "rewrite" => {
                        stripped = handler.text_of("strip_path_prefix").map(str::to_owned).or(stripped);
                        continue;
                    }
                    "static_response" => {
                        Target::Return(handler.text_of("status_code").and_then(|code| code.parse().ok()).unwrap_or(200))
                    }
                    "file_server" => Target::Files(handler.text_of("root").map(PathBuf::from)),
                    "reverse_proxy" => {
                        self.proxy(handler, &when, label.as_deref(), stripped.as_deref());
                        continue;
                    }
                    _ => continue,
                };
                let none = || Set::default_of(Duration::ZERO);
                self.push(handler, &when, label.as_deref(), target, flat::settings(none(), none(), 0));
            }
        }
    }

    fn push(&mut self, handler: &Node, when: &Cond, label: Option<&str>, target: Target, mut settings: Settings) {
        settings.error_logs = self.errors.to_vec();
        settings.access_logs = self.access.to_vec();
        self.rules.push(Rule {
            when: when.clone(),
            label: Some(label.unwrap_or("/").to_owned()),
            place: handler.place(self.file),
            target,
            settings,
        });
    }

    fn proxy(&mut self, handler: &Node, when: &Cond, label: Option<&str>, stripped: Option<&str>) {
        let place = handler.place(self.file);
        let transport = handler.get("transport");
        let mut settings = settings(transport, self.file);
        settings.care = care(handler, self.file);
        let protocol = match transport {
            Some(node) if node.text_of("protocol") == Some("fastcgi") => Protocol::Fastcgi,
            Some(node) if node.get("tls").is_some() => Protocol::Https,
            _ => Protocol::Http,
        };
        let members = self.members(handler);
        let written: Vec<String> =
            handler.list_of("upstreams").iter().filter_map(|node| node.text_of("dial")).map(str::to_owned).collect();
        let mut upstream = flat::upstream(&written.join(" "), protocol, members, &place);
        if matches!(upstream.resolution, NameResolution::AtStart) {
            upstream.resolution = flat::EACH_TIME;
        }
        upstream.keepalive = Some(0);
        upstream.host = host(handler, &upstream);
        let mut label = label;
        if let Some(prefix) = stripped {
            upstream.uri = Some(String::new());
            label = Some(prefix);
        }
        self.push(handler, when, label, Target::Upstream(Box::new(upstream)), settings);
    }

    fn members(&mut self, handler: &Node) -> Vec<Member> {
        let passive = handler.at(&["health_checks", "passive"]);
        let fail_timeout =
            passive.and_then(|node| node.get("fail_duration")).and_then(duration).unwrap_or(Duration::ZERO);
        let max_fails = passive.and_then(|node| node.number_of("max_fails")).unwrap_or(1);
        let max_conns = passive.and_then(|node| node.number_of("unhealthy_request_count")).unwrap_or(0);
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let mut members = Vec::new();
        for written in handler.list_of("upstreams") {
            let Some(dial) = written.text_of("dial") else { continue };
            let place = written.place(self.file);
            match proxy::address(dial) {
                Some((_, address)) => members.push(Member {
                    max_fails: if fail_timeout.is_zero() { 0 } else { small(max_fails) },
                    fail_timeout,
                    max_conns: small(written.number_of("max_requests").unwrap_or(max_conns)),
                    ..flat::member(address, &place)
                }),
                None => self.problems.push(Problem {
                    place,
                    what: format!("the upstream {dial} is not understood"),
                    line_to_add: None,
                }),
            }
        }
        members
    }
}

/// What the handler does against failures; whether another module caches cannot be told here.
fn care(handler: &Node, file: &Arc<PathBuf>) -> Care {
    let is_set = |node: Option<&Node>| node.and_then(duration).is_some_and(|time| !time.is_zero());
    let balancing = handler.get("load_balancing");
    let tries = is_set(balancing.and_then(|node| node.get("try_duration")))
        || balancing.and_then(|node| node.number_of("retries")).is_some_and(|retries| retries > 0);
    // Without a path or a port there is nothing to ask for.
    let turns_on = |active: &Node| ["uri", "path", "port"].iter().any(|key| active.get(key).is_some());
    let active = handler.at(&["health_checks", "active"]).filter(|active| turns_on(active));
    Care {
        retries: Some(tries),
        active_checks: Some(active.is_some()),
        check: active.and_then(|active| check(active, file)),
        passive_checks: Some(is_set(handler.at(&["health_checks", "passive", "fail_duration"]))),
        ..Care::default()
    }
}

fn check(active: &Node, file: &Arc<PathBuf>) -> Option<Check> {
    if active.get("expect_body").is_some() || active.get("body").is_some() {
        return None;
    }
    let mut check = proxy::usual_check(&active.place(file));
    let text = |key: &str| active.text_of(key).map(str::to_owned);
    check.uri = text("uri").or_else(|| text("path")).unwrap_or(check.uri);
    check.method = text("method").unwrap_or(check.method);
    check.port = active.number_of("port").and_then(|port| u16::try_from(port).ok());
    check.timeout = active.get("timeout").and_then(duration).unwrap_or(check.timeout);
    if let Some(status) = active.text_of("expect_status") {
        check.status = vec![proxy::statuses(status)?];
    }
    if active.get("headers").is_some_and(|headers| headers.pairs().iter().any(|(name, _)| name != "Host")) {
        return None;
    }
    let host = active.at(&["headers", "Host"]).map(Node::list).unwrap_or_default();
    check.host = host.first().and_then(|host| host.text()).map(str::to_owned);
    Some(check)
}

/// The Host header that the handler sets.
fn host(handler: &Node, upstream: &Upstream) -> Option<String> {
    let set = handler.at(&["headers", "request", "set", "Host"])?;
    let written = set.list().first()?.text()?.to_owned();
    match written.as_str() {
        "{http.reverse_proxy.upstream.hostport}" => upstream.members.first().map(|member| member.address.to_string()),
        other => (!other.contains('{')).then(|| other.to_owned()),
    }
}

fn settings(transport: Option<&Node>, file: &Arc<PathBuf>) -> Settings {
    let mut settings = flat::settings(Set::default_of(DIAL), Set::default_of(NO_LIMIT), HEAD);
    let Some(transport) = transport else { return settings };
    let time = |key: &str| {
        let node = transport.get(key)?;
        Some(Set { value: duration(node)?, place: Some(node.place(file)) })
    };
    if let Some(time) = time("dial_timeout") {
        settings.timeouts.connect = time;
    }
    for key in ["response_header_timeout", "read_timeout"] {
        if let Some(time) = time(key).filter(|time| !time.value.is_zero() && time.value < settings.timeouts.read.value)
        {
            settings.timeouts.read = time;
        }
    }
    if let Some(size) = transport.get("max_response_header_size")
        && let Some(value) = size.text().and_then(|text| text.parse().ok())
    {
        settings.buffers.header = Set { value, place: Some(size.place(file)) };
    }
    if let Some(versions) = transport.get("versions")
        && versions.list().iter().any(|version| version.text() == Some("h2c"))
    {
        settings.http_version = Set { value: "h2c".to_owned(), place: Some(versions.place(file)) };
    }
    if let Some(tls) = transport.get("tls") {
        let place = || Some(tls.place(file));
        if tls.yes("insecure_skip_verify") {
            settings.tls.verify = Set { value: false, place: place() };
        }
        settings.tls.name = tls.text_of("server_name").map(|name| Set { value: name.to_owned(), place: place() });
        let trusted = tls
            .texts_of("root_ca_pem_files")
            .into_iter()
            .chain(tls.at(&["ca"]).map(|ca| ca.texts_of("pem_files")).unwrap_or_default())
            .next();
        settings.tls.trusted = trusted.map(|path| Set { value: PathBuf::from(path), place: place() });
        let client = tls.text_of("client_certificate_file");
        settings.tls.client_certificate = client.map(|path| Set { value: PathBuf::from(path), place: place() });
    }
    settings
}

/// Durations are nanoseconds, or text as Go writes them.
fn duration(node: &Node) -> Option<Duration> {
    let text = node.text()?;
    match text.parse::<u64>() {
        Ok(nanoseconds) => Some(Duration::from_nanos(nanoseconds)),
        Err(_) => flat::go_duration(text, Duration::from_nanos(1)),
    }
}

/// All that one set names has to hold.
fn matcher_set(set: &Node) -> Cond {
    let mut all = Cond::Always;
    for (name, node) in set.pairs() {
        let one = match name.as_str() {
            "host" => Cond::Any(node.list().iter().filter_map(|host| host.text()).map(flat::host_cond).collect()),
            "path" => Cond::Any(node.list().iter().filter_map(|path| path.text()).map(super::site::path).collect()),
            "path_regexp" => match node.text_of("pattern") {
                Some(pattern) => Cond::Path(Text::Matches(pattern.to_owned())),
                None => Cond::Unknown(name.clone()),
            },
            "not" => Cond::Not(Box::new(Cond::Any(node.list().into_iter().map(shallow).collect()))),
            _ => Cond::Unknown(name.clone()),
        };
        all = all.and(one);
    }
    all
}

/// A set within `not`; what is nested deeper there is not judged.
fn shallow(set: &Node) -> Cond {
    if set.get("not").is_some() { Cond::Unknown("not".to_owned()) } else { matcher_set(set) }
}
