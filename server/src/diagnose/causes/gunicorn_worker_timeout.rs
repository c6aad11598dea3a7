//! gunicorn kills a worker that is silent for too long.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gunicorn-worker-timeout",
        title: "gunicorn kills its worker in the middle of the request",
        family: Family::Code,
        step: Step::Logs,
        explanation: "gunicorn's master watches its workers and kills one that has not reported for `--timeout` \
            seconds (30 by default). A synchronous worker reports only between requests, so a request that \
            takes longer dies with it, and the gateway sees a connection that closes without an answer.",
        evidence: &[
            "gunicorn logs `WORKER TIMEOUT` with the worker's process at the moment at which this run's own request breaks.",
            "A request past the gateway is closed after just gunicorn's timeout, and a worker ended meanwhile.",
        ],
        contradictions: &[
            "The connection is closed much earlier than the timeout: then the worker crashed or was killed by somebody else.",
            "The gateway gives up first: then its own timeout is the shorter one.",
        ],
        look_alikes: &[
            "upstream-closed-before-response",
            "upstream-oom-killed",
            "app-worker-segfault",
            "upstream-slow-response",
        ],
        fixes: &[
            FixText {
                applies_to: "gunicorn",
                title: "Give the request more time than it needs, and the gateway a little more than that",
                command: "gunicorn --timeout 120 …   # or in the configuration file: timeout = 120",
                verify: "journalctl -u {app}.service -f | grep 'WORKER TIMEOUT'",
            },
            FixText {
                applies_to: "gunicorn",
                title: "Let slow requests wait in threads, which keep the worker alive",
                command: "gunicorn --worker-class gthread --threads 8 …",
                verify: "ps -o nlwp= -p {!pid}",
            },
            FixText {
                applies_to: "any",
                title: "Find what takes so long: a stack of a worker while it hangs",
                command: "sudo py-spy dump --pid {pid}",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' http://{target}/",
            },
        ],
        references: &["https://docs.gunicorn.org/en/stable/settings.html#timeout"],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

const MEANINGS: &[Meaning] = &[Meaning::WorkerTimedOut];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said = case.application_said(target, MEANINGS);
    let (same, timed_out) = (case.closed_direct(target), timed(case, target));
    if said.is_empty() && timed_out.is_none()
        || case.application(target).is_some_and(|(_, app)| app.product != "gunicorn")
    {
        return None;
    }
    let found =
        Match::new(format!("gunicorn at {target} kills its worker, because the request takes longer than its timeout"))
            .because_all(said.ids())
            .because_all(same.map(|(id, _)| id))
            .because_all(timed_out)
            .because_all(case.application(target).map(|(id, _)| id))
            .confirmed_if((said.beside_failure() || timed_out.is_some()) && case.on_gateway_host())
            .open_unless(
                said.beside_failure() || timed_out.is_some(),
                "upstream-closed-before-response",
                "gunicorn's error log at this second: does it say `WORKER TIMEOUT`?",
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

const PRODUCT: &str = "gunicorn";
