//! Wizard runs under way: a bounded number, each stored as it goes, each watched by any number of pages.

use super::{Gatewatch, Live, unavailable};
use crate::auth::AdminProof;
use crate::diagnose::given::paste::{NotRead, Paste};
use crate::diagnose::{self, Context, LONGEST_RUN, Request, Rights, again, pasted};
use crate::host::Local;
use crate::storage::NewPaste;
use crate::{clock, ids};
use app::backend::{MonitorView, StartRun};
use app::model::run::Noticed;
use app::model::{ActionError, At, ComponentSlug, Run, RunId, RunState, Seen, State, Step, UserId, evidence};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Runs side by side: each asks and reads a good deal.
const MOST: usize = 4;
/// How often a run under way is stored; pages are told at once.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// Attempts to store a run's end, and the pause between them.
const SAVE_ATTEMPTS: u32 = 3;
const SAVE_PAUSE: Duration = Duration::from_secs(2);

/// Runs under way.
#[derive(Debug, Default)]
pub struct Runs {
    active: Mutex<HashMap<RunId, Active>>,
    /// Held while a text is added to a run that ended, so that two at once do not lose one.
    adding: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Active {
    by: UserId,
    updates: watch::Receiver<Arc<Run>>,
}

impl Runs {
    /// The run as it goes; `None` once it ended (then it is in the database) or if there is none. A
    /// receiver that closes while the run still says `running` means: read it again.
    pub fn updates(&self, id: &RunId) -> Option<watch::Receiver<Arc<Run>>> {
        self.lock().get(id).map(|active| active.updates.clone())
    }

    /// Takes a place for a run, or says why there is none.
    fn enter(&self, by: &UserId, id: &RunId, updates: watch::Receiver<Arc<Run>>) -> Result<(), ActionError> {
        let mut active = self.lock();
        let refused = |reason: String| Err(ActionError::Refused { reason });
        if let Some((own, _)) = active.iter().find(|(_, run)| run.by == *by) {
            return refused(format!("Your run {own} is still under way; look at /runs/{own} or wait until it ends."));
        }
        if active.len() >= MOST {
            return refused(format!("{MOST} runs are under way already; wait until one ends."));
        }
        active.insert(id.clone(), Active { by: by.clone(), updates });
        Ok(())
    }

