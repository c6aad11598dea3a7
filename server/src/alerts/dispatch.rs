//! The task that empties the outbox.

use super::dial::SendError;
use super::gather::{self, Bundle, Cause, Next};
use super::text::Site;
use super::{email, webhook};
use crate::clock;
use crate::config::AlertConfig;
use crate::config::alerts::Way;
use crate::netguard::Netguard;
use crate::state::Live;
use crate::storage::{Storage, Waiting};
use app::model::{AlertId, At, ComponentSlug};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The pause after the first failure; doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(10);
/// A message that could not be delivered for so long is given up.
const GIVE_UP_AFTER: Duration = Duration::from_hours(72);
/// How long messages stay in the outbox once they are done.
const KEEP: Duration = Duration::from_hours(30 * 24);
/// How often those are removed; the task also looks at the outbox then, whatever else it was told.
const SWEEP: Duration = Duration::from_mins(10);
/// The pause after the database did not answer.
const UNREADABLE: Duration = Duration::from_secs(5);
/// What attempts under way have left to end in once the server stops; less than all its tasks have.
const LAST_ATTEMPTS: Duration = Duration::from_secs(3);

/// One attempt that has ended.
struct Ended {
    bundle: Bundle,
    outcome: Result<(), String>,
}

/// Sends what waits in the outbox.
pub(crate) struct Dispatcher {
    storage: Storage,
    live: watch::Receiver<Arc<Live>>,
    bound: SocketAddr,
    under_way: FuturesUnordered<BoxFuture<'static, Ended>>,
    /// Listeners with an attempt under way.
    busy: BTreeSet<AlertId>,
    /// Sent, but the database could not be told yet; they are not sent again meanwhile.
    unmarked: Vec<(String, At)>,
    /// When a message of a cause left for a listener, as long as more of that cause are gathered.
    left: BTreeMap<AlertId, BTreeMap<Cause, At>>,
    swept: Option<At>,
}

impl Dispatcher {
    pub(crate) fn new(storage: Storage, live: watch::Receiver<Arc<Live>>, bound: SocketAddr) -> Self {
        let (under_way, busy, unmarked) = (FuturesUnordered::new(), BTreeSet::new(), Vec::new());
        Self { storage, live, bound, under_way, busy, unmarked, left: BTreeMap::new(), swept: None }
    }

    /// Runs until `stop`. Attempts that do not end soon after it are made again after the next start.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let storage = self.storage.clone();
        self.take_over().await;
        loop {
            let pause = self.start_due().await;
            // Every arm is cancel safe: the outbox itself says what is to be done.
            tokio::select! {
                () = stop.cancelled() => break,
                () = storage.outbox_changed() => {}
                changed = self.live.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.take_over().await;
                }
                Some(ended) = self.under_way.next() => self.note(ended).await,
                () = tokio::time::sleep(pause) => {}
            }
        }
        last_attempts(async {
            while let Some(ended) = self.under_way.next().await {
                self.note(ended).await;
            }
        })
        .await;
    }

    /// After a start or a reload: messages of listeners that are gone are given up, the others are tried at once,
    /// since what kept them may have been mended.
    async fn take_over(&mut self) {
        let live = Arc::clone(&self.live.borrow_and_update());
        let every = || live.config.components.iter().map(|component| component.slug.clone()).collect();
        let hears = |alert: &AlertConfig| -> Vec<ComponentSlug> {
            if alert.components.is_empty() { every() } else { alert.components.clone() }
        };
        let hears = live.config.alerts.iter().map(|alert| (alert.id.clone(), hears(alert))).collect();
        if let Err(error) = self.storage.hurry_outbox(hears, clock::now()).await {
            tracing::warn!(%error, "messages that wait are tried later");
        }
    }

    /// Begins what is due; answers how long nothing else will be.
    async fn start_due(&mut self) -> Duration {
        self.mark().await;
        let now = clock::now();
        if self.swept.is_none_or(|at| now.since(at) >= millis(SWEEP)) {
            self.swept = Some(now);
            if let Err(error) = self.storage.sweep_outbox(now - KEEP).await {
                tracing::warn!(%error, "delivered messages were not removed");
            }
        }
        let waiting = match self.storage.outbox_waiting().await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read; trying again");
                return UNREADABLE;
            }
        };
        let live = Arc::clone(&self.live.borrow());
        let mut pause = SWEEP;
        for times in self.left.values_mut() {
            times.retain(|_, at| *at + gather::GATHER > now);
        }
        for of_one in waiting.chunk_by(|one, other| one.listener == other.listener) {
            let Some(alert) = live.config.alerts.iter().find(|alert| alert.id == of_one[0].listener) else { continue };
            // What was sent and could not be marked so yet stands before the rest.
            let unmarked = of_one.iter().any(|message| self.unmarked.iter().any(|(id, _)| *id == message.id));
            if unmarked || self.busy.contains(&alert.id) {
                continue;
            }
            match gather::next(of_one, self.left.entry(alert.id.clone()).or_default(), now) {
                Next::Send(bundle) => {
                    self.busy.insert(alert.id.clone());
                    self.under_way.push(self.attempt(&live, alert, *bundle));
                }
                Next::Wait(until) => {
                    pause = pause.min(Duration::from_millis(until.since(now).max(1).unsigned_abs()));
                }
                Next::Nothing => {}
            }
        }
        if self.unmarked.is_empty() { pause } else { pause.min(UNREADABLE) }
    }

    fn attempt(&self, live: &Live, alert: &AlertConfig, bundle: Bundle) -> BoxFuture<'static, Ended> {
        let guard = live.alert_guard.clone();
        let site = Site { title: live.config.page.title.clone(), url: live.config.server.shown_url(self.bound) };
        let way = alert.way.clone();
        Box::pin(async move {
            let sending = AssertUnwindSafe(send(&guard, &way, &bundle, &site)).catch_unwind();
            let outcome = match sending.await {
                Ok(outcome) => outcome.map_err(|error| error.to_string()),
                Err(_) => Err("the attempt failed inside".to_owned()),
            };
            Ended { bundle, outcome }
        })
    }

    async fn note(&mut self, ended: Ended) {
        let Ended { bundle, outcome } = ended;
        let listener = bundle.head.listener.clone();
        self.busy.remove(&listener);
        let now = clock::now();
        let Err(problem) = outcome else {
            self.left.entry(listener.clone()).or_default().insert(gather::cause(&bundle.head), now);
            for message in bundle.all() {
                tracing::info!(%listener, component = %message.component, state = %message.state, "told");
                self.unmarked.push((message.id.clone(), now));
            }
            self.mark().await;
            return;
        };
        for message in bundle.all() {
            put_off(&self.storage, message, problem.clone(), now).await;
        }
    }

    /// Tells the database what was sent.
    async fn mark(&mut self) {
        let mut left = Vec::new();
        for (id, at) in std::mem::take(&mut self.unmarked) {
            if let Err(error) = self.storage.mark_sent(id.clone(), at).await {
                tracing::warn!(%error, "a message that was sent cannot be marked so yet");
                left.push((id, at));
            }
        }
        self.unmarked = left;
    }
}

