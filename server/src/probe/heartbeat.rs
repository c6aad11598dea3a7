//! Heartbeats: a job tells that it ran, and silence beyond its time is the failure.
//!
//! A push is a good sample. Where none came within interval and grace, one failed sample follows at once and then one
//! each interval, so that the state stands on samples as every other does. What was due while Gatewatch itself was not
//! there is not held against the job: then a whole interval and grace pass first.

use crate::auth::Network;
use crate::clock;
use crate::probe::Measured;
use crate::selfcheck::{Reach, SelfCheck};
use app::model::{At, Class, Fault, FaultKind, Millis, MonitorId, Origin, Phases, Sample};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A job that tells oftener than this is told to wait.
const LEAST_GAP: Duration = Duration::from_millis(500);
/// Wrong tokens that one network may send within the window.
const MOST_WRONG: u32 = 20;
/// How long wrong tokens count.
const WINDOW: Duration = Duration::from_mins(15);
/// Networks remembered; beyond them nobody without a right token gets another answer than "wait".
const MOST_NETWORKS: usize = 4096;
/// How long a push may wait until its sample is taken.
const PATIENCE: Duration = Duration::from_secs(2);
/// The fewest characters of a token.
pub const LEAST_TOKEN: usize = 20;
/// The most characters of a token.
pub const MOST_TOKEN: usize = 128;

/// The secret part of a push URL; only its hash is kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PushToken([u8; 32]);

impl PushToken {
    /// Of a token's text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether a text can be a token at all.
    pub fn is_well_formed(text: &str) -> bool {
        (LEAST_TOKEN..=MOST_TOKEN).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    }
}

impl fmt::Debug for PushToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushToken(***)")
    }
}

/// A job that is expected to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// Whose samples these are.
    pub monitor: MonitorId,
    /// What its push URL ends in.
    pub token: PushToken,
    /// How often it runs.
    pub every: Duration,
    /// How much later it may be.
    pub grace: Duration,
}

/// Why a push was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushRefusal {
    /// No job has this token.
    Unknown,
    /// Too often; try again later.
    TooOften,
    /// Nobody can take it just now.
    Busy,
}

/// The way to the running heartbeats. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Heartbeats(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    bell: Notify,
    /// Weak, so that the recorder can tell that nobody else sends any more.
    results: mpsc::WeakSender<Measured>,
}

#[derive(Debug, Default)]
struct State {
    jobs: BTreeMap<MonitorId, Job>,
    strangers: HashMap<Network, (u32, Instant)>,
}

#[derive(Debug)]
struct Job {
    beat: Beat,
    /// When silence becomes a failure.
    due: Instant,
    last: Option<Instant>,
}

impl Job {
    fn limit(&self) -> Duration {
        self.beat.every.saturating_add(self.beat.grace)
    }
}

