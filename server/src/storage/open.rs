//! Opening, checking and closing.

use super::lock::{Lock, beside, create_private, refuse_file};
use super::writer::Writer;
use super::{Inner, Storage, StorageError, schema};
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Earlier versions can corrupt a write-ahead log when a checkpoint and a write race.
const SQLITE_NEEDED: &str = "3.51.3";
/// How long the engine itself waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a starting server waits for a short command to finish.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);
/// How long a reader waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest any read may take.
const READ_DEADLINE: Duration = Duration::from_secs(5);
/// Readers side by side.
const READERS: u32 = 4;
/// How long closing may wait for queued writes.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);
/// Up to this size the check at start is done before anything else; it takes some ten milliseconds.
const CHECKED_AT_ONCE_BYTES: u64 = 16 * 1024 * 1024;
/// Larger files are checked this long after the start, when the first rush is over.
const CHECK_DELAY: Duration = Duration::from_secs(30);

impl Storage {
    /// Opens for the one server process: makes what is missing (the last folder too), brings the
    /// schema up to date, checks the file, and holds the lock until closed.
    pub async fn open(path: &Path) -> Result<Self, StorageError> {
        let path = located(path)?;
        let lock = Lock::take(&path, LOCK_PATIENCE).await?;
        Self::open_located(path, Some(lock)).await
    }

    /// Opens for a short command that may run beside a server. With nobody else there it is like
    /// [`Storage::open`]; beside a server the schema must be the server's own.
    pub async fn open_beside(path: &Path) -> Result<Self, StorageError> {
        let path = located(path)?;
        match Lock::take(&path, Duration::ZERO).await {
            Ok(lock) => Self::open_located(path, Some(lock)).await,
            Err(StorageError::InUse { .. }) => Self::open_located(path, None).await,
            Err(error) => Err(error),
        }
    }

    async fn open_located(path: PathBuf, lock: Option<Lock>) -> Result<Self, StorageError> {
        inspect(&path, lock.is_some()).await?;
        let bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        if (1..=CHECKED_AT_ONCE_BYTES).contains(&bytes) {
            check(&path).await?;
        }
        create_private(&path)?;
        let options = writing(&path);
        let mut connection = options.connect().await.map_err(|error| cannot_open(error, &path))?;
        check_version(&mut connection).await?;
        schema::bring_up(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(reading(&path).pragma("query_only", "ON"))
            .await
            .map_err(|error| schema::explain(error, &path))?;
        let tracker = TaskTracker::new();
        let writer = Writer::start(connection, options, &tracker);
        let inner = Inner {
            path,
            readers,
            writer,
            tracker,
            damaged: AtomicBool::new(false),
            closing: CancellationToken::new(),
            outbox: tokio::sync::Notify::new(),
            subscribers: tokio::sync::Notify::new(),
            lock: Mutex::new(lock),
        };
        let storage = Self { inner: Arc::new(inner) };
        if bytes > CHECKED_AT_ONCE_BYTES {
            storage.check_in_background();
        }
        Ok(storage)
    }

    /// A large file takes seconds to check; neither the start nor the end waits for that.
    fn check_in_background(&self) {
        let inner = Arc::clone(&self.inner);
        self.inner.tracker.spawn(async move {
            let later = async {
                tokio::time::sleep(CHECK_DELAY).await;
                check(&inner.path).await
            };
            let Some(outcome) = inner.closing.run_until_cancelled(later).await else { return };
            match outcome {
                Ok(()) => tracing::info!("the database's check found no problem"),
                Err(error) => {
                    inner.damaged.store(true, Ordering::Relaxed);
                    tracing::error!(%error, "the database's check failed");
                }
            }
        });
    }

    /// Writes what is queued and closes; at most 5 s. Later calls answer `Closed`.
    pub async fn close(&self) {
        self.inner.closing.cancel();
        self.inner.writer.close();
        self.inner.tracker.close();
        if tokio::time::timeout(CLOSE_DEADLINE, self.inner.tracker.wait()).await.is_err() {
            tracing::warn!("closing the database took too long; what was not committed is lost");
        }
        if tokio::time::timeout(CLOSE_DEADLINE, self.inner.readers.close()).await.is_err() {
            tracing::warn!("a reader did not let go of the database");
        }
        // Beside a server the log is the server's.
        if self.inner.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_some() {
            match tokio::time::timeout(CLOSE_DEADLINE, empty_log(&self.inner.path)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the write-ahead log was not emptied; the next start reads it");
                }
                Err(_) => tracing::warn!("emptying the write-ahead log took too long; the next start reads it"),
            }
        }
        // The next one may have it even while clones of this handle live on.
        drop(self.inner.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
    }

    /// Waits until nothing can be written any more: closed, or the writing task died. Cancel-safe.
    pub async fn ended(&self) {
        self.inner.writer.ended().await;
    }

    /// False after the background check at start found damage.
    pub fn is_sound(&self) -> bool {
        !self.inner.damaged.load(Ordering::Relaxed)
    }

    /// Runs a read with the deadline that every read has.
    pub(super) async fn read<T>(&self, work: impl Future<Output = Result<T, StorageError>>) -> Result<T, StorageError> {
        tokio::time::timeout(READ_DEADLINE, work).await.unwrap_or(Err(StorageError::TooSlow))
    }

    pub(super) fn readers(&self) -> &sqlx::SqlitePool {
        &self.inner.readers
    }

    pub(super) fn writer(&self) -> &Writer {
        &self.inner.writer
    }
}

/// Moves what is in the write-ahead log into the file, so that the file alone is the database. Readers, which close last,
/// may not do that.
async fn empty_log(path: &Path) -> Result<(), StorageError> {
    let mut connection = careful(path).connect().await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Options of the writing connection.
fn writing(path: &Path) -> SqliteConnectOptions {
    careful(path)
        .create_if_missing(true)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        // An answered write survives a power loss; group commit pays for it.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("journal_size_limit", "67108864")
        .optimize_on_close(true, None)
}

/// Options of connections that only read.
pub(super) fn reading(path: &Path) -> SqliteConnectOptions {
    // Each keeps half a megabyte of pages; the system keeps the file, for all of them.
    careful(path).read_only(true).pragma("cache_size", "-512")
}

fn careful(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        // Memory mapping turns a bad page into a crash.
        .pragma("mmap_size", "0")
        // Statements are logged nowhere: they may carry what visitors must not see.
        .disable_statement_logging()
}

/// The database's absolute place. Makes the last folder where only that is missing.
pub(super) fn located(path: &Path) -> Result<PathBuf, StorageError> {
    let absolute = std::path::absolute(path)
        .map_err(|error| StorageError::File { path: path.to_owned(), reason: error.to_string() })?;
    let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return Err(StorageError::NotWritable { path: absolute, reason: "it is a folder".to_owned() });
    };
    if !folder.exists() {
        std::fs::create_dir(folder).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StorageError::FolderMissing { folder: folder.to_owned() },
            _ => refuse_file(folder, &error),
        })?;
    }
    // One database has one lock, by whatever links it is reached.
    let folder = folder.canonicalize().map_err(|error| refuse_file(folder, &error))?;
    let file = folder.join(name);
    if file.is_dir() {
        return Err(StorageError::NotWritable { path: file, reason: "it is a folder".to_owned() });
    }
    Ok(if file.is_symlink() { file.canonicalize().unwrap_or(file) } else { file })
}

