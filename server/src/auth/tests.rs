//! Accounts on a real database file, with time as an argument.

use super::*;
use session::{ABSOLUTE_LIFE, IDLE_LIFE};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinSet;

const HERE: &str = "192.0.2.1";

struct Place {
    auth: Arc<Auth>,
    storage: Storage,
    folder: TempDir,
}

async fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::open(&folder.path().join("gatewatch.db")).await.unwrap();
    Place { auth: Arc::new(Auth::new(storage.clone())), storage, folder }
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

fn right() -> Password {
    password("correct horse")
}

/// A moment of the test's own calendar.
fn minute(count: i64) -> At {
    At(1_700_000_000_000 + count * 60_000)
}

async fn signed_in(place: &Place, now: At) -> SessionKey {
    place.auth.add_user("Ada", &right(), now).await.unwrap();
    place.auth.sign_in("ada ", &right(), HERE, now).await.unwrap()
}

#[tokio::test]
async fn a_session_is_live_until_idle_or_old() {
    let place = place().await;
    let key = signed_in(&place, minute(0)).await;
    let proof = place.auth.admin(&key, minute(0)).await.unwrap();
    assert_eq!(proof.admin().name, "Ada");
    assert!(place.auth.admin(&key, minute(0) + IDLE_LIFE).await.is_none(), "idle");
    let mut now = minute(0);
    let end = now + ABSOLUTE_LIFE;
    while now + Duration::from_mins(25) < end {
        now = now + Duration::from_mins(25);
        assert!(place.auth.admin(&key, now).await.is_some(), "each use lengthens the idle time");
    }
    assert!(place.auth.admin(&key, end).await.is_none(), "absolute end");
    place.storage.close().await;
}

#[tokio::test]
async fn looking_is_not_using() {
    let place = place().await;
    let key = signed_in(&place, minute(0)).await;
    assert!(place.auth.peek(&key, minute(29)).await.is_some());
    assert!(place.auth.peek(&key, minute(30)).await.is_none());
    place.storage.close().await;
}

