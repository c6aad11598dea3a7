//! The board's memory: every monitor's confirmed state, history and latency, and the components over them.
//!
//! Pure: samples and the time go in, changes to be stored and views come out. Samples of different
//! monitors may come in any order; the outcome is the same.

mod flaps;
mod live;
mod notices;
mod proofs;
mod shown;
mod told;

use super::confirm::{MOST_LATE_MS, Rules};
use super::fold::History;
use super::latency::Closed;
use super::windows::{Planned, Window};
use super::{BoardConfig, Flapping, Watched, uptime};
use crate::evidence::{Gathered, Kept};
use crate::selfcheck::{Blind, Ill};
use crate::storage::{Span, SpanChange, StoredLatency};
use app::backend::ComponentView;
use app::model::status::{Days, Interval};
use app::model::{At, Class, Component, ComponentSlug, ComponentStatus, Fault, Millis, MonitorId, Sample, State};
use live::Live;
use proofs::Judgement;
use shown::status;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use told::{Concerned, concerned, told_state};

/// What the database knows of one monitor.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Spans that reach into the days shown.
    pub spans: Vec<Span>,
    /// The newest samples, oldest first.
    pub newest: Vec<Sample>,
    /// Closed latency buckets.
    pub closed: Vec<Closed>,
    /// The successful samples of the bucket that may not be closed yet, oldest first.
    pub open: Vec<(At, Millis)>,
}

/// A component's new state, of which somebody may have to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Whose.
    pub component: ComponentSlug,
    /// Its name.
    pub name: String,
    /// The state.
    pub state: State,
    /// Since when, as the monitor that brought it about says.
    pub since: At,
    /// The monitor that is worst off.
    pub monitor: Option<String>,
    /// Why that one is not well.
    pub fault: Option<Fault>,
    /// Set where it comes and goes; then further changes are not told until it has been quiet.
    pub unstable: Option<Flapping>,
}

/// What one step led to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// Changes of state, to be stored and shown at once.
    pub changes: Vec<SpanChange>,
    /// Latency buckets that ended, to be stored.
    pub latencies: Vec<StoredLatency>,
    /// Components whose state has changed.
    pub turns: Vec<Turn>,
    /// What shows these changes.
    pub evidence: Vec<Kept>,
    /// True when the monitor should be asked again at once.
    pub reprobe: bool,
    /// What it depends on, to be asked at once too: whose fault is it?
    pub ask: Vec<MonitorId>,
}

#[derive(Debug)]
struct Shown {
    component: Component,
    /// Days already counted; those from `stale_from` on have to be counted again.
    days: Days,
    stale_from: i64,
    /// Times when it was not operational, and whether they have to be gathered again.
    intervals: Arc<Vec<Interval>>,
    gathered: bool,
    /// Its state as it was told last, private monitors included.
    state: State,
    /// The beginning of a change that is not told yet.
    untold: Option<At>,
}

/// All monitors and components.
#[derive(Debug)]
pub struct Core {
    monitors: BTreeMap<MonitorId, Live>,
    components: Vec<Shown>,
    concerned: BTreeMap<MonitorId, Concerned>,
    /// Places of the components with a change that is not told yet.
    untold: BTreeSet<usize>,
    planned: Vec<Planned>,
}

impl Core {
    /// From the configuration and what the database knows.
    pub fn new(config: &BoardConfig, loaded: BTreeMap<MonitorId, Loaded>, now: At) -> (Self, Effects) {
        let mut core = Self {
            monitors: BTreeMap::new(),
            components: Vec::new(),
            concerned: BTreeMap::new(),
            untold: BTreeSet::new(),
            planned: Vec::new(),
        };
        let effects = core.reconfigure(config, loaded, now);
        (core, effects)
    }

