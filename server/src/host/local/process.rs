//! Processes, from `/proc`.

use super::{booted, failed, ticks_ms};
use crate::host::{Descriptors, Process, Seen};
use app::model::At;
use procfs::process::LimitValue;
use std::time::Duration;

/// Processes that are listed.
const MAX_PROCESSES: usize = 65_536;
/// Bytes of a command line that are kept.
const MAX_COMMAND_LINE: usize = 4096;

/// All processes that this user can see. Those that end meanwhile are left out.
pub(super) fn all() -> Seen<Vec<Process>> {
    let boot = booted();
    let processes = procfs::process::all_processes().map_err(|error| failed(&error, "ps -ef"))?;
    let mut found: Vec<Process> =
        processes.flatten().take(MAX_PROCESSES).filter_map(|process| one(&process, boot)).collect();
    found.sort_by_key(|process| process.pid);
    Ok(found)
}

fn one(process: &procfs::process::Process, boot: At) -> Option<Process> {
    let stat = process.stat().ok()?;
    let status = process.status().ok()?;
    let mut room = MAX_COMMAND_LINE;
    let command_line = process.cmdline().unwrap_or_default().into_iter().take_while(|word| {
        let fits = word.len() <= room;
        room = room.saturating_sub(word.len());
        fits
    });
    Some(Process {
        pid: u32::try_from(stat.pid).ok()?,
        parent: u32::try_from(stat.ppid).unwrap_or(0),
        state: stat.state,
        uid: status.euid,
        gid: status.egid,
        groups: status.groups.clone(),
        command_line: command_line.collect(),
        threads: u32::try_from(stat.num_threads).unwrap_or(0),
        resident: stat.rss.saturating_mul(procfs::page_size()),
        cpu_ms: ticks_ms(stat.utime.saturating_add(stat.stime)),
        started: boot + Duration::from_millis(ticks_ms(stat.starttime)),
        name: stat.comm,
    })
}

/// Open descriptors of one process against its limit.
pub(super) fn descriptors(pid: u32, command: &str) -> Seen<Descriptors> {
    let told = |error| failed(&error, command);
    let process = procfs::process::Process::new(i32::try_from(pid).unwrap_or(i32::MAX)).map_err(told)?;
    let open = process.fd_count().map_err(told)?;
    let limit = match process.limits().map_err(told)?.max_open_files.soft_limit {
        LimitValue::Value(limit) => Some(limit),
        LimitValue::Unlimited => None,
    };
    Ok(Descriptors { pid, open: open as u64, limit })
}