/// What did not leave is tried again later, or given up after a long time.
async fn put_off(storage: &Storage, message: &Waiting, problem: String, now: At) {
    let listener = &message.listener;
    let attempts = message.attempts + 1;
    let noted = if now.since(message.at) >= millis(GIVE_UP_AFTER) {
        tracing::error!(%listener, component = %message.component, %problem, attempts, "a message is given up");
        storage.give_up(message.id.clone(), problem, now).await
    } else {
        let pause = pause(FIRST_PAUSE, LONGEST_PAUSE, attempts, dice());
        tracing::warn!(%listener, component = %message.component, %problem, attempts, "a message did not leave");
        storage.put_off(message.id.clone(), problem, attempts, now + pause).await
    };
    if let Err(error) = noted {
        // It stays due; the pause keeps a broken database from making a flood of attempts.
        tracing::warn!(%error, "the outbox cannot be written");
        tokio::time::sleep(UNREADABLE).await;
    }
}

async fn send(guard: &Netguard, way: &Way, bundle: &Bundle, site: &Site) -> Result<(), SendError> {
    let now = clock::now();
    match way {
        Way::Email(email) => email::send(guard, email, bundle, site, now).await,
        Way::Webhook(webhook) => webhook::send(guard, webhook, bundle, site, now).await,
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Lets what is under way at the stop end: what has arrived and is not marked so would arrive twice.
pub(crate) async fn last_attempts(ends: impl Future<Output = ()>) {
    if tokio::time::timeout(LAST_ATTEMPTS, ends).await.is_err() {
        tracing::info!("messages were under way at the stop; they are tried again after the next start");
    }
}

/// After so many failures: `first` doubled each time up to `longest`, and then between half and all of it, so that a
/// server that comes back is not met by all at the same moment.
pub(crate) fn pause(first: Duration, longest: Duration, attempts: u32, dice: u8) -> Duration {
    let doubled = first.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(longest);
    doubled / 2 + doubled / 2 * u32::from(dice) / 255
}

/// A random number; without randomness the pause is simply not spread.
pub(crate) fn dice() -> u8 {
    let mut byte = [255];
    getrandom::fill(&mut byte).map_or(255, |()| byte[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_spread_and_have_a_bound() {
        let pause = |attempts, dice| super::pause(FIRST_PAUSE, LONGEST_PAUSE, attempts, dice);
        assert_eq!(pause(1, 255), Duration::from_secs(2));
        assert_eq!(pause(1, 0), Duration::from_secs(1));
        assert_eq!(pause(4, 255), Duration::from_secs(16));
        for attempts in [9, 20, u32::MAX] {
            assert!((LONGEST_PAUSE / 2..=LONGEST_PAUSE).contains(&pause(attempts, 100)), "{attempts}");
        }
    }
}
