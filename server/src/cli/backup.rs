//! `gatewatch backup FILE` and `gatewatch restore FILE`.

use super::{Failure, block_on, load, print};
use crate::storage;
use std::path::Path;

pub(super) fn backup(config: Option<&Path>, file: &Path) -> Result<(), Failure> {
    let database = load(config, &[])?.config.storage.path;
    let report = block_on(async { storage::backup(&database, file).await.map_err(failed) })?;
    let (shown, bytes) = (report.file.display(), report.bytes);
    print::line(&format!("Wrote {shown} ({bytes} bytes, {}); the copy was checked.", in_words(&report.rows)));
    Ok(())
}

pub(super) fn restore(config: Option<&Path>, file: &Path) -> Result<(), Failure> {
    let database = load(config, &[])?.config.storage.path;
    let report = block_on(async { storage::restore(file, &database).await.map_err(failed) })?;
    print::line(&format!("Restored {} from {} ({}).", database.display(), file.display(), in_words(&report.rows)));
    if let Some(aside) = report.aside {
        print::line(&format!("The earlier database is kept as {}.", aside.display()));
    }
    Ok(())
}

/// The copy failed; nothing was lost.
fn failed(error: storage::StorageError) -> Failure {
    Failure::Failed(error.to_string())
}

/// The rows of all tables together, which is enough to see that it is not empty.
fn in_words(rows: &[(&str, i64)]) -> String {
    format!("{} rows in {} tables", rows.iter().map(|(_, count)| count).sum::<i64>(), rows.len())
}
