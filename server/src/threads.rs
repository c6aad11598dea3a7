//! Work that has a thread to itself.

use std::io;
use tokio_util::task::TaskTracker;

/// Runs a future to its end on a new thread with a runtime of its own; `tracker` waits for it.
///
/// For what wakes often: to wake another thread costs more than the work, and memory that one thread takes and gives
/// back stays in one piece.
///
/// # Errors
///
/// Where the system has no thread left.
pub fn apart(name: &str, tracker: &TaskTracker, work: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let work = tracker.track_future(work);
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        runtime.block_on(work);
        // A look-up by the system's resolver may still hang; nobody waits for it.
        runtime.shutdown_background();
    })?;
    Ok(())
}
