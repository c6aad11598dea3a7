//! Incidents, read: for visitors without what was withdrawn, for admins with it.

use crate::markdown;
use crate::storage::codes::{get, parse};
use crate::storage::{Storage, StorageError};
use app::model::incident::Revision;
use app::model::{At, Incident, IncidentId, Phase, Update};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// Most incidents in one answer.
const MOST: u32 = 1000;

/// Who will see the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    Public,
    Admins,
}

macro_rules! select_incidents {
    ($rest:literal) => {
        concat!(
            "SELECT id, title, impact, phase, started_at, resolved_at, updated_at, version, withdrawn FROM incidents ",
            $rest
        )
    };
}

fn incident(row: &SqliteRow) -> Result<Incident, StorageError> {
    Ok(Incident {
        id: parse(row, "id")?,
        title: get(row, "title")?,
        impact: parse(row, "impact")?,
        phase: parse(row, "phase")?,
        started_at: At(get(row, "started_at")?),
        resolved_at: get::<Option<i64>>(row, "resolved_at")?.map(At),
        updated_at: At(get(row, "updated_at")?),
        components: Vec::new(),
        updates: Vec::new(),
        version: get(row, "version")?,
        withdrawn: get(row, "withdrawn")?,
    })
}

fn update(row: &SqliteRow) -> Result<Update, StorageError> {
    let body: String = get(row, "body")?;
    Ok(Update {
        id: parse(row, "id")?,
        phase: parse(row, "phase")?,
        postmortem: get(row, "postmortem")?,
        html: markdown::render(&body),
        body,
        at: At(get(row, "at")?),
        edited_at: get::<Option<i64>>(row, "edited_at")?.map(At),
        version: get(row, "version")?,
        withdrawn: get(row, "withdrawn")?,
    })
}

fn revision(row: &SqliteRow) -> Result<Revision, StorageError> {
    let update: Option<String> = get(row, "update_id")?;
    let update = update.map(|id| id.parse()).transpose().map_err(|error: app::model::id::InvalidId| {
        StorageError::Corrupt { place: "revisions.update_id", problem: error.to_string() }
    })?;
    Ok(Revision {
        replaced_at: At(get(row, "replaced_at")?),
        by: get(row, "by_name")?,
        update,
        text: get(row, "text")?,
    })
}

/// Adds components and updates to the heads.
async fn complete(
    connection: &mut SqliteConnection,
    rows: Vec<SqliteRow>,
    audience: Audience,
) -> Result<Vec<Incident>, StorageError> {
    let mut incidents = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut incident = incident(row)?;
        let components = sqlx::query("SELECT component FROM incident_components WHERE incident = ? ORDER BY position")
            .bind(incident.id.as_str())
            .fetch_all(&mut *connection)
            .await?;
        incident.components = components.iter().map(|row| parse(row, "component")).collect::<Result<_, _>>()?;
        let updates = sqlx::query(
            "SELECT id, phase, postmortem, body, at, edited_at, version, withdrawn FROM updates
             WHERE incident = ?1 AND (?2 OR (withdrawn = 0 AND (postmortem = 0 OR ?3)))
             ORDER BY at DESC, seq DESC",
        )
        .bind(incident.id.as_str())
        .bind(audience == Audience::Admins)
        // What looks back is not shown while the incident is open again.
        .bind(incident.phase == Phase::Resolved)
        .fetch_all(&mut *connection)
        .await?;
        incident.updates = updates.iter().map(update).collect::<Result<_, _>>()?;
        incidents.push(incident);
    }
    Ok(incidents)
}

impl Storage {
    /// One incident for admins: withdrawn ones and withdrawn updates included.
    pub async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, StorageError> {
        self.one_incident(select_incidents!("WHERE id = ?"), id, Audience::Admins).await
    }

    /// One incident as visitors may see it; `None` when withdrawn.
    pub async fn public_incident(&self, id: &IncidentId) -> Result<Option<Incident>, StorageError> {
        self.one_incident(select_incidents!("WHERE id = ? AND withdrawn = 0"), id, Audience::Public).await
    }

    async fn one_incident(
        &self,
        sql: &'static str,
        id: &IncidentId,
        audience: Audience,
    ) -> Result<Option<Incident>, StorageError> {
        self.read(async {
            let mut view = self.readers().begin().await?;
            let rows = sqlx::query(sql).bind(id.as_str()).fetch_all(&mut *view).await?;
            Ok(complete(&mut view, rows, audience).await?.pop())
        })
        .await
    }

    /// Earlier texts of an incident and its updates, newest first.
    pub async fn revisions(&self, id: &IncidentId) -> Result<Vec<Revision>, StorageError> {
        self.read(async {
            let rows = sqlx::query(
                "SELECT update_id, replaced_at, by_name, text FROM revisions WHERE incident = ?
                 ORDER BY key DESC LIMIT ?",
            )
            .bind(id.as_str())
            .bind(MOST)
            .fetch_all(self.readers())
            .await?;
            rows.iter().map(revision).collect()
        })
        .await
    }

    /// For admins: newest first, withdrawn ones included.
    pub async fn incidents(&self, limit: u32) -> Result<Vec<Incident>, StorageError> {
        self.read(async {
            let mut view = self.readers().begin().await?;
            let rows = sqlx::query(select_incidents!("ORDER BY started_at DESC, id LIMIT ?"))
                .bind(limit)
                .fetch_all(&mut *view)
                .await?;
            complete(&mut view, rows, Audience::Admins).await
        })
        .await
    }

    /// Public and not resolved, newest first.
    pub async fn active_incidents(&self) -> Result<Vec<Incident>, StorageError> {
        self.read(async {
            let mut view = self.readers().begin().await?;
            let rows = sqlx::query(select_incidents!(
                "WHERE resolved_at IS NULL AND withdrawn = 0 ORDER BY started_at DESC, id LIMIT ?"
            ))
            .bind(MOST)
            .fetch_all(&mut *view)
            .await?;
            complete(&mut view, rows, Audience::Public).await
        })
        .await
    }

    /// Public and resolved at or after `since`, newest first.
    pub async fn resolved_incidents(&self, since: At) -> Result<Vec<Incident>, StorageError> {
        self.read(async {
            let mut view = self.readers().begin().await?;
            let rows = sqlx::query(select_incidents!(
                "WHERE resolved_at >= ? AND withdrawn = 0 ORDER BY started_at DESC, id LIMIT ?"
            ))
            .bind(since.0)
            .bind(MOST)
            .fetch_all(&mut *view)
            .await?;
            complete(&mut view, rows, Audience::Public).await
        })
        .await
    }

    /// Public and begun in `from..until`, newest first: the history by month.
    pub async fn incidents_begun(&self, from: At, until: At) -> Result<Vec<Incident>, StorageError> {
        self.read(async {
            let mut view = self.readers().begin().await?;
            let rows = sqlx::query(select_incidents!(
                "WHERE started_at >= ? AND started_at < ? AND withdrawn = 0 ORDER BY started_at DESC, id LIMIT ?"
            ))
            .bind(from.0)
            .bind(until.0)
            .bind(MOST)
            .fetch_all(&mut *view)
            .await?;
            complete(&mut view, rows, Audience::Public).await
        })
        .await
    }
}
