//! The shape beside every state's word and colour, so that none of them has to carry it alone.

use leptos::prelude::*;

/// The shape of a state's code: of a component, a step, an outcome or an incident's phase.
#[component]
pub fn Shape(
    /// The code, for example `outage` or `skipped`.
    #[prop(into)]
    code: String,
) -> impl IntoView {
    let symbol = match code.as_str() {
        "operational" | "ok" | "healthy" | "resolved" | "up" | "finished" => "ok",
        "degraded" | "warning" | "monitoring" | "transient" => "warning",
        "partial-outage" | "identified" | "app-error" => "partial",
        "outage" | "fault" | "cause" | "investigating" | "down" => "outage",
        "maintenance" | "blocked" => "maintenance",
        "running" => "running",
        "skipped" | "pending" | "interrupted" => "skipped",
        "error" => "error",
        _ => "unknown",
    };
    view! {
        <svg class=format!("shape {code}") viewBox="0 0 16 16" aria-hidden="true">
            <use href=format!("#i-{symbol}")></use>
        </svg>
    }
}

/// The drawings that [`Shape`] refers to; once in each document.
pub(crate) const SPRITE: &str = concat!(
    r#"<svg class="sprite" width="0" height="0" aria-hidden="true"><defs>"#,
    // A disc with a tick.
    r##"<symbol id="i-ok" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="currentColor"/><path d="m4.8 8.3 2.2 2.2 4.3-4.6" fill="none" stroke="var(--on)" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></symbol>"##,
    // A triangle with a bar.
    r##"<symbol id="i-warning" viewBox="0 0 16 16"><path d="M8 1.2c.5 0 .9.2 1.1.7l6 10.9c.5.9-.1 2-1.1 2H2c-1 0-1.6-1.1-1.1-2l6-10.9c.2-.5.6-.7 1.1-.7Z" fill="currentColor"/><path d="M8 5.4v4M8 11.9v.2" fill="none" stroke="var(--on)" stroke-width="1.8" stroke-linecap="round"/></symbol>"##,
    // A ring, half filled.
    r##"<symbol id="i-partial" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.1" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M8 1.9a6.1 6.1 0 0 1 0 12.2Z" fill="currentColor"/></symbol>"##,
    // An octagon with a cross.
    r##"<symbol id="i-outage" viewBox="0 0 16 16"><path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z" fill="currentColor"/><path d="m5.5 5.5 5 5m0-5-5 5" fill="none" stroke="var(--on)" stroke-width="1.8" stroke-linecap="round"/></symbol>"##,
    // A diamond with a bar.
    r##"<symbol id="i-maintenance" viewBox="0 0 16 16"><path d="M8 .8 15.2 8 8 15.2.8 8Z" fill="currentColor"/><path d="M5.6 8h4.8" fill="none" stroke="var(--on)" stroke-width="1.8" stroke-linecap="round"/></symbol>"##,
    // A dashed ring with a question mark.
    r##"<symbol id="i-unknown" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" stroke-width="1.3" stroke-dasharray="2.3 1.84"/><path d="M6.3 6.3c.2-1 .9-1.5 1.8-1.5 1 0 1.7.6 1.7 1.5 0 1.2-1.7 1.3-1.7 2.5M8.1 11v.1" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/></symbol>"##,
    // Three quarters of a ring.
    r##"<symbol id="i-running" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.1" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-dasharray="27 12"/></symbol>"##,
    // A ring with a dash.
    r##"<symbol id="i-skipped" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.3" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M5.5 8h5" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/></symbol>"##,
    // A square with a bar.
    r##"<symbol id="i-error" viewBox="0 0 16 16"><rect x="1.5" y="1.5" width="13" height="13" rx="2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 4.8v3.8M8 11.1v.1" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round"/></symbol>"##,
    "</defs></svg>",
);