/// Starts watching. `told` is when each job told the last time; samples go to `results`.
pub fn start(
    beats: Vec<Beat>,
    told: &BTreeMap<MonitorId, At>,
    selfcheck: SelfCheck,
    results: &mpsc::Sender<Measured>,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> Heartbeats {
    let shared = Shared { state: Mutex::default(), bell: Notify::new(), results: results.downgrade() };
    let heartbeats = Heartbeats(Arc::new(shared));
    let (now, at) = (Instant::now(), clock::now());
    heartbeats.0.state().replace(beats, now, |id, beat| first_due(beat, told.get(id).copied(), at));
    tracker.spawn(watch(Arc::clone(&heartbeats.0), selfcheck, stop));
    heartbeats
}

/// How long after the start a job's silence becomes a failure.
fn first_due(beat: &Beat, told: Option<At>, now: At) -> Duration {
    let whole = beat.every.saturating_add(beat.grace);
    let Some(told) = told else { return whole };
    if told + beat.every <= now {
        // It was due while nobody could hear it.
        return whole;
    }
    let left = (told + whole).since(now);
    u64::try_from(left).map_or(Duration::ZERO, Duration::from_millis).min(whole)
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Jobs that stay keep their time; new ones have what `first` says.
    fn replace(&mut self, beats: Vec<Beat>, now: Instant, first: impl Fn(&MonitorId, &Beat) -> Duration) {
        let mut earlier = std::mem::take(&mut self.jobs);
        for beat in beats {
            let known = earlier.remove(&beat.monitor);
            let job = match known {
                Some(job) if job.beat.every == beat.every && job.beat.grace == beat.grace => Job { beat, ..job },
                _ => Job { due: now + first(&beat.monitor, &beat), last: None, beat },
            };
            self.jobs.insert(job.beat.monitor.clone(), job);
        }
    }

    fn push(&mut self, token: &str, network: Network, now: Instant) -> Result<MonitorId, PushRefusal> {
        self.strangers.retain(|_, (_, since)| now.duration_since(*since) < WINDOW);
        if self.strangers.get(&network).is_some_and(|(count, _)| *count >= MOST_WRONG) {
            return Err(PushRefusal::TooOften);
        }
        let hash = PushToken::of(token);
        let Some(job) = self.jobs.values_mut().find(|job| job.beat.token == hash) else {
            if self.strangers.len() >= MOST_NETWORKS && !self.strangers.contains_key(&network) {
                return Err(PushRefusal::TooOften);
            }
            self.strangers.entry(network).or_insert((0, now)).0 += 1;
            return Err(PushRefusal::Unknown);
        };
        if job.last.is_some_and(|last| now.duration_since(last) < LEAST_GAP) {
            return Err(PushRefusal::TooOften);
        }
        job.last = Some(now);
        job.due = now + job.limit();
        Ok(job.beat.monitor.clone())
    }

    /// Jobs whose time is over, with what is said of each; they are due again after another interval.
    fn missed(&mut self, now: Instant) -> Vec<(MonitorId, String)> {
        let mut missed = Vec::new();
        for (id, job) in &mut self.jobs {
            if job.due <= now {
                job.due = now + job.beat.every;
                let (every, grace) = (words(job.beat.every), words(job.beat.grace));
                missed.push((id.clone(), format!("no heartbeat within {every} and {grace} of grace")));
            }
        }
        missed
    }

    /// Nobody could hear them: each job has its whole time again.
    fn excuse(&mut self, now: Instant) {
        for job in self.jobs.values_mut() {
            job.due = job.due.max(now + job.limit());
        }
    }

    fn earliest(&self) -> Option<Instant> {
        self.jobs.values().map(|job| job.due).min()
    }
}

impl Heartbeats {
    /// Takes a push; the sample stands once this returns.
    pub async fn push(&self, token: &str, network: Network) -> Result<(), PushRefusal> {
        let monitor = self.0.state().push(token, network, Instant::now())?;
        let sample = sample(Class::Up, None);
        let Some(results) = self.0.results.upgrade() else { return Err(PushRefusal::Busy) };
        self.0.bell.notify_one();
        match tokio::time::timeout(PATIENCE, results.send(Measured::bare(monitor, sample))).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(PushRefusal::Busy),
        }
    }

    /// Replaces all jobs, as a reload does.
    pub fn replace(&self, beats: Vec<Beat>) {
        self.0.state().replace(beats, Instant::now(), |_, beat| beat.every.saturating_add(beat.grace));
        self.0.bell.notify_one();
    }
}

async fn watch(shared: Arc<Shared>, selfcheck: SelfCheck, stop: CancellationToken) {
    let mut blind = selfcheck.blind();
    loop {
        let due = shared.state().earliest();
        let wake = due.unwrap_or_else(Instant::now);
        // Cancel-safe: all of them only wait.
        tokio::select! {
            () = stop.cancelled() => return,
            () = shared.bell.notified() => {}
            // It ends with the server, and then so does this.
            Ok(()) = blind.changed() => {
                if blind.borrow_and_update().is_none() {
                    shared.state().excuse(Instant::now());
                }
            }
            () = tokio::time::sleep_until(wake.into()), if due.is_some() => {}
        }
        let missed = shared.state().missed(Instant::now());
        let Some(results) = shared.results.upgrade() else { return };
        let begun = clock::reading();
        for (monitor, told) in missed {
            let fault = Fault { kind: FaultKind::ReadTimeout, origin: Origin::Upstream, status: None, detail: told };
            // A push cannot come where we cannot be reached.
            let missed = selfcheck.weigh(Reach::Network, begun, sample(Class::Down, Some(fault))).await;
            if results.send(Measured::bare(monitor, missed)).await.is_err() {
                return;
            }
        }
    }
}

fn sample(class: Class, fault: Option<Fault>) -> Sample {
    Sample { at: clock::now(), class, latency: Millis(0), status: None, phases: Phases::default(), fault }
}

