//! A component over a range of time, from its monitors' histories and counted hours. Pure.

use super::fold::History;
use super::rollup::{Histogram, Hour, WHOLE_DAY};
use super::uptime::{self, Stretch};
use crate::storage::StoredDay;
use app::model::range::{MonthRow, Part, Range, RangeView};
use app::model::status::{Interval, Spent};
use app::model::time::DAY_MS;
use app::model::{At, Class, Day, Millis, State};
use std::collections::BTreeMap;

/// Intervals that a page lists.
const MOST_INTERVALS: usize = 200;
const HOUR_MS: i64 = 3_600_000;

/// Counted hours by when they begin.
pub type Counted = BTreeMap<At, Hour>;

/// The hours of several monitors' days together. Days whose hours are no longer kept stand at their beginning.
pub fn hours<'d>(days: impl IntoIterator<Item = &'d BTreeMap<i64, StoredDay>>) -> Counted {
    let mut counted = Counted::new();
    for (day, stored) in days.into_iter().flatten() {
        for (number, hour) in stored.hours.iter() {
            let number = if number == WHOLE_DAY { 0 } else { i64::from(number) };
            counted.entry(At(day * DAY_MS + number * HOUR_MS)).or_default().merge(hour);
        }
    }
    counted
}

/// Samples counted by the parts of a range.
pub fn samples(range: Range, samples: impl IntoIterator<Item = (At, Class, Millis)>) -> Counted {
    let (length, _) = range.parts();
    let mut counted = Counted::new();
    for (at, class, latency) in samples {
        counted.entry(At(at.0.div_euclid(length) * length)).or_default().add(class, latency);
    }
    counted
}

fn part(at: At, hour: &Hour) -> Part {
    let place = Class::ALL.iter().position(|class| *class == Class::Down).unwrap_or(0);
    let quantile = |histogram: &Histogram, thousandths| histogram.quantile(thousandths);
    Part {
        at,
        count: hour.count(),
        failed: u64::from(hour.classes[place]),
        p50: quantile(&hour.latency, 500),
        p95: quantile(&hour.latency, 950),
    }
}

/// What a component's page shows of a range.
pub fn view(range: Range, histories: &[&History], counted: &Counted, now: At) -> RangeView {
    let (from, end) = range.extent(now);
    let stretches = uptime::stretches(histories, from, now);
    let spent = uptime::sum(&stretches);
    let open = stretches.last().copied();
    let bad = || stretches.iter().rev().filter(|stretch| stretch.state != State::Operational);
    let intervals = bad().take(MOST_INTERVALS).map(|stretch| Interval {
        state: stretch.state,
        from: stretch.from,
        until: (Some(*stretch) != open).then_some(stretch.until),
    });
    let (length, count) = range.parts();
    let mut whole = Hour::default();
    let parts = (0..count).map(|number| {
        let at = At(from.0 + number * length);
        let mut of_part = Hour::default();
        counted.range(at..At(at.0 + length).min(end)).for_each(|(_, hour)| of_part.merge(hour));
        whole.merge(&of_part);
        part(at, &of_part)
    });
    let parts = parts.collect();
    RangeView {
        range,
        from,
        until: now,
        spent,
        uptime: share(spent),
        intervals: intervals.collect(),
        unlisted: bad().count().saturating_sub(MOST_INTERVALS),
        parts,
        whole: part(from, &whole),
    }
}

/// The uptime of so much time.
pub fn share(spent: Spent) -> Option<f64> {
    uptime::uptime(&[Day { day: 0, spent }])
}

