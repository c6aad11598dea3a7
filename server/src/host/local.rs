//! This host, by `/proc`, netlink and the firewall's own listing tools.

mod cgroup;
mod confined;
mod kernel_log;
mod links;
mod listening;
mod netlink;
mod process;
mod routing;
mod socket_path;
mod taken;
mod vitals;

use super::firewall::{parse_iptables, parse_nft};
use super::{
    Cgroup, Confined, Connection, Counters, Descriptors, Disk, Firewall, Host, KernelLimits, Link, Listeners, Load,
    Memory, Neighbour, Obstacle, ObstacleKind, Peer, Pressure, PressureLine, Process, Route, Rule, Runtime, Seen,
    SocketPath, SystemDescriptors, Taken, User, Vitals, command, users,
};
use crate::clock;
use crate::logs::Zone;
use app::model::At;
use async_trait::async_trait;
use procfs::Current;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one look may take.
const TIME: Duration = Duration::from_secs(2);
/// How long a look into another namespace may take.
const PEER_TIME: Duration = Duration::from_secs(3);
/// How long a file system may take to say how full it is; a dead network mount never does.
const DISK_TIME: Duration = Duration::from_secs(1);

/// The host that this program runs on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Local;

/// The zone of this host's clock, which logs without a zone are written in.
pub fn local_zone() -> Zone {
    read_bytes("/etc/localtime").map_or(Zone::UTC, |bytes| Zone::from_file(&bytes))
}

#[async_trait]
impl Host for Local {
    async fn load(&self) -> Seen<Load> {
        within(TIME, "uptime; nproc", || {
            let load = procfs::LoadAverage::current().map_err(|error| failed(&error, "uptime"))?;
            let cores = std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
            let [one, five, fifteen] = [load.one, load.five, load.fifteen].map(f64::from);
            Ok(Load { one, five, fifteen, cores })
        })
        .await
    }

    async fn memory(&self) -> Seen<Memory> {
        within(TIME, "free -b; grep oom_kill /proc/vmstat", || {
            let found = procfs::Meminfo::current().map_err(|error| failed(&error, "free -b"))?;
            let events = procfs::vmstat().ok();
            let oom_kills = events.and_then(|events| u64::try_from(*events.get("oom_kill")?).ok());
            Ok(Memory {
                total: found.mem_total,
                available: found.mem_available.unwrap_or(found.mem_free),
                swap_total: found.swap_total,
                swap_free: found.swap_free,
                oom_kills,
            })
        })
        .await
    }

    async fn pressure(&self) -> Seen<Vec<Pressure>> {
        within(TIME, "grep . /proc/pressure/*", pressure).await
    }

    async fn disks(&self, paths: &[PathBuf]) -> Vec<(PathBuf, Seen<Disk>)> {
        let looks = paths.iter().map(|path| {
            let path = path.clone();
            async move {
                let command = format!("df {0}; df -i {0}", path.display());
                let looked = path.clone();
                let disk = within(DISK_TIME, &command.clone(), move || disk(&looked, &command)).await;
                (path, disk)
            }
        });
        futures_util::future::join_all(looks).await
    }

    async fn system_descriptors(&self) -> Seen<SystemDescriptors> {
        within(TIME, "cat /proc/sys/fs/file-nr", || {
            let text = read("/proc/sys/fs/file-nr")?;
            let numbers: Vec<u64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            match numbers.as_slice() {
                [open, free, max] => Ok(SystemDescriptors { open: open.saturating_sub(*free), max: *max }),
                _ => Err(Obstacle::new(ObstacleKind::Failed, "file-nr is not understood", "cat /proc/sys/fs/file-nr")),
            }
        })
        .await
    }

    async fn descriptors(&self, pid: u32) -> Seen<Descriptors> {
        let command = format!("sudo ls /proc/{pid}/fd | wc -l; grep files /proc/{pid}/limits");
        within(TIME, &command.clone(), move || process::descriptors(pid, &command)).await
    }

