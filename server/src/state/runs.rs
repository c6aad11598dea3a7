//! Wizard runs under way: a bounded number, each stored as it goes, each watched by any number of pages.

use super::Gatewatch;
use crate::auth::AdminProof;
use app::backend::StartRun;
use app::model::{ActionError, Run, RunId};
use std::sync::Arc;
use tokio::sync::watch;

/// Runs under way.
#[derive(Debug, Default)]
pub struct Runs {}

impl Runs {
    /// The run as it goes; `None` once it ended (then it is in the database) or if there is none.
    pub fn updates(&self, id: &RunId) -> Option<watch::Receiver<Arc<Run>>> {
        let _ = id;
        todo!()
    }
}

impl Gatewatch {
    /// Stores a run, starts it, and answers its id. At most 4 run at once, 1 for each admin.
    pub async fn start_run(self: &Arc<Self>, admin: &AdminProof, start: StartRun) -> Result<RunId, ActionError> {
        let _ = (admin, start);
        todo!()
    }

    /// A run as it is now: from memory while under way, else from the database.
    pub async fn run(&self, id: &RunId) -> Result<Run, ActionError> {
        let _ = id;
        todo!()
    }
}
