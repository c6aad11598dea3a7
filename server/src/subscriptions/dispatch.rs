//! The task that tells subscribers what waits for them.
//!
//! E-mail and webhooks go side by side, a few of each at once, and one message of a subscription at a time, so that
//! each subscriber reads them in order. A mail server that cannot be reached is left alone for a while as a whole;
//! a letter that it refuses, and a webhook that does not answer, delay themselves alone.

use super::send::{Attempt, Outcome};
use super::text::Window;
use crate::alerts::text::Site;
use crate::alerts::{dice, last_attempts, pause};
use crate::clock;
use crate::ids::random_text;
use crate::state::Live;
use crate::storage::{Message, Storage, StorageError, SubscriptionKey, What};
use app::model::{At, Channel, Snapshot};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Attempts of one channel at once.
const AT_ONCE: u32 = 4;
/// After a failed attempt: the first pause and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_mins(10));
/// After a mail server has refused a letter: it may be a mailbox that is not there, or grey listing.
const REFUSED_PAUSES: (Duration, Duration) = (Duration::from_mins(2), Duration::from_hours(6));
/// A message that could not be delivered for so long is given up.
const GIVE_UP_AFTER: Duration = Duration::from_hours(72);
/// Attempts to ask a webhook whether it is wanted.
const ASKS: u32 = 5;
/// Announced work is told so long before it begins.
const AHEAD: Duration = Duration::from_hours(24);
/// How often announced work is looked at, and the outbox whatever else this task was told.
const LOOK: Duration = Duration::from_mins(1);
/// How often what has expired is removed.
const SWEEP: Duration = Duration::from_mins(30);
/// No window of announced work is longer.
const CLOSES: Duration = Duration::from_hours(8 * 24);
/// The pause after the database did not answer.
const UNREADABLE: Duration = Duration::from_secs(5);
/// Characters of a token.
const TOKEN_CHARS: usize = 52;

/// One attempt that has ended.
struct Ended {
    message: Message,
    outcome: Outcome,
}

/// How it goes with one channel.
#[derive(Debug, Default)]
struct Lane {
    busy: u32,
    failures: u32,
    rests_until: Option<At>,
}

/// Tells subscribers.
pub(crate) struct Dispatcher {
    storage: Storage,
    live: watch::Receiver<Arc<Live>>,
    snapshot: watch::Receiver<Arc<Snapshot>>,
    bound: SocketAddr,
    under_way: FuturesUnordered<BoxFuture<'static, Ended>>,
    /// Subscriptions with an attempt under way.
    busy: BTreeSet<SubscriptionKey>,
    email: Lane,
    webhooks: Lane,
    /// Tokens of messages that were tried and wait; a message keeps its own as long as this task lives.
    tokens: HashMap<String, String>,
    /// Done, but the database could not be told yet; they are not tried again meanwhile.
    unmarked: BTreeSet<String>,
    looked: Option<At>,
    swept: Option<At>,
    /// Windows of announced work that need no further look.
    told: BTreeSet<(String, At)>,
}

impl Dispatcher {
    pub(crate) fn new(
        storage: Storage,
        live: watch::Receiver<Arc<Live>>,
        snapshot: watch::Receiver<Arc<Snapshot>>,
        bound: SocketAddr,
    ) -> Self {
        Self {
            storage,
            live,
            snapshot,
            bound,
            under_way: FuturesUnordered::new(),
            busy: BTreeSet::new(),
            email: Lane::default(),
            webhooks: Lane::default(),
            tokens: HashMap::new(),
            unmarked: BTreeSet::new(),
            looked: None,
            swept: None,
            told: BTreeSet::new(),
        }
    }