/// Looks at an existing file without changing it: another program's database must stay as it is.
async fn inspect(path: &Path, alone: bool) -> Result<(), StorageError> {
    let is_new = std::fs::metadata(path).map_or(true, |metadata| metadata.len() == 0);
    if is_new && !beside(path, "-wal").exists() {
        return Ok(());
    }
    let mut connection = reading(path).connect().await.map_err(|error| cannot_open(error, path))?;
    let found = schema::applied(&mut connection, path).await;
    drop(connection.close().await);
    let found = found?;
    schema::refuse_newer(found, path)?;
    if !alone && found != schema::newest() {
        return Err(StorageError::OlderSchema { path: path.to_owned(), found, known: schema::newest() });
    }
    Ok(())
}

fn cannot_open(error: sqlx::Error, path: &Path) -> StorageError {
    match schema::explain(error, path) {
        StorageError::Engine(error) => StorageError::NotWritable { path: path.to_owned(), reason: error.to_string() },
        explained => explained,
    }
}

async fn check_version(connection: &mut SqliteConnection) -> Result<(), StorageError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(connection).await?;
    if parts(&found) < parts(SQLITE_NEEDED) {
        return Err(StorageError::OldSqlite { found, needed: SQLITE_NEEDED });
    }
    Ok(())
}

fn parts(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// The quick check, on a connection of its own.
async fn check(path: &Path) -> Result<(), StorageError> {
    let mut connection = reading(path).connect().await.map_err(|error| cannot_open(error, path))?;
    let problem = schema::first_problem(&mut connection, false).await;
    drop(connection.close().await);
    match problem? {
        Some(problem) => Err(StorageError::Damaged { path: path.to_owned(), problem }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parts("3.9.9") < parts(SQLITE_NEEDED));
        assert!(parts("3.51.2") < parts(SQLITE_NEEDED));
        assert!(parts("3.51.3") >= parts(SQLITE_NEEDED));
        assert!(parts("3.100.0") > parts(SQLITE_NEEDED));
    }
}
