//! What handlers share: the one value behind every page, and the use cases that need several parts
//! of it at once. Typed, built by `run`, no globals.

mod failure;
mod runs;
mod units;

pub use failure::unavailable;
pub use runs::Runs;

use crate::auth::Auth;
use crate::config::Config;
use crate::fileguard::Fileguard;
use crate::status::BoardHandle;
use crate::storage::Storage;
use crate::unitguard::Units;
use app::backend::SessionKey;
use app::model::{ActionError, ComponentSlug};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The configuration in force with the doors that it opens; replaced as a whole by a reload.
#[derive(Debug)]
pub struct Live {
    /// What the operator decided.
    pub config: Config,
    /// Which files the wizard may read.
    pub fileguard: Fileguard,
    /// Which units may be restarted.
    pub units: Units,
}

/// The running server.
pub struct Gatewatch {
    /// The database.
    pub storage: Storage,
    /// The public state.
    pub board: BoardHandle,
    /// Accounts and sessions.
    pub auth: Auth,
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

impl Gatewatch {
    /// The configuration in force with its doors. Ask again for each request: a reload replaces it.
    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.borrow())
    }

    /// The admin of this session, or [`ActionError::SignInNeeded`].
    pub async fn admin(&self, session: &SessionKey) -> Result<crate::auth::AdminProof, ActionError> {
        self.auth.admin(session, crate::clock::now()).await.ok_or(ActionError::SignInNeeded)
    }

    /// Probes a component's monitors at once and waits for their results, bounded by their timeouts.
    pub async fn probe_now(&self, component: &ComponentSlug) -> Result<(), ActionError> {
        let _ = component;
        todo!()
    }
}
