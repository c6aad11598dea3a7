//! The application waits for a disk that does not keep up.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "disk-io-stall",
        title: "The application waits for a disk that does not keep up",
        family: Family::Overload,
        step: Step::Server,
        explanation: "Reads and writes take so long that processes stand in the kernel and wait (state D). The \
            application cannot answer in time, however idle the processors are. A dying disk, a used-up allowance of \
            a cloud volume, a dead network mount or a backup that runs now are the usual reasons.",
        evidence: &[
            "The application's process is stuck in the kernel (state D) at every look while a request is under way.",
            "/proc/pressure/io shows that all work waits.",
            "The kernel logs `task … blocked for more than 120 seconds`.",
        ],
        contradictions: &["/proc/pressure/io is near 0 and no process is in state D."],
        look_alikes: &[
            "memory-thrash",
            "upstream-slow-response",
            "app-dependency-stalled",
            "upstream-hang-not-accepting",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "See which disk, and which process ({stuck})",
                command: "iostat -x 1 3; ps -eo pid,stat,wchan:32,args | awk '$2 ~ /^D/'; dmesg -T | tail -20",
                verify: "cat /proc/pressure/io",
            },
            FixText {
                applies_to: "any",
                title: "Let backups and batches wait for their turn",
                command: "sudo ionice -c3 -p PID",
                verify: "cat /proc/pressure/io",
            },
            FixText {
                applies_to: "any",
                title: "A dead network mount: leave it",
                command: "findmnt -t nfs,nfs4,cifs; sudo umount -fl MOUNT",
                verify: "ps -eo pid,stat,args | awk '$2 ~ /^D/'",
            },
        ],
        references: &["https://docs.kernel.org/accounting/psi.html"],
    },
    testimony: &[Meaning::ReadTimeout, Meaning::ConnectTimeout],
    absorbs: &["upstream-slow-response", "upstream-hang-not-accepting"],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let pressure = case.facts.pressures().find(|(_, p)| p.resource == "io" && p.full.is_some_and(|full| full > 20.0));
    let starved = case.facts.starved().find(|(_, s)| s.of_disk());
    if !case.is_slow() || (pressure.is_none() && starved.is_none()) {
        return None;
    }
    let strain = case.facts.strains().find(|(_, s)| !s.stuck.is_empty());
    let memory = case.facts.pressures().any(|(_, p)| p.resource == "memory" && p.full.is_some_and(|full| full > 10.0));
    let headline = match starved {
        Some((_, s)) => format!("{} (behind {}) is stuck waiting for the disk", s.process, s.target),
        None => format!(
            "All work waits for the disk {:.0} % of the time",
            pressure.and_then(|(_, p)| p.full).unwrap_or_default()
        ),
    };
    let mut found = Match::new(headline)
        .because_all(pressure.map(|(id, _)| id))
        .because_all(starved.map(|(id, _)| id))
        .because_all(strain.map(|(id, _)| id))
        .confirmed_if(pressure.is_some() && starved.is_some() && case.on_gateway_host())
        .open_unless(!memory, "memory-thrash", "`vmstat 1 5`: are si and so above 0? Then memory is short.");
    if let Some((_, strain)) = strain {
        found = found.name("stuck", strain.stuck.join(", "));
    }
    Some(found)
}
