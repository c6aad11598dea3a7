//! Clusters: endpoints, timeouts, TLS, circuit breakers.

use super::place_of;
use crate::gateways::document::Node;
use crate::gateways::flat::{self, NO_LIMIT};
use crate::gateways::{
    Check, Member, MemberAddress, NameResolution, Problem, Protocol, Set, Settings, Target, Upstream,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Envoy's own limits where nothing says otherwise; that of an answer's head differs from version to version.
const CONNECT: Duration = Duration::from_secs(5);
const ROUTE: Duration = Duration::from_secs(15);
const HEAD: u64 = 0;

/// What applies where nothing is written.
pub(super) fn defaults() -> Settings {
    flat::settings(Set::default_of(CONNECT), Set::default_of(ROUTE), HEAD)
}

/// The clusters of a bootstrap by name.
pub(super) struct Clusters<'c> {
    file: &'c Arc<PathBuf>,
    by_name: BTreeMap<&'c str, (&'c Node, Vec<Member>)>,
}

impl<'c> Clusters<'c> {
    /// Reads them.
    pub(super) fn new(root: &'c Node, file: &'c Arc<PathBuf>, problems: &mut Vec<Problem>) -> Self {
        let mut by_name = BTreeMap::new();
        for cluster in root.at(&["static_resources", "clusters"]).map(Node::list).unwrap_or_default() {
            let Some(name) = cluster.text_of("name") else { continue };
            let members = members(cluster, file, problems);
            by_name.insert(name, (cluster, members));
        }
        Self { file, by_name }
    }

    /// Where a route's action leads, and what applies there.
    pub(super) fn target(&self, action: &Node) -> (Target, Settings) {
        let timeout = action
            .get("timeout")
            .and_then(|node| Some((flat::go_duration(node.text()?, Duration::from_secs(1))?, node)));
        let weighted = action.at(&["weighted_clusters", "clusters"]).map(Node::list).unwrap_or_default();
        let names: Vec<&str> = action
            .text_of("cluster")
            .into_iter()
            .chain(weighted.iter().filter_map(|one| one.text_of("name")))
            .collect();
        let Some((first, rest)) = names.split_first() else {
            let why = "the cluster is chosen by the request".to_owned();
            return (Target::Unknown(why), defaults());
        };
        let limit = timeout.map_or(ROUTE, |(limit, _)| if limit.is_zero() { NO_LIMIT } else { limit });
        let (mut target, mut settings) = self.upstream(first, limit);
        if let Target::Upstream(upstream) = &mut target {
            for name in rest {
                if let (Target::Upstream(other), _) = self.upstream(name, limit) {
                    upstream.members.extend(other.members);
                }
            }
            upstream.host =
                action.text_of("host_rewrite_literal").or_else(|| action.text_of("host_rewrite")).map(str::to_owned);
            if action.yes("auto_host_rewrite") {
                upstream.host = upstream.members.first().and_then(|member| member.address.name()).map(str::to_owned);
            }
            upstream.uri = action.text_of("prefix_rewrite").map(str::to_owned);
        }
        settings.timeouts.read = Set { value: limit, place: timeout.map(|(_, node)| place_of(node, self.file)) };
        settings.care.retries = Some(action.get("retry_policy").is_some_and(retries));
        if let Some(policy) = action.get("retry_policy") {
            let conditions = policy.text_of("retry_on").unwrap_or_default();
            settings.next_upstream = Set {
                value: conditions.split(',').map(|word| word.trim().to_owned()).collect(),
                place: Some(place_of(policy, self.file)),
            };
        }
        (target, settings)
    }

