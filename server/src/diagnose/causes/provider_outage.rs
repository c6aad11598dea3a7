//! The content network or managed balancer itself fails.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "provider-outage",
        title: "The content network or managed balancer itself fails",
        family: Family::Network,
        step: Step::Refresh,
        explanation: "The answer carries the provider's own plain error page instead of the page that it shows when an \
            origin fails. Its edge could not do its work: an outage, an overloaded location or a fault in \
            its configuration. The origin is not asked, or answers well.",
        evidence: &[
            "The page is the provider's own, without its brand for failing origins.",
            "The origin answers when it is asked directly.",
        ],
        contradictions: &[
            "The origin's access log has the failing request.",
            "Asked directly, the origin fails as well.",
        ],
        look_alikes: &["cdn-bad-compression", "app-returned-502"],
        fixes: &[FixText {
            applies_to: "any",
            title: "See whether the provider knows of it, and wait or go past it",
            command: "# its status page; else set the record to DNS-only or to a second provider",
            verify: "curl -sS -o /dev/null -w '%{http_code}\\n' --resolve HOST:443:ORIGIN https://HOST/",
        }],
        references: &[
            "https://www.cloudflarestatus.com/",
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-502/",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::OwnFault])?;
    let broken = case.facts.directs().any(|(_, direct)| direct.failure.is_some());
    if broken {
        return None;
    }
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} answers with an error of its own ({}), and nothing says that the origin failed", edge.product, edge.code))
        .because(id)
        .confirmed_if(false)
        .open_unless(
            false,
            "app-returned-502",
            "Did the request reach the origin? Look for it in the origin's access log; ask from another place too; read the provider's status page.",
        ),
    )
}
