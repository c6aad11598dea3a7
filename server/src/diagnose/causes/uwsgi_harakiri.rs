//! uWSGI kills a worker whose request takes too long.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "uwsgi-harakiri",
        title: "uWSGI kills its worker in the middle of the request",
        family: Family::Code,
        step: Step::Logs,
        explanation: "With `harakiri` set, uWSGI's master kills a worker whose request takes longer than so many \
            seconds. The request dies with it, and the gateway sees a connection that closes without an \
            answer.",
        evidence: &[
            "uWSGI logs `HARAKIRI ON WORKER` at the moment at which this run's own request breaks.",
            "A request past the gateway is closed after just the harakiri time, and a worker ended meanwhile.",
        ],
        contradictions: &[
            "A worker that died by a signal without a line of harakiri was killed by somebody else, or crashed.",
        ],
        look_alikes: &[
            "upstream-closed-before-response",
            "app-worker-segfault",
            "upstream-oom-killed",
            "upstream-slow-response",
        ],
        fixes: &[
            FixText {
                applies_to: "uwsgi",
                title: "Give the request more time than it needs, below what the gateway waits",
                command: "harakiri = 60   # in the ini file, or --harakiri 60; then restart uWSGI",
                verify: "journalctl -u {app}.service -f | grep HARAKIRI",
            },
            FixText {
                applies_to: "uwsgi",
                title: "Let uWSGI say where the worker hangs",
                command: "harakiri-verbose = true",
                verify: "journalctl -u {app}.service | grep -A 5 HARAKIRI",
            },
        ],
        references: &["https://uwsgi-docs.readthedocs.io/en/latest/Options.html#harakiri"],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

const MEANINGS: &[Meaning] = &[Meaning::Harakiri];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said = case.application_said(target, MEANINGS);
    let (same, timed_out) = (case.closed_direct(target), timed(case, target));
    if said.is_empty() && timed_out.is_none() || case.application(target).is_some_and(|(_, app)| app.product != "uwsgi")
    {
        return None;
    }
    let found = Match::new(format!(
        "uWSGI at {target} kills its worker, because the request takes longer than harakiri allows"
    ))
    .because_all(said.ids())
    .because_all(same.map(|(id, _)| id))
    .because_all(timed_out)
    .because_all(case.application(target).map(|(id, _)| id))
    .confirmed_if((said.beside_failure() || timed_out.is_some()) && case.on_gateway_host())
    .open_unless(
        said.beside_failure() || timed_out.is_some(),
        "upstream-closed-before-response",
        "uWSGI's log at this second: does it say `HARAKIRI ON WORKER`?",
    );
    Some(found)
}

/// The application server's own time limit, where requests past the gateway are closed after just that time and a worker
/// of it ended meanwhile.
fn timed<'a>(case: &Case<'a>, target: &str) -> Option<&'a app::model::FactId> {
    let (id, direct) = case.closed_direct(target)?;
    let (_, application) = case.application(target).filter(|(_, app)| app.product == PRODUCT)?;
    let limit = application.timeout_ms?;
    // Both look at their workers once a second.
    let after_limit = (limit..=limit + 2500).contains(&(direct.total_ms + 200));
    (after_limit && !application.ended.is_empty()).then_some(id)
}

const PRODUCT: &str = "uwsgi";
