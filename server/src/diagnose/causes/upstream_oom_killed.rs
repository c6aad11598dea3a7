//! The kernel kills the application for want of memory.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::{Joined, Meaning};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-oom-killed",
        title: "The kernel killed the application: the host has no memory left",
        family: Family::Overload,
        step: Step::Server,
        explanation: "The whole host ran out of memory, and the kernel chose a process of the application to kill. Its \
            open requests broke; until it is started again, connections are refused.",
        evidence: &[
            "The kernel logs `Out of memory: Killed process` for a process of this application while this run lasts, or systemd says `oom-kill` for its unit.",
            "The request breaks at that moment.",
        ],
        contradictions: &[
            "The kernel's line names a control group (`Memory cgroup`): then the group's own limit is too small.",
        ],
        look_alikes: &["cgroup-oom-killed", "app-worker-segfault", "gunicorn-worker-timeout", "upstream-crash-loop"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "See who takes the memory, then give the application less to do at once",
                command: "ps -eo pid,rss,args --sort=-rss | head; free -m",
                verify: "journalctl -k --since '-15min' | grep -i 'out of memory'",
            },
            FixText {
                applies_to: "systemd",
                title: "Put a lid on the greedy neighbour, so that the next one to go is the right one",
                command: "sudo systemctl edit {app}.service   # [Service] MemoryHigh=… MemoryMax=…",
                verify: "systemctl show {app}.service -p MemoryCurrent -p MemoryMax",
            },
            FixText {
                applies_to: "any",
                title: "Start the application again, with fewer workers",
                command: "sudo systemctl restart {app}.service",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/",
            },
        ],
        references: &["https://docs.kernel.org/admin-guide/mm/concepts.html"],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed, Meaning::Refused, Meaning::NoSuchSocket],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said = case.application_said(target, &[Meaning::OomKilled]);
    let before = case.application_said_since(target, &[Meaning::OomKilled], &[Joined::Earlier]);
    if said.is_empty() && before.owned.is_empty() {
        return None;
    }
    // A group's own limit is told apart by its counter.
    if case.cgroup(target).is_some_and(|(_, group)| group.killed() > 0) {
        return None;
    }
    let owned = said.beside_failure();
    Some(
        Match::new(format!("The kernel killed the application at {target}: the host has no memory left"))
            .because_all(said.ids())
            .because_all(before.ids())
            .because_all(case.application(target).map(|(id, _)| id))
            .confirmed_if(owned && case.on_gateway_host())
            .open_unless(
                owned,
                "app-worker-segfault",
                "Was it this application's process? `journalctl -k --since '-15min' | grep -i 'killed process'` names it.",
            ),
    )
}
