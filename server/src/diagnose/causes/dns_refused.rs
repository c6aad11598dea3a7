//! The gateway's name server refuses to answer it.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::LookupOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-refused",
        title: "The name server refuses to answer the gateway",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The gateway asks a name server that does not want to answer it: the server is responsible for other zones only and does not ask on behalf of others, or its access list does not hold the gateway's address.",
        evidence: &[
            "The gateway logs `could not be resolved (5: Operation refused)`.",
            "The same name server, asked directly, answers REFUSED.",
        ],
        contradictions: &["The server answers, or fails in another way."],
        look_alikes: &["dns-servfail", "dns-timeout"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Let the server answer this client, or ask another one",
                command: "dig @{resolver_ip} {name}   # status: REFUSED\n# unbound: access-control: GATEWAY/32 allow · BIND: allow-recursion { GATEWAY; }; · dnsmasq: no local-service",
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
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
            "https://unbound.docs.nlnetlabs.nl/en/latest/manpages/unbound.conf.html",
        ],
    },
    testimony: &[Meaning::NameServerRefused, Meaning::NameServerFailed, Meaning::NameNotFound],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    if case.tells_not_found() {
        return None;
    }
    let (_, found) = case.badly_answered(LookupOutcome::Refused, CAUSE.testimony, |names| {
        format!(
            "The upstream's name {} cannot be resolved: {} refuses to answer",
            names.name,
            names.server(LookupOutcome::Refused)
        )
    })?;
    Some(found)
}
