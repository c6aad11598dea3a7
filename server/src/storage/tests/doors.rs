//! Opening, refusing, copying and restoring.

use super::*;
use sqlx::{ConnectOptions, Executor};
use std::path::Path;

#[expect(clippy::disallowed_methods, reason = "a test's own file, no live database")]
fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

fn user(id: &str) -> NewUser {
    NewUser { id: id.parse().unwrap(), name: id.to_owned(), password_hash: "$argon2id$x".to_owned() }
}

#[tokio::test]
async fn the_settings_are_those_that_lose_nothing() {
    let (_folder, storage) = open().await;
    let pragmas = storage
        .writer()
        .write(|connection| {
            Box::pin(async move {
                let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await?;
                let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *connection).await?;
                let keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&mut *connection).await?;
                let mmap: i64 = sqlx::query_scalar("PRAGMA mmap_size").fetch_one(&mut *connection).await?;
                let trusted: i64 = sqlx::query_scalar("PRAGMA trusted_schema").fetch_one(&mut *connection).await?;
                let busy: i64 = sqlx::query_scalar("PRAGMA busy_timeout").fetch_one(&mut *connection).await?;
                let vacuum: i64 = sqlx::query_scalar("PRAGMA auto_vacuum").fetch_one(&mut *connection).await?;
                Ok((journal, synchronous, keys, mmap, trusted, busy, vacuum))
            })
        })
        .await
        .unwrap();
    assert_eq!(pragmas, ("wal".to_owned(), 2, 1, 0, 0, 5000, 2));
    let refused = sqlx::query("DELETE FROM users").execute(storage.readers()).await;
    assert!(refused.is_err(), "readers cannot write");
}

#[tokio::test]
async fn a_second_server_is_told_and_a_short_command_may_pass() {
    let (folder, storage) = open().await;
    let path = folder.path().join("gatewatch.db");
    let second = Storage::open(&path).await;
    assert!(matches!(second, Err(StorageError::InUse { .. })), "{second:?}");
    let beside = Storage::open_beside(&path).await.unwrap();
    beside.insert_user(user("ada"), NOW).await.unwrap();
    assert_eq!(storage.count_users().await.unwrap(), 1);
    beside.close().await;
    storage.close().await;
    Storage::open(&path).await.unwrap();
}

#[tokio::test]
async fn once_closed_the_file_alone_is_the_database() {
    let (folder, storage) = open().await;
    storage.insert_user(user("ada"), NOW).await.unwrap();
    assert_eq!(storage.count_users().await.unwrap(), 1, "a reader has looked too");
    storage.close().await;
    assert!(!folder.path().join("gatewatch.db-wal").exists());
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copied.db");
    std::fs::copy(folder.path().join("gatewatch.db"), &copy).unwrap();
    let copy = Storage::open(&copy).await.unwrap();
    assert_eq!(copy.count_users().await.unwrap(), 1);
    copy.close().await;
}

#[tokio::test]
async fn what_is_no_database_stays_untouched() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("short", "hello".to_owned()), ("long", "# Notes\n".repeat(2000))] {
        let path = folder.path().join(name);
        std::fs::write(&path, &content).unwrap();
        let opened = Storage::open(&path).await;
        assert!(matches!(opened, Err(StorageError::NotADatabase { .. })), "{name}: {opened:?}");
        assert!(opened.unwrap_err().to_string().contains("is not a SQLite database"));
        assert_eq!(bytes(&path), content.as_bytes());
    }
}

#[tokio::test]
async fn another_programs_database_stays_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut other = options.connect().await.unwrap();
    other.execute("CREATE TABLE kuma (x)").await.unwrap();
    sqlx::Connection::close(other).await.unwrap();
    let before = bytes(&path);
    assert!(matches!(Storage::open(&path).await, Err(StorageError::NotGatewatch { .. })));
    assert_eq!(bytes(&path), before);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let (folder, storage) = open().await;
    storage.close().await;
    let path = folder.path().join("gatewatch.db");
    let mut newer = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    newer
        .execute("INSERT INTO _sqlx_migrations VALUES (9000, 'future', CURRENT_TIMESTAMP, 1, x'00', 0)")
        .await
        .unwrap();
    sqlx::Connection::close(newer).await.unwrap();
    let opened = Storage::open(&path).await;
    assert!(matches!(opened, Err(StorageError::NewerSchema { found: 9000, .. })), "{opened:?}");
}

