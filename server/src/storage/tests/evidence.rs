//! What was seen at changes: once, bounded, and gone with its monitor.

use super::samples::{id, monitor, open_with};
use super::*;
use app::model::{Class, Evidence, Millis, Monitor, Phases, State};
use std::sync::Arc;

fn new(monitor: &str, at: i64, mark: u8) -> NewEvidence {
    let evidence = Evidence {
        class: Class::Down,
        status: Some(502),
        latency: Millis(u32::try_from(at).unwrap()),
        phases: Phases::default(),
        fault: None,
        resolved: Vec::new(),
        resolver: None,
        asked: Some("127.0.0.1:80".to_owned()),
        tls: None,
        answer: None,
        told: None,
    };
    NewEvidence { monitor: id(monitor), state: State::Outage, at: At(at), mark: [mark; 32], evidence }
}

async fn record(storage: &Storage, evidence: Vec<NewEvidence>) {
    storage.record(Arc::new(Batch { evidence, ..Batch::default() })).await.unwrap();
}

#[tokio::test]
async fn the_same_again_is_one_piece_and_a_batch_written_twice_counts_once() {
    let (_folder, storage) = open_with(&["shop", "api"]).await;
    let change = SpanChange { monitor: id("shop"), since: At(10), state: State::Outage };
    let evidence = vec![new("shop", 10, 1), new("shop", 20, 1), new("shop", 30, 2), new("nobody", 5, 1)];
    let batch = Arc::new(Batch { changes: vec![change], evidence, ..Batch::default() });
    storage.record(Arc::clone(&batch)).await.unwrap();
    storage.record(batch).await.unwrap();
    let seen = storage.evidence(&id("shop")).await.unwrap();
    let told: Vec<_> = seen.iter().map(|one| (one.first_at.0, one.last_at.0, one.count)).collect();
    assert_eq!(told, [(30, 30, 1), (10, 20, 2)]);
    assert_eq!(seen[1].evidence, new("shop", 20, 1).evidence, "as it was the last time");
    assert_eq!(storage.evidence(&id("api")).await.unwrap(), []);
}

#[tokio::test]
async fn it_has_a_bound_in_count_and_age_and_goes_with_its_monitor() {
    let (_folder, storage) = open_with(&["shop", "api"]).await;
    record(&storage, (1..=60).map(|n| new("shop", n, u8::try_from(n).unwrap())).collect()).await;
    let seen = storage.evidence(&id("shop")).await.unwrap();
    assert_eq!((seen.len(), seen[0].last_at, seen[39].last_at), (40, At(60), At(21)), "the newest stay");
    storage.sweep_evidence(At(50)).await.unwrap();
    assert_eq!(storage.evidence(&id("shop")).await.unwrap().len(), 11);
    storage.save_monitors(vec![monitor("api")], NOW).await.unwrap();
    storage.forget_monitor(&id("shop"), "ada", NOW).await.unwrap();
    storage.save_monitors(vec![Monitor { ..monitor("shop") }], NOW).await.unwrap();
    assert_eq!(storage.evidence(&id("shop")).await.unwrap(), []);
}

#[tokio::test]
async fn all_of_it_has_a_bound() {
    let names: Vec<String> = (0..120).map(|n| format!("m{n}")).collect();
    let (_folder, storage) = open_with(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for (n, name) in (0_i64..).zip(&names) {
        record(&storage, (0..40).map(|k| new(name, n * 100 + k, u8::try_from(k).unwrap())).collect()).await;
    }
    let all: i64 = sqlx::query_scalar("SELECT count(*) FROM evidence").fetch_one(storage.readers()).await.unwrap();
    assert_eq!(all, 4000);
    assert_eq!(storage.evidence(&id("m0")).await.unwrap(), [], "the oldest went");
    assert_eq!(storage.evidence(&id("m119")).await.unwrap().len(), 40);
}
