//! A run that fills in while one watches.

#![expect(missing_docs, reason = "the struct that `island` makes holds the documented parameters")]

use crate::run_parts::{RunParts, StepPart};
use leptos::prelude::*;

/// Head, verdict and the six steps of a run. A piece is replaced only when its text changed, and
/// what opens and closes is not part of any piece, so that what one reads or has opened stays as it
/// is. `children` is shown inside step 2, where the unit that it asked about can be restarted.
#[island]
pub fn RunProgress(
    /// The run as it stood when the page was made.
    initial: RunParts,
    /// Shown inside step 2.
    children: Children,
) -> impl IntoView {
    let mut slot = Some(children);
    let ids = initial.steps.iter().map(|step| step.id.clone()).collect::<Vec<_>>();
    let run = RwSignal::new(initial);
    let lost = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    follow(run, lost);

    // `inner_html` compares with what it showed last, so that an equal text touches nothing.
    let piece = move |pick: fn(&RunParts) -> &str| move || run.with(|run| pick(run).to_owned());
    let steps = ids
        .into_iter()
        .enumerate()
        .map(|(index, id)| {
            let step = move |pick: fn(&StepPart) -> &str| {
                move || run.with(|run| run.steps.get(index).map(pick).unwrap_or_default().to_owned())
            };
            let state = step(|step| &step.state);
            let by_hand = step(|step| &step.by_hand);
            let extra = (index == 1).then(|| slot.take().map(|children| children())).flatten();
            view! {
                <li id=id class=move || format!("step {}", state())>
                    <div class="step-head" inner_html=step(|step| &step.head)></div>
                    <div class="step-body" inner_html=step(|step| &step.body)></div>
                    <details class="hand" hidden=move || by_hand().is_empty()>
                        <summary>"Do it by hand"</summary>
                        <div inner_html=by_hand></div>
                    </details>
                    {extra}
                </li>
            }
        })
        .collect_view();
    let others = piece(|run| &run.others);
    view! {
        <div class="run">
            <div inner_html=piece(|run| &run.head)></div>
            <p class="notice warning" hidden=move || !lost.get()>
                <span>"Live updates stopped. "<a href="">"Reload the page"</a></span>
            </p>
            <div aria-live="polite" inner_html=piece(|run| &run.verdict)></div>
            <h2 class="steps-title">"The six steps"</h2>
            <ol class="steps">{steps}</ol>
            <details class="others" hidden=move || others().is_empty()>
                <summary>"Other causes that fit"</summary>
                <ul inner_html=others></ul>
            </details>
        </div>
    }
}

/// Shows every `run` event until the run has ended.
#[cfg(feature = "hydrate")]
fn follow(run: RwSignal<RunParts>, lost: RwSignal<bool>) {
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
        let Some(next) = event.data().as_string().and_then(|text| serde_json::from_str::<RunParts>(&text).ok()) else {
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
