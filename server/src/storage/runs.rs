//! Wizard runs.
use super::{Storage, StorageError};
use app::backend::RunSummary;
use app::model::{At, Run, RunId, UserId};

impl Storage {
    /// Stores a new run.
    pub async fn insert_run(&self, run: Run, by: Option<&UserId>, started_at: At) -> Result<(), StorageError> {
        let _ = (run, by, started_at);
        todo!()
    }
    /// Replaces a run's body and state.
    pub async fn update_run(&self, run: Run) -> Result<(), StorageError> {
        let _ = run;
        todo!()
    }
    /// One run.
    pub async fn run(&self, id: &RunId) -> Result<Option<Run>, StorageError> {
        let _ = id;
        todo!()
    }
    /// Newest first.
    pub async fn runs(&self, limit: u32) -> Result<Vec<RunSummary>, StorageError> {
        let _ = limit;
        todo!()
    }
    /// At start: what still says "running" was interrupted; answers how many.
    pub async fn interrupt_running(&self) -> Result<u64, StorageError> {
        todo!()
    }
}
