//! The root of all tasks: start order, one token, one tracker, shutdown order.
//!
//! Start: database, migrations, board folded from history, scheduler, pages. Stop: one token tells
//! all of them; when the last task has ended, the database is closed.

use crate::alerts::Dispatcher;
use crate::auth::{AuthError, SetupToken};
use crate::clock;
use crate::config::{Config, Loaded, monitors};
use crate::http;
use crate::netguard::{Netguard, PolicyError};
use crate::probe::{self, Measured, SchedulerHandle, heartbeat};
use crate::selfcheck::SelfCheck;
use crate::state::{Gatewatch, Live, Parts};
use crate::status::{Board, BoardError, BoardHandle};
use crate::storage::{Storage, StorageError};
use crate::{subscriptions, upkeep};
use app::model::{At, Class, MonitorId};
use futures_util::FutureExt;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Exit code after a failure inside that nothing but a restart mends.
pub const EXIT_INTERNAL: i32 = 70;
/// From the first signal to the end, closing the database included.
const STOP_DEADLINE: Duration = Duration::from_secs(10);
/// What closing the database may take of that.
const CLOSE_SHARE: Duration = Duration::from_secs(3);
/// Samples that may wait for the recorder; it takes them much faster than they come.
const SAMPLES_WAITING: usize = 4096;
/// How often the recorder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often expired sessions, links and evidence are removed.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// Why the server could not start or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The network policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The listener.
    #[error("the listening address cannot be told: {0}")]
    Listener(std::io::Error),
    /// The recorder.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The probes' thread.
    #[error("probes cannot have a thread of their own: {0}")]
    Thread(std::io::Error),
    /// Accounts.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// A task without which nothing is stored or shown has died.
    #[error("a part that nothing works without has failed; start gatewatch again and report what the log says")]
    WriterDied,
    /// A bug of ours.
    #[error("the configuration could not be put in force, by a fault inside; please report what the log says")]
    Inside,
    /// Something did not end in time.
    #[error("some work did not end within {} seconds and was left", STOP_DEADLINE.as_secs())]
    Slow,
}

/// A started server.
pub struct Running {
    app: Arc<Gatewatch>,
    live: watch::Sender<Arc<Live>>,
    /// Closes when the recorder ends, which it does only at a stop.
    results: mpsc::WeakSender<Measured>,
    own_files: Vec<PathBuf>,
}

/// Starts, serves until `stop` is cancelled, and ends. For callers that handle signals and reloads
/// themselves there are [`start`] and [`Running`].
pub async fn serve(config: Config, listener: TcpListener, stop: CancellationToken) -> Result<(), RunError> {
    let running = start(Loaded { config, path: None }, listener, stop.clone()).await?;
    // Cancel-safe: both only wait.
    tokio::select! {
        () = stop.cancelled() => (),
        () = running.failed() => (),
    }
    running.stop().await
}

/// Starts everything on a bound listener.
pub async fn start(loaded: Loaded, listener: TcpListener, stop: CancellationToken) -> Result<Running, RunError> {
    let bound = listener.local_addr().map_err(RunError::Listener)?;
    let config = for_bound(loaded.config, bound);
    let storage = Storage::open(&config.storage.path).await?;
    let own_files = own_files(&storage, loaded.path);
    let interrupted = storage.interrupt_running().await?;
    if interrupted > 0 {
        tracing::info!(runs = interrupted, "runs that the last stop cut off are marked as interrupted");
    }
    let live = Arc::new(open_doors(config, own_files.clone()).await?);
    let tracker = TaskTracker::new();

    let (results, recorded) = mpsc::channel(SAMPLES_WAITING);
    let scheduler: Arc<OnceLock<SchedulerHandle>> = Arc::default();
    let reprobe = {
        let scheduler = Arc::clone(&scheduler);
        // The first result can come before the handle is kept, a few instructions later; waiting for it
        // takes no longer, and without it the first failure would go unconfirmed until the next tick.
        move |id: &MonitorId| {
            let _ = scheduler.wait().probe_now(id);
        }
    };
    // The scheduler adds leave for its own checks, so that a reload takes back what it no longer names.
    let guard = Netguard::for_server(&live.config.net)?;
    let selfcheck = SelfCheck::start(live.eyes(&guard), &tracker, stop.clone());
    let (config, blind) = (live.board_config(), selfcheck.blind());
    let board = Board::start(storage.clone(), config, recorded, reprobe, blind, &tracker, stop.clone()).await?;
    let weak = results.downgrade();
    let beats = live.beats();
    let heartbeats = heartbeat::start(beats, &told(&board), selfcheck.clone(), &results, &tracker, stop.clone());
    let started = probe::start(live.checks(), guard, selfcheck.clone(), results, &tracker, stop.clone());
    let started = started.map_err(RunError::Thread)?;
    let started = scheduler.get_or_init(|| started).clone();

    let (live, in_force) = watch::channel(live);
    let parts =
        Parts { storage, board, scheduler: started, heartbeats, selfcheck, tracker, stop, bound, live: in_force };
    let app = Arc::new(Gatewatch::new(parts));
    app.tracker.spawn(sweep(Arc::clone(&app)));
    app.tracker.spawn(upkeep::run(Arc::clone(&app)));
    app.tracker.spawn(Dispatcher::new(app.storage.clone(), app.reloads(), bound).run(app.stop.clone()));
    let shown = app.board.snapshot.clone();
    let subscribers = subscriptions::Dispatcher::new(app.storage.clone(), app.reloads(), shown, bound);
    app.tracker.spawn(subscribers.run(app.stop.clone()));
    let (token, tracker) = (app.stop.clone(), app.tracker.clone());
    app.tracker.spawn(http::serve(listener, Arc::clone(&app), token, tracker));
    Ok(Running { app, live, results: weak, own_files })
}

