//! The origin's compressed body does not fit its length.

use crate::diagnose::facts::Seen;
use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::{Direct, During, EdgeWord};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cdn-bad-compression",
        title: "The origin's compressed body does not fit its length",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The origin compresses an answer but announces the length of the uncompressed one, or ends the \
            body early. A browser may shrug; a content network that unpacks and checks answers with an error \
            of its own.",
        evidence: &[
            "The network answers with its own unbranded error page or a code for an unusable answer.",
            "Asked directly, the body ends before its announced end or its chunks are broken.",
        ],
        contradictions: &["The body is whole when the origin is asked directly."],
        look_alikes: &["response-truncated", "response-bad-chunking", "provider-outage"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Switch compression off at the origin to see whether that is it",
                command: "gzip off;   # then: sudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS --compressed -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Let one layer alone compress and set the length",
                command: "# either the application or the web server, never both",
                verify: "curl -sS --compressed -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-502/",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::OwnFault, EdgeWord::OriginAnswer])?;
    let (direct, _) = broken_body(case)?;
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} cannot use the origin's answer ({}), and asked directly the origin's body breaks: its length, chunks or compression are wrong", edge.product, edge.code))
        .because(id)
        .because(direct)
        .confirmed_if(true)
        .open_unless(
            false,
            "provider-outage",
            "Does it go away without compression? `curl -sS -H 'Accept-Encoding: identity' ...` against `curl -sS --compressed ...`, both straight to the origin.",
        ),
    )
}

/// A direct answer whose body broke.
fn broken_body<'a>(case: &Case<'a>) -> Option<Seen<'a, Direct>> {
    case.facts.directs().find(|(_, direct)| {
        direct.status.is_some() && direct.failure.as_ref().is_some_and(|failure| failure.during == During::Body)
    })
}