#[tokio::test]
async fn sessions_outlive_a_restart_and_end_at_sign_out() {
    let place = place().await;
    let key = signed_in(&place, minute(0)).await;
    place.storage.close().await;
    let storage = Storage::open(&place.folder.path().join("gatewatch.db")).await.unwrap();
    let auth = Auth::new(storage.clone());
    assert!(auth.admin(&key, minute(1)).await.is_some());
    auth.sign_out(&key).await.unwrap();
    assert!(auth.admin(&key, minute(1)).await.is_none());
    storage.close().await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test looks into its own database file")]
async fn each_sign_in_has_a_token_of_its_own_and_none_is_stored() {
    let place = place().await;
    let first = signed_in(&place, minute(0)).await;
    let second = place.auth.sign_in("Ada", &right(), HERE, minute(1)).await.unwrap();
    assert!(first != second);
    place.storage.close().await;
    for entry in std::fs::read_dir(place.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds(first.expose()) && !holds(second.expose()) && !holds(right().expose()));
    }
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_and_tells_streams() {
    let place = place().await;
    let key = signed_in(&place, minute(0)).await;
    let mut ended = place.auth.ended();
    place.auth.set_password("ada", &password("another horse"), minute(1)).await.unwrap();
    assert!(ended.has_changed().unwrap());
    ended.mark_unchanged();
    assert!(place.auth.admin(&key, minute(1)).await.is_none());
    let old = place.auth.sign_in("Ada", &right(), HERE, minute(2)).await;
    assert!(matches!(old, Err(AuthError::WrongCredentials)), "{old:?}");
    place.auth.sign_in("Ada", &password("another horse"), HERE, minute(3)).await.unwrap();
    place.storage.close().await;
}

#[tokio::test]
async fn wrong_name_and_wrong_password_are_one_error_and_are_slowed_down() {
    let place = place().await;
    signed_in(&place, minute(0)).await;
    for _ in 0..5 {
        let wrong = place.auth.sign_in("Ada", &password("wrong horse"), HERE, minute(1)).await;
        assert!(matches!(wrong, Err(AuthError::WrongCredentials)), "{wrong:?}");
    }
    let slowed = place.auth.sign_in("ADA", &right(), HERE, minute(1)).await;
    assert!(matches!(slowed, Err(AuthError::TooMany { .. })), "{slowed:?}");
    let unknown = place.auth.sign_in("Bob", &right(), HERE, minute(1)).await;
    assert!(matches!(unknown, Err(AuthError::WrongCredentials)), "{unknown:?}");
    place.auth.sign_in("Ada", &right(), HERE, minute(2)).await.unwrap();
    place.storage.close().await;
}

#[tokio::test]
async fn the_password_is_asked_again_of_the_same_account() {
    let place = place().await;
    let key = signed_in(&place, minute(0)).await;
    let proof = place.auth.admin(&key, minute(0)).await.unwrap();
    place.auth.verify_again(&proof, &right(), minute(0)).await.unwrap();
    let wrong = place.auth.verify_again(&proof, &password("wrong horse"), minute(0)).await;
    assert!(matches!(wrong, Err(AuthError::WrongCredentials)), "{wrong:?}");
    place.storage.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_set_ups_at_once_make_exactly_one_account() {
    let place = place().await;
    let token = place.auth.new_setup_link(minute(0)).await.unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..50 {
        let (auth, token) = (Arc::clone(&place.auth), token.clone());
        tasks.spawn(async move { auth.set_up(token.expose(), &format!("user{number}"), &right(), minute(1)).await });
    }
    let outcomes = tasks.join_all().await;
    let keys: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    assert_eq!(keys.len(), 1, "one succeeds");
    let is_refused = |error: &AuthError| matches!(error, AuthError::LinkClosed | AuthError::TooMany { .. });
    assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(is_refused), "{outcomes:?}");
    assert_eq!(place.storage.count_users().await.unwrap(), 1);
    assert!(place.auth.admin(keys[0], minute(1)).await.is_some(), "and is signed in");
    assert!(!place.auth.setup_open(token.expose(), minute(1)).await);
    let again = place.auth.new_setup_link(minute(1)).await;
    assert!(matches!(again, Err(AuthError::AlreadySetUp)), "{again:?}");
    place.storage.close().await;
}

#[tokio::test]
async fn a_set_up_link_ends_after_a_quarter_of_an_hour_or_with_the_next() {
    let place = place().await;
    let first = place.auth.new_setup_link(minute(0)).await.unwrap();
    assert!(place.auth.setup_open(first.expose(), minute(14)).await);
    assert!(!place.auth.setup_open(first.expose(), minute(15)).await);
    let second = place.auth.new_setup_link(minute(1)).await.unwrap();
    assert!(!place.auth.setup_open(first.expose(), minute(1)).await, "a fresh link voids earlier ones");
    assert!(place.auth.setup_open(second.expose(), minute(1)).await);
    assert!(!place.auth.setup_open("nonsense", minute(1)).await);
    place.storage.close().await;
}

#[tokio::test]
async fn names_and_passwords_are_judged() {
    let place = place().await;
    for (name, secret) in
        [("", "correct horse"), ("a\nb", "correct horse"), (&"x".repeat(65), "correct horse"), ("Ada", "short")]
    {
        let outcome = place.auth.add_user(name, &password(secret), minute(0)).await;
        assert!(matches!(outcome, Err(AuthError::Invalid { .. })), "{name} {outcome:?}");
    }
    place.auth.add_user("Ada", &right(), minute(0)).await.unwrap();
    let twice = place.auth.add_user("ADA", &right(), minute(0)).await;
    assert!(matches!(twice, Err(AuthError::Storage(StorageError::Taken(_)))), "{twice:?}");
    place.storage.close().await;
}

#[test]
fn secrets_show_nothing() {
    let token = SetupToken("topsecret".to_owned());
    assert_eq!(format!("{token:?} {:?}", right()), "SetupToken(***) Password(***)");
    assert_eq!(token.link("http://h/"), "http://h/setup/topsecret");
}
