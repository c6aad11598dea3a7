//! The board's memory: every monitor's confirmed state, history and latency, and the components over them.
//!
//! Pure: samples and the time go in, changes to be stored and views come out. Samples of different
//! monitors may come in any order; the outcome is the same.

use super::confirm::{Confirmed, MOST_LATE_MS, Rules};
use super::fold::History;
use super::latency::{self, Closed, Latencies};
use super::reason::public_reason;
use super::windows::{Planned, Window};
use super::{BoardConfig, Watched, uptime};
use crate::storage::{Span, SpanChange, StoredLatency};
use app::backend::{ComponentView, MonitorView};
use app::model::status::Interval;
use app::model::{
    At, Class, Component, ComponentSlug, ComponentStatus, Day, Fault, FaultKind, Maintenance, Millis, MonitorId,
    Sample, State,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Announced work is shown this long before it begins.
const AHEAD: Duration = Duration::from_hours(14 * 24);
/// Intervals of one component that its page lists.
const MOST_INTERVALS: usize = 200;
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
    /// The announced work that is on. Samples are taken and judged meanwhile; only what is shown and counted differs.
    window: Option<Window>,
    /// The end of the last announced work: what is found out later does not reach back into it.
    floor: Option<At>,
}

impl Live {
    fn new(watched: Watched, loaded: Loaded, rules: Rules) -> Self {
        let history = History::new(loaded.spans);
        let newest = &loaded.newest[loaded.newest.len().saturating_sub(rules.window())..];
        // What was found out during announced work is not kept, so after it one good sample has to be enough.
        let left = history.last().map(|span| match span.state {
            State::Maintenance => Span { state: State::Unknown, ..span },
            _ => span,
        });
        let confirmed = Confirmed::resume(left, newest.iter().map(|sample| (sample.at, sample.class)));
        let last = loaded.newest.last().cloned();
        let fault = match confirmed.state() {
            State::Operational | State::Degraded => last.as_ref().and_then(|last: &Sample| last.fault.clone()),
            _ => loaded.newest.iter().rev().find_map(|sample| sample.fault.clone()),
        };
        let latencies = Latencies::new(loaded.closed);
        Self { watched, confirmed, history, latencies, last, fault, window: None, floor: None }
    }

    /// The state that counts and is shown: that of announced work before any other.
    fn state(&self) -> State {
        if self.window.is_some() { State::Maintenance } else { self.confirmed.state() }
    }

    /// Whether something that it depends on is down.
    fn lacks(&self, monitors: &BTreeMap<MonitorId, Live>) -> bool {
        let mut parents = self.watched.depends_on.iter().filter_map(|id| monitors.get(id));
        parents.any(|parent| parent.state() == State::Outage)
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

    fn fold(&mut self, span: Span) -> SpanChange {
        self.history.fold(span);
        SpanChange { monitor: self.watched.monitor.id.clone(), since: span.since, state: span.state }
    }

    /// What a change that was found out means for the history: within announced work nothing, before it what it says,
    /// and after it no more than back to its end.
    fn change(&mut self, span: Span) -> Vec<SpanChange> {
        match self.window {
            None => {
                let since = self.floor.map_or(span.since, |floor| floor.max(span.since));
                vec![self.fold(Span { since, ..span })]
            }
            Some(window) if span.since < window.from => {
                vec![self.fold(span), self.fold(Span { since: window.from, state: State::Maintenance })]
            }
            Some(_) => Vec::new(),
        }
    }

    /// Takes over the announced work that is on now, if any.
    fn enter(&mut self, on: Option<Window>, now: At) -> Vec<SpanChange> {
        if self.window == on {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.window, on);
        if let (None, Some(window)) = (before, on) {
            if self.history.last().is_some_and(|last| last.state == State::Maintenance && last.since >= window.from) {
                return Vec::new();
            }
            // What was measured stays as it was measured, also where work is announced for it afterwards.
            let measured = self.last.as_ref().map_or(window.from, |last| last.at.min(now));
            return vec![self.fold(Span { since: window.from.max(measured), state: State::Maintenance })];
        }
        let (Some(before), None) = (before, on) else {
            // One window follows another, or moved: it still is announced work.
            return Vec::new();
        };
        let end = before.until.min(now);
        self.floor = Some(end);
        vec![self.fold(Span { since: end, state: self.confirmed.state() })]
    }

    /// Announced work that ended while nobody was there to see it.
    fn leave_unseen(&mut self, planned: &[Planned], now: At) -> Option<SpanChange> {
        let last = self.history.last().filter(|last| last.state == State::Maintenance && self.window.is_none())?;
        let id = &self.watched.monitor.id;
        let of_it = planned.iter().filter(|planned| planned.maintenance.monitors.contains(id));
        let ends = of_it.filter_map(|planned| planned.maintenance.plan.next(last.since));
        let end = ends.filter(|window| window.holds(last.since)).map(|window| window.until).max();
        // Work that is no longer in the file ended when it was last seen.
        let seen = self.last.as_ref().map_or(last.since, |sample| sample.at.max(last.since));
        let end = end.unwrap_or(seen).min(now);
        self.floor = Some(end);
        Some(self.fold(Span { since: end, state: State::Unknown }))
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
            state: self.state(),
            since: self.history.last().map(|span| span.since),
            last: self.last.clone(),
            seen: None,
        }
    }
}

