//! What applies on a way: timeouts, limits, TLS towards the servers, logs.

use super::extract::{log_file, resolver};
use super::proxy::Proxy;
use super::request::Asked;
use super::server::ServerLine;
use super::time;
use super::tree::Tree;
use crate::gateways::{
    BufferLimits, GatewayConfig, Limits, Member, NameResolution, Protocol, Set, Settings, Timeouts, Upstream,
    UpstreamTls,
};
use std::time::Duration;

/// HAProxy waits without an end where no timeout is set.
pub(super) const ENDLESS: Duration = Duration::from_hours(1);

/// Everything that applies to requests of a frontend that go to a backend.
pub(super) fn settings(
    config: &GatewayConfig,
    frontend: &Proxy<'_>,
    backend: Option<&Proxy<'_>>,
    tree: &Tree,
    asked: &Asked,
) -> Settings {
    let behind = backend.unwrap_or(frontend);
    let timeout = |name: &str| behind.timeout(name).unwrap_or(Set::default_of(ENDLESS));
    let retries = behind.number("retries").unwrap_or(Set::default_of(3));
    let redispatch = behind.option("redispatch");
    let next = if retries.value > 0 && redispatch.is_some() { Vec::new() } else { vec!["off".to_owned()] };
    let logs = frontend.logs();
    let files: Vec<_> = logs.iter().map(|line| log_file(line, &config.logs)).collect();
    Settings {
        timeouts: Timeouts { connect: timeout("connect"), send: timeout("server"), read: timeout("server") },
        buffers: buffers(tree),
        tls: tls(behind.servers().first(), tree, asked),
        http_version: http_version(&behind.servers()),
        set_headers: Vec::new(),
        next_upstream: Set { value: next, place: redispatch.map(|line| line.place.clone()).or(retries.place) },
        resolver: None,
        // One log holds both: what went wrong and each request.
        access_logs: Vec::new(),
        error_logs: files,
        intercept_errors: Set::default_of(frontend.setting(&["http-response", "return"]).is_some()),
        care: crate::gateways::Care::default(),
    }
}

/// HTTP/2 where the servers are told to speak it; one that negotiates it by ALPN falls back by itself.
fn http_version(servers: &[ServerLine]) -> Set<String> {
    let first = servers.first().filter(|first| first.proto.as_deref() == Some("h2"));
    first.map_or_else(
        || Set::default_of("1.1".to_owned()),
        |first| Set { value: "2".to_owned(), place: Some(first.place.clone()) },
    )
}

/// An answer's head has to fit in one buffer, what is reserved for changes left out.
pub(super) fn buffers(tree: &Tree) -> BufferLimits {
    let tuned = |name: &str| {
        let line = tree.global().filter(|line| line.word(0) == name).last()?;
        Some(Set { value: time::size(line.word(1))?, place: Some(line.place.clone()) })
    };
    let whole = tuned("tune.bufsize").unwrap_or(Set::default_of(16_384));
    let kept = tuned("tune.maxrewrite").map_or(1024, |kept| kept.value).min(whole.value / 2);
    BufferLimits {
        header: Set { value: whole.value - kept, place: whole.place.clone() },
        body: Set { value: (1, whole.value), place: whole.place },
        buffering: Set::default_of(false),
        request_body: Set::default_of(0),
    }
}

