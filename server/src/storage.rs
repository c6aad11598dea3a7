//! The database: one writer, read-only readers, migrations. All SQL is beneath this module.
//!
//! Outside this module nobody knows that it is SQLite: the functions are narrow, take and give
//! `app::model` types, and a second engine could stand behind them. Every write is a command for
//! one task that owns the only writing connection; it collects what is queued, commits it as a
//! group and answers after the commit, so an answered write survives a power loss. A caller that
//! goes away cancels nothing. Reads use a small pool of read-only connections, each with a deadline.
//!
//! Samples come as rows of `fresh`; `packing` makes them small (`pack`) and counts them (`days`) step by step, so that
//! what a page or a start reads does not grow with the number of probes.

mod audit;
mod backup;
mod codes;
mod days;
mod drafts;
mod error;
mod evidence;
mod import;
mod incidents;
mod latencies;
mod lock;
mod monitors;
mod open;
mod outbox;
mod pack;
mod packing;
mod record;
mod runs;
mod samples;
mod schema;
mod sessions;
mod spans;
mod subscriptions;
mod users;
mod writer;

pub use audit::AuditRow;
pub use backup::{BackupReport, RestoreReport, Rows, backup, restore};
pub use days::StoredDay;
pub use error::StorageError;
pub use evidence::NewEvidence;
pub use import::Prepared;
pub use latencies::StoredLatency;
pub use outbox::{ListenerState, Waiting};
pub use pack::series::{Ending, Point, Series};
pub use packing::{Keep, Packing};
pub use record::{Batch, SpanChange};
pub use runs::NewPaste;
pub use samples::Tail;
pub use sessions::{NewSession, StoredSession, TokenHash};
pub use spans::Span;
pub use subscriptions::{Ask, Asked, Message, SubscriptionCounts, SubscriptionKey, TargetMark, What};
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
    /// Told when there may be something new for subscribers.
    subscribers: Notify,
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

/// Reads any bytes as samples, for the fuzz targets.
pub(crate) fn take_apart(bytes: &[u8]) {
    pack::take_apart(bytes);
}

#[cfg(test)]
mod tests;
