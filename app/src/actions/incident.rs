//! Writing incidents and their updates.

#![expect(missing_docs, reason = "the fields that `server` makes are the parameters, named in each form")]

use super::{Form, see_other};
use crate::backend::{EditIncident, EditUpdate, NewIncident, NewPostmortem, NewUpdate};
use crate::context::{backend, session};
use crate::format;
use crate::model::{ActionError, At, ComponentSlug, Impact, IncidentId, Phase, UpdateId};
use leptos::prelude::*;
use std::str::FromStr;

/// A field in the model's type.
fn field<T: FromStr>(label: &str, text: &str) -> Result<T, ActionError> {
    text.parse().map_err(|_| invalid(label, "this is not one of the choices."))
}

fn invalid(label: &str, problem: &str) -> ActionError {
    ActionError::Invalid { field: label.to_owned(), problem: problem.to_owned() }
}

fn slugs(texts: &[String]) -> Result<Vec<ComponentSlug>, ActionError> {
    texts.iter().map(|text| field("Affected components", text)).collect()
}

/// A time as typed; `None` where the field is empty.
fn time(text: &str) -> Result<Option<At>, ActionError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let problem = "write it as 2026-11-22 18:04 (UTC), or leave it empty for now.";
    format::parse_field(text).map(Some).ok_or_else(|| invalid("Began", problem))
}

/// Opens an incident; `intent` is `preview` to look at the text first.
#[server(prefix = "/actions", endpoint = "open-incident")]
pub async fn open_incident(
    title: String,
    impact: String,
    phase: String,
    body: String,
    #[server(default)] components: Vec<String>,
    #[server(default)] started_at: String,
    #[server(default)] intent: String,
) -> Result<(), ActionError> {
    let form = Form::new("open-incident", "/operate/incidents/new")
        .with("title", &title)
        .with("impact", &impact)
        .with("phase", &phase)
        .with("body", &body)
        .with_all("components[]", &components)
        .with("started_at", &started_at);
    if intent == "preview" {
        form.keep(None).await;
        return Ok(());
    }
    let opened = async {
        let new = NewIncident {
            title: title.trim().to_owned(),
            impact: field::<Impact>("Impact", &impact)?,
            phase: field::<Phase>("State", &phase)?,
            body: body.clone(),
            components: slugs(&components)?,
            started_at: time(&started_at)?,
        };
        backend().open_incident(&session(), new).await
    };
    match opened.await {
        Ok(id) => see_other(&format!("/operate/incidents/{id}")),
        Err(error) => form.keep(Some(error)).await,
    }
    Ok(())
}

/// Changes an incident's title, impact, components or start.
#[server(prefix = "/actions", endpoint = "change-incident")]
pub async fn change_incident(
    id: String,
    version: i64,
    title: String,
    impact: String,
    #[server(default)] components: Vec<String>,
    started_at: String,
) -> Result<(), ActionError> {
    let place = incident_place(&id)?;
    let form = Form::new(format!("change-incident:{id}"), format!("{place}#head"))
        .with("title", &title)
        .with("impact", &impact)
        .with_all("components[]", &components)
        .with("started_at", &started_at);
    let changed = async {
        let edit = EditIncident {
            id: field("Incident", &id)?,
            version,
            title: title.trim().to_owned(),
            impact: field::<Impact>("Impact", &impact)?,
            components: slugs(&components)?,
            started_at: time(&started_at)?.ok_or_else(|| invalid("Began", "say when it began."))?,
        };
        backend().edit_incident(&session(), edit).await
    };
    match changed.await {
        Ok(()) => see_other(&place),
        Err(error) => form.keep(Some(error)).await,
    }
    Ok(())
}

