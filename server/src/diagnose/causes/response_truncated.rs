//! The body ends before its announced end.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::During;
use app::model::fact::logs::Meaning;
use app::model::fact::wire::FlawKind;
use app::model::{CauseText, Family, FaultKind, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "response-truncated",
        title: "The answer breaks off before its announced end",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream announces a length (or chunks) and closes before it sent everything: a worker that dies in the middle, a length computed before compression, a file that shrank. The status line was already passed on, so visitors see a 200 that does not finish; an outer hop makes a 502 of it.",
        evidence: &[
            "The gateway logs that the upstream closed while it read the body.",
            "Asked directly, fewer bytes come than were announced.",
        ],
        contradictions: &[
            "The direct answer is whole: then the gateway's own disk or time is short, or it depends on the request.",
            "The gateway's log tells of a full disk.",
        ],
        look_alikes: &[
            "response-bad-chunking",
            "disk-full-proxy-temp",
            "response-duplicate-content-length",
            "upstream-closed-before-response",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Read the application's own log at that second: what ended the answer?",
                command: "journalctl -u {app}.service --since '-5min' --no-pager",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{size_download} of %header{content-length}\\n' http://{target}/",
            },
            FixText {
                applies_to: "any",
                title: "If a length is computed before compression, leave it away",
                command: "curl -sS -D - -o /dev/null --compressed http://{target}/ | grep -iE 'content-(length|encoding)'",
                verify: "curl -sS --compressed -o /dev/null http://{target}/ && echo whole",
            },
        ],
        references: &["https://www.rfc-editor.org/rfc/rfc9112#section-8"],
    },
    testimony: &[
        Meaning::BodyTruncated,
        Meaning::BodyInvalid,
        Meaning::Reset,
        Meaning::ClosedEarly,
        Meaning::BodyTimeout,
    ],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::BodyTruncated, target).map(|(id, _)| id).collect();
    let own = case.own_words(&[Meaning::BodyTruncated], target).is_some();
    let flaw = case.flaw(target, &[FlawKind::ShortBody]);
    let direct = case.directs(target, true).find(|(_, d)| {
        d.status.is_some()
            && d.failure.as_ref().is_some_and(|f| {
                f.during == During::Body && matches!(f.kind, FaultKind::ClosedEarly | FaultKind::Reset)
            })
    });
    if said.is_empty() && ((flaw.is_none() && direct.is_none()) || !case.suffers() || case.effect.failed == 0) {
        return None;
    }
    let headline = match flaw {
        Some((_, flaw)) => format!("{target} closes before the announced end of its answer ({})", flaw.shown),
        None => format!("{target} closes before the announced end of its answer"),
    };
    let seen = flaw.is_some() || direct.is_some();
    let mut found = Match::new(headline)
        .because_all(said)
        .because_all(flaw.map(|(id, _)| id))
        .because_all(direct.map(|(id, _)| id))
        .confirmed_if(seen && (own || case.refuses(FlawKind::ShortBody) != Some(false)))
        .open_unless(seen, "disk-full-proxy-temp", "Asked directly, the body is whole: is there room where the gateway keeps answers? `df -h /var/lib/nginx /tmp`")
        .open_unless(
            case.lines_of(Meaning::DiskFull).next().is_none(),
            "disk-full-proxy-temp",
            "The gateway's log also tells of a full disk: free it first (`df -h`).",
        );
    for (id, _) in case.killers() {
        found = found.against(id).open_unless(
            false,
            "app-worker-segfault",
            "A worker of the application died or was killed near this run: its line says why.",
        );
    }
    Some(found)
}
