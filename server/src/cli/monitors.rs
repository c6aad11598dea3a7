//! `gatewatch monitors list|forget ID`: monitors in the database, also those no longer in the file.

use super::{Failure, print, with_storage};
use crate::clock;
use crate::storage::StorageError;
use app::model::MonitorId;
use clap::Subcommand;
use std::path::Path;

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// List the monitors that the database knows
    List,
    /// Forget a monitor that is not in the file, with all its history
    Forget {
        /// The monitor's id
        id: MonitorId,
    },
}

pub(super) fn run(config: Option<&Path>, action: Action) -> Result<(), Failure> {
    with_storage(config, |_, storage| async move {
        match action {
            Action::List => {
                for monitor in storage.monitors().await? {
                    let mark = if monitor.in_file { "" } else { "\tnot in the file" };
                    print::line(&format!("{}\t{}\t{}{mark}", monitor.id, monitor.name, monitor.url));
                }
            }
            Action::Forget { id } => {
                let forgotten = storage.forget_monitor(&id, "command line", clock::now()).await;
                forgotten.map_err(|error| match error {
                    StorageError::NotFound(_) => Failure::Failed(format!(
                        "no monitor `{id}` can be forgotten: the database does not know it, or it is still in the file"
                    )),
                    other => Failure::Failed(other.to_string()),
                })?;
                print::line(&format!("Forgot {id} and its history."));
            }
        }
        Ok(())
    })
}
