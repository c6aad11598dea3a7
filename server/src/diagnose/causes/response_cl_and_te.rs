//! Content-Length together with Transfer-Encoding.

use crate::diagnose::infer::{Case, ODD_ANSWER};
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::FlawKind;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "response-cl-and-te",
        title: "The answer announces a length and chunks at the same time",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream sends both `Content-Length` and `Transfer-Encoding`. The two contradict each other, and the difference between two readers of such an answer is what response smuggling lives on, so Varnish, Envoy and nginx since 1.23 refuse it. Older gateways pass it on: an upgrade can start this.",
        evidence: &[
            "The gateway logs both headers at the same time, or a bad answer.",
            "Byte by byte, the direct answer has both headers.",
        ],
        contradictions: &["The direct answer has only one of them.", "This gateway is known to accept both."],
        look_alikes: &[
            "response-duplicate-content-length",
            "response-bad-transfer-encoding",
            "response-invalid-header",
        ],
        fixes: &[FixText {
            applies_to: "any",
            title: "Remove the Content-Length where the body is sent in chunks (a compression or streaming middleware is the usual place)",
            command: "curl -sS -D - -o /dev/null http://{target}/ | grep -iE 'content-length|transfer-encoding'",
            verify: "curl -sS -D - -o /dev/null http://{target}/ | grep -ciE 'content-length|transfer-encoding'",
        }],
        references: &["https://www.rfc-editor.org/rfc/rfc9112#section-6.1"],
    },
    testimony: ODD_ANSWER,
    absorbs: &[],
    rule: Rule::Target(rule),
};

/// The flaws in question.
const FLAWS: &[FlawKind] = &[FlawKind::LengthAndCoding];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::LengthAndChunked, target).map(|(id, _)| id).collect();
    let own = case.own_words(&[Meaning::LengthAndChunked], target).is_some() && case.names_flaws();
    let flaw = case.flaw(target, FLAWS);
    let refused = flaw.and_then(|(_, flaw)| case.refuses(flaw.kind));
    if said.is_empty() && (flaw.is_none() || refused == Some(false) || !case.suffers()) {
        return None;
    }
    let looked = case.raw_answer(target).is_some();
    let headline = match flaw {
        Some((_, flaw)) => {
            format!("{target} announces a length and chunks for the same answer ({})", flaw.kind.as_str())
        }
        None => format!("The gateway says that {target} announces a length and chunks for the same answer"),
    };
    let mut found = Match::new(headline)
        .because_all(said)
        .because_all(flaw.map(|(id, _)| id))
        .confirmed_if(own || (flaw.is_some() && refused == Some(true)))
        .open_unless(
            flaw.is_some() || !looked,
            "response-cl-and-te",
            "Asked directly, its answer keeps the rules: it depends on the request. Repeat it with the visitor's headers (--header).",
        );
    if let Some((id, _)) = case.raw_answer(target).filter(|_| flaw.is_none()) {
        found = found.against(id);
    }
    Some(found)
}
