//! The board: one task that takes samples, asks the pure part what they mean, has them stored, and
//! publishes the snapshot that everything public is made from.
//!
//! A change of state or of an incident is published at once, everything else at most each five seconds.
//! The task never waits for the database: writes and reads run beside it, and what visitors see stands
//! without them.

use super::core::{Core, Effects, Loaded};
use super::load::{self, Incidents, PAST};
use super::recorder::Recorder;
use super::{BoardConfig, uptime};
use crate::alerts;
use crate::clock;
use crate::evidence;
use crate::probe::Measured;
use crate::selfcheck::Blind;
use crate::storage::{Storage, StorageError};
use crate::threads;
use app::backend::ComponentView;
use app::model::status::Blindness;
use app::model::{At, MonitorId, Snapshot};
use futures_util::future::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, sleep_until};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often silence is looked for and samples are written.
const TICK: Duration = Duration::from_millis(500);
/// Between two snapshots that differ in figures only.
const QUIET: Duration = Duration::from_secs(5);
/// Changes that come one upon another are published together, so that making snapshots takes this part of the time at
/// most …
const REST: u32 = 9;
/// … and a change is never kept waiting for longer.
const MOST_REST: Duration = Duration::from_millis(300);
/// Samples taken at once before the snapshot is made.
const DRAIN: usize = 1000;
/// Requests from other tasks that may wait.
const REQUESTS: usize = 64;
/// How long a caller waits for its incident to be published.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the last write may take.
const LAST_WRITE: Duration = Duration::from_secs(4);

/// Why the board could not start.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// What is known could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The system has no thread left.
    #[error("the recorder cannot have a thread of its own: {0}")]
    Thread(std::io::Error),
}

/// Starts the recorder and publisher.
#[derive(Debug)]
pub struct Board;

/// What others hold of the board. Cheap to clone.
#[derive(Clone)]
pub struct BoardHandle {
    /// The public state, always the newest.
    pub snapshot: watch::Receiver<Arc<Snapshot>>,
    core: Arc<Mutex<Core>>,
    requests: mpsc::Sender<Request>,
    storage: Storage,
}

enum Request {
    IncidentsChanged(oneshot::Sender<()>),
    Reconfigure { config: BoardConfig, loaded: BTreeMap<MonitorId, Loaded>, done: oneshot::Sender<()> },
}

impl Board {
    /// Folds the history from storage, publishes the first snapshot, and starts the task on `tracker`.
    /// `reprobe` is called when a monitor should be asked again at once; it must not block.
    pub async fn start(
        storage: Storage,
        config: BoardConfig,
        results: mpsc::Receiver<Measured>,
        reprobe: impl Fn(&MonitorId) + Send + Sync + 'static,
        blind: watch::Receiver<Option<Blind>>,
        tracker: &TaskTracker,
        stop: CancellationToken,
    ) -> Result<BoardHandle, BoardError> {
        let now = clock::now();
        storage.save_monitors(config.monitors.iter().map(|watched| watched.monitor.clone()).collect(), now).await?;
        let loaded = load::histories(&storage, &config, &BTreeSet::new(), now).await?;
        let incidents = load::incidents(&storage, now).await?;
        let (core, effects) = Core::new(&config, loaded, now);
        let mut task = Task {
            core: Arc::new(Mutex::new(core)),
            config,
            incidents,
            rereading: None,
            awaiting: Vec::new(),
            reread_again: false,
            recorder: Recorder::new(storage.clone()),
            storage_ok: true,
            reprobe: Box::new(reprobe),
            blind,
            seeing: true,
            storage: storage.clone(),
            // Rises across restarts too, so that no client takes an old page for the new one.
            version: u64::try_from(now.0).unwrap_or(0),
            news: News::Urgent,
            published: Instant::now(),
            rests_until: Instant::now(),
            published_day: now.day(),
        };
        task.take(effects);
        let (sender, snapshot) = watch::channel(Arc::new(task.snapshot(now)));
        let (requests, received) = mpsc::channel(REQUESTS);
        let handle = BoardHandle { snapshot, core: Arc::clone(&task.core), requests, storage };
        threads::apart("board", tracker, task.run(results, received, sender, stop)).map_err(BoardError::Thread)?;
        Ok(handle)
    }
}

