//! The kernel's own log, `/dev/kmsg`, as lines with the moment in them.

use crate::clock;
use crate::host::{Obstacle, ObstacleKind, Seen};
use app::model::At;
use procfs::Current;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::time::{Duration, Instant};

/// How long reading may take.
const TIME: Duration = Duration::from_millis(300);
/// Records that are looked at.
const MOST: usize = 20_000;
/// A record is not longer.
const RECORD: usize = 8192;

/// The kernel's lines since a moment, each as `2026-11-22T15:00:00.000Z host kernel: message`. Blocks for a moment.
pub(super) fn since(from: At) -> Seen<Vec<String>> {
    let told = |errno: Errno| {
        let kind = match errno {
            Errno::PERM | Errno::ACCESS => ObstacleKind::NotPermitted,
            Errno::NOENT | Errno::NXIO | Errno::NODEV => ObstacleKind::Absent,
            _ => ObstacleKind::Failed,
        };
        Obstacle::new(kind, format!("/dev/kmsg: {errno}"), "sudo dmesg -T | tail -n 200")
    };
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let log = rustix::fs::open("/dev/kmsg", flags, Mode::empty()).map_err(told)?;
    let running = procfs::Uptime::current().map_err(|_| told(Errno::NOENT))?.uptime_duration();
    let started = clock::now() - running;
    let end = Instant::now() + TIME;
    let mut lines = Vec::new();
    let mut buffer = [0; RECORD];
    for _ in 0..MOST {
        if Instant::now() > end {
            break;
        }
        match rustix::io::read(&log, &mut buffer) {
            Ok(0) | Err(Errno::AGAIN) => break,
            // Older records were overwritten while we read.
            Err(Errno::PIPE | Errno::INTR) => {}
            Err(errno) => return Err(told(errno)),
            Ok(length) => lines.extend(line(&String::from_utf8_lossy(&buffer[..length]), started, from)),
        }
    }
    Ok(lines)
}

/// `6,1234,5678901234,-;message` and continuation lines after it.
fn line(record: &str, started: At, from: At) -> Option<String> {
    let (head, message) = record.split_once(';')?;
    let micros: i64 = head.split(',').nth(2)?.parse().ok()?;
    let at = At(started.0.checked_add(micros / 1000)?);
    // Facility 0 is the kernel's own; others were written to it by programs.
    let priority: u32 = head.split(',').next()?.parse().ok()?;
    (at >= from && priority < 8).then(|| {
        let message = message.lines().next().unwrap_or_default();
        format!("{} host kernel: {message}", clock::rfc3339(at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_become_lines() {
        let told = |record: &str| line(record, At(1_795_359_600_000), At(1_795_359_600_500));
        assert_eq!(
            told("3,12,1000000,-;Out of memory: Killed process 5 (x)\n SUBSYSTEM=memory\n").as_deref(),
            Some("2026-11-22T15:00:01.000Z host kernel: Out of memory: Killed process 5 (x)")
        );
        assert_eq!(told("3,12,400000,-;earlier"), None);
        assert_eq!(told("14,12,1000000,-;Out of memory: Killed process 5 (a program wrote this)"), None);
        assert_eq!(told("garbage"), None);
    }
}
