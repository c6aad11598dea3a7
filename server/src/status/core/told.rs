//! What somebody may have to be told: components whose state has changed, once it is clear whose fault it is.
//!
//! Three things keep a change from being told as it is measured. A member that depends on something that is down says
//! nothing. One that fails while nobody knows yet how its parents are waits for their answer, which was asked for with
//! its own first failure. And an unstable one counts as down until it has been quiet.

use super::live::Live;
use super::{Core, Shown, Turn, members};
use crate::status::uptime;
use crate::storage::SpanChange;
use app::model::{At, Class, MonitorId, State};
use std::collections::BTreeMap;

/// Which components a monitor concerns, by their place.
#[derive(Debug, Default)]
pub(super) struct Concerned {
    /// Those that it is a member of.
    pub(super) members_of: Vec<usize>,
    /// Those of which a member depends on it.
    parents_of: Vec<usize>,
}

/// For every monitor, so that a sample costs the same however many components there are.
pub(super) fn concerned(monitors: &BTreeMap<MonitorId, Live>, components: &[Shown]) -> BTreeMap<MonitorId, Concerned> {
    let mut all: BTreeMap<MonitorId, Concerned> = BTreeMap::new();
    for (place, shown) in components.iter().enumerate() {
        for id in &shown.component.monitors {
            all.entry(id.clone()).or_default().members_of.push(place);
            for parent in monitors.get(id).into_iter().flat_map(|live| &live.watched.depends_on) {
                all.entry(parent.clone()).or_default().parents_of.push(place);
            }
        }
    }
    all
}

impl Core {
    /// The components that these changes have brought to another state, and those whose telling waited for a parent.
    pub(super) fn turns(&mut self, changes: &[SpanChange], now: At) -> Vec<Turn> {
        let monitors = &self.monitors;
        let mut begun: BTreeMap<usize, Option<At>> = self.untold.iter().map(|place| (*place, None)).collect();
        for change in changes {
            let places = self.concerned.get(&change.monitor);
            for place in places.into_iter().flat_map(|one| one.members_of.iter().chain(&one.parents_of)) {
                begun.insert(*place, Some(change.since));
            }
        }
        let mut turns = Vec::new();
        for (place, begun) in begun {
            let Some(shown) = self.components.get_mut(place) else { continue };
            let members = members(monitors, &shown.component.monitors);
            let Some(since) = begun.or(shown.untold) else { continue };
            let state = told_state(monitors, &members);
            let waits = state.severity() > State::Unknown.severity()
                && members.iter().any(|live| live.awaits_parent(monitors, now));
            shown.untold = (waits || members.iter().any(|live| live.flaps.unstable().is_some())).then_some(since);
            if shown.untold.is_some() {
                self.untold.insert(place);
            } else {
                self.untold.remove(&place);
            }
            if waits || state == shown.state {
                continue;
            }
            shown.state = state;
            let worst = members.iter().max_by_key(|live| live.state().severity());
            turns.push(Turn {
                component: shown.component.slug.clone(),
                name: shown.component.name.clone(),
                state,
                since,
                monitor: worst.map(|live| live.watched.monitor.name.clone()),
                fault: worst.and_then(|live| live.fault.clone()),
                unstable: members.iter().find_map(|live| live.unstable()),
            });
        }
        turns
    }
}

impl Live {
    /// Whether it has just failed, and how a parent is will be known shortly.
    fn awaits_parent(&self, monitors: &BTreeMap<MonitorId, Live>, now: At) -> bool {
        let (Some(asked), State::Outage) = (self.asked, self.confirmed.state()) else { return false };
        let open = |parent: &&Live| {
            // Two probes of the parent at most: the one that was asked for, and that which confirms it.
            let until = asked + parent.watched.patience + parent.watched.patience;
            let is_open = parent.watched.timed && parent.state() != State::Outage && now < until;
            let failed = self.confirmed.since().unwrap_or(asked);
            let answer = parent.last.as_ref().filter(|last| last.at >= failed);
            is_open && answer.is_none_or(|answer| answer.class == Class::Down)
        };
        self.parents(monitors).any(|parent| open(&parent))
    }

    /// What it depends on directly.
    pub(super) fn parents<'m>(&self, monitors: &'m BTreeMap<MonitorId, Live>) -> impl Iterator<Item = &'m Live> {
        self.watched.depends_on.iter().filter_map(|id| monitors.get(id))
    }

    /// Whether something that it depends on is down.
    pub(super) fn lacks(&self, monitors: &BTreeMap<MonitorId, Live>) -> bool {
        self.parents(monitors).any(|parent| parent.state() == State::Outage)
    }
}

/// The state to tell: a member that cannot be well says nothing, as one that was not measured.
pub(super) fn told_state(monitors: &BTreeMap<MonitorId, Live>, members: &[&Live]) -> State {
    let states = members.iter().map(|live| match live.state() {
        state if state.severity() > State::Unknown.severity() && live.lacks(monitors) => State::Unknown,
        State::Operational | State::Degraded if live.flaps.unstable().is_some() => State::Outage,
        state => state,
    });
    uptime::overlay(states).unwrap_or(State::Unknown)
}
