//! The scheduler's task, and the handle to it.

use super::attempt::{attempt, failed_here};
use super::places::Places;
use super::schedule::{Queue, Rhythm, first_delay};
use super::{Attempted, Check, Measured};
use crate::clock;
use crate::descriptors;
use crate::evidence;
use crate::netguard::Netguard;
use crate::selfcheck::SelfCheck;
use crate::threads;
use app::model::{Class, MonitorId, Sample};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Probes under way at once, those left out that hang. Enough for ten thousand monitors at ten seconds.
const MOST: usize = 200;
/// Probes that hang at once: as many dead targets delay nobody, however short their interval.
const MOST_HANGING: usize = 1000;

/// The way to a running scheduler. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SchedulerHandle(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    inbox: Mutex<Inbox>,
    bell: Notify,
    /// What the newest probe of a monitor saw besides its sample; at most one entry a monitor.
    seen: Mutex<BTreeMap<MonitorId, String>>,
}

/// What callers want. Nothing here grows beyond the number of monitors and of waiting callers.
#[derive(Debug, Default)]
struct Inbox {
    known: BTreeSet<MonitorId>,
    wanted: BTreeSet<MonitorId>,
    waiting: Vec<(MonitorId, oneshot::Sender<Sample>)>,
    checks: Option<Vec<Check>>,
}

