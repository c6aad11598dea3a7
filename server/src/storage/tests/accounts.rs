//! Accounts, sessions, set-up links, drafts, runs and the audit.

use super::*;
use app::backend::Draft;
use app::model::{ActionError, Run, RunState};

fn user(id: &str, name: &str) -> NewUser {
    NewUser { id: id.parse().unwrap(), name: name.to_owned(), password_hash: "$argon2id$x".to_owned() }
}

fn hash(byte: u8) -> TokenHash {
    TokenHash([byte; 32])
}

fn session(byte: u8, created_at: i64) -> NewSession {
    NewSession {
        hash: hash(byte),
        user: "ada".parse().unwrap(),
        created_at: At(created_at),
        expires_at: At(created_at + 1000),
    }
}

#[tokio::test]
async fn names_are_unique_without_regard_to_case() {
    let (_folder, storage) = open().await;
    storage.insert_user(user("ada", "Ada"), NOW).await.unwrap();
    assert!(matches!(storage.insert_user(user("other", "ADA"), NOW).await, Err(StorageError::Taken("name"))));
    assert_eq!(storage.user_by_name("aDa").await.unwrap().unwrap().admin, ada());
    assert_eq!(storage.user_by_name("bob").await.unwrap(), None);
    assert_eq!(storage.count_users().await.unwrap(), 1);
    assert_eq!(storage.users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_new_password_ends_every_session_and_a_rehash_none() {
    let (_folder, storage) = open().await;
    storage.insert_user(user("ada", "Ada"), NOW).await.unwrap();
    storage.insert_session(session(1, 0)).await.unwrap();
    storage.rehash_password(&ada().id, "$argon2id$y".to_owned()).await.unwrap();
    assert_eq!(storage.session(hash(1)).await.unwrap().unwrap().admin, ada());
    storage.set_password(&ada().id, "$argon2id$z".to_owned()).await.unwrap();
    assert_eq!(storage.session(hash(1)).await.unwrap(), None);
    assert_eq!(storage.user(&ada().id).await.unwrap().unwrap().password_hash, "$argon2id$z");
    let nobody = "nobody".parse().unwrap();
    assert!(matches!(storage.set_password(&nobody, "x".to_owned()).await, Err(StorageError::NotFound("account"))));
}

#[tokio::test]
async fn the_oldest_of_six_sessions_goes_and_the_sweep_takes_the_dead() {
    let (_folder, storage) = open().await;
    storage.insert_user(user("ada", "Ada"), NOW).await.unwrap();
    for byte in 1..=6 {
        storage.insert_session(session(byte, i64::from(byte))).await.unwrap();
    }
    assert_eq!(storage.session(hash(1)).await.unwrap(), None);
    storage.touch_session(hash(6), At(500)).await.unwrap();
    storage.touch_session(hash(6), At(400)).await.unwrap();
    assert_eq!(storage.session(hash(6)).await.unwrap().unwrap().seen_at, At(500));
    storage.sweep_sessions(At(600), At(100)).await.unwrap();
    assert_eq!(storage.session(hash(5)).await.unwrap(), None);
    assert!(storage.session(hash(6)).await.unwrap().is_some());
    storage.delete_sessions(&ada().id, Some(hash(6))).await.unwrap();
    assert!(storage.session(hash(6)).await.unwrap().is_some());
    storage.delete_session(hash(6)).await.unwrap();
    assert_eq!(storage.session(hash(6)).await.unwrap(), None);
}

#[tokio::test]
async fn a_setup_link_makes_one_account_once() {
    let (_folder, storage) = open().await;
    storage.insert_setup_link(hash(1), NOW, At(NOW.0 + 10)).await.unwrap();
    storage.insert_setup_link(hash(2), NOW, At(NOW.0 + 10)).await.unwrap();
    assert!(!storage.setup_link_open(hash(1), NOW).await.unwrap(), "a fresh link voids the earlier");
    assert!(storage.setup_link_open(hash(2), NOW).await.unwrap());
    assert!(!storage.setup_link_open(hash(2), At(NOW.0 + 10)).await.unwrap(), "its time is over");
    let (one, two) = tokio::join!(
        storage.set_up(hash(2), user("ada", "Ada"), NOW),
        storage.set_up(hash(2), user("eve", "Eve"), NOW)
    );
    assert!(one.is_ok() != two.is_ok(), "exactly one of two racing set-ups: {one:?} {two:?}");
    assert_eq!(storage.count_users().await.unwrap(), 1);
    assert!(!storage.setup_link_open(hash(2), NOW).await.unwrap());
}

#[tokio::test]
async fn drafts_come_back_to_their_owner_as_typed() {
    let (_folder, storage) = open().await;
    let draft = Draft {
        form: "edit-update:u1".to_owned(),
        fields: vec![("body".to_owned(), "x\n\"y\" é".to_owned()), ("body".to_owned(), String::new())],
        error: Some(ActionError::Conflict),
    };
    let id = storage.keep_draft("ada", draft.clone(), NOW).await.unwrap();
    assert_eq!(storage.draft("ada", &id).await.unwrap(), Some(draft.clone()));
    assert_eq!(storage.draft("eve", &id).await.unwrap(), None);
    for _ in 0..50 {
        storage.keep_draft("ada", draft.clone(), At(NOW.0 + 1)).await.unwrap();
    }
    assert_eq!(storage.draft("ada", &id).await.unwrap(), None, "the oldest of fifty-one goes");
}

fn run(id: &str) -> Run {
    Run {
        schema: 1,
        id: id.parse().unwrap(),
        state: RunState::Running,
        url: "http://shop.test/".to_owned(),
        started_at: "2026-11-22T15:00:00.000Z".to_owned(),
        duration_ms: 5,
        scenario: None,
        hops: Vec::new(),
        steps: Vec::new(),
        verdict: None,
        findings: Vec::new(),
        practices: Vec::new(),
        waiting_for: Some("the answer".to_owned()),
        again: None,
        noticed: None,
        changes: Vec::new(),
    }
}

#[tokio::test]
async fn a_run_left_running_is_interrupted_at_the_next_start() {
    let (folder, storage) = open().await;
    storage.insert_run(run("r1"), Some(&ada().id), At(1)).await.unwrap();
    storage.insert_run(run("r2"), None, At(2)).await.unwrap();
    storage.update_run(Run { state: RunState::Finished, ..run("r2") }).await.unwrap();
    assert!(matches!(storage.update_run(run("r3")).await, Err(StorageError::NotFound("run"))));
    storage.close().await;

    let storage = Storage::open(&folder.path().join("gatewatch.db")).await.unwrap();
    assert_eq!(storage.interrupt_running().await.unwrap(), 1);
    let stored = storage.run(&"r1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(stored, Run { state: RunState::Interrupted, waiting_for: None, ..run("r1") });
    let listed: Vec<String> = storage.runs(50).await.unwrap().iter().map(|run| run.id.to_string()).collect();
    assert_eq!(listed, ["r2", "r1"]);
}

#[tokio::test]
async fn the_audit_is_kept_in_order() {
    let (_folder, storage) = open().await;
    for detail in ["first", "second"] {
        let row =
            AuditRow { at: NOW, who: "Ada".to_owned(), action: "unit-restart".to_owned(), detail: detail.to_owned() };
        storage.audit(row).await.unwrap();
    }
    let details: Vec<String> = storage.audit_rows(10).await.unwrap().into_iter().map(|row| row.detail).collect();
    assert_eq!(details, ["second", "first"]);
}
