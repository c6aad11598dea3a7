//! The application is alive and answers nothing at all.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::{Joined, Meaning};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-hang-not-accepting",
        title: "The application listens but answers nothing",
        family: Family::Overload,
        step: Step::Upstream,
        explanation: "A connection to the application stands at once, because the kernel completes it, but not a \
            byte of an answer follows, whatever is asked. The process is stopped, deadlocked, or its only loop is \
            stuck. The gateway waits for its read timeout and gives up.",
        evidence: &[
            "The gateway logs a timeout while waiting for the answer's head.",
            "Asked directly, the application sends nothing, neither for this URL nor for another path.",
            "Its process is stopped (state T), or connections wait to be accepted and none is.",
        ],
        contradictions: &[
            "Another path is answered at once: then it is this one request that takes too long.",
            "The direct request is answered after the gateway's limit: then it is slow, not stuck.",
        ],
        look_alikes: &[
            "upstream-slow-response",
            "app-worker-pool-exhausted",
            "php-fpm-max-children",
            "mtu-blackhole",
            "fastcgi-http-mismatch",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "See what it is doing, then restart it",
                command: "ss -ltnp 'sport = :{port}'   # its process id\ngrep State /proc/PID/status; sudo gdb -p PID -batch -ex 'thread apply all bt'   # or py-spy dump, jstack",
                verify: "curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' http://{target}/",
            },
            FixText {
                applies_to: "systemd",
                title: "Restart the application",
                command: "sudo systemctl restart {app}.service",
                verify: "curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' http://{target}/",
            },
            FixText {
                applies_to: "any",
                title: "If its process is stopped, let it go on",
                command: "sudo kill -CONT {!pid}",
                verify: "grep State /proc/{!pid}/status",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout"],
    },
    testimony: &[Meaning::ReadTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if case.directs(target, true).chain(case.directs(target, false)).any(|(_, d)| d.status.is_some()) {
        return None;
    }
    let said: Vec<_> = case.lines(Meaning::ReadTimeout, target).map(|(id, _)| id).collect();
    let beyond = |ms: u64| case.read_timeout_ms().is_none_or(|limit| ms > limit);
    let same = case.directs(target, true).find(|(_, d)| d.silent() && beyond(d.total_ms));
    let other = case.directs(target, false).find(|(_, d)| d.silent());
    let stuck = case.listener(target).filter(|(_, l)| l.stuck());
    let process = case.process_at(target);
    let stopped = process.filter(|(_, p)| matches!(p.state.as_str(), "T" | "t"));
    if said.is_empty() && same.is_none() {
        return None;
    }
    // What this run asked may itself keep every worker busy.
    let takes_all = case.takes_all_places(target);
    let silent_everywhere = same.is_some() && other.is_some() && !takes_all;
    let confirmed = silent_everywhere || stopped.is_some() || (stuck.is_some() && same.is_some());
    let when = &[Joined::Own, Joined::Window, Joined::Earlier];
    let full = &[Meaning::WorkersBusy, Meaning::MaxChildren, Meaning::ProcessMax];
    let busy = case.application_said_since(target, full, when).ids();
    let application = case.application(target);
    // Nobody else is connected, so that no worker can be busy with somebody else.
    let alone = application.filter(|(_, app)| app.held_before == Some(0) && app.held_at_start == Some(0));
    let pool = match application {
        Some((_, app)) if app.product == "php-fpm" => "php-fpm-max-children",
        _ => "app-worker-pool-exhausted",
    };
    let headline = match stopped {
        Some((_, p)) => format!("The application at {target} is stopped: process {} ({}) does nothing", p.pid, p.name),
        None => format!("The application at {target} takes connections but answers nothing"),
    };
    let mut found = Match::new(headline)
        .because_all(said)
        .because_all(same.map(|(id, _)| id))
        .because_all(other.map(|(id, _)| id))
        .because_all(stuck.map(|(id, _)| id))
        .because_all(stopped.map(|(id, _)| id))
        .because_all(alone.filter(|_| !takes_all).map(|(id, _)| id))
        .confirmed_if(confirmed && (busy.is_empty() || application.is_some()) && case.on_gateway_host())
        .open_unless(
            silent_everywhere || stopped.is_some(),
            "upstream-slow-response",
            format!("`curl -m 180 http://{target}/` with the failing path: does it answer in the end?"),
        )
        .open_unless(
            stopped.is_some() || (alone.is_some() && busy.is_empty()),
            pool,
            "Are all workers busy with other requests? The application's own status, or `ss -tn state established` with its port.",
        );
    for id in busy {
        found = found.against(id);
    }
    if let Some((_, process)) = process {
        found = found.name("pid", process.pid.to_string());
    }
    Some(found)
}