#[derive(Debug)]
struct Shown {
    component: Component,
    /// Days already counted; those from `stale_from` on have to be counted again.
    days: Vec<Day>,
    stale_from: i64,
    /// Times when it was not operational, and whether they have to be gathered again.
    intervals: Vec<Interval>,
    gathered: bool,
    /// Its state at the last look, private monitors included.
    state: State,
}

/// All monitors and components.
#[derive(Debug)]
pub struct Core {
    monitors: BTreeMap<MonitorId, Live>,
    components: Vec<Shown>,
    planned: Vec<Planned>,
}

impl Core {
    /// From the configuration and what the database knows.
    pub fn new(config: &BoardConfig, loaded: BTreeMap<MonitorId, Loaded>, now: At) -> (Self, Effects) {
        let mut core = Self { monitors: BTreeMap::new(), components: Vec::new(), planned: Vec::new() };
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
                let mut live = Live::new(watched.clone(), known, Rules { down: watched.down, up: watched.up });
                for sample in open.iter().filter(|sample| watched.timed && is_success(sample)) {
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
                let state = told_state(&self.monitors, &members(&self.monitors, &component.monitors));
                Shown {
                    component,
                    days: Vec::new(),
                    stale_from: i64::MIN,
                    intervals: Vec::new(),
                    gathered: false,
                    state,
                }
            })
            .collect();
        let lapsed = self.tick(now);
        for live in self.monitors.values_mut() {
            effects.changes.extend(live.leave_unseen(&self.planned, now));
        }
        self.note_stale(&effects.changes);
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
        effects.changes.extend(judged.change.map(|span| live.change(span)).unwrap_or_default());
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
        effects.turns = self.turns(&effects.changes);
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
            effects.changes.extend(live.enter(on(&self.planned, &live.watched.monitor.id, now), now));
            if let Some(since) = live.silent_since(now)
                && let Some(span) = live.confirmed.lapse(since.min(now))
            {
                effects.changes.extend(live.change(span));
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
                    shown.gathered = false;
                }
            }
        }
    }

    /// The components that these changes have brought to another state.
    fn turns(&mut self, changes: &[SpanChange]) -> Vec<Turn> {
        let monitors = &self.monitors;
        let mut turns = Vec::new();
        for shown in &mut self.components {
            let members = members(monitors, &shown.component.monitors);
            let concerns = |change: &&SpanChange| {
                let by_parent = members.iter().any(|live| live.watched.depends_on.contains(&change.monitor));
                by_parent || shown.component.monitors.contains(&change.monitor)
            };
            let Some(change) = changes.iter().rfind(concerns) else { continue };
            let state = told_state(monitors, &members);
            if state == shown.state {
                continue;
            }
            shown.state = state;
            let worst = members.iter().max_by_key(|live| live.state().severity());
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
                if members.is_empty() { None } else { Some(status(shown, &members, monitors, now)) }
            })
            .collect()
    }

    /// Announced work on public components: what is on, and what comes within [`AHEAD`]; the earliest first.
    pub fn announced(&self, now: At) -> Vec<Maintenance> {
        let mut all: Vec<Maintenance> = self.planned.iter().filter_map(|planned| self.notice(planned, now)).collect();
        all.sort_by(|one, other| (one.from, &one.id).cmp(&(other.from, &other.id)));
        all
    }

    fn notice(&self, planned: &Planned, now: At) -> Option<Maintenance> {
        let window = planned.next().filter(|window| window.from < now + AHEAD && now < window.until)?;
        let maintenance = &planned.maintenance;
        let is_hit = |id: &MonitorId| {
            maintenance.monitors.contains(id) && self.monitors.get(id).is_some_and(|live| live.watched.monitor.public)
        };
        let public = self.components.iter().map(|shown| &shown.component).filter(|component| component.public);
        let hit = public.filter(|component| component.monitors.iter().any(is_hit));
        let components: Vec<_> = hit.map(|component| component.slug.clone()).collect();
        (!components.is_empty()).then(|| Maintenance {
            id: maintenance.id.clone(),
            title: maintenance.title.clone(),
            about: maintenance.about.clone(),
            components,
            from: window.from,
            until: window.until,
        })
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

/// The state to tell: a member that cannot be well says nothing, as one that was not measured.
fn told_state(monitors: &BTreeMap<MonitorId, Live>, members: &[&Live]) -> State {
    let states = members.iter().map(|live| match live.state() {
        state if state.severity() > State::Unknown.severity() && live.lacks(monitors) => State::Unknown,
        state => state,
    });
    uptime::overlay(states).unwrap_or(State::Unknown)
}

fn state_of(members: &[&Live]) -> State {
    uptime::overlay(members.iter().map(|live| live.state())).unwrap_or(State::Unknown)
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

fn status(shown: &mut Shown, members: &[&Live], monitors: &BTreeMap<MonitorId, Live>, now: At) -> ComponentStatus {
    let histories: Vec<&History> = members.iter().map(|live| &live.history).collect();
    count_days(shown, &histories, now);
    gather(shown, &histories, now);
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
        reason: reason(state, members, monitors),
        uptime: uptime::uptime(&shown.days),
        days: shown.days.clone(),
        intervals: shown.intervals.clone(),
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

/// Only a change of state or a new day makes other intervals; the last one has no end before the next.
fn gather(shown: &mut Shown, histories: &[&History], now: At) {
    let first = At::start_of_day(now.day() - uptime::DAYS + 1);
    if shown.gathered && shown.intervals.last().is_none_or(|oldest| oldest.until.is_none_or(|until| until > first)) {
        return;
    }
    let stretches = uptime::stretches(histories, first, now);
    let open = stretches.last().copied();
    shown.intervals = stretches
        .into_iter()
        .rev()
        .filter(|stretch| stretch.state != State::Operational)
        .take(MOST_INTERVALS)
        .map(|stretch| Interval {
            state: stretch.state,
            from: stretch.from,
            until: (Some(stretch) != open).then_some(stretch.until),
        })
        .collect();
    shown.gathered = true;
}

/// Why the component is not well: what its worst monitor's newest bad sample said.
fn reason(state: State, members: &[&Live], monitors: &BTreeMap<MonitorId, Live>) -> Option<String> {
    if state == State::Operational || state == State::Maintenance {
        return None;
    }
    let worst = members.iter().max_by_key(|live| live.state().severity())?;
    if worst.state() == State::Unknown
        && worst.last.as_ref().is_none_or(|last| !matches!(last.class, Class::Unknown | Class::Blocked))
    {
        return Some("no data".to_owned());
    }
    if worst.state() == State::Outage && worst.lacks(monitors) {
        // Which one may be private.
        return Some("something that it depends on is down".to_owned());
    }
    match &worst.fault {
        Some(fault) if state == State::Degraded && fault.kind == FaultKind::Certificate => {
            Some("certificate ends soon".to_owned())
        }
        Some(fault) => Some(public_reason(fault)),
        None if state == State::Degraded => Some("slow".to_owned()),
        None => None,
    }
}

#[cfg(test)]
mod announced;
#[cfg(test)]
mod dependent;
#[cfg(test)]
mod tests;
