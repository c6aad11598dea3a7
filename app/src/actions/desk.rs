//! Probing, diagnosing and restarting.

#![expect(missing_docs, reason = "the fields that `server` makes are the parameters, named in each form")]

use super::{Form, see_other, sign_in_path};
use crate::backend::Password;
use crate::context::{backend, session};
use crate::model::{ActionError, RunId};
use leptos::prelude::*;

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
) -> Result<(), ActionError> {
    let slug = component.parse().ok();
    let place = match &slug {
        Some(slug) => format!("/wizard?component={slug}"),
        None => "/wizard".to_owned(),
    };
    let form = Form::new("start-run", place).with("url", &url).with("component", &component).with("method", &method);
    let method = Some(method.trim().to_uppercase()).filter(|method| !method.is_empty() && method != "GET");
    let start = crate::backend::StartRun { url: url.trim().to_owned(), component: slug, method };
    match backend().start_run(&session(), start).await {
        Ok(id) => see_other(&format!("/runs/{id}")),
        Err(error) => form.keep(Some(error)).await,
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