impl Shared {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, id: &MonitorId, seen: Option<String>) {
        let mut all = self.seen();
        match seen {
            Some(seen) => {
                all.insert(id.clone(), seen);
            }
            None => {
                all.remove(id);
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<MonitorId, String>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SchedulerHandle {
    /// What the newest probe saw in words for admins: a certificate, records, a greeting. The peer's own text.
    pub fn seen(&self, id: &MonitorId) -> Option<String> {
        self.0.seen().get(id).cloned()
    }

    /// Asks for a probe at once, on a fresh connection and without overlap: if one is under way, another
    /// follows it. False where there is no such monitor.
    pub fn probe_now(&self, id: &MonitorId) -> bool {
        let mut inbox = self.0.inbox();
        if !inbox.known.contains(id) {
            return false;
        }
        inbox.wanted.insert(id.clone());
        drop(inbox);
        self.0.bell.notify_one();
        true
    }

    /// Probes at once and waits for the sample, at most so long. The sample also goes the ordinary way.
    pub async fn probe_and_wait(&self, id: &MonitorId, deadline: Duration) -> Option<Sample> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut inbox = self.0.inbox();
            if !inbox.known.contains(id) {
                return None;
            }
            inbox.waiting.push((id.clone(), sender));
        }
        self.0.bell.notify_one();
        tokio::time::timeout(deadline, receiver).await.ok()?.ok()
    }

    /// Replaces all checks, as a reload does. Monitors whose interval is unchanged keep their rhythm. The
    /// checks' own URLs are leave to ask, as at the start.
    pub fn replace(&self, checks: Vec<Check>) {
        let mut inbox = self.0.inbox();
        inbox.known = checks.iter().map(|check| check.monitor.clone()).collect();
        inbox.checks = Some(checks);
        drop(inbox);
        self.0.bell.notify_one();
    }
}

/// Starts probing. Samples go to `results`; all tasks end when `stop` is cancelled or `results` closes.
///
/// Probes have a thread to themselves, so that a busy page does not make the sites look slow either.
///
/// # Errors
///
/// Where the system has no thread left.
pub fn start(
    checks: Vec<Check>,
    guard: Netguard,
    selfcheck: SelfCheck,
    results: mpsc::Sender<Measured>,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> std::io::Result<SchedulerHandle> {
    let handle = SchedulerHandle(Arc::default());
    handle.replace(checks);
    let scheduler = Scheduler {
        shared: Arc::clone(&handle.0),
        base: guard.clone(),
        guard,
        selfcheck,
        results,
        slots: BTreeMap::new(),
        keys: BTreeMap::new(),
        next_key: 0,
        queue: Queue::default(),
        urgent: VecDeque::new(),
        in_flight: JoinSet::new(),
        places: Places::new(MOST, descriptors::probes_that_fit(MOST + MOST_HANGING).saturating_sub(MOST)),
        running: HashMap::new(),
    };
    threads::apart("probes", tracker, scheduler.run(stop))?;
    Ok(handle)
}

/// One monitor's place in the scheduler.
#[derive(Debug)]
struct Slot {
    job: Arc<Check>,
    rhythm: Rhythm,
    /// Whether the queue holds its next tick, and under which ticket.
    queued: Option<u64>,
    running: bool,
    /// Whether the last probe was not well, or there was none: then a good one is evidence too.
    wary: bool,
    again: bool,
    /// Callers that wait for the next probe to start, and for the one under way to end.
    next: Vec<oneshot::Sender<Sample>>,
    present: Vec<oneshot::Sender<Sample>>,
}

struct Scheduler {
    shared: Arc<Shared>,
    base: Netguard,
    guard: Netguard,
    selfcheck: SelfCheck,
    results: mpsc::Sender<Measured>,
    slots: BTreeMap<usize, Slot>,
    keys: BTreeMap<MonitorId, usize>,
    next_key: usize,
    queue: Queue,
    urgent: VecDeque<usize>,
    in_flight: JoinSet<Option<Sample>>,
    places: Places<Id>,
    running: HashMap<Id, usize>,
}

impl Scheduler {
    async fn run(mut self, stop: CancellationToken) {
        let shared = Arc::clone(&self.shared);
        loop {
            self.launch_due();
            let has_room = self.places.has_room(Instant::now());
            let due = if has_room { self.queue.earliest() } else { self.places.frees_at() };
            let wake = due.unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.in_flight.join_next_with_id() => {
                    if self.finish(ended).is_none() {
                        break;
                    }
                }
                () = shared.bell.notified() => self.read_inbox(),
                () = tokio::time::sleep_until(wake.into()), if due.is_some() => {}
            }
        }
        self.in_flight.shutdown().await;
    }

    fn launch_due(&mut self) {
        let now = Instant::now();
        while self.places.has_room(now)
            && let Some(key) = self.urgent.pop_front()
        {
            self.launch(key);
        }
        while self.places.has_room(now)
            && let Some((ticket, key)) = self.queue.pop_due(now)
        {
            if let Some(slot) = self.slots.get_mut(&key).filter(|slot| slot.queued == Some(ticket)) {
                slot.queued = None;
                self.launch(key);
            }
        }
    }

    fn launch(&mut self, key: usize) {
        let Some(slot) = self.slots.get_mut(&key).filter(|slot| !slot.running) else { return };
        slot.running = true;
        slot.again = false;
        slot.present.append(&mut slot.next);
        let (job, guard, results) = (Arc::clone(&slot.job), self.guard.clone(), self.results.clone());
        let (shared, selfcheck, wary) = (Arc::clone(&self.shared), self.selfcheck.clone(), slot.wary);
        let task = self.in_flight.spawn(async move {
            let begun = clock::reading();
            let Attempted { sample, seen, traces } = attempt(&guard, &job).await;
            // What is measured while we are ill ourselves says nothing of others.
            let class = sample.class;
            let sample = selfcheck.weigh(job.target.reach(), begun, sample).await;
            let gathered = (sample.class == class)
                .then(|| evidence::gather(wary, &sample, &job.target, traces, seen.as_deref()))
                .flatten();
            shared.note(&job.monitor, seen);
            results.send(Measured { monitor: job.monitor.clone(), sample: sample.clone(), gathered }).await.ok()?;
            Some(sample)
        });
        self.places.take(task.id(), Instant::now());
        self.running.insert(task.id(), key);
    }

    /// A probe ended. `None` when nobody takes samples any more.
    fn finish(&mut self, ended: Result<(Id, Option<Sample>), JoinError>) -> Option<()> {
        let (id, sample) = match ended {
            Ok((id, sample)) => (id, Some(sample?)),
            Err(error) => (error.id(), None),
        };
        self.places.leave(id);
        let key = self.running.remove(&id)?;
        let Some(slot) = self.slots.get_mut(&key) else { return Some(()) };
        slot.running = false;
        let sample = sample.unwrap_or_else(|| {
            let sample = failed_here(clock::now(), "the probe ended by a bug in Gatewatch");
            tracing::error!(monitor = %slot.job.monitor, "a probe panicked");
            // A full channel means that newer samples wait there already.
            let _ = self.results.try_send(Measured::bare(slot.job.monitor.clone(), sample.clone()));
            sample
        });
        slot.wary = sample.class != Class::Up;
        for waiting in slot.present.drain(..) {
            // Whoever stopped waiting does not need it.
            let _ = waiting.send(sample.clone());
        }
        if slot.again || !slot.next.is_empty() {
            self.urgent.push_back(key);
        }
        if slot.queued.is_none() {
            let due = slot.rhythm.next(Instant::now());
            self.enqueue(key, due);
        }
        Some(())
    }

    fn enqueue(&mut self, key: usize, due: Instant) {
        let ticket = self.queue.push(due, key);
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.queued = Some(ticket);
        }
    }