fn tls(server: Option<&ServerLine>, tree: &Tree, asked: &Asked) -> UpstreamTls {
    let place = server.map(|server| server.place.clone());
    let usual = tree.global().filter(|line| line.word(0) == "ssl-server-verify").last();
    let verify =
        server.and_then(|server| server.verify).unwrap_or_else(|| usual.is_none_or(|line| line.word(1) != "none"));
    let set = |value: Option<String>| value.map(|value| Set { value, place: place.clone() });
    let sni = server.and_then(|server| server.sni.as_ref()).and_then(|expression| asked.value(expression, tree));
    let sends = server.is_some_and(|server| server.sni.is_some());
    let expected = server.and_then(|server| server.verify_host.clone());
    let versions = server.map(|server| server.tls_versions.clone()).unwrap_or_default();
    let protocols = match versions {
        (None, None) => None,
        (least, greatest) => {
            Some(format!("{} to {}", least.as_deref().unwrap_or("any"), greatest.as_deref().unwrap_or("any")))
        }
    };
    // Without a name to ask for or to expect, any certificate of a trusted authority will do.
    let minds_name = verify && (sends || expected.is_some());
    UpstreamTls {
        verify: Set { value: verify, place: place.clone() },
        checks_name: Some(Set { value: minds_name, place: place.clone() }),
        checks_time: None,
        trusted: server.and_then(|server| server.ca_file.clone()).map(|value| Set { value, place: place.clone() }),
        name: set(sni.or(expected)),
        sni: Set { value: sends, place: place.clone() },
        protocols: set(protocols),
        client_certificate: server
            .and_then(|server| server.certificate.clone())
            .map(|value| Set { value, place: place.clone() }),
    }
}

/// A backend as an upstream, for requests that came through a frontend.
pub(super) fn upstream(frontend: &Proxy<'_>, backend: &Proxy<'_>, tree: &Tree, asked: &Asked) -> Upstream {
    let servers = backend.servers();
    let members: Vec<Member> = servers.iter().filter_map(|server| member(backend, server, asked.port)).collect();
    let by_name = members.iter().any(|member| member.address.name().is_some());
    let named = servers.iter().find_map(|server| server.resolvers.as_deref());
    let resolution = match (by_name, named) {
        (false, _) => NameResolution::None,
        (true, None) => NameResolution::AtStart,
        (true, Some(name)) => NameResolution::WhileRunning(resolver(tree, name)),
    };
    let through = frontend.mode() == "tcp" && asked.tls;
    let first = servers.first();
    let protocol = match first {
        Some(server) if server.proto.as_deref() == Some("fcgi") || backend.setting(&["use-fcgi-app"]).is_some() => {
            Protocol::Fastcgi
        }
        Some(server) if server.tls => Protocol::Https,
        // Bytes go through as they are: what the client speaks is what the server hears.
        _ if through => Protocol::Https,
        _ => Protocol::Http,
    };
    let reuse = backend.setting(&["http-reuse"]).map_or("safe", |line| line.word(1));
    Upstream {
        written: backend.section.name.clone(),
        protocol,
        pool: Some(backend.section.name.clone()),
        members,
        keepalive: (reuse != "never" && frontend.mode() == "http").then_some(1),
        resolution,
        uri: None,
        host: Some(asked.host.clone()),
        place: backend.section.place.clone(),
    }
}

/// A server as a member; `None` where it has no address that can be known.
pub(super) fn member(backend: &Proxy<'_>, server: &ServerLine, port: u16) -> Option<Member> {
    Some(Member {
        address: backend.placed(server, port)?,
        weight: server.weight,
        max_fails: if server.check.on || server.observes { server.check.fall } else { 0 },
        fail_timeout: server.check.inter * server.check.rise,
        max_conns: server.maxconn,
        backup: server.backup,
        down: server.disabled || server.weight == 0 || backend.disabled(),
        resolve: server.resolvers.is_some(),
        place: server.place.clone(),
    })
}

/// What the whole process is limited to.
pub(super) fn limits(tree: &Tree) -> Limits {
    let number = |word: &str| {
        let line = tree.global().filter(|line| line.word(0) == word).last()?;
        Some(Set { value: line.word(1).parse().ok()?, place: Some(line.place.clone()) })
    };
    Limits {
        worker_connections: number("maxconn"),
        worker_processes: number("nbthread").or_else(|| number("nbproc")),
        worker_descriptors: number("ulimit-n"),
    }
}
