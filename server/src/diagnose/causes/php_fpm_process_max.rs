//! All pools of php-fpm together reached their limit.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule, ShownBy};
use app::model::fact::logs::{Joined, Meaning};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "php-fpm-process-max",
        title: "php-fpm may start no more processes in any pool",
        family: Family::Overload,
        step: Step::Logs,
        explanation: "`process.max` limits the workers of all pools together. Other pools use them up, so that this \
            one cannot start a worker although its own `pm.max_children` would allow it; its requests wait.",
        evidence: &[
            "php-fpm logs that the maximum number of processes has been reached.",
            "The workers of all pools together are as many as `process.max`, while this pool has fewer than it may have.",
        ],
        contradictions: &["Only this one pool is full, at its own limit: then its `pm.max_children` is too small."],
        look_alikes: &["php-fpm-max-children", "upstream-hang-not-accepting"],
        fixes: &[FixText {
            applies_to: "php-fpm",
            title: "Raise the common limit, or give other pools less",
            command: "process.max = 128   # in the [global] section\nsudo systemctl reload php*-fpm",
            verify: "ps -C php-fpm8.2 -o args= | sort | uniq -c",
        }],
        references: &["https://www.php.net/manual/en/install.fpm.configuration.php#process.max"],
    },
    testimony: &[Meaning::ReadTimeout, Meaning::QueueFull, Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, app) = case.application(target).filter(|(_, app)| app.product == "php-fpm")?;
    let when = &[Joined::Own, Joined::Window, Joined::Earlier];
    let said = case.application_said_since(target, &[Meaning::ProcessMax], when);
    let reached = app.process_max.zip(app.all_workers).is_some_and(|(most, all)| all >= most);
    let room_of_its_own = app.workers_max.is_some_and(|most| app.workers < most);
    // Its own workers are all taken, by others and since before this run.
    let taken = app.held_before.is_some_and(|held| held >= app.workers);
    if !(reached && room_of_its_own) && said.is_empty() {
        return None;
    }
    let queue = case.queue_waits(target);
    Some(
        Match::new(format!(
            "php-fpm may start no more processes: all its pools together reached process.max, and {target} waits"
        ))
        .because(id)
        .because_all(said.ids())
        .because_all(queue.map(|(id, _)| id))
        .confirmed_if(reached && room_of_its_own && queue.is_some() && case.on_gateway_host())
        .shown_by(ShownBy::Waiting, queue.is_some() && case.only_waits(target))
        .open_unless(
            taken,
            "upstream-hang-not-accepting",
            "Are its few workers busy with other clients' requests? The pool's status page with `?full` tells.",
        ),
    )
}
