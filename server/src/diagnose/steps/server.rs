//! Step 2: is the gateway's host overloaded, is the service up?

mod age;
mod edge;
pub(in crate::diagnose) mod room;
mod strain;
mod temp;
mod units;

use super::{START_SLACK, Work};
use crate::diagnose::scene::{Scene, Socket};
use crate::diagnose::sheet::Desk;
use crate::host::{Listeners, Obstacle};
use app::model::fact::host as facts;
use app::model::{FactId, FactKind, Step, StepState};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at the queues.
const SAMPLE: Duration = Duration::from_millis(300);
/// Looks at the queues.
const SAMPLES: usize = 3;
/// A failure that took longer than this came from waiting.
const SLOW_MS: u64 = 700;
/// A share of waiting above this is worth a word, in percent.
const PRESSED: f32 = 40.0;

/// Looks at the host and at the listeners of the upstream.
pub(in crate::diagnose) async fn check(work: Work) {
    let desk = work.desk(Step::Server);
    desk.begin(
        &[
            "load, memory, pressure, disks, descriptors",
            "the gateway's process and unit",
            "the listeners of the upstream and their queues",
        ],
        by_hand(None),
    );
    let Some(scene) = work.scene().await else {
        desk.finish(StepState::Error, "The gateway was not looked for in time");
        return;
    };
    desk.by_hand(by_hand(Some(&scene)));
    let edge = edge::look(&work, &scene, &desk).await;
    if !scene.on_gateway_host {
        desk.skip(
            "the host's load, memory, disks, processes and listeners",
            format!("this is not the gateway's host: {}", scene.vantage),
            by_hand(Some(&scene)).join("; "),
        );
        match edge {
            Some(fault) => desk.finish(StepState::Fault, fault),
            None => desk.finish(StepState::Skipped, format!("Not looked at: {}", scene.vantage)),
        }
        return;
    }
    let mut known = BTreeMap::new();
    let (mut notes, unit_down, (), mut faults, (), full, denied, old, ()) = tokio::join!(
        resources(&work, &scene, &desk),
        units::follow(&work, &scene, &desk),
        processes(&work, &scene, &desk),
        listeners(&work, &scene, &desk, &mut known),
        strain::look(&work, &scene, &desk),
        room::look(&work, &scene, &desk),
        temp::look(&work, &scene, &desk),
        age::look(&work, &scene, &desk),
        super::haproxy::counters(&work, &scene, &desk),
    );
    notes.extend(full.into_iter().chain(old));
    faults.extend(denied.into_iter().chain(edge));
    let progress = work.progress_until(Duration::from_secs(2), |p| p.ended > 0).await;
    let waits = |desk: &Desk| {
        desk.sheet().facts().attempts().any(|(_, attempt)| attempt.failed() && attempt.total_ms > SLOW_MS)
    };
    if faults.is_empty() && (progress.ended == 0 || waits(&desk)) {
        // Something listens and does not answer in time: look again while requests of the other steps wait there.
        tokio::time::sleep(Duration::from_millis(300).min(work.left())).await;
        faults = listeners(&work, &scene, &desk, &mut known).await;
    }
    faults.extend(unit_down);
    if !faults.is_empty() {
        desk.finish(StepState::Fault, faults.join("; "));
    } else if notes.is_empty() {
        desk.finish(StepState::Ok, "The host has room, the gateway runs, its upstream listens");
    } else {
        notes.sort();
        desk.finish(StepState::Warning, notes.join("; "));
    }
}

fn by_hand(scene: Option<&Arc<Scene>>) -> Vec<String> {
    let ports: Vec<u16> = scene.map_or_else(Vec::new, |scene| {
        scene
            .targets
            .iter()
            .filter_map(|spot| if let Socket::Tcp(address) = &spot.socket { Some(address.port()) } else { None })
            .collect()
    });
    let mut commands = vec![
        "uptime; free -m; df -h; df -i; cat /proc/pressure/cpu /proc/pressure/memory /proc/pressure/io".to_owned(),
        "systemctl status nginx --no-pager; ps -eo pid,stat,pcpu,pmem,args --sort=-pcpu | head -15".to_owned(),
    ];
    let filter = ports.iter().map(|port| format!("sport = :{port}")).collect::<Vec<_>>().join(" or ");
    commands.push(if filter.is_empty() { "ss -ltnp".to_owned() } else { format!("ss -ltnp '{filter}'") });
    commands
}