impl BoardHandle {
    /// All components as admins see them, private ones included. Waits for nothing but memory.
    pub fn operate(&self) -> Vec<ComponentView> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner).operate()
    }

    /// Has incidents read again and published; returns when the new snapshot stands, or after 2 s, when
    /// it follows as soon as the database answers. Dropping this future does not undo the request.
    pub async fn incidents_changed(&self) {
        let (done, published) = oneshot::channel();
        let asked = async {
            if self.requests.send(Request::IncidentsChanged(done)).await.is_ok() {
                // An error means that the board is stopping; nobody will see a new page then.
                drop(published.await);
            }
        };
        if tokio::time::timeout(PATIENCE, asked).await.is_err() {
            tracing::warn!("an incident is not published yet");
        }
    }

    /// Takes over a reloaded configuration; monitors that stay keep their history in memory.
    pub async fn reconfigure(&self, config: BoardConfig) -> Result<(), StorageError> {
        let now = clock::now();
        let monitors = config.monitors.iter().map(|watched| watched.monitor.clone()).collect();
        self.storage.save_monitors(monitors, now).await?;
        let known = self.core.lock().unwrap_or_else(PoisonError::into_inner).known();
        let loaded = load::histories(&self.storage, &config, &known, now).await?;
        let (done, taken) = oneshot::channel();
        let request = Request::Reconfigure { config, loaded, done };
        self.requests.send(request).await.map_err(|_| StorageError::Closed)?;
        tokio::time::timeout(PATIENCE, taken)
            .await
            .map_err(|_| StorageError::TooSlow)?
            .map_err(|_| StorageError::Closed)
    }
}

impl std::fmt::Debug for BoardHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoardHandle").field("version", &self.snapshot.borrow().version).finish_non_exhaustive()
    }
}

/// What has happened since the last snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum News {
    None,
    Figures,
    Urgent,
}

struct Task {
    core: Arc<Mutex<Core>>,
    config: BoardConfig,
    incidents: Incidents,
    /// Incidents being read, and who waits for them.
    rereading: Option<BoxFuture<'static, Result<Incidents, StorageError>>>,
    awaiting: Vec<oneshot::Sender<()>>,
    /// True when they changed again while they were read.
    reread_again: bool,
    recorder: Recorder,
    storage_ok: bool,
    reprobe: Box<dyn Fn(&MonitorId) + Send + Sync>,
    /// Whether Gatewatch itself can see; false in `seeing` once nobody tells any more.
    blind: watch::Receiver<Option<Blind>>,
    seeing: bool,
    storage: Storage,
    version: u64,
    news: News,
    published: Instant,
    /// Until when changes are collected after the last snapshot, which took long to make.
    rests_until: Instant,
    published_day: i64,
}

