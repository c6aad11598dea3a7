//! Hours and days in short: how many samples of each class, and how long the successful ones took.
//!
//! Pure. Latencies are counted in buckets that are the same everywhere, so that hours add up to days and monitors to
//! components. A bucket is an eighth of a power of two: what is read from one is off by a sixteenth at most.

use app::model::{Class, Millis};
use std::collections::BTreeMap;

/// Buckets below this hold one value each.
const EXACT: u32 = 8;
/// The form of the bytes.
const FORM: u8 = 1;
/// The entry of a day whose hours are no longer kept.
pub const WHOLE_DAY: u8 = 24;

/// Bytes that are none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no hours that could be read")]
pub struct Unreadable;

/// The bucket of a latency.
fn bucket_of(Millis(value): Millis) -> u8 {
    if value < EXACT {
        return u8::try_from(value).unwrap_or(0);
    }
    let power = value.ilog2();
    let eighth = (value >> (power - 3)) & 7;
    u8::try_from((power - 2) * 8 + eighth).unwrap_or(u8::MAX)
}

/// The least value of a bucket and how many values it holds.
fn extent(bucket: u8) -> (u64, u64) {
    let bucket = u64::from(bucket);
    if bucket < u64::from(EXACT) {
        return (bucket, 1);
    }
    let power = bucket / 8 + 2;
    ((8 + bucket % 8) << (power - 3), 1 << (power - 3))
}

/// How often latencies of each bucket came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    counts: BTreeMap<u8, u32>,
}

impl Histogram {
    /// Counts a latency.
    pub fn add(&mut self, latency: Millis) {
        let count = self.counts.entry(bucket_of(latency)).or_default();
        *count = count.saturating_add(1);
    }

    /// Adds all that another counted.
    pub fn merge(&mut self, other: &Self) {
        for (&bucket, &count) in &other.counts {
            let mine = self.counts.entry(bucket).or_default();
            *mine = mine.saturating_add(count);
        }
    }

    /// How many latencies were counted.
    pub fn count(&self) -> u64 {
        self.counts.values().map(|&count| u64::from(count)).sum()
    }

    /// The latency below which so many of a thousand lie; `None` where there is none.
    pub fn quantile(&self, thousandths: u16) -> Option<Millis> {
        let all = self.count();
        let rank = (all * u64::from(thousandths)).div_ceil(1000).clamp(1, all.max(1));
        let mut below = 0;
        for (&bucket, &count) in &self.counts {
            let count = u64::from(count);
            if below + count >= rank {
                let (least, width) = extent(bucket);
                // As if the values of a bucket lay evenly within it.
                let value = least + width * (2 * (rank - below) - 1) / (2 * count);
                return Some(Millis(u32::try_from(value).unwrap_or(u32::MAX)));
            }
            below += count;
        }
        None
    }
}

/// What was measured in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hour {
    /// Samples by class, in the order of [`Class::ALL`].
    pub classes: [u32; 5],
    /// Latencies of the successful ones.
    pub latency: Histogram,
}

impl Hour {
    /// Counts a sample.
    pub fn add(&mut self, class: Class, latency: Millis) {
        let place = Class::ALL.iter().position(|one| *one == class).unwrap_or(0);
        self.classes[place] = self.classes[place].saturating_add(1);
        if matches!(class, Class::Up | Class::Degraded) {
            self.latency.add(latency);
        }
    }

    /// Adds all that another counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, more) in self.classes.iter_mut().zip(other.classes) {
            *mine = mine.saturating_add(more);
        }
        self.latency.merge(&other.latency);
    }

    /// How many samples there were.
    pub fn count(&self) -> u64 {
        self.classes.iter().map(|&count| u64::from(count)).sum()
    }
}

/// The hours of one day by their number, or the whole day under [`WHOLE_DAY`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hours {
    hours: BTreeMap<u8, Hour>,
}

impl Hours {
    /// The hour with this number, 0 to 23.
    pub fn of(&mut self, hour: u8) -> &mut Hour {
        self.hours.entry(hour).or_default()
    }

