//! The one task that writes.
//!
//! Commands wait in a bounded queue. The task takes what is queued, opens one immediate transaction,
//! gives each command a savepoint of its own (a failing command spoils no other), commits, and only
//! then answers. While another process keeps the database locked it tries again with growing pauses;
//! a command that waited past its time is answered `Locked` and is certain not to have been written.
//! After a failure of the group as a whole the connection is made anew.

use super::StorageError;
use futures_util::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Commands that may wait; more are answered `Busy`.
const QUEUE: usize = 1024;
/// Commands in one transaction, so that the last does not wait for ever.
const GROUP: usize = 256;
/// How long a command may wait for a locked database.
const PATIENCE: Duration = Duration::from_secs(6);
/// The first pause after a locked attempt; doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A longer log than this is emptied; a reader that held a checkpoint up lets it grow.
const LONG_LOG_BYTES: u64 = 16 * 1024 * 1024;
/// How often its length is looked at.
const LOOK_AT_LOG: Duration = Duration::from_mins(1);

/// Where commands are sent.
#[derive(Debug)]
pub(super) struct Writer {
    commands: mpsc::Sender<Box<dyn Command>>,
    closing: CancellationToken,
}

/// Something to be written, and the caller who waits for it.
trait Command: Send {
    /// Writes inside the open transaction; false when it failed and must be undone.
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool>;
    /// Answers after the commit, or with why the group failed.
    fn answer(self: Box<Self>, group: Option<GroupFailure>);
    /// From when on it must not be begun.
    fn expires(&self) -> Instant;
}

/// Why nothing of a group was written.
#[derive(Debug, Clone)]
enum GroupFailure {
    Locked,
    Failed(String),
}

impl From<StorageError> for GroupFailure {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Locked => Self::Locked,
            other => Self::Failed(other.to_string()),
        }
    }
}

struct Pending<T, F> {
    work: Option<F>,
    done: Option<Result<T, StorageError>>,
    reply: oneshot::Sender<Result<T, StorageError>>,
    expires: Instant,
}

impl<T, F> Command for Pending<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StorageError>> + Send,
{
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            let done = work(connection).await;
            let kept = done.is_ok();
            self.done = Some(done);
            kept
        })
    }

    fn answer(self: Box<Self>, group: Option<GroupFailure>) {
        let answer = match (group, self.done) {
            // A command's own failure tells more than that of its group.
            (_, Some(Err(own))) => Err(own),
            (Some(GroupFailure::Locked), _) => Err(StorageError::Locked),
            (Some(GroupFailure::Failed(reason)), _) => Err(StorageError::NotWritten(reason)),
            (None, Some(done)) => done,
            (None, None) => Err(StorageError::Closed),
        };
        // The caller may have gone away; the write stands all the same.
        drop(self.reply.send(answer));
    }

    fn expires(&self) -> Instant {
        self.expires
    }
}

impl Writer {
    /// Starts the task on `tracker`; it owns `connection` from now on.
    pub(super) fn start(connection: SqliteConnection, options: SqliteConnectOptions, tracker: &TaskTracker) -> Self {
        let (sender, commands) = mpsc::channel(QUEUE);
        let closing = CancellationToken::new();
        let task =
            Task { connection: Some(connection), options, commands, closing: closing.clone(), looked: Instant::now() };
        tracker.spawn(task.run());
        Self { commands: sender, closing }
    }

    /// Queues `work` and waits for its commit. Dropping this future does not undo the command.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StorageError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let command = Pending { work: Some(work), done: None, reply, expires: Instant::now() + PATIENCE };
        self.commands.try_send(Box::new(command)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StorageError::Busy,
            mpsc::error::TrySendError::Closed(_) => StorageError::Closed,
        })?;
        answer.await.unwrap_or(Err(StorageError::Closed))
    }

    /// Waits until the task has ended: closed, or dead by a fault of ours.
    pub(super) async fn ended(&self) {
        self.commands.closed().await;
    }

    /// Takes no more commands; the task ends when the queued ones are written.
    pub(super) fn close(&self) {
        self.closing.cancel();
    }
}

