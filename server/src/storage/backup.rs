//! Verified copies: a backup gets its name only after it was checked, a restore checks before it touches anything.
//!
//! Copies are made by the engine (`VACUUM INTO`), never by copying the file: a live database is more than
//! its main file, and opening that file here would drop the engine's locks.

use super::lock::{Lock, beside, create_private, refuse_file};
use super::open::{located, reading};
use super::{StorageError, schema};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Rows of every table, in the order of [`TABLES`].
pub type Rows = Vec<(&'static str, i64)>;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// The new file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Rows of every table.
    pub rows: Rows,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// Where the earlier database was put, if there was one.
    pub aside: Option<PathBuf>,
    /// Rows of every table of the restored database.
    pub rows: Rows,
}

/// Every table, of earlier schemas too, with the statement that counts it.
const TABLES: &[(&str, &str)] = &[
    ("monitors", "SELECT count(*) FROM monitors"),
    // Until schema 6.
    ("samples", "SELECT count(*) FROM samples"),
    ("fresh", "SELECT count(*) FROM fresh"),
    ("packs", "SELECT count(*) FROM packs"),
    ("days", "SELECT count(*) FROM days"),
    ("spans", "SELECT count(*) FROM spans"),
    ("latencies", "SELECT count(*) FROM latencies"),
    ("evidence", "SELECT count(*) FROM evidence"),
    ("incidents", "SELECT count(*) FROM incidents"),
    ("incident_components", "SELECT count(*) FROM incident_components"),
    ("updates", "SELECT count(*) FROM updates"),
    ("revisions", "SELECT count(*) FROM revisions"),
    ("users", "SELECT count(*) FROM users"),
    ("sessions", "SELECT count(*) FROM sessions"),
    ("setup_links", "SELECT count(*) FROM setup_links"),
    ("drafts", "SELECT count(*) FROM drafts"),
    ("outbox", "SELECT count(*) FROM outbox"),
    ("alerts_told", "SELECT count(*) FROM alerts_told"),
    ("runs", "SELECT count(*) FROM runs"),
    ("audit", "SELECT count(*) FROM audit"),
];

/// Copies the database at `path`, served or not, into a new file `to`. Refuses to overwrite.
pub async fn backup(path: &Path, to: &Path) -> Result<BackupReport, StorageError> {
    let path = located(path)?;
    must_exist(&path)?;
    let to = located(to)?;
    if to.exists() {
        return Err(StorageError::File { path: to, reason: "it exists; name a new file".to_owned() });
    }
    let rows = checked_copy(&path, &to, false).await?;
    let bytes = std::fs::metadata(&to).map_err(|error| file_error(&to, &error))?.len();
    Ok(BackupReport { file: to, bytes, rows })
}

/// Puts the copy `from` in the place of `path`. The source is verified first; refuses while anybody
/// holds the database; the earlier database is kept under a name that the report tells.
pub async fn restore(from: &Path, path: &Path) -> Result<RestoreReport, StorageError> {
    let from = located(from)?;
    must_exist(&from)?;
    let path = located(path)?;
    if from == path {
        return Err(StorageError::File { path, reason: "it cannot be restored from itself".to_owned() });
    }
    let lock = Lock::take(&path, Duration::ZERO).await?;
    // The copy stands beside its place, so that the last step is one rename.
    let fresh = beside(&path, ".restoring");
    remove_leftover(&fresh)?;
    let rows = checked_copy(&from, &fresh, true).await?;
    let aside = put_aside(&path).await?;
    rename(&fresh, &path)?;
    sync_folder(&path)?;
    drop(lock);
    Ok(RestoreReport { aside, rows })
}

/// Copies `from` under a temporary name, verifies the copy, and only then gives it its name.
async fn checked_copy(from: &Path, to: &Path, whole_source: bool) -> Result<Rows, StorageError> {
    let temporary = beside(to, ".part");
    remove_leftover(&temporary)?;
    let outcome = copy_and_check(from, &temporary, whole_source).await;
    match outcome {
        Ok(rows) => {
            rename(&temporary, to)?;
            sync_folder(to)?;
            Ok(rows)
        }
        Err(error) => {
            drop(remove_leftover(&temporary));
            Err(error)
        }
    }
}

