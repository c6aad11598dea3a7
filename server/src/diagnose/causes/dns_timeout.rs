//! The gateway's name server does not answer.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::{AskedBy, LookupOutcome};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-timeout",
        title: "The gateway's name server does not answer",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The gateway looks the upstream's name up while it runs, and gets no answer from its name \
            server: it is stopped, its port is closed, or packets to it are lost. Every request waits for the \
            gateway's resolver timeout and then fails.",
        evidence: &[
            "The gateway logs that the name could not be resolved (110: Operation timed out).",
            "The same name server, asked directly, does not answer or its port is closed.",
        ],
        contradictions: &["The name server answers anything at all, even an error."],
        look_alikes: &["dns-servfail", "dns-nxdomain", "firewall-drop"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Bring the name server {resolver} back",
                command: "dig @{resolver_ip} {name} +time=2 +tries=1; systemctl status systemd-resolved unbound dnsmasq named 2>/dev/null | head -40",
                verify: "dig +short @{resolver_ip} {name}",
            },
            FixText {
                applies_to: "nginx",
                title: "Let the gateway ask one that works ({place})",
                command: "resolver 127.0.0.53 valid=30s; resolver_timeout 5s;   # instead of {resolver}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "If it is on another host, let UDP and TCP port 53 through",
                command: "sudo nft list ruleset | grep -n 53; nc -vzu {resolver_ip} 53",
                verify: "dig +short @{resolver_ip} {name}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver_timeout"],
    },
    testimony: &[Meaning::NameServerSilent, Meaning::NameServerUnreachable],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let said: Vec<_> =
        case.lines_of(Meaning::NameServerSilent).chain(case.lines_of(Meaning::NameServerUnreachable)).collect();
    let asked: Vec<_> =
        case.facts.lookups().filter(|(_, l)| l.role == "upstream" && l.asked_by == AskedBy::Gateway).collect();
    let silent = |outcome: LookupOutcome| matches!(outcome, LookupOutcome::Timeout | LookupOutcome::Unreachable);
    if asked.iter().any(|(_, l)| !silent(l.outcome)) || (asked.is_empty() && said.is_empty()) {
        return None;
    }
    let name = asked.first().map(|(_, l)| l.name.clone()).or_else(|| said.first().and_then(|(_, l)| l.name.clone()));
    let name = name.unwrap_or_else(|| "the upstream's name".to_owned());
    let server = asked.first().map_or_else(|| "its name server".to_owned(), |(_, l)| l.server.clone());
    Some(
        Match::new(format!("The gateway's name server {server} does not answer, so {name} cannot be resolved"))
            .because_all(said.iter().map(|(id, _)| *id))
            .because_all(asked.iter().map(|(id, _)| *id))
            .confirmed_if(!asked.is_empty() && case.on_gateway_host())
            .finer("Whether the server is stopped or packets to it are dropped: its own host tells.")
            .name("name", name),
    )
}
