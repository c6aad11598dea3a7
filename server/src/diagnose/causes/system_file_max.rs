//! The whole system has no free file descriptor left.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "system-file-max",
        title: "The whole system has no free file descriptor left",
        family: Family::Overload,
        step: Step::Server,
        explanation: "The kernel keeps one table of open files for all processes together (fs.file-max). It is full, \
            so nobody but root can open a file or a connection any more: the gateway cannot reach its upstream, and \
            often cannot even take its clients. Usually one process leaks descriptors.",
        evidence: &[
            "The gateway logs `Too many open files in system` (23).",
            "The first number of /proc/sys/fs/file-nr is at the third.",
            "The kernel logs `VFS: file-max limit … reached`.",
        ],
        contradictions: &["The number is 24: then it is the limit of the gateway's own process."],
        look_alikes: &["gateway-fd-limit", "gateway-worker-connections"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Find the process that holds most of them, and restart it",
                command: "for p in /proc/[0-9]*; do echo \"$(sudo ls $p/fd 2>/dev/null | wc -l) $(cat $p/comm)\"; done | sort -rn | head",
                verify: "cat /proc/sys/fs/file-nr",
            },
            FixText {
                applies_to: "any",
                title: "Enlarge the table",
                command: "echo 'fs.file-max = 2000000' | sudo tee /etc/sysctl.d/60-file-max.conf && sudo sysctl --system",
                verify: "cat /proc/sys/fs/file-nr",
            },
        ],
        references: &["https://docs.kernel.org/admin-guide/sysctl/fs.html#file-max-file-nr"],
    },
    testimony: &[Meaning::OutOfDescriptorsInSystem],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let own = case.own_lines_of(Meaning::OutOfDescriptorsInSystem);
    let near: Vec<_> = case.lines_of(Meaning::OutOfDescriptorsInSystem).map(|(id, _)| id).collect();
    let system = case.facts.descriptors().find(|(_, d)| d.of == "the whole system");
    let full = system
        .filter(|(_, d)| d.used.zip(d.limit).is_some_and(|(used, limit)| limit > 0 && used >= limit - limit / 50));
    if near.is_empty() && full.is_none() {
        return None;
    }
    Some(
        Match::new("The whole system has no free file descriptors left")
            .because_all(own.iter().copied())
            .because_all(near)
            .because_all(full.map(|(id, _)| id))
            .confirmed_if(!own.is_empty())
            .open_unless(
                full.is_some(),
                "gateway-fd-limit",
                "`cat /proc/sys/fs/file-nr` while it fails: is the first number at the third?",
            )
            .finer("Which process holds them: count the entries of /proc/*/fd."),
    )
}
