//! Samples, spans, latencies and the monitors that they hang on.

use super::*;
use app::model::{Class, Fault, FaultKind, Millis, Monitor, MonitorId, Origin, Phases, Sample, State};
use sqlx::{ConnectOptions, Executor};
use std::sync::Arc;
use std::task::Poll;

pub(super) fn monitor(id: &str) -> Monitor {
    Monitor {
        id: id.parse().unwrap(),
        name: id.to_uppercase(),
        url: format!("http://{id}.test/"),
        interval: Millis(30_000),
        public: true,
        in_file: true,
    }
}

pub(super) fn id(id: &str) -> MonitorId {
    id.parse().unwrap()
}

fn up(at: i64) -> Sample {
    let phases = Phases { connect: Some(Millis(1)), first_byte: Some(Millis(300)), ..Phases::default() };
    Sample { at: At(at), class: Class::Up, latency: Millis(301), status: Some(200), phases, fault: None }
}

fn down(at: i64) -> Sample {
    let fault = Fault { kind: FaultKind::Status, origin: Origin::Edge, status: Some(502), detail: "é".repeat(150) };
    Sample { class: Class::Down, status: Some(502), fault: Some(fault), ..up(at) }
}

pub(super) async fn open_with(monitors: &[&str]) -> (tempfile::TempDir, Storage) {
    let (folder, storage) = open().await;
    storage.save_monitors(monitors.iter().map(|id| monitor(id)).collect(), NOW).await.unwrap();
    (folder, storage)
}

