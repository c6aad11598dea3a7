//! Incidents as visitors read them.

use super::shape::Shape;
use super::time::Time;
use crate::format;
use crate::model::{At, ComponentSlug, Incident, Phase, Snapshot, Update};
use leptos::prelude::*;

/// The names of an incident's public components; those unknown to the snapshot stay unnamed.
pub fn names(snapshot: &Snapshot, slugs: &[ComponentSlug]) -> Vec<(ComponentSlug, String)> {
    snapshot
        .components
        .iter()
        .filter(|component| slugs.contains(&component.slug))
        .map(|component| (component.slug.clone(), component.name.clone()))
        .collect()
}

/// One dated note.
#[component]
pub fn UpdateItem<'a>(
    /// Which.
    update: &'a Update,
) -> impl IntoView {
    let edited = update.edited_at.map(|at| view! { <span class="edited">"edited "<Time at/></span> });
    view! {
        <li id=format!("update-{}", update.id) class=if update.withdrawn { "update withdrawn" } else { "update" }>
            <p class="when">
                <strong class=format!("phase {}", update.phase)>{update.phase.label()}</strong>
                <Time at=update.at/>
                {edited}
            </p>
            <div class="prose" inner_html=update.html.clone()></div>
        </li>
    }
}

/// How long it lasted, or that it still does.
pub fn lasting(incident: &Incident, now: At) -> String {
    match incident.resolved_at {
        Some(end) => format!("lasted {}", format::age(incident.started_at, end)),
        None => format!("for {}", format::age(incident.started_at, now)),
    }
}

/// One incident with its notes, newest first. `level` is that of its heading, 1 to 3.
#[component]
pub fn IncidentCard<'a>(
    /// Which.
    incident: &'a Incident,
    /// For the components' names.
    snapshot: &'a Snapshot,
    /// The clock.
    now: At,
    /// True on its own page: a first-level heading without a link.
    #[prop(optional)]
    alone: bool,
) -> impl IntoView {
    let resolved = incident.phase == Phase::Resolved;
    let affected = names(snapshot, &incident.components);
    let affected = (!affected.is_empty()).then(|| {
        view! {
            <ul class="tags" aria-label="Affected">
                {affected
                    .into_iter()
                    .map(|(slug, name)| view! { <li><a href=format!("/components/{slug}")>{name}</a></li> })
                    .collect_view()}
            </ul>
        }
    });
    let heading = if alone {
        view! { <h1>{incident.title.clone()}</h1> }.into_any()
    } else {
        view! { <h3><a href=format!("/incidents/{}", incident.id)>{incident.title.clone()}</a></h3> }.into_any()
    };
    let end = incident.resolved_at.map(|at| view! { " – "<Time at/> });
    view! {
        <article class=format!("incident impact-{}{}", incident.impact, if resolved { " over" } else { "" })>
            <header>
                <Shape code=incident.phase.as_str()/>
                {heading}
                <p class="meta">
                    <span class=format!("phase {}", incident.phase)>{incident.phase.label()}</span>
                    <span class="impact">{format!("Impact: {}", incident.impact.label())}</span>
                    <span><Time at=incident.started_at/>{end}</span>
                    <span>{lasting(incident, now)}</span>
                </p>
                {affected}
            </header>
            <ol class="updates">
                {incident.updates.iter().filter(|update| !update.withdrawn).map(|update| view! { <UpdateItem update/> }).collect_view()}
            </ol>
        </article>
    }
}
