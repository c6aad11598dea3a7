//! A component over a range of time: its numbers, its response times, and when it was not operational.

use super::PageContext;
use super::component::{ranges, sum};
use super::document::Document;
use crate::components::chart::RangeChart;
use crate::components::shape::Shape;
use crate::format;
use crate::model::ComponentStatus;
use crate::model::range::RangeView;
use crate::model::status::Interval;
use crate::words::Words;
use leptos::prelude::*;

fn interval(words: Words, interval: &Interval) -> impl IntoView + use<> {
    let lasted = interval.until.map(|until| words.span(interval.from, until));
    let lasted = lasted.unwrap_or_else(|| words.say("still-lasting").to_owned());
    let state = interval.state;
    view! {
        <li class=state.as_str()>
            <Shape code=state.as_str()/>
            <span class="word">{words.state(state)}</span>
            <time datetime=format::iso(interval.from)>{words.date_time(interval.from)}</time>
            <span class="meta">{lasted}</span>
        </li>
    }
}

fn interruptions(words: Words, view: &RangeView) -> impl IntoView {
    if view.intervals.is_empty() {
        let none = words.tell("range-none", [("range", words.range(view.range).into())]);
        return view! { <p class="empty">{none}</p> }.into_any();
    }
    let more = (view.unlisted > 0).then(|| {
        let more = words.tell("range-unlisted", [("count", view.unlisted.into())]);
        view! { <p class="meta">{more}</p> }
    });
    view! {
        <ul class="intervals">{view.intervals.iter().map(|one| interval(words, one)).collect_view()}</ul>
        {more}
    }
    .into_any()
}

/// `/components/{slug}/7d`.
pub(super) fn page(page: &PageContext, component: &ComponentStatus, view: &RangeView) -> String {
    let words = page.words();
    let label = words.range(view.range);
    let named =
        |key: &'static str| words.tell(key, [("name", component.name.as_str().into()), ("range", label.into())]);
    let document =
        Document { title: named("range-title"), description: named("range-description"), ..Document::default() };
    let back = format!("/components/{}", component.slug);
    let uptime = words.uptime(view.uptime);
    document.around(
        page,
        view! {
            <p class="crumbs"><a href="/">{words.say("crumb-status")}</a>" / "<a href=back dir=words.typed()>{component.name.clone()}</a></p>
            <h1>{named("range-heading")}</h1>
            {ranges(words, &component.slug, Some(view.range))}
            <dl class="figures wide">
                <div><dt>{words.tell("range-uptime", [("range", label.into())])}</dt><dd>{uptime}</dd></div>
                <div>
                    <dt>{words.say("range-from")}</dt>
                    <dd><time datetime=format::iso(view.from)>{words.date_time(view.from)}</time></dd>
                </div>
                <div>
                    <dt>{words.say("range-until")}</dt>
                    <dd><time datetime=format::iso(view.until)>{words.date_time(view.until)}</time></dd>
                </div>
            </dl>
            <section class="panel">
                <h2>{words.say("range-latency")}</h2>
                <RangeChart view words/>
            </section>
            <section class="panel">
                <h2>{words.say("interruptions")}</h2>
                {interruptions(words, view)}
            </section>
            <section class="panel">
                <h2>{words.say("adds-up")}</h2>
                {sum(words, view.spent)}
                <p class="formula">{words.say("formula")}</p>
            </section>
        },
    )
}
