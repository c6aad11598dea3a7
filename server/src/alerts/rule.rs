//! What is worth a message. Pure.

use app::model::State;

/// The state to tell, if `now` is news to a listener who was last told `told`.
///
/// Nothing is told of what we could not measure, nor of announced work; both leave what was told standing, so that
/// the end of an outage is told also where silence lay between.
pub fn to_tell(told: State, now: State, degraded: bool) -> Option<State> {
    let heard = |state: State| match state {
        State::Degraded if !degraded => State::Operational,
        other => other,
    };
    match now {
        State::Unknown | State::Maintenance => None,
        now if heard(now) == heard(told) => None,
        now => Some(heard(now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a listener hears of a sequence of states.
    fn heard(states: &[State], degraded: bool) -> Vec<State> {
        let mut told = State::Operational;
        let mut heard = Vec::new();
        for &state in states {
            if let Some(news) = to_tell(told, state, degraded) {
                told = news;
                heard.push(news);
            }
        }
        heard
    }

    #[test]
    fn an_outage_is_told_once_and_so_is_its_end() {
        use State::{Degraded, Maintenance, Operational, Outage, PartialOutage, Unknown};
        assert_eq!(heard(&[Operational], false), []);
        assert_eq!(heard(&[Outage, Outage, Operational], false), [Outage, Operational]);
        assert_eq!(heard(&[PartialOutage, Outage, Operational], false), [PartialOutage, Outage, Operational]);
        assert_eq!(heard(&[Outage, Unknown, Outage, Unknown, Operational], false), [Outage, Operational]);
        assert_eq!(heard(&[Unknown, Operational, Maintenance, Operational], true), []);
        assert_eq!(heard(&[Degraded, Operational], false), []);
        assert_eq!(heard(&[Degraded, Operational], true), [Degraded, Operational]);
        assert_eq!(heard(&[Outage, Degraded, Operational], false), [Outage, Operational]);
        assert_eq!(heard(&[Outage, Degraded, Operational], true), [Outage, Degraded, Operational]);
    }
}
