//! Recorded traces, each with the timeline that it has to give, to the second. Clock, self-check, confirmation and history
//! are the real ones; only time is fed.

use super::tests::*;
use super::*;
use crate::selfcheck::health::{Findings, Health, Worth, spoilt};
use crate::selfcheck::pulse::{BEAT_MS, Pulse, Reading};
use app::model::{FaultKind, Millis, Origin};

/// A host with one monitor, its three clocks, and what happens around it.
struct Host {
    core: Core,
    pulse: Pulse,
    health: Health,
    now: Reading,
    /// What a look at the own side finds.
    cut: bool,
    /// When the monitor is probed next, by the steady clock.
    next: i64,
    told: Vec<(i64, State)>,
}

const TIMEOUT: i64 = 3_000;

impl Host {
    fn new() -> Self {
        let now = Reading { wall: At(NOON), steady_ms: 1_000_000, boot_ms: 1_000_000 };
        let core = core(&config(vec![watched("shop", true)], Vec::new()));
        let mut pulse = Pulse::default();
        pulse.beat(now);
        Self { core, pulse, health: Health::default(), now, cut: false, next: now.steady_ms, told: Vec::new() }
    }

    fn pass(&mut self, ms: i64) {
        let until = self.now.steady_ms + ms;
        while self.now.steady_ms < until {
            let step = (until - self.now.steady_ms).min(BEAT_MS);
            self.now.steady_ms += step;
            self.now.boot_ms += step;
            self.now.wall = At(self.now.wall.0 + step);
            self.beat();
        }
    }

    fn beat(&mut self) {
        if let Some(shock) = self.pulse.beat(self.now) {
            self.health.shock(shock);
        }
        let tick = self.core.tick(self.now.wall);
        self.take(&tick);
        self.see();
    }

    fn see(&mut self) {
        if let Some(blind) = self.health.blind(self.now) {
            let effects = self.core.blinded(blind, self.now.wall);
            self.take(&effects);
        }
    }

    fn take(&mut self, effects: &Effects) {
        // Of what could not be measured no listener hears.
        let told = effects.turns.iter().filter(|turn| turn.state != State::Unknown);
        self.told.extend(told.map(|turn| (turn.since.since(At(NOON)) / 1000, turn.state)));
    }

    /// Probes at once: `U`p, slo`W`, answered `D`own, or `.` no answer within the time-out.
    fn probe(&mut self, letter: char) -> bool {
        let begun = self.now;
        let (class, took) = match letter {
            'U' => (Class::Up, 20),
            'W' => (Class::Degraded, 900),
            'D' => (Class::Down, 20),
            _ => (Class::Down, TIMEOUT),
        };
        self.pass(took);
        let kind = if letter == 'D' { FaultKind::Status } else { FaultKind::ConnectTimeout };
        let fault = Fault { kind, origin: Origin::Edge, status: None, detail: "no".to_owned() };
        let took = self.now.wall.since(begun.wall).max(0);
        let sample = Sample {
            latency: Millis(u32::try_from(took).unwrap()),
            fault: (class == Class::Down).then_some(fault),
            ..sample(begun.wall.0, class)
        };
        self.weighed(begun, sample)
    }

    fn weighed(&mut self, begun: Reading, sample: Sample) -> bool {
        let reach = crate::selfcheck::Reach::Network;
        let mut worth = self.health.weigh(reach, begun, self.now, &sample);
        if worth == Worth::Ask {
            let network = self.cut.then_some(Ill::Canaries);
            self.health.checked(self.now, Findings { network, names_silent: false }, Some(sample.at));
            worth = self.health.weigh(reach, begun, self.now, &sample);
        }
        let sample = if let Worth::Nothing(ill) = worth { spoilt(sample, ill) } else { sample };
        let effects = self.core.apply(&"shop".parse().unwrap(), &sample, None);
        self.take(&effects);
        self.see();
        effects.reprobe
    }

    /// One sample each 30 s; a first contradiction is asked again at once, and finds the same.
    fn run(&mut self, trace: &str) {
        for letter in trace.chars() {
            self.pass(self.next - self.now.steady_ms);
            self.next += INTERVAL;
            if self.probe(letter) {
                self.probe(letter);
            }
        }
    }

    /// One sample each 30 s; where one is asked again at once, the next letter is what that finds.
    fn each(&mut self, trace: &str) {
        let mut letters = trace.chars();
        while let Some(letter) = letters.next() {
            self.pass(self.next - self.now.steady_ms);
            self.next += INTERVAL;
            if self.probe(letter) {
                self.probe(letters.next().expect("what the second look finds"));
            }
        }
    }

    /// The history in seconds after noon.
    fn timeline(&mut self) -> Vec<(i64, State)> {
        let live = &self.core.monitors[&"shop".parse::<MonitorId>().unwrap()];
        live.history.spans().iter().map(|span| (span.since.since(At(NOON)) / 1000, span.state)).collect()
    }
}

use State::{Degraded, Operational, Outage, Unknown};

#[test]
fn one_lost_packet_is_nothing() {
    let mut host = Host::new();
    host.each("UUU.UUUUU");
    assert_eq!(host.timeline(), [(0, Operational)]);
    assert_eq!(host.told, [(0, Operational)]);
}

