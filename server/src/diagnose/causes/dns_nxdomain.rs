//! The upstream's name does not exist.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::{AskedBy, Lookup, LookupOutcome};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-nxdomain",
        title: "The upstream's name does not exist",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The gateway looks the upstream's name up while it runs, and its name server answers that there \
            is no such name. The record was removed or never made, the name is misspelt, or the gateway asks a name \
            server that does not know the zone.",
        evidence: &[
            "The gateway logs that the name could not be resolved (3: Host not found).",
            "Its name server, asked directly, answers NXDOMAIN.",
        ],
        contradictions: &[
            "The name exists but has no address of the wanted type (NODATA).",
            "The name server does not answer, or fails.",
        ],
        look_alikes: &["dns-nodata", "dns-search-ndots", "dns-servfail", "dns-timeout"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Create the record {name}, or correct the name",
                command: "dig @{resolver_ip} {name} A; dig @{resolver_ip} {name} AAAA   # status: NXDOMAIN",
                verify: "dig +short @{resolver_ip} {name}",
            },
            FixText {
                applies_to: "nginx",
                title: "If another name server knows it, let the gateway ask that one ({place})",
                command: "resolver NAME_SERVER valid=30s;   # instead of {resolver}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
            "https://www.rfc-editor.org/rfc/rfc8020",
        ],
    },
    testimony: &[Meaning::NameNotFound],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let at_run_time = case.route.is_some_and(|(_, route)| route.resolves_at_run_time);
    let said: Vec<_> = case.lines_of(Meaning::NameNotFound).collect();
    let asked = |by: AskedBy| case.facts.lookups().filter(move |(_, l)| l.role == "upstream" && l.asked_by == by);
    let asks_own = asked(AskedBy::Gateway).next().is_some();
    let whose = if asks_own { AskedBy::Gateway } else { AskedBy::System };
    let absent: Vec<_> = asked(whose).filter(|(_, l)| l.outcome == LookupOutcome::NxDomain).collect();
    let exists = |l: &Lookup| matches!(l.outcome, LookupOutcome::Answer | LookupOutcome::NoData);
    let name =
        absent.first().map(|(_, l)| l.name.clone()).or_else(|| said.first().and_then(|(_, l)| l.name.clone()))?;
    if asked(whose).any(|(_, l)| l.name == name && exists(l)) || (said.is_empty() && !at_run_time) {
        return None;
    }
    let known_here = asked(AskedBy::System).find(|(_, l)| l.name == name && l.outcome == LookupOutcome::Answer);
    let server = absent.first().map_or_else(|| "the gateway's name server".to_owned(), |(_, l)| l.server.clone());
    let mut found = Match::new(format!("The upstream's name {name} does not exist, says {server}"))
        .because_all(said.iter().map(|(id, _)| *id))
        .because_all(absent.iter().filter(|(_, l)| l.name == name).map(|(id, _)| *id))
        .confirmed_if(!absent.is_empty() && at_run_time && asks_own)
        .open_unless(
            known_here.is_none() || name.contains('.'),
            "dns-search-ndots",
            format!("The system knows {name}, perhaps through its search list: `resolvectl query {name}`"),
        )
        .name("name", name);
    if let Some((id, _)) = known_here {
        found = found
            .against(id)
            .finer("The system's own resolver has the name: the gateway asks a server that does not know the zone.");
    }
    Some(found)
}
