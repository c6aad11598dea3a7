//! The servers that the zone names do not answer for it.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::{AskedBy, Lookup, LookupOutcome};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-lame-delegation",
        title: "Name servers of the upstream's zone do not answer for it",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The zone is delegated to name servers of which some or all do not answer for it: they refuse, know nothing of the zone, or are gone. A name server that asks them fails now and then, or always, depending on which of them it meets.",
        evidence: &[
            "A server that the zone names refuses, fails, or does not call itself responsible.",
            "The gateway's own name server answers SERVFAIL or does not answer.",
        ],
        contradictions: &[
            "All of the zone's servers answer as responsible ones.",
            "Port 53 to the outside is blocked here: then silence says nothing of them.",
        ],
        look_alikes: &["dns-servfail", "dns-timeout", "dns-domain-expired"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Ask each of the zone's servers, and correct the set at the registrar",
                command: "for ns in $(dig +short NS ZONE); do echo $ns; dig @$ns {name} +norecurse | grep -E 'status|flags'; done   # flags must have aa",
                verify: "dig +trace {name}",
            },
            FixText {
                applies_to: "nginx",
                title: "If another name server knows it, let the gateway ask that one ({place})",
                command: "resolver NAME_SERVER valid=30s;   # instead of {resolver}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://www.rfc-editor.org/rfc/rfc8499#section-7"],
    },
    testimony: &[Meaning::NameServerFailed, Meaning::NameServerSilent, Meaning::NameNotFound],
    absorbs: &["dns-servfail", "dns-timeout"],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let names = case.names().into_iter().find(|names| {
        !names.answered() && (names.some(LookupOutcome::ServFail) || names.some(LookupOutcome::Timeout))
    })?;
    let zone: Vec<_> = case
        .facts
        .lookups()
        .filter(|(_, l)| l.asked_by == AskedBy::Authority && l.name == names.name && l.record != "NS")
        .collect();
    // Silence may be a closed way out of here.
    let refuses = |l: &Lookup| {
        matches!(l.outcome, LookupOutcome::Refused | LookupOutcome::ServFail)
            || (l.outcome != LookupOutcome::Timeout && l.outcome != LookupOutcome::Unreachable && !l.authoritative)
    };
    let lame: Vec<_> = zone.iter().filter(|(_, l)| refuses(l)).collect();
    let (_, first) = lame.first()?;
    let failing = names.asked.iter().filter(|(_, l)| l.outcome != LookupOutcome::Answer).map(|(id, _)| *id);
    Some(
        Match::new(format!(
            "{} of {} name servers of the zone of {} do not answer for it, {} among them",
            lame.len(),
            zone.len(),
            names.name,
            first.server
        ))
        .because_all(lame.iter().map(|(id, _)| *id))
        .because_all(failing)
        .confirmed_if(case.hears(&names))
        .open_unless(
            lame.len() == zone.len(),
            "dns-servfail",
            "Some of the zone's servers answer: `dig +trace` shows which ones the name server meets.",
        )
        .name("name", names.name.clone()),
    )
}
