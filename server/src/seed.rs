//! Plausible history out of a number: for benchmarks and screenshots. Pure, and the same for the same number.
//!
//! Latencies follow the day and the week; outages, slow spells, lost probes and times without a watcher come by chance.

use crate::storage::{Series, Span};
use app::model::time::DAY_MS;
use app::model::{At, Class, Fault, FaultKind, Millis, Origin, State};

/// Days of one stretch, which ends with a day that this number divides.
const STRETCH: i64 = 32;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Numbers by chance (splitmix64).
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to and without `below`.
    fn below(&mut self, below: i64) -> i64 {
        let range = below.max(1).unsigned_abs();
        ((u128::from(self.roll()) * u128::from(range)) >> 64).try_into().unwrap_or(0)
    }

    fn between(&mut self, from: i64, until: i64) -> i64 {
        from + self.below(until - from)
    }
}

/// What happens to a monitor from time to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// Fails, in one of several ways.
    Outage(usize),
    /// Slower by this factor.
    Slow(i64),
    /// Nobody watches.
    Blind,
}

/// One monitor's history, stretch by stretch.
#[derive(Debug)]
pub struct Seed {
    dice: Dice,
    interval: i64,
    next: i64,
    until: i64,
    /// Usual latency in milliseconds, what the time of day adds at most in percent, and the busiest hour.
    base: i64,
    swing: i64,
    peak: i64,
    /// What is going on until when, or what comes when.
    event: Option<(Event, i64)>,
    coming: (Event, i64),
    state: Option<State>,
    faults: Vec<(Fault, i64)>,
}

/// A stretch: samples in order, and the states that they led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Samples.
    pub series: Series,
    /// Changes of state.
    pub spans: Vec<Span>,
}

impl Seed {
    /// Monitor `number` of the history `seed`, probed every `interval` for `days` days until `until`.
    pub fn new(seed: u64, number: u32, interval: Millis, days: u32, until: At) -> Self {
        let mut dice = Dice(seed ^ (u64::from(number) + 1).wrapping_mul(0xa076_1d64_78bd_642f));
        let begun = At::start_of_day(until.day() - i64::from(days) + 1);
        let interval = i64::from(interval.0).max(1);
        let next = begun.0 + dice.below(interval);
        let coming = coming(&mut dice, next);
        Self {
            interval,
            next,
            until: until.0,
            base: [18, 35, 60, 90, 140, 220, 380][usize::try_from(dice.below(7)).unwrap_or(0)],
            swing: dice.between(5, 60),
            peak: dice.between(9, 22),
            event: None,
            coming,
            state: None,
            faults: faults(),
            dice,
        }
    }

    fn latency(&mut self, at: i64) -> i64 {
        let hour = at.rem_euclid(DAY_MS) / HOUR_MS;
        let off = (hour - self.peak).rem_euclid(24);
        let off = off.min(24 - off);
        // Five days of seven are busy.
        let busy = if at.div_euclid(DAY_MS).rem_euclid(7) < 5 { 2 } else { 1 };
        let usual = self.base + self.base * self.swing * (12 - off) * busy / 2400;
        let noise: i64 = (0..4).map(|_| self.dice.below(usual / 6 + 2)).sum();
        let spike = if self.dice.below(120) == 0 { usual * self.dice.between(1, 5) } else { 0 };
        (usual * 2 / 3 + noise + spike).max(1)
    }

    /// What is going on at a moment.
    fn event_at(&mut self, at: i64) -> Option<Event> {
        if self.event.is_some_and(|(_, ends)| at >= ends) {
            self.event = None;
            self.coming = coming(&mut self.dice, at);
        }
        if self.event.is_none() && at >= self.coming.1 {
            let (event, from) = self.coming;
            let lasts = match event {
                Event::Outage(_) => [3, 5, 8, 20, 45, 170][usize::try_from(self.dice.below(6)).unwrap_or(0)],
                Event::Slow(_) => self.dice.between(15, 240),
                Event::Blind => self.dice.between(5, 90),
            };
            self.event = Some((event, from + lasts * MINUTE_MS + self.dice.below(MINUTE_MS)));
        }
        self.event.map(|(event, _)| event)
    }

