//! Incidents as visitors read them.

use super::shape::Shape;
use super::time::Time;
use crate::model::{At, ComponentSlug, Incident, Phase, Snapshot, Update};
use crate::words::{Slot, Words};
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

fn edited(words: Words, at: At) -> impl IntoView {
    view! { <span class="edited">{words.rich("edited", [("time", Slot::view(view! { <Time at words/> }))])}</span> }
}

/// One dated note.
#[component]
fn UpdateItem<'a>(
    /// Which.
    update: &'a Update,
    /// In which language.
    words: Words,
) -> impl IntoView {
    let edited = update.edited_at.map(|at| edited(words, at));
    view! {
        <li id=format!("update-{}", update.id) class=if update.withdrawn { "update withdrawn" } else { "update" }>
            <p class="when">
                <strong class=format!("phase {}", update.phase)>{words.note(update)}</strong>
                <Time at=update.at words/>
                {edited}
            </p>
            <div class="prose" dir=words.typed() inner_html=update.html.clone()></div>
        </li>
    }
}

/// The look back: whole on the incident's own page, as a link elsewhere.
fn look_back(words: Words, incident: &Incident, alone: bool) -> Option<AnyView> {
    let postmortem = incident.postmortem()?;
    if !alone {
        let href = format!("/incidents/{}#post-mortem", incident.id);
        return Some(view! { <p class="more"><a href=href>{words.say("postmortem")}</a></p> }.into_any());
    }
    let edited = postmortem.edited_at.map(|at| edited(words, at));
    let section = view! {
        <section class="postmortem" id="post-mortem">
            <h2>{words.say("postmortem")}</h2>
            <p class="when"><Time at=postmortem.at words/>{edited}</p>
            <div class="prose" dir=words.typed() inner_html=postmortem.html.clone()></div>
        </section>
    };
    Some(section.into_any())
}

/// How long it lasted, or that it still does.
pub fn lasting(words: Words, incident: &Incident, now: At) -> String {
    let (key, end) = incident.resolved_at.map_or(("lasting", now), |end| ("lasted", end));
    words.tell(key, [("age", words.age(incident.started_at, end).into())])
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
    /// In which language.
    words: Words,
) -> impl IntoView {
    let resolved = incident.phase == Phase::Resolved;
    let affected = names(snapshot, &incident.components);
    let affected = (!affected.is_empty()).then(|| {
        view! {
            <ul class="tags" aria-label=words.say("affected")>
                {affected
                    .into_iter()
                    .map(|(slug, name)| view! { <li><a href=format!("/components/{slug}") dir=words.typed()>{name}</a></li> })
                    .collect_view()}
            </ul>
        }
    });
    let heading = if alone {
        view! { <h1 dir=words.typed()>{incident.title.clone()}</h1> }.into_any()
    } else {
        view! { <h3><a href=format!("/incidents/{}", incident.id) dir=words.typed()>{incident.title.clone()}</a></h3> }
            .into_any()
    };
    let start = view! { <Time at=incident.started_at words/> };
    let extent = match incident.resolved_at {
        None => start.into_any(),
        Some(at) => {
            let end = Slot::view(view! { <Time at words/> });
            words.rich("incident-span", [("from", Slot::view(start)), ("until", end)])
        }
    };
    let impact = words.tell("impact", [("impact", words.impact(incident.impact).into())]);
    view! {
        <article class=format!("incident impact-{}{}", incident.impact, if resolved { " over" } else { "" })>
            <header>
                <Shape code=incident.phase.as_str()/>
                {heading}
                <p class="meta">
                    <span class=format!("phase {}", incident.phase)>{words.phase(incident.phase)}</span>
                    <span class="impact">{impact}</span>
                    <span>{extent}</span>
                    <span>{lasting(words, incident, now)}</span>
                </p>
                {affected}
            </header>
            <ol class="updates">
                {incident.timeline().map(|update| view! { <UpdateItem update words/> }).collect_view()}
            </ol>
            {look_back(words, incident, alone)}
        </article>
    }
}