async fn copy_and_check(from: &Path, temporary: &Path, whole_source: bool) -> Result<Rows, StorageError> {
    let mut source = open(from).await?;
    let found = schema::applied(&mut source, from).await?;
    if found == 0 {
        return Err(StorageError::NotGatewatch { path: from.to_owned() });
    }
    schema::refuse_newer(found, from)?;
    if whole_source {
        verify(&mut source, from).await?;
    }
    let name = temporary.to_str().ok_or_else(|| StorageError::File {
        path: temporary.to_owned(),
        reason: "the name is not valid UTF-8".to_owned(),
    })?;
    create_private(temporary)?;
    sqlx::query("VACUUM INTO ?")
        .bind(name)
        .execute(&mut source)
        .await
        .map_err(|error| StorageError::File { path: temporary.to_owned(), reason: error.to_string() })?;
    drop(source.close().await);
    sync_file(temporary)?;
    let mut copy = open(temporary).await?;
    verify(&mut copy, temporary).await?;
    if schema::applied(&mut copy, temporary).await? != found {
        let problem = "the copy has another schema than its source".to_owned();
        return Err(StorageError::Damaged { path: temporary.to_owned(), problem });
    }
    let mut rows = Rows::new();
    for (table, sql) in TABLES {
        let there: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?)")
                .bind(table)
                .fetch_one(&mut copy)
                .await?;
        if !there {
            continue;
        }
        rows.push((table, sqlx::query_scalar(*sql).fetch_one(&mut copy).await?));
    }
    drop(copy.close().await);
    Ok(rows)
}

async fn open(path: &Path) -> Result<SqliteConnection, StorageError> {
    reading(path).connect().await.map_err(|error| match schema::explain(error, path) {
        StorageError::Engine(error) => StorageError::File { path: path.to_owned(), reason: error.to_string() },
        explained => explained,
    })
}

/// The whole integrity check, and the foreign keys, which it leaves out.
async fn verify(connection: &mut SqliteConnection, path: &Path) -> Result<(), StorageError> {
    let damaged = |problem| StorageError::Damaged { path: path.to_owned(), problem };
    if let Some(problem) = schema::first_problem(connection, true).await? {
        return Err(damaged(problem));
    }
    let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(connection).await?.len();
    if orphans > 0 { Err(damaged(format!("{orphans} rows refer to rows that are not there"))) } else { Ok(()) }
}

/// Moves the earlier database, with its log if one is left, to a name that is free.
async fn put_aside(path: &Path) -> Result<Option<PathBuf>, StorageError> {
    if !path.exists() {
        // A log without its database would be taken for the restored one's.
        remove_leftover(&beside(path, "-wal"))?;
        remove_leftover(&beside(path, "-shm"))?;
        return Ok(None);
    }
    empty_log(path).await;
    let stamp: String = crate::clock::rfc3339(crate::clock::now()).replace([':', '-', '.'], "");
    let aside = (1..1000)
        .map(|attempt| beside(path, &format!(".before-restore-{stamp}-{attempt}")))
        .find(|aside| !aside.exists())
        .ok_or_else(|| StorageError::File {
            path: path.to_owned(),
            reason: "no free name to keep it under".to_owned(),
        })?;
    rename(path, &aside)?;
    let log = beside(path, "-wal");
    if log.exists() {
        rename(&log, &beside(&aside, "-wal"))?;
    }
    remove_leftover(&beside(path, "-shm"))?;
    Ok(Some(aside))
}

/// Moves the log into the database where that can be done; a damaged one keeps its log beside it.
async fn empty_log(path: &Path) {
    let Ok(mut connection) = reading(path).read_only(false).connect().await else { return };
    drop(sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await);
    drop(connection.close().await);
}

fn must_exist(path: &Path) -> Result<(), StorageError> {
    if path.is_file() {
        return Ok(());
    }
    Err(StorageError::File { path: path.to_owned(), reason: "there is no such file".to_owned() })
}

fn file_error(path: &Path, error: &std::io::Error) -> StorageError {
    StorageError::File { path: path.to_owned(), reason: error.to_string() }
}

fn rename(from: &Path, to: &Path) -> Result<(), StorageError> {
    std::fs::rename(from, to).map_err(|error| file_error(to, &error))
}

fn remove_leftover(path: &Path) -> Result<(), StorageError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file_error(path, &error)),
        _ => Ok(()),
    }
}

/// A new copy, which no connection has open, made to survive a power loss.
fn sync_file(path: &Path) -> Result<(), StorageError> {
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(|error| refuse_file(path, &error))?;
    file.sync_all().map_err(|error| file_error(path, &error))
}

/// Makes a rename survive a power loss.
fn sync_folder(path: &Path) -> Result<(), StorageError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let opened: File = OpenOptions::new().read(true).open(folder).map_err(|error| file_error(folder, &error))?;
    opened.sync_all().map_err(|error| file_error(folder, &error))
}
