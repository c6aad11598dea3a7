//! The application starts and dies again and again.

use crate::diagnose::facts::Seen;
use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::host::Unit;
use app::model::fact::logs::{Joined, Meaning};
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-crash-loop",
        title: "The application dies and is started again, over and over",
        family: Family::Code,
        step: Step::Server,
        explanation: "A process of the application ends while it handles requests, or shortly after it started, and \
            something (systemd, a container runtime, a master process) starts it again. Requests that arrive \
            in between are refused, those under way break.",
        evidence: &[
            "systemd's counter of restarts rises for the unit whose process listens there.",
            "Processes behind the target ended while this run lasted, and new ones began, as often as requests broke.",
            "systemd gives up (`Start request repeated too quickly`), uWSGI says that workers respawn too fast, gunicorn that a worker failed to boot.",
            "Refused and broken connections alternate.",
        ],
        contradictions: &["The application's processes are the same ones before and after."],
        look_alikes: &[
            "app-worker-segfault",
            "cgroup-oom-killed",
            "upstream-oom-killed",
            "gunicorn-worker-timeout",
            "deploy-not-ready",
            "graceful-restart-drop",
        ],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "Read why it ends: the last lines before each start",
                command: "journalctl -u {app}.service -n 100 --no-pager; systemctl show {app}.service -p NRestarts -p Result -p ExecMainStatus",
                verify: "systemctl show {app}.service -p NRestarts   # twice; it must not rise",
            },
            FixText {
                applies_to: "systemd",
                title: "After the repair, allow it to start again",
                command: "sudo systemctl reset-failed {app}.service && sudo systemctl start {app}.service",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/",
            },
            FixText {
                applies_to: "docker",
                title: "Read why the container ends",
                command: "docker ps -a; docker logs --tail 100 {app}; docker inspect -f '{{.RestartCount}} {{.State.ExitCode}}' {app}",
                verify: "docker inspect -f '{{.RestartCount}}' {app}",
            },
        ],
        references: &[
            "https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#StartLimitIntervalSec=",
        ],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed, Meaning::Refused, Meaning::NoSuchSocket],
    absorbs: &[],
    rule: Rule::Target(rule),
};

const TOLD: &[Meaning] = &[
    Meaning::UnitGaveUp,
    Meaning::UnitExited,
    Meaning::UnitRestarting,
    Meaning::UnitUnstartable,
    Meaning::RespawningFast,
    Meaning::BootFailed,
    Meaning::WorkerExited,
    Meaning::EmergencyReload,
];

/// Whether the target refused a connection in this run: ours, or one that the gateway made for our request.
fn refuses(case: &Case<'_>, target: &str) -> bool {
    case.connects(target).any(|(_, c)| c.outcome == ConnectOutcome::Refused)
        || case.lines(Meaning::Refused, target).any(|(_, line)| line.joined == Joined::Own)
}

/// Units that systemd starts again and again: the target's own, and one of which nobody knows whose it is. systemd
/// counts only what it starts by itself.
fn units<'a>(case: &Case<'a>, target: &str) -> (Option<Seen<'a, Unit>>, Option<Seen<'a, Unit>>) {
    let looping = || case.facts.units().filter(|(_, unit)| unit.loops());
    let own = looping().filter(|(_, unit)| unit.target.as_deref() == Some(target)).last();
    (own, looping().filter(|(_, unit)| unit.target.is_none()).last())
}

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let application = case.application(target);
    let replaced = application.filter(|(_, app)| !app.ended.is_empty() && !app.begun.is_empty());
    let said = case.application_said_since(target, TOLD, &[Joined::Own, Joined::Window, Joined::Earlier]);
    let broke = case.closed_direct(target);
    let refused = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Refused);
    let (looping, stray) = units(case, target);
    // It took a connection, refused another, and what listens now began while this run lasted.
    let born = application.filter(|(_, app)| !app.begun.is_empty()).map(|(id, _)| id);
    let young = case.process_at(target).filter(|(_, process)| process.young).map(|(id, _)| id);
    let took = case.stood(target);
    let flickers = born.or(young).filter(|_| took.is_some() && refuses(case, target));
    // Where a master lives through it, its workers end, each for a reason of its own.
    let whole = flickers.is_some()
        || application
            .is_some_and(|(_, app)| app.pid.is_some_and(|pid| app.ended.contains(&pid) || app.begun.contains(&pid)));
    let seen =
        replaced.is_some() || flickers.is_some() || !said.owned.is_empty() || looping.is_some() || stray.is_some();
    if !seen || (broke.is_none() && refused.is_none() && flickers.is_none()) {
        return None;
    }
    let (ended, begun) = replaced.map_or((0, 0), |(_, app)| (app.ended.len(), app.begun.len()));
    // A single restart while every request is closed may stand beside another reason.
    let restarted = looping.is_some_and(|(_, unit)| unit.risen >= 2 || refused.is_some());
    // One process that is replaced once may be somebody's restart.
    let again = (ended >= 2 && begun >= 1) || said.owned.iter().any(|(_, line)| line.count >= 2) || restarted;
    let limited = case.application(target).is_some_and(|(_, app)| app.timeout_ms.is_some())
        && broke.is_some_and(|(_, direct)| direct.total_ms >= 900);
    let group_seen = case.cgroup(target).is_none_or(|(_, group)| group.killed() == 0);
    let mut found = Match::new(format!("The application at {target} dies and starts again and again"))
        .because_all(replaced.map(|(id, _)| id).or(flickers))
        .because_all(said.owned.iter().map(|(id, _)| *id))
        .because_all(looping.or(stray).map(|(id, _)| id))
        .because_all(broke.map(|(id, _)| id))
        .because_all(took.filter(|_| flickers.is_some() && broke.is_none()))
        .because_all(refused.map(|(id, _)| id))
        .confirmed_if((again || flickers.is_some()) && case.on_gateway_host())
        .open_unless(
            again,
            "graceful-restart-drop",
            "Was it restarted just now by somebody? `journalctl --since '-5min' | grep -iE 'stopp|start|reload'`",
        )
        .open_unless(
            whole || !said.owned.is_empty() || looping.is_some() || case.application_log_read(target),
            "app-worker-segfault",
            "Its master lives and workers end: its own log and `journalctl -k --since '-15min'` say by what.",
        )
        .open_unless(!limited, "gunicorn-worker-timeout", "Does its own time limit end it? Its log says so.")
        .open_unless(
            group_seen,
            "cgroup-oom-killed",
            "The group's counter of kills rose: `cat /sys/fs/cgroup/…/memory.events`",
        );
    if let (None, Some((_, unit))) = (looping, stray) {
        found = found.finer(format!(
            "Whether {0} is the application for {target}: `systemctl status {0}` names its processes.",
            unit.name
        ));
    }
    if let Some((_, unit)) = looping {
        found = found
            .finer(format!("What ends it: `journalctl -u {} -n 100`, in the last lines before each start.", unit.name));
    } else if let Some(line) = said.first() {
        found = found.finer(format!("What ends it, in its own words: {}", line.line));
    } else {
        found = found
            .finer("What ends it: its own log, or `journalctl -u UNIT -n 100`, in the last lines before each start.");
    }
    Some(found)
}
