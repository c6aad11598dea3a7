//! One component's own page.

use super::PageContext;
use super::document::Document;
use super::status::is_failing;
use crate::components::bars::{Bars, Legend};
use crate::components::incident::IncidentCard;
use crate::components::latency::LatencyChart;
use crate::components::shape::Shape;
use crate::components::time::{PreciseTime, Time};
use crate::format;
use crate::model::range::Range;
use crate::model::status::{Interval, Spent};
use crate::model::{At, ComponentSlug, ComponentStatus, Snapshot, State};
use crate::words::{Slot, Words};
use leptos::prelude::*;

/// The time spent in each state over all days shown.
fn total(component: &ComponentStatus) -> Spent {
    component.days.iter().fold(Spent::default(), |sum, day| Spent {
        operational: sum.operational + day.spent.operational,
        degraded: sum.degraded + day.spent.degraded,
        partial: sum.partial + day.spent.partial,
        outage: sum.outage + day.spent.outage,
        maintenance: sum.maintenance + day.spent.maintenance,
        unknown: sum.unknown + day.spent.unknown,
    })
}

/// The sum behind an uptime figure, so that anybody can check it.
pub(super) fn sum(words: Words, spent: Spent) -> impl IntoView {
    let row = |state: State, ms: i64, counts: &'static str| {
        let time = u64::try_from(ms).ok().filter(|ms| *ms > 0).map(|ms| words.duration(ms));
        view! {
            <tr>
                <th scope="row"><span class="cell"><Shape code=state.as_str()/>{words.state(state)}</span></th>
                <td>{time.unwrap_or_else(|| words.say("none").to_owned())}</td>
                <td>{words.say(counts)}</td>
            </tr>
        }
    };
    view! {
        <table class="sum">
            <caption>{words.say("sum")}</caption>
            <thead>
                <tr>
                    <th scope="col">{words.say("sum-state")}</th>
                    <th scope="col">{words.say("sum-time")}</th>
                    <th scope="col">{words.say("sum-counts")}</th>
                </tr>
            </thead>
            <tbody>
                {row(State::Operational, spent.operational, "sum-up")}
                {row(State::Degraded, spent.degraded, "sum-up")}
                {row(State::PartialOutage, spent.partial, "sum-half")}
                {row(State::Outage, spent.outage, "sum-down")}
                {row(State::Maintenance, spent.maintenance, "sum-out")}
                {row(State::Unknown, spent.unknown, "sum-out")}
            </tbody>
        </table>
    }
}

/// The intervals of each day that was not operational throughout, newest day first; the bars lead here.
fn interruptions(words: Words, component: &ComponentStatus) -> impl IntoView + use<> {
    let last = component.days.last().map_or(0, |day| day.day);
    let row = |day: i64, interval: &Interval| {
        let (begin, end) = (At::start_of_day(day), At::start_of_day(day + 1));
        let from = interval.from.max(begin);
        let until = match interval.until {
            Some(until) => Some(until.min(end)),
            None if day == last => None,
            None => Some(end),
        };
        let (time, lasted) = match until {
            Some(until) => {
                let to = if until == end { "24:00:00".to_owned() } else { format::clock(until) };
                let time = words.tell("clock-span", [("from", format::clock(from).into()), ("until", to.into())]);
                (time, words.span(from, until))
            }
            None => {
                let time = words.tell("clock-since", [("time", format::clock(from).into())]);
                (time, words.say("still-lasting").to_owned())
            }
        };
        view! {
            <li class=interval.state.as_str()>
                <Shape code=interval.state.as_str()/>
                <span class="word">{words.state(interval.state)}</span>
                <span>{time}</span>
                <span class="meta">{lasted}</span>
            </li>
        }
    };
    let days = component
        .days
        .iter()
        .rev()
        .filter_map(|day| {
            let (begin, end) = (At::start_of_day(day.day), At::start_of_day(day.day + 1));
            let of_day = |interval: &&Interval| interval.from < end && interval.until.is_none_or(|until| until > begin);
            let rows: Vec<_> =
                component.intervals.iter().filter(of_day).map(|interval| row(day.day, interval)).collect();
            (!rows.is_empty()).then(|| {
                view! {
                    <li id=format::iso_day(day.day)>
                        <h3>{words.long_day(day.day)}</h3>
                        <ul class="intervals">{rows.collect_view()}</ul>
                    </li>
                }
            })
        })
        .collect::<Vec<_>>();
    let list = if days.is_empty() {
        view! { <p class="empty">{words.say("interruptions-none")}</p> }.into_any()
    } else {
        view! { <ol class="day-list">{days.collect_view()}</ol> }.into_any()
    };
    view! {
        <section class="panel">
            <h2>{words.say("interruptions-by-day")}</h2>
            {list}
            <p class="meta">{words.say("times-utc")}</p>
        </section>
    }
}

