//! The content network finds no way to the origin.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cdn-origin-unreachable",
        title: "The content network finds no way to the origin",
        family: Family::Network,
        step: Step::Network,
        explanation: "Packets from the content network do not arrive at the origin: its address is wrong or withdrawn, \
            its host is off, or a route in between is missing. The network gives up without a connection.",
        evidence: &["The network answers by its own code for an unreachable or silent origin (Cloudflare 523, 522)."],
        contradictions: &["The origin answers when it is asked directly from elsewhere."],
        look_alikes: &["cdn-origin-blocked", "cdn-origin-down", "dns-wrong-record"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Correct the origin's address at the network",
                command: "dig +short A ORIGIN   # then set it in the network's DNS or origin settings",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Repair the way: route tables of the provider may swallow the network's ranges",
                command: "ip route get 172.64.0.1; traceroute 172.64.0.1   # on the origin",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-523/",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::OriginUnreachable, EdgeWord::OriginSilent])?;
    if case.origin_answers().is_some() {
        return None;
    }
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} says by {} that it finds no way to the origin", edge.product, edge.code))
        .because(id)
        .confirmed_if(true)
        .open_unless(
            false,
            "cdn-origin-blocked",
            "Is the record's address still the origin's, and is the host up? `dig +short ORIGIN; ping -c 3 ORIGIN; traceroute -T -p 443 ORIGIN` from elsewhere.",
        ),
    )
}
