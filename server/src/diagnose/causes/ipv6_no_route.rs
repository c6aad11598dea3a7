//! The upstream's name gives an IPv6 address, and there is no way to it.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "ipv6-no-route",
        title: "The upstream's name leads to an IPv6 address, but this host has no IPv6 route",
        family: Family::Network,
        step: Step::Dns,
        explanation: "The name has AAAA records, and the gateway's host cannot reach any IPv6 address of that kind. Where the name has no IPv4 address besides, every request fails; where it has one, the gateway tries both, logs an error each time and answers all the same.",
        evidence: &[
            "The gateway logs `Network is unreachable` (101) with an IPv6 address in brackets.",
            "The name has AAAA records, and `ip -6 route get` finds no route.",
        ],
        contradictions: &[
            "`ip -6 route get` finds a route and the connection times out: then a firewall, or IPv6 at the far end.",
            "The upstream is written as an IPv6 address, not as a name.",
        ],
        look_alikes: &["no-route-to-upstream", "policy-route-blocks", "localhost-resolves-ipv6-first"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Ask for IPv4 addresses only ({place})",
                command: "resolver {resolver} ipv6=off;\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Prefer IPv4 addresses",
                command: "server app NAME:{port} resolvers dns resolve-prefer ipv4",
                verify: "sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
            },
            FixText {
                applies_to: "caddy",
                title: "Dial by IPv4 only",
                command: "reverse_proxy tcp4/NAME:{port}",
                verify: "caddy validate --config {config}",
            },
            FixText {
                applies_to: "any",
                title: "Or give the name an IPv4 address, or the host an IPv6 route",
                command: "dig +short NAME A; dig +short NAME AAAA; ip -6 route; ip -6 addr",
                verify: "ip -6 route get {ip}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
            "https://www.rfc-editor.org/rfc/rfc8305",
        ],
    },
    testimony: &[Meaning::NetUnreachable, Meaning::HostUnreachable, Meaning::NotPermitted, Meaning::ConnectTimeout],
    absorbs: &["no-route-to-upstream", "policy-route-blocks"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (route_id, route) = case.ip_route(target).filter(|(_, r)| r.address.contains(':'))?;
    if !matches!(route.route.as_str(), "none" | "unreachable") {
        return None;
    }
    let (connect_id, _) = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Unreachable)?;
    // An address of the gateway's own words that no member lists came from a name as well.
    let member = case.member_of(target);
    let by_name = member.map_or(case.members.iter().any(|(_, m)| m.by_name), |(_, m)| m.by_name);
    if !by_name || case.link_off(target).is_some() {
        return None;
    }
    let records: Vec<_> = case
        .facts
        .lookups()
        .filter(|(_, l)| l.role == "upstream" && l.addresses.contains(&route.address))
        .map(|(id, _)| id)
        .collect();
    let name = member.map(|(_, m)| m.name.clone()).unwrap_or_default();
    Some(
        Match::new(format!("The upstream's name leads to {}, and this host has no IPv6 route there", route.address))
            .because(connect_id)
            .because(route_id)
            .because_all(member.map(|(id, _)| id))
            .because_all(records)
            .confirmed_if(case.on_gateway_host())
            .name("name", name),
    )
}
