//! Public pages: pure functions from data to a whole HTML document.
//!
//! Nothing here awaits, asks a clock or reads a context, so a page can be rendered once per change
//! and served from memory. Public pages carry no inline script or style, and no WebAssembly.

use crate::model::{CauseText, ComponentStatus, Incident, Snapshot};

/// What every public page needs beside its data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageContext {
    /// Path of the stylesheet.
    pub css: String,
    /// Path of the script that keeps a page current.
    pub live_js: String,
    /// The page's title as configured.
    pub title: String,
    /// Where visitors find this page, without a trailing slash, for absolute links.
    pub public_url: Option<String>,
    /// Path of this page.
    pub path: String,
    /// Whether an admin looks at it. Cached pages are always rendered for guests.
    pub signed_in: bool,
    /// The clock.
    pub now: crate::model::At,
}

/// One month of `/history`.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryMonth {
    /// Which, as `2026-11`.
    pub month: String,
    /// Incidents that began in it, newest first.
    pub incidents: Vec<Incident>,
    /// The month before, as `2026-10`, where there is anything to see.
    pub previous: Option<String>,
    /// The month after, as `2026-12`, unless it lies ahead.
    pub next: Option<String>,
}

/// `/`: everything at a glance.
pub fn status_page(_page: &PageContext, _snapshot: &Snapshot) -> String {
    todo!()
}

/// `/components/{slug}`.
pub fn component_page(_page: &PageContext, _snapshot: &Snapshot, _component: &ComponentStatus) -> String {
    todo!()
}

/// `/history?month=2026-11`; `snapshot` gives the components' names.
pub fn history_page(_page: &PageContext, _snapshot: &Snapshot, _month: &HistoryMonth) -> String {
    todo!()
}

/// `/incidents/{id}`; `snapshot` gives the components' names.
pub fn incident_page(_page: &PageContext, _snapshot: &Snapshot, _incident: &Incident) -> String {
    todo!()
}

/// `/help/502`: what a 502 is and what a visitor can do.
pub fn help_page(_page: &PageContext, _snapshot: &Snapshot) -> String {
    todo!()
}

/// `/causes`: the manual's contents by family.
pub fn causes_page(_page: &PageContext, _causes: &[&CauseText]) -> String {
    todo!()
}

/// `/causes/{id}`; `causes` gives the look-alikes' titles.
pub fn cause_page(_page: &PageContext, _cause: &CauseText, _causes: &[&CauseText]) -> String {
    todo!()
}

/// A page for a status that is not 200. `message` says more than the status' usual sentence.
pub fn error_page(_page: &PageContext, _status: u16, _message: Option<&str>) -> String {
    todo!()
}
