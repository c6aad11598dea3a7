//! From histories to a component's state, its days and its uptime.
//!
//! Pure. A component is its monitors laid over each other: all in outage make an outage, some a partial
//! outage, else the worst of the rest counts. A monitor has no say about the time before its first sample.

use super::fold::History;
use app::model::{At, Day, State, status::Spent};

/// Days that the page shows, today included.
pub const DAYS: i64 = 90;

/// The state of several monitors taken together; `None` where there is none.
pub fn overlay(states: impl IntoIterator<Item = State>) -> Option<State> {
    let (mut monitors, mut outages, mut worst) = (0_usize, 0_usize, None::<State>);
    for state in states {
        monitors += 1;
        if state == State::Outage {
            outages += 1;
        } else if worst.is_none_or(|worst| state.severity() > worst.severity()) {
            worst = Some(state);
        }
    }
    match outages {
        0 => worst,
        all if all == monitors => Some(State::Outage),
        _ => Some(State::PartialOutage),
    }
}

/// The banner: the worst of all, operational where there is nothing.
pub fn worst(states: impl IntoIterator<Item = State>) -> State {
    states.into_iter().max_by_key(|state| state.severity()).unwrap_or(State::Operational)
}

/// Time in each state for each day from `first` to that of `now`.
pub fn days(histories: &[&History], first: i64, now: At) -> Vec<Day> {
    (first..=now.day())
        .map(|day| {
            let (from, until) = (At::start_of_day(day), At::start_of_day(day + 1).min(now));
            Day { day, spent: spent(histories, from, until) }
        })
        .collect()
}

/// A state from a moment until another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Which.
    pub state: State,
    /// From when.
    pub from: At,
    /// Until when.
    pub until: At,
}

/// The monitors together within `from..until`, without gaps from the first of them on; neighbours differ.
pub fn stretches(histories: &[&History], from: At, until: At) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let Some(begun) = histories.iter().filter_map(|history| history.spans().first()).map(|span| span.since).min()
    else {
        return stretches;
    };
    for pair in borders(histories, from.max(begun), until).windows(2) {
        let Some(state) = overlay(histories.iter().filter_map(|history| history.at(pair[0]))) else { continue };
        match stretches.last_mut() {
            Some(last) if last.state == state => last.until = pair[1],
            _ => stretches.push(Stretch { state, from: pair[0], until: pair[1] }),
        }
    }
    stretches
}

/// Time in each state of these stretches.
pub fn sum(stretches: &[Stretch]) -> Spent {
    let mut spent = Spent::default();
    for Stretch { state, from, until } in stretches {
        *place(&mut spent, *state) += until.since(*from);
    }
    spent
}

/// All moments within `from..until` at which some monitor changed, and both ends; none where that is no time.
fn borders(histories: &[&History], from: At, until: At) -> Vec<At> {
    if from >= until {
        return Vec::new();
    }
    let mut borders: Vec<At> = histories
        .iter()
        .flat_map(|history| {
            let spans = history.spans();
            let begin = spans.partition_point(|span| span.since <= from);
            let end = spans.partition_point(|span| span.since < until);
            spans[begin..end.max(begin)].iter().map(|span| span.since)
        })
        .chain([from, until])
        .collect();
    borders.sort_unstable();
    borders.dedup();
    borders
}

/// Time in each state within `from..until`.
pub fn spent(histories: &[&History], from: At, until: At) -> Spent {
    let mut spent = Spent::default();
    for pair in borders(histories, from, until).windows(2) {
        if let Some(state) = overlay(histories.iter().filter_map(|history| history.at(pair[0]))) {
            *place(&mut spent, state) += pair[1].since(pair[0]);
        }
    }
    spent
}

fn place(spent: &mut Spent, state: State) -> &mut i64 {
    match state {
        State::Operational => &mut spent.operational,
        State::Degraded => &mut spent.degraded,
        State::PartialOutage => &mut spent.partial,
        State::Outage => &mut spent.outage,
        State::Maintenance => &mut spent.maintenance,
        State::Unknown => &mut spent.unknown,
    }
}

