//! What handlers share: the one value behind every page, and the use cases that need several parts
//! of it at once. Typed, built by `run`, no globals.

mod failure;
mod live;
mod runs;
mod units;

pub use failure::unavailable;
pub use live::Live;
pub use runs::Runs;
pub(crate) use runs::failing_since;

use crate::auth::{AdminProof, Auth};
use crate::probe::{Heartbeats, SchedulerHandle};
use crate::selfcheck::SelfCheck;
use crate::status::BoardHandle;
use crate::storage::Storage;
use crate::subscriptions::Desk;
use app::backend::SessionKey;
use app::model::{ActionError, ComponentSlug, MonitorId};
use futures_util::future::join_all;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How much longer than its timeout a probe may take until its sample is here.
pub(crate) const PROBE_GRACE: Duration = Duration::from_secs(2);

/// The running server.
pub struct Gatewatch {
    /// The database.
    pub storage: Storage,
    /// The public state.
    pub board: BoardHandle,
    /// Accounts and sessions.
    pub auth: Auth,
    /// When monitors are probed.
    pub scheduler: SchedulerHandle,
    /// Jobs that tell by themselves that they ran.
    pub heartbeats: Heartbeats,
    /// Visitors who want to be told.
    pub subscriptions: Desk,
    /// Whether Gatewatch itself can see.
    pub selfcheck: SelfCheck,
    /// Wizard runs under way.
    pub runs: Runs,
    /// Every task belongs to it.
    pub tracker: TaskTracker,
    /// Cancelled when the server stops.
    pub stop: CancellationToken,
    /// The address that was really bound (a configured port 0 has become a real one).
    pub bound: SocketAddr,
    pub(crate) live: watch::Receiver<Arc<Live>>,
    restarts: units::Restarts,
}

/// The parts of a [`Gatewatch`] that `run` starts.
pub(crate) struct Parts {
    pub(crate) storage: Storage,
    pub(crate) board: BoardHandle,
    pub(crate) scheduler: SchedulerHandle,
    pub(crate) heartbeats: Heartbeats,
    pub(crate) selfcheck: SelfCheck,
    pub(crate) tracker: TaskTracker,
    pub(crate) stop: CancellationToken,
    pub(crate) bound: SocketAddr,
    pub(crate) live: watch::Receiver<Arc<Live>>,
}

impl Gatewatch {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { storage, board, scheduler, heartbeats, selfcheck, tracker, stop, bound, live } = parts;
        let auth = Auth::new(storage.clone());
        let subscriptions = Desk::new(storage.clone());
        let (runs, restarts) = (Runs::default(), units::Restarts::default());
        Self {
            storage,
            board,
            auth,
            scheduler,
            heartbeats,
            subscriptions,
            selfcheck,
            runs,
            tracker,
            stop,
            bound,
            live,
            restarts,
        }
    }

    /// The configuration in force with its doors. Ask again for each request: a reload replaces it.
    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.borrow())
    }

    /// Changes with every reload, for tasks that keep something made from the configuration.
    pub fn reloads(&self) -> watch::Receiver<Arc<Live>> {
        self.live.clone()
    }

    /// The admin of this session, or [`ActionError::SignInNeeded`].
    pub async fn admin(&self, session: &SessionKey) -> Result<AdminProof, ActionError> {
        self.auth.admin(session, crate::clock::now()).await.ok_or(ActionError::SignInNeeded)
    }

    /// Probes a component's monitors at once and waits for their results, bounded by their timeouts.
    pub async fn probe_now(&self, component: &ComponentSlug) -> Result<(), ActionError> {
        let live = self.live();
        let not_found = || ActionError::NotFound { what: "component".to_owned() };
        let component = live.config.component(component).ok_or_else(not_found)?;
        let probes = component.monitors.iter().filter_map(|id| live.config.monitor(id)).map(|entry| {
            let (id, deadline): (&MonitorId, Duration) = (&entry.monitor.id, entry.timeout + PROBE_GRACE);
            self.scheduler.probe_and_wait(id, deadline)
        });
        if join_all(probes).await.iter().all(Option::is_none) {
            return Err(unavailable("probing at once", "no probe ended in time"));
        }
        Ok(())
    }
}
