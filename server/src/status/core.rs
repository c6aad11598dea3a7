//! The board's memory: every monitor's confirmed state, history and latency, and the components over them.
//!
//! Pure: samples and the time go in, changes to be stored and views come out. Samples of different
//! monitors may come in any order; the outcome is the same.

use super::confirm::{Confirmed, MOST_LATE_MS, Rules};
use super::fold::History;
use super::latency::{self, Closed, Latencies};
use super::reason::public_reason;
use super::{BoardConfig, Watched, uptime};
use crate::storage::{Span, SpanChange, StoredLatency};
use app::backend::{ComponentView, MonitorView};
use app::model::{At, Class, Component, ComponentSlug, ComponentStatus, Day, Fault, Millis, MonitorId, Sample, State};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A state is taken for granted this many intervals after the last sample, and no longer.
const INTERVALS_OF_GRACE: i64 = 3;

/// What the database knows of one monitor.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Spans that reach into the days shown.
    pub spans: Vec<Span>,
    /// The newest samples, oldest first.
    pub newest: Vec<Sample>,
    /// Closed latency buckets.
    pub closed: Vec<Closed>,
    /// Samples of the bucket that may not be closed yet, oldest first.
    pub open: Vec<Sample>,
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
    /// True when the monitor should be asked again at once.
    pub reprobe: bool,
}

#[derive(Debug)]
struct Live {
    watched: Watched,
    confirmed: Confirmed,
    history: History,
    latencies: Latencies,
    last: Option<Sample>,
    /// Why the newest sample that was not good was not.
    fault: Option<Fault>,
}

impl Live {
    fn new(watched: Watched, loaded: Loaded, rules: Rules) -> Self {
        let history = History::new(loaded.spans);
        let newest = &loaded.newest[loaded.newest.len().saturating_sub(rules.window())..];
        let confirmed = Confirmed::resume(history.last(), newest.iter().map(|sample| (sample.at, sample.class)));
        let last = loaded.newest.last().cloned();
        let fault = match confirmed.state() {
            State::Operational | State::Degraded => last.as_ref().and_then(|last: &Sample| last.fault.clone()),
            _ => loaded.newest.iter().rev().find_map(|sample| sample.fault.clone()),
        };
        Self { watched, confirmed, history, latencies: Latencies::new(loaded.closed), last, fault }
    }

    fn rules(&self) -> Rules {
        Rules { down: self.watched.down, up: self.watched.up }
    }

    fn interval(&self) -> Duration {
        self.watched.monitor.interval.into()
    }

    /// From when on nothing is known, if no sample came for too long. A slow probe is not silence: the
    /// next one may take as long as the last.
    fn silent_since(&self, now: At) -> Option<At> {
        let last = self.last.as_ref()?;
        let grace = i64::from(self.watched.monitor.interval.0) * INTERVALS_OF_GRACE + 2 * i64::from(last.latency.0);
        (now.since(last.at) > grace).then(|| last.at + self.interval())
    }

    fn change(&mut self, span: Span) -> SpanChange {
        self.history.fold(span);
        SpanChange { monitor: self.watched.monitor.id.clone(), since: span.since, state: span.state }
    }

    fn stored(&self, closed: Closed) -> StoredLatency {
        StoredLatency {
            monitor: self.watched.monitor.id.clone(),
            at: latency::start_of(closed.bucket),
            median: closed.median,
            count: closed.count,
        }
    }

    fn view(&self) -> MonitorView {
        MonitorView {
            monitor: self.watched.monitor.clone(),
            state: self.confirmed.state(),
            since: self.history.last().map(|span| span.since),
            last: self.last.clone(),
        }
    }
}

#[derive(Debug)]
struct Shown {
    component: Component,
    /// Days already counted; those from `stale_from` on have to be counted again.
    days: Vec<Day>,
    stale_from: i64,
    /// Its state at the last look, private monitors included.
    state: State,
}

