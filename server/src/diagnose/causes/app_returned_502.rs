//! The upstream is a gateway itself, and made the error.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "app-returned-502",
        title: "The upstream is itself a gateway, and the error comes from there",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream answers the error itself, and its answer is another gateway's own error page. This gateway only passes it on; what is wrong lies one hop further. Where that hop runs on this host, it is looked into in turn.",
        evidence: &[
            "The same request, asked directly, gets the same status with another gateway's own error page.",
            "This gateway's access log shows the same status as upstream status, and its error log is silent.",
        ],
        contradictions: &[
            "The error page is this gateway's own, and its log has a reason.",
            "The page is the application's own: then the application made the error.",
        ],
        look_alikes: &["upstream-closed-before-response", "gateway-rewrites-status"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Move the diagnosis one hop down: run it where the inner gateway ({inner}) runs",
            command: "gatewatch diagnose http://{target}/",
            verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/",
        }],
        references: &["https://www.rfc-editor.org/rfc/rfc9110#section-15.6.3"],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (attempt_id, attempt) = case.facts.attempts().find(|(_, a)| a.failed() && a.failure.is_none())?;
    let status = attempt.status.filter(|status| *status >= 500)?;
    let (id, direct) = case.directs(target, true).filter(|(_, d)| d.answered() && d.status == Some(status)).last()?;
    let inner = direct.further_hop.as_ref()?;
    let same = direct.body_hash.is_some() && direct.body_hash == attempt.body_hash;
    Some(
        Match::new(format!(
            "{target} is a gateway too ({inner}) and answers {status} itself: the fault lies behind it"
        ))
        .because_all([attempt_id, id])
        .confirmed_if(same && case.testimony.is_empty())
        .open_unless(
            same,
            "gateway-rewrites-status",
            "This gateway's page differs from the upstream's: compare both with curl.",
        )
        .name("inner", inner.clone()),
    )
}
