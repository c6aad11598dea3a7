//! `/operate`: everything an admin wants to see first, with what can be done on each row.

use super::frame::{Desk, Page, for_admins};
use crate::actions::{ProbeNow, StartRun};
use crate::backend::{AlertView, ComponentView, MonitorView, RunSummary, SubscriptionsView};
use crate::components::form::{Filled, problem};
use crate::components::shape::Shape;
use crate::components::time::Time;
use crate::format;
use crate::model::{At, Class, Incident, Sample};
use crate::render::is_failing;
use crate::words::Words;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

const fn class_label(class: Class) -> &'static str {
    match class {
        Class::Up => "up",
        Class::Degraded => "degraded",
        Class::Down => "down",
        Class::Unknown => "unknown",
        Class::Blocked => "blocked by [net]",
    }
}

fn sample(sample: &Sample, now: At) -> impl IntoView + use<> {
    let status = sample.status.map(|status| format!(", status {status}")).unwrap_or_default();
    let fault = sample.fault.as_ref().map(|fault| {
        view! { <p class="fault"><strong>{format!("{} ({})", fault.kind, fault.origin)}</strong>" "{fault.detail.clone()}</p> }
    });
    view! {
        {fault}
        <p class="meta">
            {format!("{}{status} in {}, {} ago", class_label(sample.class), format::millis(sample.latency), format::age(sample.at, now))}
            <span class="phases">{format::phases(&sample.phases)}</span>
        </p>
    }
}

fn monitor(view: &MonitorView, now: At) -> impl IntoView + use<> {
    let gone = (!view.monitor.in_file).then(|| view! { <span class="tag">"not in the file"</span> });
    let private = (!view.monitor.public).then(|| view! { <span class="tag">"private"</span> });
    let unstable = view.unstable.clone().map(|words| view! { <p class="fault">{words}</p> });
    let last = view
        .last
        .as_ref()
        .map_or_else(|| view! { <p class="meta">"Not probed yet"</p> }.into_any(), |last| sample(last, now).into_any());
    view! {
        <li class=format!("monitor {}", view.state)>
            <p class="target"><Shape code=view.state.as_str()/><strong>{view.monitor.name.clone()}</strong> <code>{view.monitor.url.clone()}</code>{private}{gone}</p>
            {unstable}
            {last}
            {view.seen.clone().map(|seen| view! { <p class="meta seen">{seen}</p> })}
        </li>
    }
}

fn component(view: &ComponentView, now: At) -> impl IntoView + use<> {
    let slug = view.component.slug.clone();
    let since = view
        .since
        .map(|at| view! { <span class="meta">"since "<Time at/>{format!(" ({})", format::age(at, now))}</span> });
    let private = (!view.component.public).then(|| view! { <span class="tag">"private"</span> });
    view! {
        <li class=format!("desk-row {}", view.state) id=format!("c-{slug}")>
            <header>
                <Shape code=view.state.as_str()/>
                <h3>{view.component.name.clone()}</h3>
                <span class="word">{view.state.label()}</span>
                {private}
                {since}
            </header>
            <ul class="monitors">{view.monitors.iter().map(|one| monitor(one, now)).collect_view()}</ul>
            <div class="acts">
                <form method="post" action=StartRun::PATH>
                    <input type="hidden" name="component" value=slug.to_string()/>
                    <button type="submit" class=if is_failing(view.state) { "" } else { "quiet" }>"Diagnose"</button>
                </form>
                <form method="post" action=ProbeNow::PATH>
                    <input type="hidden" name="component" value=slug.to_string()/>
                    <button type="submit" class="quiet">"Probe now"</button>
                </form>
                <a class="button quiet" href=format!("/operate/evidence/{slug}")>"Evidence"</a>
                <a class="button quiet" href=format!("/operate/incidents/new?component={slug}")>"Post a note"</a>
            </div>
        </li>
    }
}

