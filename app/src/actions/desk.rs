//! Probing, diagnosing and restarting.

#![expect(missing_docs, reason = "the fields that `server` makes are the parameters, named in each form")]

use super::{Form, see_other, sign_in_path};
use crate::backend::Password;
use crate::context::{backend, session};
use crate::model::{ActionError, RunId, Step};
use leptos::prelude::*;

/// Characters of a refused text that its form comes back with.
const MAX_KEPT: usize = 30_000;

/// Probes a component's monitors at once.
#[server(prefix = "/actions", endpoint = "probe-now")]
pub async fn probe_now(component: String) -> Result<(), ActionError> {
    let form = Form::new("problem", "/operate");
    let probed = match component.parse() {
        Ok(slug) => backend().probe_now(&session(), &slug).await,
        Err(_) => Err(ActionError::NotFound { what: "component".to_owned() }),
    };
    match probed {
        Ok(()) => see_other(&format!("/operate?probed={component}#c-{component}")),
        Err(error) => form.keep(Some(error)).await,
    }
    Ok(())
}

/// Starts a run for a URL or a component.
#[server(prefix = "/actions", endpoint = "start-run")]
pub async fn start_run(
    #[server(default)] url: String,
    #[server(default)] component: String,
    #[server(default)] method: String,
    #[server(default)] again: String,
) -> Result<(), ActionError> {
    let slug = component.parse().ok();
    let again: Option<RunId> = again.parse().ok();
    let place = match (&slug, &again) {
        (Some(slug), _) => format!("/wizard?component={slug}"),
        (None, Some(run)) => format!("/runs/{run}"),
        (None, None) => "/wizard".to_owned(),
    };
    let form = Form::new("start-run", place).with("url", &url).with("component", &component).with("method", &method);
    let method = Some(method.trim().to_uppercase()).filter(|method| !method.is_empty() && method != "GET");
    let start = crate::backend::StartRun { url: url.trim().to_owned(), component: slug, method, again };
    match backend().start_run(&session(), start).await {
        Ok(id) => see_other(&format!("/runs/{id}")),
        Err(error) => form.keep(Some(error)).await,
    }
    Ok(())
}

/// Reads pasted output of a command into a step of a run.
#[server(prefix = "/actions", endpoint = "paste")]
pub async fn paste(
    #[server(default)] run: String,
    #[server(default)] step: String,
    #[server(default)] text: String,
) -> Result<(), ActionError> {
    let run = run.parse::<RunId>().ok();
    let step = Step::ALL.iter().copied().find(|one| one.as_str() == step);
    let place = match (&run, step) {
        (Some(run), Some(step)) => format!("/runs/{run}#paste-{step}"),
        (Some(run), None) => format!("/runs/{run}"),
        (None, _) => "/wizard".to_owned(),
    };
    let done = match (&run, step) {
        (Some(run), Some(step)) => backend().paste(&session(), run, step, &text).await,
        _ => Err(ActionError::NotFound { what: "run".to_owned() }),
    };
    match done {
        Ok(()) => see_other(&place),
        Err(error) => {
            // A text that is too large for a draft is too large for a run as well, and is said to be.
            let kept: String = text.chars().take(MAX_KEPT).collect();
            let name = step.map_or("paste".to_owned(), |step| format!("paste:{step}"));
            Form::new(name, &place).with("text", &kept).keep(Some(error)).await;
        }
    }
    Ok(())
}

/// Restarts a listed unit, and shows what it said before and after.
#[server(prefix = "/actions", endpoint = "restart-unit")]
pub async fn restart_unit(
    unit: String,
    typed: String,
    password: Password,
    #[server(default)] run: String,
) -> Result<(), ActionError> {
    let place = match run.parse::<RunId>() {
        Ok(id) => format!("/runs/{id}#restart"),
        Err(_) => "/operate".to_owned(),
    };
    let form = Form::new(format!("restart-unit:{unit}"), &place).with("typed", &typed);
    match backend().restart_unit(&session(), &unit, &typed, &password).await {
        Ok(done) => form.with("before", &done.before).with("after", &done.after).keep(None).await,
        Err(ActionError::SignInNeeded) => see_other(&sign_in_path(&place)),
        Err(error) => form.keep(Some(error)).await,
    }
    Ok(())
}