    /// Runs until `stop`. Attempts that do not end soon after it are made again after the next start.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let storage = self.storage.clone();
        self.take_over().await;
        loop {
            let pause = match self.start_due().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "what waits for subscribers cannot be read; trying again");
                    UNREADABLE
                }
            };
            // Every arm is cancel safe: the outbox itself says what is to be done.
            tokio::select! {
                () = stop.cancelled() => break,
                () = storage.subscribers_changed() => {}
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

    /// After a start or a reload all that waits is tried at once, since what kept it may have been mended.
    async fn take_over(&mut self) {
        self.live.borrow_and_update();
        (self.email.rests_until, self.webhooks.rests_until) = (None, None);
        if let Err(error) = self.storage.hurry_messages(clock::now()).await {
            tracing::warn!(%error, "messages to subscribers are tried later");
        }
    }

    /// Begins what is due; answers how long nothing else will be.
    async fn start_due(&mut self) -> Result<Duration, StorageError> {
        self.mark().await;
        let now = clock::now();
        if self.swept.is_none_or(|at| now.since(at) >= millis(SWEEP)) {
            self.storage.sweep_subscriptions(now, now - GIVE_UP_AFTER).await?;
            self.swept = Some(now);
        }
        if self.looked.is_none_or(|at| now.since(at) >= millis(LOOK)) {
            self.look(now).await?;
            self.looked = Some(now);
        }
        let live = Arc::clone(&self.live.borrow());
        let Some(way) = &live.config.subscriptions else { return Ok(LOOK) };
        let mut shortest = LOOK;
        for channel in Channel::ALL.iter().copied() {
            let lane = self.lane(channel);
            let rests = lane.rests_until.map_or(0, |until| until.since(now));
            if rests > 0 {
                shortest = shortest.min(Duration::from_millis(rests.unsigned_abs()));
                continue;
            }
            let free = AT_ONCE.saturating_sub(lane.busy);
            if free == 0 {
                continue;
            }
            let skipped = u32::try_from(self.busy.len() + self.unmarked.len()).unwrap_or(u32::MAX);
            let due = self.storage.due_messages(channel, now, free.saturating_add(skipped)).await?;
            let due: Vec<Message> = due
                .into_iter()
                .filter(|message| !self.busy.contains(&message.subscription) && !self.unmarked.contains(&message.id))
                .take(free as usize)
                .collect();
            let idle = due.len() < free as usize;
            for message in due {
                self.start(&live, way, message);
            }
            if idle && let Some(next) = self.storage.next_message(channel, now).await? {
                shortest = shortest.min(Duration::from_millis(next.since(now).max(1).unsigned_abs()));
            }
        }
        Ok(if self.unmarked.is_empty() { shortest } else { shortest.min(UNREADABLE) })
    }

    /// Takes announced work that has come near into the outbox.
    async fn look(&mut self, now: At) -> Result<(), StorageError> {
        if self.live.borrow().config.subscriptions.is_none() {
            return Ok(());
        }
        let snapshot = Arc::clone(&self.snapshot.borrow());
        self.told.retain(|(_, from)| *from + CLOSES > now);
        for one in snapshot.maintenances.iter().filter(|one| one.from <= now + AHEAD && one.until > now) {
            if self.told.contains(&(one.id.clone(), one.from)) {
                continue;
            }
            let window = Window {
                title: one.title.clone(),
                about: one.about.clone(),
                components: one.components.clone(),
                from: one.from,
                until: one.until,
            };
            let about = serde_json::to_string(&window).map_err(|error| StorageError::NotWritten(error.to_string()))?;
            self.storage.tell_of_window(one.id.clone(), one.from, one.components.clone(), about, now).await?;
            self.told.insert((one.id.clone(), one.from));
        }
        Ok(())
    }

    fn lane(&mut self, channel: Channel) -> &mut Lane {
        match channel {
            Channel::Email => &mut self.email,
            Channel::Webhook => &mut self.webhooks,
        }
    }

    fn start(&mut self, live: &Live, way: &crate::config::Subscriptions, message: Message) {
        let kept = self.tokens.get(&message.id).cloned();
        let token = match kept.map_or_else(|| random_text(TOKEN_CHARS), Ok) {
            Ok(token) => token,
            Err(error) => return tracing::error!(%error, "nobody is told"),
        };
        self.busy.insert(message.subscription);
        self.lane(message.channel).busy += 1;
        self.tokens.insert(message.id.clone(), token.clone());
        let attempt = Attempt {
            storage: self.storage.clone(),
            mail_guard: live.alert_guard.clone(),
            visitor_guard: live.visitor_guard.clone(),
            way: way.clone(),
            site: Site { title: live.config.page.title.clone(), url: live.config.server.shown_url(self.bound) },
            snapshot: Arc::clone(&self.snapshot.borrow()),
            message: message.clone(),
            token,
        };
        self.under_way.push(Box::pin(async move {
            let made = AssertUnwindSafe(attempt.make()).catch_unwind().await;
            let inside = || Outcome::Failed { problem: "the attempt failed inside".to_owned(), whole_way: false };
            Ended { message, outcome: made.unwrap_or_else(|_| inside()) }
        }));
    }

    async fn note(&mut self, ended: Ended) {
        let Ended { message, outcome } = ended;
        let now = clock::now();
        self.busy.remove(&message.subscription);
        let lane = self.lane(message.channel);
        lane.busy = lane.busy.saturating_sub(1);
        let noted = match outcome {
            Outcome::Sent { confirmed } => {
                lane.failures = 0;
                self.unmarked.insert(message.id.clone());
                let consent = confirmed.then(|| self.storage.confirm_answered(message.subscription, now));
                match consent {
                    Some(consent) => consent.await,
                    None => Ok(()),
                }
            }
            Outcome::Dropped => {
                self.unmarked.insert(message.id.clone());
                Ok(())
            }
            Outcome::Gone => {
                tracing::info!("a webhook is gone; its subscription is removed");
                self.tokens.remove(&message.id);
                self.storage.remove_subscription(message.subscription).await
            }
            Outcome::Failed { problem, whole_way } => self.failed(&message, problem, whole_way, now).await,
        };
        if let Err(error) = noted {
            // It stays due; the pause keeps a broken database from making a flood of attempts.
            tracing::warn!(%error, "what was told to subscribers cannot be written down");
            tokio::time::sleep(UNREADABLE).await;
        }
        self.mark().await;
    }

    /// Whose address it is stays out of the log, also where the mail server repeats it.
    async fn failed(
        &mut self,
        message: &Message,
        problem: String,
        whole_way: bool,
        now: At,
    ) -> Result<(), StorageError> {
        let problem = problem.replace(&message.target, "…");
        let attempts = message.attempts + 1;
        let (id, channel) = (&message.id, message.channel);
        if message.what == What::Confirm && channel == Channel::Webhook && attempts >= ASKS {
            tracing::info!(id, "a webhook did not answer; its subscription is forgotten");
            self.tokens.remove(&message.id);
            return self.storage.remove_subscription(message.subscription).await;
        }
        if now.since(message.at) >= millis(GIVE_UP_AFTER) {
            tracing::error!(id, %channel, problem, attempts, "a message to a subscriber is given up");
            self.unmarked.insert(message.id.clone());
            return Ok(());
        }
        tracing::warn!(id, %channel, problem, attempts, "a message to a subscriber did not leave");
        let (first, longest) = if channel == Channel::Email && !whole_way { REFUSED_PAUSES } else { PAUSES };
        let mut wait = pause(first, longest, attempts, dice());
        if whole_way {
            let lane = self.lane(channel);
            if lane.rests_until.is_none_or(|until| until <= now) {
                lane.failures += 1;
                let rest = pause(first, longest, lane.failures, dice());
                lane.rests_until = Some(now + rest);
                wait = rest;
            }
        }
        self.storage.put_off_message(message.id.clone(), problem, attempts, now + wait).await
    }

    /// Tells the database what is done.
    async fn mark(&mut self) {
        for id in std::mem::take(&mut self.unmarked) {
            if let Err(error) = self.storage.drop_message(id.clone()).await {
                tracing::warn!(%error, "a message that was sent cannot be marked so yet");
                self.unmarked.insert(id);
            } else {
                self.tokens.remove(&id);
            }
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