    fn read_inbox(&mut self) {
        let (checks, wanted, waiting) = {
            let mut inbox = self.shared.inbox();
            (inbox.checks.take(), std::mem::take(&mut inbox.wanted), std::mem::take(&mut inbox.waiting))
        };
        if let Some(checks) = checks {
            self.replace(checks);
        }
        for (id, sender) in waiting {
            if let Some(key) = self.keys.get(&id).copied()
                && let Some(slot) = self.slots.get_mut(&key)
            {
                slot.next.push(sender);
                self.want(key);
            }
        }
        for id in wanted {
            if let Some(key) = self.keys.get(&id).copied() {
                self.want(key);
            }
        }
    }

    fn want(&mut self, key: usize) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        if !slot.again {
            slot.again = true;
            if !slot.running {
                self.urgent.push_back(key);
            }
        }
    }

    fn replace(&mut self, checks: Vec<Check>) {
        let now = Instant::now();
        self.guard = self.base.with_leave(checks.iter().flat_map(Check::places));
        let gone: Vec<MonitorId> = {
            let kept: BTreeSet<&MonitorId> = checks.iter().map(|check| &check.monitor).collect();
            self.keys.keys().filter(|id| !kept.contains(id)).cloned().collect()
        };
        for id in gone {
            if let Some(key) = self.keys.remove(&id) {
                self.slots.remove(&key);
            }
            self.shared.note(&id, None);
        }
        let all = checks.len();
        let mut added = 0;
        for check in checks {
            let known = self.keys.get(&check.monitor).copied();
            let job = Arc::new(check);
            let interval = job.interval;
            if let Some(slot) = known.and_then(|key| self.slots.get_mut(&key))
                && slot.rhythm.interval() == interval
            {
                slot.job = job;
                continue;
            }
            let first = now + first_delay(added, all, interval);
            added += 1;
            self.add(known, job, first);
        }
    }

    /// A new monitor, or one with a new interval.
    fn add(&mut self, known: Option<usize>, job: Arc<Check>, first: Instant) {
        let rhythm = Rhythm::new(job.interval, first, job.monitor.as_str());
        let key = known.unwrap_or(self.next_key);
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.job = job;
            slot.rhythm = rhythm;
        } else {
            self.next_key += 1;
            self.keys.insert(job.monitor.clone(), key);
            let (next, present) = (Vec::new(), Vec::new());
            let slot = Slot { job, rhythm, queued: None, running: false, wary: true, again: false, next, present };
            self.slots.insert(key, slot);
        }
        self.enqueue(key, first);
    }
}