struct Task {
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    commands: mpsc::Receiver<Box<dyn Command>>,
    closing: CancellationToken,
    looked: Instant,
}

impl Task {
    async fn run(mut self) {
        loop {
            let first = tokio::select! {
                // Cancel safe: `recv` loses nothing when the other arm wins.
                command = self.commands.recv() => command,
                () = self.closing.cancelled(), if !self.commands.is_closed() => {
                    self.commands.close();
                    continue;
                }
            };
            let Some(first) = first else { break };
            let mut group = vec![first];
            while group.len() < GROUP
                && let Ok(next) = self.commands.try_recv()
            {
                group.push(next);
            }
            self.write(group).await;
            self.shorten_log().await;
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing the database failed; it recovers at the next start");
        }
    }

    /// Writes a group, or answers each of its commands why not.
    async fn write(&mut self, mut group: Vec<Box<dyn Command>>) {
        let Some(mut connection) = self.begin(&mut group).await else { return };
        let outcome = apply(&mut connection, &mut group).await;
        let failure = match outcome {
            Ok(()) => {
                self.connection = Some(connection);
                None
            }
            Err(error) => {
                tracing::error!(%error, commands = group.len(), "a group of writes failed");
                // Closing rolls back whatever is left of the transaction.
                drop(connection.close().await);
                Some(GroupFailure::from(error))
            }
        };
        for command in group {
            command.answer(failure.clone());
        }
    }

    /// Empties a log that has grown too long. Fails harmlessly while a reader is in the way.
    async fn shorten_log(&mut self) {
        if self.looked.elapsed() < LOOK_AT_LOG {
            return;
        }
        self.looked = Instant::now();
        let log = super::lock::beside(self.options.get_filename(), "-wal");
        let bytes = std::fs::metadata(&log).map_or(0, |metadata| metadata.len());
        if bytes <= LONG_LOG_BYTES {
            return;
        }
        if let Some(connection) = &mut self.connection
            && let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(connection).await
        {
            tracing::warn!(%error, bytes, "the database's log cannot be shortened now");
        }
    }

    /// A connection inside an immediate transaction, or `None` once every command waited too long.
    async fn begin(&mut self, group: &mut Vec<Box<dyn Command>>) -> Option<SqliteConnection> {
        let mut pause = FIRST_PAUSE;
        loop {
            let failure = match self.attempt().await {
                Ok(connection) => return Some(connection),
                Err(error) => {
                    if pause == FIRST_PAUSE {
                        tracing::warn!(%error, "the database cannot be written; trying again");
                    }
                    GroupFailure::from(error)
                }
            };
            let now = Instant::now();
            let (expired, waiting): (Vec<_>, Vec<_>) =
                std::mem::take(group).into_iter().partition(|command| command.expires() <= now);
            *group = waiting;
            for command in expired {
                command.answer(Some(failure.clone()));
            }
            if group.is_empty() {
                return None;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&mut self) -> Result<SqliteConnection, StorageError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        match sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await {
            Ok(_) => Ok(connection),
            Err(error) => {
                let error = StorageError::from(error);
                // Waiting for a lock leaves the connection as good as it was; anything else may not.
                if matches!(error, StorageError::Locked) {
                    self.connection = Some(connection);
                } else {
                    drop(connection.close().await);
                }
                Err(error)
            }
        }
    }
}

/// Runs every command in its own savepoint and commits.
async fn apply(connection: &mut SqliteConnection, group: &mut [Box<dyn Command>]) -> Result<(), StorageError> {
    for command in group {
        sqlx::query("SAVEPOINT command").execute(&mut *connection).await?;
        if !command.run(connection).await {
            sqlx::query("ROLLBACK TO command").execute(&mut *connection).await?;
        }
        sqlx::query("RELEASE command").execute(&mut *connection).await?;
    }
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}
