//! Whether Gatewatch itself can see.
//!
//! A monitor that tells what is wrong with others has to know when the fault is its own. Three things are watched: time
//! (a suspended host, a stopped or starved process, a clock that was set), the way out (the host's default route and its
//! next hop by the kernel's own tables, and the canaries of the configuration), and the usual name servers.
//!
//! Nothing is asked that the configuration does not name: canaries are its own entries, and name servers are asked for
//! the names of its monitors only. Before a probe that had no contact with any other host is believed, the own side is
//! looked at; while it is ill, samples are unknown, and the page says that the watcher is blind and since when.

pub mod health;
mod look;
pub mod pulse;

pub use health::{Blind, Ill, Reach};
pub use look::{Canary, Eyes};

use crate::clock;
use app::model::Sample;
use health::{Health, Worth};
use pulse::{BEAT_MS, Pulse, Reading};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Between two beats.
const BEAT: Duration = Duration::from_millis(BEAT_MS.unsigned_abs());
/// Between two looks at the own side while it is well, and while it is not.
const LOOK_EVERY: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// The way to the running self-check. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SelfCheck(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    eyes: Mutex<Arc<Eyes>>,
    /// Held by the one look under way.
    looking: tokio::sync::Mutex<()>,
    told: watch::Sender<Option<Blind>>,
}

#[derive(Debug, Default)]
struct State {
    pulse: Pulse,
    health: Health,
}

impl SelfCheck {
    /// Starts watching the own side, until `stop`.
    pub fn start(eyes: Eyes, tracker: &TaskTracker, stop: CancellationToken) -> Self {
        let (told, _) = watch::channel(None);
        let shared = Shared {
            state: Mutex::default(),
            eyes: Mutex::new(Arc::new(eyes)),
            looking: tokio::sync::Mutex::default(),
            told,
        };
        let check = Self(Arc::new(shared));
        check.beat();
        tracker.spawn(check.clone().run(stop));
        check
    }

    /// Puts other canaries and names in force, as a reload does.
    pub fn replace(&self, eyes: Eyes) {
        let mut held = self.0.eyes.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(eyes.after(&held));
    }

    /// Whether Gatewatch cannot see, always the newest.
    pub fn blind(&self) -> watch::Receiver<Option<Blind>> {
        self.0.told.subscribe()
    }

    /// The sample as it counts, whose probe began at `begun` and has ended now. Waits for a look at the own side where
    /// one is needed, a few seconds at most.
    pub async fn weigh(&self, reach: Reach, begun: Reading, sample: Sample) -> Sample {
        let ended = self.beat();
        let mut worth = self.state().health.weigh(reach, begun, ended, &sample);
        if worth == Worth::Ask {
            self.look(ended, Some(sample.at)).await;
            worth = self.state().health.weigh(reach, begun, ended, &sample);
        }
        self.tell();
        match worth {
            Worth::Nothing(ill) => health::spoilt(sample, ill),
            // A look that began before the end of the probe was all there was.
            Worth::Stands | Worth::Ask => sample,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the clocks.
    fn beat(&self) -> Reading {
        let now = clock::reading();
        let mut state = self.state();
        if let Some(shock) = state.pulse.beat(now) {
            let lost = shock.until.steady_ms - shock.from.steady_ms;
            tracing::warn!(upset = ?shock.upset, lost_ms = lost, "time did not pass here as it should; what was measured meanwhile does not count");
            state.health.shock(shock);
        }
        now
    }

    /// Tells whoever waits what has changed.
    fn tell(&self) {
        let blind = self.state().health.blind(clock::reading());
        self.0.told.send_if_modified(|told| {
            let changed = *told != blind;
            match (&told, blind) {
                (None, Some(blind)) => tracing::warn!("Gatewatch cannot see: {}", blind.ill.words()),
                (Some(_), None) => tracing::info!("Gatewatch sees again"),
                _ => {}
            }
            *told = blind;
            changed
        });
    }

    /// Looks at the own side, unless somebody did since `wanted`. One look at a time.
    async fn look(&self, wanted: Reading, asked_by: Option<app::model::At>) {
        let _one = self.0.looking.lock().await;
        if self.state().health.is_fresh(wanted) {
            return;
        }
        let eyes = Arc::clone(&self.0.eyes.lock().unwrap_or_else(PoisonError::into_inner));
        let begun = clock::reading();
        let findings = eyes.look().await;
        self.state().health.checked(begun, findings, asked_by);
        self.tell();
    }

    async fn run(self, stop: CancellationToken) {
        let mut beats = tokio::time::interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next = Instant::now();
        loop {
            let due = next;
            let looking = async {
                tokio::time::sleep_until(due).await;
                self.look(clock::reading(), None).await;
            };
            tokio::pin!(looking);
            // Beats go on while a look is under way, or the look itself would seem to be a stall.
            let stopped = loop {
                // Cancel-safe: the look is pinned and goes on, the others only wait.
                tokio::select! {
                    () = stop.cancelled() => break true,
                    () = &mut looking => break false,
                    _ = beats.tick() => {
                        self.beat();
                        self.tell();
                    }
                }
            };
            if stopped {
                return;
            }
            next = Instant::now() + if self.state().health.wants_look() { LOOK_AGAIN } else { LOOK_EVERY };
        }
    }
}