    /// A cluster as an upstream; `limit` is how long its route waits for an answer.
    pub(super) fn upstream(&self, name: &str, limit: Duration) -> (Target, Settings) {
        let mut settings = defaults();
        settings.timeouts.read = Set::default_of(limit);
        let Some((cluster, members)) = self.by_name.get(name) else {
            return (Target::Unknown(format!("the cluster {name} is in no file")), settings);
        };
        if let Some(node) = cluster.get("connect_timeout")
            && let Some(value) = node.text().and_then(|text| flat::go_duration(text, Duration::from_secs(1)))
        {
            settings.timeouts.connect = Set { value, place: Some(place_of(node, self.file)) };
        }
        let tls = cluster.at(&["transport_socket", "typed_config"]).filter(|_| is_tls(cluster));
        self.tls(tls, &mut settings);
        if speaks_http2(cluster) {
            let node =
                cluster.get("typed_extension_protocol_options").or_else(|| cluster.get("http2_protocol_options"));
            settings.http_version = Set { value: "2".to_owned(), place: node.map(|node| place_of(node, self.file)) };
        }
        let protocol = if tls.is_some() { Protocol::Https } else { Protocol::Http };
        let care = &mut settings.care;
        care.active_checks = Some(!cluster.list_of("health_checks").is_empty());
        care.check = match cluster.list_of("health_checks")[..] {
            [one] => check(one, name, self.file),
            _ => None,
        };
        care.passive_checks = Some(cluster.get("outlier_detection").is_some());
        if let Some(breakers) = cluster.get("circuit_breakers") {
            let place = Some(place_of(breakers, self.file));
            care.connection_limits = vec![Set { value: format!("circuit_breakers of cluster {name}"), place }];
        }
        let place = place_of(cluster, self.file);
        let mut upstream: Upstream = flat::upstream(&format!("cluster {name}"), protocol, members.clone(), &place);
        if matches!(upstream.resolution, NameResolution::AtStart) {
            upstream.resolution = flat::EACH_TIME;
        }
        upstream.pool = Some(name.to_owned());
        upstream.keepalive = Some(0);
        (Target::Upstream(Box::new(upstream)), settings)
    }

    fn tls(&self, context: Option<&Node>, settings: &mut Settings) {
        let Some(context) = context else { return };
        let place = |node: &Node| Some(place_of(node, self.file));
        let sni = context.get("sni");
        settings.tls.name = sni.and_then(|node| Some(Set { value: node.text()?.to_owned(), place: place(node) }));
        settings.tls.sni = Set { value: sni.is_some(), place: sni.and_then(place) };
        let common = context.get("common_tls_context");
        let validation = common.and_then(|common| {
            common
                .get("validation_context")
                .or_else(|| common.at(&["combined_validation_context", "default_validation_context"]))
        });
        let trusted = validation.and_then(|node| node.get("trusted_ca"));
        let accepts_all = validation
            .and_then(|node| node.text_of("trust_chain_verification"))
            .is_some_and(|text| text == "ACCEPT_UNTRUSTED");
        // Without an authority to trust, Envoy takes any certificate.
        settings.tls.verify = Set { value: trusted.is_some() && !accepts_all, place: validation.and_then(place) };
        let names = validation.and_then(|node| {
            ["match_typed_subject_alt_names", "match_subject_alt_names", "verify_subject_alt_name"]
                .iter()
                .find_map(|key| node.get(key))
        });
        // Nor does it compare names unless it is told which.
        settings.tls.checks_name = Some(Set { value: names.is_some(), place: names.and_then(place) });
        settings.tls.trusted = trusted.and_then(|node| {
            let path = node.get("filename")?;
            Some(Set { value: PathBuf::from(path.text()?), place: place(path) })
        });
        let certificate = common.map(|common| common.list_of("tls_certificates")).unwrap_or_default();
        settings.tls.client_certificate = certificate.first().and_then(|node| {
            let path = node.at(&["certificate_chain", "filename"])?;
            Some(Set { value: PathBuf::from(path.text()?), place: place(path) })
        });
        let params = common.and_then(|common| common.get("tls_params"));
        settings.tls.protocols = params.map(|node| {
            let least = node.text_of("tls_minimum_protocol_version").unwrap_or("TLSv1_2");
            let most = node.text_of("tls_maximum_protocol_version").unwrap_or("TLSv1_3");
            Set { value: format!("{least} {most}"), place: place(node) }
        });
    }
}

