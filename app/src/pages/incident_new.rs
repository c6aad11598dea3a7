//! `/operate/incidents/new`: the first note, from a row or from a run's verdict.

use super::frame::{Desk, Page, for_admins};
use super::incident::{choices, impacts, phases};
use crate::actions::OpenIncident;
use crate::components::form::{Choice, ComponentChoice, Filled, MarkdownField, Preview, TextField, problem};
use crate::model::{ActionError, Impact, Outcome, Phase, Run};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

/// What a form about a verdict begins with.
struct Start {
    title: String,
    phase: Phase,
    body: String,
}

/// In words for visitors: no host, no path and no command of ours goes into a public text by itself.
fn from_run(run: &Run) -> Start {
    let outcome = run.verdict.as_ref().map(|verdict| verdict.outcome);
    let (phase, body) = match outcome {
        Some(Outcome::Cause) => (
            Phase::Identified,
            "Requests are failing with an error (502). We have found the cause and are working on the fix.",
        ),
        Some(Outcome::Transient | Outcome::Healthy) => (
            Phase::Monitoring,
            "Some requests failed with an error (502) for a short time. It works again, and we are watching it.",
        ),
        _ => (Phase::Investigating, "Requests are failing with an error (502). We are looking for the cause."),
    };
    Start { title: "Requests fail with 502".to_owned(), phase, body: body.to_owned() }
}

async fn page(desk: Desk) -> Result<Page, ActionError> {
    let filled = Filled::new(desk.draft().await?, "open-incident");
    let components = desk.backend.operate(&desk.session).await?;
    let wanted = desk.query("component").into_iter().collect::<Vec<_>>();
    let run = match desk.query("run").and_then(|id| id.parse().ok()) {
        Some(id) => Some(desk.backend.run(&desk.session, &id).await?),
        None => None,
    };
    let start = run
        .as_ref()
        .map_or_else(|| Start { title: String::new(), phase: Phase::Investigating, body: String::new() }, from_run);
    // A run asked one URL: the component that watches it is the affected one.
    let affected = run.as_ref().map_or(wanted, |run| {
        components
            .iter()
            .filter(|one| one.monitors.iter().any(|view| view.monitor.url == run.url))
            .map(|one| one.component.slug.to_string())
            .collect()
    });
    let verdict = run.as_ref().and_then(|run| {
        let title = run.verdict.as_ref()?.title.clone();
        Some(view! {
            <aside class="panel">
                <p class="meta">"The verdict, for you; visitors read only what you write:"</p>
                <p><a href=format!("/runs/{}", run.id)>{title}</a></p>
            </aside>
        })
    });
    let body = filled.value("body", &start.body);
    let preview = filled.is_preview().then(|| desk.backend.preview(&body)).map(|html| view! { <Preview html/> });
    let content = view! {
        <p class="crumbs"><a href="/operate">"Operate"</a>" / incidents"</p>
        <h1>"Open an incident"</h1>
        <p class="lede">"It is on the status page, in the feed and in the API the moment you post it."</p>
        {desk.problem()}
        {problem(&filled)}
        {verdict}
        {preview}
        <form method="post" action=OpenIncident::PATH class="stack panel">
            <TextField name="title" label="Title" value=filled.value("title", &start.title) hint="What visitors notice, in a few words"/>
            <div class="pair">
                <Choice name="phase" label="State" options=phases() value=filled.value("phase", start.phase.as_str())/>
                <Choice name="impact" label="Impact" options=impacts() value=filled.value("impact", Impact::Minor.as_str())/>
            </div>
            <MarkdownField value=body/>
            <ComponentChoice all=choices(&components) chosen=filled.chosen("components[]", &affected)/>
            <TextField
                name="started_at" label="Began (UTC)" optional=true
                value=filled.value("started_at", "") hint="Leave empty for now, or as 2026-11-22 18:04"
            />
            <p class="acts">
                <button type="submit">"Post"</button>
                <button type="submit" name="intent" value="preview" class="quiet" formnovalidate>"Preview"</button>
            </p>
        </form>
    };
    Ok(Page::narrow("Open an incident", content))
}

/// The page.
#[component]
pub fn NewIncidentPage() -> impl IntoView {
    for_admins(|desk, _| page(desk))
}
