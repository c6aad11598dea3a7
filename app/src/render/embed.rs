//! The widget: one component's state for a frame on another site's page.

use super::PageContext;
use crate::components::layout::Sprite;
use crate::components::shape::Shape;
use crate::components::time::Time;
use crate::format;
use crate::model::{At, ComponentStatus, State};
use leptos::prelude::*;

/// Seconds between reloads of the frame.
const REFRESH_SECONDS: &str = "60";

/// `/embed/{slug}`: no script, no cookie, one style sheet, and a link that leaves the frame.
pub(super) fn widget(page: &PageContext, component: &ComponentStatus, now: At) -> String {
    let since = component
        .since
        .filter(|_| component.state != State::Operational)
        .map(|at| view! { <span class="meta">"since "<Time at/></span> });
    let reason = component.reason.clone().map(|reason| view! { <span class="reason">{reason}</span> });
    let uptime = component.uptime.map(|uptime| {
        view! { <span class="meta">{format!("{} in 90 days", format::percent(uptime))}</span> }
    });
    let html = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <title>{format!("{}: {}", component.name, component.state.label())}</title>
                <meta name="viewport" content="width=device-width,initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <meta http-equiv="refresh" content=REFRESH_SECONDS/>
                <link rel="stylesheet" href=page.css.clone()/>
                {page.look.theme.clone().map(|href| view! { <link rel="stylesheet" href=href/> })}
            </head>
            <body class="embed">
                <Sprite/>
                <main class=format!("widget {}", component.state)>
                    <Shape code=component.state.as_str()/>
                    <p>
                        <a href=format!("/components/{}", component.slug) target="_top">{component.name.clone()}</a>
                        <span class="word">{component.state.label()}</span>
                        {reason}
                        {since}
                    </p>
                    <p class="meta">{uptime}<span>"As of "<time datetime=format::iso(now)>{format::precise(now)}</time></span></p>
                </main>
            </body>
        </html>
    }
    .to_html();
    format!("<!DOCTYPE html>{html}")
}
