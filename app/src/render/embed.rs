//! The widget: one component's state for a frame on another site's page, which needs no script for it.

use super::PageContext;
use crate::components::layout::Sprite;
use crate::components::shape::Shape;
use crate::components::time::{PreciseTime, Time};
use crate::markup::without_marks;
use crate::model::{At, ComponentStatus, State};
use crate::words::Slot;
use leptos::prelude::*;

/// Seconds between reloads of the frame without scripts.
const REFRESH_SECONDS: &str = "60";

/// `/embed/{slug}`: no cookie, one style sheet, a link that leaves the frame, and a script that keeps it current.
pub(super) fn widget(page: &PageContext, component: &ComponentStatus, now: At) -> String {
    let words = page.words();
    let since = component
        .since
        .filter(|_| component.state != State::Operational)
        .map(|at| Slot::view(view! { <Time at words/> }))
        .map(|time| view! { <span class="meta">{words.rich("since-small", [("time", time)])}</span> });
    let reason = component
        .reason
        .as_deref()
        .map(|reason| words.phrase(reason))
        .map(|reason| view! { <span class="reason">{reason}</span> });
    let uptime = component.uptime.map(|uptime| {
        let text = words.tell("widget-uptime", [("share", words.percent(uptime).into())]);
        view! { <span class="meta">{text}</span> }
    });
    let state = words.state(component.state);
    let title = words.tell("component-title", [("name", component.name.as_str().into()), ("state", state.into())]);
    let as_of = words.rich("as-of", [("time", Slot::view(view! { <PreciseTime at=now words/> }))]);
    let html = view! {
        <html lang=page.language.as_str() dir=page.language.direction()>
            <head>
                <meta charset="utf-8"/>
                <title>{title}</title>
                <meta name="viewport" content="width=device-width,initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <noscript><meta http-equiv="refresh" content=REFRESH_SECONDS/></noscript>
                <link rel="stylesheet" href=page.css.clone()/>
                {page.look.theme.clone().map(|href| view! { <link rel="stylesheet" href=href/> })}
                <script src=page.widget_js.clone() defer></script>
            </head>
            <body class="embed">
                <Sprite/>
                <main class=format!("widget {}", component.state)>
                    <Shape code=component.state.as_str()/>
                    <div>
                        <h1>
                            <a href=format!("/components/{}", component.slug) target="_top" dir=words.typed()>
                                {component.name.clone()}
                            </a>
                        </h1>
                        <span class="word">{state}</span>
                        {reason}
                        {since}
                    </div>
                    <p class="meta">{uptime}<span>{as_of}</span></p>
                    <p class="meta doubt">{words.say("widget-silent")}</p>
                </main>
            </body>
        </html>
    }
    .to_html();
    format!("<!DOCTYPE html>{}", without_marks(&html))
}
