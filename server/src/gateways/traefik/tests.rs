//! Configurations as people write them, and broken ones.

use super::*;
use crate::fileguard::FileError;
use crate::gateways::{Protocol, Route, Target, Upstream};
use proptest::prelude::*;
use std::path::PathBuf;
use url::Url;

/// One file, or two.
struct Files<'t>(&'t [(&'t str, &'t str)]);

impl Sources for Files<'_> {
    fn text(&self, path: &Path, _max: u64) -> Result<String, FileError> {
        let found = self.0.iter().find(|(name, _)| Path::new(name) == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| FileError::NotFound { path: path.to_path_buf() })
    }

    fn matching(&self, _pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        Ok(Vec::new())
    }
}

fn route(config: &GatewayConfig, url: &str) -> Route {
    config.route_for(&Url::parse(url).unwrap(), None).unwrap()
}

fn upstream(config: &GatewayConfig, url: &str) -> Upstream {
    match route(config, url).target {
        Target::Upstream(upstream) => *upstream,
        other => panic!("{url} leads to {other:?}"),
    }
}

fn members(config: &GatewayConfig, url: &str) -> Vec<String> {
    upstream(config, url).members.iter().map(|member| member.address.to_string()).collect()
}

const STATIC: &str = r#"
entryPoints:
  web:
    address: ":8080"
  secure:
    address: "127.0.0.1:8443"
    http:
      tls: {}
providers:
  file:
    filename: dynamic.yml
log:
  level: DEBUG
  filePath: /var/log/traefik.log
accessLog:
  filePath: /var/log/access.log
"#;

const DYNAMIC: &str = r#"
http:
  routers:
    all:
      rule: "PathPrefix(`/`)"
      service: app
      entryPoints: [web]
    api:
      rule: "Host(`shop.example`) && PathPrefix(`/api`)"
      service: api@file
      middlewares: [strip]
  middlewares:
    strip:
      stripPrefix: {prefixes: [/api]}
  services:
    app:
      loadBalancer:
        servers:
        - url: "http://10.0.0.5:8000"
        - url: "http://10.0.0.6:8000"
    api:
      weighted:
        services:
        - name: real
    real:
      loadBalancer:
        passHostHeader: false
        serversTransport: tls
        servers:
        - url: "https://api.internal"
  serversTransports:
    tls:
      serverName: api.internal
      rootCAs: [/etc/ca.pem]
      forwardingTimeouts: {dialTimeout: 2s, responseHeaderTimeout: 5s}
"#;

fn both() -> Parsed<GatewayConfig> {
    let files = [("/etc/traefik/traefik.yml", STATIC), ("/etc/traefik/dynamic.yml", DYNAMIC)];
    parse(Path::new("/etc/traefik/traefik.yml"), None, &Files(&files))
}

#[test]
fn routers_are_tried_by_the_length_of_their_rules() {
    let parsed = both();
    assert_eq!(parsed.problems, []);
    let config = parsed.value;
    assert_eq!(members(&config, "http://x:8080/"), ["10.0.0.5:8000", "10.0.0.6:8000"]);
    let url = "https://shop.example:8443/api/x";
    let api = upstream(&config, url);
    assert_eq!(
        (api.protocol, api.host.as_deref(), api.uri.as_deref()),
        (Protocol::Https, Some("api.internal:443"), Some(""))
    );
    assert_eq!(api.place.to_string(), "/etc/traefik/dynamic.yml:30");
    let settings = route(&config, url).settings;
    assert_eq!((settings.timeouts.connect.value.as_secs(), settings.timeouts.read.value.as_secs()), (2, 5));
    assert_eq!(settings.tls.name.map(|name| name.value).as_deref(), Some("api.internal"));
    assert_eq!(settings.error_logs[0].file.as_deref(), Some(Path::new("/var/log/traefik.log")));
    assert!(config.servers[1].listens.iter().all(|listen| listen.tls));
    // The router for everything is on the other entry point.
    assert!(config.route_for(&Url::parse("https://other.example:8443/").unwrap(), None).is_none());
}

#[test]
fn what_is_done_against_failures_is_read() {
    let text = |middlewares: &str, health: &str| {
        format!(
            "http:\n  routers:\n    a: {{rule: 'PathPrefix(`/`)', service: s{middlewares}}}\n  middlewares:\n    again: {{retry: {{attempts: 2}}}}\n    few: {{rateLimit: {{average: 5}}}}\n  services:\n    s:\n      loadBalancer:\n        servers: [{{url: 'h2c://10.0.0.5:1'}}, {{url: 'h2c://10.0.0.6:1'}}]\n{health}"
        )
    };
    let parsed = |text: &str| parse(Path::new("/d.yml"), None, &Files(&[("/d.yml", text)])).value;
    let care = |text: &str| parsed(text).care_for(&Url::parse("http://x/").unwrap(), None);
    let plain = care(&text("", ""));
    assert_eq!(
        (plain.retries, plain.active_checks, plain.passive_checks, plain.stale),
        (Some(false), Some(false), Some(false), Some(false))
    );
    let careful =
        text(", middlewares: [again, few]", "        healthCheck: {path: /healthz, hostname: app, port: 81}\n");
    let way = route(&parsed(&careful), "http://x/");
    assert_eq!(way.settings.http_version.value, "h2c");
    let careful = care(&careful);
    assert_eq!((careful.retries, careful.active_checks), (Some(true), Some(true)));
    assert_eq!(careful.rate_limits[0].value, "rateLimit of the middleware few");
    let check = careful.check.expect("it is read");
    assert_eq!((check.uri.as_str(), check.host.as_deref(), check.port), ("/healthz", Some("app"), Some(81)));
    assert_eq!(check.status, [200..=399]);
}

#[test]
fn options_of_the_command_line_count_as_the_file() {
    let files = [("/srv/dynamic.yml", DYNAMIC)];
    let options = ["--entryPoints.web.address=:8080", "--providers.file.filename=/srv/dynamic.yml"];
    let parsed = with_options(Path::new("/srv/dynamic.yml"), &options, &Files(&files));
    assert_eq!(members(&parsed.value, "http://x:8080/").len(), 2);
    let toml = "[entryPoints.web]\naddress = \":80\"\n[http.routers.a]\nrule = \"Path(`/x`)\"\nservice = \"s\"\n[[http.services.s.loadBalancer.servers]]\nurl = \"http://10.0.0.7:1\"\n";
    let parsed = parse(Path::new("/t.toml"), None, &Files(&[("/t.toml", toml)]));
    assert_eq!(members(&parsed.value, "http://x/x"), ["10.0.0.7:1"]);
}

#[test]
fn what_is_missing_is_told() {
    let parsed = parse(Path::new("/etc/traefik/traefik.yml"), None, &Files(&[("/etc/traefik/traefik.yml", STATIC)]));
    assert_eq!(parsed.problems.len(), 1);
    let broken = "http:\n  routers:\n    a: {rule: 'Host(', service: gone}\n";
    let parsed = parse(Path::new("/d.yml"), None, &Files(&[("/d.yml", broken)]));
    assert_eq!(parsed.problems.len(), 1);
    assert!(matches!(route(&parsed.value, "http://x/").target, Target::Unknown(_)));
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "[a-zA-Z:/.{}()`\"\\[\\]& \n0-9-]{0,300}") {
        let parsed = parse(Path::new("/d.yml"), None, &Files(&[("/d.yml", text.as_str())]));
        parsed.value.route_for(&Url::parse("http://shop.example/api").unwrap(), None);
    }
}
