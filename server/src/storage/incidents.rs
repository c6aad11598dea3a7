//! Incidents, written: each change checks the version it was based on, keeps the earlier text, leaves an audit
//! line, and waits for subscribers where it is a new note, all in one transaction.

mod read;

use super::codes::{get, parse};
use super::{Storage, StorageError, audit, subscriptions};
use crate::incidents as rules;
use app::backend::{EditIncident, EditUpdate, NewIncident, NewPostmortem, NewUpdate};
use app::model::{Admin, At, ComponentSlug, IncidentId, Phase, UpdateId};
use sqlx::{Row, SqliteConnection};

impl Storage {
    /// Opens an incident with its first update.
    pub async fn open_incident(&self, new: NewIncident, by: &Admin, now: At) -> Result<IncidentId, StorageError> {
        rules::check_new(&new, now)?;
        let (id, update, by) = (crate::ids::random_id::<IncidentId>()?, crate::ids::random_id()?, by.name.clone());
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let resolved_at = (new.phase == Phase::Resolved).then_some(now.0);
                    sqlx::query(
                        "INSERT INTO incidents
                            (id, title, impact, phase, started_at, resolved_at, updated_at, version, withdrawn)
                         VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0)",
                    )
                    .bind(id.as_str())
                    .bind(new.title.trim())
                    .bind(new.impact.as_str())
                    .bind(new.phase.as_str())
                    .bind(new.started_at.unwrap_or(now).0)
                    .bind(resolved_at)
                    .bind(now.0)
                    .execute(&mut *connection)
                    .await?;
                    set_components(connection, &id, &new.components).await?;
                    insert_update(connection, &id, &update, new.phase, &new.body, now).await?;
                    subscriptions::tell(connection, &id, &update, now).await?;
                    audit::append(connection, now, &by, "incident-open", id.as_str()).await?;
                    Ok(id)
                })
            })
            .await
            .inspect(|_| self.wake_for_subscribers())
    }

    /// Changes the head; `Conflict` when the version is not the stored one.
    pub async fn edit_incident(&self, edit: EditIncident, by: &Admin, now: At) -> Result<(), StorageError> {
        let by = by.name.clone();
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let head = Head::at_version(connection, &edit.id, edit.version).await?;
                    rules::check_edit(&edit, head.resolved_at, now)?;
                    let earlier = head.in_words(connection, &edit.id).await?;
                    keep_text(connection, &edit.id, None, &earlier, &by, now).await?;
                    sqlx::query("UPDATE incidents SET title = ?, impact = ?, started_at = ? WHERE id = ?")
                        .bind(edit.title.trim())
                        .bind(edit.impact.as_str())
                        .bind(edit.started_at.0)
                        .bind(edit.id.as_str())
                        .execute(&mut *connection)
                        .await?;
                    set_components(connection, &edit.id, &edit.components).await?;
                    changed(connection, &edit.id, now).await?;
                    audit::append(connection, now, &by, "incident-edit", edit.id.as_str()).await
                })
            })
            .await
    }

    /// Withdraws an incident from the public, or shows it again.
    pub async fn withdraw_incident(
        &self,
        id: &IncidentId,
        version: i64,
        withdrawn: bool,
        by: &Admin,
        now: At,
    ) -> Result<(), StorageError> {
        let (id, by) = (id.clone(), by.name.clone());
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    Head::at_version(connection, &id, version).await?;
                    sqlx::query("UPDATE incidents SET withdrawn = ? WHERE id = ?")
                        .bind(withdrawn)
                        .bind(id.as_str())
                        .execute(&mut *connection)
                        .await?;
                    changed(connection, &id, now).await?;
                    let action = if withdrawn { "incident-withdraw" } else { "incident-show" };
                    audit::append(connection, now, &by, action, id.as_str()).await
                })
            })
            .await
    }

    /// Adds an update; the version is the incident's.
    pub async fn add_update(&self, new: NewUpdate, by: &Admin, now: At) -> Result<UpdateId, StorageError> {
        let (update, by) = (crate::ids::random_id::<UpdateId>()?, by.name.clone());
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let head = Head::at_version(connection, &new.incident, new.version).await?;
                    rules::check_update(&new, head.phase)?;
                    insert_update(connection, &new.incident, &update, new.phase, &new.body, now).await?;
                    changed(connection, &new.incident, now).await?;
                    subscriptions::tell(connection, &new.incident, &update, now).await?;
                    audit::append(connection, now, &by, "update-add", new.incident.as_str()).await?;
                    Ok(update)
                })
            })
            .await
            .inspect(|_| self.wake_for_subscribers())
    }

    /// Adds the look back to an incident that is over; the version is the incident's.
    pub async fn add_postmortem(&self, new: NewPostmortem, by: &Admin, now: At) -> Result<UpdateId, StorageError> {
        let (update, by) = (crate::ids::random_id::<UpdateId>()?, by.name.clone());
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let head = Head::at_version(connection, &new.incident, new.version).await?;
                    let there = has_postmortem(connection, &new.incident).await?;
                    rules::check_postmortem(&new, head.phase, there)?;
                    insert_update(connection, &new.incident, &update, Phase::Resolved, &new.body, now).await?;
                    sqlx::query("UPDATE updates SET postmortem = 1 WHERE id = ?")
                        .bind(update.as_str())
                        .execute(&mut *connection)
                        .await?;
                    changed(connection, &new.incident, now).await?;
                    subscriptions::tell(connection, &new.incident, &update, now).await?;
                    audit::append(connection, now, &by, "postmortem-add", new.incident.as_str()).await?;
                    Ok(update)
                })
            })
            .await
            .inspect(|_| self.wake_for_subscribers())
    }

    /// Changes an update; the version is the update's; the earlier text is kept.
    pub async fn edit_update(&self, edit: EditUpdate, by: &Admin, now: At) -> Result<(), StorageError> {
        rules::check_update_edit(&edit)?;
        let by = by.name.clone();
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let earlier = update_at_version(connection, &edit.incident, &edit.update, edit.version).await?;
                    keep_text(connection, &edit.incident, Some(&edit.update), &earlier, &by, now).await?;
                    sqlx::query(
                        "UPDATE updates SET phase = CASE postmortem WHEN 1 THEN phase ELSE ? END, body = ?, edited_at = ?,
                                version = version + 1
                         WHERE id = ?",
                    )
                    .bind(edit.phase.as_str())
                    .bind(edit.body)
                    .bind(now.0)
                    .bind(edit.update.as_str())
                    .execute(&mut *connection)
                    .await?;
                    changed(connection, &edit.incident, now).await?;
                    audit::append(connection, now, &by, "update-edit", edit.update.as_str()).await
                })
            })
            .await
    }

    /// Withdraws an update, or shows it again; the version is the update's.
    pub async fn withdraw_update(
        &self,
        incident: &IncidentId,
        update: &UpdateId,
        version: i64,
        withdrawn: bool,
        by: &Admin,
        now: At,
    ) -> Result<(), StorageError> {
        let (incident, update, by) = (incident.clone(), update.clone(), by.name.clone());
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    update_at_version(connection, &incident, &update, version).await?;
                    if !withdrawn && is_postmortem(connection, &update).await? {
                        rules::only_one(has_postmortem(connection, &incident).await?)?;
                    }
                    sqlx::query("UPDATE updates SET withdrawn = ?, version = version + 1 WHERE id = ?")
                        .bind(withdrawn)
                        .bind(update.as_str())
                        .execute(&mut *connection)
                        .await?;
                    changed(connection, &incident, now).await?;
                    let action = if withdrawn { "update-withdraw" } else { "update-show" };
                    audit::append(connection, now, &by, action, update.as_str()).await
                })
            })
            .await
    }
}

