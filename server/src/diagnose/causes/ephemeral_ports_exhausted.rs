//! No local port is left for connections to the upstream.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::limits::Resource;
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// EADDRNOTAVAIL
const NO_ADDRESS: i32 = 99;

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "ephemeral-ports-exhausted",
        title: "No local port is left for connections to the upstream",
        family: Family::Overload,
        step: Step::Logs,
        explanation: "Every connection to one address and port needs a local port of its own, and the kernel has a \
            limited range of them. All are taken by connections that are open or that ended less than a minute ago \
            (TIME-WAIT), so no further connection to this upstream can be made. Typical where every request opens a \
            connection of its own.",
        evidence: &[
            "The gateway logs `connect() … failed (99: Cannot assign requested address)`.",
            "The list of connections to the upstream is about as long as the range of local ports.",
            "A connection from this very host fails in the same way.",
        ],
        contradictions: &[
            "`bind(ADDRESS) failed (99 …)`: then the configured source address is not on this host.",
            "Only few ports are taken: then the address has another fault.",
        ],
        look_alikes: &["gateway-bad-local-bind", "ipv6-no-route", "conntrack-table-full"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Keep connections to the upstream open instead of a new one for every request",
                command: "upstream app { server {target}; keepalive 64; }\n# in the location: proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection \"\";\nsudo nginx -t && sudo nginx -s reload",
                verify: "ss -tan dst {ip}:{port} | awk '{print $1}' | sort | uniq -c",
            },
            FixText {
                applies_to: "httpd",
                title: "Keep connections to the upstream open instead of a new one for every request",
                command: "ProxyPass / http://{target}/ enablereuse=on max=50 ttl=30   # {place}; take SetEnv proxy-nokeepalive away\nsudo apachectl configtest && sudo apachectl graceful",
                verify: "ss -tan dst {ip}:{port} | awk '{print $1}' | sort | uniq -c",
            },
            FixText {
                applies_to: "any",
                title: "Widen the range of local ports, and use ended ones again",
                command: "sudo sysctl -w net.ipv4.ip_local_port_range='1024 65000' net.ipv4.tcp_tw_reuse=1",
                verify: "ss -tan dst {ip}:{port} | wc -l; sysctl net.ipv4.ip_local_port_range",
            },
            FixText {
                applies_to: "any",
                title: "Or let the upstream have more addresses or ports: each has the whole range for itself",
                command: "# for example two members: {ip}:{port} and a second port or address of the same application",
                verify: "ss -s",
            },
        ],
        references: &[
            "https://docs.kernel.org/networking/ip-sysctl.html",
            "https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
        ],
    },
    testimony: &[Meaning::NoSourceAddress],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::NoSourceAddress, target).map(|(id, _)| id).collect();
    let tried = case.connects(target).find(|(_, c)| c.errno == Some(NO_ADDRESS));
    let room = case.capacity_of(Resource::SourcePorts, target);
    let full = room.filter(|(_, capacity)| capacity.at_least(90));
    if said.is_empty() && tried.is_none() {
        return None;
    }
    let headline = match full.and_then(|(_, capacity)| capacity.used.zip(capacity.limit)) {
        Some((used, limit)) => {
            format!("{used} of {limit} local ports for {target} are taken, so no connection can be made")
        }
        None => format!("There is no local address or port for a connection to {target}"),
    };
    Some(
        Match::new(headline)
            .because_all(said)
            .because_all(tried.map(|(id, _)| id))
            .because_all(full.map(|(id, _)| id))
            .confirmed_if(full.is_some() || !target.starts_with('['))
            .open_unless(
                full.is_some(),
                if target.starts_with('[') { "ipv6-no-route" } else { "gateway-bad-local-bind" },
                format!("`ss -tan dst {target} | wc -l` while it fails, against `sysctl net.ipv4.ip_local_port_range`: are all ports taken?"),
            )
            .finer("Which process takes them: `sudo ss -tanp dst ADDRESS`."),
    )
}
