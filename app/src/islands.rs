//! The only view code that runs in the browser. Everything here works without it as well: an island
//! only spares the reader a reload.

pub mod copy_button;
pub mod run_progress;

pub use copy_button::CopyCommand;
pub use run_progress::RunProgress;
