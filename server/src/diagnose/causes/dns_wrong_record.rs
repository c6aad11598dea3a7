//! The upstream's name leads to a wrong address.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::Varied;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-wrong-record",
        title: "The upstream's name leads to an address where the application is not",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The name resolves, but to an address at which the application does not listen: the record was mistyped, not changed when the application moved, or an entry of the hosts file hides it. The application itself is well, at another address.",
        evidence: &[
            "The address that the name gives refuses connections or does not answer.",
            "The application answers on the same port at another address.",
            "The gateway's log names the address that the record gives, so it is not an old one.",
        ],
        contradictions: &[
            "The application answers at the address that the name gives.",
            "The gateway uses another address than the name has today: then it has kept an old one.",
            "Another name server gives the right address: then the gateway asks the wrong one.",
        ],
        look_alikes: &[
            "stale-dns-in-gateway",
            "dns-split-horizon",
            "upstream-bind-address-wrong",
            "upstream-down-not-listening",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Correct the record {name}, and lower its TTL before moves",
                command: "dig @{resolver_ip} {name}; getent ahosts {name}; grep -n {name} /etc/hosts\nss -ltnp 'sport = :{port}'   # where the application listens",
                verify: "dig +short @{resolver_ip} {name}",
            },
            FixText {
                applies_to: "any",
                title: "If the record is right, let the application listen there",
                command: "ss -ltnp 'sport = :{port}'   # its own setting: bind 0.0.0.0 or {ip}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/",
            },
            FixText {
                applies_to: "nginx",
                title: "If another name server knows it, let the gateway ask that one ({place})",
                command: "resolver NAME_SERVER valid=30s;   # instead of {resolver}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://www.rfc-editor.org/rfc/rfc1912"],
    },
    testimony: &[
        Meaning::Refused,
        Meaning::ConnectTimeout,
        Meaning::HostUnreachable,
        Meaning::NetUnreachable,
        Meaning::Reset,
        Meaning::ClosedEarly,
        Meaning::ReadTimeout,
        Meaning::TlsFailed,
        Meaning::Denied,
    ],
    absorbs: &[
        "upstream-bind-address-wrong",
        "upstream-down-not-listening",
        "upstream-wrong-port",
        "localhost-resolves-ipv6-first",
    ],
    rule: Rule::Target(rule),
};

/// Entries that no name server has a say in.
const NOT_BY_DNS: &[&str] = &["localhost", "localhost.localdomain", "ip6-localhost"];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (member_id, member) = case.member_of(target).filter(|(_, m)| m.by_name)?;
    let name = member.name.rsplit_once(':').map_or(member.name.as_str(), |(host, _)| host);
    let (failed_id, _) = case.failed_connect(target)?;
    let (contrast_id, contrast) = case.contrast(target, Varied::Address)?;
    if NOT_BY_DNS.contains(&name)
        || !contrast.other.starts_with("answered ")
        || case.ip_route(target).is_some_and(|(_, r)| !matches!(r.route.as_str(), "unicast" | "local"))
    {
        return None;
    }
    let ip = target.rsplit_once(':').map_or(target, |(ip, _)| ip).trim_matches(['[', ']']).to_owned();
    let records: Vec<_> =
        case.facts.lookups().filter(|(_, l)| l.name == name && l.addresses.contains(&ip)).map(|(id, _)| id).collect();
    let hosts = case.facts.hosts_entries().find(|(_, h)| h.name == name && h.addresses.contains(&ip));
    let listens = case.listener(target).is_some_and(|(_, l)| l.listening);
    let what = if hosts.is_some() { "The hosts file leads" } else { "The record leads" };
    Some(
        Match::new(format!("{what} {name} to {ip}, where the application is not: it answers at {}", contrast.with))
            .because(failed_id)
            .because(member_id)
            .because(contrast_id)
            .because_all(records)
            .because_all(hosts.map(|(id, _)| id))
            .because_all(case.listener(target).map(|(id, _)| id))
            .confirmed_if(!listens && case.on_gateway_host())
            .open_unless(
                contrast.decides && hosts.is_some(),
                "upstream-bind-address-wrong",
                "Which of the two was meant: the address in the record, or the one at which the application listens?",
            )
            .name("name", name),
    )
}
