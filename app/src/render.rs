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
mod range;
mod report;
mod status;
mod subscribe;

use crate::model::range::{MonthReport, RangeView};
use crate::model::subscription::Typed;
use crate::model::{CauseText, ComponentStatus, Incident, Language, Offer, Snapshot, State, Subscription};
use crate::words::Words;

pub(crate) use causes::family_label;
pub(crate) use status::{blind_notice, is_failing};

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
    /// The stylesheet itself, for the page that most people come for.
    pub style: &'static str,
    /// Path of the script that keeps a page current.
    pub live_js: String,
    /// Path of the script that keeps a widget current.
    pub widget_js: String,
    /// The page's title as configured.
    pub title: String,
    /// Where visitors find this page, without a trailing slash, for absolute links.
    pub public_url: Option<String>,
    /// How it looks.
    pub look: Look,
    /// Path of this page.
    pub path: String,
    /// What its words are in. What people typed stays as it is.
    pub language: Language,
    /// Whether an admin looks at it. Cached pages are always rendered for guests.
    pub signed_in: bool,
    /// The clock.
    pub now: crate::model::At,
}

impl PageContext {
    /// The words of the page.
    pub fn words(&self) -> Words {
        Words::of(self.language)
    }

    /// The same for a page of the manual, which there is in English alone.
    fn in_english(&self) -> Self {
        Self { language: Language::English, ..self.clone() }
    }
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

/// Of each group that visitors can close, in the page's order: its place in addresses. Empty where there is but one.
pub fn group_ids(snapshot: &Snapshot) -> Vec<String> {
    status::group_ids(snapshot)
}

/// `/components/{slug}`.
pub fn component_page(page: &PageContext, snapshot: &Snapshot, component: &ComponentStatus) -> String {
    component::page(page, snapshot, component)
}

/// `/components/{slug}/7d`: a component over a range of time.
pub fn range_page(page: &PageContext, component: &ComponentStatus, view: &RangeView) -> String {
    range::page(page, component, view)
}

/// `/history/2026-11/report`: what a month was like, for printing.
pub fn report_page(page: &PageContext, snapshot: &Snapshot, report: &MonthReport) -> String {
    report::page(page, snapshot, report)
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

/// `/subscribe`: the form, or that there is none. `problem` says why what was `typed` was not taken.
pub fn subscribe_page(
    page: &PageContext,
    snapshot: &Snapshot,
    offer: Offer,
    typed: &Typed,
    problem: Option<&str>,
) -> String {
    subscribe::form(page, snapshot, offer, typed, problem)
}

/// After the form: what comes next, the same for everybody.
pub fn subscribe_asked_page(page: &PageContext, offer: Offer) -> String {
    subscribe::asked(page, offer)
}

/// `/subscriptions/{token}`; forms post to `place`.
pub fn subscription_page(page: &PageContext, snapshot: &Snapshot, subscription: &Subscription, place: &str) -> String {
    subscribe::one(page, snapshot, subscription, place)
}

/// After a subscription has ended.
pub fn subscription_ended_page(page: &PageContext, refused: bool) -> String {
    subscribe::ended(page, refused)
}

/// `/causes`: the manual's contents by family.
pub fn causes_page(page: &PageContext, causes: &[&CauseText]) -> String {
    causes::all(&page.in_english(), causes)
}

/// `/causes/{id}`; `causes` gives the look-alikes' titles.
pub fn cause_page(page: &PageContext, cause: &CauseText, causes: &[&CauseText]) -> String {
    causes::one(&page.in_english(), cause, causes)
}

/// A page for a status that is not 200. `message` says more than the status' usual sentence, in the page's language.
pub fn error_page(page: &PageContext, status: u16, message: Option<&str>) -> String {
    error::page(page, status, message)
}
