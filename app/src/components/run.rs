//! The head of a run: what was asked, who answered, how far it is.

use super::shape::Shape;
use crate::run_view::RunView;
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
        </header>
    }
}

/// A command to copy.
#[component]
pub fn Command(
    /// As typed.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let copied = text.clone();
    let done = RwSignal::new(false);
    view! {
        <div class="command">
            <pre tabindex="0"><code>{text}</code></pre>
            <button type="button" class="copy" on:click=move |_| done.set(copy(&copied))>
                {move || if done.get() { "Copied" } else { "Copy" }}
            </button>
        </div>
    }
}

/// Puts `text` on the clipboard; false where there is none, as on plain http from another machine.
#[cfg(feature = "hydrate")]
fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window().filter(web_sys::Window::is_secure_context) else { return false };
    // The promise settles by itself; a refusal leaves the text on the screen to be selected.
    drop(window.navigator().clipboard().write_text(text));
    true
}

#[cfg(not(feature = "hydrate"))]
const fn copy(_text: &str) -> bool {
    false
}