#[tokio::test]
async fn the_last_folder_is_made_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    Storage::open(&folder.path().join("data/gatewatch.db")).await.unwrap().close().await;
    let missing = Storage::open(&folder.path().join("a/b/gatewatch.db")).await;
    assert!(matches!(missing, Err(StorageError::FolderMissing { .. })), "{missing:?}");
    let in_a_file = Storage::open(&folder.path().join("data/gatewatch.db/x.db")).await;
    assert!(matches!(in_a_file, Err(StorageError::NotWritable { .. })), "{in_a_file:?}");
    let a_folder = Storage::open(&folder.path().join("data")).await;
    assert!(matches!(a_folder, Err(StorageError::NotWritable { .. })), "{a_folder:?}");
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let (folder, storage) = open().await;
    for index in 0..200 {
        storage.insert_user(user(&format!("user{index}")), NOW).await.unwrap();
    }
    storage.close().await;
    let path = folder.path().join("gatewatch.db");
    let mut content = bytes(&path);
    let end = content.len();
    content[8192..end].fill(0x5a);
    std::fs::write(&path, content).unwrap();
    let opened = Storage::open(&path).await;
    assert!(
        matches!(
            opened,
            Err(StorageError::Damaged { .. } | StorageError::Engine(_) | StorageError::NotADatabase { .. })
        ),
        "{opened:?}"
    );
}

/// The files as a killed process leaves them: a log that was never merged, its last page torn.
#[tokio::test]
async fn a_killed_server_lost_nothing_that_was_answered() {
    let (folder, storage) = open().await;
    for index in 0..20 {
        storage.insert_user(user(&format!("user{index}")), NOW).await.unwrap();
    }
    let left = tempfile::tempdir().unwrap();
    for name in ["gatewatch.db", "gatewatch.db-wal"] {
        std::fs::copy(folder.path().join(name), left.path().join(name)).unwrap();
    }
    storage.close().await;
    let again = Storage::open(&left.path().join("gatewatch.db")).await.unwrap();
    assert_eq!(again.count_users().await.unwrap(), 20);
    again.insert_user(user("late"), NOW).await.unwrap();
    let torn = tempfile::tempdir().unwrap();
    for name in ["gatewatch.db", "gatewatch.db-wal"] {
        std::fs::copy(left.path().join(name), torn.path().join(name)).unwrap();
    }
    again.close().await;
    let log = std::fs::OpenOptions::new().write(true).open(torn.path().join("gatewatch.db-wal")).unwrap();
    log.set_len(log.metadata().unwrap().len() - 7).unwrap();
    let again = Storage::open(&torn.path().join("gatewatch.db")).await.unwrap();
    assert_eq!(again.count_users().await.unwrap(), 20, "the torn commit is gone as a whole, the others stand");
    again.close().await;
}

#[tokio::test]
async fn a_backup_of_a_served_database_restores_to_the_same() {
    let (folder, storage) = open().await;
    let path = folder.path().join("gatewatch.db");
    storage.insert_user(user("ada"), NOW).await.unwrap();
    let copy = folder.path().join("copy.db");
    let report = backup(&path, &copy).await.unwrap();
    assert_eq!(report.file, copy.canonicalize().unwrap());
    assert!(report.rows.contains(&("users", 1)), "{report:?}");
    assert!(report.bytes > 0);
    for file in [&path, &copy, &folder.path().join("gatewatch.db-wal"), &folder.path().join("gatewatch.db.lock")] {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(file).unwrap());
        assert_eq!(mode & 0o777, 0o600, "{} is for its owner only", file.display());
    }
    assert!(matches!(backup(&path, &copy).await, Err(StorageError::File { .. })), "it overwrites nothing");
    let held = restore(&copy, &path).await;
    assert!(matches!(held, Err(StorageError::InUse { .. })), "{held:?}");

    storage.insert_user(user("eve"), NOW).await.unwrap();
    storage.close().await;
    let report = restore(&copy, &path).await.unwrap();
    let aside = report.aside.unwrap();
    let restored = Storage::open(&path).await.unwrap();
    assert_eq!(restored.count_users().await.unwrap(), 1);
    let earlier = Storage::open(&aside).await.unwrap();
    assert_eq!(earlier.count_users().await.unwrap(), 2, "nothing of the earlier database is lost");
    let names: Vec<_> = std::fs::exists(folder.path().join("copy.db.part")).into_iter().collect();
    assert_eq!(names, [false]);
}

#[tokio::test]
async fn a_bad_copy_is_refused_and_the_database_stays() {
    let (folder, storage) = open().await;
    let path = folder.path().join("gatewatch.db");
    storage.insert_user(user("ada"), NOW).await.unwrap();
    storage.close().await;
    let bad = folder.path().join("bad.db");
    std::fs::write(&bad, "no copy").unwrap();
    assert!(matches!(restore(&bad, &path).await, Err(StorageError::NotADatabase { .. })));
    assert!(matches!(restore(&folder.path().join("none.db"), &path).await, Err(StorageError::File { .. })));
    assert!(matches!(backup(&folder.path().join("none.db"), &bad).await, Err(StorageError::File { .. })));
    assert_eq!(Storage::open(&path).await.unwrap().count_users().await.unwrap(), 1);
}

#[tokio::test]
async fn a_restore_into_an_empty_place_leaves_nothing_aside() {
    let (folder, storage) = open().await;
    let path = folder.path().join("gatewatch.db");
    let copy = folder.path().join("copy.db");
    backup(&path, &copy).await.unwrap();
    let place = folder.path().join("new.db");
    assert_eq!(restore(&copy, &place).await.unwrap().aside, None);
    Storage::open(&place).await.unwrap().close().await;
    storage.close().await;
}