/// An incident's own row, as far as a change has to look at it.
struct Head {
    title: String,
    impact: String,
    phase: Phase,
    resolved_at: Option<At>,
}

impl Head {
    async fn at_version(
        connection: &mut SqliteConnection,
        id: &IncidentId,
        version: i64,
    ) -> Result<Self, StorageError> {
        let row = sqlx::query("SELECT title, impact, phase, resolved_at, version FROM incidents WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(connection)
            .await?
            .ok_or(StorageError::NotFound("incident"))?;
        let stored: i64 = get(&row, "version")?;
        if stored != version {
            return Err(StorageError::Conflict);
        }
        Ok(Self {
            title: get(&row, "title")?,
            impact: get(&row, "impact")?,
            phase: parse(&row, "phase")?,
            resolved_at: get::<Option<i64>>(&row, "resolved_at")?.map(At),
        })
    }

    /// The head as an earlier text for admins.
    async fn in_words(&self, connection: &mut SqliteConnection, id: &IncidentId) -> Result<String, StorageError> {
        let components: Vec<String> =
            sqlx::query_scalar("SELECT component FROM incident_components WHERE incident = ? ORDER BY position")
                .bind(id.as_str())
                .fetch_all(connection)
                .await?;
        Ok(format!("{} (impact: {}; components: {})", self.title, self.impact, components.join(", ")))
    }
}

/// Whether an incident has a look back that is not withdrawn.
async fn has_postmortem(connection: &mut SqliteConnection, incident: &IncidentId) -> Result<bool, StorageError> {
    let there = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM updates WHERE incident = ? AND postmortem = 1 AND withdrawn = 0)",
    )
    .bind(incident.as_str())
    .fetch_one(connection)
    .await?;
    Ok(there)
}

