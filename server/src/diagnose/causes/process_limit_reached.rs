//! The application may start no more processes or threads.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "process-limit-reached",
        title: "The application reached its limit of processes",
        family: Family::Overload,
        step: Step::Server,
        explanation: "A limit of processes and threads (`TasksMax=` of a unit, `--pids-limit` of a container, `ulimit \
            -u` of a user) is reached, so that the application cannot start another worker or thread. The \
            workers that it has still answer; further requests wait or fail.",
        evidence: &[
            "The control group's counter of refused forks rose while this run lasted.",
            "The application logs `fork() failed: Resource temporarily unavailable`, the kernel that a fork was rejected.",
        ],
        contradictions: &["The group is below its limit, and the counter stands still."],
        look_alikes: &["php-fpm-max-children", "app-worker-pool-exhausted", "upstream-crash-loop"],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "Raise the unit's limit",
                command: "sudo systemctl set-property {app}.service TasksMax=1024",
                verify: "systemctl show {app}.service -p TasksCurrent -p TasksMax",
            },
            FixText {
                applies_to: "docker",
                title: "Raise the container's limit",
                command: "docker update --pids-limit 1024 {app}",
                verify: "docker stats --no-stream {app}",
            },
            FixText {
                applies_to: "any",
                title: "Or find who leaks processes or threads",
                command: "ps -eLo pid,nlwp,args --sort=-nlwp | awk '!seen[$1]++' | head",
                verify: "cat /sys/fs/cgroup{group}/pids.current",
            },
        ],
        references: &["https://docs.kernel.org/admin-guide/cgroup-v2.html#pid"],
    },
    testimony: &[
        Meaning::ReadTimeout,
        Meaning::QueueFull,
        Meaning::ConnectTimeout,
        Meaning::ClosedEarly,
        Meaning::Reset,
        Meaning::Refused,
    ],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let group = case.cgroup(target).filter(|(_, group)| group.refused() > 0);
    let said = case.application_said(target, &[Meaning::ForkFailed, Meaning::ForkRejected]);
    if group.is_none() && said.is_empty() {
        return None;
    }
    let full = group.filter(|(_, group)| group.pids.zip(group.pids_max).is_some_and(|(now, most)| now >= most));
    let told = full.is_some() || (group.is_some() && !said.owned.is_empty()) || said.beside_failure();
    let path = case.cgroup(target).map_or_else(String::new, |(_, group)| group.path.clone());
    Some(
        Match::new(format!("The application at {target} cannot start another process: its limit is reached"))
            .because_all(group.map(|(id, _)| id))
            .because_all(said.ids())
            .because_all(case.application(target).map(|(id, _)| id))
            .confirmed_if(told && case.on_gateway_host())
            .open_unless(
                told,
                "php-fpm-max-children",
                "`cat /sys/fs/cgroup/…/pids.current` and `pids.max` of its group: are they equal?",
            )
            .name("group", path),
    )
}