    fn probe(&mut self, at: i64, stretch: &mut Stretch) {
        let event = self.event_at(at);
        let usual = self.latency(at);
        let series = &mut stretch.series;
        let millis = |value: i64| Millis(u32::try_from(value).unwrap_or(u32::MAX));
        let state = match event {
            Some(Event::Blind) => State::Unknown,
            Some(Event::Outage(kind)) => {
                let (fault, lasts) = &self.faults[kind % self.faults.len()];
                let latency = if *lasts > 0 { *lasts + usual % 7 } else { usual / 3 + 1 };
                series.add(At(at), millis(latency), Class::Down, fault.status, Some(fault));
                State::Outage
            }
            Some(Event::Slow(factor)) => {
                series.add(At(at), millis(usual * factor), Class::Degraded, Some(200), None);
                State::Degraded
            }
            // One lost probe is confirmed by nobody.
            None if self.dice.below(4000) == 0 => {
                let (fault, lasts) = &self.faults[0];
                series.add(At(at), millis(*lasts), Class::Down, None, Some(fault));
                self.state.unwrap_or(State::Operational)
            }
            None => {
                series.add(At(at), millis(usual), Class::Up, Some(200), None);
                State::Operational
            }
        };
        if self.state != Some(state) {
            self.state = Some(state);
            stretch.spans.push(Span { since: At(at), state });
        }
    }
}

impl Iterator for Seed {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        if self.next >= self.until {
            return None;
        }
        let end = At::start_of_day((At(self.next).day().div_euclid(STRETCH) + 1) * STRETCH).0.min(self.until);
        let mut stretch = Stretch { series: Series::default(), spans: Vec::new() };
        while self.next < end {
            let jitter = self.dice.below((self.interval / 10).min(1000));
            let at = self.next + jitter;
            if at < self.until {
                self.probe(at, &mut stretch);
            }
            self.next += self.interval;
        }
        Some(stretch)
    }
}

/// The next event after a moment.
fn coming(dice: &mut Dice, after: i64) -> (Event, i64) {
    let pause = dice.between(HOUR_MS, 12 * DAY_MS);
    let event = match dice.below(20) {
        0..=6 => Event::Outage(usize::try_from(dice.below(64)).unwrap_or(0)),
        7..=18 => Event::Slow(dice.between(3, 9)),
        _ => Event::Blind,
    };
    (event, after + pause)
}

/// Ways to fail, and how long each takes where that is not up to the peer.
fn faults() -> Vec<(Fault, i64)> {
    let fault = |kind, origin, status, detail: &str| Fault { kind, origin, status, detail: detail.to_owned() };
    vec![
        (fault(FaultKind::ConnectTimeout, Origin::Network, None, "no answer to the connection attempt"), 10_000),
        (fault(FaultKind::Status, Origin::Edge, Some(502), "the answer was 502"), 0),
        (fault(FaultKind::Status, Origin::Edge, Some(503), "the answer was 503"), 0),
        (fault(FaultKind::Refused, Origin::Edge, None, "Connection refused"), 0),
        (fault(FaultKind::ReadTimeout, Origin::Upstream, None, "no answer in time"), 10_000),
        (fault(FaultKind::Reset, Origin::Edge, None, "Connection reset by peer"), 0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIL: At = At(20_000 * DAY_MS + 11 * HOUR_MS);

    #[test]
    fn the_same_number_makes_the_same_history_and_another_another() {
        let made = |seed, number| Seed::new(seed, number, Millis(60_000), 40, UNTIL).collect::<Vec<_>>();
        assert_eq!(made(1, 0), made(1, 0));
        assert_ne!(made(1, 0), made(2, 0));
        assert_ne!(made(1, 0), made(1, 1));
    }

    #[test]
    fn a_year_has_everything_that_a_page_can_show() {
        let (mut last, mut count, mut states) = (At(0), 0, Vec::new());
        for stretch in (0..4).flat_map(|number| {
            last = At(0);
            Seed::new(7, number, Millis(60_000), 365, UNTIL)
        }) {
            states.extend(stretch.spans.iter().map(|span| span.state));
            assert!(stretch.series.points().windows(2).all(|pair| pair[0].at < pair[1].at));
            assert!(
                stretch.spans.windows(2).all(|pair| pair[0].since < pair[1].since && pair[0].state != pair[1].state)
            );
            count += stretch.series.points().len();
        }
        assert!(count > 4 * 364 * 1440, "{count}");
        for state in [State::Operational, State::Degraded, State::Outage, State::Unknown] {
            let times = states.iter().filter(|one| **one == state).count();
            assert!(times > 2, "{state}: {times}");
        }
    }
}
