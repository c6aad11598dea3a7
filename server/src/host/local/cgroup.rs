//! Control groups of version 1 and 2, from the places where every Linux mounts them.

use crate::host::groups::Cgroup;
use crate::host::{Obstacle, ObstacleKind, Seen};
use std::path::{Component, Path, PathBuf};

/// Where control groups are mounted.
const ROOT: &str = "/sys/fs/cgroup";
/// No limit at all is written as a number near the largest in version 1.
const UNLIMITED: u64 = 1 << 60;

/// The group of a process. Blocks for a moment.
pub(super) fn of(pid: u32) -> Seen<Cgroup> {
    let command =
        format!("cat /proc/{pid}/cgroup; grep . /sys/fs/cgroup$(cut -d: -f3 /proc/{pid}/cgroup | head -1)/memory.*");
    let text = text(Path::new(&format!("/proc/{pid}/cgroup")));
    let Some(text) = text else {
        return Err(Obstacle::new(ObstacleKind::Failed, format!("the group of process {pid} cannot be read"), command));
    };
    let places = Places::of(&text);
    let (memory, pids, cpu) = (places.folder("memory"), places.folder("pids"), places.folder("cpu"));
    let shown = places.path("memory").unwrap_or_default();
    let number = |folder: &Option<PathBuf>, file: &str| one(folder.as_deref()?, file);
    let counted = |folder: &Option<PathBuf>, file: &str, key: &str| keyed(folder.as_deref()?, file, key);
    let limited = |value: Option<u64>| value.filter(|value| *value < UNLIMITED);
    Ok(Cgroup {
        path: shown,
        memory_max: limited(number(&memory, "memory.max").or_else(|| number(&memory, "memory.limit_in_bytes"))),
        memory: number(&memory, "memory.current").or_else(|| number(&memory, "memory.usage_in_bytes")),
        oom_kills: counted(&memory, "memory.events", "oom_kill")
            .or_else(|| counted(&memory, "memory.oom_control", "oom_kill")),
        pids_max: number(&pids, "pids.max"),
        pids: number(&pids, "pids.current"),
        pids_refused: counted(&pids, "pids.events", "max"),
        cpu_percent: cpu.as_deref().and_then(cpu_percent),
        cpu_periods: counted(&cpu, "cpu.stat", "nr_periods"),
        cpu_throttled: counted(&cpu, "cpu.stat", "nr_throttled"),
    })
}

/// The lines of `/proc/PID/cgroup`: number, controllers, path.
struct Places {
    lines: Vec<(Vec<String>, String)>,
}

impl Places {
    fn of(text: &str) -> Self {
        let line = |line: &str| {
            let mut parts = line.splitn(3, ':');
            let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
            // A path of another namespace leads out of what is mounted here.
            let plain =
                Path::new(path).components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
            plain.then(|| (controllers.split(',').map(str::to_owned).collect(), path.to_owned()))
        };
        Self { lines: text.lines().filter_map(line).collect() }
    }

    fn path(&self, controller: &str) -> Option<String> {
        let own = self.lines.iter().find(|(controllers, _)| controllers.iter().any(|name| name == controller));
        let unified = self.lines.iter().find(|(controllers, _)| controllers.iter().all(String::is_empty));
        own.or(unified).map(|(_, path)| path.clone())
    }

    fn folder(&self, controller: &str) -> Option<PathBuf> {
        let own = self.lines.iter().find(|(controllers, _)| controllers.iter().any(|name| name == controller));
        if let Some((controllers, path)) = own {
            let names = [controller.to_owned(), controllers.join(",")];
            return names.iter().map(|name| beneath(Path::new(ROOT).join(name), path)).find(|folder| folder.is_dir());
        }
        let (_, path) = self.lines.iter().find(|(controllers, _)| controllers.iter().all(String::is_empty))?;
        [PathBuf::from(ROOT), Path::new(ROOT).join("unified")]
            .into_iter()
            .map(|root| beneath(root, path))
            .find(|folder| folder.join("cgroup.procs").exists())
    }
}

fn beneath(root: PathBuf, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

#[expect(clippy::disallowed_methods, reason = "the kernel's own files, whose names nobody chooses")]
fn text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// A file of one number; `max` is none.
fn one(folder: &Path, file: &str) -> Option<u64> {
    text(&folder.join(file))?.trim().parse().ok()
}

/// The number behind a key in a file of `key number` lines.
fn keyed(folder: &Path, file: &str, key: &str) -> Option<u64> {
    let text = text(&folder.join(file))?;
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

/// `cpu.max` holds quota and period, version 1 has a file for each.
fn cpu_percent(folder: &Path) -> Option<u32> {
    let (quota, period) = match text(&folder.join("cpu.max")) {
        Some(line) => {
            let mut words = line.split_whitespace();
            (words.next()?.parse::<u64>().ok()?, words.next()?.parse::<u64>().ok()?)
        }
        None => (one(folder, "cpu.cfs_quota_us")?, one(folder, "cpu.cfs_period_us")?),
    };
    u32::try_from(quota.checked_mul(100)?.checked_div(period)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_place_of_each_controller() {
        let v1 = Places::of("4:memory:/lab\n8:pids:/\n1:cpu,cpuacct:/x\n0::/\n");
        assert_eq!(v1.path("memory").as_deref(), Some("/lab"));
        assert_eq!(v1.path("cpu").as_deref(), Some("/x"));
        let v2 = Places::of("0::/system.slice/app.service\n");
        assert_eq!(v2.path("memory").as_deref(), Some("/system.slice/app.service"));
        assert_eq!(Places::of("0::/../../x\n").path("memory"), None);
    }

    #[test]
    fn reads_what_version_two_writes() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("cpu.max", "50000 100000\n");
        write("memory.events", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n");
        assert_eq!(cpu_percent(folder.path()), Some(50));
        assert_eq!(keyed(folder.path(), "memory.events", "oom_kill"), Some(2));
        write("cpu.max", "max 100000\n");
        assert_eq!(cpu_percent(folder.path()), None);
    }

    #[test]
    fn sees_the_group_of_this_process() {
        assert!(of(std::process::id()).is_ok());
    }
}
