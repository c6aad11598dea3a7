//! `/operate/incidents/{id}`: tell the story on, correct it, take it back.

use super::frame::{Desk, Page, for_admins};
use crate::actions::{AddUpdate, ChangeIncident, ChangeUpdate, WithdrawIncident, WithdrawUpdate, WritePostmortem};
use crate::backend::{ComponentView, Draft};
use crate::components::form::{Choice, ComponentChoice, Filled, MarkdownField, Preview, Problem, TextField, problem};
use crate::components::shape::Shape;
use crate::components::time::Time;
use crate::format;
use crate::model::incident::Revision;
use crate::model::{ActionError, ComponentSlug, Impact, Incident, IncidentId, Phase, Update};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

/// The phases with their words.
pub(super) fn phases() -> Vec<(&'static str, &'static str)> {
    Phase::ALL.iter().map(|phase| (phase.as_str(), phase.label())).collect()
}

/// The impacts with their words.
pub(super) fn impacts() -> Vec<(&'static str, &'static str)> {
    Impact::ALL.iter().map(|impact| (impact.as_str(), impact.label())).collect()
}

/// The components that can be chosen.
pub(super) fn choices(components: &[ComponentView]) -> Vec<(ComponentSlug, String)> {
    components.iter().map(|one| (one.component.slug.clone(), one.component.name.clone())).collect()
}

/// What somebody else wrote meanwhile, above one's own text.
fn theirs(filled: &Filled, text: &str) -> Option<impl IntoView + use<>> {
    let text = text.to_owned();
    filled.is_conflict().then(|| {
        view! {
            <div class="theirs">
                <p class="meta">"As it stands now, by somebody else:"</p>
                <pre tabindex="0"><code>{text}</code></pre>
                <p class="meta">"Your text is in the form below. Posting it replaces theirs, which is kept among the earlier texts."</p>
            </div>
        }
    })
}

fn earlier(revisions: &[Revision], of: Option<&Update>) -> Option<impl IntoView + use<>> {
    let items: Vec<_> = revisions
        .iter()
        .filter(|revision| revision.update.as_ref() == of.map(|update| &update.id))
        .map(|revision| {
            view! {
                <li>
                    <p class="meta">"Replaced "<Time at=revision.replaced_at/>{format!(" by {}", revision.by)}</p>
                    <pre tabindex="0"><code>{revision.text.clone()}</code></pre>
                </li>
            }
        })
        .collect();
    (!items.is_empty()).then(|| {
        let summary = format!("Earlier texts ({})", items.len());
        view! { <details class="earlier"><summary>{summary}</summary><ol>{items.collect_view()}</ol></details> }
    })
}

fn head(
    incident: &Incident,
    components: &[ComponentView],
    revisions: &[Revision],
    draft: Option<&Draft>,
) -> impl IntoView + use<> {
    let filled = Filled::new(draft.cloned(), &format!("change-incident:{}", incident.id));
    let own: Vec<String> = incident.components.iter().map(ToString::to_string).collect();
    let standing = format!(
        "{}\nImpact: {}\nBegan: {}",
        incident.title,
        incident.impact.label(),
        format::date_time(incident.started_at)
    );
    let (word, next) =
        if incident.withdrawn { ("Show it to visitors again", "false") } else { ("Withdraw the incident", "true") };
    view! {
        <details class="panel" id="head" open=filled.error().is_some()>
            <summary>"Title, impact, components, start"</summary>
            {problem(&filled)}
            {theirs(&filled, &standing)}
            <form method="post" action=ChangeIncident::PATH class="stack">
                <input type="hidden" name="id" value=incident.id.to_string()/>
                <input type="hidden" name="version" value=incident.version.to_string()/>
                <TextField name="title" label="Title" value=filled.value("title", &incident.title)/>
                <Choice name="impact" label="Impact" options=impacts() value=filled.value("impact", incident.impact.as_str())/>
                <ComponentChoice all=choices(components) chosen=filled.chosen("components[]", &own)/>
                <TextField name="started_at" label="Began (UTC)" value=filled.value("started_at", &format::field(incident.started_at)) hint="May be back-dated, as 2026-11-22 18:04"/>
                <p><button type="submit">"Save"</button></p>
            </form>
            <form method="post" action=WithdrawIncident::PATH>
                <input type="hidden" name="id" value=incident.id.to_string()/>
                <input type="hidden" name="version" value=incident.version.to_string()/>
                <input type="hidden" name="withdrawn" value=next/>
                <p><button type="submit" class="quiet">{word}</button></p>
            </form>
            {earlier(revisions, None)}
        </details>
    }
}

