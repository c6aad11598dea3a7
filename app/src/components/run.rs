//! The head of a run: what was asked, who answered, how far it is. And its commands.

use super::shape::Shape;
use crate::run_view::{ChangeView, RunView};
use leptos::prelude::*;

/// Title line, chain of hops and what is being waited for.
#[component]
pub fn RunHead(
    /// The run.
    run: RunView,
) -> impl IntoView {
    let scenario = (!run.scenario.is_empty()).then(|| view! { <span>{run.scenario}</span> });
    let hops = (!run.hops.is_empty()).then(|| {
        let items = run
            .hops
            .into_iter()
            .map(|hop| {
                view! {
                    <li>
                        <strong>{hop.name}</strong>
                        <span class="tag">{hop.role}</span>
                        <span class="meta">{hop.evidence}</span>
                    </li>
                }
            })
            .collect_view();
        view! { <ol class="hops" aria-label="Who answered, outermost first">{items}</ol> }
    });
    let waiting = (!run.waiting_for.is_empty()).then(|| {
        view! { <p class="waiting"><Shape code="running"/><span>{format!("Waiting for {}", run.waiting_for)}</span></p> }
    });
    let since = (!run.changes.is_empty()).then(|| {
        let items = run.changes.into_iter().map(change).collect_view();
        let earlier = format!("/runs/{}", run.again);
        view! { <h2>"Since "<a href=earlier>"the earlier run"</a></h2><ul class="changes">{items}</ul> }
    });
    view! {
        <header class="run-head">
            <p class=format!("state {}", run.state)>
                <Shape code=run.state.clone()/>
                <span class="word">{run.state_label}</span>
            </p>
            <p class="meta">
                <span>{format!("Took {}", run.took)}</span>
                <span>"Started "<time datetime=run.started.iso>{run.started.text}</time></span>
                {scenario}
                <a href=format!("/runs/{}.json", run.id)>"JSON"</a>
            </p>
            {hops}
            {waiting}
            {since}
        </header>
    }
}

fn change(change: ChangeView) -> impl IntoView {
    let word = match (change.changed, change.after.is_empty()) {
        (false, _) => "unchanged",
        (true, true) => "gone",
        (true, false) => "changed",
    };
    let after = (change.changed && !change.after.is_empty()).then(|| view! { <p class="after">{change.after}</p> });
    view! {
        <li class=word>
            <p><strong>{format!("{}, {word}: ", change.what)}</strong><span class="before">{change.before}</span></p>
            {after}
        </li>
    }
}

/// A command to copy. The button is for `style/public/islands.js`; it is not shown without.
#[component]
pub fn Command(
    /// As typed.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <div class="command">
            <pre tabindex="0"><code>{text}</code></pre>
            <button type="button" class="copy">"Copy"</button>
        </div>
    }
}
