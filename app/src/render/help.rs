//! `/help/502`: for visitors who met one, in plain words.

use super::PageContext;
use super::document::Document;
use super::status::{as_of, headline, is_failing};
use crate::components::shape::Shape;
use crate::components::time::Time;
use crate::model::{Snapshot, State};
use crate::words::{Slot, Words};
use leptos::prelude::*;

/// The state of everything watched, in short: what is not well by name, the rest by number.
fn now(words: Words, snapshot: &Snapshot) -> impl IntoView {
    let troubled: Vec<_> = snapshot
        .components
        .iter()
        .filter(|component| component.state != State::Operational)
        .map(|component| {
            let since = component
                .since
                .filter(|_| is_failing(component.state))
                .map(|at| Slot::view(view! { <Time at words/> }))
                .map(|time| view! { <span class="meta">{words.rich("since-small", [("time", time)])}</span> });
            view! {
                <li class=format!("row {}", component.state)>
                    <Shape code=component.state.as_str()/>
                    <a href=format!("/components/{}", component.slug) dir=words.typed()>{component.name.clone()}</a>
                    <span class="word">{words.state(component.state)}</span>
                    {since}
                </li>
            }
        })
        .collect();
    let fine = snapshot.components.len() - troubled.len();
    let fine = (fine > 0 && !troubled.is_empty()).then(|| {
        view! { <p class="meta">{words.tell("help-fine", [("count", fine.into())])}</p> }
    });
    view! {
        <section class=format!("banner small {}", snapshot.state) aria-label=words.say("help-now")>
            <Shape code=snapshot.state.as_str()/>
            <h2>{headline(words, snapshot)}</h2>
            <p>
                <span class="word">{words.state(snapshot.state)}</span>
                <span class="as-of">{as_of(words, snapshot)}</span>
            </p>
            <ul class="short">{troubled.collect_view()}</ul>
            {fine}
        </section>
    }
}

/// The page.
pub(super) fn page(page: &PageContext, snapshot: &Snapshot) -> String {
    let words = page.words();
    let document = Document {
        title: words.say("help-title").to_owned(),
        description: words.say("help-description").to_owned(),
        live: Some(snapshot),
        narrow: true,
        unlisted: false,
        carries_style: false,
    };
    let step = |key: &'static str| {
        let strong = Slot::around(|text| view! { <strong>{text}</strong> });
        view! { <li>{words.rich(key, [("strong", strong)])}</li> }
    };
    let relative = |status: &'static str, key: &'static str| view! { <dt>{status}</dt><dd>{words.say(key)}</dd> };
    let causes = Slot::around(|text| view! { <a href="/causes">{text}</a> });
    document.around(
        page,
        view! {
            <h1>{words.say("help-heading")}</h1>
            <p class="lede">{words.say("help-lede")}</p>
            {now(words, snapshot)}
            <div class="prose">
                <h2>{words.say("help-what")}</h2>
                <p>{words.say("help-what-text")}</p>
                <h2>{words.say("help-do")}</h2>
                <ol>{step("help-do-wait")} {step("help-do-look")} {step("help-do-fresh")} {step("help-do-tell")}</ol>
                <h2>{words.say("help-reload")}</h2>
                <p>{words.say("help-reload-text")}</p>
                <h2>{words.say("help-relatives")}</h2>
                <dl>{relative("500", "help-500")} {relative("503", "help-503")} {relative("504", "help-504")}</dl>
                <p>{words.rich("help-causes", [("causes", causes)])}</p>
            </div>
        },
    )
}
