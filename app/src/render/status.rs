//! The public status page: the truth in one glance, complete without scripts.

use super::PageContext;
use super::document::Document;
use crate::components::bars::{Bars, Legend};
use crate::components::incident::IncidentCard;
use crate::components::latency::LatencyLine;
use crate::components::shape::Shape;
use crate::components::time::Time;
use crate::format;
use crate::model::{At, ComponentSlug, ComponentStatus, Snapshot, State};
use leptos::prelude::*;

/// The uptime's formula, as it stands on every page that shows one.
pub(super) const FORMULA: &str =
    "Uptime = 1 − (outage + ½ × partial outage) ÷ (all time − maintenance − unknown). Degraded counts as up.";

/// True for a state that visitors feel.
pub(crate) const fn is_failing(state: State) -> bool {
    matches!(state, State::Degraded | State::PartialOutage | State::Outage)
}

/// The banner's sentence.
pub(super) fn headline(snapshot: &Snapshot) -> String {
    let all = snapshot.components.len();
    if all == 0 {
        return "Nothing is watched yet".to_owned();
    }
    let number = snapshot.components.iter().filter(|component| component.state == snapshot.state).count();
    let what = match snapshot.state {
        State::Operational => return "All systems operational".to_owned(),
        State::Degraded => "degraded",
        State::PartialOutage => "in partial outage",
        State::Outage => "down",
        State::Maintenance => "under maintenance",
        State::Unknown => "not measured right now",
    };
    match snapshot.components.iter().find(|component| component.state == snapshot.state) {
        Some(only) if number == 1 => format!("{} is {what}", only.name),
        _ if number == all => format!("All {all} components are {what}"),
        _ => format!("{number} of {all} components are {what}"),
    }
}

/// The overall state with its time.
fn banner(snapshot: &Snapshot) -> impl IntoView {
    view! {
        <section class=format!("banner {}", snapshot.state) aria-label="Overall state">
            <Shape code=snapshot.state.as_str()/>
            <h1>{headline(snapshot)}</h1>
            <p>
                <span class="word">{snapshot.state.label()}</span>
                <span class="as-of">"As of " <time datetime=format::iso(snapshot.as_of)>{format::precise(snapshot.as_of)}</time></span>
            </p>
        </section>
    }
}

/// What went wrong, since when, and the way to the wizard.
fn trouble(component: &ComponentStatus, now: At) -> Option<impl IntoView> {
    let since = component.since.filter(|_| component.state != State::Operational)?;
    let reason = component.reason.clone().map(|reason| view! { <span class="reason">{reason}</span> });
    let why = is_failing(component.state).then(|| {
        view! { <a class="act" href=format!("/wizard?component={}", component.slug)>"Why is it failing?"</a> }
    });
    Some(view! {
        <p class="why">
            {reason}
            <span>"Since "<Time at=since/>{format!(" ({})", format::age(since, now))}</span>
            {why}
        </p>
    })
}

/// One component's row.
#[component]
fn Row<'a>(component: &'a ComponentStatus, now: At) -> impl IntoView {
    let uptime = component.uptime.map_or_else(|| "no data".to_owned(), format::percent);
    view! {
        <li class=format!("row {}", component.state)>
            <h3>
                <Shape code=component.state.as_str()/>
                <a href=format!("/components/{}", component.slug)>{component.name.clone()}</a>
            </h3>
            <p class="word">{component.state.label()}</p>
            <Bars days=&component.days name=&component.name page=format!("/components/{}", component.slug)/>
            <p class="uptime">{uptime}</p>
            <LatencyLine points=&component.latency/>
            {trouble(component, now)}
        </li>
    }
}

/// Components by group, groups in the order in which the configuration first names them.
fn grouped(snapshot: &Snapshot) -> Vec<(Option<&str>, Vec<&ComponentStatus>)> {
    let mut groups: Vec<(Option<&str>, Vec<&ComponentStatus>)> = Vec::new();
    for component in &snapshot.components {
        let group = component.group.as_deref();
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, members)) => members.push(component),
            None => groups.push((group, vec![component])),
        }
    }
    groups
}

