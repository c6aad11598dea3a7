//! The verdict: what it is, what shows it, what to do.

use super::run::Command;
use super::shape::Shape;
use crate::run_view::{CauseView, EvidenceView, FixView, PracticeView, VerdictView};
use leptos::prelude::*;

/// A sentence whose commands stand between back-ticks.
fn coded(text: &str) -> impl IntoView + use<> {
    let parts: Vec<&str> = text.split('`').collect();
    // One that is not closed is no command.
    let parts = if parts.len().is_multiple_of(2) { vec![text] } else { parts };
    let views = parts.into_iter().enumerate().map(|(place, part)| {
        let part = part.to_owned();
        if place.is_multiple_of(2) { part.into_any() } else { view! { <code>{part}</code> }.into_any() }
    });
    views.collect_view()
}

fn evidence(heading: &'static str, class: &'static str, items: Vec<EvidenceView>) -> Option<impl IntoView> {
    (!items.is_empty()).then(|| {
        let items = items
            .into_iter()
            .map(|one| {
                view! {
                    <li>
                        <a href=format!("#{}", one.id)>{one.text}</a>
                        <span class="meta">{one.step}</span>
                    </li>
                }
            })
            .collect_view();
        view! { <div class=class><h3>{heading}</h3><ul>{items}</ul></div> }
    })
}

fn fix(fix: FixView) -> impl IntoView {
    let command = (!fix.command.is_empty()).then(|| view! { <Command text=fix.command/> });
    let verify = (!fix.verify.is_empty()).then(|| {
        view! { <p class="meta">"Shows that it worked:"</p><Command text=fix.verify/> }
    });
    view! {
        <li>
            <p><strong>{fix.title}</strong></p>
            {command}
            {verify}
        </li>
    }
}

fn link(cause: CauseView) -> impl IntoView {
    let facts = cause
        .because
        .into_iter()
        .map(|id| {
            let href = format!("#{id}");
            view! { <a href=href>{id}</a>" " }
        })
        .collect_view();
    view! {
        <li>
            <a href=format!("/causes/{}", cause.id)>{cause.title}</a>
            <span class="meta">{facts}</span>
        </li>
    }
}

/// The card on top of a run.
#[component]
pub fn VerdictCard(
    /// What the run concludes.
    verdict: VerdictView,
    /// The run's id, for the note that can be made from it.
    run: String,
    /// False while it can still be revised.
    settled: bool,
) -> impl IntoView {
    let cause = verdict.cause.map(|cause| {
        view! {
            <span>{cause.family}</span>
            <a href=format!("/causes/{}", cause.id)>{cause.title}</a>
        }
    });
    let strength =
        (!verdict.strength_label.is_empty()).then(|| view! { <span class="tag">{verdict.strength_label}</span> });
    let revised = (!settled).then(|| view! { <span>"First verdict; it may still be revised"</span> });
    let fixes = (!verdict.fixes.is_empty()).then(|| {
        view! { <div class="fixes"><h3>"What to do"</h3><ol>{verdict.fixes.into_iter().map(fix).collect_view()}</ol></div> }
    });
    let chain = (verdict.chain.len() > 1).then(|| {
        view! {
            <div class="chain">
                <h3>"From the symptom to the root"</h3>
                <ol>{verdict.chain.into_iter().map(link).collect_view()}</ol>
            </div>
        }
    });
    let unknown = (!verdict.still_unknown.is_empty()).then(|| {
        let items = verdict.still_unknown.into_iter().map(|text| view! { <li>{coded(&text)}</li> }).collect_view();
        view! { <div class="open"><h3>"Still unknown"</h3><ul>{items}</ul></div> }
    });
    view! {
        <section class=format!("verdict {}", verdict.outcome)>
            <header>
                <Shape code=verdict.outcome.clone()/>
                <p class="word">{verdict.outcome_label}</p>
                <h2>{verdict.title}</h2>
                <p class="meta">{strength}{cause}{revised}</p>
            </header>
            {evidence("What shows it", "because", verdict.because)}
            {fixes}
            {evidence("What speaks against it", "against", verdict.against)}
            {chain}
            {unknown}
            <p class="acts"><a class="button" href=format!("/operate/incidents/new?run={run}")>"Post a note from this"</a></p>
        </section>
    }
}

/// The preventive practices, those that are missing first.
#[component]
pub fn Practices(
    /// All of them.
    practices: Vec<PracticeView>,
) -> impl IntoView {
    let mut practices = practices;
    practices.sort_by_key(|practice| practice.state != "missing");
    let items = practices
        .into_iter()
        .map(|practice| {
            let shown = (!practice.directive.is_empty()).then(|| view! { <Command text=practice.directive/> });
            let because = practice
                .because
                .into_iter()
                .take(3)
                .map(|one| view! { <a href=format!("#{}", one.id)>{one.text}</a>" " })
                .collect_view();
            view! {
                <li class=practice.state>
                    <p><strong>{practice.title}</strong>" "<span class="tag">{practice.state_label}</span></p>
                    <p class="meta">{because}</p>
                    {shown}
                </li>
            }
        })
        .collect_view();
    view! {
        <details class="practices">
            <summary>"So that it does not happen again: five practices, checked here"</summary>
            <ul>{items}</ul>
        </details>
    }
}

/// Further causes that fit, as list items.
#[component]
pub fn Others(
    /// Ranked.
    causes: Vec<CauseView>,
) -> impl IntoView {
    causes
        .into_iter()
        .map(|cause| {
            view! {
                <li>
                    <a href=format!("/causes/{}", cause.id)>{cause.title}</a>
                    <span class="tag">{cause.strength}</span>
                    <span class="meta">{cause.family}</span>
                </li>
            }
        })
        .collect_view()
}
