//! Forms that were not carried out, so that nothing typed is lost.
use super::{Storage, StorageError};
use app::backend::Draft;
use app::model::At;

impl Storage {
    /// Keeps a form for `owner` (any stable text for the session or account) for 24 h; answers its id.
    pub async fn keep_draft(&self, owner: &str, draft: Draft, now: At) -> Result<String, StorageError> {
        let _ = (owner, draft, now);
        todo!()
    }
    /// A kept form of this owner.
    pub async fn draft(&self, owner: &str, id: &str) -> Result<Option<Draft>, StorageError> {
        let _ = (owner, id);
        todo!()
    }
}
