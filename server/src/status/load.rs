//! What the board needs from the database at a start: bounded by days and monitors, not by samples.

use super::core::Loaded;
use super::latency::{self, BUCKET_MS, BUCKETS, Closed};
use super::{BoardConfig, Watched, confirm::Rules, uptime};
use crate::storage::{Storage, StorageError, Tail};
use app::model::{At, Incident, MonitorId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Resolved incidents stay on the page this long.
pub(super) const PAST: Duration = Duration::from_hours(14 * 24);

/// The histories of those monitors of `config` that are not in `known`.
pub(super) async fn histories(
    storage: &Storage,
    config: &BoardConfig,
    known: &BTreeSet<MonitorId>,
    now: At,
) -> Result<BTreeMap<MonitorId, Loaded>, StorageError> {
    let mut loaded: BTreeMap<MonitorId, Loaded> = config
        .monitors
        .iter()
        .filter(|watched| !known.contains(&watched.monitor.id))
        .map(|watched| (watched.monitor.id.clone(), Loaded::default()))
        .collect();
    if loaded.is_empty() {
        return Ok(loaded);
    }
    for (id, span) in storage.spans_since(At::start_of_day(now.day() - uptime::DAYS)).await? {
        if let Some(loaded) = loaded.get_mut(&id) {
            loaded.spans.push(span);
        }
    }
    for stored in storage.latencies_since(latency::start_of(latency::bucket_of(now) - BUCKETS)).await? {
        if let Some(loaded) = loaded.get_mut(&stored.monitor) {
            let bucket = latency::bucket_of(stored.at);
            loaded.closed.push(Closed { bucket, median: stored.median, count: stored.count });
        }
    }
    let window = config.monitors.iter().map(window).max().unwrap_or(1);
    let mut tails = storage.tails(u32::try_from(window).unwrap_or(u32::MAX)).await?;
    for watched in &config.monitors {
        if let Some(loaded) = loaded.get_mut(&watched.monitor.id)
            && let Some(tail) = tails.remove(&watched.monitor.id)
        {
            newest(tail, watched, loaded, now);
        }
    }
    Ok(loaded)
}

fn window(watched: &Watched) -> usize {
    Rules { down: watched.down, up: watched.up }.window()
}

/// The newest samples, and those of the last bucket if it was left open.
fn newest(mut tail: Tail, watched: &Watched, loaded: &mut Loaded, now: At) {
    let over = tail.newest.len().saturating_sub(window(watched));
    tail.newest.drain(..over);
    loaded.newest = tail.newest;
    let Some(last) = loaded.newest.last() else { return };
    let bucket = latency::bucket_of(last.at);
    let is_shown = now.since(last.at) < BUCKETS * BUCKET_MS;
    if is_shown && loaded.closed.iter().all(|closed| closed.bucket != bucket) {
        let of_bucket = tail.successes.into_iter().filter(|(at, _)| latency::bucket_of(*at) == bucket);
        loaded.open = of_bucket.collect();
    }
}

/// Public incidents: those not resolved, and the recent past.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    pub(super) active: Vec<Incident>,
    pub(super) past: Vec<Incident>,
}

pub(super) async fn incidents(storage: &Storage, now: At) -> Result<Incidents, StorageError> {
    Ok(Incidents { active: storage.active_incidents().await?, past: storage.resolved_incidents(now - PAST).await? })
}
