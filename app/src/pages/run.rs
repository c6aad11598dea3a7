//! `/runs/{id}`: one walk through the six steps, for whatever is known now.

use super::frame::{Desk, Page, for_admins};
use crate::actions::{Paste, RestartUnit, StartRun};
use crate::backend::{Draft, PasteView, UnitView};
use crate::components::evidence::noticed;
use crate::components::form::{Filled, TextArea, TextField, problem};
use crate::components::run::Command;
use crate::components::shape::Shape;
use crate::format;
use crate::islands::RunProgress;
use crate::model::{ActionError, Outcome, Run, RunId, RunState, Step};
use crate::run_parts::RunParts;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

/// How the names of forms that restart a unit begin.
const FORM: &str = "restart-unit:";

/// What a unit said before and after, once it was restarted.
fn outcome(filled: &Filled) -> Option<impl IntoView + use<>> {
    let (before, after) = (filled.value("before", ""), filled.value("after", ""));
    filled.is_preview().then(|| {
        view! {
            <p class="notice operational" role="status">
                <Shape code="ok"/>
                <span>"Restarted. Before: "<code>{before}</code>", after: "<code>{after}</code>"."</span>
            </p>
        }
    })
}

/// Restarting one unit: the exact name typed, and the password again.
fn unit(view: UnitView, run: &str, filled: &Filled) -> impl IntoView + use<> {
    let state = view.state.clone().map(|state| view! { <span class="meta">{state}</span> });
    let act = match view.obstacle {
        Some(obstacle) => view! {
            <p class="meta">{obstacle}</p>
            <Command text=format!("sudo systemctl restart {}", view.name)/>
        }
        .into_any(),
        None => view! {
            {outcome(filled)}
            <details class="restart" open=filled.error().is_some()>
                <summary>{format!("Restart {}", view.name)}</summary>
                <form method="post" action=RestartUnit::PATH class="stack">
                    <p class="meta">"Restarting cuts the requests under way. It is recorded with your name."</p>
                    <input type="hidden" name="unit" value=view.name.clone()/>
                    <input type="hidden" name="run" value=run.to_owned()/>
                    <TextField name="typed" label="Type the unit's exact name" value=filled.value("typed", "") scope=format!("-{}", view.name)/>
                    <TextField name="password" label="Your password" kind="password" autocomplete="current-password" scope=format!("-{}", view.name)/>
                    <p><button type="submit" class="danger">"Restart it"</button></p>
                </form>
            </details>
        }
        .into_any(),
    };
    view! { <li><p><strong>{view.name.clone()}</strong>" "{state}</p>{problem(filled)}{act}</li> }
}

/// Units that the configuration lists, inside step 2.
fn units(views: Vec<UnitView>, run: &str, draft: Option<&crate::backend::Draft>) -> AnyView {
    if views.is_empty() {
        return view! {
            <div class="units" id="restart">
                <h4>"Restart a service"</h4>
                <p class="meta">"No unit is listed under [[gateways]] in gatewatch.toml, so none can be restarted from here. By hand:"</p>
                <Command text="sudo systemctl restart nginx.service".to_owned()/>
            </div>
        }
        .into_any();
    }
    // Refused for a unit that is not (or no longer) listed: the reason has no unit to stand at.
    let stray = draft.filter(|draft| {
        let unit = draft.form.strip_prefix(FORM);
        unit.is_some_and(|unit| views.iter().all(|view| view.name != unit))
    });
    let stray = Filled::new(stray.cloned(), stray.map_or("", |draft| &draft.form));
    let items = views
        .into_iter()
        .map(|view| {
            let filled = Filled::new(draft.cloned(), &format!("{FORM}{}", view.name));
            unit(view, run, &filled)
        })
        .collect_view();
    view! { <div class="units" id="restart"><h4>"Restart a service"</h4>{problem(&stray)}<ul>{items}</ul></div> }
        .into_any()
}