async fn is_postmortem(connection: &mut SqliteConnection, update: &UpdateId) -> Result<bool, StorageError> {
    let is = sqlx::query_scalar("SELECT postmortem FROM updates WHERE id = ?").bind(update.as_str());
    Ok(is.fetch_one(connection).await?)
}

/// The stored text of an update, if it is at this version.
async fn update_at_version(
    connection: &mut SqliteConnection,
    incident: &IncidentId,
    update: &UpdateId,
    version: i64,
) -> Result<String, StorageError> {
    let row = sqlx::query("SELECT body, version FROM updates WHERE id = ? AND incident = ?")
        .bind(update.as_str())
        .bind(incident.as_str())
        .fetch_optional(connection)
        .await?
        .ok_or(StorageError::NotFound("update"))?;
    let stored: i64 = get(&row, "version")?;
    if stored == version { get(&row, "body") } else { Err(StorageError::Conflict) }
}

async fn insert_update(
    connection: &mut SqliteConnection,
    incident: &IncidentId,
    update: &UpdateId,
    phase: Phase,
    body: &str,
    now: At,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO updates (id, incident, seq, phase, body, at, edited_at, version, withdrawn)
         VALUES (?1, ?2, (SELECT 1 + coalesce(max(seq), 0) FROM updates WHERE incident = ?2), ?3, ?4, ?5, NULL, 1, 0)",
    )
    .bind(update.as_str())
    .bind(incident.as_str())
    .bind(phase.as_str())
    .bind(body)
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_components(
    connection: &mut SqliteConnection,
    incident: &IncidentId,
    components: &[ComponentSlug],
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM incident_components WHERE incident = ?")
        .bind(incident.as_str())
        .execute(&mut *connection)
        .await?;
    for (position, component) in (0_i64..).zip(components) {
        sqlx::query("INSERT INTO incident_components (incident, position, component) VALUES (?, ?, ?)")
            .bind(incident.as_str())
            .bind(position)
            .bind(component.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn keep_text(
    connection: &mut SqliteConnection,
    incident: &IncidentId,
    update: Option<&UpdateId>,
    text: &str,
    by: &str,
    now: At,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO revisions (incident, update_id, replaced_at, by_name, text) VALUES (?, ?, ?, ?, ?)")
        .bind(incident.as_str())
        .bind(update.map(UpdateId::as_str))
        .bind(now.0)
        .bind(by)
        .bind(text)
        .execute(connection)
        .await?;
    Ok(())
}

/// After any change: a new version, and the phase that the updates now say.
async fn changed(connection: &mut SqliteConnection, id: &IncidentId, now: At) -> Result<(), StorageError> {
    let rows = sqlx::query(
        "SELECT phase, at FROM updates WHERE incident = ? AND withdrawn = 0 AND postmortem = 0
             ORDER BY at DESC, seq DESC",
    )
    .bind(id.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in &rows {
        shown.push((parse(row, "phase")?, At(row.try_get("at")?)));
    }
    let standing = rules::standing(shown);
    sqlx::query("UPDATE incidents SET phase = ?, resolved_at = ?, updated_at = ?, version = version + 1 WHERE id = ?")
        .bind(standing.phase.as_str())
        .bind(standing.resolved_at.map(|at| at.0))
        .bind(now.0)
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}
