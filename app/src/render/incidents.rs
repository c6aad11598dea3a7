//! Incidents: one with its permalink, and all of a month.

use super::document::Document;
use super::{HistoryMonth, PageContext};
use crate::components::incident::IncidentCard;
use crate::format;
use crate::model::{Incident, Snapshot};
use leptos::prelude::*;

/// `/incidents/{id}`.
pub(super) fn one(page: &PageContext, snapshot: &Snapshot, incident: &Incident) -> String {
    let words = page.words();
    let month = format::month_of(incident.started_at);
    let phase = words.phase(incident.phase);
    let description = [("phase", phase.into()), ("title", incident.title.as_str().into())];
    let document = Document {
        title: incident.title.clone(),
        description: words.tell("incident-description", description),
        narrow: true,
        ..Document::default()
    };
    let back = format!("/history/{month}");
    document.around(
        page,
        view! {
            <p class="crumbs"><a href="/">{words.say("crumb-status")}</a>" / "<a href=back>{words.long_month(&month)}</a></p>
            <IncidentCard incident snapshot now=page.now alone=true words/>
        },
    )
}

/// `/history/2026-11`.
pub(super) fn month(page: &PageContext, snapshot: &Snapshot, month: &HistoryMonth) -> String {
    let words = page.words();
    let name = words.long_month(&month.month);
    let of_month = |key: &'static str| words.tell(key, [("month", name.as_str().into())]);
    let title = of_month("month-title");
    let turn = |target: &Option<String>, rel: &'static str, class: &'static str| match target {
        Some(month) => {
            view! { <a rel=rel class=class href=format!("/history/{month}")>{words.long_month(month)}</a> }.into_any()
        }
        None => view! { <span></span> }.into_any(),
    };
    let list = if month.incidents.is_empty() {
        view! { <p class="empty">{of_month("month-none")}</p> }.into_any()
    } else {
        month
            .incidents
            .iter()
            .map(|incident| view! { <IncidentCard incident snapshot now=page.now words/> })
            .collect_view()
            .into_any()
    };
    let document = Document {
        title: title.clone(),
        description: words
            .tell("month-description", [("month", name.as_str().into()), ("title", page.title.as_str().into())]),
        narrow: true,
        ..Document::default()
    };
    document.around(
        page,
        view! {
            <h1>{title}</h1>
            <p class="lede">{words.tell("month-count", [("count", month.incidents.len().into())])}</p>
            <section class="incidents">
                <h2 class="unseen">{words.say("month-list")}</h2>
                {list}
            </section>
            <p class="more"><a href=format!("/history/{}/report", month.month)>{of_month("month-report")}</a></p>
            <nav class="pager" aria-label=words.say("months")>
                {turn(&month.previous, "prev", "before")}
                {turn(&month.next, "next", "after")}
            </nav>
        },
    )
}