/// All monitors and components.
#[derive(Debug)]
pub struct Core {
    monitors: BTreeMap<MonitorId, Live>,
    components: Vec<Shown>,
}

impl Core {
    /// From the configuration and what the database knows.
    pub fn new(config: &BoardConfig, loaded: BTreeMap<MonitorId, Loaded>, now: At) -> (Self, Effects) {
        let mut core = Self { monitors: BTreeMap::new(), components: Vec::new() };
        let effects = core.reconfigure(config, loaded, now);
        (core, effects)
    }

    /// Takes over a configuration; monitors that stay keep what they know.
    pub fn reconfigure(&mut self, config: &BoardConfig, mut loaded: BTreeMap<MonitorId, Loaded>, now: At) -> Effects {
        let mut earlier = std::mem::take(&mut self.monitors);
        let mut effects = Effects::default();
        for watched in &config.monitors {
            let id = &watched.monitor.id;
            let live = if let Some(mut live) = earlier.remove(id) {
                live.watched = watched.clone();
                live
            } else {
                let mut known = loaded.remove(id).unwrap_or_default();
                let open = std::mem::take(&mut known.open);
                let mut live = Live::new(watched.clone(), known, Rules { down: watched.down, up: watched.up });
                for sample in open.iter().filter(|sample| is_success(sample)) {
                    let ended = live.latencies.add(sample.at, sample.latency);
                    effects.latencies.extend(ended.map(|closed| live.stored(closed)));
                }
                live
            };
            self.monitors.insert(id.clone(), live);
        }
        self.components = with_singles(config)
            .into_iter()
            .map(|component| {
                let state = state_of(&members(&self.monitors, &component.monitors));
                Shown { component, days: Vec::new(), stale_from: i64::MIN, state }
            })
            .collect();
        let lapsed = self.tick(now);
        effects.changes.extend(lapsed.changes);
        effects.latencies.extend(lapsed.latencies);
        effects.turns.extend(lapsed.turns);
        effects
    }