#[tokio::test]
async fn a_batch_written_twice_is_there_once_and_survives_a_restart() {
    let (folder, storage) = open_with(&["shop"]).await;
    let batch = Arc::new(Batch {
        samples: vec![(id("shop"), up(1)), (id("shop"), down(2)), (id("nobody"), up(3))],
        changes: vec![
            SpanChange { monitor: id("shop"), since: At(1), state: State::Operational },
            SpanChange { monitor: id("shop"), since: At(2), state: State::Outage },
        ],
        latencies: vec![StoredLatency { monitor: id("shop"), at: At(0), median: Millis(301), count: 1 }],
        ..Batch::default()
    });
    storage.record(Arc::clone(&batch)).await.unwrap();
    storage.record(Arc::clone(&batch)).await.unwrap();
    storage.close().await;
    assert!(matches!(storage.record(batch).await, Err(StorageError::Closed)));

    let storage = Storage::open(&folder.path().join("gatewatch.db")).await.unwrap();
    let mut cut = down(2);
    cut.fault.as_mut().unwrap().detail = "é".repeat(100);
    assert_eq!(storage.latest_samples(&id("shop"), 10).await.unwrap(), [up(1), cut.clone()]);
    assert_eq!(storage.latest_samples(&id("shop"), 1).await.unwrap(), [cut]);
    assert_eq!(storage.samples_between(&id("shop"), At(1), At(2), 10).await.unwrap(), [up(1)]);
    let spans = storage.spans_since(At(0)).await.unwrap();
    assert_eq!(
        spans,
        [
            (id("shop"), Span { since: At(1), state: State::Operational }),
            (id("shop"), Span { since: At(2), state: State::Outage })
        ]
    );
    assert_eq!(storage.latencies_since(At(0)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_back_dated_change_replaces_what_came_after() {
    let (_folder, storage) = open_with(&["shop", "api"]).await;
    let change = |at, state| SpanChange { monitor: id("shop"), since: At(at), state };
    let mut changes = vec![change(10, State::Operational), change(20, State::Unknown), change(15, State::Outage)];
    changes.push(SpanChange { monitor: id("api"), since: At(30), state: State::Degraded });
    storage.record(Arc::new(Batch { changes, ..Batch::default() })).await.unwrap();
    let spans: Vec<_> = storage.spans_since(At(17)).await.unwrap();
    assert_eq!(
        spans,
        [
            (id("api"), Span { since: At(30), state: State::Degraded }),
            (id("shop"), Span { since: At(15), state: State::Outage })
        ],
        "the span that holds the moment, and all later ones"
    );
}

#[tokio::test]
async fn monitors_stay_with_their_history_until_forgotten() {
    let (_folder, storage) = open_with(&["shop", "api"]).await;
    storage.record(Arc::new(Batch { samples: vec![(id("api"), up(1))], ..Batch::default() })).await.unwrap();
    storage.save_monitors(vec![Monitor { name: "Renamed".to_owned(), ..monitor("shop") }], NOW).await.unwrap();
    let known = storage.monitors().await.unwrap();
    assert_eq!(
        known.iter().map(|known| (known.id.as_str(), known.in_file)).collect::<Vec<_>>(),
        [("api", false), ("shop", true)]
    );
    assert_eq!(known[1].name, "Renamed");
    assert!(matches!(storage.forget_monitor(&id("shop"), "Ada", NOW).await, Err(StorageError::Conflict)));
    storage.forget_monitor(&id("api"), "Ada", NOW).await.unwrap();
    assert!(matches!(storage.forget_monitor(&id("api"), "Ada", NOW).await, Err(StorageError::NotFound("monitor"))));
    storage.save_monitors(vec![monitor("shop"), monitor("api")], NOW).await.unwrap();
    assert!(storage.latest_samples(&id("api"), 10).await.unwrap().is_empty(), "its history went with it");
}

/// The CHECKs keep such rows out; a file that was tampered with or damaged must still be an error only.
#[tokio::test]
async fn unknown_codes_in_the_file_are_errors() {
    let (folder, storage) = open_with(&["shop"]).await;
    storage.record(Arc::new(Batch { samples: vec![(id("shop"), up(1))], ..Batch::default() })).await.unwrap();
    let opened = storage
        .open_incident(
            app::backend::NewIncident {
                title: "x".to_owned(),
                impact: app::model::Impact::Minor,
                phase: app::model::Phase::Investigating,
                body: "x".to_owned(),
                components: Vec::new(),
                started_at: None,
            },
            &ada(),
            NOW,
        )
        .await
        .unwrap();
    let mut side = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("gatewatch.db"))
        .pragma("ignore_check_constraints", "ON")
        .connect()
        .await
        .unwrap();
    side.execute("UPDATE fresh SET body = x'8702'; UPDATE incidents SET impact = 'apocalyptic'").await.unwrap();
    let samples = storage.latest_samples(&id("shop"), 1).await;
    assert!(matches!(samples, Err(StorageError::Corrupt { place: "fresh.body", .. })), "{samples:?}");
    let incident = storage.incident(&opened).await;
    assert!(matches!(incident, Err(StorageError::Corrupt { place: "impact", .. })), "{incident:?}");
    side.execute("INSERT INTO packs (monitor, since, until, count, level, body) VALUES (1, 0, 9, 1, 0, x'00'); DELETE FROM fresh")
        .await
        .unwrap();
    let packed = storage.latest_samples(&id("shop"), 1).await;
    assert!(matches!(packed, Err(StorageError::Corrupt { place: "packs.body", .. })), "{packed:?}");
}

#[tokio::test]
async fn one_failing_command_spoils_no_other_of_its_group() {
    let (_folder, storage) = open_with(&["shop"]).await;
    let good = storage.record(Arc::new(Batch { samples: vec![(id("shop"), up(1))], ..Batch::default() }));
    let bad = storage.audit(AuditRow { at: NOW, who: String::new(), action: String::new(), detail: String::new() });
    let also_good = storage.record(Arc::new(Batch { samples: vec![(id("shop"), up(2))], ..Batch::default() }));
    let (good, bad, also_good) = tokio::join!(good, bad, also_good);
    good.unwrap();
    also_good.unwrap();
    assert!(matches!(bad, Err(StorageError::Engine(_))), "an empty action breaks a CHECK: {bad:?}");
    assert_eq!(storage.latest_samples(&id("shop"), 9).await.unwrap().len(), 2);
}

/// A full disk, as the engine sees it: no page more.
#[tokio::test]
async fn a_full_disk_is_an_error_and_writing_goes_on_when_there_is_room() {
    let (_folder, storage) = open_with(&["shop"]).await;
    let limit = |pages: &'static str| {
        storage.writer().write(move |connection| {
            Box::pin(async move {
                sqlx::query(pages).execute(connection).await?;
                Ok(())
            })
        })
    };
    limit("PRAGMA max_page_count = 1").await.unwrap();
    let samples = |from: i64| (from..from + 5000).map(|at| (id("shop"), down(at))).collect();
    let full = storage.record(Arc::new(Batch { samples: samples(0), ..Batch::default() })).await;
    assert!(matches!(full, Err(StorageError::Engine(_) | StorageError::NotWritten(_))), "{full:?}");
    assert!(storage.latest_samples(&id("shop"), 9).await.unwrap().is_empty(), "all or nothing");
    limit("PRAGMA max_page_count = 1000000").await.unwrap();
    storage.record(Arc::new(Batch { samples: samples(0), ..Batch::default() })).await.unwrap();
    assert_eq!(storage.latest_samples(&id("shop"), 9000).await.unwrap().len(), 5000);
}

#[tokio::test]
async fn a_write_whose_caller_went_away_is_still_written() {
    let (_folder, storage) = open_with(&["shop"]).await;
    {
        let write = storage.record(Arc::new(Batch { samples: vec![(id("shop"), up(1))], ..Batch::default() }));
        // Polled once, so that the command is queued; then dropped, whether or not it was already carried out.
        let mut write = std::pin::pin!(write);
        let _ = std::future::poll_fn(|context| Poll::Ready(write.as_mut().poll(context))).await;
    }
    storage.save_monitors(vec![monitor("shop")], NOW).await.unwrap();
    assert_eq!(storage.latest_samples(&id("shop"), 9).await.unwrap(), [up(1)]);
}

#[tokio::test]
async fn a_write_waits_for_another_processs_lock_and_is_not_lost() {
    let (folder, storage) = open_with(&["shop"]).await;
    let mut other =
        sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("gatewatch.db")).connect().await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let write = storage.record(Arc::new(Batch { samples: vec![(id("shop"), up(1))], ..Batch::default() }));
    let release = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(storage.latest_samples(&id("shop"), 9).await.unwrap().is_empty(), "readers are not held up");
        other.execute("COMMIT").await.unwrap();
    };
    let (written, ()) = tokio::join!(write, release);
    written.unwrap();
    assert_eq!(storage.latest_samples(&id("shop"), 9).await.unwrap(), [up(1)]);
}
