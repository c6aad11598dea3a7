//! Monitors as the database knows them.
use super::{Storage, StorageError};
use app::model::{At, Monitor, MonitorId};

impl Storage {
    /// Makes the database know exactly these as "in the file"; others stay and are marked.
    pub async fn save_monitors(&self, monitors: Vec<Monitor>, now: At) -> Result<(), StorageError> {
        let _ = (monitors, now);
        todo!()
    }
    /// All, by id.
    pub async fn monitors(&self) -> Result<Vec<Monitor>, StorageError> {
        todo!()
    }
    /// Forgets a monitor that is not in the file, with all its history; `NotFound` else.
    pub async fn forget_monitor(&self, id: &MonitorId, by: &str, now: At) -> Result<(), StorageError> {
        let _ = (id, by, now);
        todo!()
    }
}
