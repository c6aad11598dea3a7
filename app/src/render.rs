//! Public pages: pure functions from data to a whole HTML document.
//!
//! Nothing here awaits, asks a clock or reads a context, so a page can be rendered once per change
//! and served from memory. Public pages carry no inline script or style, and no WebAssembly.

mod causes;
mod component;
mod document;
mod embed;
mod error;
mod help;
mod incidents;
mod status;

use crate::model::{CauseText, ComponentStatus, Incident, Snapshot, State};

pub(crate) use causes::family_label;
pub(crate) use status::is_failing;

/// The icon that shows `state`. The server draws it for the state of now; the query only makes a
/// browser ask again when the state has changed.
pub fn favicon(state: State) -> String {
    format!("/favicon.svg?{state}")
}

/// How pages look, where the configuration says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Address of the picture beside the title.
    pub logo: Option<String>,
    /// Address of the style sheet with the configured colours.
    pub theme: Option<String>,
    /// Names and addresses of further links in the navigation.
    pub links: Vec<(String, String)>,
    /// A line at the end.
    pub footer: Option<String>,
}

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
    /// How it looks.
    pub look: Look,
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
pub fn status_page(page: &PageContext, snapshot: &Snapshot) -> String {
    status::page(page, snapshot)
}

/// `/components/{slug}`.
pub fn component_page(page: &PageContext, snapshot: &Snapshot, component: &ComponentStatus) -> String {
    component::page(page, snapshot, component)
}

/// `/embed/{slug}`: one component's state for a frame on another site's page.
pub fn embed_page(page: &PageContext, snapshot: &Snapshot, component: &ComponentStatus) -> String {
    embed::widget(page, component, snapshot.as_of)
}

/// `/history/2026-11`; `snapshot` gives the components' names.
pub fn history_page(page: &PageContext, snapshot: &Snapshot, month: &HistoryMonth) -> String {
    incidents::month(page, snapshot, month)
}

/// `/incidents/{id}`; `snapshot` gives the components' names.
pub fn incident_page(page: &PageContext, snapshot: &Snapshot, incident: &Incident) -> String {
    incidents::one(page, snapshot, incident)
}

/// `/help/502`: what a 502 is and what a visitor can do.
pub fn help_page(page: &PageContext, snapshot: &Snapshot) -> String {
    help::page(page, snapshot)
}

/// `/causes`: the manual's contents by family.
pub fn causes_page(page: &PageContext, causes: &[&CauseText]) -> String {
    causes::all(page, causes)
}

/// `/causes/{id}`; `causes` gives the look-alikes' titles.
pub fn cause_page(page: &PageContext, cause: &CauseText, causes: &[&CauseText]) -> String {
    causes::one(page, cause, causes)
}

/// A page for a status that is not 200. `message` says more than the status' usual sentence.
pub fn error_page(page: &PageContext, status: u16, message: Option<&str>) -> String {
    error::page(page, status, message)
}