    /// The hours that there are, by their number.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &Hour)> {
        self.hours.iter().map(|(number, hour)| (*number, hour))
    }

    /// Adds all that others counted, hour by hour.
    pub fn merge(&mut self, other: &Self) {
        for (&number, hour) in &other.hours {
            self.of(number).merge(hour);
        }
    }

    /// All of the day together.
    pub fn whole(&self) -> Hour {
        let mut whole = Hour::default();
        self.hours.values().for_each(|hour| whole.merge(hour));
        whole
    }

    /// The same day without its hours.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self { hours: BTreeMap::from([(WHOLE_DAY, self.whole())]) }
    }

    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![FORM];
        for (&number, hour) in &self.hours {
            out.push(number);
            let there = hour.classes.iter().enumerate().filter(|(_, count)| **count > 0);
            out.push(there.fold(0, |bits, (place, _)| bits | 1 << place));
            hour.classes.iter().filter(|count| **count > 0).for_each(|count| put(&mut out, *count));
            put(&mut out, u32::try_from(hour.latency.counts.len()).unwrap_or(0));
            let mut before = 0;
            for (&bucket, &count) in &hour.latency.counts {
                put(&mut out, u32::from(bucket - before));
                put(&mut out, count);
                before = bucket;
            }
        }
        out
    }

    /// What [`Hours::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let Some((&FORM, mut rest)) = bytes.split_first() else { return Err(Unreadable) };
        let mut hours = Self::default();
        while let Some((&number, more)) = rest.split_first() {
            rest = more;
            if number > WHOLE_DAY {
                return Err(Unreadable);
            }
            let (&there, more) = rest.split_first().ok_or(Unreadable)?;
            rest = more;
            let hour = hours.of(number);
            for (place, count) in hour.classes.iter_mut().enumerate() {
                if there >> place & 1 == 1 {
                    *count = take(&mut rest)?;
                }
            }
            let mut bucket = 0_u8;
            for _ in 0..take(&mut rest)? {
                let step = u8::try_from(take(&mut rest)?).map_err(|_| Unreadable)?;
                bucket = bucket.checked_add(step).ok_or(Unreadable)?;
                let count = take(&mut rest)?;
                hour.latency.counts.insert(bucket, count);
            }
        }
        Ok(hours)
    }
}

fn put(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or(0));
}

fn take(rest: &mut &[u8]) -> Result<u32, Unreadable> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let (&byte, more) = rest.split_first().ok_or(Unreadable)?;
        *rest = more;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return u32::try_from(value).map_err(|_| Unreadable);
        }
    }
    Err(Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_follow_each_other_without_gap() {
        let mut next = 0;
        for bucket in 0..=bucket_of(Millis(u32::MAX)) {
            let (least, width) = extent(bucket);
            assert_eq!(least, next, "bucket {bucket}");
            assert!(width * 8 <= least.max(8), "bucket {bucket} is too wide");
            for value in [least, least + width - 1] {
                assert_eq!(bucket_of(Millis(u32::try_from(value).unwrap())), bucket);
            }
            next = least + width;
        }
        assert_eq!(next, 1 << 32);
    }

    #[test]
    fn quantiles_are_close_to_the_true_ones() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(500), None);
        (1..=1000).for_each(|value| histogram.add(Millis(value)));
        for (thousandths, truth) in [(500, 500), (950, 950), (10, 10), (1000, 1000)] {
            let Millis(said) = histogram.quantile(thousandths).unwrap();
            assert!(said.abs_diff(truth) * 16 <= truth, "{said} instead of {truth}");
        }
    }

    fn any_hours() -> impl Strategy<Value = Hours> {
        let sample = (0_u8..=WHOLE_DAY, prop::sample::select(Class::ALL), any::<u32>());
        prop::collection::vec(sample, 0..200).prop_map(|samples| {
            let mut hours = Hours::default();
            for (hour, class, latency) in samples {
                hours.of(hour).add(class, Millis(latency));
            }
            hours
        })
    }

    proptest! {
        #[test]
        fn hours_come_back_as_they_were(hours in any_hours()) {
            prop_assert_eq!(Hours::decode(&hours.encode()), Ok(hours.clone()));
            prop_assert_eq!(hours.folded().whole(), hours.whole());
        }

        #[test]
        fn merging_is_counting_together(one in any_hours(), two in any_hours()) {
            let (mut ahead, mut behind) = (one.clone(), two.clone());
            ahead.merge(&two);
            behind.merge(&one);
            prop_assert_eq!(&ahead, &behind);
            prop_assert_eq!(ahead.whole().count(), one.whole().count() + two.whole().count());
        }

        #[test]
        fn any_bytes_are_an_error_or_hours(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(hours) = Hours::decode(&bytes) {
                prop_assert_eq!(Hours::decode(&hours.encode()), Ok(hours));
            }
        }
    }
}
