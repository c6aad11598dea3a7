//! One component's own page.

use super::PageContext;
use super::document::Document;
use super::status::{FORMULA, is_failing};
use crate::components::bars::{Bars, Legend};
use crate::components::incident::IncidentCard;
use crate::components::latency::LatencyChart;
use crate::components::shape::Shape;
use crate::components::time::Time;
use crate::format;
use crate::model::status::{Interval, Spent};
use crate::model::{At, ComponentStatus, Snapshot, State};
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

/// The sum behind the uptime figure, so that anybody can check it.
fn sum(component: &ComponentStatus) -> impl IntoView {
    let spent = total(component);
    let row = |state: State, ms: i64, counts: &'static str| {
        view! {
            <tr>
                <th scope="row"><span class="cell"><Shape code=state.as_str()/>{state.label()}</span></th>
                <td>{if ms > 0 { format::duration(u64::try_from(ms).unwrap_or(0)) } else { "none".to_owned() }}</td>
                <td>{counts}</td>
            </tr>
        }
    };
    view! {
        <table class="sum">
            <caption>"Time in each state"</caption>
            <thead><tr><th scope="col">"State"</th><th scope="col">"Time"</th><th scope="col">"In the uptime"</th></tr></thead>
            <tbody>
                {row(State::Operational, spent.operational, "up")}
                {row(State::Degraded, spent.degraded, "up")}
                {row(State::PartialOutage, spent.partial, "half down")}
                {row(State::Outage, spent.outage, "down")}
                {row(State::Maintenance, spent.maintenance, "left out")}
                {row(State::Unknown, spent.unknown, "left out")}
            </tbody>
        </table>
    }
}

/// The intervals of each day that was not operational throughout, newest day first; the bars lead here.
fn interruptions(component: &ComponentStatus) -> impl IntoView + use<> {
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
                (format!("{} – {to}", format::clock(from)), format::span(from, until))
            }
            None => (format!("since {}", format::clock(from)), "still lasting".to_owned()),
        };
        view! {
            <li class=interval.state.as_str()>
                <Shape code=interval.state.as_str()/>
                <span class="word">{interval.state.label()}</span>
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
                        <h3>{format::long_day(day.day)}</h3>
                        <ul class="intervals">{rows.collect_view()}</ul>
                    </li>
                }
            })
        })
        .collect::<Vec<_>>();
    let list = if days.is_empty() {
        view! { <p class="empty">"None in the last 90 days."</p> }.into_any()
    } else {
        view! { <ol class="day-list">{days.collect_view()}</ol> }.into_any()
    };
    view! {
        <section class="panel">
            <h2>"Interruptions by day"</h2>
            {list}
            <p class="meta">"Times are UTC."</p>
        </section>
    }
}

/// Incidents of this component that the snapshot holds.
fn incidents(snapshot: &Snapshot, component: &ComponentStatus) -> impl IntoView {
    let mine: Vec<_> = snapshot
        .active
        .iter()
        .chain(&snapshot.past)
        .filter(|incident| incident.components.contains(&component.slug))
        .map(|incident| view! { <IncidentCard incident snapshot now=snapshot.as_of/> })
        .collect();
    let list = if mine.is_empty() {
        view! { <p class="empty">"No incidents in the last 14 days."</p> }.into_any()
    } else {
        mine.collect_view().into_any()
    };
    view! {
        <section class="incidents">
            <h2>"Incidents"</h2>
            {list}
            <p class="more"><a href="/history">"All incidents by month"</a></p>
        </section>
    }
}

/// `/components/{slug}`.
pub(super) fn page(page: &PageContext, snapshot: &Snapshot, component: &ComponentStatus) -> String {
    let now = snapshot.as_of;
    let since =
        component.since.map(|at| view! { <span>"Since "<Time at/>{format!(" ({})", format::age(at, now))}</span> });
    let reason = component.reason.clone().map(|reason| view! { <span class="reason">{reason}</span> });
    let why = is_failing(component.state).then(|| {
        view! { <p><a class="button" href=format!("/wizard?component={}", component.slug)>"Why is it failing?"</a></p> }
    });
    let uptime = component.uptime.map_or_else(|| "no data".to_owned(), format::percent);
    let last = component.last_sample.map_or_else(
        || view! { "No measurement yet" }.into_any(),
        |at| view! { <time datetime=format::iso(at)>{format::precise(at)}</time> }.into_any(),
    );
    let document = Document {
        title: format!("{}: {}", component.name, component.state.label()),
        description: format!("{}: {}. History of 90 days.", component.name, component.state.label()),
        live: Some(snapshot),
        ..Document::default()
    };
    document.around(
        page,
        view! {
            <p class="crumbs"><a href="/">"Status"</a>{component.group.clone().map(|group| format!(" / {group}"))}</p>
            <section class=format!("banner {}", component.state)>
                <Shape code=component.state.as_str()/>
                <h1>{component.name.clone()}</h1>
                <p><span class="word">{component.state.label()}</span>{reason}{since}</p>
                {why}
            </section>
            <dl class="figures wide">
                <div><dt>"Uptime, 90 days"</dt><dd>{uptime}</dd></div>
                <div><dt>"Last measured"</dt><dd>{last}</dd></div>
                <div><dt>"Measured every"</dt><dd>{format::millis(component.interval)}</dd></div>
                <div><dt>"As of"</dt><dd class="as-of"><time datetime=format::iso(now)>{format::precise(now)}</time></dd></div>
            </dl>
            <section class="panel">
                <h2>"Last 90 days"</h2>
                <Bars days=&component.days name=&component.name page=""/>
                <p class="axis"><span>{component.days.first().map(|day| format::long_day(day.day))}</span><span>"Today"</span></p>
                <Legend/>
            </section>
            {interruptions(component)}
            <section class="panel">
                <h2>"Response time, last 24 hours"</h2>
                <LatencyChart points=&component.latency/>
            </section>
            <section class="panel">
                <h2>"How the uptime adds up"</h2>
                {sum(component)}
                <p class="formula">{FORMULA}</p>
            </section>
            {incidents(snapshot, component)}
        },
    )
}
