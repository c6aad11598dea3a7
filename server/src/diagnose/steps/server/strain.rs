//! What the host and the upstream's processes do with their time while requests are under way.

use super::narrow;
use crate::diagnose::scene::{Scene, Socket};
use crate::diagnose::sheet::{Desk, millis};
use crate::diagnose::steps::Work;
use crate::host::{Process, Runtime, Vitals};
use app::model::fact::limits::{Starved, Strain};
use app::model::{FactId, FactKind};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(150);
/// Looks in any case.
const LOOKS: u32 = 5;
/// Looks while no request has ended yet.
const LOOKS_WAITING: u32 = 16;
/// Processes of one target that are looked at.
const MAX_PROCESSES: usize = 64;

/// The upstream's processes by target.
type Behind = BTreeMap<String, Vec<u32>>;

/// Looks again and again while requests are under way, and tells what changed.
pub(super) async fn look(work: &Work, scene: &Arc<Scene>, desk: &Desk) {
    let host = &work.ctx.host;
    let (before, all, behind) = tokio::join!(host.vitals(), host.processes(), behind(work, scene));
    let (Ok(before), Ok(all)) = (before, all) else { return };
    let pids: Vec<u32> = behind.values().flatten().copied().collect();
    let first = host.runtimes(&pids).await.unwrap_or_default();
    let begun = Instant::now();
    let mut stuck: BTreeMap<u32, u32> = BTreeMap::new();
    let mut looks = 0;
    let mut last = first.clone();
    while looks < LOOKS_WAITING && !work.left().is_zero() {
        let waiting = work.progress_until(PAUSE, |_| false).await.ended == 0;
        last = host.runtimes(&pids).await.unwrap_or_default();
        looks += 1;
        for runtime in last.iter().filter(|runtime| runtime.stuck) {
            *stuck.entry(runtime.pid).or_default() += 1;
        }
        if looks >= LOOKS && !waiting {
            break;
        }
    }
    let over = begun.elapsed();
    let (after, later) = tokio::join!(host.vitals(), host.processes());
    if let (Ok(after), Ok(later)) = (after, later) {
        desk.measured("/proc/stat, /proc/vmstat", FactKind::Strain(strain(&before, &after, &all, &later, over)));
    }
    for (target, pids) in &behind {
        if let Some(fact) = starved(target, pids, (&first, &last), (&stuck, looks), over, &all) {
            let seen = format!("the scheduler's times of {}", fact.process);
            let _: FactId = desk.measured(seen, FactKind::Starved(fact));
        }
    }
}

/// The processes that hold the listener of each local target.
async fn behind(work: &Work, scene: &Arc<Scene>) -> Behind {
    let Ok(table) = work.ctx.host.listeners().await else { return Behind::new() };
    let mut found = Behind::new();
    for spot in scene.targets.iter().filter(|spot| spot.local) {
        let pids = match &spot.socket {
            Socket::Tcp(address) => table.for_address(*address).first().map(|listener| listener.pids.clone()),
            Socket::Unix(path) => table.for_path(path).map(|listener| listener.pids.clone()),
        };
        if let Some(mut pids) = pids.filter(|pids| !pids.is_empty()) {
            pids.truncate(MAX_PROCESSES);
            found.insert(spot.key.clone(), pids);
        }
    }
    found
}

fn strain(before: &Vitals, after: &Vitals, all: &[Process], later: &[Process], over: Duration) -> Strain {
    let seconds = over.as_secs_f64().max(0.001);
    let share = |part: fn(&Vitals) -> u64| {
        let time = after.time.saturating_sub(before.time).max(1);
        narrow(100.0 * ratio(part(after).saturating_sub(part(before)), time))
    };
    let rate = |part: fn(&Vitals) -> u64| whole(ratio(part(after).saturating_sub(part(before)), 1) / seconds);
    let stuck = later.iter().filter(|process| {
        process.state == 'D' && all.iter().any(|earlier| earlier.pid == process.pid && earlier.state == 'D')
    });
    let used = |process: &Process| {
        let earlier = all.iter().find(|earlier| earlier.pid == process.pid)?;
        Some(process.cpu_ms.saturating_sub(earlier.cpu_ms))
    };
    let top = later.iter().filter_map(|process| Some((used(process)?, process))).max_by_key(|(used, _)| *used);
    Strain {
        over_ms: millis(over),
        busy: share(|vitals| vitals.time.saturating_sub(vitals.idle).saturating_sub(vitals.io_wait)),
        steal: share(|vitals| vitals.steal),
        io_wait: share(|vitals| vitals.io_wait),
        swapped_in: rate(|vitals| vitals.swapped_in),
        swapped_out: rate(|vitals| vitals.swapped_out),
        major_faults: rate(|vitals| vitals.major_faults),
        stuck: stuck.take(5).map(|process| format!("{} ({})", process.name, process.pid)).collect(),
        top: top.filter(|(used, _)| *used > 0).map(|(used, process)| {
            let percent = whole(100.0 * ratio(used, 1000) / seconds);
            format!("{} ({}), {percent} % of one processor", process.name, process.pid)
        }),
    }
}

fn starved(
    target: &str,
    pids: &[u32],
    (first, last): (&[Runtime], &[Runtime]),
    (stuck, looks): (&BTreeMap<u32, u32>, u32),
    over: Duration,
    all: &[Process],
) -> Option<Starved> {
    let growth = |pid: u32| {
        let before = first.iter().find(|runtime| runtime.pid == pid)?;
        let after = last.iter().find(|runtime| runtime.pid == pid)?;
        Some((pid, before, after))
    };
    // The one that waited most: a master that only sleeps says nothing of its workers.
    let (pid, before, after) = pids.iter().filter_map(|pid| growth(*pid)).max_by_key(|(pid, before, after)| {
        (after.waited_ns.saturating_sub(before.waited_ns), stuck.get(pid).copied().unwrap_or_default())
    })?;
    let name = all.iter().find(|process| process.pid == pid).map_or("?", |process| process.name.as_str());
    let ms = |after: u64, before: u64| after.saturating_sub(before) / 1_000_000;
    Some(Starved {
        target: target.to_owned(),
        process: format!("{name}, process {pid}"),
        over_ms: millis(over),
        waited_ms: ms(after.waited_ns, before.waited_ns),
        ran_ms: ms(after.ran_ns, before.ran_ns),
        major_faults: after.major_faults.saturating_sub(before.major_faults),
        stuck: stuck.get(&pid).copied().unwrap_or_default(),
        looks,
    })
}

#[expect(clippy::cast_precision_loss, reason = "shares and rates; six digits are plenty")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate that is never negative")]
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}
