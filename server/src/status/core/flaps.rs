//! Flap memory: a monitor that goes down again and again is unstable, until it has been quiet for a while.
//!
//! Pure. Only changes into and out of an outage count: slowness comes and goes, and hides no outage here. What was
//! measured stands in the history as it was; only alerts and words differ.

use crate::status::Unstable;
use crate::storage::Span;
use app::model::{At, State};
use std::collections::VecDeque;

/// More changes are never needed.
const MOST: usize = 64;

/// When a monitor went down and came back.
#[derive(Debug, Clone, Default)]
pub(super) struct Flaps {
    down: bool,
    turns: VecDeque<At>,
    unstable: bool,
}

impl Flaps {
    /// From what the database knows.
    pub(super) fn of(rule: Unstable, spans: &[Span], now: At) -> Self {
        let mut flaps = Self::default();
        for span in spans {
            flaps.tick(rule, span.since);
            flaps.note(rule, *span);
        }
        flaps.tick(rule, now);
        flaps
    }

    /// Takes a confirmed change of state. What could not be measured, and announced work, is no change.
    pub(super) fn note(&mut self, rule: Unstable, span: Span) {
        let down = match span.state {
            State::Outage => true,
            State::Operational | State::Degraded => false,
            State::PartialOutage | State::Maintenance | State::Unknown => return,
        };
        if std::mem::replace(&mut self.down, down) == down {
            return;
        }
        self.turns.push_back(span.since);
        self.forget(rule, span.since);
        // It begins with an outage, which is told as ever; what is told last is then what holds it red.
        if down && self.turns.len() >= usize::from(rule.changes) {
            self.unstable = true;
        }
    }

    /// What the passing of time leads to.
    pub(super) fn tick(&mut self, rule: Unstable, now: At) {
        if self.unstable && self.turns.back().is_none_or(|last| *last + rule.quiet <= now) {
            *self = Self { down: self.down, ..Self::default() };
        }
        if !self.unstable {
            self.forget(rule, now);
        }
    }

    fn forget(&mut self, rule: Unstable, now: At) {
        while self.turns.front().is_some_and(|first| *first + rule.within < now) || self.turns.len() > MOST {
            self.turns.pop_front();
        }
    }

    /// The changes counted, while it is unstable.
    pub(super) fn unstable(&self) -> Option<usize> {
        self.unstable.then_some(self.turns.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const RULE: Unstable = Unstable { changes: 5, within: Duration::from_hours(1), quiet: Duration::from_mins(30) };

    fn span(minute: i64, state: State) -> Span {
        Span { since: At(minute * 60_000), state }
    }

    /// Down and up every three minutes from minute 0 on, so many changes.
    fn flapping(changes: i64) -> Vec<Span> {
        (0..changes).map(|n| span(3 * n, if n % 2 == 0 { State::Outage } else { State::Operational })).collect()
    }

    #[test]
    fn it_begins_with_the_third_outage_and_ends_with_quiet() {
        let mut flaps = Flaps::of(RULE, &flapping(4), At(9 * 60_000));
        assert_eq!(flaps.unstable(), None, "two outages");
        flaps.note(RULE, span(12, State::Outage));
        assert_eq!(flaps.unstable(), Some(5));
        flaps.note(RULE, span(13, State::Unknown));
        flaps.note(RULE, span(14, State::Outage));
        assert_eq!(flaps.unstable(), Some(5), "what could not be measured is no change");
        flaps.note(RULE, span(15, State::Degraded));
        flaps.tick(RULE, At(45 * 60_000 - 1));
        assert_eq!(flaps.unstable(), Some(6));
        flaps.tick(RULE, At(45 * 60_000));
        assert_eq!(flaps.unstable(), None);
        flaps.note(RULE, span(46, State::Outage));
        assert_eq!(flaps.unstable(), None, "it begins anew");
    }

    #[test]
    fn seldom_outages_are_no_flapping_and_a_restart_forgets_nothing() {
        let seldom: Vec<Span> =
            (0..20).map(|n| span(20 * n, if n % 2 == 0 { State::Outage } else { State::Operational })).collect();
        assert_eq!(Flaps::of(RULE, &seldom, At(400 * 60_000)).unstable(), None);
        assert_eq!(Flaps::of(RULE, &flapping(7), At(20 * 60_000)).unstable(), Some(7));
        assert_eq!(Flaps::of(RULE, &flapping(7), At(48 * 60_000)).unstable(), None, "quiet while nobody looked");
    }
}
