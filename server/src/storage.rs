//! The database: one writer, read-only readers, migrations. All SQL is beneath this module.
//!
//! Outside this module nobody knows that it is SQLite: the functions are narrow, take and give
//! `app::model` types, and a second engine could stand behind them. Every write is a command for
//! one task that owns the only writing connection; it collects what is queued, commits it as a
//! group and answers after the commit, so an answered write survives a power loss. A caller that
//! goes away cancels nothing. Reads use a small pool of read-only connections, each with a deadline.

mod audit;
mod backup;
mod codes;
mod drafts;
mod error;
mod incidents;
mod latencies;
mod lock;
mod monitors;
mod open;
mod outbox;
mod record;
mod runs;
mod schema;
mod sessions;
mod spans;
mod users;
mod writer;

pub use audit::AuditRow;
pub use backup::{BackupReport, RestoreReport, Rows, backup, restore};
pub use error::StorageError;
pub use latencies::StoredLatency;
pub use outbox::{ListenerState, Waiting};
pub use record::{Batch, SpanChange};
pub use runs::NewPaste;
pub use sessions::{NewSession, StoredSession, TokenHash};
pub use spans::Span;
pub use users::{NewUser, StoredUser};

use sqlx::SqlitePool;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// An open database. Cheap to clone; the last clone does not close it, [`Storage::close`] does.
#[derive(Clone)]
pub struct Storage {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    readers: SqlitePool,
    writer: writer::Writer,
    tracker: TaskTracker,
    damaged: AtomicBool,
    closing: CancellationToken,
    /// Told when there is something new to send.
    outbox: Notify,
    /// Held as long as the database is open; `None` beside a running server.
    lock: Mutex<Option<lock::Lock>>,
}

impl Storage {
    /// The database file, made absolute.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Storage").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
