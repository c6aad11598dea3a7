//! The server behind the pages: authorise, call, map errors. No rules here and no SQL.

mod errors;

use crate::auth::AdminProof;
use crate::config::AlertConfig;
use crate::state::{Gatewatch, failing_since};
use crate::storage::SubscriptionCounts;
use crate::{clock, diagnose, markdown};
use app::backend::{
    AlertView, Backend, ComponentView, Draft, EditIncident, EditUpdate, EvidenceView, NewIncident, NewPostmortem,
    NewUpdate, Password, PasteView, Restarted, RunSummary, SessionKey, StartRun, SubscriptionsView, UnitView,
};
use app::model::incident::Revision;
use app::model::{
    ActionError, At, CauseText, ComponentSlug, Incident, IncidentId, Run, RunId, Seen, Snapshot, Step, UpdateId,
    Viewer, evidence,
};
use async_trait::async_trait;
use errors::{from_auth, from_storage};
use std::sync::Arc;

/// Incidents listed on `/operate`.
const MAX_INCIDENTS: u32 = 100;
/// Runs listed on `/wizard`.
const MAX_RUNS: u32 = 50;

/// The running server as pages see it.
pub fn of(app: Arc<Gatewatch>) -> Arc<dyn Backend> {
    Arc::new(Served(app))
}

/// [`Gatewatch`] behind the trait; a type of its own, because runs need the shared pointer itself.
struct Served(Arc<Gatewatch>);

impl Served {
    async fn admin(&self, session: &SessionKey) -> Result<AdminProof, ActionError> {
        self.0.admin(session).await
    }

    /// After a change of incidents: the page follows before the admin's browser is sent back to it.
    async fn published(&self) {
        self.0.board.incidents_changed().await;
    }
}

#[async_trait]
impl Backend for Served {
    fn snapshot(&self) -> Arc<Snapshot> {
        self.0.board.snapshot.borrow().clone()
    }

