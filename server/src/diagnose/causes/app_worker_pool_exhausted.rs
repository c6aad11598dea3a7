//! All workers of the application are busy.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "app-worker-pool-exhausted",
        title: "Every worker of the application is busy with other requests",
        family: Family::Overload,
        step: Step::Upstream,
        explanation: "The application serves a fixed number of requests at a time, by workers or threads, and other \
            clients' requests take every place. New connections are taken by the kernel and wait until a \
            worker is free or the gateway gives up.",
        evidence: &[
            "The application held as many connections as it has workers before this run asked anything, holds them still, and further connections wait in its queue.",
            "uWSGI logs that its listen queue is full.",
        ],
        contradictions: &[
            "Nobody but this run is connected: then the application hangs on this very request.",
            "A trivial path answers at once: then workers are free.",
        ],
        look_alikes: &[
            "upstream-hang-not-accepting",
            "upstream-slow-response",
            "upstream-accept-queue-full",
            "app-dependency-stalled",
        ],
        fixes: &[
            FixText {
                applies_to: "gunicorn",
                title: "More workers, or threads for requests that mostly wait",
                command: "gunicorn --workers 9 --threads 4 …",
                verify: "ss -ltn 'sport = :{port}'   # Recv-Q must be 0",
            },
            FixText {
                applies_to: "uwsgi",
                title: "More processes or threads",
                command: "processes = 8\nthreads = 4   # in the ini file; then restart uWSGI",
                verify: "ss -ltn 'sport = :{port}'   # Recv-Q must be 0",
            },
            FixText {
                applies_to: "any",
                title: "See what the workers are busy with before adding more",
                command: "ss -tnp state established 'sport = :{port}'; sudo py-spy dump --pid {pid}",
                verify: "curl -sS -o /dev/null -w '%{time_total}\\n' http://{target}/",
            },
        ],
        references: &[
            "https://docs.gunicorn.org/en/stable/settings.html#workers",
            "https://uwsgi-docs.readthedocs.io/en/latest/ThingsToKnow.html",
        ],
    },
    testimony: &[Meaning::ReadTimeout, Meaning::ConnectTimeout, Meaning::QueueFull],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, app) = case.application(target).filter(|(_, app)| app.product != "php-fpm" && app.stopped == 0)?;
    let answered = case.directs(target, true).chain(case.directs(target, false)).any(|(_, d)| d.answered());
    let held = app.held_before.unwrap_or(0);
    let said = case.application_said(target, &[Meaning::WorkersBusy]);
    if answered || (held == 0 && said.owned.is_empty()) || case.silent_directs(target).is_empty() {
        return None;
    }
    let queue = case.queue_waits(target);
    // Threads of a server that also keeps idle connections say nothing by their number of connections.
    let counted = app.full_of_others() && app.manager.as_deref() != Some("gthread");
    let waits = queue.is_some() || !said.owned.is_empty();
    let places = app.places().map_or_else(String::new, |places| format!(" ({places} at a time)"));
    let mut found = Match::new(format!(
        "The application at {target} is busy with {held} requests of other clients{places}, and further ones wait"
    ))
    .because(id)
    .because_all(said.ids())
    .because_all(queue.map(|(id, _)| id))
    .because_all(case.silent_directs(target))
    .confirmed_if((waits || app.places().is_none()) && case.on_gateway_host())
    .open_unless(
        counted && waits,
        "upstream-hang-not-accepting",
        "Do the other requests ever end? A stack of its workers, or `ss -tn` with its port twice, shows whether they move.",
    )
    .finer("What the workers are busy with: a stack of one of them, or the application's own log.");
    if let Some(pid) = app.pid {
        found = found.name("pid", pid.to_string());
    }
    Some(found)
}