async fn resources(work: &Work, scene: &Arc<Scene>, desk: &Desk) -> Vec<String> {
    let host = &work.ctx.host;
    let mut notes = Vec::new();
    let paths = paths(scene);
    let (load, memory, pressure, disks, descriptors) =
        tokio::join!(host.load(), host.memory(), host.pressure(), host.disks(&paths), host.system_descriptors());
    match load {
        Ok(load) => {
            if load.one > f64::from(load.cores) * 2.0 {
                notes.push(format!("the load is {:.1} on {} processors", load.one, load.cores));
            }
            desk.measured(
                "/proc/loadavg",
                FactKind::Load(facts::Load {
                    one: narrow(load.one),
                    five: narrow(load.five),
                    fifteen: narrow(load.fifteen),
                    cores: load.cores,
                }),
            );
        }
        Err(obstacle) => skip(desk, "load", &obstacle),
    }
    match memory {
        Ok(memory) => {
            if memory.available < memory.total / 20 {
                notes.push("less than 5 % of the memory is available".to_owned());
            }
            desk.measured(
                "/proc/meminfo",
                FactKind::Memory(facts::Memory {
                    total: memory.total,
                    available: memory.available,
                    swap_total: memory.swap_total,
                    swap_free: memory.swap_free,
                    oom_kills: memory.oom_kills,
                }),
            );
        }
        Err(obstacle) => skip(desk, "memory", &obstacle),
    }
    match pressure {
        Ok(lines) => {
            for line in lines {
                let some = narrow(line.some.avg10);
                if some > PRESSED {
                    notes.push(format!("work waits for {}: {some:.0} % of the time", line.resource));
                }
                let full = line.full.map(|full| narrow(full.avg10));
                desk.measured(
                    format!("/proc/pressure/{}", line.resource),
                    FactKind::Pressure(facts::Pressure { resource: line.resource, some, full }),
                );
            }
        }
        Err(obstacle) => skip(desk, "pressure", &obstacle),
    }
    for (path, space) in disks {
        match space {
            Ok(space) => {
                if space.available == 0 || (space.inodes > 0 && space.inodes_available == 0) {
                    notes.push(format!("{} is full", path.display()));
                }
                let fact = facts::Disk {
                    path: path.display().to_string(),
                    total: space.total,
                    available: space.available,
                    inodes: space.inodes,
                    inodes_free: space.inodes_available,
                };
                desk.measured(path.display().to_string(), FactKind::Disk(fact));
            }
            Err(obstacle) => skip(desk, &format!("space of {}", path.display()), &obstacle),
        }
    }
    if let Ok(system) = descriptors {
        desk.measured(
            "/proc/sys/fs/file-nr",
            FactKind::Descriptors(facts::Descriptors {
                of: "the whole system".to_owned(),
                used: Some(system.open),
                limit: Some(system.max),
            }),
        );
    }
    notes
}

#[expect(clippy::cast_possible_truncation, reason = "percentages and loads; six digits are plenty")]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// Folders whose space matters: the root, and those of the gateway's logs.
fn paths(scene: &Scene) -> Vec<PathBuf> {
    let logs =
        scene.route.iter().flat_map(|route| route.settings.error_logs.iter()).filter_map(|log| log.file.as_deref());
    let mut paths = vec![PathBuf::from("/")];
    for path in logs.filter_map(Path::parent).map(Path::to_path_buf).chain([PathBuf::from("/var/lib/nginx")]) {
        if !paths.contains(&path) && (path.exists()) {
            paths.push(path);
        }
    }
    paths.truncate(4);
    paths
}

fn skip(desk: &Desk, check: &str, obstacle: &Obstacle) {
    desk.skip(check, &obstacle.reason, &obstacle.command);
}

