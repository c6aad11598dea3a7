//! Opening and closing.
use super::{Storage, StorageError};
use std::path::Path;

impl Storage {
    /// Opens for the one server process: creates, migrates, checks; holds the lock until closed.
    pub async fn open(path: &Path) -> Result<Self, StorageError> {
        let _ = path;
        todo!()
    }
    /// Opens for a short command that may run beside a server; alone it is like [`Storage::open`].
    pub async fn open_beside(path: &Path) -> Result<Self, StorageError> {
        let _ = path;
        todo!()
    }
    /// Writes what is queued and closes; at most 5 s.
    pub async fn close(&self) {
        todo!()
    }
    /// False after a background check found damage.
    pub fn is_sound(&self) -> bool {
        todo!()
    }
}
