//! The disk of the application is full.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "disk-full-app",
        title: "The disk of the application is full",
        family: Family::Overload,
        step: Step::Server,
        explanation: "The file system in which the application lives has no block or no inode left. What it writes \
            (sessions, uploads, its database, its log) fails; many applications then answer 500, end, or do not even \
            start again.",
        evidence: &[
            "`df` shows no free block, or `df -i` no free inode, where the application lives.",
            "The application's own log says `No space left on device`.",
        ],
        contradictions: &[
            "More than a few per cent are free.",
            "The application answers the same request when asked directly.",
        ],
        look_alikes: &["disk-full-proxy-temp", "upstream-crash-loop", "app-dependency-stalled"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Make room",
                command: "df -h {folder}; df -i {folder}\nsudo du -xh --max-depth=2 $(df --output=target {folder} | tail -1) | sort -h | tail -20\nsudo journalctl --vacuum-size=200M; sudo logrotate -f /etc/logrotate.conf",
                verify: "df -h {folder}; df -i {folder}",
            },
            FixText {
                applies_to: "systemd",
                title: "Then start what has ended for want of room",
                command: "systemctl --failed; sudo systemctl restart APP.service",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://man7.org/linux/man-pages/man3/statvfs.3.html"],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let temp = |path: &str| case.facts.temp_paths().any(|(_, temp)| temp.path == path);
    let (id, disk) = case.facts.disks().find(|(_, disk)| {
        let full = disk.total > 0 && (disk.available < 4096 || (disk.inodes > 0 && disk.inodes_free == 0));
        full && !temp(&disk.path)
    })?;
    // A full disk beside an application that answers well is a warning, not a cause.
    let upstream_fails = case.facts.directs().any(|(_, d)| d.path == "same" && d.status.is_some_and(|s| s >= 500))
        || case.facts.listeners().any(|(_, l)| l.local && !l.listening)
        || case.facts.directs().any(|(_, d)| d.path == "same" && d.failure.is_some());
    if !upstream_fails {
        return None;
    }
    let what = if disk.available < 4096 { "block" } else { "inode" };
    Some(
        Match::new(format!("No {what} is free in {}, where the application lives", disk.path))
            .because(id)
            .confirmed_if(false)
            .open_unless(false, "upstream-crash-loop", "Does the application's own log say `No space left on device`?")
            .name("folder", disk.path.clone()),
    )
}