    fn leave(&self, id: &RunId) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, Active>> {
        // Held for look-ups only; a panic leaves the map whole.
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gatewatch {
    /// Stores a run, starts it, and answers its id. At most 4 run at once, 1 for each admin.
    pub async fn start_run(self: &Arc<Self>, admin: &AdminProof, start: StartRun) -> Result<RunId, ActionError> {
        let live = self.live();
        if let Some(earlier) = &start.again {
            let old = Arc::new(self.run(earlier).await?);
            if old.state == RunState::Running {
                let reason = "That run is still under way; wait until it ends.".to_owned();
                return Err(ActionError::Refused { reason });
            }
            // Where to look is what the configuration lists now, not what it listed then.
            let request = Request {
                gateway_configs: Vec::new(),
                logs: Vec::new(),
                upstreams: Vec::new(),
                ..again::request(&old)
            };
            return self.begin(admin, live, request).await;
        }
        let (url, noticed) = match &start.component {
            Some(slug) if start.url.trim().is_empty() => {
                let (url, monitor) = self.worst_of(&live, slug)?;
                (url, self.noticed(&monitor).await)
            }
            _ => (start.url.trim().to_owned(), None),
        };
        let request = Request { method: method(start.method.as_deref())?, noticed, ..Request::get(url) };
        self.begin(admin, live, request).await
    }

    /// Stores a run and starts it, with the server's rights.
    async fn begin(
        self: &Arc<Self>,
        admin: &AdminProof,
        live: Arc<Live>,
        request: Request,
    ) -> Result<RunId, ActionError> {
        let judged = live.netguard.check_url(&request.url);
        judged.map_err(|refusal| ActionError::Refused { reason: refusal.to_string() })?;
        let request = Request { wait: LONGEST_RUN, rights: Rights::Server { gateways: live.leaves() }, ..request };
        let id: RunId = ids::random_id().map_err(|error| unavailable("drawing an id", error))?;
        let now = clock::now();
        let noticed = request.noticed.clone();
        let empty = Run { noticed, ..diagnose::empty_run(id.clone(), &request.url, now) };
        let (updates, watched) = watch::channel(Arc::new(empty.clone()));
        self.runs.enter(&admin.admin().id, &id, watched.clone())?;
        if let Err(error) = self.storage.insert_run(empty, Some(&admin.admin().id), now).await {
            self.runs.leave(&id);
            return Err(unavailable("storing a run", error));
        }
        let app = Arc::clone(self);
        self.tracker.spawn(app.drive(live, request, id.clone(), updates, watched));
        Ok(id)
    }

    /// Reads a pasted text into a run that has ended, keeps it, and concludes anew. A text that no reader knows is
    /// kept all the same, with what would have been known.
    pub async fn paste(&self, admin: &AdminProof, id: &RunId, step: Step, text: &str) -> Result<(), ActionError> {
        if self.runs.updates(id).is_some() {
            let reason = "This run is still under way; paste into it when it has ended.".to_owned();
            return Err(ActionError::Refused { reason });
        }
        let _one_at_a_time = self.runs.adding.lock().await;
        let run = self.run(id).await?;
        let paste = Paste { step, text: text.to_owned() };
        let now = clock::now();
        let reading = tokio::task::spawn_blocking(move || {
            let mut run = run;
            let taken = pasted::add(&mut run, &paste, now);
            (run, paste, taken)
        });
        let (run, paste, taken) = reading.await.map_err(|error| unavailable("reading a pasted text", error))?;
        let told = match taken {
            Ok(taken) => taken.to_string(),
            Err(problem @ NotRead::Unknown(_)) => format!("Not read: {problem}"),
            Err(problem) => {
                return Err(ActionError::Invalid { field: "Output".to_owned(), problem: problem.to_string() });
            }
        };
        let new = NewPaste { step, told, text: paste.text };
        let kept = self.storage.add_paste(run, new, Some(&admin.admin().id), now).await;
        kept.map_err(|error| unavailable("keeping a pasted text", error))
    }

    /// A run as it is now: from memory while under way, else from the database.
    pub async fn run(&self, id: &RunId) -> Result<Run, ActionError> {
        if let Some(updates) = self.runs.updates(id) {
            return Ok(Run::clone(&updates.borrow()));
        }
        let stored = self.storage.run(id).await.map_err(|error| unavailable("reading a run", error))?;
        stored.ok_or_else(|| ActionError::NotFound { what: "run".to_owned() })
    }

    /// The URL of a component's monitor that fares worst, and which one that is.
    fn worst_of(&self, live: &Live, slug: &ComponentSlug) -> Result<(String, MonitorView), ActionError> {
        let not_found = || ActionError::NotFound { what: "component".to_owned() };
        live.config.component(slug).ok_or_else(not_found)?;
        let views = self.board.operate();
        let view = views.iter().find(|view| view.component.slug == *slug);
        // `rev`: of several that fare equally the first is taken, and `max_by_key` answers the last.
        let worst = view.and_then(|view| view.monitors.iter().rev().max_by_key(|monitor| monitor.state.severity()));
        let worst = worst.ok_or_else(not_found)?.clone();
        let entry = live.config.monitor(&worst.monitor.id).ok_or_else(not_found)?;
        let refused = || ActionError::Refused {
            reason: format!("The wizard asks by HTTP; monitor {} has no such URL. Type one.", entry.monitor.id),
        };
        let url = entry.site().map(ToString::to_string).ok_or_else(refused)?;
        Ok((url, worst))
    }

    /// What a run about a monitor starts from, if there is something fresh. Without the database it starts from nothing.
    async fn noticed(&self, view: &MonitorView) -> Option<Noticed> {
        let seen = self.storage.evidence(&view.monitor.id).await;
        let seen = seen.inspect_err(|error| tracing::warn!(%error, "a run starts without evidence")).ok()?;
        let Seen { monitor, state, first_at, last_at, count, evidence } =
            evidence::fresh(&seen, failing_since(view), clock::now())?.clone();
        let (first_at, at) = (clock::rfc3339(first_at), clock::rfc3339(last_at));
        Some(Noticed { monitor, state, first_at, at, count, evidence })
    }

    /// Runs the engine to its end, storing the run as it goes.
    async fn drive(
        self: Arc<Self>,
        live: Arc<Live>,
        request: Request,
        id: RunId,
        updates: watch::Sender<Arc<Run>>,
        mut watched: watch::Receiver<Arc<Run>>,
    ) {
        let ctx = Context {
            netguard: live.netguard.clone(),
            fileguard: live.fileguard.clone(),
            host: Arc::new(Local),
            units: Some(live.units.clone()),
            name_servers: live.name_servers(),
            monitors: Some(live.watched()),
        };
        let stop = self.stop.child_token();
        // A task of its own, so that a panic in it ends this run and nothing else.
        let engine = {
            let id = id.clone();
            self.tracker.spawn(async move { diagnose::run(&ctx, request, id, updates, stop).await })
        };
        // Ends: the sender goes away with the engine, and that ends within its deadline.
        while watched.changed().await.is_ok() {
            let run = Run::clone(&watched.borrow_and_update());
            let ended = run.state != RunState::Running;
            if !ended && let Err(error) = self.storage.update_run(run).await {
                tracing::warn!(%error, run.id = %id, "a run under way was not stored; it goes on");
            }
            // Cancel-safe: `wait_for` only looks.
            drop(timeout(SAVE_EVERY, watched.wait_for(|run| run.state != RunState::Running)).await);
        }
        let run = match engine.await {
            Ok(run) => run,
            Err(error) => {
                tracing::error!(%error, run.id = %id, "a run ended before its time");
                Run { state: RunState::Interrupted, waiting_for: None, ..Run::clone(&watched.borrow()) }
            }
        };
        self.save_end(run).await;
        self.runs.leave(&id);
    }

    async fn save_end(&self, run: Run) {
        for attempt in 1..=SAVE_ATTEMPTS {
            let Err(error) = self.storage.update_run(run.clone()).await else { return };
            if attempt == SAVE_ATTEMPTS {
                tracing::error!(%error, run.id = %run.id, "a run's end was not stored");
                return;
            }
            sleep(SAVE_PAUSE).await;
        }
    }
}

/// Since when a monitor is not well.
pub(crate) fn failing_since(view: &MonitorView) -> Option<At> {
    view.since.filter(|_| !matches!(view.state, State::Operational | State::Maintenance))
}

/// The method to ask with: GET, or what the admin named.
fn method(named: Option<&str>) -> Result<String, ActionError> {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let named = named.map_or("", str::trim).to_ascii_uppercase();
    match named.as_str() {
        "" => Ok("GET".to_owned()),
        known if KNOWN.contains(&known) => Ok(named),
        _ => Err(ActionError::Invalid {
            field: "Method".to_owned(),
            problem: format!("use one of {}", KNOWN.join(", ")),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(runs: &Runs, by: &str, id: &str) -> Result<(), ActionError> {
        let id: RunId = id.parse().unwrap();
        let run = diagnose::empty_run(id.clone(), "http://127.0.0.1/", app::model::At(0));
        runs.enter(&by.parse().unwrap(), &id, watch::channel(Arc::new(run)).1)
    }

    #[test]
    fn four_at_once_and_one_for_each_admin() {
        let runs = Runs::default();
        assert_eq!(enter(&runs, "u1", "r1"), Ok(()));
        let ActionError::Refused { reason } = enter(&runs, "u1", "r2").unwrap_err() else { panic!("not refused") };
        assert!(reason.contains("/runs/r1"), "{reason}");
        for number in 2..=4 {
            assert_eq!(enter(&runs, &format!("u{number}"), &format!("r{number}")), Ok(()));
        }
        assert!(enter(&runs, "u5", "r5").is_err());
        runs.leave(&"r1".parse().unwrap());
        assert_eq!(enter(&runs, "u5", "r5"), Ok(()));
        assert!(runs.updates(&"r1".parse().unwrap()).is_none());
    }

    #[test]
    fn asks_with_get_unless_another_method_is_named() {
        assert_eq!(method(None), Ok("GET".to_owned()));
        assert_eq!(method(Some(" post ")), Ok("POST".to_owned()));
        assert!(method(Some("TRACE")).is_err());
        assert!(method(Some("GET / HTTP/1.1\r\n")).is_err());
    }
}
