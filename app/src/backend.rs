//! What pages and actions may ask of the server: one trait, so that `app` never names a socket,
//! a database or a clock, and so that pages can be tested with a small one of their own.
//!
//! Reading methods that take no session answer only what anonymous visitors may see. Every other
//! method takes the [`SessionKey`] of the request; the server turns it into an admin or refuses.

use crate::model::{
    ActionError, AlertId, At, CauseText, Component, ComponentSlug, Impact, Incident, IncidentId, Monitor, Phase, Run,
    RunId, Sample, Seen, Snapshot, State, Step, UpdateId, Viewer, incident::Revision,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The opaque session token of a request, as the cookie held it; empty for guests. It has no
/// `Display` and its `Debug` shows nothing, so that it cannot reach a log or a page.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SessionKey(String);

impl SessionKey {
    /// Wraps a cookie's value.
    pub fn new(token: String) -> Self {
        Self(token)
    }

    /// The token itself, for the session store only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(***)")
    }
}

/// A password on its way to the verifier; shown nowhere.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// Wraps a form field.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The password itself, for hashing and verifying only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(***)")
    }
}

/// A monitor as admins see it on `/operate`.
#[derive(Debug, Clone, PartialEq)]
pub struct MonitorView {
    /// What is watched.
    pub monitor: Monitor,
    /// Its own state now.
    pub state: State,
    /// Since when.
    pub since: Option<At>,
    /// Its last sample, with the fault's detail.
    pub last: Option<Sample>,
    /// What its last probe saw besides: a certificate, records, a greeting. It holds the peer's own text.
    pub seen: Option<String>,
    /// That it comes and goes, in words.
    pub unstable: Option<String>,
}

/// A component as admins see it on `/operate`, private ones included.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentView {
    /// Which.
    pub component: Component,
    /// Its state now.
    pub state: State,
    /// Since when.
    pub since: Option<At>,
    /// Its monitors.
    pub monitors: Vec<MonitorView>,
}

/// What was seen when a component's monitors changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceView {
    /// The component.
    pub component: Component,
    /// Its monitors with their evidence, the newest first.
    pub monitors: Vec<(Monitor, Vec<Seen>)>,
    /// What a run would start from.
    pub fresh: Option<Seen>,
}

/// How it goes with one way on which admins are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertView {
    /// Its id in the configuration.
    pub id: AlertId,
    /// Where its messages go, nothing secret: `e-mail to ops@example.com`.
    pub target: String,
    /// Messages that wait.
    pub waiting: u32,
    /// When the oldest of them was confirmed.
    pub oldest: Option<At>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
    /// When the last message left.
    pub last_sent: Option<At>,
    /// Messages of the last 30 days that were given up.
    pub given_up: u32,
}

/// How many visitors are told, and how their messages fare.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionsView {
    /// Confirmed subscriptions.
    pub confirmed: u32,
    /// Subscriptions that their owners have not confirmed yet.
    pub pending: u32,
    /// Messages that wait.
    pub waiting: u32,
    /// When the oldest of them was written.
    pub oldest: Option<At>,
    /// Why one of them did not leave.
    pub problem: Option<String>,
}

/// What the wizard may restart on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitView {
    /// Exact name, for example `nginx.service`.
    pub name: String,
    /// `active (running)` and the like; `None` where systemd cannot be asked.
    pub state: Option<String>,
    /// Why it cannot be restarted from here, with the command to copy instead.
    pub obstacle: Option<String>,
}

/// The result of a restart: what the unit said before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restarted {
    /// Exact name.
    pub unit: String,
    /// State before.
    pub before: String,
    /// State after.
    pub after: String,
}

/// A form's content that was not (yet) carried out, kept so that nothing typed is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Name of the form it belongs to, for example `edit-update:{id}`.
    pub form: String,
    /// Field names and values as typed; never passwords.
    pub fields: Vec<(String, String)>,
    /// Why it was not carried out; `None` for a preview.
    pub error: Option<ActionError>,
}