impl Running {
    /// What the handlers share.
    pub fn app(&self) -> &Arc<Gatewatch> {
        &self.app
    }

    /// A fresh set-up link's token while no account exists.
    pub async fn setup_link(&self) -> Result<Option<SetupToken>, RunError> {
        match self.app.auth.new_setup_link(clock::now()).await {
            Ok(token) => Ok(Some(token)),
            Err(AuthError::AlreadySetUp) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts another configuration in force. Address and database stay until the next start.
    pub async fn reload(&self, loaded: Loaded) -> Result<(), RunError> {
        let old = self.app.live();
        let mut config = for_bound(loaded.config, self.app.bound);
        if config.server.listen != old.config.server.listen || config.storage.path != old.config.storage.path {
            tracing::warn!("a new `listen` or database path takes effect at the next start");
            config.server.listen = old.config.server.listen;
            config.storage.path = old.config.storage.path.clone();
        }
        let live = Arc::new(open_doors(config, self.own_files.clone()).await?);
        if live.config.net.resolvers != old.config.net.resolvers {
            tracing::warn!("monitors use the new `resolvers` from the next start on; the wizard uses them at once");
        }
        self.app.board.reconfigure(live.board_config()).await?;
        self.app.selfcheck.replace(live.eyes(&Netguard::for_server(&live.config.net)?));
        self.app.scheduler.replace(live.checks());
        self.app.heartbeats.replace(live.beats());
        self.live.send_replace(live);
        Ok(())
    }

    /// Waits until a part has ended without which nothing is stored or shown: by a stop, else by a fault.
    pub async fn failed(&self) {
        let recorder = async {
            // Ends with the recorder. A strong sender would keep the channel open past a stop.
            while self.results.upgrade().is_some_and(|results| !results.is_closed()) {
                sleep(LOOK_EVERY).await;
            }
        };
        // Cancel-safe: both only wait.
        tokio::select! {
            () = recorder => (),
            () = self.app.storage.ended() => (),
        }
    }

    /// Stops everything within 10 s; what does not end by then is left.
    pub async fn stop(self) -> Result<(), RunError> {
        let died = !self.app.stop.is_cancelled() && self.failed().now_or_never().is_some();
        let deadline = Instant::now() + STOP_DEADLINE;
        self.app.stop.cancel();
        self.app.tracker.close();
        let ended = timeout_at(deadline - CLOSE_SHARE, self.app.tracker.wait()).await;
        let closed = timeout_at(deadline, self.app.storage.close()).await;
        match (died, ended, closed) {
            (true, ..) => Err(RunError::WriterDied),
            (false, Ok(()), Ok(())) => Ok(()),
            (false, ..) => Err(RunError::Slow),
        }
    }
}

/// The configuration with what only the bound address tells: where its own health page is.
fn for_bound(mut config: Config, bound: std::net::SocketAddr) -> Config {
    if config.only_self {
        config.monitors = vec![monitors::only_self(bound)];
    }
    config
}

/// The configuration in force; gateways' configuration files are read for it.
async fn open_doors(config: Config, own_files: Vec<PathBuf>) -> Result<Live, RunError> {
    let opened = tokio::task::spawn_blocking(move || Live::new(config, &own_files)).await;
    opened.map_err(|_| RunError::Inside)?.map_err(RunError::Policy)
}

/// When each job told the last time, as far as its newest sample says.
fn told(board: &BoardHandle) -> BTreeMap<MonitorId, At> {
    let monitors = board.operate().into_iter().flat_map(|component| component.monitors);
    let told = monitors.filter_map(|view| {
        let at = view.last.filter(|last| last.class == Class::Up)?.at;
        Some((view.monitor.id, at))
    });
    told.collect()
}

/// Gatewatch's own files, which the wizard never shows.
fn own_files(storage: &Storage, config: Option<PathBuf>) -> Vec<PathBuf> {
    let database = storage.path();
    let beside = |suffix: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    [database.to_owned(), beside("-wal"), beside("-shm")].into_iter().chain(config).collect()
}

/// Removes what has expired, now and then.
async fn sweep(app: Arc<Gatewatch>) {
    // Cancel-safe: nothing is lost when the wait ends early.
    while timeout(SWEEP_EVERY, app.stop.cancelled()).await.is_err() {
        if let Err(error) = app.auth.sweep(clock::now()).await {
            tracing::warn!(%error, "expired sessions were not removed");
        }
        let keep = app.live().config.storage.keep_evidence;
        if let Err(error) = app.storage.sweep_evidence(clock::now() - keep).await {
            tracing::warn!(%error, "old evidence was not removed");
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::ProcessEnvironment;
    use crate::config::load::parse;
    use std::path::Path;

    /// A server on a free port that watches nothing but itself.
    pub(crate) async fn running(folder: &Path) -> Running {
        let config = parse("[server]\nlisten = \"127.0.0.1:0\"\n", folder, &ProcessEnvironment, &[]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        start(Loaded { config, path: None }, listener, CancellationToken::new()).await.unwrap()
    }

    #[tokio::test]
    async fn a_dead_writer_is_told_from_an_ordinary_end() {
        let folder = tempfile::tempdir().unwrap();
        running(folder.path()).await.stop().await.unwrap();
        let running = running(folder.path()).await;
        // As if the writing task had died: while the server runs, nothing else ends it.
        running.app().storage.close().await;
        timeout(Duration::from_secs(30), running.failed()).await.unwrap();
        assert!(matches!(running.stop().await, Err(RunError::WriterDied)));
    }
}