/// A check in HTTP; `None` for the other kinds, and for what cannot be made again.
fn check(node: &Node, cluster: &str, file: &Arc<PathBuf>) -> Option<Check> {
    let http = node.get("http_health_check")?;
    let odd = ["receive", "service_name_matcher", "request_headers_to_add", "codec_client_type"];
    if odd.iter().any(|key| http.get(key).is_some()) {
        return None;
    }
    let bound = |range: &Node, key: &str| range.number_of(key).and_then(|number| u16::try_from(number).ok());
    let ranges = http.list_of("expected_statuses");
    // The end is not part of the range.
    let ranges = ranges.iter().filter_map(|range| Some(bound(range, "start")?..=bound(range, "end")?.checked_sub(1)?));
    let ranges: Vec<_> = ranges.collect();
    let timeout = node.text_of("timeout").and_then(|text| flat::go_duration(text, Duration::from_secs(1)));
    Some(Check {
        method: http.text_of("method").unwrap_or("GET").to_owned(),
        uri: http.text_of("path")?.to_owned(),
        host: Some(http.text_of("host").filter(|host| !host.is_empty()).unwrap_or(cluster).to_owned()),
        port: None,
        tls: None,
        status: if ranges.is_empty() { vec![200..=200] } else { ranges },
        timeout: timeout.unwrap_or(Duration::from_secs(1)),
        place: place_of(node, file),
    })
}

/// Whether a policy asks another member after a failure.
pub(super) fn retries(policy: &Node) -> bool {
    policy.text_of("retry_on").is_some_and(|conditions| !conditions.trim().is_empty())
        && policy.number_of("num_retries") != Some(0)
}

fn is_tls(cluster: &Node) -> bool {
    let socket = cluster.get("transport_socket");
    let name = socket.and_then(|socket| socket.text_of("name")).unwrap_or_default();
    let kind = socket.and_then(|socket| socket.at(&["typed_config", "@type"])).and_then(Node::text).unwrap_or_default();
    kind.ends_with("UpstreamTlsContext") || name.ends_with("transport_sockets.tls")
}

fn speaks_http2(cluster: &Node) -> bool {
    let options = cluster.get("typed_extension_protocol_options").map(Node::pairs).unwrap_or_default();
    cluster.get("http2_protocol_options").is_some()
        || options.iter().any(|(_, node)| node.at(&["explicit_http_config", "http2_protocol_options"]).is_some())
}

fn members(cluster: &Node, file: &Arc<PathBuf>, problems: &mut Vec<Problem>) -> Vec<Member> {
    let groups = cluster.at(&["load_assignment", "endpoints"]).map(Node::list).unwrap_or_default();
    let endpoints = groups.into_iter().flat_map(|group| group.list_of("lb_endpoints"));
    let written = endpoints.filter_map(|endpoint| Some((endpoint, endpoint.at(&["endpoint", "address"])?)));
    // Before version 3, addresses stood under `hosts`.
    let old = cluster.list_of("hosts").into_iter().map(|host| (host, host));
    // The default circuit breaker of 1024 requests is far away; only what is written counts.
    let thresholds = cluster.at(&["circuit_breakers", "thresholds"]).map(Node::list).unwrap_or_default();
    let caps = thresholds.iter().flat_map(|one| ["max_connections", "max_requests"].map(|key| one.number_of(key)));
    let cap = caps.flatten().min().and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    let outlier = cluster.get("outlier_detection");
    let fails = outlier.map_or(0, |node| {
        ["consecutive_5xx", "consecutive_gateway_failure"]
            .iter()
            .filter_map(|key| node.number_of(key))
            .min()
            .unwrap_or(5)
    });
    let mut members = Vec::new();
    for (endpoint, address) in written.chain(old) {
        let place = place_of(address, file);
        let found = match address.at(&["pipe", "path"]).and_then(Node::text) {
            Some(path) => Some(MemberAddress::Unix(PathBuf::from(path))),
            None => address.get("socket_address").and_then(|socket| {
                let port = u16::try_from(socket.number_of("port_value")?).ok()?;
                Some(MemberAddress::Host { host: socket.text_of("address")?.to_owned(), port })
            }),
        };
        let Some(found) = found else {
            let what = "an endpoint's address is not understood".to_owned();
            problems.push(Problem { place, what, line_to_add: None });
            continue;
        };
        members.push(Member {
            max_conns: cap,
            max_fails: u32::try_from(fails).unwrap_or(0),
            down: matches!(endpoint.text_of("health_status"), Some("UNHEALTHY" | "DRAINING")),
            ..flat::member(found, &place)
        });
    }
    members
}
