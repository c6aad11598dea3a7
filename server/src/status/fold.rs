//! A monitor's history as states that follow each other without gaps.
//!
//! Pure. Before the first span nothing was watched, which is not the same as unknown.

use crate::storage::Span;
use app::model::{At, State};

/// Spans, oldest first; each lasts until the next begins, the last one until now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    spans: Vec<Span>,
}

impl History {
    /// From spans in any order; of two with one beginning the later in order counts.
    pub fn new(spans: impl IntoIterator<Item = Span>) -> Self {
        let mut sorted: Vec<Span> = spans.into_iter().collect();
        sorted.sort_by_key(|span| span.since);
        let mut history = Self::default();
        for span in sorted {
            history.fold(span);
        }
        history
    }

    /// From `change.since` on the state is `change.state`, whatever was said of that time before.
    pub fn fold(&mut self, change: Span) {
        let kept = self.spans.partition_point(|span| span.since < change.since);
        self.spans.truncate(kept);
        if self.spans.last().is_none_or(|last| last.state != change.state) {
            self.spans.push(change);
        }
    }

    /// The spans, oldest first.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The newest span.
    pub fn last(&self) -> Option<Span> {
        self.spans.last().copied()
    }

    /// The state at a moment; `None` before the first span.
    pub fn at(&self, moment: At) -> Option<State> {
        let begun = self.spans.partition_point(|span| span.since <= moment);
        Some(self.spans[begun.checked_sub(1)?].state)
    }

    /// Drops what ended before `moment`.
    pub fn forget_before(&mut self, moment: At) {
        let ended = self.spans.partition_point(|span| span.since <= moment).saturating_sub(1);
        self.spans.drain(..ended);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Operational, Outage, Unknown};

    fn span(since: i64, state: State) -> Span {
        Span { since: At(since), state }
    }

    #[test]
    fn a_back_dated_change_replaces_what_was_said_of_that_time() {
        let mut history = History::new([span(0, Operational), span(50, Unknown)]);
        history.fold(span(30, Outage));
        assert_eq!(history.spans(), [span(0, Operational), span(30, Outage)]);
        history.fold(span(0, Operational));
        assert_eq!(history.spans(), [span(0, Operational)]);
    }

    #[test]
    fn the_same_state_again_is_one_span() {
        let history = History::new([span(0, Operational), span(10, Operational), span(20, Outage)]);
        assert_eq!(history.spans().len(), 2);
        assert_eq!(history.at(At(-1)), None);
        assert_eq!(history.at(At(0)), Some(Operational));
        assert_eq!(history.at(At(19)), Some(Operational));
        assert_eq!(history.at(At(20)), Some(Outage));
    }

    #[test]
    fn forgetting_keeps_the_span_that_holds_the_moment() {
        let mut history = History::new([span(0, Operational), span(10, Outage), span(20, Operational)]);
        history.forget_before(At(15));
        assert_eq!(history.spans(), [span(10, Outage), span(20, Operational)]);
        history.forget_before(At(-5));
        assert_eq!(history.spans().len(), 2);
    }
}
