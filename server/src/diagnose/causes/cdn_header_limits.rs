//! The origin's headers are larger than the content network takes.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cdn-header-limits",
        title: "The origin's headers are larger than the content network takes",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The origin answers, but its header lines together are longer than the content network accepts, \
            most often for cookies that grow. The network then answers with an error of its own, although \
            the origin's log shows a success.",
        evidence: &[
            "The network answers by its own code for an unusable answer (Cloudflare 520).",
            "Asked directly, the origin's head has tens of kilobytes.",
        ],
        contradictions: &["The origin's head is small."],
        look_alikes: &["upstream-closed-before-response", "response-header-too-big", "response-not-http"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Make the headers smaller",
            command: "# sessions by id instead of whole cookies; drop debugging headers, split Content-Security-Policy reports",
            verify: "curl -sS -D - -o /dev/null {url} | wc -c",
        }],
        references: &[
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-520/",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::OriginAnswer])?;
    // Limits of this kind begin at some sixteen thousand bytes.
    let (direct, answer) = case.origin_answers().filter(|(_, direct)| direct.head_bytes > 16_000)?;
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} says by {} that it cannot use the origin's answer, and that answer's head is {} bytes long", edge.product, edge.code, answer.head_bytes))
        .because(id)
        .because(direct)
        .confirmed_if(true)
        .open_unless(
            false,
            "upstream-closed-before-response",
            "What is the network's limit today? Its manual says so; with fewer cookies the error has to go: `curl -sS -D - -o /dev/null --resolve HOST:443:ORIGIN https://HOST/ | wc -c`",
        ),
    )
}