    async fn sockets_of(&self, pid: u32) -> Seen<u64> {
        let command = format!("sudo ls -l /proc/{pid}/fd | grep -c socket:");
        within(TIME, &command.clone(), move || vitals::sockets_of(pid, &command)).await
    }

    async fn vitals(&self) -> Seen<Vitals> {
        within(TIME, "vmstat 1 3", vitals::vitals).await
    }

    async fn runtimes(&self, pids: &[u32]) -> Seen<Vec<Runtime>> {
        let pids = pids.to_vec();
        within(TIME, "cat /proc/PID/schedstat", move || Ok(vitals::runtimes(&pids))).await
    }

    async fn connections(&self) -> Seen<Vec<Connection>> {
        within(TIME, "ss -tan", vitals::connections).await
    }

    async fn kernel_limits(&self) -> Seen<KernelLimits> {
        let command = "sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_mem; cat /proc/net/sockstat";
        within(TIME, command, || Ok(vitals::kernel_limits())).await
    }

    async fn processes(&self) -> Seen<Vec<Process>> {
        within(TIME, "ps -eo pid,ppid,stat,user,args", process::all).await
    }

    async fn listeners(&self) -> Seen<Listeners> {
        within(TIME, "ss -ltnpe; ss -lxpe", listening::listeners).await
    }

    async fn taken(&self) -> Seen<Vec<Taken>> {
        within(TIME, "ss -tne; ss -xe", taken::taken).await
    }

    async fn dialling(&self, pids: &[u32]) -> Seen<Vec<SocketAddr>> {
        let pids = pids.to_vec();
        within(TIME, "sudo ss -tnp state syn-sent", move || taken::dialling(&pids)).await
    }

    async fn visible_to(&self, pid: u32, path: &Path) -> Seen<bool> {
        let command = format!("sudo ls -l /proc/{pid}/root{}", path.display());
        let path = path.to_path_buf();
        within(TIME, &command.clone(), move || socket_path::visible_to(pid, &path, &command)).await
    }

    async fn cgroup(&self, pid: u32) -> Seen<Cgroup> {
        within(TIME, &format!("cat /proc/{pid}/cgroup"), move || cgroup::of(pid)).await
    }

    async fn kernel_log(&self, from: At) -> Seen<Vec<String>> {
        within(TIME, "sudo dmesg -T | tail -n 200", move || kernel_log::since(from)).await
    }

