//! The application's share of the processor is used up.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cgroup-cpu-throttled",
        title: "The application is slowed down by its own limit of processor time",
        family: Family::Overload,
        step: Step::Server,
        explanation: "A limit of processor time (`CPUQuota=` of a unit, `--cpus` of a container, a limit of \
            Kubernetes) lets the application run only for a part of each tenth of a second. It has used its \
            part up in most of them, so that requests take many times longer than they need.",
        evidence: &[
            "The control group's counter of throttled periods grew with nearly every period while this run lasted.",
            "The application answers, but later than the gateway waits.",
        ],
        contradictions: &["The counter stands still: then the time goes elsewhere."],
        look_alikes: &["cpu-saturated", "upstream-slow-response", "app-worker-pool-exhausted"],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "Raise the unit's share",
                command: "sudo systemctl set-property {app}.service CPUQuota=200%",
                verify: "systemctl show {app}.service -p CPUQuotaPerSecUSec",
            },
            FixText {
                applies_to: "docker",
                title: "Raise the container's share",
                command: "docker update --cpus 2 {app}",
                verify: "docker stats --no-stream {app}",
            },
            FixText {
                applies_to: "any",
                title: "Or find what needs so much",
                command: "top -H -b -n 1 -p {pid} | head -20",
                verify: "grep throttled /sys/fs/cgroup{group}/cpu.stat   # twice",
            },
        ],
        references: &["https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu"],
    },
    testimony: &[Meaning::ReadTimeout, Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, group) = case.cgroup(target)?;
    let (throttled, periods, percent) = (group.cpu_throttled?, group.cpu_periods?, group.cpu_percent?);
    // Most of at least half a second's periods.
    if periods < 5 || throttled * 10 < periods * 7 {
        return None;
    }
    let limit = case.read_timeout_ms();
    let late = case.directs(target, true).find(|(_, direct)| {
        direct.answered() && direct.first_byte_ms.zip(limit).is_some_and(|(took, limit)| took > limit)
    });
    let silent = case.silent_directs(target);
    if late.is_none() && silent.is_empty() {
        return None;
    }
    let path = group.path.clone();
    Some(
        Match::new(format!(
            "The application at {target} may use {percent} % of a processor, and used it up in {throttled} of {periods} periods"
        ))
        .because(id)
        .because_all(late.map(|(id, _)| id))
        .because_all(silent)
        .because_all(case.application(target).map(|(id, _)| id))
        .confirmed_if(late.is_some() && case.on_gateway_host())
        .open_unless(
            late.is_some(),
            "upstream-hang-not-accepting",
            "Does it answer in the end? `curl -m 180` straight to it; with more processor time it has to be faster.",
        )
        .name("group", path),
    )
}