impl Task {
    async fn run(
        mut self,
        mut results: mpsc::Receiver<Measured>,
        mut requests: mpsc::Receiver<Request>,
        snapshots: watch::Sender<Arc<Snapshot>>,
        stop: CancellationToken,
    ) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.published = Instant::now();
        self.news = News::None;
        loop {
            let mut answered = Vec::new();
            // Every arm is cancel safe: channels lose nothing, and the futures are kept and asked again.
            tokio::select! {
                Some(measured) = results.recv() => {
                    self.sample(measured);
                    self.drain(&mut results);
                }
                Some(request) = requests.recv() => self.request(request, &mut answered),
                incidents = read(&mut self.rereading) => self.reread(incidents, &mut answered),
                () = self.recorder.written() => self.note_storage(),
                _ = ticks.tick() => self.tick(),
                told = self.blind.changed(), if self.seeing => self.blinded(told.is_ok()),
                () = sleep_until(self.rests_until), if self.news == News::Urgent => {}
                () = stop.cancelled() => break,
            }
            // Who waits for a change has to find it.
            if !answered.is_empty() {
                self.rests_until = Instant::now();
            }
            self.publish(&snapshots);
            for waiting in answered {
                // The caller may have gone away.
                let _ = waiting.send(());
            }
        }
        self.drain(&mut results);
        self.rests_until = Instant::now();
        self.publish(&snapshots);
        self.recorder.finish(LAST_WRITE).await;
    }

    fn core(&self) -> std::sync::MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sample(&mut self, Measured { monitor, sample, gathered }: Measured) {
        let effects = self.core().apply(&monitor, &sample, gathered);
        if effects.reprobe {
            (self.reprobe)(&monitor);
        }
        effects.ask.iter().for_each(|parent| (self.reprobe)(parent));
        self.recorder.waiting().samples.push((monitor, sample));
        self.news = self.news.max(News::Figures);
        self.take(effects);
    }

    fn drain(&mut self, results: &mut mpsc::Receiver<Measured>) {
        for _ in 0..DRAIN {
            let Ok(measured) = results.try_recv() else { break };
            self.sample(measured);
        }
    }

    /// Hands on what is to be stored; a change of state is news.
    fn take(&mut self, effects: Effects) {
        let waiting = self.recorder.waiting();
        waiting.latencies.extend(effects.latencies);
        waiting.evidence.extend(effects.evidence.into_iter().map(evidence::record));
        // In the same batch, and so in the same transaction, as the changes that they tell of.
        let news = alerts::news(&self.config.listeners, &effects.turns, clock::now());
        waiting.news.extend(news.inspect_err(|error| tracing::error!(%error, "nobody is told")).unwrap_or_default());
        if !effects.changes.is_empty() {
            waiting.changes.extend(effects.changes);
            self.news = News::Urgent;
            self.recorder.flush();
        }
    }

    fn tick(&mut self) {
        let now = clock::now();
        let effects = self.core().tick(now);
        self.take(effects);
        if now.day() != self.published_day {
            self.news = self.news.max(News::Figures);
        }
        if !self.awaiting.is_empty() || self.reread_again {
            self.read_incidents();
        }
        self.recorder.flush();
    }

    /// Gatewatch itself cannot see, or sees again.
    fn blinded(&mut self, told: bool) {
        self.seeing = told;
        let blind = *self.blind.borrow_and_update();
        if let Some(blind) = blind {
            let effects = self.core().blinded(blind, clock::now());
            self.take(effects);
        }
        self.news = News::Urgent;
    }

    fn request(&mut self, request: Request, answered: &mut Vec<oneshot::Sender<()>>) {
        match request {
            Request::IncidentsChanged(done) => {
                self.awaiting.push(done);
                // What is being read now may be older than the change.
                self.reread_again = true;
                self.read_incidents();
            }
            Request::Reconfigure { config, loaded, done } => {
                let effects = self.core().reconfigure(&config, loaded, clock::now());
                self.config = config;
                self.take(effects);
                self.news = News::Urgent;
                answered.push(done);
            }
        }
    }

    fn read_incidents(&mut self) {
        if self.rereading.is_some() {
            return;
        }
        self.reread_again = false;
        let storage = self.storage.clone();
        self.rereading = Some(Box::pin(async move { load::incidents(&storage, clock::now()).await }));
    }

    fn reread(&mut self, incidents: Result<Incidents, StorageError>, answered: &mut Vec<oneshot::Sender<()>>) {
        self.rereading = None;
        match incidents {
            Ok(incidents) => {
                self.incidents = incidents;
                self.news = News::Urgent;
                if self.reread_again {
                    self.read_incidents();
                } else {
                    answered.append(&mut self.awaiting);
                }
            }
            // The next tick asks again, for as long as it takes.
            Err(error) => {
                self.reread_again = true;
                tracing::warn!(%error, "incidents cannot be read; trying again");
            }
        }
    }

    fn note_storage(&mut self) {
        let ok = self.recorder.is_stored() && self.storage.is_sound();
        if ok != self.storage_ok {
            self.storage_ok = ok;
            self.news = News::Urgent;
        }
    }

    fn publish(&mut self, snapshots: &watch::Sender<Arc<Snapshot>>) {
        let due = match self.news {
            News::None => false,
            News::Figures => self.published.elapsed() >= QUIET,
            News::Urgent => Instant::now() >= self.rests_until,
        };
        if !due {
            return;
        }
        self.version += 1;
        let begun = Instant::now();
        let snapshot = self.snapshot(clock::now());
        self.news = News::None;
        self.published = Instant::now();
        self.rests_until = self.published + (begun.elapsed() * REST).min(MOST_REST);
        snapshots.send_replace(Arc::new(snapshot));
    }

    fn snapshot(&mut self, now: At) -> Snapshot {
        let (components, maintenances, calendar) = {
            let mut core = self.core();
            (core.public(now), core.announced(now), core.calendar(now))
        };
        let recent = now - PAST;
        self.incidents.past.retain(|incident| incident.resolved_at.is_some_and(|at| at >= recent));
        self.published_day = now.day();
        Snapshot {
            version: self.version,
            as_of: now,
            title: self.config.title.clone(),
            state: uptime::worst(components.iter().map(|component| component.state)),
            components,
            active: self.incidents.active.clone(),
            past: self.incidents.past.clone(),
            maintenances,
            calendar,
            storage_ok: self.storage_ok,
            blind: self
                .blind
                .borrow()
                .map(|blind| Blindness { since: blind.since, reason: blind.ill.words().to_owned() }),
            only_self: self.config.only_self,
        }
    }
}

/// Waits for a read under way; never ends while there is none.
async fn read(
    rereading: &mut Option<BoxFuture<'static, Result<Incidents, StorageError>>>,
) -> Result<Incidents, StorageError> {
    match rereading {
        Some(reading) => reading.await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