    async fn journal(&self) -> Seen<Vec<String>> {
        let text =
            within(TIME, "journalctl --since=-15min", || command::output(command::Program::Journal, None)).await?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    async fn counters(&self) -> Seen<Counters> {
        within(TIME, "nstat -az", || {
            let mut counters = BTreeMap::new();
            for text in [read("/proc/net/netstat")?, read("/proc/net/snmp")?] {
                counters.extend(parse_counters(&text));
            }
            Ok(Counters(counters))
        })
        .await
    }

    async fn route(&self, to: IpAddr) -> Seen<Route> {
        within(TIME, &format!("ip route get {to}"), move || routing::route(to, None)).await
    }

    async fn route_as(&self, to: IpAddr, user: u32) -> Seen<Route> {
        within(TIME, &format!("ip route get {to} uid {user}"), move || routing::route(to, Some(user))).await
    }

    async fn neighbours(&self) -> Seen<Vec<Neighbour>> {
        within(TIME, "ip neigh", routing::neighbours).await
    }

    async fn neighbour_limit(&self, ipv6: bool) -> Seen<u32> {
        let path = if ipv6 {
            "/proc/sys/net/ipv6/neigh/default/gc_thresh3"
        } else {
            "/proc/sys/net/ipv4/neigh/default/gc_thresh3"
        };
        within(TIME, &format!("cat {path}"), move || {
            let number = read(path)?.trim().parse();
            number.map_err(|_| Obstacle::new(ObstacleKind::Failed, "it is no number", format!("cat {path}")))
        })
        .await
    }

    async fn links(&self) -> Seen<Vec<Link>> {
        within(TIME, "ip addr", links::links).await
    }

    async fn peer(&self, to: IpAddr) -> Seen<Option<Peer>> {
        within(PEER_TIME, "sudo ip netns; sudo lsns -t net", move || match routing::route(to, None)?.device {
            Some(device) => links::peer(to, &device),
            None => Ok(None),
        })
        .await
    }

    async fn provider(&self) -> Seen<Option<String>> {
        within(TIME, "cat /sys/class/dmi/id/sys_vendor", || {
            Ok(confined::provider_in(&read("/sys/class/dmi/id/sys_vendor")?).map(str::to_owned))
        })
        .await
    }

    async fn unit_of(&self, pid: u32) -> Seen<Option<String>> {
        within(TIME, &format!("cat /proc/{pid}/cgroup"), move || confined::unit_of(pid)).await
    }

    async fn confined(&self, pid: u32) -> Seen<Vec<Confined>> {
        within(TIME, &format!("cat /proc/{pid}/attr/current; getenforce; aa-status"), move || confined::look(pid)).await
    }

    async fn firewall(&self) -> Seen<Firewall> {
        let look = tokio::task::spawn_blocking(|| firewall(None)).await;
        look.unwrap_or_else(|_| {
            Err(Obstacle::new(ObstacleKind::Failed, "the look was broken off", "sudo nft list ruleset"))
        })
    }

    async fn socket_path(&self, path: &Path) -> Seen<SocketPath> {
        let command = format!("namei -l {}", path.display());
        let path = path.to_path_buf();
        within(TIME, &command.clone(), move || socket_path::look(&path, &command)).await
    }

    async fn user(&self, name: &str) -> Seen<User> {
        let command = format!("id {name}");
        let name = name.to_owned();
        within(TIME, &command.clone(), move || {
            let found = users::find(&read("/etc/passwd")?, &read("/etc/group")?, &name);
            found.ok_or_else(|| Obstacle::new(ObstacleKind::Absent, format!("this host has no user {name}"), command))
        })
        .await
    }
}

/// The rules of our own network namespace, or of a process's. Those of the older kernel tables are not among nft's, and
/// those that iptables made in nft's own tables are told by its own tool only.
fn firewall(of: Option<u32>) -> Seen<Firewall> {
    use command::Program::{Ip6tablesSave, IptablesLegacySave, IptablesSave, NftList};
    let saved = || {
        command::output(IptablesSave, of)
            .map(|v4| parse_iptables(&v4, &command::output(Ip6tablesSave, of).unwrap_or_default()))
    };
    let mut found = match command::output(NftList, of) {
        Ok(json) => {
            let mut found = parse_nft(&json);
            // Asking for older tables is not free; most hosts have none.
            let opaque = found.rules.iter().any(Rule::is_opaque) || found.rules.is_empty();
            if let Some(saved) = opaque.then(saved).and_then(Result::ok) {
                found.merge(saved);
            }
            found
        }
        Err(obstacle) if obstacle.kind == ObstacleKind::Absent => saved().map_err(|older| match older.kind {
            ObstacleKind::Absent => {
                Obstacle { reason: "neither nft nor iptables-save is installed here".to_owned(), ..obstacle }
            }
            _ => older,
        })?,
        Err(obstacle) => return Err(obstacle),
    };
    // Asking the older tables makes the kernel load them; this file names those that are there.
    let any = read("/proc/net/ip_tables_names").is_ok_and(|names| !names.trim().is_empty());
    if let Some(legacy) = any.then(|| command::output(IptablesLegacySave, of).ok()).flatten() {
        found.merge(parse_iptables(&legacy, ""));
    }
    Ok(found)
}

/// A process's name; empty if it has ended.
fn process_name(pid: u32) -> String {
    let process = i32::try_from(pid).ok().and_then(|pid| procfs::process::Process::new(pid).ok());
    process.and_then(|process| process.stat().ok()).map_or_else(String::new, |stat| stat.comm)
}

/// Runs a look that may block in a thread of its own. One that never ends keeps its thread, not its caller.
async fn within<T: Send + 'static>(
    limit: Duration,
    command: &str,
    look: impl FnOnce() -> Seen<T> + Send + 'static,
) -> Seen<T> {
    match tokio::time::timeout(limit, tokio::task::spawn_blocking(look)).await {
        Ok(Ok(seen)) => seen,
        Ok(Err(_)) => Err(Obstacle::new(ObstacleKind::Failed, "the look was broken off", command)),
        Err(_) => {
            let reason = format!("no answer within {} ms", limit.as_millis());
            Err(Obstacle::new(ObstacleKind::TimedOut, reason, command))
        }
    }
}

