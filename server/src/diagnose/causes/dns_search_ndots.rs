//! The name is another one with the search list than without.

use crate::diagnose::infer::Case;
use crate::diagnose::infer::Names;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::{AskedBy, LookupOutcome};
use app::model::fact::network::Varied;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-search-ndots",
        title: "The upstream's name means something else with the search list than without",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "This host appends the domains of its search list to short names. The gateway's own name servers are asked for the name as it is written, without any domain; or a name with few dots is completed first, to another name that exists. Kubernetes sets five dots, so nearly every outside name is completed first.",
        evidence: &[
            "The name with a domain of the search list resolves, the name as written does not.",
            "The gateway's log names the short name as not found.",
        ],
        contradictions: &[
            "The name is written in full, with a final dot where that is possible.",
            "The completed name does not exist either.",
        ],
        look_alikes: &["dns-nxdomain", "dns-wrong-record"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Write the name in full",
                command: "dig @{resolver_ip} {full}   # instead of {name}\ngrep -E 'search|ndots' /etc/resolv.conf",
                verify: "getent ahosts {full}",
            },
            FixText {
                applies_to: "nginx",
                title: "In the gateway's configuration ({place})",
                command: "set $backend {full}:PORT;   # nginx applies no search list\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "In Kubernetes: the service's full name with a final dot, or fewer dots",
                command: "dnsConfig:\n  options:\n  - name: ndots\n    value: '1'",
                verify: "kubectl exec POD -- cat /etc/resolv.conf",
            },
        ],
        references: &[
            "https://man7.org/linux/man-pages/man5/resolv.conf.5.html",
            "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/",
        ],
    },
    testimony: &[Meaning::NameNotFound, Meaning::Refused, Meaning::ConnectTimeout, Meaning::HostUnreachable],
    absorbs: &["dns-nxdomain"],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    case.names().into_iter().find_map(|names| completed(case, &names).or_else(|| replaced(case, &names)))
}

/// The gateway's own server knows the name only with a domain of the search list.
fn completed(case: &Case<'_>, names: &Names<'_>) -> Option<Match> {
    let missing = names.asked.iter().find(|(_, l)| l.outcome == LookupOutcome::NxDomain)?;
    if !names.own || names.answered() {
        return None;
    }
    let (id, full) = case.facts.lookups().find(|(_, l)| {
        l.search_of.as_deref() == Some(&names.name)
            && l.outcome == LookupOutcome::Answer
            && l.server == missing.1.server
    })?;
    Some(
        Match::new(format!(
            "The gateway asks for {} as it is written; only {} exists, by this host's search list",
            names.name, full.name
        ))
        .because(missing.0)
        .because(id)
        .because_all(case.lines_of(Meaning::NameNotFound).map(|(id, _)| id))
        .confirmed_if(case.on_gateway_host() && case.only_name(&names.name))
        .name("name", names.name.clone())
        .name("full", full.name.clone()),
    )
}

/// This host completes the name to another one, although it exists as it is written.
fn replaced(case: &Case<'_>, names: &Names<'_>) -> Option<Match> {
    let of_name = || case.facts.lookups().filter(|(_, l)| l.name == names.name && l.outcome == LookupOutcome::Answer);
    let (whole_id, whole) = of_name().find(|(_, l)| l.server == "system")?;
    let (plain_id, plain) = of_name().find(|(_, l)| l.asked_by == AskedBy::System && l.server != "system")?;
    if names.own || plain.addresses.iter().any(|address| whole.addresses.contains(address)) {
        return None;
    }
    let works = case.facts.contrasts().find(|(_, c)| c.varied == Varied::Address && c.decides)?;
    Some(
        Match::new(format!(
            "This host completes {} by its search list and gets {} instead of {}",
            names.name,
            whole.addresses.join(", "),
            plain.addresses.join(", ")
        ))
        .because(whole_id)
        .because(plain_id)
        .because(works.0)
        .confirmed_if(case.on_gateway_host())
        .open_unless(
            false,
            "dns-wrong-record",
            "Which of the two names was meant: `dig +search NAME` against `dig NAME.`?",
        )
        .name("name", names.name.clone())
        .name("full", format!("{}.", names.name)),
    )
}