/// A box for the output of the commands by hand, one for each step, with what was pasted before.
fn paste_boxes(pasted: &[PasteView], run: &str, draft: Option<&Draft>) -> impl IntoView + use<> {
    let boxes = Step::ALL
        .iter()
        .map(|step| {
            let filled = Filled::new(draft.cloned(), &format!("paste:{step}"));
            let kept = pasted.iter().filter(|one| one.step == *step).map(kept_text).collect_view();
            let id = format!("paste-{step}");
            let label = format!("Output of a command for step {}", step.number());
            view! {
                <details class="paste" open=filled.error().is_some()>
                    <summary>{format!("{}. {}", step.number(), step.title())}</summary>
                    {kept}
                    {problem(&filled)}
                    <form method="post" action=Paste::PATH class="stack" id=id.clone()>
                        <input type="hidden" name="run" value=run.to_owned()/>
                        <input type="hidden" name="step" value=step.as_str()/>
                        <p class="field">
                            <label for=format!("{id}-text")>{label}</label>
                            <TextArea id=format!("{id}-text") name="text" maxlength="1048576" verbatim=true value=filled.value("text", "")/>
                        </p>
                        <p><button type="submit">"Read it"</button></p>
                    </form>
                </details>
            }
        })
        .collect_view();
    view! {
        <section class="pastes">
            <h2>"Paste what you ran by hand"</h2>
            <p class="meta">"It becomes facts of this run, marked as pasted, and the verdict is drawn anew. Pasted output alone never makes it proven."</p>
            {boxes}
        </section>
    }
}

/// A text that was pasted, folded.
fn kept_text(pasted: &PasteView) -> impl IntoView + use<> {
    let at = format::time_view(pasted.at);
    view! {
        <details class="pasted">
            <summary>{pasted.told.clone()}" "<time datetime=at.iso>{at.text}</time></summary>
            <pre tabindex="0"><code>{pasted.text.clone()}</code></pre>
        </details>
    }
}

/// Whether the same faults are still there, once somebody has mended something.
fn check_again(run: &Run) -> Option<impl IntoView + use<>> {
    let broken = run.verdict.as_ref().is_some_and(|verdict| verdict.outcome != Outcome::Healthy);
    (run.state != RunState::Running && broken).then(|| {
        view! {
            <form method="post" action=StartRun::PATH>
                <input type="hidden" name="again" value=run.id.to_string()/>
                <button type="submit">"Verify the fix"</button>
            </form>
        }
    })
}

async fn page(desk: Desk, id: String) -> Result<Page, ActionError> {
    let id: RunId = id.parse().map_err(|_| ActionError::NotFound { what: "run".to_owned() })?;
    let run = desk.backend.run(&desk.session, &id).await?;
    let listed = desk.backend.units(&desk.session).await?;
    let draft = desk.draft().await?;
    let parts = RunParts::from_run(&run, &desk.backend.causes());
    let slot = units(listed, id.as_str(), draft.as_ref());
    let pasted = desk.backend.pastes(&desk.session, &id).await?;
    let boxes = paste_boxes(&pasted, id.as_str(), draft.as_ref());
    let again = check_again(&run);
    // A refused one comes back here with its reason.
    let refused = problem(&Filled::new(draft.clone(), "start-run"));
    // Without scripts the page fetches itself again until the run has ended.
    let refresh = (run.state == RunState::Running).then(|| {
        view! { <noscript><meta http-equiv="refresh" content="2"/></noscript> }
    });
    let content = view! {
        <header class="page-head">
            <p class="crumbs"><a href="/wizard">"Wizard"</a>" / run"</p>
            <h1><code>{run.url.clone()}</code></h1>
            <div class="acts">
                {again}
                <form method="post" action=StartRun::PATH>
                    <input type="hidden" name="url" value=run.url.clone()/>
                    <button type="submit" class="quiet">"Run again"</button>
                </form>
            </div>
        </header>
        {desk.problem()}
        {refused}
        {run.noticed.as_ref().map(noticed)}
        <RunProgress initial=parts>{slot}</RunProgress>
        {boxes}
        {refresh}
    };
    Ok(Page::wide(format!("Run for {}", run.url), content.into_any()))
}

/// The page.
#[component]
pub fn RunPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    for_admins(|desk, _| page(desk, id))
}
