//! The content network cannot resolve the origin's name.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cdn-origin-dns-error",
        title: "The content network cannot resolve the origin's name",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The content network is given a name for the origin, and that name has no address in public DNS: \
            it was removed, misspelt, is an alias to something that is gone, or exists only on an internal \
            name server.",
        evidence: &[
            "The network answers by its own code for an unresolvable origin (Cloudflare 1016, CloudFront NonS3OriginDnsError).",
        ],
        contradictions: &["Public resolvers have an address for the origin's name."],
        look_alikes: &["dns-nxdomain", "dns-servfail"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Create or correct the origin's record in the zone that the network uses",
            command: "dig +trace ORIGIN",
            verify: "dig +short ORIGIN @1.1.1.1",
        }],
        references: &[
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/error-1016/",
            "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-502-bad-gateway.html",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::OriginName])?;
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} says by {} that it cannot resolve the origin's name", edge.product, edge.code))
            .because(id)
            .confirmed_if(true)
            .open_unless(
                false,
                "dns-servfail",
                "What do public resolvers say? `dig ORIGIN @1.1.1.1; dig ORIGIN @8.8.8.8`",
            ),
    )
}
