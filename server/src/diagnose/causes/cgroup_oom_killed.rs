//! The kernel kills the application at its own group's memory limit.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::application::Application;
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cgroup-oom-killed",
        title: "The kernel killed the application at its memory limit",
        family: Family::Overload,
        step: Step::Server,
        explanation: "The application lives in a control group (a container, a unit) with a memory limit, and reached \
            it. The kernel killed one of its processes, although the host has memory to spare. Its open \
            requests broke.",
        evidence: &[
            "The group's own counter of kills rose while this run lasted, and a process of the application ended.",
            "The kernel logs `Memory cgroup out of memory` for one of its processes at the moment at which this run's own request breaks.",
        ],
        contradictions: &["The counter stands still: then the process was ended by something else."],
        look_alikes: &["upstream-oom-killed", "app-worker-segfault", "upstream-crash-loop", "gunicorn-worker-timeout"],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "Raise the limit to what the application really needs",
                command: "sudo systemctl set-property {app}.service MemoryMax=1G",
                verify: "systemctl show {app}.service -p MemoryCurrent -p MemoryMax",
            },
            FixText {
                applies_to: "docker",
                title: "Raise the container's limit",
                command: "docker update --memory 1g --memory-swap 1g {app}",
                verify: "docker inspect -f '{{.State.OOMKilled}}' {app}",
            },
            FixText {
                applies_to: "any",
                title: "Or make it need less: fewer workers, smaller caches, the leak",
                command: "cat /sys/fs/cgroup{group}/memory.events 2>/dev/null || cat /sys/fs/cgroup/memory{group}/memory.oom_control",
                verify: "cat /sys/fs/cgroup{group}/memory.current",
            },
        ],
        references: &["https://docs.kernel.org/admin-guide/cgroup-v2.html#memory"],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed, Meaning::Refused, Meaning::NoSuchSocket],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let group = case.cgroup(target).filter(|(_, group)| group.killed() > 0);
    let said = case.application_said(target, &[Meaning::CgroupOomKilled]);
    if group.is_none() && said.is_empty() {
        return None;
    }
    let application = case.application(target);
    let ended = application.is_some_and(|(_, app)| !app.ended.is_empty());
    // A line that names the group alone may be of another process in it, unless the application's was replaced.
    let named = |app: &Application| {
        !app.begun.is_empty() || said.owned.iter().any(|(_, line)| line.pids.iter().any(|pid| app.pids.contains(pid)))
    };
    let killed = said.beside_failure() && application.is_none_or(|(_, app)| named(app));
    let owned = (group.is_some() && ended) || killed;
    let path = case.cgroup(target).map_or_else(String::new, |(_, group)| group.path.clone());
    Some(
        Match::new(format!(
            "The kernel killed the application at {target}: its control group reached its memory limit"
        ))
        .because_all(group.map(|(id, _)| id))
        .because_all(said.ids())
        .because_all(application.map(|(id, _)| id))
        .confirmed_if(owned && case.on_gateway_host())
        .open_unless(
            owned,
            "app-worker-segfault",
            "Was it this application's process? `journalctl -k --since '-15min' | grep -i 'memory cgroup'` names it.",
        )
        .name("group", path),
    )
}