fn add(desk: &Desk, incident: &Incident, draft: Option<&Draft>) -> impl IntoView + use<> {
    let filled = Filled::new(draft.cloned(), &format!("add-update:{}", incident.id));
    let body = filled.value("body", "");
    let newest = incident.updates.first().map(|update| update.body.clone()).unwrap_or_default();
    let preview = filled.is_preview().then(|| desk.backend.preview(&body)).map(|html| view! { <Preview html/> });
    view! {
        <section class="panel" id="add">
            <h2>"Add an update"</h2>
            {problem(&filled)}
            {theirs(&filled, &newest)}
            {preview}
            <form method="post" action=AddUpdate::PATH class="stack">
                <input type="hidden" name="incident" value=incident.id.to_string()/>
                <input type="hidden" name="version" value=incident.version.to_string()/>
                <Choice name="phase" label="State" options=phases() value=filled.value("phase", incident.phase.as_str())/>
                <MarkdownField value=body/>
                <p class="acts">
                    <button type="submit">"Post"</button>
                    <button type="submit" name="intent" value="preview" class="quiet" formnovalidate>"Preview"</button>
                </p>
            </form>
        </section>
    }
}

/// The look back, offered once the incident is over and until there is one.
fn look_back(desk: &Desk, incident: &Incident, draft: Option<&Draft>) -> Option<impl IntoView + use<>> {
    if incident.phase != Phase::Resolved || incident.postmortem().is_some() {
        return None;
    }
    let filled = Filled::new(draft.cloned(), &format!("write-postmortem:{}", incident.id));
    let body = filled.value("body", "");
    let preview = filled.is_preview().then(|| desk.backend.preview(&body)).map(|html| view! { <Preview html/> });
    let touched = filled.is_preview() || filled.error().is_some();
    Some(view! {
        <details class="panel" id="look-back" open=touched>
            <summary>"Write a post-mortem"</summary>
            <p class="meta">"Why it happened, what was done, and what keeps it from happening again. Visitors read it on the incident's page and in the feeds as long as the incident is over."</p>
            {problem(&filled)}
            {preview}
            <form method="post" action=WritePostmortem::PATH class="stack">
                <input type="hidden" name="incident" value=incident.id.to_string()/>
                <input type="hidden" name="version" value=incident.version.to_string()/>
                <MarkdownField value=body scope="-look-back"/>
                <p class="acts">
                    <button type="submit">"Publish"</button>
                    <button type="submit" name="intent" value="preview" class="quiet" formnovalidate>"Preview"</button>
                </p>
            </form>
        </details>
    })
}

