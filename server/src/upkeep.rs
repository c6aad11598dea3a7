//! Keeps the history small while the server runs: one task that takes one short step after the other.

use crate::clock;
use crate::state::Gatewatch;
use crate::storage::{Packing, StorageError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How often there is something to look for.
const EVERY: Duration = Duration::from_mins(1);
/// Between two steps, so that whoever waits for the database comes first.
const PAUSE: Duration = Duration::from_millis(10);
/// After a step that failed.
const AFTER_FAILURE: Duration = Duration::from_mins(5);

/// Runs until the server stops.
pub(crate) async fn run(app: Arc<Gatewatch>) {
    let (mut packing, mut wait) = (Packing::default(), EVERY);
    // Cancel-safe: nothing is lost when the wait ends early.
    while timeout(wait, app.stop.cancelled()).await.is_err() {
        wait = match app.storage.pack_step(&mut packing, app.live().config.storage.keep, clock::now()).await {
            Ok(true) => PAUSE,
            Ok(false) => EVERY,
            // The writer is busy with what matters more, or somebody forgot a monitor meanwhile.
            Err(StorageError::Busy | StorageError::Conflict | StorageError::Locked) => EVERY,
            Err(error) => {
                tracing::error!(%error, "the history could not be packed; samples stay as they are");
                AFTER_FAILURE
            }
        };
    }
}
