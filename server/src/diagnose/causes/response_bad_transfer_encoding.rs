//! An unknown or doubled transfer coding.

use crate::diagnose::infer::{Case, ODD_ANSWER};
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::FlawKind;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "response-bad-transfer-encoding",
        title: "The answer uses a transfer coding that the gateway does not know",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream's `Transfer-Encoding` names something other than a single `chunked`: a coding that no gateway undoes, or `chunked` twice because a proxy behind added its own. The gateway cannot tell where the body ends and gives up.",
        evidence: &[
            "The gateway logs an unknown Transfer-Encoding, or a bad answer.",
            "Byte by byte, the direct answer names another coding, or `chunked` more than once.",
        ],
        contradictions: &["The direct answer names `chunked` once, or nothing."],
        look_alikes: &["response-cl-and-te", "response-bad-chunking", "response-invalid-header"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Send `Transfer-Encoding: chunked` once or not at all; compression belongs into Content-Encoding",
            command: "curl -sS -D - -o /dev/null http://{target}/ | grep -i transfer-encoding",
            verify: "curl -sS -D - -o /dev/null http://{target}/ | grep -i transfer-encoding",
        }],
        references: &["https://www.rfc-editor.org/rfc/rfc9112#section-6.1"],
    },
    testimony: ODD_ANSWER,
    absorbs: &[],
    rule: Rule::Target(rule),
};

/// The flaws in question.
const FLAWS: &[FlawKind] = &[FlawKind::UnknownCoding, FlawKind::DoubledCoding];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::TransferEncoding, target).map(|(id, _)| id).collect();
    let own = case.own_words(&[Meaning::TransferEncoding], target).is_some() && case.names_flaws();
    let flaw = case.flaw(target, FLAWS);
    let refused = flaw.and_then(|(_, flaw)| case.refuses(flaw.kind));
    if said.is_empty() && (flaw.is_none() || refused == Some(false) || !case.suffers()) {
        return None;
    }
    let looked = case.raw_answer(target).is_some();
    let headline = match flaw {
        Some((_, flaw)) => format!("{target}'s answer uses the transfer coding `{}`", flaw.shown),
        None => format!("The gateway says that {target}'s answer uses an unknown transfer coding"),
    };
    let mut found = Match::new(headline)
        .because_all(said)
        .because_all(flaw.map(|(id, _)| id))
        .confirmed_if(own || (flaw.is_some() && refused == Some(true)))
        .open_unless(
            flaw.is_some() || !looked,
            "response-bad-transfer-encoding",
            "Asked directly, its answer keeps the rules: it depends on the request. Repeat it with the visitor's headers (--header).",
        );
    if let Some((id, _)) = case.raw_answer(target).filter(|_| flaw.is_none()) {
        found = found.against(id);
    }
    Some(found)
}
