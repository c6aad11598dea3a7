//! The board on a real database: what is published, when, and that nothing is lost.

use super::super::Watched;
use super::*;
use crate::selfcheck::{Ill, Reach};
use crate::status::Unstable;
use app::backend::{NewIncident, NewUpdate};
use app::model::{
    Admin, Class, Confirm, Fault, FaultKind, Impact, Millis, Monitor, Origin, Phase, Phases, Sample, State,
};
use sqlx::{ConnectOptions, Executor};
use std::path::{Path, PathBuf};

fn config() -> BoardConfig {
    let monitor = Monitor {
        id: "shop".parse().unwrap(),
        name: "Shop".to_owned(),
        url: "http://shop.internal/".to_owned(),
        interval: Millis(60_000),
        public: true,
        in_file: true,
    };
    let (down, up) = (Confirm { needed: 2, of: 3 }, Confirm { needed: 2, of: 2 });
    BoardConfig {
        title: "Test".to_owned(),
        monitors: vec![Watched {
            monitor,
            down,
            up,
            depends_on: Vec::new(),
            timed: true,
            patience: Duration::from_secs(12),
            reach: Reach::Network,
            unstable: Unstable::default(),
        }],
        components: Vec::new(),
        listeners: Vec::new(),
        maintenances: Vec::new(),
        only_self: false,
    }
}

fn sample(at: At, class: Class) -> Sample {
    let fault = (class == Class::Down).then(|| Fault {
        kind: FaultKind::Refused,
        origin: Origin::Network,
        status: None,
        detail: "connect: refused".to_owned(),
    });
    Sample { at, class, latency: Millis(7), status: None, phases: Phases::default(), fault }
}

struct Rig {
    _folder: Option<tempfile::TempDir>,
    path: PathBuf,
    storage: Storage,
    board: BoardHandle,
    results: mpsc::Sender<Measured>,
    reprobed: mpsc::UnboundedReceiver<MonitorId>,
    blind: watch::Sender<Option<Blind>>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Rig {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gatewatch.db");
        Self { _folder: Some(folder), ..Self::at(&path).await }
    }

    async fn at(path: &Path) -> Self {
        let storage = Storage::open(path).await.unwrap();
        let (results, received) = mpsc::channel(1024);
        let (ask, reprobed) = mpsc::unbounded_channel();
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let reprobe = move |id: &MonitorId| drop(ask.send(id.clone()));
        let (blind, told) = watch::channel(None);
        let board =
            Board::start(storage.clone(), config(), received, reprobe, told, &tracker, stop.clone()).await.unwrap();
        Self { _folder: None, path: path.to_owned(), storage, board, results, reprobed, blind, tracker, stop }
    }

    async fn send(&self, at: At, class: Class) {
        self.results.send(Measured::bare("shop".parse().unwrap(), sample(at, class))).await.unwrap();
    }

    /// Waits for a snapshot that fits, at most as long as visitors are promised.
    async fn wait(&self, fits: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let mut snapshots = self.board.snapshot.clone();
        let waited = snapshots.wait_for(|snapshot| fits(snapshot));
        let snapshot = tokio::time::timeout(Duration::from_secs(8), waited).await;
        let Ok(Ok(snapshot)) = snapshot.map(|snapshot| snapshot.map(|snapshot| Arc::clone(&snapshot))) else {
            panic!("no such snapshot; the last is {:?}", self.board.snapshot.borrow());
        };
        snapshot
    }

    async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
        self.storage.close().await;
    }
}

fn ada() -> Admin {
    Admin { id: "ada".parse().unwrap(), name: "Ada".to_owned() }
}

#[tokio::test]
async fn an_outage_is_published_at_once_and_is_there_after_a_restart() {
    let mut rig = Rig::new().await;
    assert_eq!(rig.board.snapshot.borrow().state, State::Unknown);
    let start = At(clock::now().0 - 40_000);
    rig.send(start, Class::Up).await;
    let green = rig.wait(|snapshot| snapshot.state == State::Operational).await;
    rig.send(At(start.0 + 10_000), Class::Down).await;
    let asked = tokio::time::timeout(Duration::from_secs(1), rig.reprobed.recv()).await;
    assert_eq!(asked.unwrap().unwrap().as_str(), "shop", "the first failure asks again at once");
    rig.send(At(start.0 + 10_300), Class::Down).await;
    let began = Instant::now();
    let red = rig.wait(|snapshot| snapshot.state == State::Outage).await;
    assert!(began.elapsed() < Duration::from_secs(1));
    assert!(red.version > green.version);
    assert_eq!(red.components[0].since, Some(At(start.0 + 10_000)));
    assert_eq!(red.components[0].reason.as_deref(), Some("connection refused"));
    assert_eq!(rig.board.operate()[0].monitors[0].last.as_ref().unwrap().at, At(start.0 + 10_300));
    rig.stop().await;

    let again = Rig::at(&rig.path).await;
    let after = Arc::clone(&again.board.snapshot.borrow());
    assert!(after.version > red.version, "versions rise across restarts");
    assert_eq!(after.components[0].since, red.components[0].since);
    assert_eq!((after.state, &after.components[0].reason), (State::Outage, &red.components[0].reason));
    assert_eq!(after.components[0].latency, red.components[0].latency);
    assert_eq!(again.storage.latest_samples(&"shop".parse().unwrap(), 9).await.unwrap().len(), 3);
    again.stop().await;
}