/// A duration as the configuration writes it.
fn words(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    match units.into_iter().find(|(unit, _)| millis > 0 && millis.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", millis / unit),
        None => format!("{millis}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "nightly-backup-token-1";

    fn beat(every: u64, grace: u64) -> Beat {
        let (every, grace) = (Duration::from_millis(every), Duration::from_millis(grace));
        Beat { monitor: "backup".parse().unwrap(), token: PushToken::of(TOKEN), every, grace }
    }

    fn home() -> Network {
        Network::parse("192.0.2.1")
    }

    #[tokio::test]
    async fn silence_is_a_failure_and_a_push_ends_it() {
        let (sender, mut samples) = mpsc::channel(16);
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let guard = crate::netguard::Netguard::for_terminal();
        let eyes = crate::selfcheck::Eyes::new(&guard, Vec::new(), Vec::new());
        let selfcheck = SelfCheck::start(eyes, &tracker, stop.clone());
        let heartbeats = start(vec![beat(300, 200)], &BTreeMap::new(), selfcheck, &sender, &tracker, stop.clone());
        let begun = Instant::now();
        let Measured { monitor: id, sample: missed, .. } = samples.recv().await.unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(500), "interval and grace pass first");
        let fault = missed.fault.unwrap();
        assert_eq!((id.as_str(), missed.class, fault.kind), ("backup", Class::Down, FaultKind::ReadTimeout));
        assert_eq!(fault.detail, "no heartbeat within 300ms and 200ms of grace");
        heartbeats.push(TOKEN, home()).await.unwrap();
        let mut last = samples.recv().await.unwrap().sample;
        while last.class == Class::Down {
            last = samples.recv().await.unwrap().sample;
        }
        assert_eq!((last.class, last.fault), (Class::Up, None));
        let again = samples.recv().await.unwrap().sample;
        assert_eq!(again.class, Class::Down, "and then it is silent again");
        stop.cancel();
        tracker.close();
        tokio::time::timeout(Duration::from_secs(5), tracker.wait()).await.expect("it ends with the token");
    }

    #[test]
    fn what_was_due_while_nobody_listened_is_not_held_against_the_job() {
        let beat = beat(60_000, 5_000);
        let now = At(1_000_000);
        assert_eq!(first_due(&beat, None, now), Duration::from_secs(65));
        assert_eq!(first_due(&beat, Some(At(1_000_000 - 60_000)), now), Duration::from_secs(65));
        assert_eq!(first_due(&beat, Some(At(1_000_000 - 50_000)), now), Duration::from_secs(15));
        assert_eq!(first_due(&beat, Some(At(2_000_000)), now), Duration::from_secs(65), "a clock that was set back");
    }

    #[test]
    fn wrong_tokens_are_counted_by_network_and_right_ones_have_a_pace() {
        let mut state = State::default();
        let now = Instant::now();
        state.replace(vec![beat(1000, 0)], now, |_, beat| beat.every);
        assert!(state.push(TOKEN, home(), now).is_ok());
        assert_eq!(state.push(TOKEN, home(), now + Duration::from_millis(499)), Err(PushRefusal::TooOften));
        assert!(state.push(TOKEN, home(), now + Duration::from_millis(500)).is_ok());
        let stranger = Network::parse("2001:db8::1");
        for _ in 0..MOST_WRONG {
            assert_eq!(state.push("guess", stranger, now), Err(PushRefusal::Unknown));
        }
        assert_eq!(state.push("guess", Network::parse("2001:db8::2"), now), Err(PushRefusal::TooOften), "one /64");
        assert_eq!(state.push(TOKEN, stranger, now + Duration::from_secs(2)), Err(PushRefusal::TooOften));
        assert!(state.push(TOKEN, home(), now + Duration::from_secs(2)).is_ok(), "others are not hit");
        assert_eq!(state.push("guess", stranger, now + WINDOW), Err(PushRefusal::Unknown));
    }

    #[test]
    fn a_reload_keeps_the_time_of_jobs_that_stay() {
        let mut state = State::default();
        let now = Instant::now();
        state.replace(vec![beat(1000, 0)], now, |_, _| Duration::from_secs(1));
        let due = state.earliest();
        state.replace(vec![beat(1000, 0)], now, |_, _| Duration::from_secs(9));
        assert_eq!(state.earliest(), due);
        state.replace(vec![beat(1000, 1)], now, |_, _| Duration::from_secs(9));
        assert_eq!(state.earliest(), Some(now + Duration::from_secs(9)));
        state.excuse(now + Duration::from_mins(1));
        assert_eq!(state.earliest(), Some(now + Duration::from_millis(61_001)), "nobody could hear it for a while");
        state.replace(vec![], now, |_, _| Duration::ZERO);
        assert_eq!(state.earliest(), None);
    }

    #[test]
    fn a_token_is_shown_nowhere() {
        assert_eq!(format!("{:?}", beat(1, 1).token), "PushToken(***)");
        assert!(PushToken::is_well_formed(TOKEN) && !PushToken::is_well_formed("short"));
        assert!(!PushToken::is_well_formed("has/a/slash/in/it/somewhere"));
    }
}