#[test]
fn three_minutes_of_flapping_are_one_outage() {
    let mut host = Host::new();
    // Every second request fails from 12:01:30 on: a look, the second look at once, the next tick …
    host.each("UUU.U.U.U.UUUU");
    assert_eq!(host.timeline(), [(0, Operational), (90, Outage), (210, Operational)]);
    assert_eq!(host.told, [(0, Operational), (90, Outage), (210, Operational)]);
}

#[test]
fn an_hour_of_flapping_is_told_three_times_and_then_once_more() {
    let mut host = Host::new();
    for _ in 0..10 {
        host.run("UUUUDDDD");
    }
    host.run("UUUUUUUUUU");
    let outages = host.timeline().iter().filter(|(_, state)| *state == Outage).count();
    assert_eq!(outages, 10, "the history keeps each");
    let told: Vec<State> = host.told.iter().map(|(_, state)| *state).collect();
    assert_eq!(told, [Operational, Outage, Operational, Outage, Operational, Outage]);
    let page = host.core.public(host.now.wall);
    assert_eq!(page[0].reason.as_deref(), Some("unstable: its state changed 20 times within 1 h"));
    for _ in 0..6 {
        host.run("UUUUUUUUUU");
    }
    assert_eq!(host.told.last(), Some(&(2400, Operational)), "since it was last seen to come back");
    assert_eq!(host.told.len(), 7);
    assert_eq!(host.core.public(host.now.wall)[0].reason, None);
}

#[test]
fn a_slow_burn_goes_through_degraded() {
    let mut host = Host::new();
    host.run("UUUUWWWWDDDD");
    host.run("WWUU");
    let expected = [(0, Operational), (120, Degraded), (240, Outage), (360, Degraded), (420, Operational)];
    assert_eq!(host.timeline(), expected);
}

#[test]
fn a_clock_that_jumps_ahead_leaves_a_gap_and_no_outage() {
    let mut host = Host::new();
    host.run("UU");
    host.pass(10_000);
    host.now.wall = At(host.now.wall.0 + 3_600_000);
    host.beat();
    host.run("UU");
    // Set at 12:00:40; the next probe comes in its rhythm, 20 s later by the steady clock.
    assert_eq!(host.timeline(), [(0, Operational), (40, Unknown), (3660, Operational)]);
}

#[test]
fn a_clock_that_is_set_back_does_not_freeze_the_state() {
    let mut host = Host::new();
    host.run("UUUUUUUUU");
    host.pass(10_000);
    host.now.wall = At(host.now.wall.0 - 180_000);
    host.beat();
    host.run("U....");
    assert_eq!(host.timeline(), [(0, Operational), (70, Unknown), (90, Operational), (120, Outage)]);
}

#[test]
fn a_suspended_host_saw_nothing_from_the_second_on_in_which_it_fell_asleep() {
    let mut host = Host::new();
    host.run("UUU");
    host.pass(10_000);
    // A probe is under way when the host falls asleep for an hour, and fails when it wakes.
    let begun = host.now;
    host.now.boot_ms += 3_600_000;
    host.now.wall = At(host.now.wall.0 + 3_600_000);
    host.beat();
    let fault = Fault { kind: FaultKind::ConnectTimeout, origin: Origin::Edge, status: None, detail: String::new() };
    host.weighed(begun, Sample { fault: Some(fault), ..sample(begun.wall.0, Class::Down) });
    host.run("..");
    assert_eq!(host.timeline(), [(0, Operational), (70, Unknown), (3690, Outage)], "the site did not come back, truly");
    let mut host = Host::new();
    host.run("UUU");
    host.pass(10_000);
    host.now.boot_ms += 3_600_000;
    host.now.wall = At(host.now.wall.0 + 3_600_000);
    host.beat();
    host.run("UUU");
    assert_eq!(host.timeline(), [(0, Operational), (70, Unknown), (3690, Operational)]);
    assert_eq!(host.told, [(0, Operational), (3690, Operational)], "unknown is told to nobody");
}

#[test]
fn a_stopped_process_is_no_outage_of_others() {
    let mut host = Host::new();
    host.run("UU");
    host.pass(10_000);
    for clock in [&mut host.now.steady_ms, &mut host.now.boot_ms] {
        *clock += 600_000;
    }
    host.now.wall = At(host.now.wall.0 + 600_000);
    host.beat();
    host.next = host.now.steady_ms + 5_000;
    host.run("UU");
    assert_eq!(host.timeline(), [(0, Operational), (40, Unknown), (645, Operational)]);
}

#[test]
fn an_own_network_that_is_cut_for_ten_minutes_takes_no_site_down() {
    let mut host = Host::new();
    host.run("UUUU");
    host.cut = true;
    host.run("....................");
    assert_eq!(host.timeline(), [(0, Operational), (120, Unknown)]);
    host.cut = false;
    host.run("UU");
    assert_eq!(host.timeline(), [(0, Operational), (120, Unknown), (720, Operational)]);
    assert!(host.told.iter().all(|(_, state)| *state != Outage), "{:?}", host.told);
    // A site that died while nobody could see is down from the first probe that saw it.
    let mut host = Host::new();
    host.run("UUUU");
    host.cut = true;
    host.run("....");
    host.cut = false;
    host.run("...");
    assert_eq!(host.timeline(), [(0, Operational), (120, Unknown), (240, Outage)]);
}
