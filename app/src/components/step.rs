//! One of the six steps: asked, found, skipped, by hand.

use super::run::Command;
use super::shape::Shape;
use crate::run_view::{FactView, SkippedView, StepView};
use leptos::prelude::*;

fn fact(fact: FactView) -> impl IntoView {
    let class = format!("source {}", fact.source);
    view! {
        <li id=fact.id.clone() class="fact">
            <span class=class>{fact.source}</span>
            <span class="text">{fact.text}</span>
            <span class="seen"><code>{fact.seen}</code>" "<time datetime=fact.at.iso>{fact.at.text}</time></span>
        </li>
    }
}

fn skipped(skipped: SkippedView) -> impl IntoView {
    let command = (!skipped.command.is_empty()).then(|| view! { <Command text=skipped.command/> });
    view! {
        <li>
            <p><strong>{skipped.check}</strong>{format!(": {}", skipped.reason)}</p>
            {command}
        </li>
    }
}

/// Title, state, question and summary of a step.
#[component]
pub fn StepHead(
    /// The step.
    step: StepView,
) -> impl IntoView {
    view! {
        <header>
            <Shape code=step.state.clone()/>
            <h3>{format!("{}. {}", step.number, step.title)}</h3>
            <p class=format!("state {}", step.state)>
                <span class="word">{step.state_label}</span>
                <span class="took">{step.took}</span>
            </p>
        </header>
        <p class="question">{step.question}</p>
        <p class="summary">{step.summary}</p>
    }
}

/// What a step asked, found and could not check; nothing before it began.
#[component]
pub fn StepBody(
    /// The step.
    step: StepView,
) -> impl IntoView {
    let asked = (!step.asked.is_empty()).then(|| {
        view! {
            <div class="asked">
                <h4>"Asked"</h4>
                <ul>{step.asked.into_iter().map(|one| view! { <li>{one}</li> }).collect_view()}</ul>
            </div>
        }
    });
    let found = (!step.facts.is_empty()).then(|| {
        view! { <h4>"Found"</h4><ul class="facts">{step.facts.into_iter().map(fact).collect_view()}</ul> }
    });
    let left = (!step.skipped.is_empty()).then(|| {
        view! { <h4>"Not checked"</h4><ul class="skips">{step.skipped.into_iter().map(skipped).collect_view()}</ul> }
    });
    view! {
        {asked}
        {found}
        {left}
    }
}

/// What a step did, to be done by hand.
#[component]
pub fn ByHand(
    /// One command a line each.
    commands: Vec<String>,
    /// The step's id.
    step: String,
) -> impl IntoView {
    let paste = (!commands.is_empty()).then(|| {
        view! { <p><a href=format!("#paste-{step}")>"Paste what it prints"</a></p> }
    });
    view! {
        {commands.into_iter().map(|text| view! { <Command text/> }).collect_view()}
        {paste}
    }
}
