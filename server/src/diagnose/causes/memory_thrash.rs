//! The host spends its time with moving memory to and from the disk.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "memory-thrash",
        title: "The host spends its time with moving memory to and from the disk",
        family: Family::Overload,
        step: Step::Server,
        explanation: "There is less memory than the processes need at the same time. The kernel keeps throwing out \
            what is needed again a moment later, so everything waits for the disk, answers included. Shortly before \
            the kernel would kill a process, a host can stay like this for many minutes.",
        evidence: &[
            "/proc/pressure/memory shows that all work waits for memory.",
            "Pages come back from swap, or from the programs' own files, all the time.",
            "Less than a few per cent of the memory is available.",
        ],
        contradictions: &["The pressure is near 0: used swap alone does no harm."],
        look_alikes: &["disk-io-stall", "cpu-saturated", "upstream-oom-killed", "upstream-slow-response"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Find what takes the memory, and let it take less",
                command: "ps -eo pid,rss,args --sort=-rss | head -15\n# fewer workers: php-fpm pm.max_children · gunicorn --workers · java -Xmx",
                verify: "cat /proc/pressure/memory; vmstat 1 3   # si and so must be 0",
            },
            FixText {
                applies_to: "systemd",
                title: "Set a limit, so that the one that grows is stopped and not all others",
                command: "sudo systemctl set-property APP.service MemoryHigh=1G MemoryMax=1200M",
                verify: "systemctl show APP.service -p MemoryCurrent -p MemoryMax",
            },
        ],
        references: &["https://docs.kernel.org/accounting/psi.html"],
    },
    testimony: &[Meaning::ReadTimeout, Meaning::ConnectTimeout],
    absorbs: &["upstream-slow-response", "disk-io-stall"],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let pressure =
        case.facts.pressures().find(|(_, p)| p.resource == "memory" && p.full.is_some_and(|full| full > 10.0))?;
    let strain = case.facts.strains().find(|(_, s)| s.swapped_in > 100 || s.major_faults > 100);
    if !case.is_slow() {
        return None;
    }
    let little = case.facts.memories().find(|(_, m)| m.total > 0 && m.available < m.total / 20);
    let starved = case.facts.starved().find(|(_, s)| s.major_faults > 50);
    Some(
        Match::new("Memory is so short that all work waits for it most of the time")
            .because(pressure.0)
            .because_all(strain.map(|(id, _)| id))
            .because_all(little.map(|(id, _)| id))
            .because_all(starved.map(|(id, _)| id))
            .confirmed_if(strain.is_some() && starved.is_some() && case.on_gateway_host())
            .open_unless(
                false,
                "disk-io-stall",
                "`vmstat 1 5` while it is slow: do si and so stay above 0? Then it is memory, not the disk.",
            ),
    )
}
