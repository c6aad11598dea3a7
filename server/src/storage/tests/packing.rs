//! Samples become small: nothing is lost or doubled, whoever stops it wherever, and the sizes are what was promised.

use super::samples::{id, open_with};
use super::*;
use app::model::{Class, Fault, FaultKind, Millis, MonitorId, Origin, Phases, Sample, State};
use sqlx::{ConnectOptions, Executor};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const KEEP: Keep = Keep { samples: Duration::from_hours(24 * 3650), hours: Duration::from_hours(24 * 3650) };
/// A day's beginning.
const BEGAN: i64 = 20_000 * 86_400_000;
const HOUR: i64 = 3_600_000;

/// A sample as an HTTPS probe makes it; every fiftieth failed.
fn sample(at: i64) -> Sample {
    let noise = u32::try_from(at.wrapping_mul(2_654_435_761).rem_euclid(37)).unwrap();
    let phases = Phases {
        dns: Some(Millis(1)),
        connect: Some(Millis(11 + noise / 8)),
        tls: Some(Millis(30 + noise / 4)),
        first_byte: Some(Millis(100 + noise)),
        body: Some(Millis(1)),
    };
    let fault = (at / 30_000 % 50 == 7).then(|| Fault {
        kind: FaultKind::Status,
        origin: Origin::Edge,
        status: Some(502),
        detail: "the gateway answered 502".to_owned(),
    });
    let (class, status) = if fault.is_some() { (Class::Down, 502) } else { (Class::Up, 200) };
    Sample { at: At(at), class, latency: Millis(150 + noise), status: Some(status), phases, fault }
}

/// The probes of a monitor from hour to hour, with the scheduler's jitter.
fn probes(seed: i64, hours: std::ops::Range<i64>) -> Vec<Sample> {
    let beats = hours.start * 120..hours.end * 120;
    let jitter = |beat: i64| (beat * 7919 + seed * 104_729).wrapping_mul(2_654_435_761).rem_euclid(1000);
    beats.map(|beat| sample(BEGAN + beat * 30_000 + jitter(beat))).collect()
}

async fn record(storage: &Storage, monitor: &str, samples: &[Sample]) {
    for part in samples.chunks(40) {
        let samples = part.iter().map(|sample| (id(monitor), sample.clone())).collect();
        storage.record(Arc::new(Batch { samples, ..Batch::default() })).await.unwrap();
    }
}

/// As they are after packing.
fn without_phases(samples: &[Sample]) -> Vec<Sample> {
    samples.iter().map(|sample| Sample { phases: Phases::default(), ..sample.clone() }).collect()
}

async fn all(storage: &Storage, monitor: &MonitorId) -> Vec<Sample> {
    without_phases(&storage.samples_between(monitor, At(i64::MIN), At(i64::MAX), u32::MAX).await.unwrap())
}

async fn counted(storage: &Storage, monitor: &MonitorId) -> u64 {
    let days = storage.days_since(std::slice::from_ref(monitor), 0).await.unwrap();
    days[monitor].values().map(|day| day.hours.whole().count()).sum()
}

async fn pack_all(storage: &Storage, now: At) -> usize {
    let (mut packing, mut steps) = (Packing::default(), 0);
    while storage.pack_step(&mut packing, KEEP, now).await.unwrap() {
        steps += 1;
        assert!(steps < 10_000, "packing never ends");
    }
    steps
}

async fn rows(storage: &Storage, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(storage.readers()).await.unwrap()
}

/// What a process that is killed now leaves behind.
fn left_behind(storage: &Storage, to: &Path) {
    for suffix in ["", "-wal"] {
        let from = super::lock::beside(storage.path(), suffix);
        if from.exists() {
            std::fs::copy(from, to.join(format!("gatewatch.db{suffix}"))).unwrap();
        }
    }
}

