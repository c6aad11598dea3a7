//! The gateway's name server fails for the upstream's name.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::LookupOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-servfail",
        title: "The name server fails to answer for the upstream's name (SERVFAIL)",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The gateway's name server answers that it could not find out. Its own question to the zone's servers failed or timed out, the answer did not pass DNSSEC validation, or the server is broken. Other name servers may answer well.",
        evidence: &[
            "The gateway logs `could not be resolved (2: Server failure)`.",
            "The same name server, asked directly, answers SERVFAIL.",
            "With checking disabled (`dig +cd`) it answers: then DNSSEC validation is what fails.",
        ],
        contradictions: &["The server answers NXDOMAIN or REFUSED, or not at all."],
        look_alikes: &["dns-timeout", "dns-refused", "dns-lame-delegation"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "See whether it is DNSSEC, the zone's servers, or this server",
                command: "dig @{resolver_ip} {name}; dig +cd @{resolver_ip} {name}   # an answer with +cd means DNSSEC\ndig +trace {name}",
                verify: "dig +short @{resolver_ip} {name}",
            },
            FixText {
                applies_to: "any",
                title: "If DNSSEC fails: sign the zone again, or correct the DS record at the parent",
                command: "delv {name}; dig +short DS ZONE; dig +short DNSKEY ZONE",
                verify: "dig +short @{resolver_ip} {name}",
            },
            FixText {
                applies_to: "systemd",
                title: "If this server itself is stuck, restart it",
                command: "sudo systemctl restart systemd-resolved   # or unbound, dnsmasq, named",
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
            "https://www.rfc-editor.org/rfc/rfc8914",
        ],
    },
    testimony: &[Meaning::NameServerFailed, Meaning::NameNotFound],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    if case.tells_not_found() {
        return None;
    }
    let (names, found) = case.badly_answered(LookupOutcome::ServFail, CAUSE.testimony, |names| {
        format!(
            "The upstream's name {} cannot be resolved: {} fails (SERVFAIL)",
            names.name,
            names.server(LookupOutcome::ServFail)
        )
    })?;
    let unchecked = names.asked.iter().any(|(_, l)| l.unchecked == Some(LookupOutcome::Answer));
    Some(found.finer(if unchecked {
        "Without DNSSEC checking the same server answers: the zone's signatures or its DS record are wrong."
    } else {
        "Why it fails: `dig +cd` tells DNSSEC from a zone whose own servers fail; `dig +trace` shows those."
    }))
}
