//! Whether the machine stood still while tests ran.
//!
//! A virtual machine may be stopped for seconds, its disk may hang and its clock may be set. Gatewatch's tests wait for
//! real time-outs on real sockets, and the server itself notices such a moment and distrusts what it measured in it; so
//! whoever reads of a failure wants to know of one. A thread beats, by clock and by disk, and tells how far it came late.

use crate::cmd::{say, target};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

const BEAT: Duration = Duration::from_millis(250);

/// Beats until dropped.
pub(crate) struct Watch {
    worst: Arc<AtomicU64>,
    ends: Arc<AtomicBool>,
    beating: Option<JoinHandle<()>>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let (worst, ends) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (kept, ended) = (Arc::clone(&worst), Arc::clone(&ends));
        let beating = thread::spawn(move || {
            let file = target().join("heartbeat");
            while !ended.load(Ordering::Relaxed) {
                let late = beat(&file);
                kept.fetch_max(u64::try_from(late.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
            drop(fs::remove_file(file));
        });
        Self { worst, ends, beating: Some(beating) }
    }

    /// Prints how late the latest beat came.
    pub(crate) fn tell(&self) {
        let worst = Duration::from_millis(self.worst.load(Ordering::Relaxed));
        say(&format!("the machine stood still for {:.1} s at most", worst.as_secs_f64()));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(beating) = self.beating.take() {
            drop(beating.join());
        }
    }
}

/// One beat; how much longer it took than it should, by the steady clock or the wall's.
fn beat(file: &Path) -> Duration {
    let (steady, wall) = (Instant::now(), SystemTime::now());
    thread::sleep(BEAT);
    // A folder that cannot be written to is the tests' own affair.
    drop(File::create(file).and_then(|mut file| file.write_all(b"beat").and_then(|()| file.sync_data())));
    let steady = steady.elapsed();
    let wall = wall.elapsed().unwrap_or_else(|set_back| steady + set_back.duration());
    steady.max(wall).saturating_sub(BEAT)
}
