//! A small backend with one admin, and the pages mounted over it as the server mounts them.

#![expect(clippy::unwrap_used, reason = "a test helper: a panic is its way to fail")]

use crate::fixture::{DOWN, NOW, WRONG_PORT, incident, monitor, run, sample, snapshot};
use app::backend::{
    AlertView, Backend, ComponentView, Draft, EditIncident, EditUpdate, EvidenceView, MonitorView, NewIncident,
    NewPostmortem, NewUpdate, Password, PasteView, Restarted, RunSummary, SessionKey, StartRun, SubscriptionsView,
    UnitView,
};
use app::context::{AssetPaths, RequestContext};
use app::model::incident::Revision;
use app::model::{
    ActionError, Admin, At, CauseText, ComponentSlug, Incident, IncidentId, Phase, Run, RunId, RunState, Snapshot,
    State, Step, UpdateId, Viewer,
};
use axum::body::Body;
use axum::http::{Request, Response, header};
use http_body_util::BodyExt as _;
use leptos::prelude::{LeptosOptions, provide_context};
use std::sync::{Arc, Mutex};

/// The session of the one admin.
pub(crate) const KEY: &str = "admin-session";

/// Remembers drafts and what it was asked to do.
#[derive(Default)]
pub(crate) struct Office {
    pub(crate) drafts: Mutex<Vec<Draft>>,
    pub(crate) asked: Mutex<Vec<String>>,
    pub(crate) running: bool,
    pub(crate) conflict: bool,
}

impl Office {
    fn admit(session: &SessionKey) -> Result<(), ActionError> {
        if session.expose() == KEY { Ok(()) } else { Err(ActionError::SignInNeeded) }
    }

    fn note(&self, session: &SessionKey, what: String) -> Result<(), ActionError> {
        Self::admit(session)?;
        if self.conflict {
            return Err(ActionError::Conflict);
        }
        self.asked.lock().unwrap().push(what);
        Ok(())
    }
}

fn row(slug_and_state: (&str, State)) -> ComponentView {
    let (mut component, monitor) = monitor();
    component.slug = crate::fixture::slug(slug_and_state.0);
    component.name = slug_and_state.0.replace('-', " ");
    let failing = slug_and_state.1 == State::Outage;
    let mut last = sample();
    if !failing {
        last.fault = None;
        last.class = app::model::Class::Up;
        last.status = Some(200);
    }
    let view = MonitorView {
        monitor,
        state: slug_and_state.1,
        since: Some(At(NOW.0 - 1_020_000)),
        last: Some(last),
        seen: None,
        unstable: None,
    };
    ComponentView { component, state: slug_and_state.1, since: Some(At(NOW.0 - 1_020_000)), monitors: vec![view] }
}