#[tokio::test]
async fn a_kill_between_any_two_steps_loses_and_doubles_nothing() {
    let (_folder, storage) = open_with(&["shop", "api", "rare"]).await;
    let monitors = [("shop", probes(1, 0..30)), ("api", probes(2, 0..30)), ("rare", probes(3, 5..6))];
    for (monitor, samples) in &monitors {
        record(&storage, monitor, samples).await;
    }
    // A batch that comes again, half of it packed by then.
    record(&storage, "shop", &monitors[0].1[..60]).await;
    let now = At(BEGAN + 31 * HOUR);
    let (mut packing, mut step) = (Packing::default(), 0);
    loop {
        let more = storage.pack_step(&mut packing, KEEP, now).await.unwrap();
        step += 1;
        let folder = tempfile::tempdir().unwrap();
        left_behind(&storage, folder.path());
        let left = Storage::open(&folder.path().join("gatewatch.db")).await.unwrap();
        for (monitor, samples) in &monitors {
            assert_eq!(all(&left, &id(monitor)).await, without_phases(samples), "{monitor} after step {step}");
            assert_eq!(counted(&left, &id(monitor)).await, samples.len() as u64, "{monitor} after step {step}");
        }
        pack_all(&left, now).await;
        assert_eq!(rows(&left, "SELECT count(*) FROM fresh").await, 0, "after step {step}");
        for (monitor, samples) in &monitors {
            assert_eq!(all(&left, &id(monitor)).await, without_phases(samples), "{monitor} packed after step {step}");
            assert_eq!(counted(&left, &id(monitor)).await, samples.len() as u64, "{monitor} packed after step {step}");
        }
        left.close().await;
        if !more {
            break;
        }
    }
    assert!(step > 5, "only {step} steps");
    // The first day is one pack each, the second is not over.
    assert_eq!(rows(&storage, "SELECT count(*) FROM packs WHERE level = 1").await, 3);
}

#[tokio::test]
async fn what_comes_while_packing_is_packed_later() {
    let (_folder, storage) = open_with(&["shop"]).await;
    let early = probes(1, 0..2);
    record(&storage, "shop", &early).await;
    let (mut packing, now) = (Packing::default(), At(BEGAN + 3 * HOUR));
    assert!(storage.pack_step(&mut packing, KEEP, now).await.unwrap());
    // Late ones of the time that is being packed, one that was recorded already, and newer ones.
    let late: Vec<Sample> = (1..5).map(|number| sample(BEGAN + number * 997)).collect();
    record(&storage, "shop", &late).await;
    record(&storage, "shop", &early[10..20]).await;
    let newer = probes(1, 2..3);
    record(&storage, "shop", &newer).await;
    pack_all(&storage, At(BEGAN + 9 * HOUR)).await;
    let mut wanted = [early, late, newer].concat();
    wanted.sort_by_key(|sample| sample.at);
    assert_eq!(all(&storage, &id("shop")).await, without_phases(&wanted));
    assert_eq!(counted(&storage, &id("shop")).await, wanted.len() as u64);
    assert_eq!(rows(&storage, "SELECT count(*) FROM fresh").await, 0);
}

/// A clock that was years ahead and came back neither loses what it stamped nor keeps anything from being packed.
#[tokio::test]
async fn a_wrong_clock_does_no_harm() {
    let (_folder, storage) = open_with(&["shop"]).await;
    let far = 40 * 365 * 24 * HOUR;
    let wrong: Vec<Sample> = probes(1, 0..1).into_iter().map(|one| Sample { at: At(one.at.0 + far), ..one }).collect();
    record(&storage, "shop", &wrong).await;
    let right = probes(1, 0..2);
    record(&storage, "shop", &right).await;
    pack_all(&storage, At(BEGAN + 4 * HOUR)).await;
    assert_eq!(rows(&storage, "SELECT count(*) FROM fresh").await, 0);
    assert_eq!(all(&storage, &id("shop")).await, without_phases(&[right, wrong].concat()));
}

