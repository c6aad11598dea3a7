//! Which messages of a listener leave together. Pure.
//!
//! The first message of a cause leaves at once. Where the same happens to more components shortly after, one message
//! tells of all of them: forty letters that say the same hide the one that says something else.

use crate::storage::Waiting;
use app::model::{At, FaultKind, Origin, State};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

/// How long messages of a cause are gathered after one has left.
pub const GATHER: Duration = Duration::from_secs(30);
/// The most components in one message.
pub const MOST: usize = 50;

/// What makes messages be about the same: the state, and how it came about.
pub type Cause = (State, Option<(FaultKind, Origin, Option<u16>)>);

/// The cause that a message tells of.
pub fn cause(message: &Waiting) -> Cause {
    let fault = message.about.fault.as_ref().filter(|_| message.state != State::Operational);
    (message.state, fault.map(|fault| (fault.kind, fault.origin, fault.status)))
}

/// Messages that leave as one: the same happened to each component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The oldest.
    pub head: Waiting,
    /// The others.
    pub rest: Vec<Waiting>,
}

impl Bundle {
    /// A single one.
    pub fn of(head: Waiting) -> Self {
        Self { head, rest: Vec::new() }
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Waiting> {
        std::iter::once(&self.head).chain(&self.rest)
    }

    /// Its id: that of the message, or one that is the same for the same messages and for no others, so that what a
    /// receiver takes for known is known whole.
    pub fn id(&self) -> String {
        if self.rest.is_empty() {
            return self.head.id.clone();
        }
        let ids: Vec<&str> = self.all().map(|message| message.id.as_str()).collect();
        let hash = Sha256::digest(ids.join(" "));
        hash[..8].iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// What to do for a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This leaves now.
    Send(Box<Bundle>),
    /// Nothing leaves before.
    Wait(At),
    /// Nothing waits.
    Nothing,
}

/// What leaves next of a listener's messages, which come in their order; `left` says when one of each cause left.
///
/// Messages of one component never overtake each other, and while the oldest of all is put off because the listener
/// could not be reached, the others wait with it.
pub fn next(waiting: &[Waiting], left: &BTreeMap<Cause, At>, now: At) -> Next {
    let Some(oldest) = waiting.first() else { return Next::Nothing };
    if oldest.attempts > 0 && oldest.due_at > now {
        return Next::Wait(oldest.due_at);
    }
    let mut seen = BTreeSet::new();
    let heads: Vec<&Waiting> = waiting.iter().filter(|message| seen.insert(&message.component)).collect();
    let ready = |message: &Waiting| {
        let gathered = left.get(&cause(message)).map(|at| *at + GATHER);
        gathered.map_or(message.due_at, |at| at.max(message.due_at))
    };
    let Some(first) = heads.iter().find(|message| ready(message) <= now) else {
        let soonest = heads.iter().map(|message| ready(message)).min();
        return soonest.map_or(Next::Nothing, Next::Wait);
    };
    let same = |message: &&&Waiting| message.id != first.id && cause(message) == cause(first) && message.due_at <= now;
    let rest = heads.iter().filter(same).take(MOST - 1).map(|message| (*message).clone()).collect();
    Next::Send(Box::new(Bundle { head: (*first).clone(), rest }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::About;
    use app::model::Fault;

    const NOW: At = At(1_000_000);

    fn message(component: &str, state: State, status: u16) -> Waiting {
        let fault =
            Fault { kind: FaultKind::Status, origin: Origin::Upstream, status: Some(status), detail: String::new() };
        Waiting {
            id: format!("{component}-{state}"),
            listener: "mail".parse().unwrap(),
            component: component.parse().unwrap(),
            state,
            since: NOW,
            at: NOW,
            attempts: 0,
            due_at: NOW,
            about: About {
                name: component.to_owned(),
                monitor: None,
                fault: Some(fault),
                before: State::Operational,
                before_since: None,
                removed: false,
                unstable: None,
            },
        }
    }

    fn sent(next: Next) -> Vec<String> {
        match next {
            Next::Send(bundle) => bundle.all().map(|message| message.id.clone()).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_leaves_at_once_and_the_rest_of_its_cause_together() {
        let first = message("a", State::Outage, 502);
        let mut left = BTreeMap::new();
        assert_eq!(sent(next(std::slice::from_ref(&first), &left, NOW)), ["a-outage"]);
        left.insert(cause(&first), NOW);
        let more = [message("b", State::Outage, 502), message("c", State::Outage, 502)];
        assert_eq!(next(&more, &left, NOW), Next::Wait(NOW + GATHER));
        assert_eq!(sent(next(&more, &left, NOW + GATHER)), ["b-outage", "c-outage"]);
    }

    #[test]
    fn another_cause_and_an_end_do_not_wait_for_a_gathering() {
        let left = BTreeMap::from([(cause(&message("a", State::Outage, 502)), NOW)]);
        let waiting =
            [message("b", State::Outage, 502), message("c", State::Outage, 500), message("d", State::Operational, 502)];
        assert_eq!(sent(next(&waiting, &left, NOW)), ["c-outage"]);
        assert_eq!(sent(next(&waiting[2..], &left, NOW)), ["d-operational"]);
    }

    #[test]
    fn messages_of_one_component_keep_their_order() {
        let waiting = [
            message("a", State::Outage, 502),
            message("a", State::Operational, 502),
            message("b", State::Operational, 502),
        ];
        assert_eq!(sent(next(&waiting, &BTreeMap::new(), NOW)), ["a-outage"]);
        let left = BTreeMap::from([(cause(&waiting[0]), NOW)]);
        assert_eq!(sent(next(&waiting, &left, NOW)), ["b-operational"], "and not the end of what was not told");
    }

    #[test]
    fn a_listener_out_of_reach_is_asked_for_nothing_else() {
        let put_off = Waiting { attempts: 1, due_at: NOW + GATHER, ..message("a", State::Outage, 502) };
        let waiting = [put_off, message("b", State::Operational, 502)];
        assert_eq!(next(&waiting, &BTreeMap::new(), NOW), Next::Wait(NOW + GATHER));
        assert_eq!(next(&[], &BTreeMap::new(), NOW), Next::Nothing);
    }

    #[test]
    fn a_bundle_has_an_id_of_its_own_that_stays() {
        let [a, b] = ["a", "b"].map(|name| message(name, State::Outage, 502));
        assert_eq!(Bundle::of(a.clone()).id(), "a-outage");
        let both = Bundle { head: a.clone(), rest: vec![b] };
        assert_eq!(both.id(), both.clone().id());
        assert_ne!(both.id(), Bundle::of(a).id());
    }

    #[test]
    fn one_message_has_a_bound() {
        let many: Vec<Waiting> = (0..80).map(|n| message(&format!("c{n}"), State::Outage, 502)).collect();
        assert_eq!(sent(next(&many, &BTreeMap::new(), NOW)).len(), MOST);
    }
}
