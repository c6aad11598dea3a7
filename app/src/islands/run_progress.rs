//! A run that fills in while one watches.

#![expect(missing_docs, reason = "the struct that `island` makes holds the documented parameters")]

use crate::components::run::RunHead;
use crate::components::step::StepContent;
use crate::components::verdict::{Others, VerdictCard};
use crate::run_view::RunView;
use leptos::prelude::*;

/// Head, verdict and the six steps of a run. Each step is drawn again only when it changed, so that
/// what one reads or has opened in another step stays as it is. `children` is shown inside step 2,
/// where the unit that it asked about can be restarted.
#[island]
pub fn RunProgress(
    /// The run as it stood when the page was made.
    initial: RunView,
    /// Shown inside step 2.
    children: Children,
) -> impl IntoView {
    let run = RwSignal::new(initial);
    let lost = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    follow(run, lost);

    let head = Memo::new(move |_| run.with(|run| RunView { steps: Vec::new(), verdict: None, ..run.clone() }));
    let verdict = Memo::new(move |_| run.with(|run| (run.verdict.clone(), run.id.clone(), run.ended)));
    let mut slot = Some(children);
    let steps = run.with_untracked(|run| run.steps.iter().map(|step| step.id.clone()).collect::<Vec<_>>());
    let steps = steps
        .into_iter()
        .enumerate()
        .map(|(index, id)| {
            let step = Memo::new(move |_| run.with(|run| run.steps.get(index).cloned().unwrap_or_default()));
            let extra = (index == 1).then(|| slot.take().map(|children| children())).flatten();
            view! {
                <li id=id class=move || step.with(|step| format!("step {}", step.state))>
                    {move || view! { <StepContent step=step.get()/> }.into_any()}
                    {extra}
                </li>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <div class="run">
            {move || view! { <RunHead run=head.get()/> }.into_any()}
            {move || lost.get().then(|| view! { <p class="notice warning">"Live updates stopped. "<a href="">"Reload the page"</a></p> })}
            <div aria-live="polite">
                {move || {
                    let (verdict, run, settled) = verdict.get();
                    verdict.map(|verdict| view! { <VerdictCard verdict run settled/> }.into_any())
                }}
            </div>
            <h2 class="steps-title">"The six steps"</h2>
            <ol class="steps">{steps}</ol>
            {move || view! { <Others causes=head.get().others/> }.into_any()}
        </div>
    }
}

/// Shows every `run` event until the run has ended.
#[cfg(feature = "hydrate")]
fn follow(run: RwSignal<RunView>, lost: RwSignal<bool>) {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{Event, EventSource, MessageEvent};

    let (id, ended) = run.with_untracked(|run| (run.id.clone(), run.ended));
    if ended {
        return;
    }
    let Ok(source) = EventSource::new(&format!("/runs/{id}/events")) else {
        lost.set(true);
        return;
    };
    let stream = source.clone();
    let on_run = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(next) = event.data().as_string().and_then(|text| serde_json::from_str::<RunView>(&text).ok()) else {
            return;
        };
        if next.ended {
            stream.close();
        }
        run.set(next);
    });
    let stream = source.clone();
    let on_error = Closure::<dyn FnMut(Event)>::new(move |_: Event| {
        // The browser connects again by itself, unless the server refused.
        if stream.ready_state() == EventSource::CLOSED && !run.with_untracked(|run| run.ended) {
            lost.set(true);
        }
    });
    let listened = source.add_event_listener_with_callback("run", on_run.as_ref().unchecked_ref());
    if listened.is_err() {
        lost.set(true);
    }
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    // Both live as long as the page.
    on_run.forget();
    on_error.forget();
}