#[tokio::test]
async fn a_watcher_that_is_blind_says_so_and_since_when_and_keeps_it() {
    let rig = Rig::new().await;
    let start = At(clock::now().0 - 40_000);
    rig.send(start, Class::Up).await;
    rig.wait(|snapshot| snapshot.state == State::Operational).await;
    let since = At(start.0 + 10_000);
    rig.blind.send_replace(Some(Blind { ill: Ill::Canaries, since }));
    let blind = rig.wait(|snapshot| snapshot.blind.is_some()).await;
    assert_eq!((blind.state, blind.components[0].since), (State::Unknown, Some(since)));
    assert_eq!(blind.blind.as_ref().map(|blind| blind.since), Some(since));
    rig.blind.send_replace(None);
    rig.wait(|snapshot| snapshot.blind.is_none() && snapshot.state == State::Unknown).await;
    rig.send(At(start.0 + 30_000), Class::Up).await;
    let again = rig.wait(|snapshot| snapshot.state == State::Operational).await;
    assert_eq!(again.components[0].since, Some(At(start.0 + 30_000)));
    rig.stop().await;
    let storage = Storage::open(&rig.path).await.unwrap();
    let spans: Vec<_> = storage.spans_since(At(0)).await.unwrap().into_iter().map(|(_, span)| span.state).collect();
    assert_eq!(spans, [State::Operational, State::Unknown, State::Operational]);
    storage.close().await;
}

#[tokio::test]
async fn a_note_is_published_before_its_author_is_answered() {
    let rig = Rig::new().await;
    let new = NewIncident {
        title: "Shop answers 502".to_owned(),
        impact: Impact::Major,
        phase: Phase::Investigating,
        body: "We *look*.".to_owned(),
        components: vec!["shop".parse().unwrap()],
        started_at: None,
    };
    let id = rig.storage.open_incident(new, &ada(), clock::now()).await.unwrap();
    let before = rig.board.snapshot.borrow().version;
    rig.board.incidents_changed().await;
    let shown = Arc::clone(&rig.board.snapshot.borrow());
    assert!(shown.version > before);
    assert_eq!(shown.active[0].updates[0].html, "<p>We <em>look</em>.</p>\n");
    let resolved = NewUpdate { incident: id.clone(), version: 1, phase: Phase::Resolved, body: "Done.".to_owned() };
    rig.storage.add_update(resolved, &ada(), clock::now()).await.unwrap();
    rig.board.incidents_changed().await;
    let shown = Arc::clone(&rig.board.snapshot.borrow());
    assert!(shown.active.is_empty());
    assert_eq!(shown.past[0].id, id);
    rig.storage.withdraw_incident(&id, 2, true, &ada(), clock::now()).await.unwrap();
    rig.board.incidents_changed().await;
    assert!(rig.board.snapshot.borrow().past.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn figures_alone_are_published_seldom() {
    let rig = Rig::new().await;
    let start = At(clock::now().0 - 10_000);
    rig.send(start, Class::Up).await;
    let first = rig.wait(|snapshot| snapshot.state == State::Operational).await;
    for number in 1..20 {
        rig.send(At(start.0 + number), Class::Up).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(rig.board.snapshot.borrow().version, first.version);
    let next = rig.wait(|snapshot| snapshot.version > first.version).await;
    assert!(next.as_of.since(first.as_of) >= 4900, "{} ms", next.as_of.since(first.as_of));
    assert_eq!(next.components[0].last_sample, Some(At(start.0 + 19)));
    rig.stop().await;
}

/// Another process locks the database for writing: the page goes on, says so, and no sample is lost.
#[tokio::test]
async fn a_locked_database_costs_no_sample_and_no_page() {
    let rig = Rig::new().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&rig.path);
    let mut other = options.connect().await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let start = At(clock::now().0 - 10_000);
    for number in 0..5 {
        rig.send(At(start.0 + number), Class::Up).await;
    }
    rig.wait(|snapshot| snapshot.state == State::Operational && snapshot.storage_ok).await;
    let mut snapshots = rig.board.snapshot.clone();
    let waited = snapshots.wait_for(|snapshot| !snapshot.storage_ok);
    let noticed = tokio::time::timeout(Duration::from_secs(20), waited).await.is_ok();
    assert!(noticed, "the page says so");
    other.execute("COMMIT").await.unwrap();
    rig.wait(|snapshot| snapshot.storage_ok).await;
    assert_eq!(rig.storage.latest_samples(&"shop".parse().unwrap(), 9).await.unwrap().len(), 5);
    rig.stop().await;
}

#[tokio::test]
async fn stopping_stores_what_was_just_measured() {
    let rig = Rig::new().await;
    let start = At(clock::now().0 - 10_000);
    for number in 0..300 {
        rig.send(At(start.0 + number), Class::Up).await;
    }
    rig.stop().await;
    let storage = Storage::open(&rig.path).await.unwrap();
    assert_eq!(storage.latest_samples(&"shop".parse().unwrap(), 999).await.unwrap().len(), 300);
    storage.close().await;
}

#[tokio::test]
async fn a_reload_shows_the_new_components() {
    let rig = Rig::new().await;
    let mut config = config();
    let mut api = config.monitors[0].clone();
    api.monitor.id = "api".parse().unwrap();
    api.monitor.public = false;
    config.monitors.push(api);
    config.title = "Renamed".to_owned();
    rig.board.reconfigure(config).await.unwrap();
    let shown = Arc::clone(&rig.board.snapshot.borrow());
    assert_eq!((shown.title.as_str(), shown.components.len()), ("Renamed", 1));
    assert_eq!(rig.board.operate().len(), 2);
    assert_eq!(rig.storage.monitors().await.unwrap().len(), 2);
    rig.stop().await;
}