async fn processes(work: &Work, scene: &Arc<Scene>, desk: &Desk) {
    let Some(pid) = scene.gateway.as_ref().and_then(|gateway| gateway.pid) else { return };
    if let Ok(all) = work.ctx.host.processes().await
        && let Some(master) = all.iter().find(|process| process.pid == pid)
    {
        let fact = facts::Process {
            pid,
            name: master.name.clone(),
            state: master.state.to_string(),
            role: "gateway".to_owned(),
            young: master.started > work.began + START_SLACK,
        };
        desk.measured(format!("/proc/{pid}/status"), FactKind::Process(fact));
    }
    match work.ctx.host.descriptors(pid).await {
        Ok(open) => {
            let fact = facts::Descriptors {
                of: format!("the gateway's process {pid}"),
                used: Some(open.open),
                limit: open.limit,
            };
            desk.measured(format!("/proc/{pid}/fd"), FactKind::Descriptors(fact));
        }
        Err(obstacle) => skip(desk, "the gateway's file descriptors", &obstacle),
    }
}

/// Looks at the listeners of every target a few times; answers what is wrong with them.
async fn listeners(work: &Work, scene: &Arc<Scene>, desk: &Desk, known: &mut BTreeMap<String, FactId>) -> Vec<String> {
    let mut tables: Vec<Listeners> = Vec::new();
    for sample in 0..SAMPLES {
        if sample > 0 {
            tokio::time::sleep(SAMPLE.min(work.left())).await;
        }
        match work.ctx.host.listeners().await {
            Ok(table) => tables.push(table),
            Err(obstacle) => {
                skip(desk, "the table of listeners", &obstacle);
                return Vec::new();
            }
        }
    }
    let Some(last) = tables.last() else { return Vec::new() };
    let processes = work.ctx.host.processes().await.unwrap_or_default();
    let mut faults = Vec::new();
    for spot in &scene.targets {
        let Socket::Tcp(address) = spot.socket else { continue };
        let fact = listener(&tables, last, address, &spot.key, spot.local, &processes);
        if fact.local && !fact.listening {
            faults.push(format!("nothing listens on {}", spot.key));
        } else if fact.overfull() {
            faults.push(format!("the queue of {} is full", spot.key));
        }
        let holders = last.for_address(address).first().map_or_else(Vec::new, |found| found.pids.clone());
        let holders: Vec<_> =
            holders.iter().filter_map(|pid| processes.iter().find(|process| process.pid == *pid)).collect();
        if let Some(process) = holders.first().filter(|_| spot.local) {
            let fact = facts::Process {
                pid: process.pid,
                name: process.name.clone(),
                state: process.state.to_string(),
                role: spot.key.clone(),
                young: holders.iter().all(|process| process.started > work.began + START_SLACK),
            };
            tell(
                desk,
                known,
                format!("process {}", spot.key),
                format!("/proc/{}/status", process.pid),
                FactKind::Process(fact),
            );
        }
        tell(desk, known, spot.key.clone(), "the table of listening sockets".to_owned(), FactKind::Listener(fact));
    }
    faults
}

fn tell(desk: &Desk, known: &mut BTreeMap<String, FactId>, key: String, seen: String, kind: FactKind) {
    if let Some(id) = known.get(&key) {
        desk.replace(id, kind);
    } else {
        let id = desk.measured(seen, kind);
        known.insert(key, id);
    }
}

fn listener(
    tables: &[Listeners],
    last: &Listeners,
    address: SocketAddr,
    key: &str,
    local: bool,
    processes: &[crate::host::Process],
) -> facts::Listener {
    let found = last.for_address(address);
    let first = found.first();
    let owner = first.and_then(|found| found.pids.first()).map(|pid| {
        let name = processes.iter().find(|process| process.pid == *pid).map_or("?", |process| process.name.as_str());
        format!("{name}, process {pid}")
    });
    let elsewhere = last.tcp.iter().filter(|l| l.address.port() == address.port() && !l.takes(address));
    facts::Listener {
        target: key.to_owned(),
        local,
        listening: first.is_some(),
        bound: first.map(|found| found.address.to_string()),
        waiting: tables
            .iter()
            .filter_map(|table| table.for_address(address).first().map(|found| found.waiting))
            .collect(),
        backlog: first.and_then(|found| found.backlog),
        owner,
        elsewhere: elsewhere.map(|found| found.address.to_string()).collect(),
        connected: None,
    }
}