/// Adds an update; `intent` is `preview` to look at the text first.
#[server(prefix = "/actions", endpoint = "add-update")]
pub async fn add_update(
    incident: String,
    version: i64,
    phase: String,
    body: String,
    #[server(default)] intent: String,
) -> Result<(), ActionError> {
    let place = incident_place(&incident)?;
    let form =
        Form::new(format!("add-update:{incident}"), format!("{place}#add")).with("phase", &phase).with("body", &body);
    if intent == "preview" {
        form.keep(None).await;
        return Ok(());
    }
    let added = async {
        let new = NewUpdate {
            incident: field("Incident", &incident)?,
            version,
            phase: field::<Phase>("State", &phase)?,
            body: body.clone(),
        };
        backend().add_update(&session(), new).await
    };
    match added.await {
        Ok(_) => see_other(&place),
        Err(error) => form.keep(Some(error)).await,
    }
    Ok(())
}

/// Adds the look back to an incident that is over; `intent` is `preview` to look at the text first.
#[server(prefix = "/actions", endpoint = "write-postmortem")]
pub async fn write_postmortem(
    incident: String,
    version: i64,
    body: String,
    #[server(default)] intent: String,
) -> Result<(), ActionError> {
    let place = incident_place(&incident)?;
    let form = Form::new(format!("write-postmortem:{incident}"), format!("{place}#look-back")).with("body", &body);
    if intent == "preview" {
        form.keep(None).await;
        return Ok(());
    }
    let written = async {
        let new = NewPostmortem { incident: field("Incident", &incident)?, version, body: body.clone() };
        backend().add_postmortem(&session(), new).await
    };
    match written.await {
        Ok(update) => see_other(&format!("{place}#update-{update}")),
        Err(error) => form.keep(Some(error)).await,
    }
    Ok(())
}

/// Changes an update's text or phase; `intent` is `preview` to look at the text first.
#[server(prefix = "/actions", endpoint = "change-update")]
pub async fn change_update(
    incident: String,
    update: String,
    version: i64,
    phase: String,
    body: String,
    #[server(default)] intent: String,
) -> Result<(), ActionError> {
    let place = incident_place(&incident)?;
    let update: UpdateId = field("Update", &update)?;
    let form = Form::new(format!("change-update:{update}"), format!("{place}#update-{update}"))
        .with("phase", &phase)
        .with("body", &body);
    if intent == "preview" {
        form.keep(None).await;
        return Ok(());
    }
    let changed = async {
        let edit = EditUpdate {
            incident: field("Incident", &incident)?,
            update: update.clone(),
            version,
            phase: field::<Phase>("State", &phase)?,
            body: body.clone(),
        };
        backend().edit_update(&session(), edit).await
    };
    match changed.await {
        Ok(()) => see_other(&format!("{place}#update-{update}")),
        Err(error) => form.keep(Some(error)).await,
    }
    Ok(())
}

/// Takes an incident off the public pages, or shows it again.
#[server(prefix = "/actions", endpoint = "withdraw-incident")]
pub async fn withdraw_incident(id: String, version: i64, withdrawn: bool) -> Result<(), ActionError> {
    let place = incident_place(&id)?;
    let id: IncidentId = field("Incident", &id)?;
    match backend().withdraw_incident(&session(), &id, version, withdrawn).await {
        Ok(()) => see_other(&place),
        Err(error) => Form::new("problem", place).keep(Some(error)).await,
    }
    Ok(())
}

/// Takes an update off the public pages, or shows it again.
#[server(prefix = "/actions", endpoint = "withdraw-update")]
pub async fn withdraw_update(
    incident: String,
    update: String,
    version: i64,
    withdrawn: bool,
) -> Result<(), ActionError> {
    let place = incident_place(&incident)?;
    let incident: IncidentId = field("Incident", &incident)?;
    let update: UpdateId = field("Update", &update)?;
    match backend().withdraw_update(&session(), &incident, &update, version, withdrawn).await {
        Ok(()) => see_other(&format!("{place}#update-{update}")),
        Err(error) => Form::new("problem", place).keep(Some(error)).await,
    }
    Ok(())
}

/// Where an incident is edited.
fn incident_place(id: &str) -> Result<String, ActionError> {
    let id: IncidentId = field("Incident", id)?;
    Ok(format!("/operate/incidents/{id}"))
}
