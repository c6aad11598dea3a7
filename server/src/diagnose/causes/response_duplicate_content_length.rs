//! Two Content-Lengths that contradict each other.

use crate::diagnose::infer::{Case, ODD_ANSWER};
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::During;
use app::model::fact::logs::Meaning;
use app::model::fact::wire::FlawKind;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "response-duplicate-content-length",
        title: "The answer announces two different lengths",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream sends `Content-Length` twice with different values, usually because the application sets it and a middleware sets it again. Nobody can tell where such a body ends. HAProxy, Caddy and nginx since 1.23 refuse the answer; nginx 1.22 and Varnish pass it on and visitors get a broken body.",
        evidence: &[
            "The gateway logs a duplicate Content-Length (nginx since 1.23), or a bad answer.",
            "Byte by byte, the direct answer has two Content-Length lines that differ.",
        ],
        contradictions: &[
            "Both values are equal: every gateway accepts that.",
            "Only one length is sent when asked directly.",
        ],
        look_alikes: &["response-cl-and-te", "response-invalid-header", "response-truncated"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Set the length in one place only: let the server or framework compute it, and remove it in the code or middleware that sets it by hand",
            command: "curl -sS -D - -o /dev/null http://{target}/ | grep -i content-length",
            verify: "curl -sS -D - -o /dev/null http://{target}/ | grep -ci content-length",
        }],
        references: &["https://www.rfc-editor.org/rfc/rfc9112#section-6.3"],
    },
    testimony: ODD_ANSWER,
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::DuplicateLength, target).map(|(id, _)| id).collect();
    let own = case.own_words(&[Meaning::DuplicateLength], target).is_some();
    let flaw = case.flaw(target, &[FlawKind::DifferentLengths]);
    let refused = flaw.and_then(|(_, flaw)| case.refuses(flaw.kind));
    // Passed on, it still breaks the transfer: the body ends before or after the announced length.
    let cut = case
        .facts
        .attempts()
        .any(|(_, a)| a.failure.as_ref().is_some_and(|f| f.during == During::Body || f.during == During::Head));
    if said.is_empty() && (flaw.is_none() || (refused == Some(false) && !cut) || !case.suffers()) {
        return None;
    }
    let headline = match flaw {
        Some((_, flaw)) => format!("{target} announces two lengths for one answer: {}", flaw.shown),
        None => format!("The gateway says that {target} announces two lengths for one answer"),
    };
    Some(
        Match::new(headline)
            .because_all(said)
            .because_all(flaw.map(|(id, _)| id))
            .confirmed_if(own || (flaw.is_some() && (refused == Some(true) || cut)))
            .open_unless(
                own || flaw.is_some_and(|_| {
                    case.flaw(target, &[FlawKind::NoColon, FlawKind::Nul, FlawKind::SpaceInName]).is_none()
                }),
                "response-invalid-header",
                "The answer breaks other rules as well: which one does the gateway name in its log?",
            ),
    )
}
