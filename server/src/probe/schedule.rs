//! When each monitor is due: pure, with time as an argument.
//!
//! Each monitor has its own rhythm. A tick may come up to a tenth of the interval late, at random by its
//! count, so that probes do not beat in step with what happens every minute on the other side. A probe that
//! lasts longer than the interval delays the next one; missed ticks are not made up for. After a sleep of the
//! whole host each monitor finds back to its old rhythm.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

/// Delay of a tick beyond its rhythm, at most: this part of the interval …
const JITTER_PART: u32 = 10;
/// … and never more than this, so that detection stays prompt for long intervals.
const MAX_JITTER: Duration = Duration::from_secs(1);
/// Shorter intervals are taken as this, so that a mistake cannot spin.
const LEAST_INTERVAL: Duration = Duration::from_millis(10);
/// At the start monitors follow each other by this much, or closer where there are many.
const START_STEP: Duration = Duration::from_millis(20);

/// When one monitor is due, and its rhythm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rhythm {
    interval: Duration,
    /// The last tick of the rhythm, without jitter.
    tick: Instant,
    count: u64,
    seed: u64,
}

impl Rhythm {
    pub(super) fn new(interval: Duration, first: Instant, id: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        Self { interval: interval.max(LEAST_INTERVAL), tick: first, count: 0, seed: hasher.finish() }
    }

    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// The next time after a probe that ended at `now`.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        self.tick += self.interval;
        let late = now.saturating_duration_since(self.tick);
        if late > self.interval {
            // The host slept. Back to the old rhythm, or all monitors would go on in step.
            let missed = late.as_nanos().div_ceil(self.interval.as_nanos());
            self.tick += self.interval.saturating_mul(u32::try_from(missed).unwrap_or(u32::MAX));
        } else if !late.is_zero() {
            self.tick = now;
        }
        self.count += 1;
        self.tick + self.jitter()
    }

    fn jitter(&self) -> Duration {
        let mut hasher = DefaultHasher::new();
        (self.seed, self.count).hash(&mut hasher);
        let most = (self.interval / JITTER_PART).min(MAX_JITTER);
        most.mul_f64(f64::from(u16::try_from(hasher.finish() & 0xffff).unwrap_or(0)) / f64::from(u16::MAX))
    }
}

/// Where the monitor with this place in the list starts, after the scheduler's own start.
pub(super) fn first_delay(place: usize, all: usize, interval: Duration) -> Duration {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    let all = u32::try_from(all.max(1)).unwrap_or(u32::MAX);
    START_STEP.min(interval / all).saturating_mul(place)
}

/// Due times, earliest first. An entry that its monitor has replaced since is stale and skipped.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    tickets: u64,
}

impl Queue {
    /// Adds an entry; the ticket tells it from later ones of the same slot.
    pub(super) fn push(&mut self, due: Instant, slot: usize) -> u64 {
        self.tickets += 1;
        self.heap.push(Reverse((due, self.tickets, slot)));
        self.tickets
    }

    pub(super) fn earliest(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((due, _, _))| *due)
    }

    /// Takes one entry that is due: its ticket and slot.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(u64, usize)> {
        if self.earliest()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse((_, ticket, slot))| (ticket, slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(10);

    #[test]
    fn ticks_keep_their_rhythm_and_stay_within_the_jitter() {
        let start = Instant::now();
        let mut rhythm = Rhythm::new(INTERVAL, start, "shop");
        let mut offsets = Vec::new();
        for count in 1..=50_u32 {
            let due = rhythm.next(start + INTERVAL * (count - 1) + Duration::from_millis(80));
            let offset = due.duration_since(start + INTERVAL * count);
            assert!(offset <= Duration::from_secs(1), "{offset:?}");
            offsets.push(offset);
        }
        offsets.sort_unstable();
        offsets.dedup();
        assert!(offsets.len() > 40, "jitter varies");
    }

    #[test]
    fn missed_ticks_are_delayed_and_not_made_up_for() {
        let start = Instant::now();
        let mut rhythm = Rhythm::new(INTERVAL, start, "shop");
        let within_jitter = |due: Instant, wanted: Instant| due >= wanted && due <= wanted + MAX_JITTER;
        let late = start + INTERVAL + Duration::from_secs(3);
        let due = rhythm.next(late);
        assert!(within_jitter(due, late));
        assert!(within_jitter(rhythm.next(due), late + INTERVAL));
        let after_sleep = late + INTERVAL * 7 + Duration::from_secs(2);
        assert!(within_jitter(rhythm.next(after_sleep), late + INTERVAL * 8));
    }

    #[test]
    fn the_start_is_spread_within_one_interval() {
        assert_eq!(first_delay(0, 3, INTERVAL), Duration::ZERO);
        assert_eq!(first_delay(2, 3, INTERVAL), Duration::from_millis(40));
        assert!(first_delay(9_999, 10_000, INTERVAL) < INTERVAL);
        assert_eq!(first_delay(5, 10_000, INTERVAL), Duration::from_millis(5));
    }
}
