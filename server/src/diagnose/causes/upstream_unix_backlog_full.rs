//! The queue of a unix socket is full.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-unix-backlog-full",
        title: "The queue of the application's unix socket is full",
        family: Family::Overload,
        step: Step::Server,
        explanation: "A unix socket refuses a connection at once when its queue of waiting connections is full; the \
            system says `Resource temporarily unavailable`. The application takes connections more slowly \
            than they come, because it is stuck or has too few workers.",
        evidence: &[
            "A connection fails at once with error 11, which has no other meaning on a unix socket.",
            "`ss -lx` shows as many waiting connections as the queue holds.",
        ],
        contradictions: &["Error 2, 13 or 111: the socket is missing, closed to the gateway, or without a listener."],
        look_alikes: &[
            "php-fpm-max-children",
            "app-worker-pool-exhausted",
            "upstream-hang-not-accepting",
            "unix-socket-stale",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Free the application first: see what its workers do",
                command: "sudo ss -lxp src {socket}; sudo systemctl restart {app}.service",
                verify: "ss -lx src {socket}   # Recv-Q must fall to 0",
            },
            FixText {
                applies_to: "php-fpm",
                title: "Then more workers and a longer queue",
                command: "pm.max_children = 20\nlisten.backlog = 1024\nsudo sysctl -w net.core.somaxconn=4096; sudo systemctl restart php*-fpm",
                verify: "ss -lx src {socket}",
            },
            FixText {
                applies_to: "any",
                title: "Or listen on TCP, where callers wait a little instead of failing at once",
                command: "listen = 127.0.0.1:9000   # and the same address in the gateway",
                verify: "ss -ltn 'sport = :9000'",
            },
        ],
        references: &["https://man7.org/linux/man-pages/man7/unix.7.html"],
    },
    testimony: &[Meaning::QueueFull, Meaning::ReadTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    target.strip_prefix("unix:")?;
    let refused = case.connects(target).find(|(_, connect)| connect.errno == Some(QUEUE_FULL));
    let said: Vec<_> = case.lines(Meaning::QueueFull, target).map(|(id, _)| id).collect();
    if refused.is_none() && said.is_empty() {
        return None;
    }
    let queue = case.listener(target).filter(|(_, l)| {
        l.backlog.is_some_and(|backlog| !l.waiting.is_empty() && l.waiting.iter().any(|waiting| *waiting >= backlog))
    });
    Some(
        Match::new(format!("The queue of {target} is full, so that connections fail at once"))
            .because_all(refused.map(|(id, _)| id))
            .because_all(said)
            .because_all(queue.map(|(id, _)| id))
            // The error has one meaning; the queue itself shows that it lasts.
            .confirmed_if(refused.is_some() && case.on_gateway_host())
            .finer("Why it takes no connections (stuck, or too few workers): a stack of a worker, or its status page."),
    )
}

/// `EAGAIN`.
const QUEUE_FULL: i32 = 11;
