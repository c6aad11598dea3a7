//! Incidents.
use super::{Storage, StorageError};
use app::backend::{EditIncident, EditUpdate, NewIncident, NewUpdate};
use app::model::{Admin, At, Incident, IncidentId, UpdateId, incident::Revision};

impl Storage {
    /// Opens an incident with its first update.
    pub async fn open_incident(&self, new: NewIncident, by: &Admin, now: At) -> Result<IncidentId, StorageError> {
        let _ = (new, by, now);
        todo!()
    }
    /// Changes the head; `Conflict` when the version is not the stored one.
    pub async fn edit_incident(&self, edit: EditIncident, by: &Admin, now: At) -> Result<(), StorageError> {
        let _ = (edit, by, now);
        todo!()
    }
    /// Withdraws from the public or shows again.
    pub async fn withdraw_incident(
        &self,
        id: &IncidentId,
        version: i64,
        withdrawn: bool,
        by: &Admin,
        now: At,
    ) -> Result<(), StorageError> {
        let _ = (id, version, withdrawn, by, now);
        todo!()
    }
    /// Adds an update; the version is the incident's.
    pub async fn add_update(&self, new: NewUpdate, by: &Admin, now: At) -> Result<UpdateId, StorageError> {
        let _ = (new, by, now);
        todo!()
    }
    /// Changes an update; the version is the update's; the earlier text is kept.
    pub async fn edit_update(&self, edit: EditUpdate, by: &Admin, now: At) -> Result<(), StorageError> {
        let _ = (edit, by, now);
        todo!()
    }
    /// Withdraws an update or shows it again; the version is the update's.
    pub async fn withdraw_update(
        &self,
        incident: &IncidentId,
        update: &UpdateId,
        version: i64,
        withdrawn: bool,
        by: &Admin,
        now: At,
    ) -> Result<(), StorageError> {
        let _ = (incident, update, version, withdrawn, by, now);
        todo!()
    }
    /// One incident for admins: withdrawn updates included.
    pub async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, StorageError> {
        let _ = id;
        todo!()
    }
    /// One incident as visitors may see it; `None` when withdrawn.
    pub async fn public_incident(&self, id: &IncidentId) -> Result<Option<Incident>, StorageError> {
        let _ = id;
        todo!()
    }
    /// Earlier texts, newest first.
    pub async fn revisions(&self, id: &IncidentId) -> Result<Vec<Revision>, StorageError> {
        let _ = id;
        todo!()
    }
    /// For admins: newest first, withdrawn included.
    pub async fn incidents(&self, limit: u32) -> Result<Vec<Incident>, StorageError> {
        let _ = limit;
        todo!()
    }
    /// Public and not resolved, newest first.
    pub async fn active_incidents(&self) -> Result<Vec<Incident>, StorageError> {
        todo!()
    }
    /// Public and resolved at or after `since`, newest first.
    pub async fn resolved_incidents(&self, since: At) -> Result<Vec<Incident>, StorageError> {
        let _ = since;
        todo!()
    }
    /// Public, begun in `from..until`, newest first: the history by month.
    pub async fn incidents_begun(&self, from: At, until: At) -> Result<Vec<Incident>, StorageError> {
        let _ = (from, until);
        todo!()
    }
}
