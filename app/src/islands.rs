//! The only view code that runs in the browser. Everything here works without it as well: an island
//! only spares the reader a reload.

pub mod run_progress;

pub use run_progress::RunProgress;
