//! The origin is slower than the content network waits.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cdn-origin-timeout",
        title: "The origin is slower than the content network waits",
        family: Family::Overload,
        step: Step::Upstream,
        explanation: "The connection to the origin stands and the request was sent, but the answer did not come within \
            the content network's own limit. Long reports, exports or a database under load are the usual \
            reasons; the limit of the network cannot be raised without bounds.",
        evidence: &[
            "The network answers by its own code for an answer that did not come (Cloudflare 524, CloudFront 504, Fastly first byte timeout).",
            "Asked directly, the origin needs longer than that.",
        ],
        contradictions: &["The origin answers the same request directly within seconds."],
        look_alikes: &["upstream-slow-response", "upstream-hang-not-accepting", "timeout-order-mismatch"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Answer at once and do the work in the background",
                command: "# 202 Accepted with a URL for the result, or a queue; then poll",
                verify: "curl -sS -o /dev/null -w '%{time_total}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Let long requests go past the network, or raise its limit where the plan allows",
                command: "# a DNS-only host name for exports; CloudFront: origin response timeout; Fastly: first_byte_timeout",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
        ],
        references: &[
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-524/",
            "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-504-gateway-timeout.html",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::OriginSlow])?;
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} says by {} that the origin took the request and did not answer in time", edge.product, edge.code))
        .because(id)
        .confirmed_if(true)
        .open_unless(
            false,
            "upstream-hang-not-accepting",
            "How long does the origin take by itself? `curl -sS -o /dev/null -m 300 -w '%{time_total}\\n' --resolve HOST:443:ORIGIN https://HOST/PATH`",
        ),
    )
}