    /// Takes one sample into account; one of an unknown monitor changes nothing.
    pub fn apply(&mut self, id: &MonitorId, sample: &Sample) -> Effects {
        let Some(live) = self.monitors.get_mut(id) else { return Effects::default() };
        let rules = live.rules();
        let judged = live.confirmed.judge(rules, sample.at, sample.class);
        let mut effects = Effects { reprobe: judged.reprobe, ..Effects::default() };
        if judged.change.is_some_and(|span| matches!(span.state, State::Operational | State::Degraded)) {
            live.fault = None;
        }
        effects.changes.extend(judged.change.map(|span| live.change(span)));
        if is_success(sample) {
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
        effects.turns = self.turns(&effects.changes);
        effects
    }

    /// What the passing of time alone leads to: silence, and buckets that end.
    pub fn tick(&mut self, now: At) -> Effects {
        let mut effects = Effects::default();
        let oldest = At::start_of_day(now.day() - uptime::DAYS);
        for live in self.monitors.values_mut() {
            if let Some(since) = live.silent_since(now)
                && let Some(span) = live.confirmed.lapse(since.min(now))
            {
                effects.changes.push(live.change(span));
            }
            let ended = live.latencies.advance(now);
            effects.latencies.extend(ended.map(|closed| live.stored(closed)));
            live.history.forget_before(oldest);
        }
        self.note_stale(&effects.changes);
        effects.turns = self.turns(&effects.changes);
        effects
    }

    fn note_stale(&mut self, changes: &[SpanChange]) {
        for change in changes {
            for shown in &mut self.components {
                if shown.component.monitors.contains(&change.monitor) {
                    shown.stale_from = shown.stale_from.min(change.since.day());
                }
            }
        }
    }

    /// The components that these changes have brought to another state.
    fn turns(&mut self, changes: &[SpanChange]) -> Vec<Turn> {
        let monitors = &self.monitors;
        let mut turns = Vec::new();
        for shown in &mut self.components {
            let of_its_own = |change: &&SpanChange| shown.component.monitors.contains(&change.monitor);
            let Some(change) = changes.iter().rfind(of_its_own) else { continue };
            let members = members(monitors, &shown.component.monitors);
            let state = state_of(&members);
            if state == shown.state {
                continue;
            }
            shown.state = state;
            let worst = members.iter().max_by_key(|live| live.confirmed.state().severity());
            turns.push(Turn {
                component: shown.component.slug.clone(),
                name: shown.component.name.clone(),
                state,
                since: change.since,
                monitor: worst.map(|live| live.watched.monitor.name.clone()),
                fault: worst.and_then(|live| live.fault.clone()),
            });
        }
        turns
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
                if members.is_empty() { None } else { Some(status(shown, &members, now)) }
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

fn is_success(sample: &Sample) -> bool {
    matches!(sample.class, Class::Up | Class::Degraded)
}

fn members<'m>(monitors: &'m BTreeMap<MonitorId, Live>, ids: &[MonitorId]) -> Vec<&'m Live> {
    ids.iter().filter_map(|id| monitors.get(id)).collect()
}

fn state_of(members: &[&Live]) -> State {
    uptime::overlay(members.iter().map(|live| live.confirmed.state())).unwrap_or(State::Unknown)
}

/// The components of the configuration, and one for each monitor that is in none.
fn with_singles(config: &BoardConfig) -> Vec<Component> {
    let mut components = config.components.clone();
    let placed: BTreeSet<&MonitorId> = config.components.iter().flat_map(|component| &component.monitors).collect();
    for Watched { monitor, .. } in &config.monitors {
        let Ok(slug) = monitor.id.as_str().parse() else { continue };
        if placed.contains(&monitor.id) || components.iter().any(|component| component.slug == slug) {
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

fn status(shown: &mut Shown, members: &[&Live], now: At) -> ComponentStatus {
    let histories: Vec<&History> = members.iter().map(|live| &live.history).collect();
    count_days(shown, &histories, now);
    let state = state_of(members);
    let latencies: Vec<&Latencies> = members.iter().map(|live| &live.latencies).collect();
    ComponentStatus {
        slug: shown.component.slug.clone(),
        name: shown.component.name.clone(),
        group: shown.component.group.clone(),
        state,
        since: uptime::since(&histories),
        last_sample: members.iter().filter_map(|live| live.last.as_ref().map(|last| last.at)).max(),
        interval: members.iter().map(|live| live.watched.monitor.interval).max().unwrap_or(Millis(0)),
        reason: reason(state, members),
        uptime: uptime::uptime(&shown.days),
        days: shown.days.clone(),
        latency: latency::points(&latencies, now),
    }
}

/// Days before the newest change and before the last count stand as they are.
fn count_days(shown: &mut Shown, histories: &[&History], now: At) {
    let today = now.day();
    let first = today - uptime::DAYS + 1;
    let from = shown.stale_from.clamp(first, today);
    shown.days.retain(|day| (first..from).contains(&day.day));
    // A clock that jumped leaves a gap; then everything is counted anew.
    let complete = i64::try_from(shown.days.len()).is_ok_and(|days| days == from - first);
    let from = if complete {
        from
    } else {
        shown.days.clear();
        first
    };
    shown.days.extend(uptime::days(histories, from, now));
    shown.stale_from = today;
}

/// Why the component is not well: what its worst monitor's newest bad sample said.
fn reason(state: State, members: &[&Live]) -> Option<String> {
    if state == State::Operational || state == State::Maintenance {
        return None;
    }
    let worst = members.iter().max_by_key(|live| live.confirmed.state().severity())?;
    if worst.confirmed.state() == State::Unknown
        && worst.last.as_ref().is_none_or(|last| !matches!(last.class, Class::Unknown | Class::Blocked))
    {
        return Some("no data".to_owned());
    }
    match &worst.fault {
        Some(fault) => Some(public_reason(fault)),
        None if state == State::Degraded => Some("slow".to_owned()),
        None => None,
    }
}

#[cfg(test)]
mod tests;