#[tokio::test]
async fn a_forgotten_monitor_does_not_come_back_under_a_new_ones_name() {
    let (_folder, storage) = open_with(&["shop", "old"]).await;
    record(&storage, "old", &probes(1, 0..2)).await;
    record(&storage, "shop", &probes(2, 0..2)).await;
    let both = [(id("old"), sample(BEGAN + 5)), (id("shop"), sample(BEGAN + 7))].to_vec();
    storage.record(Arc::new(Batch { samples: both, ..Batch::default() })).await.unwrap();
    let (mut packing, now) = (Packing::default(), At(BEGAN + 9 * HOUR));
    assert!(storage.pack_step(&mut packing, KEEP, now).await.unwrap());
    storage.save_monitors(vec![super::samples::monitor("shop")], NOW).await.unwrap();
    storage.forget_monitor(&id("old"), "Ada", NOW).await.unwrap();
    storage.save_monitors(vec![super::samples::monitor("shop"), super::samples::monitor("new")], NOW).await.unwrap();
    // What it had in hand is no longer sure, so that it begins anew.
    while !matches!(storage.pack_step(&mut packing, KEEP, now).await, Ok(false)) {}
    assert!(all(&storage, &id("new")).await.is_empty());
    assert_eq!(all(&storage, &id("shop")).await.len(), 241);
    assert_eq!(rows(&storage, "SELECT count(*) FROM packs WHERE monitor <> 1").await, 0);
}

#[tokio::test]
async fn days_hold_the_time_in_each_state_and_follow_late_changes() {
    let (_folder, storage) = open_with(&["shop"]).await;
    let change = |hour: i64, state| SpanChange { monitor: id("shop"), since: At(BEGAN + hour * HOUR), state };
    let changes = |changes: Vec<SpanChange>| Arc::new(Batch { changes, ..Batch::default() });
    storage
        .record(changes(vec![change(1, State::Operational), change(30, State::Outage), change(31, State::Degraded)]))
        .await
        .unwrap();
    pack_all(&storage, At(BEGAN + 100 * HOUR)).await;
    let spent = |hours: [i64; 5]| {
        let [operational, degraded, outage, maintenance, unknown] = hours.map(|hours| hours * HOUR);
        Some(app::model::status::Spent { operational, degraded, partial: 0, outage, maintenance, unknown })
    };
    let days = async || -> Vec<_> {
        let days = storage.days_since(&[id("shop")], 0).await.unwrap();
        days[&id("shop")].values().map(|day| day.spent).collect()
    };
    let known = [spent([23, 0, 0, 0, 0]), spent([6, 17, 1, 0, 0]), spent([0, 24, 0, 0, 0]), spent([0, 24, 0, 0, 0])];
    assert_eq!(days().await, known);
    // It turns out that it was unknown since the third day's noon.
    storage.record(changes(vec![change(60, State::Unknown)])).await.unwrap();
    assert_eq!(days().await[2..], [None, None]);
    pack_all(&storage, At(BEGAN + 100 * HOUR)).await;
    assert_eq!(days().await[..2], known[..2]);
    assert_eq!(days().await[2..], [spent([0, 12, 0, 0, 12]), spent([0, 0, 0, 0, 24])]);
}

#[tokio::test]
async fn what_is_older_than_it_need_be_goes() {
    let (_folder, storage) = open_with(&["shop"]).await;
    let old = storage.record(Arc::new(Batch {
        latencies: vec![StoredLatency { monitor: id("shop"), at: At(BEGAN), median: Millis(3), count: 1 }],
        ..Batch::default()
    }));
    old.await.unwrap();
    for day in 0..5 {
        record(&storage, "shop", &probes(1, day * 24..day * 24 + 2)).await;
    }
    let day = Duration::from_hours(24);
    let keep = Keep { samples: 2 * day, hours: 3 * day };
    let now = At(BEGAN + 5 * 24 * HOUR + HOUR);
    let mut packing = Packing::default();
    while storage.pack_step(&mut packing, keep, now).await.unwrap() {}
    let kept: Vec<i64> =
        all(&storage, &id("shop")).await.iter().map(|sample| sample.at.day() - At(BEGAN).day()).collect();
    assert_eq!((kept.first(), kept.len()), (Some(&3), 480));
    let days = storage.days_since(&[id("shop")], 0).await.unwrap();
    let hours: Vec<Vec<u8>> =
        days[&id("shop")].values().map(|day| day.hours.iter().map(|(hour, _)| hour).collect()).collect();
    assert_eq!(hours, [vec![24], vec![24], vec![0, 1], vec![0, 1], vec![0, 1]]);
    assert_eq!(counted(&storage, &id("shop")).await, 1200, "days keep their counts");
    assert!(storage.latencies_since(At(0)).await.unwrap().is_empty());
}