/// Opens an incident together with its first update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIncident {
    /// What visitors read first.
    pub title: String,
    /// How badly they are hit.
    pub impact: Impact,
    /// Where it stands.
    pub phase: Phase,
    /// Markdown of the first update.
    pub body: String,
    /// Affected components.
    pub components: Vec<ComponentSlug>,
    /// When it began; `None` for now.
    pub started_at: Option<At>,
}

/// New title, impact, components or start of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditIncident {
    /// Which.
    pub id: IncidentId,
    /// The version that the form was filled from.
    pub version: i64,
    /// What visitors read first.
    pub title: String,
    /// How badly they are hit.
    pub impact: Impact,
    /// Affected components.
    pub components: Vec<ComponentSlug>,
    /// When it began.
    pub started_at: At,
}

/// Adds an update to an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpdate {
    /// Which incident.
    pub incident: IncidentId,
    /// The incident's version that the form was filled from.
    pub version: i64,
    /// Where it stands now.
    pub phase: Phase,
    /// Markdown.
    pub body: String,
}

/// Adds the look back to an incident that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPostmortem {
    /// Which incident.
    pub incident: IncidentId,
    /// The incident's version that the form was filled from.
    pub version: i64,
    /// Markdown.
    pub body: String,
}

/// New text or phase of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditUpdate {
    /// Which incident.
    pub incident: IncidentId,
    /// Which update.
    pub update: UpdateId,
    /// The update's version that the form was filled from.
    pub version: i64,
    /// Where it stood.
    pub phase: Phase,
    /// Markdown.
    pub body: String,
}

/// Asks for a wizard run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StartRun {
    /// What to ask, as typed; empty when a component is named.
    pub url: String,
    /// The component it starts from.
    pub component: Option<ComponentSlug>,
    /// HTTP method; `GET` unless the admin named another.
    pub method: Option<String>,
    /// The run whose verdict is to be checked again; its URL and method then hold.
    pub again: Option<RunId>,
}

/// A text that an admin pasted into a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasteView {
    /// The step that it was pasted into.
    pub step: Step,
    /// When.
    pub at: At,
    /// What was read from it, or why nothing was.
    pub told: String,
    /// Its beginning.
    pub text: String,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// Its id.
    pub id: RunId,
    /// What was asked.
    pub url: String,
    /// When it began.
    pub started_at: At,
    /// The verdict's title, once there is one.
    pub title: Option<String>,
}

