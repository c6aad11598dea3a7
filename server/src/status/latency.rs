//! The latency line: medians of the last 24 hours in half hours.
//!
//! Pure. A closed half hour is kept as its median and count, which is also what is stored, so that
//! neither memory nor a start grows with the number of probes.

use app::model::status::LatencyPoint;
use app::model::{At, Millis};
use std::collections::BTreeMap;

/// Length of a bucket.
pub const BUCKET_MS: i64 = 30 * 60 * 1000;
/// Buckets that the page shows.
pub const BUCKETS: i64 = 48;
/// Values of an open bucket; more than any interval makes.
const MOST_OPEN: usize = 4096;

/// A closed bucket: its number since 1970, its median, and of how many probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// Number of the bucket.
    pub bucket: i64,
    /// Median of its successful probes.
    pub median: Millis,
    /// How many there were.
    pub count: u32,
}

/// The number of the bucket that holds a moment.
pub const fn bucket_of(at: At) -> i64 {
    at.0.div_euclid(BUCKET_MS)
}

/// The first moment of a bucket.
pub const fn start_of(bucket: i64) -> At {
    At(bucket * BUCKET_MS)
}

/// One monitor's latencies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latencies {
    closed: BTreeMap<i64, (Millis, u32)>,
    open_bucket: i64,
    open: Vec<Millis>,
}

impl Latencies {
    /// With the closed buckets that were stored.
    pub fn new(closed: impl IntoIterator<Item = Closed>) -> Self {
        let closed = closed.into_iter().map(|closed| (closed.bucket, (closed.median, closed.count))).collect();
        Self { closed, ..Self::default() }
    }

    /// Takes a successful probe; answers the bucket that ended with it, if one did.
    pub fn add(&mut self, at: At, latency: Millis) -> Option<Closed> {
        let bucket = bucket_of(at);
        // A bucket that was closed stays as it was stored.
        if bucket < self.open_bucket || self.closed.contains_key(&bucket) {
            return None;
        }
        let ended = if bucket > self.open_bucket { self.close() } else { None };
        self.open_bucket = bucket;
        if self.open.len() < MOST_OPEN {
            self.open.push(latency);
        }
        ended
    }

    /// Ends the open bucket if its time is over, and forgets what is no longer shown.
    pub fn advance(&mut self, now: At) -> Option<Closed> {
        let today = bucket_of(now);
        self.closed = self.closed.split_off(&(today - BUCKETS + 1));
        if self.open_bucket < today { self.close() } else { None }
    }

    fn close(&mut self) -> Option<Closed> {
        let (median, count) = self.open_median()?;
        self.open.clear();
        self.closed.insert(self.open_bucket, (median, count));
        Some(Closed { bucket: self.open_bucket, median, count })
    }

    fn open_median(&self) -> Option<(Millis, u32)> {
        let mut values = self.open.clone();
        values.sort_unstable();
        let middle = *values.get(values.len().saturating_sub(1) / 2)?;
        Some((middle, u32::try_from(values.len()).unwrap_or(u32::MAX)))
    }

    fn median(&self, bucket: i64) -> Option<(Millis, u32)> {
        if bucket == self.open_bucket && !self.open.is_empty() {
            return self.open_median();
        }
        self.closed.get(&bucket).copied()
    }
}

/// The line of several monitors together: in each bucket the median of their medians, weighted by probes.
pub fn points(monitors: &[&Latencies], now: At) -> Vec<LatencyPoint> {
    let newest = bucket_of(now);
    (newest - BUCKETS + 1..=newest)
        .map(|bucket| {
            let medians: Vec<(Millis, u32)> = monitors.iter().filter_map(|monitor| monitor.median(bucket)).collect();
            LatencyPoint { at: start_of(bucket), median: weighted(medians) }
        })
        .collect()
}

fn weighted(mut medians: Vec<(Millis, u32)>) -> Option<Millis> {
    medians.sort_unstable();
    let all: u64 = medians.iter().map(|&(_, count)| u64::from(count)).sum();
    let mut seen = 0;
    medians.into_iter().find_map(|(median, count)| {
        seen += u64::from(count);
        (seen * 2 >= all).then_some(median)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_of_the_middle_and_a_spike_does_not_move_it() {
        let mut latencies = Latencies::default();
        for (at, latency) in [(0, 10), (1, 12), (2, 9000)] {
            assert_eq!(latencies.add(At(at), Millis(latency)), None);
        }
        let closed = Closed { bucket: 0, median: Millis(12), count: 3 };
        assert_eq!(latencies.add(At(BUCKET_MS), Millis(40)), Some(closed));
        assert_eq!(latencies.advance(At(BUCKET_MS + 1)), None);
        let line = points(&[&latencies], At(BUCKET_MS + 1));
        assert_eq!(line.len(), 48);
        assert_eq!(line[46], LatencyPoint { at: At(0), median: Some(Millis(12)) });
        assert_eq!(line[47], LatencyPoint { at: At(BUCKET_MS), median: Some(Millis(40)) });
        assert!(line[..46].iter().all(|point| point.median.is_none()));
    }

    #[test]
    fn a_bucket_ends_with_its_time_too_and_old_ones_go() {
        let mut latencies = Latencies::new([Closed { bucket: 0, median: Millis(5), count: 1 }]);
        assert_eq!(latencies.add(At(3), Millis(7)), None, "a stored bucket stays");
        latencies.add(At(BUCKET_MS), Millis(6));
        assert_eq!(latencies.advance(At(2 * BUCKET_MS)), Some(Closed { bucket: 1, median: Millis(6), count: 1 }));
        assert_eq!(latencies.advance(At(2 * BUCKET_MS)), None);
        assert_eq!(latencies.closed.len(), 2);
        latencies.advance(At(48 * BUCKET_MS));
        assert_eq!(latencies.closed.len(), 1);
    }

    #[test]
    fn several_monitors_weigh_by_their_probes() {
        let busy = Latencies::new([Closed { bucket: 0, median: Millis(10), count: 100 }]);
        let rare = Latencies::new([Closed { bucket: 0, median: Millis(900), count: 2 }]);
        assert_eq!(points(&[&busy, &rare], At(0))[47].median, Some(Millis(10)));
        assert_eq!(points(&[&rare], At(0))[47].median, Some(Millis(900)));
    }
}
