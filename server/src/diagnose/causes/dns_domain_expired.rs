//! The domain is not registered any more, or parked.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::{AskedBy, Lookup, LookupOutcome};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-domain-expired",
        title: "The domain is expired, on hold or parked",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The registration of the domain ran out or was suspended. Its registrar takes it out of the parent zone, so that no name below it exists, or points its name servers at a parking page.",
        evidence: &[
            "The domain itself does not exist in its parent's zone, although it did.",
            "Its name servers are those of a parking service.",
            "`whois` shows an expiry date in the past, or a status such as clientHold or redemptionPeriod.",
        ],
        contradictions: &["`whois` shows the domain as active.", "Other names of the same domain resolve."],
        look_alikes: &["dns-nxdomain", "dns-lame-delegation"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Look at the registration, and renew it",
            command: "whois DOMAIN | grep -Ei 'expir|status|name server'; dig +short NS DOMAIN",
            verify: "dig +trace {name}",
        }],
        references: &["https://www.icann.org/resources/pages/epp-status-codes-2014-06-16-en"],
    },
    testimony: &[Meaning::NameNotFound, Meaning::NameServerFailed],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

/// Words in the names of servers that registrars give to domains whose time is over.
const PARKED: &[&str] = &["pendingrenewaldeletion", "expired", "suspended", "parking", "sedoparking", "renewyourname"];

fn rule(case: &Case<'_>) -> Option<Match> {
    let failing = |l: &Lookup| l.search_of.is_none() && matches!(l.asked_by, AskedBy::Gateway | AskedBy::System);
    let of_zone = |l: &Lookup| l.asked_by == AskedBy::Authority;
    let missing =
        case.facts.lookups().find(|(_, l)| of_zone(l) && l.record == "NS" && l.outcome == LookupOutcome::NxDomain);
    let parked = case.facts.lookups().find(|(_, l)| of_zone(l) && PARKED.iter().any(|word| l.server.contains(word)));
    let (id, found) = parked.or(missing)?;
    let absent = case.facts.lookups().find(|(_, l)| failing(l) && l.outcome == LookupOutcome::NxDomain);
    if parked.is_none() && absent.is_none() {
        return None;
    }
    let headline = match parked {
        Some((_, server)) => format!("{} is served by {}: its registration has run out", found.name, server.server),
        None => format!("The domain {} is not there at all: its registration may have run out", found.name),
    };
    Some(
        Match::new(headline)
            .because(id)
            .because_all(absent.map(|(id, _)| id))
            .confirmed_if(parked.is_some())
            .open_unless(false, "dns-nxdomain", "`whois` of the domain: its expiry date and status.")
            .name("name", found.name.clone()),
    )
}