/// The same component over other ranges of time; `None` is the page that stands ready.
pub(super) fn ranges(words: Words, slug: &ComponentSlug, here: Option<Range>) -> impl IntoView + use<> {
    let link = |range: Option<Range>| {
        let (href, label) = match range {
            None => (format!("/components/{slug}"), words.say("range-now")),
            Some(range) => (format!("/components/{slug}/{range}"), words.range(range)),
        };
        let current = (range == here).then_some("page");
        view! { <li><a href=href aria-current=current>{label}</a></li> }
    };
    let all = std::iter::once(None).chain(Range::ALL.iter().copied().map(Some));
    view! { <nav class="ranges" aria-label=words.say("ranges")><ul>{all.map(link).collect_view()}</ul></nav> }
}

/// Incidents of this component that the snapshot holds.
fn incidents(words: Words, snapshot: &Snapshot, component: &ComponentStatus) -> impl IntoView {
    let mine: Vec<_> = snapshot
        .active
        .iter()
        .chain(&snapshot.past)
        .filter(|incident| incident.components.contains(&component.slug))
        .map(|incident| view! { <IncidentCard incident snapshot now=snapshot.as_of words/> })
        .collect();
    let list = if mine.is_empty() {
        view! { <p class="empty">{words.say("past-none")}</p> }.into_any()
    } else {
        mine.collect_view().into_any()
    };
    view! {
        <section class="incidents">
            <h2>{words.say("incidents")}</h2>
            {list}
            <p class="more"><a href="/history">{words.say("by-month")}</a></p>
        </section>
    }
}

/// Since when, and how long that is.
pub(super) fn since(words: Words, at: At, now: At) -> AnyView {
    let age = Slot::text(words.age(at, now));
    words.rich("since-age", [("time", Slot::view(view! { <Time at words/> })), ("age", age)])
}

/// `/components/{slug}`.
pub(super) fn page(page: &PageContext, snapshot: &Snapshot, component: &ComponentStatus) -> String {
    let now = snapshot.as_of;
    let words = page.words();
    let since = component.since.map(|at| view! { <span>{since(words, at, now)}</span> });
    let reason = component
        .reason
        .as_deref()
        .map(|reason| words.phrase(reason))
        .map(|reason| view! { <span class="reason">{reason}</span> });
    let why = is_failing(component.state).then(|| {
        view! { <p><a class="button" href=format!("/wizard?component={}", component.slug)>{words.say("why")}</a></p> }
    });
    let uptime = words.uptime(component.uptime);
    let last = component
        .last_sample
        .map_or_else(|| words.say("never-measured").into_any(), |at| view! { <PreciseTime at words/> }.into_any());
    let state = words.state(component.state);
    let named =
        |key: &'static str| words.tell(key, [("name", component.name.as_str().into()), ("state", state.into())]);
    let document = Document {
        title: named("component-title"),
        description: named("component-description"),
        live: Some(snapshot),
        ..Document::default()
    };
    document.around(
        page,
        view! {
            <p class="crumbs"><a href="/">{words.say("crumb-status")}</a>{component.group.clone().map(|group| format!(" / {group}"))}</p>
            <section class=format!("banner {}", component.state)>
                <Shape code=component.state.as_str()/>
                <h1 dir=words.typed()>{component.name.clone()}</h1>
                <p><span class="word">{state}</span>{reason}{since}</p>
                {why}
            </section>
            {ranges(words, &component.slug, None)}
            <dl class="figures wide">
                <div><dt>{words.say("uptime-quarter")}</dt><dd>{uptime}</dd></div>
                <div><dt>{words.say("last-measured")}</dt><dd>{last}</dd></div>
                <div><dt>{words.say("measured-every")}</dt><dd>{words.millis(component.interval)}</dd></div>
                <div><dt>{words.say("as-of-label")}</dt><dd class="as-of"><PreciseTime at=now words/></dd></div>
            </dl>
            <section class="panel">
                <h2>{words.say("last-quarter")}</h2>
                <Bars days=&component.days name=&component.name page="" words/>
                <p class="axis"><span>{component.days.first().map(|day| words.long_day(day.day))}</span><span>{words.say("today")}</span></p>
                <Legend words/>
            </section>
            {interruptions(words, component)}
            <section class="panel">
                <h2>{words.say("latency-day")}</h2>
                <LatencyChart points=&component.latency words/>
            </section>
            <section class="panel">
                <h2>{words.say("adds-up")}</h2>
                {sum(words, total(component))}
                <p class="formula">{words.say("formula")}</p>
            </section>
            {incidents(words, snapshot, component)}
        },
    )
}
