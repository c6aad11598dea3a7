//! A worker of the application crashes.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "app-worker-segfault",
        title: "The application's worker crashes while it handles the request",
        family: Family::Code,
        step: Step::Logs,
        explanation: "A process of the application dies by a signal of its own making (a segmentation fault, an \
            illegal instruction, an abort), usually in an extension or a native library. Its open requests \
            die with it.",
        evidence: &[
            "php-fpm, gunicorn, uWSGI, systemd or the kernel name signal 11, 7, 6 or 4 for a process of this application at the moment at which this run's own request breaks.",
            "The same request crashes the worker again.",
        ],
        contradictions: &[
            "Signal 9 comes from outside: memory, an operator, a limit. Signal 15 is a restart or a limit of time.",
        ],
        look_alikes: &[
            "upstream-oom-killed",
            "gunicorn-worker-timeout",
            "php-fpm-request-terminate-timeout",
            "upstream-crash-loop",
            "upstream-closed-before-response",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Find the crash: the last changed extension or native library first",
                command: "journalctl -k --since '-15min' | grep -E 'segfault|traps'; coredumpctl list | tail",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/",
            },
            FixText {
                applies_to: "php-fpm",
                title: "Switch off what is known to crash, one at a time: the JIT, debuggers, encoders",
                command: "php -m; sudo phpdismod xdebug; echo 'opcache.jit=off' | sudo tee /etc/php/8.2/fpm/conf.d/99-jit.ini; sudo systemctl restart php8.2-fpm",
                verify: "sudo tail -n 20 /var/log/php8.2-fpm.log",
            },
            FixText {
                applies_to: "systemd",
                title: "Keep a core file of the next crash",
                command: "sudo systemctl edit {app}.service   # [Service] LimitCORE=infinity",
                verify: "coredumpctl info",
            },
        ],
        references: &["https://man7.org/linux/man-pages/man7/signal.7.html"],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed, Meaning::Refused, Meaning::NoSuchSocket],
    absorbs: &[],
    rule: Rule::Target(rule),
};

const MEANINGS: &[Meaning] = &[Meaning::WorkerCrashed, Meaning::UnitCrashed, Meaning::WorkerAborted];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said = case.application_said(target, MEANINGS);
    let same = case.closed_direct(target);
    if said.is_empty() || aborted_by_its_master(case, target) {
        return None;
    }
    let found = Match::new(format!("A worker of the application at {target} crashes while it handles the request"))
        .because_all(said.ids())
        .because_all(same.map(|(id, _)| id))
        .because_all(case.application(target).map(|(id, _)| id))
        .confirmed_if(said.beside_failure() && case.on_gateway_host())
        .open_unless(
            said.beside_failure(),
            "upstream-closed-before-response",
            "The application's and the kernel's log at this second: which signal ended which process?",
        );
    Some(found)
}

/// gunicorn aborts a worker that is silent for too long; that is no crash of its own.
fn aborted_by_its_master(case: &Case<'_>, target: &str) -> bool {
    !case.application_said(target, &[Meaning::WorkerTimedOut]).is_empty()
}
