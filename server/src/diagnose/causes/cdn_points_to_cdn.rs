//! The origin's record leads back to a content network.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cdn-points-to-cdn",
        title: "The origin's record leads back to a content network",
        family: Family::FirewallProxy,
        step: Step::Dns,
        explanation: "The record that names the origin leads to an address of the content network itself, or by an \
            alias to another customer's site there. The network would ask itself in a circle, and refuses.",
        evidence: &[
            "The network answers by its own code for a prohibited address or an alias across accounts (Cloudflare 1000, 1014).",
        ],
        contradictions: &["The origin's record leads to an address of the origin's own provider."],
        look_alikes: &["dns-wrong-record", "gateway-self-loop"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Set the origin's own address",
            command: "# in the network's DNS: an A record with the server's address, not the public name of the site",
            verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
        }],
        references: &[
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/error-1000/",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::ProhibitedOrigin])?;
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} says by {} that the origin's record leads to an address that it does not ask: a content network's own, or a forbidden one", edge.product, edge.code))
        .because(id)
        .confirmed_if(true)
        .open_unless(
            false,
            "dns-wrong-record",
            "Whose address is it? `dig +short ORIGIN; whois $(dig +short ORIGIN | head -1) | grep -i orgname`",
        ),
    )
}
