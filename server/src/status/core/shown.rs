//! What visitors see of a component: its state and why, days, intervals and latency.

use super::live::Live;
use super::{Shown, state_of};
use crate::status::fold::History;
use crate::status::latency::{self, Latencies};
use crate::status::reason::public_reason;
use crate::status::uptime;
use app::model::status::Interval;
use app::model::{At, Class, ComponentStatus, FaultKind, Millis, MonitorId, State};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Intervals of one component that its page lists.
const MOST_INTERVALS: usize = 200;

pub(super) fn status(
    shown: &mut Shown,
    members: &[&Live],
    monitors: &BTreeMap<MonitorId, Live>,
    now: At,
) -> ComponentStatus {
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
        reason: with_flaps(reason(state, members, monitors), members),
        uptime: uptime::uptime(shown.days.iter()),
        days: shown.days.clone(),
        intervals: Arc::clone(&shown.intervals),
        latency: latency::points(&latencies, now),
    }
}

/// Days before the newest change and before the last count stand as they are.
fn count_days(shown: &mut Shown, histories: &[&History], now: At) {
    let today = now.day();
    let first = today - uptime::DAYS + 1;
    let from = shown.stale_from.clamp(first, today);
    // A clock that jumped leaves a gap; then everything is counted anew.
    let kept = shown.days.iter().filter(|day| (first..from).contains(&day.day)).count();
    let from = if i64::try_from(kept).is_ok_and(|days| days == from - first) { from } else { first };
    shown.days.renew(|day| (first..from).contains(&day.day), uptime::days(histories, from, now));
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
    let intervals =
        stretches.into_iter().rev().filter(|stretch| stretch.state != State::Operational).take(MOST_INTERVALS).map(
            |stretch| Interval {
                state: stretch.state,
                from: stretch.from,
                until: (Some(stretch) != open).then_some(stretch.until),
            },
        );
    shown.intervals = Arc::new(intervals.collect());
    shown.gathered = true;
}

/// The same, with a word on a member that comes and goes.
fn with_flaps(reason: Option<String>, members: &[&Live]) -> Option<String> {
    let Some(unstable) = members.iter().find_map(|live| live.unstable()) else { return reason };
    let words = unstable.words();
    Some(reason.map_or(words.clone(), |reason| format!("{reason}; {words}")))
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