/// The server behind the pages.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    // --- reading, public -------------------------------------------------------------------

    /// The public state now; never waits.
    fn snapshot(&self) -> Arc<Snapshot>;
    /// The catalogue's texts, in its order.
    fn causes(&self) -> Vec<&'static CauseText>;
    /// The clock, so that pages can show ages.
    fn now(&self) -> At;

    // --- reading, admin --------------------------------------------------------------------

    /// Who asks.
    async fn viewer(&self, session: &SessionKey) -> Viewer;
    /// True while no account exists and this set-up token is valid.
    async fn setup_open(&self, token: &str) -> bool;
    /// All components, private ones included, with their monitors.
    async fn operate(&self, session: &SessionKey) -> Result<Vec<ComponentView>, ActionError>;
    /// What was seen when the state of a component's monitors changed.
    async fn evidence(&self, session: &SessionKey, component: &ComponentSlug) -> Result<EvidenceView, ActionError>;
    /// Incidents for `/operate`, newest first, withdrawn ones included; at most 100.
    async fn incidents(&self, session: &SessionKey) -> Result<Vec<Incident>, ActionError>;
    /// One incident with withdrawn updates and earlier texts.
    async fn incident(&self, session: &SessionKey, id: &IncidentId) -> Result<(Incident, Vec<Revision>), ActionError>;
    /// A kept form of this session.
    async fn draft(&self, session: &SessionKey, id: &str) -> Result<Option<Draft>, ActionError>;
    /// Markdown as the page would show it.
    fn preview(&self, markdown: &str) -> String;
    /// One run.
    async fn run(&self, session: &SessionKey, id: &RunId) -> Result<Run, ActionError>;
    /// What was pasted into a run, in order.
    async fn pastes(&self, session: &SessionKey, run: &RunId) -> Result<Vec<PasteView>, ActionError>;
    /// Recent runs, newest first; at most 50.
    async fn runs(&self, session: &SessionKey) -> Result<Vec<RunSummary>, ActionError>;
    /// The ways on which admins are told, in the order of the configuration.
    async fn alerts(&self, session: &SessionKey) -> Result<Vec<AlertView>, ActionError>;
    /// How visitors are told; `None` where they may not subscribe.
    async fn subscriptions(&self, session: &SessionKey) -> Result<Option<SubscriptionsView>, ActionError>;
    /// Units that the configuration lists, with their state.
    async fn units(&self, session: &SessionKey) -> Result<Vec<UnitView>, ActionError>;

    // --- changing --------------------------------------------------------------------------

    /// Creates the first account; answers the new session's token.
    async fn set_up(&self, token: &str, name: &str, password: &Password) -> Result<SessionKey, ActionError>;
    /// Answers the new session's token. `client` is the caller's network, for the throttle.
    async fn sign_in(&self, name: &str, password: &Password, client: &str) -> Result<SessionKey, ActionError>;
    /// Ends the session.
    async fn sign_out(&self, session: &SessionKey) -> Result<(), ActionError>;
    /// Keeps a form's content; answers the draft's id.
    async fn keep_draft(&self, session: &SessionKey, draft: Draft) -> Result<String, ActionError>;
    /// Opens an incident.
    async fn open_incident(&self, session: &SessionKey, new: NewIncident) -> Result<IncidentId, ActionError>;
    /// Changes an incident's head.
    async fn edit_incident(&self, session: &SessionKey, edit: EditIncident) -> Result<(), ActionError>;
    /// Withdraws an incident from the public, or shows it again.
    async fn withdraw_incident(
        &self,
        session: &SessionKey,
        id: &IncidentId,
        version: i64,
        withdrawn: bool,
    ) -> Result<(), ActionError>;
    /// Adds an update.
    async fn add_update(&self, session: &SessionKey, new: NewUpdate) -> Result<UpdateId, ActionError>;
    /// Adds the look back to an incident that is over; later changes are those of an update.
    async fn add_postmortem(&self, session: &SessionKey, new: NewPostmortem) -> Result<UpdateId, ActionError>;
    /// Changes an update; the earlier text is kept for admins.
    async fn edit_update(&self, session: &SessionKey, edit: EditUpdate) -> Result<(), ActionError>;
    /// Withdraws an update from the public, or shows it again.
    async fn withdraw_update(
        &self,
        session: &SessionKey,
        incident: &IncidentId,
        update: &UpdateId,
        version: i64,
        withdrawn: bool,
    ) -> Result<(), ActionError>;
    /// Probes a component's monitors at once, and waits for the result (bounded by their timeouts).
    async fn probe_now(&self, session: &SessionKey, component: &ComponentSlug) -> Result<(), ActionError>;
    /// Stores a run, starts it, and answers its id.
    async fn start_run(&self, session: &SessionKey, start: StartRun) -> Result<RunId, ActionError>;
    /// Reads pasted output of a command into a run that has ended, keeps the text, and concludes anew.
    async fn paste(&self, session: &SessionKey, run: &RunId, step: Step, text: &str) -> Result<(), ActionError>;
    /// Restarts a listed unit. `typed` must equal its exact name; the password is asked again.
    async fn restart_unit(
        &self,
        session: &SessionKey,
        unit: &str,
        typed: &str,
        password: &Password,
    ) -> Result<Restarted, ActionError>;
}