/// Since when the monitors together are in their present state.
pub fn since(histories: &[&History]) -> Option<At> {
    let mut borders: Vec<At> =
        histories.iter().flat_map(|history| history.spans().iter().map(|span| span.since)).collect();
    borders.sort_unstable();
    borders.dedup();
    let state = |moment: At| overlay(histories.iter().filter_map(|history| history.at(moment)));
    let now = state(*borders.last()?);
    borders.iter().rev().copied().take_while(|&border| state(border) == now).last()
}

/// 1 − (outage + 0.5 × partial) ÷ (all − maintenance − unknown); `None` where nothing was measured.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of 90 days are far below 2^53")]
pub fn uptime<'d>(days: impl IntoIterator<Item = &'d Day>) -> Option<f64> {
    let (mut lost_twice, mut measured) = (0_i64, 0_i64);
    for Day { spent, .. } in days {
        lost_twice += 2 * spent.outage + spent.partial;
        measured += spent.operational + spent.degraded + spent.partial + spent.outage;
    }
    (measured > 0).then(|| 1.0 - lost_twice as f64 / (2 * measured) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Span;
    use State::{Degraded, Maintenance, Operational, Outage, PartialOutage, Unknown};
    use app::model::time::DAY_MS;
    use proptest::prelude::*;

    fn history(spans: &[(i64, State)]) -> History {
        History::new(spans.iter().map(|&(since, state)| Span { since: At(since), state }))
    }

    #[test]
    fn a_component_is_its_monitors_laid_over_each_other() {
        let cases: [(&[State], Option<State>); 9] = [
            (&[], None),
            (&[Outage], Some(Outage)),
            (&[Outage, Outage], Some(Outage)),
            (&[Outage, Operational], Some(PartialOutage)),
            (&[Outage, Unknown], Some(PartialOutage)),
            (&[Operational, Degraded, Unknown], Some(Degraded)),
            (&[Operational, Unknown], Some(Unknown)),
            (&[Operational, Maintenance], Some(Maintenance)),
            (&[Operational, Operational], Some(Operational)),
        ];
        for (states, expected) in cases {
            assert_eq!(overlay(states.iter().copied()), expected, "{states:?}");
        }
        assert_eq!(worst([Operational, Unknown, Maintenance]), Unknown);
        assert_eq!(worst([]), Operational);
    }

    #[test]
    fn before_the_first_sample_ever_there_is_nothing() {
        assert_eq!(days(&[&History::default()], 0, At(5)), [Day { day: 0, spent: Spent::default() }]);
        let begun = history(&[(DAY_MS + 1000, Operational)]);
        let days = days(&[&begun], 0, At(DAY_MS + 3000));
        assert_eq!(days[0].spent, Spent::default());
        assert_eq!(days[1].spent, Spent { operational: 2000, ..Spent::default() });
        assert_eq!(uptime(&days[..1]), None);
    }

    #[test]
    fn an_outage_over_midnight_falls_on_both_days() {
        let down = history(&[(0, Operational), (DAY_MS - 60_000, Outage), (DAY_MS + 120_000, Operational)]);
        let days = days(&[&down], 0, At(2 * DAY_MS));
        assert_eq!(days[0].spent, Spent { operational: DAY_MS - 60_000, outage: 60_000, ..Spent::default() });
        assert_eq!(days[1].spent, Spent { operational: DAY_MS - 120_000, outage: 120_000, ..Spent::default() });
        assert_eq!(days[2].spent, Spent::default(), "the third day has just begun");
    }

    #[test]
    fn the_formula_of_the_page() {
        let hour = |spent| Day { day: 0, spent };
        let spent = Spent { operational: 60, degraded: 20, partial: 10, outage: 10, maintenance: 1000, unknown: 500 };
        assert_eq!(uptime(&[hour(spent)]), Some(0.85));
        assert_eq!(uptime(&[hour(Spent { unknown: 5, maintenance: 5, ..Spent::default() })]), None);
    }

    #[test]
    fn a_component_changed_when_its_overlay_did() {
        let (one, two) = (history(&[(0, Operational), (100, Outage)]), history(&[(0, Operational), (150, Degraded)]));
        assert_eq!(since(&[&one, &two]), Some(At(100)));
        assert_eq!(since(&[&two]), Some(At(150)));
        assert_eq!(since(&[&History::default()]), None);
    }

    fn any_state() -> impl Strategy<Value = State> {
        prop::sample::select(State::ALL)
    }

    fn any_history() -> impl Strategy<Value = History> {
        prop::collection::vec((0..5 * DAY_MS, any_state()), 0..40)
            .prop_map(|spans| History::new(spans.into_iter().map(|(since, state)| Span { since: At(since), state })))
    }

    fn total(spent: &Spent) -> i64 {
        spent.operational + spent.degraded + spent.partial + spent.outage + spent.maintenance + spent.unknown
    }

    proptest! {
        #[test]
        fn no_day_has_more_than_a_day(
            histories in prop::collection::vec(any_history(), 1..5),
            now in 0..6 * DAY_MS,
        ) {
            let histories: Vec<&History> = histories.iter().collect();
            let days = days(&histories, 0, At(now));
            for day in &days {
                prop_assert!((0..=DAY_MS).contains(&total(&day.spent)), "{day:?}");
            }
            // Together they are exactly the time since the first span.
            let begun = histories.iter().filter_map(|history| history.spans().first()).map(|span| span.since.0).min();
            let all: i64 = days.iter().map(|day| total(&day.spent)).sum();
            prop_assert_eq!(all, begun.map_or(0, |begun| (now - begun).max(0)));
        }

        #[test]
        fn stretches_add_up_to_the_days(
            histories in prop::collection::vec(any_history(), 1..5),
            now in 0..6 * DAY_MS,
        ) {
            let histories: Vec<&History> = histories.iter().collect();
            let whole = stretches(&histories, At(0), At(now));
            prop_assert!(whole.windows(2).all(|pair| pair[0].until == pair[1].from && pair[0].state != pair[1].state));
            let by_day = days(&histories, 0, At(now)).into_iter().fold(Spent::default(), |sum, day| Spent {
                operational: sum.operational + day.spent.operational,
                degraded: sum.degraded + day.spent.degraded,
                partial: sum.partial + day.spent.partial,
                outage: sum.outage + day.spent.outage,
                maintenance: sum.maintenance + day.spent.maintenance,
                unknown: sum.unknown + day.spent.unknown,
            });
            prop_assert_eq!(sum(&whole), by_day);
        }

        #[test]
        fn an_uptime_is_a_share(histories in prop::collection::vec(any_history(), 1..5), now in 0..6 * DAY_MS) {
            let histories: Vec<&History> = histories.iter().collect();
            if let Some(uptime) = uptime(&days(&histories, 0, At(now))) {
                prop_assert!((0.0..=1.0).contains(&uptime), "{uptime}");
            }
        }

        #[test]
        fn one_monitor_alone_is_its_component(history in any_history(), now in 0..6 * DAY_MS) {
            let alone = days(&[&history], 0, At(now));
            prop_assert_eq!(&days(&[&history, &history], 0, At(now)), &alone);
            prop_assert_eq!(since(&[&history]), history.last().map(|span| span.since));
            for state in State::ALL {
                prop_assert_eq!(overlay([*state]), Some(*state));
            }
        }

        #[test]
        fn monitors_have_no_order(one in any_history(), two in any_history(), now in 0..6 * DAY_MS) {
            prop_assert_eq!(days(&[&one, &two], 0, At(now)), days(&[&two, &one], 0, At(now)));
        }
    }
}
