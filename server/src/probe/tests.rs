//! The scheduler over real sockets.

use super::*;
use crate::net::mischief::{Mischief, Move, status};
use crate::netguard::{NetRules, Netguard};
use crate::selfcheck::{Eyes, SelfCheck};
use app::model::{Class, FaultKind, Origin, Sample};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const PATIENCE: Duration = Duration::from_secs(10);

fn check(id: &str, url: &str, interval: Duration) -> Check {
    Check {
        monitor: id.parse().unwrap(),
        target: Target::get(url.parse().unwrap()),
        interval,
        timeout: Duration::from_secs(5),
        expect: Expect::http(),
        authorities: Vec::new(),
        direct: None,
        identity: None,
    }
}

struct Running {
    handle: SchedulerHandle,
    samples: mpsc::Receiver<Measured>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Running {
    fn start(checks: Vec<Check>) -> Self {
        let (sender, samples) = mpsc::channel(100);
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let guard = Netguard::for_server(&NetRules::default()).unwrap();
        let eyes = Eyes::new(&guard, Vec::new(), Vec::new());
        // On a tracker of its own: one test waits for the scheduler to end by itself.
        let selfcheck = SelfCheck::start(eyes, &TaskTracker::new(), stop.clone());
        let handle = start(checks, guard, selfcheck, sender, &tracker, stop.clone()).unwrap();
        Self { handle, samples, tracker, stop }
    }

    async fn next(&mut self) -> (String, Sample) {
        let Measured { monitor, sample, .. } = self.measured().await;
        (monitor.to_string(), sample)
    }

    async fn measured(&mut self) -> Measured {
        tokio::time::timeout(PATIENCE, self.samples.recv()).await.unwrap().unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(PATIENCE, self.tracker.wait()).await.expect("all tasks end with the token");
    }
}

#[tokio::test]
async fn a_monitor_is_probed_in_its_rhythm_over_fresh_connections() {
    let upstream = Mischief::start(status(200)).await;
    let interval = Duration::from_millis(300);
    let mut running = Running::start(vec![check("shop", &upstream.url("/"), interval)]);
    let started = Instant::now();
    for _ in 0..4 {
        let (id, sample) = running.next().await;
        assert_eq!((id.as_str(), sample.class, sample.status), ("shop", Class::Up, Some(200)));
        assert_eq!(sample.fault, None);
    }
    assert!(started.elapsed() >= interval * 3, "four probes span three intervals");
    assert!(upstream.requests().len() >= 4);
    running.end().await;
}

#[tokio::test]
async fn a_failing_monitor_says_why_and_recovers() {
    let upstream = Mischief::start(status(502)).await;
    let mut running = Running::start(vec![check("shop", &upstream.url("/"), Duration::from_millis(200))]);
    let (_, sample) = running.next().await;
    let fault = sample.fault.unwrap();
    assert_eq!((sample.class, fault.kind, fault.origin), (Class::Down, FaultKind::Status, Origin::Upstream));
    upstream.change(status(200));
    for _ in 0..20 {
        if running.next().await.1.class == Class::Up {
            return running.end().await;
        }
    }
    panic!("it never recovered");
}

#[tokio::test]
async fn a_probe_on_demand_comes_at_once_and_keeps_the_rhythm() {
    let upstream = Mischief::start(status(200)).await;
    let mut running = Running::start(vec![check("shop", &upstream.url("/"), Duration::from_hours(1))]);
    let id = "shop".parse().unwrap();
    running.next().await;
    assert!(running.handle.probe_now(&id));
    running.next().await;
    let waited = running.handle.probe_and_wait(&id, PATIENCE).await.expect("a sample");
    assert_eq!(running.next().await.1, waited);
    assert_eq!(upstream.requests().len(), 3);
    let unknown = "other".parse().unwrap();
    assert!(!running.handle.probe_now(&unknown));
    assert_eq!(running.handle.probe_and_wait(&unknown, PATIENCE).await, None);
    running.end().await;
}

#[tokio::test]
async fn probes_of_one_monitor_never_overlap() {
    let slow = [vec![Move::ReadHead, Move::Pause(Duration::from_millis(300))], status(200)[1..].to_vec()].concat();
    let upstream = Mischief::start(slow).await;
    let mut running = Running::start(vec![check("slow", &upstream.url("/"), Duration::from_millis(50))]);
    let id = "slow".parse().unwrap();
    let started = Instant::now();
    for _ in 0..3 {
        running.handle.probe_now(&id);
        running.handle.probe_now(&id);
        running.next().await;
    }
    let shortest = Duration::from_millis(900);
    assert!(started.elapsed() >= shortest, "three probes of 300 ms, one after the other");
    assert!(upstream.requests().len() <= 4, "{}", upstream.requests().len());
    running.end().await;
}

#[tokio::test]
async fn a_hung_monitor_delays_nobody_and_ends_with_the_token() {
    let hung = Mischief::start(vec![Move::Hang]).await;
    let well = Mischief::start(status(200)).await;
    let interval = Duration::from_millis(100);
    let mut running =
        Running::start(vec![check("hung", &hung.url("/"), interval), check("well", &well.url("/"), interval)]);
    for _ in 0..5 {
        assert_eq!(running.next().await.0, "well");
    }
    assert_eq!(hung.requests().len(), 1);
    running.end().await;
}

#[tokio::test]
async fn five_hundred_hung_targets_delay_nobody() {
    let hung = Mischief::start(vec![Move::Hang]).await;
    let well = Mischief::start(status(200)).await;
    let dead = |number| Check {
        timeout: Duration::from_mins(1),
        ..check(&format!("hung-{number}"), &hung.url("/"), Duration::from_millis(500))
    };
    let mut checks: Vec<Check> = (0..500).map(dead).collect();
    // The last to start, when all the others hang.
    checks.push(check("well", &well.url("/"), Duration::from_millis(100)));
    let mut running = Running::start(checks);
    for _ in 0..5 {
        assert_eq!(running.next().await.0, "well");
    }
    running.end().await;
}

#[tokio::test]
async fn a_reload_adds_removes_and_grants_leave() {
    let (one, two) = (Mischief::start(status(200)).await, Mischief::start(status(204)).await);
    let interval = Duration::from_millis(100);
    let mut running = Running::start(vec![check("one", &one.url("/"), interval)]);
    assert_eq!(running.next().await.0, "one");
    running.handle.replace(vec![check("two", &two.url("/"), interval)]);
    assert!(!running.handle.probe_now(&"one".parse().unwrap()));
    let mut seen = 0;
    for _ in 0..20 {
        let (id, sample) = running.next().await;
        if id == "two" {
            assert_eq!((sample.class, sample.status), (Class::Up, Some(204)));
            seen += 1;
        } else {
            assert_eq!(seen, 0, "a removed monitor is probed no more");
        }
        if seen == 3 {
            break;
        }
    }
    assert_eq!(seen, 3);
    running.end().await;
}

#[tokio::test]
async fn it_ends_when_nobody_takes_samples() {
    let upstream = Mischief::start(status(200)).await;
    let running = Running::start(vec![check("shop", &upstream.url("/"), Duration::from_millis(50))]);
    drop(running.samples);
    running.tracker.close();
    tokio::time::timeout(PATIENCE, running.tracker.wait()).await.expect("the scheduler ends by itself");
}

#[tokio::test]
async fn a_refusal_of_our_own_is_blocked_and_never_down() {
    let guard = Netguard::for_server(&NetRules::default()).unwrap();
    let Attempted { sample, .. } =
        attempt(&guard, &check("meta", "http://169.254.169.254/", Duration::from_secs(1))).await;
    let fault = sample.fault.unwrap();
    assert_eq!((sample.class, fault.kind, fault.origin), (Class::Blocked, FaultKind::Blocked, Origin::Here));
}
