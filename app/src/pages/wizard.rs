//! `/wizard`: where a run begins, from a URL or from a red row.

use super::frame::{Desk, Page, for_admins};
use crate::actions::StartRun;
use crate::components::evidence::summary;
use crate::components::form::{Filled, TextField, problem};
use crate::components::shape::Shape;
use crate::components::time::Time;
use crate::format;
use crate::model::{ActionError, run::Step};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

/// What the wizard will look at, so that nobody presses a button in the dark.
fn outline() -> impl IntoView {
    let steps = Step::ALL
        .iter()
        .map(|step| view! { <li><strong>{step.title()}</strong><span class="meta">{step.question()}</span></li> })
        .collect_view();
    view! {
        <section class="outline">
            <h2>"What it does"</h2>
            <ol>{steps}</ol>
            <p class="meta">"The steps run side by side. A first verdict stands within 15 seconds. Only reading requests are sent unless you name another method."</p>
        </section>
    }
}

async fn page(desk: Desk) -> Result<Page, ActionError> {
    let filled = Filled::new(desk.draft().await?, "start-run");
    let wanted = desk.query("component");
    let known = match &wanted {
        Some(slug) => {
            desk.backend.operate(&desk.session).await?.into_iter().find(|one| one.component.slug.as_str() == slug)
        }
        None => None,
    };
    let seen = match &known {
        // Without the database the wizard works all the same.
        Some(one) => desk.backend.evidence(&desk.session, &one.component.slug).await.ok().and_then(|view| view.fresh),
        None => None,
    };
    let method = filled.value("method", "GET");
    let other_method = method != "GET";
    let from_row = known.map(|one| {
        let since = one.since.map(|at| view! { <span class="meta">"since "<Time at/></span> });
        let targets =
            one.monitors.iter().map(|view| view! { <li><code>{view.monitor.url.clone()}</code></li> }).collect_view();
        let slug = one.component.slug.to_string();
        let seen = seen.map(|seen| {
            view! {
                <p class="fault">{format!("Seen {}: ", format::precise(seen.last_at))}{summary(&seen.evidence)}" "<a href=format!("/operate/evidence/{slug}")>"Evidence"</a></p>
            }
        });
        view! {
            <section class=format!("panel start {}", one.state)>
                <p class="state-line">
                    <Shape code=one.state.as_str()/>
                    <strong>{one.component.name.clone()}</strong>
                    <span class="word">{one.state.label()}</span>
                    {since}
                </p>
                {seen}
                <ul class="targets">{targets}</ul>
                <form method="post" action=StartRun::PATH>
                    <input type="hidden" name="component" value=one.component.slug.to_string()/>
                    <button type="submit">{format!("Find out why {} fails", one.component.name)}</button>
                </form>
            </section>
        }
    });
    let missing = (wanted.is_some() && from_row.is_none())
        .then(|| view! { <p class="notice unknown"><Shape code="unknown"/><span>"There is no such component. A URL does as well."</span></p> });
    let heading = if from_row.is_some() { "Or another URL" } else { "Which URL answers 502?" };
    let content = view! {
        <h1>"Why is it failing?"</h1>
        <p class="lede">"Six steps from the gateway to the upstream, with evidence for each finding and the exact fix."</p>
        {desk.problem()}
        {problem(&filled)}
        {missing}
        {from_row}
        <section class="panel">
            <h2>{heading}</h2>
            <form method="post" action=StartRun::PATH class="stack">
                <TextField name="url" label="URL" kind="text" value=filled.value("url", "") hint="As visitors open it, for example https://shop.example.com/cart"/>
                <details class="more-fields" open=other_method>
                    <summary>"Another method"</summary>
                    <TextField name="method" label="HTTP method" value=method hint="GET unless the fault shows only with another. It is really sent, so POST may change things." optional=true/>
                </details>
                <p><button type="submit">"Start"</button></p>
            </form>
        </section>
        {outline()}
    };
    Ok(Page::narrow("Wizard", content))
}

/// The page.
#[component]
pub fn WizardPage() -> impl IntoView {
    for_admins(|desk, _| page(desk))
}