fn group_list(snapshot: &Snapshot) -> impl IntoView {
    let groups = grouped(snapshot);
    let single = groups.len() == 1;
    groups
        .into_iter()
        .map(|(name, members)| {
            let heading = name.unwrap_or(if single { "Components" } else { "Further components" }).to_owned();
            let rows =
                members.into_iter().map(|component| view! { <Row component now=snapshot.as_of/> }).collect_view();
            view! {
                <section class="group">
                    <header>
                        <h2>{heading}</h2>
                        <p class="columns" aria-hidden="true"><span>"90 days"</span><span>"uptime"</span><span>"24 h median"</span></p>
                    </header>
                    <ul class="rows">{rows}</ul>
                </section>
            }
        })
        .collect_view()
}

/// What visitors must know before they trust the page.
fn notices(snapshot: &Snapshot) -> impl IntoView {
    let storage = (!snapshot.storage_ok).then(|| {
        view! {
            <p class="notice warning" role="status">
                <Shape code="warning"/>
                <span>"Measurements cannot be stored at the moment. The state shown is current; the history may have a gap later."</span>
            </p>
        }
    });
    let hint = snapshot.only_self.then(|| {
        view! {
            <div class="notice hint">
                <Shape code="maintenance"/>
                <div>
                    <p><strong>"Gatewatch watches only itself so far."</strong>" Add a site to "<code>"gatewatch.toml"</code>" and reload, or start with "<code>"--watch https://shop.example.com/"</code>":"</p>
                    <pre><code>"[[monitors]]\nid = \"shop\"\nname = \"Shop\"\nurl = \"https://shop.example.com/\""</code></pre>
                </div>
            </div>
        }
    });
    view! { {storage} {hint} }
}

/// Active incidents, above everything that is not the banner.
fn active(snapshot: &Snapshot) -> Option<impl IntoView> {
    (!snapshot.active.is_empty()).then(|| {
        view! {
            <section class="incidents">
                <h2>"Active incidents"</h2>
                {snapshot
                    .active
                    .iter()
                    .map(|incident| view! { <IncidentCard incident snapshot now=snapshot.as_of/> })
                    .collect_view()}
            </section>
        }
    })
}

/// Announced work, under way or to come.
fn announced(snapshot: &Snapshot) -> Option<impl IntoView> {
    let name = |slug: &ComponentSlug| {
        let component = snapshot.components.iter().find(|component| component.slug == *slug);
        component.map_or_else(|| slug.to_string(), |component| component.name.clone())
    };
    (!snapshot.maintenances.is_empty()).then(|| {
        let rows = snapshot.maintenances.iter().map(|one| {
            let when = if one.is_on(snapshot.as_of) { "Under way" } else { "Planned" };
            let names: Vec<String> = one.components.iter().map(name).collect();
            view! {
                <li id=format!("m-{}", one.id)>
                    <Shape code="maintenance"/>
                    <strong>{one.title.clone()}</strong>
                    <p class="meta">{when}": "<Time at=one.from/>" to "<Time at=one.until/>", "{names.join(", ")}</p>
                    {one.about.clone().map(|about| view! { <p class="meta">{about}</p> })}
                </li>
            }
        });
        view! {
            <section class="maintenances">
                <h2>"Maintenance"</h2>
                <ul class="list">{rows.collect_view()}</ul>
            </section>
        }
    })
}

/// Resolved incidents of the last two weeks.
fn past(snapshot: &Snapshot) -> impl IntoView {
    let list = if snapshot.past.is_empty() {
        view! { <p class="empty">"No incidents in the last 14 days."</p> }.into_any()
    } else {
        snapshot
            .past
            .iter()
            .map(|incident| view! { <IncidentCard incident snapshot now=snapshot.as_of/> })
            .collect_view()
            .into_any()
    };
    view! {
        <section class="incidents">
            <h2>"Past incidents"</h2>
            {list}
            <p class="more"><a href="/history">"All incidents by month"</a></p>
        </section>
    }
}

/// `/`: everything at a glance.
pub(super) fn page(page: &PageContext, snapshot: &Snapshot) -> String {
    let title = if snapshot.state == State::Operational { String::new() } else { headline(snapshot) };
    let document = Document {
        title,
        description: format!("{}. State, history and incidents of {}.", headline(snapshot), page.title),
        live: Some(snapshot),
        ..Document::default()
    };
    document.around(
        page,
        view! {
            {banner(snapshot)}
            {notices(snapshot)}
            {active(snapshot)}
            {announced(snapshot)}
            {group_list(snapshot)}
            <section class="reading">
                <Legend/>
                <p class="formula">{FORMULA}</p>
            </section>
            {past(snapshot)}
        },
    )
}