    fn causes(&self) -> Vec<&'static CauseText> {
        diagnose::causes::CAUSES.iter().map(|cause| &cause.text).collect()
    }

    fn now(&self) -> At {
        clock::now()
    }

    async fn viewer(&self, session: &SessionKey) -> Viewer {
        match self.admin(session).await {
            Ok(proof) => Viewer::Admin(proof.admin().clone()),
            Err(_) => Viewer::Guest,
        }
    }

    async fn setup_open(&self, token: &str) -> bool {
        self.0.auth.setup_open(token, clock::now()).await
    }

    async fn operate(&self, session: &SessionKey) -> Result<Vec<ComponentView>, ActionError> {
        self.admin(session).await?;
        let mut components = self.0.board.operate();
        for view in components.iter_mut().flat_map(|component| &mut component.monitors) {
            view.seen = self.0.scheduler.seen(&view.monitor.id);
        }
        Ok(components)
    }

    async fn evidence(&self, session: &SessionKey, slug: &ComponentSlug) -> Result<EvidenceView, ActionError> {
        self.admin(session).await?;
        let found = self.0.board.operate().into_iter().find(|view| view.component.slug == *slug);
        let view = found.ok_or_else(|| ActionError::NotFound { what: "component".to_owned() })?;
        let (now, mut monitors, mut fresh) = (clock::now(), Vec::new(), Vec::<Seen>::new());
        for one in view.monitors {
            let seen = self.0.storage.evidence(&one.monitor.id).await;
            let seen = seen.map_err(|error| from_storage("reading evidence", error))?;
            fresh.extend(evidence::fresh(&seen, failing_since(&one), now).cloned());
            monitors.push((one.monitor, seen));
        }
        let fresh = fresh.into_iter().max_by_key(|seen| (seen.state.severity(), seen.last_at));
        Ok(EvidenceView { component: view.component, monitors, fresh })
    }

    async fn incidents(&self, session: &SessionKey) -> Result<Vec<Incident>, ActionError> {
        self.admin(session).await?;
        self.0.storage.incidents(MAX_INCIDENTS).await.map_err(|error| from_storage("listing incidents", error))
    }

    async fn incident(&self, session: &SessionKey, id: &IncidentId) -> Result<(Incident, Vec<Revision>), ActionError> {
        self.admin(session).await?;
        let found = self.0.storage.incident(id).await.map_err(|error| from_storage("reading an incident", error))?;
        let incident = found.ok_or_else(|| ActionError::NotFound { what: "incident".to_owned() })?;
        let revisions = self.0.storage.revisions(id).await;
        Ok((incident, revisions.map_err(|error| from_storage("reading earlier texts", error))?))
    }

    async fn draft(&self, session: &SessionKey, id: &str) -> Result<Option<Draft>, ActionError> {
        let proof = self.admin(session).await?;
        let draft = self.0.storage.draft(proof.owner(), id).await;
        draft.map_err(|error| from_storage("reading a kept form", error))
    }

    fn preview(&self, markdown: &str) -> String {
        markdown::render(markdown)
    }

    async fn run(&self, session: &SessionKey, id: &RunId) -> Result<Run, ActionError> {
        self.admin(session).await?;
        self.0.run(id).await
    }

    async fn runs(&self, session: &SessionKey) -> Result<Vec<RunSummary>, ActionError> {
        self.admin(session).await?;
        self.0.storage.runs(MAX_RUNS).await.map_err(|error| from_storage("listing runs", error))
    }

    async fn pastes(&self, session: &SessionKey, run: &RunId) -> Result<Vec<PasteView>, ActionError> {
        self.admin(session).await?;
        self.0.storage.pastes(run).await.map_err(|error| from_storage("reading pasted texts", error))
    }

    async fn alerts(&self, session: &SessionKey) -> Result<Vec<AlertView>, ActionError> {
        self.admin(session).await?;
        let live = self.0.live();
        let states = self.0.storage.listener_states().await;
        let states = states.map_err(|error| from_storage("reading the outbox", error))?;
        let view = |alert: &AlertConfig| {
            let state = states.iter().find(|state| state.listener == alert.id);
            AlertView {
                id: alert.id.clone(),
                target: alert.target(),
                waiting: state.map_or(0, |state| state.waiting),
                oldest: state.and_then(|state| state.oldest),
                problem: state.and_then(|state| state.problem.clone()),
                last_sent: state.and_then(|state| state.last_sent),
                given_up: state.map_or(0, |state| state.given_up),
            }
        };
        Ok(live.config.alerts.iter().map(view).collect())
    }

    async fn subscriptions(&self, session: &SessionKey) -> Result<Option<SubscriptionsView>, ActionError> {
        self.admin(session).await?;
        if self.0.live().config.subscriptions.is_none() {
            return Ok(None);
        }
        let counts = self.0.storage.subscription_counts().await;
        let counts = counts.map_err(|error| from_storage("counting subscriptions", error))?;
        let SubscriptionCounts { confirmed, pending, waiting, oldest, problem } = counts;
        Ok(Some(SubscriptionsView { confirmed, pending, waiting, oldest, problem }))
    }

    async fn units(&self, session: &SessionKey) -> Result<Vec<UnitView>, ActionError> {
        self.admin(session).await?;
        Ok(self.0.units().await)
    }

    async fn set_up(&self, token: &str, name: &str, password: &Password) -> Result<SessionKey, ActionError> {
        let key = self.0.auth.set_up(token, name, password, clock::now()).await;
        key.map_err(|error| from_auth("creating the first account", error))
    }

    async fn sign_in(&self, name: &str, password: &Password, client: &str) -> Result<SessionKey, ActionError> {
        let key = self.0.auth.sign_in(name, password, client, clock::now()).await;
        key.map_err(|error| from_auth("signing in", error))
    }

    async fn sign_out(&self, session: &SessionKey) -> Result<(), ActionError> {
        self.0.auth.sign_out(session).await.map_err(|error| from_auth("signing out", error))
    }

    async fn keep_draft(&self, session: &SessionKey, draft: Draft) -> Result<String, ActionError> {
        let proof = self.admin(session).await?;
        let kept = self.0.storage.keep_draft(proof.owner(), draft, clock::now()).await;
        kept.map_err(|error| from_storage("keeping a form", error))
    }

    async fn open_incident(&self, session: &SessionKey, new: NewIncident) -> Result<IncidentId, ActionError> {
        let proof = self.admin(session).await?;
        self.known(&new.components)?;
        let opened = self.0.storage.open_incident(new, proof.admin(), clock::now()).await;
        let id = opened.map_err(|error| from_storage("opening an incident", error))?;
        self.published().await;
        Ok(id)
    }

    async fn edit_incident(&self, session: &SessionKey, edit: EditIncident) -> Result<(), ActionError> {
        let proof = self.admin(session).await?;
        self.known(&edit.components)?;
        let edited = self.0.storage.edit_incident(edit, proof.admin(), clock::now()).await;
        edited.map_err(|error| from_storage("changing an incident", error))?;
        self.published().await;
        Ok(())
    }

    async fn withdraw_incident(
        &self,
        session: &SessionKey,
        id: &IncidentId,
        version: i64,
        withdrawn: bool,
    ) -> Result<(), ActionError> {
        let proof = self.admin(session).await?;
        let done = self.0.storage.withdraw_incident(id, version, withdrawn, proof.admin(), clock::now()).await;
        done.map_err(|error| from_storage("withdrawing an incident", error))?;
        self.published().await;
        Ok(())
    }

    async fn add_update(&self, session: &SessionKey, new: NewUpdate) -> Result<UpdateId, ActionError> {
        let proof = self.admin(session).await?;
        let added = self.0.storage.add_update(new, proof.admin(), clock::now()).await;
        let id = added.map_err(|error| from_storage("adding an update", error))?;
        self.published().await;
        Ok(id)
    }

    async fn add_postmortem(&self, session: &SessionKey, new: NewPostmortem) -> Result<UpdateId, ActionError> {
        let proof = self.admin(session).await?;
        let added = self.0.storage.add_postmortem(new, proof.admin(), clock::now()).await;
        let id = added.map_err(|error| from_storage("writing a post-mortem", error))?;
        self.published().await;
        Ok(id)
    }

    async fn edit_update(&self, session: &SessionKey, edit: EditUpdate) -> Result<(), ActionError> {
        let proof = self.admin(session).await?;
        let edited = self.0.storage.edit_update(edit, proof.admin(), clock::now()).await;
        edited.map_err(|error| from_storage("changing an update", error))?;
        self.published().await;
        Ok(())
    }

    async fn withdraw_update(
        &self,
        session: &SessionKey,
        incident: &IncidentId,
        update: &UpdateId,
        version: i64,
        withdrawn: bool,
    ) -> Result<(), ActionError> {
        let proof = self.admin(session).await?;
        let storage = &self.0.storage;
        let done = storage.withdraw_update(incident, update, version, withdrawn, proof.admin(), clock::now()).await;
        done.map_err(|error| from_storage("withdrawing an update", error))?;
        self.published().await;
        Ok(())
    }

    async fn probe_now(&self, session: &SessionKey, component: &ComponentSlug) -> Result<(), ActionError> {
        self.admin(session).await?;
        self.0.probe_now(component).await
    }

    async fn start_run(&self, session: &SessionKey, start: StartRun) -> Result<RunId, ActionError> {
        let proof = self.admin(session).await?;
        self.0.start_run(&proof, start).await
    }

    async fn paste(&self, session: &SessionKey, run: &RunId, step: Step, text: &str) -> Result<(), ActionError> {
        let proof = self.admin(session).await?;
        self.0.paste(&proof, run, step, text).await
    }

    async fn restart_unit(
        &self,
        session: &SessionKey,
        unit: &str,
        typed: &str,
        password: &Password,
    ) -> Result<Restarted, ActionError> {
        let proof = self.admin(session).await?;
        self.0.restart_unit(&proof, unit, typed, password).await
    }
}

impl Served {
    /// An incident may name only components that there are.
    fn known(&self, slugs: &[ComponentSlug]) -> Result<(), ActionError> {
        let live = self.0.live();
        match slugs.iter().find(|slug| live.config.component(slug).is_none()) {
            None => Ok(()),
            Some(slug) => Err(ActionError::Invalid {
                field: "Components".to_owned(),
                problem: format!("there is no component `{slug}`"),
            }),
        }
    }
}