/// An empty table has a page already, which the first rows fill.
const PAGE: u64 = 4096;

/// The file of a database with these and without, after everything is in the main file.
async fn bytes_of(storage: &Storage) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    backup(storage.path(), &folder.path().join("copy.db")).await.unwrap().bytes
}

#[tokio::test]
async fn a_fresh_sample_takes_at_most_24_bytes_of_the_file() {
    let monitors: Vec<String> = (0..50).map(|number| format!("m{number}")).collect();
    let names: Vec<&str> = monitors.iter().map(String::as_str).collect();
    let (folder, storage) = open_with(&names).await;
    storage.close().await;
    let empty = std::fs::metadata(storage.path()).unwrap().len();
    let storage = Storage::open(storage.path()).await.unwrap();
    // One sample in each row, which is the most that it can cost.
    let (mut writes, mut count) = (Vec::new(), 0_u64);
    for (number, name) in names.iter().enumerate() {
        for sample in probes(i64::try_from(number).unwrap(), 0..1) {
            writes.push(Arc::new(Batch { samples: vec![(id(name), sample)], ..Batch::default() }));
            count += 1;
        }
    }
    writes.sort_by_key(|batch| batch.samples[0].1.at);
    for part in writes.chunks(500) {
        let done = futures_util::future::join_all(part.iter().map(|batch| storage.record(Arc::clone(batch)))).await;
        done.into_iter().for_each(Result::unwrap);
    }
    storage.close().await;
    // The real file, its log emptied into it by closing.
    let file = std::fs::metadata(folder.path().join("gatewatch.db")).unwrap().len();
    assert!(!super::lock::beside(&folder.path().join("gatewatch.db"), "-wal").exists());
    let each = (file + PAGE - empty) * 100 / count;
    assert!(each <= 2400, "{each} hundredths of a byte a sample");
}

#[tokio::test]
async fn a_packed_sample_takes_at_most_2_4_bytes_of_the_file() {
    let (_folder, storage) = open_with(&["shop", "api"]).await;
    let empty = bytes_of(&storage).await;
    let mut count = 0;
    for (seed, monitor) in [(1, "shop"), (2, "api")] {
        let samples = probes(seed, 0..16 * 24);
        count += samples.len() as u64;
        for part in samples.chunks(2000) {
            let samples = part.iter().map(|sample| (id(monitor), sample.clone())).collect();
            storage.record(Arc::new(Batch { samples, ..Batch::default() })).await.unwrap();
        }
    }
    pack_all(&storage, At(BEGAN + 17 * 24 * HOUR)).await;
    assert_eq!(rows(&storage, "SELECT count(*) FROM packs WHERE level = 2").await, 2);
    // Of packs and their two indexes.
    let empty = empty - 3 * PAGE;
    let mut side = sqlx::sqlite::SqliteConnectOptions::new().filename(storage.path()).connect().await.unwrap();
    // Hours have their own budget.
    side.execute("DELETE FROM days").await.unwrap();
    let each = (bytes_of(&storage).await - empty) * 100 / count;
    assert!(each <= 240, "{each} hundredths of a byte a sample");
}

#[tokio::test]
async fn imported_history_has_the_pages_line_of_a_day() {
    let (_folder, storage) = open_with(&["shop"]).await;
    let now = At(BEGAN + 3 * 24 * HOUR + 11 * HOUR);
    for stretch in crate::seed::Seed::new(7, 0, Millis(60_000), 3, now) {
        let part = Prepared::new(&stretch.series, stretch.spans, now.day());
        storage.import(&id("shop"), part, now.day()).await.unwrap();
    }
    let line = storage.latencies_since(now - Duration::from_hours(24)).await.unwrap();
    // Half hours, but for the one that is not over; a long outage leaves some out.
    assert!((30..=47).contains(&line.len()), "{}", line.len());
    assert!(line.iter().all(|half_hour| half_hour.count <= 30 && half_hour.median > Millis(0)), "{line:?}");
}