    /// Takes over a configuration; monitors that stay keep what they know.
    pub fn reconfigure(&mut self, config: &BoardConfig, mut loaded: BTreeMap<MonitorId, Loaded>, now: At) -> Effects {
        let mut earlier = std::mem::take(&mut self.monitors);
        let mut effects = Effects::default();
        self.planned = config.maintenances.iter().map(|one| Planned::new(one.clone(), now)).collect();
        for watched in &config.monitors {
            let id = &watched.monitor.id;
            let live = if let Some(mut live) = earlier.remove(id) {
                live.watched = watched.clone();
                live
            } else {
                let mut known = loaded.remove(id).unwrap_or_default();
                let open = std::mem::take(&mut known.open);
                let mut live = Live::new(watched.clone(), known, Rules { down: watched.down, up: watched.up }, now);
                for (at, latency) in open.into_iter().filter(|_| watched.timed) {
                    let ended = live.latencies.add(at, latency);
                    effects.latencies.extend(ended.map(|closed| live.stored(closed)));
                }
                live
            };
            self.monitors.insert(id.clone(), live);
        }
        self.components = with_singles(config)
            .into_iter()
            .map(|component| {
                let state = told_state(&self.monitors, &members(&self.monitors, &component.monitors));
                Shown {
                    component,
                    days: Days::default(),
                    stale_from: i64::MIN,
                    intervals: Arc::default(),
                    gathered: false,
                    state,
                    untold: Some(now),
                }
            })
            .collect();
        self.concerned = concerned(&self.monitors, &self.components);
        self.untold = (0..self.components.len()).collect();
        let lapsed = self.tick(now);
        for live in self.monitors.values_mut() {
            effects.changes.extend(live.leave_unseen(&self.planned, now));
        }
        self.note_stale(&effects.changes);
        effects.changes.extend(lapsed.changes);
        effects.latencies.extend(lapsed.latencies);
        effects.turns.extend(lapsed.turns);
        effects.evidence.extend(lapsed.evidence);
        effects
    }

    /// Takes one sample into account; one of an unknown monitor changes nothing.
    pub fn apply(&mut self, id: &MonitorId, sample: &Sample, gathered: Option<Box<Gathered>>) -> Effects {
        let Some(live) = self.monitors.get_mut(id) else { return Effects::default() };
        let rules = live.rules();
        let (before, opposed) = (live.confirmed.state(), live.confirmed.opposes(sample.class));
        let judged = live.confirmed.judge(rules, sample.at, sample.class);
        let (change, oldest) = (judged.change, live.confirmed.oldest());
        let proofs = live.proofs.take(&Judgement { before, opposed, change, oldest, sample }, gathered);
        let mut effects = Effects { reprobe: judged.reprobe, ..Effects::default() };
        if judged.reprobe && sample.class == Class::Down {
            effects.ask.clone_from(&live.watched.depends_on);
            live.asked = Some(sample.at + Duration::from(sample.latency));
        }
        if judged.change.is_some_and(|span| matches!(span.state, State::Operational | State::Degraded)) {
            live.fault = None;
        }
        if let Some(span) = judged.change {
            effects.changes.extend(live.change(span));
            if effects.changes.is_empty() {
                live.proofs.keep_back(span.state, proofs);
            } else {
                effects.evidence.extend(live.kept(span.state, proofs));
            }
        }
        if live.watched.timed && is_success(sample) {
            let ended = live.latencies.add(sample.at, sample.latency);
            effects.latencies.extend(ended.map(|closed| live.stored(closed)));
        }
        let is_newest = |last: &Sample| last.at < sample.at || last.at.since(sample.at) > MOST_LATE_MS;
        if live.last.as_ref().is_none_or(is_newest) {
            if let Some(fault) = &sample.fault {
                live.fault = Some(fault.clone());
            }
            live.last = Some(sample.clone());
        }
        self.note_stale(&effects.changes);
        effects.ask.retain(|id| self.monitors.get(id).is_some_and(|parent| parent.state() != State::Outage));
        // A sample is judged when its probe has ended.
        effects.turns = self.turns(&effects.changes, sample.at + Duration::from(sample.latency));
        effects
    }

    /// Gatewatch itself cannot see, and since when; answers what is therefore unknown.
    pub fn blinded(&mut self, blind: Blind, now: At) -> Effects {
        let mut effects = Effects::default();
        for live in self.monitors.values_mut() {
            if blind.ill == Ill::ClockSet {
                live.set_clock(now);
            }
            if blind.ill.blinds(live.watched.reach) {
                effects.changes.extend(live.go_blind(blind.since));
            }
        }
        self.note_stale(&effects.changes);
        effects.turns = self.turns(&effects.changes, now);
        effects
    }

