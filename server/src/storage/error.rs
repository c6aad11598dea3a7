//! Why the database could not do what was asked, one variant per thing that somebody can do something about.

use std::path::PathBuf;

/// Why the database could not do what was asked. `Display` is one line.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The file exists and is something else.
    #[error("{path} is not a SQLite database; move it away or name another file in [storage] path")]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A SQLite database of another program.
    #[error("{path} is a database of another program; name another file in [storage] path")]
    NotGatewatch {
        /// The file.
        path: PathBuf,
    },
    /// Another gatewatch process holds it.
    #[error("{path} is in use by another gatewatch process{}", .holder.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    InUse {
        /// The file.
        path: PathBuf,
        /// The process that holds it, where it said so.
        holder: Option<u32>,
    },
    /// The folder is not there.
    #[error("the folder {folder} does not exist; create it or name another file in [storage] path")]
    FolderMissing {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder or file cannot be written.
    #[error("{path} cannot be written: {reason}")]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A newer gatewatch wrote it.
    #[error(
        "{path} was written by a newer gatewatch (schema {found}, this one knows {known}); upgrade, or restore a backup"
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The newest migration in the file.
        found: i64,
        /// The newest migration that this binary has.
        known: i64,
    },
    /// An older schema that this command may not change, because a server holds the database.
    #[error(
        "{path} has an older schema (schema {found}, this gatewatch has {known}); restart the server with this one"
    )]
    OlderSchema {
        /// The file.
        path: PathBuf,
        /// The newest migration in the file.
        found: i64,
        /// The newest migration that this binary has.
        known: i64,
    },
    /// The SQLite library is one that can corrupt a database.
    #[error("SQLite {found} can corrupt a database; at least {needed} is needed")]
    OldSqlite {
        /// Version found.
        found: String,
        /// Version needed.
        needed: &'static str,
    },
    /// The integrity check failed.
    #[error("{path} is damaged ({problem}); restore a backup with `gatewatch restore FILE`")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first problem found.
        problem: String,
    },
    /// Something stored is none of the values that may be there.
    #[error("unreadable value in {place}: {problem}")]
    Corrupt {
        /// Table and column.
        place: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Another process keeps the database locked for writing.
    #[error("the database is locked by another process")]
    Locked,
    /// More is queued than can be written soon; nothing of this command was written.
    #[error("the database cannot keep up; try again in a moment")]
    Busy,
    /// A read took longer than it may.
    #[error("the database did not answer in time")]
    TooSlow,
    /// The write failed as a whole: disk full, I/O error. Nothing of this command was written.
    #[error("nothing was written: {0}")]
    NotWritten(String),
    /// The storage is closing; nothing of this command was written.
    #[error("the database is being closed")]
    Closed,
    /// The thing was changed since the version that the caller saw.
    #[error("it was changed meanwhile")]
    Conflict,
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A name that must be unique is taken.
    #[error("the {0} is taken")]
    Taken(&'static str),
    /// A rule of the pure part refuses it.
    #[error(transparent)]
    Invalid(#[from] crate::incidents::Problem),
    /// The migrations could not be applied.
    #[error("the database's schema could not be brought up to date: {0}")]
    Migration(String),
    /// A file operation of backup or restore failed.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// No randomness for a new id.
    #[error(transparent)]
    NoRandomness(#[from] crate::ids::NoRandomness),
    /// Anything else that the engine said.
    #[error("database: {0}")]
    Engine(#[source] sqlx::Error),
}

/// SQLite's primary result codes that have a variant of their own.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CORRUPT: i32 = 11;
const NOT_A_DATABASE: i32 = 26;

/// The primary result code, where the engine gave one.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// Whether the engine says that the file is broken.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(CORRUPT)
}

/// Whether the engine says that the file is none of its own.
pub(super) fn is_not_a_database(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(NOT_A_DATABASE)
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::TooSlow,
            sqlx::Error::PoolClosed => Self::Closed,
            other => match primary_code(&other) {
                Some(BUSY | LOCKED) => Self::Locked,
                _ => Self::Engine(other),
            },
        }
    }
}
