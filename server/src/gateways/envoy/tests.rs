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

const BOOTSTRAP: &str = r#"
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          access_log:
          - typed_config: {path: /var/log/envoy/access.log}
          routeConfig:
            virtual_hosts:
            - name: shop
              domains: ["shop.example", "*.shop.example:8080"]
              routes:
              - match: {prefix: "/api/"}
                route: {cluster: api, timeout: 3s, prefix_rewrite: "/", host_rewrite_literal: api.internal}
              - match: {safe_regex: {regex: "/old/.*"}}
                direct_response: {status: 410}
            - name: rest
              domains: ["*"]
              routes:
              - match: {prefix: "/"}
                route: {weighted_clusters: {clusters: [{name: app, weight: 1}, {name: api, weight: 1}]}, timeout: 0s}
  clusters:
  - name: app
    connect_timeout: 0.25s
    circuit_breakers: {thresholds: [{max_requests: 10}]}
    load_assignment:
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.5, port_value: 80}}}
        - endpoint: {address: {pipe: {path: /run/app.sock}}}
  - name: api
    type: STRICT_DNS
    load_assignment:
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: api.internal, port_value: 443}}}
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: api.internal
        common_tls_context:
          validation_context: {trusted_ca: {filename: /etc/ca.pem}}
"#;

fn read(text: &str) -> Parsed<GatewayConfig> {
    parse(Path::new("/e.yaml"), None, &Files(&[("/e.yaml", text)]))
}

#[test]
fn routes_lead_to_clusters() {
    let parsed = read(BOOTSTRAP);
    assert_eq!(parsed.problems, []);
    let config = parsed.value;
    assert_eq!(members(&config, "http://127.0.0.1:8080/"), ["10.0.0.5:80", "unix:/run/app.sock", "api.internal:443"]);
    assert_eq!(route(&config, "http://127.0.0.1:8080/").settings.timeouts.connect.value.as_millis(), 250);
    let url = "http://shop.example:8080/api/x";
    let api = upstream(&config, url);
    assert_eq!(
        (api.protocol, api.host.as_deref(), api.uri.as_deref()),
        (Protocol::Https, Some("api.internal"), Some("/"))
    );
    let settings = route(&config, url).settings;
    assert_eq!(
        (settings.timeouts.read.value.as_secs(), settings.tls.verify.value, settings.tls.minds_name()),
        (3, true, false)
    );
    assert_eq!(settings.access_logs[0].file.as_deref(), Some(Path::new("/var/log/envoy/access.log")));
    assert_eq!(route(&config, "http://a.shop.example:8080/old/x").target, Target::Return(410));
    assert_eq!(route(&config, "http://shop.example:8080/nothing").target, Target::Return(404));
    assert_eq!(upstream(&config, "http://127.0.0.1:8080/").members[0].max_conns, 10);
}

#[test]
fn what_is_done_against_failures_is_read() {
    let care = |text: &str| read(text).value.care_for(&Url::parse("http://127.0.0.1:8080/").unwrap(), None);
    let plain = care(BOOTSTRAP);
    assert_eq!(
        (plain.retries, plain.active_checks, plain.passive_checks, plain.cache, plain.stale),
        (Some(false), Some(false), Some(false), Some(false), Some(false))
    );
    assert_eq!(plain.connection_limits[0].value, "circuit_breakers of cluster app");
    let careful = BOOTSTRAP
        .replace("timeout: 0s}", "timeout: 0s, retry_policy: {retry_on: \"connect-failure,reset\", num_retries: 2}}")
        .replace("    connect_timeout: 0.25s\n", "    connect_timeout: 0.25s\n    health_checks: [{timeout: 2s, http_health_check: {path: /ok, expected_statuses: [{start: 200, end: 300}]}}]\n    outlier_detection: {}\n")
        .replace(
            "          routeConfig:",
            "          http_filters: [{name: limit, typed_config: {\"@type\": \"type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit\"}}]\n          routeConfig:",
        );
    let careful = care(&careful);
    assert_eq!((careful.retries, careful.active_checks, careful.passive_checks), (Some(true), Some(true), Some(true)));
    assert_eq!(careful.rate_limits[0].value, "the filter limit");
    let check = careful.check.expect("it is read");
    assert_eq!((check.uri.as_str(), check.host.as_deref(), check.timeout.as_secs()), ("/ok", Some("app"), 2));
    assert_eq!(check.status, [200..=299]);
}

#[test]
fn what_no_file_tells_is_told() {
    let rds = "static_resources:\n  listeners:\n  - address: {socket_address: {address: 0.0.0.0, port_value: 80}}\n    filter_chains:\n    - filters:\n      - typed_config: {rds: {}}\n";
    assert_eq!(read(rds).problems.len(), 1);
    let gone = BOOTSTRAP.replace("cluster: api,", "cluster: gone,");
    assert!(matches!(route(&read(&gone).value, "http://shop.example:8080/api/x").target, Target::Unknown(_)));
}

proptest! {
    #[test]
    fn any_text_is_survived(cut in 0..2000_usize, noise in "[a-z:{}\\[\\], \n]{0,40}") {
        let mut text: String = BOOTSTRAP.chars().take(cut).collect();
        text.push_str(&noise);
        let parsed = read(&text);
        parsed.value.route_for(&Url::parse("http://shop.example:8080/api/").unwrap(), None);
        parsed.value.upstreams();
    }
}