    /// What the passing of time alone leads to: silence, and buckets that end.
    pub fn tick(&mut self, now: At) -> Effects {
        let mut effects = Effects::default();
        let oldest = At::start_of_day(now.day() - uptime::DAYS);
        for planned in &mut self.planned {
            planned.advance(now);
        }
        for live in self.monitors.values_mut() {
            let entered = live.enter(on(&self.planned, &live.watched.monitor.id, now), now);
            if !entered.is_empty() && live.window.is_none() {
                let state = live.confirmed.state();
                let proofs = live.proofs.speak(state);
                effects.evidence.extend(live.kept(state, proofs));
            }
            effects.changes.extend(entered);
            if let Some(since) = live.silent_since(now)
                && let Some(span) = live.confirmed.lapse(since.min(now))
            {
                effects.changes.extend(live.change(span));
            }
            let ended = live.latencies.advance(now);
            effects.latencies.extend(ended.map(|closed| live.stored(closed)));
            live.history.forget_before(oldest);
            live.flaps.tick(live.watched.unstable, now);
        }
        self.note_stale(&effects.changes);
        effects.turns = self.turns(&effects.changes, now);
        effects
    }

    fn note_stale(&mut self, changes: &[SpanChange]) {
        for change in changes {
            let places = self.concerned.get(&change.monitor);
            for place in places.into_iter().flat_map(|one| &one.members_of) {
                let Some(shown) = self.components.get_mut(*place) else { continue };
                shown.stale_from = shown.stale_from.min(change.since.day());
                shown.gathered = false;
            }
        }
    }

    /// The monitors whose history is in memory.
    pub fn known(&self) -> BTreeSet<MonitorId> {
        self.monitors.keys().cloned().collect()
    }

    /// The public components, in order; only what their public monitors say.
    pub fn public(&mut self, now: At) -> Vec<ComponentStatus> {
        let monitors = &self.monitors;
        self.components
            .iter_mut()
            .filter(|shown| shown.component.public)
            .filter_map(|shown| {
                let mut members = members(monitors, &shown.component.monitors);
                members.retain(|live| live.watched.monitor.public);
                if members.is_empty() { None } else { Some(status(shown, &members, monitors, now)) }
            })
            .collect()
    }

    /// All components for admins, private monitors included.
    pub fn operate(&self) -> Vec<ComponentView> {
        self.components
            .iter()
            .map(|shown| {
                let members = members(&self.monitors, &shown.component.monitors);
                let histories: Vec<&History> = members.iter().map(|live| &live.history).collect();
                ComponentView {
                    component: shown.component.clone(),
                    state: state_of(&members),
                    since: uptime::since(&histories),
                    monitors: members.iter().map(|live| live.view()).collect(),
                }
            })
            .collect()
    }
}

/// The announced work on a monitor that is on: of several at once from the first beginning to the last end.
fn on(planned: &[Planned], id: &MonitorId, now: At) -> Option<Window> {
    let of_it = planned.iter().filter(|planned| planned.maintenance.monitors.contains(id));
    of_it
        .filter_map(|planned| planned.on(now))
        .reduce(|one, other| Window { from: one.from.min(other.from), until: one.until.max(other.until) })
}

fn is_success(sample: &Sample) -> bool {
    matches!(sample.class, Class::Up | Class::Degraded)
}

fn members<'m>(monitors: &'m BTreeMap<MonitorId, Live>, ids: &[MonitorId]) -> Vec<&'m Live> {
    ids.iter().filter_map(|id| monitors.get(id)).collect()
}

fn state_of(members: &[&Live]) -> State {
    uptime::overlay(members.iter().map(|live| live.state())).unwrap_or(State::Unknown)
}

/// The components of the configuration, and one for each monitor that is in none.
fn with_singles(config: &BoardConfig) -> Vec<Component> {
    let mut components = config.components.clone();
    let placed: BTreeSet<&MonitorId> = config.components.iter().flat_map(|component| &component.monitors).collect();
    let mut slugs: BTreeSet<ComponentSlug> = components.iter().map(|component| component.slug.clone()).collect();
    for Watched { monitor, .. } in &config.monitors {
        let Ok(slug) = monitor.id.as_str().parse::<ComponentSlug>() else { continue };
        if placed.contains(&monitor.id) || !slugs.insert(slug.clone()) {
            continue;
        }
        components.push(Component {
            slug,
            name: monitor.name.clone(),
            group: None,
            monitors: vec![monitor.id.clone()],
            public: monitor.public,
        });
    }
    components
}

#[cfg(test)]
mod announced;
#[cfg(test)]
mod dependent;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod traces;