#[async_trait::async_trait]
impl Backend for Office {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(snapshot())
    }

    fn causes(&self) -> Vec<&'static CauseText> {
        vec![&DOWN, &WRONG_PORT]
    }

    fn now(&self) -> At {
        NOW
    }

    async fn viewer(&self, session: &SessionKey) -> Viewer {
        match Self::admit(session) {
            Ok(()) => Viewer::Admin(Admin { id: "u1".parse().unwrap(), name: "Ada".to_owned() }),
            Err(_) => Viewer::Guest,
        }
    }

    async fn setup_open(&self, token: &str) -> bool {
        token == "fresh"
    }

    async fn operate(&self, session: &SessionKey) -> Result<Vec<ComponentView>, ActionError> {
        Self::admit(session)?;
        Ok(vec![
            row(("web-shop", State::Outage)),
            row(("help-centre", State::Operational)),
            row(("mail", State::Unknown)),
        ])
    }

    async fn evidence(&self, session: &SessionKey, slug: &ComponentSlug) -> Result<EvidenceView, ActionError> {
        Self::admit(session)?;
        if slug.as_str() != "web-shop" {
            return Err(ActionError::NotFound { what: "component".to_owned() });
        }
        let view = row(("web-shop", State::Outage));
        let seen = crate::fixture::seen();
        let monitors = vec![(view.monitors[0].monitor.clone(), vec![seen.clone()])];
        Ok(EvidenceView { component: view.component, monitors, fresh: Some(seen) })
    }

    async fn incidents(&self, session: &SessionKey) -> Result<Vec<Incident>, ActionError> {
        Self::admit(session)?;
        Ok(vec![
            incident("i1", "Orders fail with 502", Phase::Identified),
            incident("i0", "Slow search results", Phase::Resolved),
        ])
    }

    async fn incident(&self, session: &SessionKey, id: &IncidentId) -> Result<(Incident, Vec<Revision>), ActionError> {
        Self::admit(session)?;
        if id.as_str() != "i1" {
            return Err(ActionError::NotFound { what: "incident".to_owned() });
        }
        let earlier = Revision {
            replaced_at: At(NOW.0 - 600_000),
            by: "Ada".to_owned(),
            update: Some("u1".parse().unwrap()),
            text: "Orders fial.".to_owned(),
        };
        Ok((incident("i1", "Orders fail with 502", Phase::Identified), vec![earlier]))
    }

    async fn draft(&self, session: &SessionKey, id: &str) -> Result<Option<Draft>, ActionError> {
        Self::admit(session)?;
        let drafts = self.drafts.lock().unwrap();
        Ok(id.parse::<usize>().ok().and_then(|index| drafts.get(index).cloned()))
    }

    fn preview(&self, markdown: &str) -> String {
        format!("<p>{}</p>", markdown.replace('&', "&amp;").replace('<', "&lt;"))
    }

    async fn run(&self, session: &SessionKey, id: &RunId) -> Result<Run, ActionError> {
        Self::admit(session)?;
        if id.as_str() != "r1" {
            return Err(ActionError::NotFound { what: "run".to_owned() });
        }
        Ok(run(if self.running { RunState::Running } else { RunState::Finished }))
    }

    async fn pastes(&self, session: &SessionKey, _: &RunId) -> Result<Vec<PasteView>, ActionError> {
        Self::admit(session)?;
        Ok(vec![PasteView {
            step: Step::Dns,
            at: NOW,
            told: "Read as the output of dig: 1 fact".to_owned(),
            text: "; <<>> DiG <script>alert(1)</script>".to_owned(),
        }])
    }

    async fn paste(&self, session: &SessionKey, run: &RunId, step: Step, text: &str) -> Result<(), ActionError> {
        if text == "too much" {
            return Err(ActionError::Invalid { field: "Output".to_owned(), problem: "it is too large".to_owned() });
        }
        self.note(session, format!("paste {run} {step} {text}")).map(drop)
    }

    async fn runs(&self, session: &SessionKey) -> Result<Vec<RunSummary>, ActionError> {
        Self::admit(session)?;
        let run = run(RunState::Finished);
        Ok(vec![RunSummary {
            id: run.id,
            url: run.url,
            started_at: NOW,
            title: run.verdict.map(|verdict| verdict.title),
        }])
    }

    async fn subscriptions(&self, session: &SessionKey) -> Result<Option<SubscriptionsView>, ActionError> {
        Self::admit(session)?;
        let problem = Some("the mail server answered: 451 try later".to_owned());
        let oldest = Some(At(NOW.0 - 300_000));
        Ok(Some(SubscriptionsView { confirmed: 12, pending: 3, waiting: 1, oldest, problem }))
    }

    async fn alerts(&self, session: &SessionKey) -> Result<Vec<AlertView>, ActionError> {
        Self::admit(session)?;
        let view = |id: &str, target: &str| AlertView {
            id: id.parse().unwrap(),
            target: target.to_owned(),
            waiting: 0,
            oldest: None,
            problem: None,
            last_sent: Some(At(NOW.0 - 3_600_000)),
            given_up: 0,
        };
        let stuck = AlertView {
            waiting: 2,
            oldest: Some(At(NOW.0 - 600_000)),
            problem: Some("hooks.example.com at port 443: <refused>".to_owned()),
            ..view("chat", "webhook at hooks.example.com")
        };
        Ok(vec![view("on-call", "e-mail to ops@example.com"), stuck])
    }

    async fn units(&self, session: &SessionKey) -> Result<Vec<UnitView>, ActionError> {
        Self::admit(session)?;
        Ok(vec![
            UnitView { name: "nginx.service".to_owned(), state: Some("active (running)".to_owned()), obstacle: None },
            UnitView {
                name: "shop.service".to_owned(),
                state: None,
                obstacle: Some("systemd cannot be asked on this host.".to_owned()),
            },
        ])
    }

    async fn set_up(&self, _: &str, _: &str, _: &Password) -> Result<SessionKey, ActionError> {
        Ok(SessionKey::new(KEY.to_owned()))
    }

    async fn sign_in(&self, name: &str, password: &Password, _: &str) -> Result<SessionKey, ActionError> {
        if (name, password.expose()) == ("ada", "right") {
            Ok(SessionKey::new(KEY.to_owned()))
        } else {
            Err(ActionError::WrongCredentials)
        }
    }

    async fn sign_out(&self, _: &SessionKey) -> Result<(), ActionError> {
        Ok(())
    }

    async fn keep_draft(&self, session: &SessionKey, draft: Draft) -> Result<String, ActionError> {
        Self::admit(session)?;
        let mut drafts = self.drafts.lock().unwrap();
        drafts.push(draft);
        Ok((drafts.len() - 1).to_string())
    }

    async fn open_incident(&self, session: &SessionKey, new: NewIncident) -> Result<IncidentId, ActionError> {
        self.note(session, format!("{new:?}"))?;
        Ok("i1".parse().unwrap())
    }

    async fn edit_incident(&self, session: &SessionKey, edit: EditIncident) -> Result<(), ActionError> {
        self.note(session, format!("{edit:?}"))
    }

    async fn withdraw_incident(
        &self,
        session: &SessionKey,
        id: &IncidentId,
        version: i64,
        withdrawn: bool,
    ) -> Result<(), ActionError> {
        self.note(session, format!("withdraw {id} {version} {withdrawn}"))
    }

    async fn add_update(&self, session: &SessionKey, new: NewUpdate) -> Result<UpdateId, ActionError> {
        self.note(session, format!("{new:?}"))?;
        Ok("u9".parse().unwrap())
    }

    async fn add_postmortem(&self, session: &SessionKey, new: NewPostmortem) -> Result<UpdateId, ActionError> {
        self.note(session, format!("{new:?}"))?;
        Ok("u9".parse().unwrap())
    }

    async fn edit_update(&self, session: &SessionKey, edit: EditUpdate) -> Result<(), ActionError> {
        self.note(session, format!("{edit:?}"))
    }

    async fn withdraw_update(
        &self,
        session: &SessionKey,
        incident: &IncidentId,
        update: &UpdateId,
        version: i64,
        withdrawn: bool,
    ) -> Result<(), ActionError> {
        self.note(session, format!("withdraw {incident} {update} {version} {withdrawn}"))
    }

    async fn probe_now(&self, session: &SessionKey, component: &ComponentSlug) -> Result<(), ActionError> {
        self.note(session, format!("probe {component}"))
    }

    async fn start_run(&self, session: &SessionKey, start: StartRun) -> Result<RunId, ActionError> {
        if start.url == "http://10.0.0.1/" {
            return Err(ActionError::Refused {
                reason: "10.0.0.1 is private; add it to [net] allow_private".to_owned(),
            });
        }
        self.note(session, format!("{start:?}"))?;
        Ok("r1".parse().unwrap())
    }

    async fn restart_unit(
        &self,
        session: &SessionKey,
        unit: &str,
        typed: &str,
        password: &Password,
    ) -> Result<Restarted, ActionError> {
        if password.expose() != "right" {
            return Err(ActionError::WrongCredentials);
        }
        self.note(session, format!("restart {unit} {typed}"))?;
        Ok(Restarted { unit: unit.to_owned(), before: "failed".to_owned(), after: "active (running)".to_owned() })
    }
}

