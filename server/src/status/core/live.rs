//! One monitor as the board remembers it: what is confirmed, its history, and what is on.

use super::Loaded;
use super::flaps::Flaps;
use super::proofs::Proofs;
use crate::evidence::{Kept, Proof};
use crate::status::confirm::{Confirmed, Rules};
use crate::status::fold::History;
use crate::status::latency::{self, Closed, Latencies};
use crate::status::windows::{Planned, Window};
use crate::status::{Flapping, Unstable, Watched};
use crate::storage::{Span, SpanChange, StoredLatency};
use app::backend::MonitorView;
use app::model::{At, Fault, Sample, State};
use std::time::Duration;

/// A state is taken for granted this many intervals after the last sample, and no longer.
const INTERVALS_OF_GRACE: i64 = 3;

#[derive(Debug)]
pub(super) struct Live {
    pub(super) watched: Watched,
    pub(super) confirmed: Confirmed,
    pub(super) history: History,
    pub(super) latencies: Latencies,
    pub(super) last: Option<Sample>,
    /// Why the newest sample that was not good was not.
    pub(super) fault: Option<Fault>,
    /// The announced work that is on. Samples are taken and judged meanwhile; only what is shown and counted differs.
    pub(super) window: Option<Window>,
    /// The end of the last announced work: what is found out later does not reach back into it.
    pub(super) floor: Option<At>,
    /// How often it went down and came back.
    pub(super) flaps: Flaps,
    /// When its parents were asked because it had begun to fail.
    pub(super) asked: Option<At>,
    /// What a change that may be coming rests on.
    pub(super) proofs: Proofs,
}

impl Live {
    pub(super) fn new(watched: Watched, loaded: Loaded, rules: Rules, now: At) -> Self {
        let history = History::new(loaded.spans);
        let flaps = Flaps::of(watched.unstable, history.spans(), now);
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
        let (window, floor, asked, proofs) = (None, None, None, Proofs::default());
        Self { watched, confirmed, history, latencies, last, fault, window, floor, flaps, asked, proofs }
    }

    /// The state that counts and is shown: that of announced work before any other.
    pub(super) fn state(&self) -> State {
        if self.window.is_some() { State::Maintenance } else { self.confirmed.state() }
    }

    pub(super) fn rules(&self) -> Rules {
        Rules { down: self.watched.down, up: self.watched.up }
    }

    pub(super) fn interval(&self) -> Duration {
        self.watched.monitor.interval.into()
    }

    /// From when on nothing is known, if no sample came for too long. A slow probe is not silence: the
    /// next one may take as long as the last.
    pub(super) fn silent_since(&self, now: At) -> Option<At> {
        let last = self.last.as_ref()?;
        let grace = i64::from(self.watched.monitor.interval.0) * INTERVALS_OF_GRACE + 2 * i64::from(last.latency.0);
        (now.since(last.at) > grace).then(|| last.at + self.interval())
    }

    pub(super) fn fold(&mut self, span: Span) -> SpanChange {
        self.history.fold(span);
        self.flaps.note(self.watched.unstable, span);
        SpanChange { monitor: self.watched.monitor.id.clone(), since: span.since, state: span.state }
    }

    /// What a change that was found out means for the history: within announced work nothing, before it what it says,
    /// and after it no more than back to its end.
    pub(super) fn change(&mut self, span: Span) -> Vec<SpanChange> {
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

    /// These proofs as they are kept.
    pub(super) fn kept(&self, state: State, proofs: Vec<Proof>) -> impl Iterator<Item = Kept> {
        proofs.into_iter().map(move |proof| Kept { monitor: self.watched.monitor.id.clone(), state, proof })
    }

    /// How unstable it is, if it is.
    pub(super) fn unstable(&self) -> Option<Flapping> {
        let changes = self.flaps.unstable()?;
        let Unstable { within, quiet, .. } = self.watched.unstable;
        Some(Flapping { changes, within: within.into(), quiet: quiet.into() })
    }

    /// Gatewatch itself could not see from `since` on; what was measured later stands.
    pub(super) fn go_blind(&mut self, since: At) -> Vec<SpanChange> {
        self.confirmed.blind(since).map(|span| self.change(span)).unwrap_or_default()
    }

    /// The clock was set back to `now`: nothing may seem to lie ahead of it.
    pub(super) fn set_clock(&mut self, now: At) {
        self.confirmed.step_back(now);
        if let Some(last) = &mut self.last {
            last.at = last.at.min(now);
        }
    }

    /// Takes over the announced work that is on now, if any.
    pub(super) fn enter(&mut self, on: Option<Window>, now: At) -> Vec<SpanChange> {
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
    pub(super) fn leave_unseen(&mut self, planned: &[Planned], now: At) -> Option<SpanChange> {
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

    pub(super) fn stored(&self, closed: Closed) -> StoredLatency {
        StoredLatency {
            monitor: self.watched.monitor.id.clone(),
            at: latency::start_of(closed.bucket),
            median: closed.median,
            count: closed.count,
        }
    }

    pub(super) fn view(&self) -> MonitorView {
        MonitorView {
            monitor: self.watched.monitor.clone(),
            state: self.state(),
            since: self.history.last().map(|span| span.since),
            last: self.last.clone(),
            seen: None,
            unstable: self.unstable().map(Flapping::words),
        }
    }
}
