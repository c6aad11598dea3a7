//! The storage as its callers see it, on real files.

mod accounts;
mod doors;
mod evidence;
mod incidents;
mod packing;
mod samples;
mod subscriptions;

use super::*;
use app::model::{Admin, At};

/// An open database in a folder of its own.
async fn open() -> (tempfile::TempDir, Storage) {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::open(&folder.path().join("gatewatch.db")).await.unwrap();
    (folder, storage)
}

fn ada() -> Admin {
    Admin { id: "ada".parse().unwrap(), name: "Ada".to_owned() }
}

/// Milliseconds of a plausible now.
const NOW: At = At(1_795_359_600_000);
