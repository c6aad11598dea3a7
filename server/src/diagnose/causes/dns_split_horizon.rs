//! The gateway's name server gives another address than others do, and the wrong one.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::LookupOutcome;
use app::model::fact::network::Varied;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-split-horizon",
        title: "The gateway asks a name server that gives it the wrong address",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The name has different answers, one inside and one outside or one for each network, and the gateway gets the one that does not lead to the application from where it stands. Another name server of this very host gives an address at which the application answers.",
        evidence: &[
            "Two name servers give different addresses for the same name.",
            "The address that the gateway gets does not answer, the other one does.",
        ],
        contradictions: &[
            "All name servers agree: then the record itself is wrong.",
            "Both addresses fail: then it is the application.",
        ],
        look_alikes: &["dns-wrong-record", "stale-dns-in-gateway", "upstream-down-not-listening"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Let the gateway ask the name server whose answer is right",
                command: "dig @{resolver_ip} {name}; getent ahosts {name}; cat /etc/resolv.conf",
                verify: "dig +short @{resolver_ip} {name}",
            },
            FixText {
                applies_to: "nginx",
                title: "If another name server knows it, let the gateway ask that one ({place})",
                command: "resolver NAME_SERVER valid=30s;   # instead of {resolver}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "If another name server knows it, name that one",
                command: "resolvers dns\n    nameserver one NAME_SERVER:53\nsudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://www.rfc-editor.org/rfc/rfc8499#section-6"],
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
    absorbs: &["dns-wrong-record", "upstream-bind-address-wrong", "upstream-down-not-listening"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (member_id, member) = case.member_of(target).filter(|(_, m)| m.by_name)?;
    let name = member.name.rsplit_once(':').map_or(member.name.as_str(), |(host, _)| host);
    let (failed_id, _) = case.failed_connect(target)?;
    let (contrast_id, contrast) = case.contrast(target, Varied::Address).filter(|(_, c)| c.decides)?;
    let ip = target.rsplit_once(':').map_or(target, |(ip, _)| ip).trim_matches(['[', ']']).to_owned();
    let answers: Vec<_> = case
        .facts
        .lookups()
        .filter(|(_, l)| l.name == name && l.outcome == LookupOutcome::Answer && l.search_of.is_none())
        .collect();
    // The hosts file is no name server.
    if case.facts.hosts_entries().any(|(_, h)| h.name == name && h.addresses.contains(&ip)) {
        return None;
    }
    let ours = answers.iter().any(|(_, l)| l.addresses.contains(&ip));
    let others = answers.iter().any(|(_, l)| !l.addresses.contains(&ip));
    Some(
        Match::new(format!(
            "The gateway is told {ip} for {name}, where nothing answers; the application is at {}",
            contrast.with
        ))
        .because(failed_id)
        .because(member_id)
        .because(contrast_id)
        .because_all(answers.iter().map(|(id, _)| *id))
        .confirmed_if(ours && others && case.on_gateway_host())
        .name("name", name),
    )
}