fn context(path: &str, secure: bool) -> RequestContext {
    let assets = AssetPaths {
        css: "/assets/main.css".to_owned(),
        live_js: "/assets/live.js".to_owned(),
        islands_js: "/assets/islands.js".to_owned(),
        wasm_js: "/assets/gatewatch.js".to_owned(),
        wasm: "/assets/gatewatch_bg.wasm".to_owned(),
    };
    RequestContext { path_and_query: path.to_owned(), client: "192.0.2.1".to_owned(), assets, secure }
}

fn provider(office: &Arc<Office>, path: &str, session: &str) -> impl Fn() + Clone + Send + Sync + 'static {
    let office: Arc<dyn Backend> = office.clone();
    let (context, key) = (context(path, false), SessionKey::new(session.to_owned()));
    move || {
        provide_context(office.clone());
        provide_context(key.clone());
        provide_context(context.clone());
    }
}

/// One page as a browser with that session gets it.
pub(crate) async fn get(office: &Arc<Office>, path: &str, session: &str) -> Response<String> {
    let provide = provider(office, path, session);
    let context = context(path, false);
    let options = LeptosOptions::builder().output_name("gatewatch").build();
    let request = Request::get(path).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
    text(app::respond(options, context, provide, request).await).await
}

/// One form as a browser with that session posts it.
pub(crate) async fn post(office: &Arc<Office>, action: &str, session: &str, form: &str) -> Response<String> {
    use axum::response::IntoResponse as _;
    let provide = provider(office, action, session);
    let request = Request::post(action)
        .header(header::ACCEPT, "text/html,application/xhtml+xml")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::REFERER, "http://localhost/operate")
        .body(Body::from(form.to_owned()))
        .unwrap();
    text(leptos_axum::handle_server_fns_with_context(provide, request).await.into_response()).await
}

async fn text(response: Response<Body>) -> Response<String> {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Response::from_parts(parts, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Where a redirect leads.
pub(crate) fn place(response: &Response<String>) -> &str {
    response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok()).unwrap_or_default()
}
