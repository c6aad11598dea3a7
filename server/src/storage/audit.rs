//! Who did what, when.
use super::{Storage, StorageError};
use app::model::At;

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// When.
    pub at: At,
    /// Who: an account's name, `setup`, or `command line`.
    pub who: String,
    /// What was done, for example `unit-restart`.
    pub action: String,
    /// To what, in words.
    pub detail: String,
}

impl Storage {
    /// Appends a line; answered after it is on disk, so that it can precede the deed.
    pub async fn audit(&self, row: AuditRow) -> Result<(), StorageError> {
        let _ = row;
        todo!()
    }
    /// The newest lines, newest first.
    pub async fn audit_rows(&self, limit: u32) -> Result<Vec<AuditRow>, StorageError> {
        let _ = limit;
        todo!()
    }
}