fn failed(error: &procfs::ProcError, command: &str) -> Obstacle {
    let kind = match error {
        procfs::ProcError::PermissionDenied(_) => ObstacleKind::NotPermitted,
        procfs::ProcError::NotFound(_) => ObstacleKind::Absent,
        _ => ObstacleKind::Failed,
    };
    Obstacle::new(kind, error.to_string(), command)
}

/// A file of the kernel's or the system's own with a constant name.
#[expect(clippy::disallowed_methods, reason = "constant names of the system's own, chosen by nobody")]
fn read_bytes(path: &'static str) -> std::io::Result<Vec<u8>> {
    std::fs::read(path)
}

fn read(path: &'static str) -> Seen<String> {
    let bytes = read_bytes(path).map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::PermissionDenied => ObstacleKind::NotPermitted,
            std::io::ErrorKind::NotFound => ObstacleKind::Absent,
            _ => ObstacleKind::Failed,
        };
        Obstacle::new(kind, format!("{path}: {error}"), format!("cat {path}"))
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn pressure() -> Seen<Vec<Pressure>> {
    let command = "grep . /proc/pressure/*";
    let line = |record: &procfs::PressureRecord| PressureLine {
        avg10: f64::from(record.avg10),
        avg60: f64::from(record.avg60),
        avg300: f64::from(record.avg300),
    };
    let cpu = procfs::CpuPressure::current().map_err(|error| failed(&error, command))?;
    let memory = procfs::MemoryPressure::current().map_err(|error| failed(&error, command))?;
    let io = procfs::IoPressure::current().map_err(|error| failed(&error, command))?;
    Ok(vec![
        Pressure { resource: "cpu".to_owned(), some: line(&cpu.some), full: None },
        Pressure { resource: "memory".to_owned(), some: line(&memory.some), full: Some(line(&memory.full)) },
        Pressure { resource: "io".to_owned(), some: line(&io.some), full: Some(line(&io.full)) },
    ])
}

fn disk(path: &Path, command: &str) -> Seen<Disk> {
    // A folder that is yet to be made lies in the nearest one that exists.
    let existing = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let found = rustix::fs::statvfs(existing)
        .map_err(|errno| Obstacle::new(ObstacleKind::Failed, format!("{}: {errno}", path.display()), command))?;
    let block = found.f_frsize.max(1);
    Ok(Disk {
        total: found.f_blocks.saturating_mul(block),
        available: found.f_bavail.saturating_mul(block),
        inodes: found.f_files,
        inodes_available: found.f_favail,
        read_only: found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY),
    })
}

/// Pairs of lines, names and numbers: `TcpExt: A B` and `TcpExt: 1 2`.
fn parse_counters(text: &str) -> BTreeMap<String, u64> {
    let mut counters = BTreeMap::new();
    let mut lines = text.lines();
    while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
        let Some((group, names)) = names.split_once(':') else { continue };
        let values = values.split_whitespace().skip(1);
        let pairs = names.split_whitespace().zip(values);
        counters.extend(pairs.filter_map(|(name, value)| Some((format!("{group}.{name}"), value.parse().ok()?))));
    }
    counters
}

/// Ticks of the kernel's clock as milliseconds.
fn ticks_ms(ticks: u64) -> u64 {
    ticks.saturating_mul(1000) / procfs::ticks_per_second().max(1)
}

/// When this host was started, by the clock of now. The kernel's own `btime` has whole seconds and does not follow
/// corrections of the clock, so that a process would seem a second older than what it did.
fn booted() -> At {
    let up = procfs::Uptime::current().map_or(Duration::ZERO, |uptime| uptime.uptime_duration());
    clock::now() - up
}

#[cfg(test)]
mod tests;
