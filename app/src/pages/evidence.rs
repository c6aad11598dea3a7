//! `/operate/evidence/{component}`: what was seen when the state of its monitors changed.

use super::frame::{Desk, Page, for_admins};
use crate::components::evidence::record;
use crate::model::{ActionError, ComponentSlug, Monitor, Seen};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

fn of_monitor(monitor: &Monitor, seen: &[Seen]) -> impl IntoView + use<> {
    let rows = if seen.is_empty() {
        view! { <p class="empty">"Nothing yet. It is written when the monitor fails for sure, and when it is well again."</p> }.into_any()
    } else {
        view! { <ul class="desk-rows">{seen.iter().map(record).collect_view()}</ul> }.into_any()
    };
    view! {
        <section>
            <h2>{monitor.name.clone()}" "<code>{monitor.url.clone()}</code></h2>
            {rows}
        </section>
    }
}

async fn page(desk: Desk, slug: String) -> Result<Page, ActionError> {
    let slug: ComponentSlug = slug.parse().map_err(|_| ActionError::NotFound { what: "component".to_owned() })?;
    let view = desk.backend.evidence(&desk.session, &slug).await?;
    let name = view.component.name.clone();
    let content = view! {
        <header class="page-head">
            <p class="crumbs"><a href=format!("/operate#c-{slug}")>"Operate"</a>" / evidence"</p>
            <h1>{format!("Evidence of {name}")}</h1>
            <p class="meta">"What probes saw when a state changed; the same again is one entry. Credentials, cookies, queries and addresses of people are left out. Other texts are as the peer sent them."</p>
            <p class="acts"><a class="button" href=format!("/wizard?component={slug}")>"Find out why"</a></p>
        </header>
        {view.monitors.iter().map(|(monitor, seen)| of_monitor(monitor, seen)).collect_view()}
    };
    Ok(Page::wide(format!("Evidence of {name}"), content))
}

/// The page.
#[component]
pub fn EvidencePage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    for_admins(|desk, _| page(desk, slug))
}