fn incident_list(incidents: &[Incident], now: At) -> AnyView {
    if incidents.is_empty() {
        return view! { <p class="empty">"No incidents yet. Post a note as soon as visitors are hit; they look here first."</p> }.into_any();
    }
    let rows = incidents
        .iter()
        .map(|incident| {
            let withdrawn = incident.withdrawn.then(|| view! { <span class="tag">"withdrawn"</span> });
            view! {
                <li>
                    <Shape code=incident.phase.as_str()/>
                    <a href=format!("/operate/incidents/{}", incident.id)>{incident.title.clone()}</a>
                    {withdrawn}
                    <span class="meta">{format!("{}, ", incident.phase.label())}<Time at=incident.started_at/>{format!(", {}", crate::components::incident::lasting(Words::default(), incident, now))}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="list">{rows}</ul> }.into_any()
}

fn run_list(runs: &[RunSummary]) -> AnyView {
    if runs.is_empty() {
        return view! { <p class="empty">"No runs yet. “Diagnose” on a row starts one."</p> }.into_any();
    }
    let rows = runs
        .iter()
        .take(10)
        .map(|run| {
            let title = run.title.clone().unwrap_or_else(|| "No verdict yet".to_owned());
            view! {
                <li>
                    <a href=format!("/runs/{}", run.id)>{title}</a>
                    <span class="meta"><code>{run.url.clone()}</code>" "<Time at=run.started_at/></span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="list">{rows}</ul> }.into_any()
}

/// Nothing where no alert is configured: the page stays as it was for those who have none.
fn alert_list(alerts: &[AlertView], now: At) -> Option<AnyView> {
    let row = |alert: &AlertView| {
        let stuck = alert.waiting > 0 && alert.problem.is_some();
        let state = match (alert.oldest, alert.last_sent) {
            (Some(oldest), _) => format!(
                "{} waiting, the oldest for {}",
                format::count(alert.waiting as usize, "message", "messages"),
                format::age(oldest, now)
            ),
            (None, Some(sent)) => format!("last message {} ago", format::age(sent, now)),
            (None, None) => "nothing was sent yet".to_owned(),
        };
        let problem = alert.problem.clone().map(|problem| view! { <p class="fault">{problem}</p> });
        let lost = (alert.given_up > 0).then(|| {
            let lost = format::count(alert.given_up as usize, "message was", "messages were");
            view! { <p class="fault">{format!("{lost} given up in the last 30 days; the server's log says which")}</p> }
        });
        view! {
            <li>
                <Shape code=if stuck { "warning" } else { "ok" }/>
                <strong>{alert.id.to_string()}</strong>" "{alert.target.clone()}
                <span class="meta">{state}</span>
                {problem}
                {lost}
            </li>
        }
    };
    let rows = alerts.iter().map(row).collect_view();
    (!alerts.is_empty()).then(|| view! { <section><h2>"Alerts"</h2><ul class="list">{rows}</ul></section> }.into_any())
}

/// Nothing where visitors may not subscribe.
fn subscribers(view: Option<SubscriptionsView>, now: At) -> Option<AnyView> {
    let view = view?;
    let stuck = view.waiting > 0 && view.problem.is_some();
    let waiting = view.oldest.map(|oldest| {
        let waiting = format::count(view.waiting as usize, "message", "messages");
        format!(", {waiting} waiting, the oldest for {}", format::age(oldest, now))
    });
    let subscribers = format::count(view.confirmed as usize, "subscriber", "subscribers");
    let problem = view.problem.map(|problem| view! { <p class="fault">{problem}</p> });
    let list = view! {
        <section>
            <h2>"Subscriptions"</h2>
            <ul class="list">
                <li>
                    <Shape code=if stuck { "warning" } else { "ok" }/>
                    <strong>{subscribers}</strong>
                    <span class="meta">{format!("{} unconfirmed", view.pending)}{waiting}</span>
                    {problem}
                </li>
            </ul>
        </section>
    };
    Some(list.into_any())
}

async fn page(desk: Desk) -> Result<Page, crate::model::ActionError> {
    let components = desk.backend.operate(&desk.session).await?;
    let incidents = desk.backend.incidents(&desk.session).await?;
    let runs = desk.backend.runs(&desk.session).await?;
    let alerts = desk.backend.alerts(&desk.session).await?;
    let subscriptions = desk.backend.subscriptions(&desk.session).await?;
    let filled = desk.draft().await?.map(|draft| {
        let form = draft.form.clone();
        Filled::new(Some(draft), &form)
    });
    let now = desk.backend.now();
    let failing = components.iter().filter(|one| one.state.severity() > 0).count();
    let probed = desk.query("probed").filter(|slug| components.iter().any(|one| one.component.slug.as_str() == slug)).map(|slug| {
        view! { <p class="notice operational" role="status"><Shape code="ok"/><span>{format!("{slug} was probed just now.")}</span></p> }
    });
    let summary = if failing == 0 {
        format!("{}, all operational", format::count(components.len(), "component", "components"))
    } else {
        format!("{failing} of {} not operational", format::count(components.len(), "component", "components"))
    };
    let storage = (!desk.backend.snapshot().storage_ok).then(|| {
        view! { <p class="notice warning" role="status"><Shape code="warning"/><span>"Measurements cannot be stored at the moment; they are kept in memory. Look at the disk and at the server's log."</span></p> }
    });
    let content = view! {
        <header class="page-head">
            <h1>"Operate"</h1>
            <p class="meta">{summary}" · as of "<time datetime=format::iso(now)>{format::precise(now)}</time></p>
            <p class="acts">
                <a class="button" href="/operate/incidents/new">"Open an incident"</a>
                <a class="button quiet" href="/wizard">"Diagnose a URL"</a>
            </p>
        </header>
        {desk.problem()}
        {filled.as_ref().and_then(problem)}
        {probed}
        {storage}
        {desk.backend.snapshot().blind.as_ref().map(|blind| crate::render::blind_notice(Words::default(), blind))}
        <section>
            <h2 class="unseen">"Components"</h2>
            <ul class="desk-rows">{components.iter().map(|one| component(one, now)).collect_view()}</ul>
        </section>
        <div class="two">
            <section><h2>"Incidents"</h2>{incident_list(&incidents, now)}</section>
            <section><h2>"Recent runs"</h2>{run_list(&runs)}</section>
        </div>
        {alert_list(&alerts, now)}
        {subscribers(subscriptions, now)}
    };
    Ok(Page::wide("Operate", content))
}

/// The page.
#[component]
pub fn OperatePage() -> impl IntoView {
    for_admins(|desk, _| page(desk))
}
