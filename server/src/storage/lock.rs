//! One server per database: an advisory lock on a file beside it.
//!
//! The lock is the kernel's (`flock`), so it ends with the process that holds it, however that ends;
//! the file itself stays and says who held it last. The database file is never opened here, because
//! closing any descriptor of it would drop the engine's own locks.

use super::StorageError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two attempts.
const RETRY: Duration = Duration::from_millis(100);

/// The held lock; dropping it lets go.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a database, trying again for `patience`.
    pub(super) async fn take(database: &Path, patience: Duration) -> Result<Self, StorageError> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            match Self::attempt(database) {
                Err(StorageError::InUse { .. }) if tokio::time::Instant::now() < deadline => {
                    tokio::time::sleep(RETRY).await;
                }
                outcome => return outcome,
            }
        }
    }

    fn attempt(database: &Path) -> Result<Self, StorageError> {
        let path = beside(database, ".lock");
        let cannot = |error: std::io::Error| refuse_file(&path, &error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let holder = match Read::by_ref(&mut file).take(32).read_to_string(&mut text) {
                    Ok(_) => text.trim().parse().ok(),
                    Err(_) => None,
                };
                return Err(StorageError::InUse { path: database.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        // The number is a courtesy for the message above; the lock holds without it.
        let noted = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .and_then(|()| file.flush());
        if let Err(error) = noted {
            tracing::debug!(%error, "the lock file does not say who holds it");
        }
        Ok(Self { _file: file })
    }
}

/// `gatewatch.db` and `.lock` make `gatewatch.db.lock`.
pub(super) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes an empty file that only its owner may read, unless there is one: it will hold password hashes.
/// The engine takes an empty file for a new database and gives its log the same rights.
pub(super) fn create_private(path: &Path) -> Result<(), StorageError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(refuse_file(path, &error)),
        _ => Ok(()),
    }
}

/// A file that cannot be made or opened, as something the reader can act on.
pub(super) fn refuse_file(path: &Path, error: &std::io::Error) -> StorageError {
    match error.kind() {
        ErrorKind::NotFound => {
            StorageError::FolderMissing { folder: path.parent().unwrap_or(Path::new("/")).to_owned() }
        }
        _ => StorageError::NotWritable { path: path.to_owned(), reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_is_told_who_holds_it_and_the_lock_ends_with_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("x.db");
        let held = Lock::take(&database, Duration::ZERO).await.unwrap();
        let Err(StorageError::InUse { holder, .. }) = Lock::take(&database, Duration::ZERO).await else {
            panic!("two hold the lock");
        };
        assert_eq!(holder, Some(std::process::id()));
        drop(held);
        Lock::take(&database, Duration::ZERO).await.unwrap();
    }
}