/// A component's month, which reaches from `from` until `until`.
pub fn month(
    component: &app::model::ComponentStatus,
    histories: &[&History],
    counted: &Counted,
    from: At,
    until: At,
) -> MonthRow {
    let stretches = uptime::stretches(histories, from, until);
    let is_outage = |stretch: &&Stretch| matches!(stretch.state, State::Outage | State::PartialOutage);
    // An outage that was partial for a while is one outage.
    let (mut outages, mut longest_ms, mut begun) = (0, 0, None::<Stretch>);
    for stretch in stretches.iter().filter(is_outage) {
        let joined = match begun {
            Some(before) if before.until == stretch.from => Stretch { from: before.from, ..*stretch },
            _ => {
                outages += 1;
                *stretch
            }
        };
        longest_ms = longest_ms.max(joined.until.since(joined.from));
        begun = Some(joined);
    }
    let mut whole = Hour::default();
    counted.range(from..until).for_each(|(_, hour)| whole.merge(hour));
    let spent = uptime::sum(&stretches);
    MonthRow {
        slug: component.slug.clone(),
        name: component.name.clone(),
        spent,
        uptime: share(spent),
        outages,
        longest_ms,
        whole: part(from, &whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Span;
    use app::model::ComponentStatus;
    use app::model::status::Days;
    use std::sync::Arc;

    const NOW: At = At(20_000 * DAY_MS + 7 * HOUR_MS + 123_456);

    fn history(spans: &[(i64, State)]) -> History {
        History::new(spans.iter().map(|&(since, state)| Span { since: At(since), state }))
    }

    #[test]
    fn every_range_ends_with_now_and_has_its_parts() {
        for &range in Range::ALL {
            let (length, count) = range.parts();
            let (from, until) = range.extent(NOW);
            assert_eq!(until.since(from), length * count, "{range}");
            assert!(until > NOW && until.since(NOW) <= DAY_MS, "{range}");
            assert_eq!(from.0 % HOUR_MS.min(length), 0, "{range}");
        }
    }

    #[test]
    fn a_range_adds_up() {
        let begun = NOW.0 - 10 * HOUR_MS;
        let one = history(&[
            (begun, State::Operational),
            (NOW.0 - 2 * HOUR_MS, State::Outage),
            (NOW.0 - HOUR_MS, State::Operational),
        ]);
        let two = history(&[(begun, State::Operational), (NOW.0 - 600_000, State::Unknown)]);
        let mut counted = Counted::new();
        for hour in 0..10 {
            let at = At((NOW.0 - hour * HOUR_MS).div_euclid(HOUR_MS) * HOUR_MS);
            let entry = counted.entry(at).or_default();
            entry.add(Class::Up, Millis(100));
            entry.add(if hour == 2 { Class::Down } else { Class::Up }, Millis(900));
        }
        let week = view(Range::Week, &[&one, &two], &counted, NOW);
        assert_eq!(week.spent.partial, HOUR_MS);
        assert_eq!(week.spent.unknown, 600_000);
        assert_eq!(week.intervals.len(), 2);
        assert_eq!((week.intervals[0].state, week.intervals[0].until), (State::Unknown, None));
        assert_eq!((week.whole.count, week.whole.failed), (20, 1));
        assert_eq!(week.parts.iter().map(|part| part.count).sum::<u64>(), 20);
        assert_eq!(week.parts.len(), 56);
        let Millis(p95) = week.whole.p95.unwrap();
        assert!(p95.abs_diff(900) < 60, "{p95}");
        let measured = 10 * HOUR_MS - 600_000;
        #[expect(clippy::cast_precision_loss, reason = "some hours in milliseconds")]
        let by_hand = 1.0 - 0.5 * HOUR_MS as f64 / measured as f64;
        assert!((week.uptime.unwrap() - by_hand).abs() < 1e-12);
    }

    #[test]
    fn an_outage_that_was_partial_for_a_while_is_one() {
        let one = history(&[
            (0, State::Operational),
            (10, State::Outage),
            (30, State::Operational),
            (50, State::Outage),
            (55, State::Operational),
        ]);
        let two = history(&[(0, State::Operational), (20, State::Outage), (40, State::Operational)]);
        let component = ComponentStatus {
            slug: "web".parse().unwrap(),
            name: "Web".to_owned(),
            group: None,
            state: State::Operational,
            since: None,
            last_sample: None,
            interval: Millis(1),
            reason: None,
            days: Days::default(),
            intervals: Arc::default(),
            uptime: None,
            latency: Vec::new(),
        };
        let row = month(&component, &[&one, &two], &Counted::new(), At(0), At(100));
        assert_eq!((row.outages, row.longest_ms), (2, 30));
        assert_eq!((row.spent.partial, row.spent.outage), (25, 10));
        assert_eq!(row.uptime, Some(1.0 - 22.5 / 100.0));
    }
}