fn update(
    desk: &Desk,
    incident: &IncidentId,
    update: &Update,
    revisions: &[Revision],
    draft: Option<&Draft>,
) -> impl IntoView + use<> {
    let filled = Filled::new(draft.cloned(), &format!("change-update:{}", update.id));
    let body = filled.value("body", &update.body);
    let preview = filled.is_preview().then(|| desk.backend.preview(&body)).map(|html| view! { <Preview html/> });
    let scope = format!("-{}", update.id);
    let touched = filled.is_preview() || filled.error().is_some();
    let edited = update.edited_at.map(|at| view! { <span class="meta">"edited "<Time at/></span> });
    let withdrawn = update.withdrawn.then(|| view! { <span class="tag">"withdrawn"</span> });
    let (word, next) = if update.withdrawn { ("Show it again", "false") } else { ("Withdraw", "true") };
    let phase = if update.postmortem {
        view! { <input type="hidden" name="phase" value=update.phase.as_str()/> }.into_any()
    } else {
        let value = filled.value("phase", update.phase.as_str());
        view! { <Choice name="phase" label="State" options=phases() value scope=scope.clone()/> }.into_any()
    };
    view! {
        <li id=format!("update-{}", update.id) class=if update.withdrawn { "update withdrawn" } else { "update" }>
            <p class="when"><strong class=format!("phase {}", update.phase)>{update.label()}</strong><Time at=update.at/>{edited}{withdrawn}</p>
            <div class="prose" inner_html=update.html.clone()></div>
            <details open=touched>
                <summary>"Edit"</summary>
                {problem(&filled)}
                {theirs(&filled, &update.body)}
                {preview}
                <form method="post" action=ChangeUpdate::PATH class="stack">
                    <input type="hidden" name="incident" value=incident.to_string()/>
                    <input type="hidden" name="update" value=update.id.to_string()/>
                    <input type="hidden" name="version" value=update.version.to_string()/>
                    {phase}
                    <MarkdownField value=body scope/>
                    <p class="acts">
                        <button type="submit">"Save"</button>
                        <button type="submit" name="intent" value="preview" class="quiet" formnovalidate>"Preview"</button>
                    </p>
                </form>
                <form method="post" action=WithdrawUpdate::PATH>
                    <input type="hidden" name="incident" value=incident.to_string()/>
                    <input type="hidden" name="update" value=update.id.to_string()/>
                    <input type="hidden" name="version" value=update.version.to_string()/>
                    <input type="hidden" name="withdrawn" value=next/>
                    <p><button type="submit" class="quiet">{word}</button></p>
                </form>
                {earlier(revisions, Some(update))}
            </details>
        </li>
    }
}

async fn page(desk: Desk, id: String) -> Result<Page, ActionError> {
    let id: IncidentId = id.parse().map_err(|_| ActionError::NotFound { what: "incident".to_owned() })?;
    let (incident, revisions) = desk.backend.incident(&desk.session, &id).await?;
    let components = desk.backend.operate(&desk.session).await?;
    let draft = desk.draft().await?;
    let general = Filled::new(draft.clone(), "problem");
    let hidden = incident.withdrawn.then(|| {
        view! { <p class="notice unknown"><Shape code="unknown"/><span>"Withdrawn: visitors do not see it."</span></p> }
    });
    let updates =
        incident.updates.iter().map(|one| update(&desk, &incident.id, one, &revisions, draft.as_ref())).collect_view();
    let title = incident.title.clone();
    let content = view! {
        <p class="crumbs"><a href="/operate">"Operate"</a>" / incident"</p>
        <header class="page-head incident-head">
            <Shape code=incident.phase.as_str()/>
            <h1>{incident.title.clone()}</h1>
            <p class="meta">
                <span>{incident.phase.label()}</span>
                <span>{format!("Impact: {}", incident.impact.label())}</span>
                <span>"Began "<Time at=incident.started_at/></span>
                <a href=format!("/incidents/{}", incident.id)>"As visitors see it"</a>
            </p>
        </header>
        {desk.problem()}
        {general.error().map(|error| view! { <Problem text=error.to_string()/> })}
        {hidden}
        {add(&desk, &incident, draft.as_ref())}
        {look_back(&desk, &incident, draft.as_ref())}
        {head(&incident, &components, &revisions, draft.as_ref())}
        <section><h2>"Updates"</h2><ol class="updates">{updates}</ol></section>
    };
    Ok(Page::narrow(title, content))
}

/// The page.
#[component]
pub fn IncidentPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    for_admins(|desk, _| page(desk, id))
}
