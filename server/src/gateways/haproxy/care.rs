//! What HAProxy's configuration does at a request's place against failures and load.

use super::proxy::Proxy;
use super::server::ServerLine;
use super::tree::Line;
use crate::gateways::{Care, GatewayConfig, Set, SourceBind};
use std::net::{IpAddr, SocketAddr};
use url::Url;

/// Words after which a rule refuses requests.
const REFUSES: [&str; 4] = ["deny", "tarpit", "reject", "silent-drop"];
/// What a condition asks for where it counts requests or connections.
const COUNTS: [&str; 5] = ["_rate", "_cnt", "conn_cur", "sc_conn", "fe_conn"];

/// What applies to a request for this URL beside its route.
pub(in crate::gateways) fn care_for(config: &GatewayConfig, url: &Url, listener: Option<SocketAddr>) -> Care {
    let Some(detail) = super::detail(config, url, listener) else { return Care::default() };
    let behind = detail.backend.as_ref().unwrap_or(&detail.frontend);
    let servers: Vec<ServerLine> = behind.servers().into_iter().filter(|server| !server.disabled).collect();
    let retries = behind.number("retries").map_or(3, |set| set.value);
    let moves_on = behind.option("redispatch").is_some() || behind.setting(&["retry-on"]).is_some_and(answers);
    let observed = |server: &ServerLine| server.observes;
    let rules =
        |proxy: &Proxy<'_>, word: &'static str, action: &str| proxy.all(word).any(|line| line.word(1) == action);
    let cache = rules(&detail.frontend, "http-request", "cache-use") || rules(behind, "http-request", "cache-use");
    Care {
        // Without `redispatch` the same server is tried again.
        retries: Some(servers.len() > 1 && retries > 0 && moves_on),
        active_checks: Some(
            !servers.is_empty() && servers.iter().all(|server| server.check.on || server.track.is_some()),
        ),
        // Its checks are read and made again by its own words.
        check: None,
        passive_checks: Some(servers.len() > 1 && servers.iter().all(observed)),
        cache: Some(cache),
        // Its cache gives nothing that is older than allowed.
        stale: Some(false),
        rate_limits: limits(&detail.frontend).chain(limits(behind)).collect(),
        connection_limits: connection_limits(&detail.frontend, behind, &servers),
        source: source(behind, &servers),
        temp: Vec::new(),
    }
}

/// `retry-on` names answers or broken connections, after which another server may be asked.
fn answers(line: &Line) -> bool {
    line.words.iter().skip(1).any(|word| word != "none")
}

fn set(line: &Line) -> Set<String> {
    Set { value: line.words.join(" "), place: Some(line.place.clone()) }
}

/// Rules that refuse a client who asks too often.
fn limits<'p>(proxy: &'p Proxy<'_>) -> impl Iterator<Item = Set<String>> + use<'p> {
    let counts = |line: &Line| line.words.iter().any(|word| COUNTS.iter().any(|counted| word.contains(counted)));
    let refuses = |line: &Line| REFUSES.contains(&line.word(1)) || REFUSES.contains(&line.word(2));
    let named = |line: &Line| {
        // A condition by name: the list that it stands for counts.
        line.words
            .iter()
            .any(|word| proxy.all("acl").any(|acl| acl.word(1) == word.trim_start_matches('!') && counts(acl)))
    };
    let all: Vec<Set<String>> = ["http-request", "tcp-request"]
        .into_iter()
        .flat_map(|word| proxy.all(word))
        .filter(|line| refuses(line) && (counts(line) || named(line)))
        .map(set)
        .collect();
    all.into_iter()
}

fn connection_limits(frontend: &Proxy<'_>, behind: &Proxy<'_>, servers: &[ServerLine]) -> Vec<Set<String>> {
    let own = frontend.setting(&["maxconn"]).into_iter().chain(behind.setting(&["fullconn"])).map(set);
    let capped = servers.iter().find(|server| server.maxconn > 0);
    let of_server = capped.map(|server| Set {
        value: format!("maxconn {} of server {}", server.maxconn, server.name),
        place: Some(server.place.clone()),
    });
    own.chain(of_server).collect()
}

/// The address from which the servers are connected to.
fn source(behind: &Proxy<'_>, servers: &[ServerLine]) -> Option<SourceBind> {
    let of_server = servers.iter().find_map(|server| {
        Some((server.source.clone()?, server.place.clone(), format!("source {}", server.source.as_deref()?)))
    });
    let (written, place, line) = match of_server {
        Some(found) => found,
        None => {
            let line = behind.setting(&["source"])?;
            (line.word(1).to_owned(), line.place.clone(), line.words.join(" "))
        }
    };
    let plain = written.trim_start_matches("ipv4@").trim_start_matches("ipv6@");
    let ip = plain
        .parse::<IpAddr>()
        .ok()
        .or_else(|| plain.parse::<SocketAddr>().map(|address| address.ip()).ok())
        .or_else(|| plain.rsplit_once(':').and_then(|(host, _)| host.trim_matches(['[', ']']).parse().ok()))?;
    Some(SourceBind { address: ip.to_string(), foreign: line.contains("usesrc"), written: line, place })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fileguard::FileError;
    use crate::gateways::Sources;
    use std::path::{Path, PathBuf};

    struct One(&'static str);

    impl Sources for One {
        fn text(&self, _path: &Path, _max: u64) -> Result<String, FileError> {
            Ok(self.0.to_owned())
        }

        fn matching(&self, _pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
            Ok(Vec::new())
        }
    }

    fn care(text: &'static str) -> Care {
        let parsed = super::super::parse(Path::new("/etc/haproxy/haproxy.cfg"), None, &One(text));
        care_for(&parsed.value, &Url::parse("http://127.0.0.1:80/").unwrap(), None)
    }

    #[test]
    fn a_pool_that_is_cared_for() {
        let care = care(
            "defaults\n mode http\n option redispatch\n\
             frontend web\n bind *:80\n maxconn 500\n acl often sc_http_req_rate(0) gt 20\n http-request deny deny_status 429 if often\n default_backend app\n\
             backend app\n http-request cache-use site\n default-server check observe layer7 on-error mark-down\n server a 10.0.0.1:80 maxconn 50 source 10.9.9.9\n server b 10.0.0.2:80\n",
        );
        assert_eq!(
            (care.retries, care.active_checks, care.passive_checks, care.cache, care.stale),
            (Some(true), Some(true), Some(true), Some(true), Some(false))
        );
        assert_eq!(care.rate_limits[0].value, "http-request deny deny_status 429 if often");
        let limits: Vec<&str> = care.connection_limits.iter().map(|limit| limit.value.as_str()).collect();
        assert_eq!(limits, ["maxconn 500", "maxconn 50 of server a"]);
        assert_eq!(care.source.map(|source| source.address).as_deref(), Some("10.9.9.9"));
    }

    #[test]
    fn one_that_is_not() {
        let care = care(
            "defaults\n mode http\nfrontend web\n bind *:80\n http-request deny if { path /admin }\n default_backend app\n\
             backend app\n server a 10.0.0.1:80 check\n server b 10.0.0.2:80\n",
        );
        assert_eq!(
            (care.retries, care.active_checks, care.passive_checks, care.cache),
            (Some(false), Some(false), Some(false), Some(false))
        );
        assert!(care.rate_limits.is_empty(), "a rule that counts nothing is no limit: {:?}", care.rate_limits);
    }
}
