//! Incidents: one with its permalink, and all of a month.

use super::document::Document;
use super::{HistoryMonth, PageContext};
use crate::components::incident::IncidentCard;
use crate::format;
use crate::model::{Incident, Snapshot};
use leptos::prelude::*;

/// `/incidents/{id}`.
pub(super) fn one(page: &PageContext, snapshot: &Snapshot, incident: &Incident) -> String {
    let month = format::month_of(incident.started_at);
    let document = Document {
        title: incident.title.clone(),
        description: format!("{}: {}", incident.phase.label(), incident.title),
        narrow: true,
        ..Document::default()
    };
    let back = format!("/history/{month}");
    document.around(
        page,
        view! {
            <p class="crumbs"><a href="/">"Status"</a>" / "<a href=back>{format::long_month(&month)}</a></p>
            <IncidentCard incident snapshot now=page.now alone=true/>
        },
    )
}

/// `/history/2026-11`.
pub(super) fn month(page: &PageContext, snapshot: &Snapshot, month: &HistoryMonth) -> String {
    let name = format::long_month(&month.month);
    let turn = |target: &Option<String>, rel: &'static str, class: &'static str| match target {
        Some(month) => {
            view! { <a rel=rel class=class href=format!("/history/{month}")>{format::long_month(month)}</a> }.into_any()
        }
        None => view! { <span></span> }.into_any(),
    };
    let list = if month.incidents.is_empty() {
        view! { <p class="empty">{format!("No incidents in {name}.")}</p> }.into_any()
    } else {
        month
            .incidents
            .iter()
            .map(|incident| view! { <IncidentCard incident snapshot now=page.now/> })
            .collect_view()
            .into_any()
    };
    let document = Document {
        title: format!("Incidents in {name}"),
        description: format!("Incidents in {name} of {}.", page.title),
        narrow: true,
        ..Document::default()
    };
    document.around(
        page,
        view! {
            <h1>{format!("Incidents in {name}")}</h1>
            <p class="lede">{format::count(month.incidents.len(), "incident", "incidents")}</p>
            <section class="incidents">
                <h2 class="unseen">"List"</h2>
                {list}
            </section>
            <nav class="pager" aria-label="Months">
                {turn(&month.previous, "prev", "before")}
                {turn(&month.next, "next", "after")}
            </nav>
        },
    )
}
