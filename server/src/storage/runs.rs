//! Wizard runs, each as the JSON that everybody sees.

use super::codes::{get, parse};
use super::{Storage, StorageError};
use app::backend::{PasteView, RunSummary};
use app::model::{At, Run, RunId, RunState, Step, UserId};
use sqlx::sqlite::SqliteRow;

fn run(body: &str) -> Result<Run, StorageError> {
    serde_json::from_str(body).map_err(|error| StorageError::Corrupt { place: "runs.body", problem: error.to_string() })
}

fn body(run: &Run) -> Result<String, StorageError> {
    serde_json::to_string(run).map_err(|error| StorageError::NotWritten(error.to_string()))
}

fn title(run: &Run) -> Option<String> {
    run.verdict.as_ref().map(|verdict| verdict.title.clone())
}

fn summary(row: &SqliteRow) -> Result<RunSummary, StorageError> {
    Ok(RunSummary {
        id: parse(row, "id")?,
        url: get(row, "url")?,
        started_at: At(get(row, "started_at")?),
        title: get(row, "title")?,
    })
}

/// Texts that one run keeps.
const PASTES_PER_RUN: i64 = 50;
/// Characters of a pasted text that its page shows; the database has all of it.
const SHOWN: i64 = 4000;

/// A text that is to be kept with a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPaste {
    /// The step that it was pasted into.
    pub step: Step,
    /// What was read from it, or why nothing was.
    pub told: String,
    /// The text as it came.
    pub text: String,
}

fn pasted(row: &SqliteRow) -> Result<PasteView, StorageError> {
    Ok(PasteView {
        step: parse(row, "step")?,
        at: At(get(row, "pasted_at")?),
        told: get(row, "told")?,
        text: get(row, "text")?,
    })
}

impl Storage {
    /// Keeps a pasted text and what the run concludes with it, both or neither; refused from the 51st text on.
    pub async fn add_paste(&self, run: Run, paste: NewPaste, by: Option<&UserId>, now: At) -> Result<(), StorageError> {
        let (body, title, by) = (body(&run)?, title(&run), by.cloned());
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM run_pastes WHERE run = ?")
                        .bind(run.id.as_str())
                        .fetch_one(&mut *connection)
                        .await?;
                    if kept >= PASTES_PER_RUN {
                        return Err(StorageError::NotWritten(format!("a run keeps at most {PASTES_PER_RUN} texts")));
                    }
                    let done = sqlx::query("UPDATE runs SET title = ?, body = ? WHERE id = ?")
                        .bind(title)
                        .bind(body)
                        .bind(run.id.as_str())
                        .execute(&mut *connection)
                        .await?;
                    if done.rows_affected() == 0 {
                        return Err(StorageError::NotFound("run"));
                    }
                    sqlx::query(
                        "INSERT INTO run_pastes (run, number, step, pasted_at, by_user, told, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    )
                    .bind(run.id.as_str())
                    .bind(kept + 1)
                    .bind(paste.step.as_str())
                    .bind(now.0)
                    .bind(by.as_ref().map(UserId::as_str))
                    .bind(paste.told)
                    .bind(paste.text)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// The texts that were pasted into a run, in their order, each as far as a page shows it.
    pub async fn pastes(&self, run: &RunId) -> Result<Vec<PasteView>, StorageError> {
        self.read(async {
            let rows = sqlx::query(
                "SELECT step, pasted_at, told, substr(body, 1, ?) AS text FROM run_pastes WHERE run = ? ORDER BY number",
            )
            .bind(SHOWN)
            .bind(run.as_str())
            .fetch_all(self.readers())
            .await?;
            rows.iter().map(pasted).collect()
        })
        .await
    }

    /// Stores a new run.
    pub async fn insert_run(&self, run: Run, by: Option<&UserId>, started_at: At) -> Result<(), StorageError> {
        let (body, title, by) = (body(&run)?, title(&run), by.cloned());
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO runs (id, state, url, title, started_at, by_user, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    )
                    .bind(run.id.as_str())
                    .bind(run.state.as_str())
                    .bind(run.url)
                    .bind(title)
                    .bind(started_at.0)
                    .bind(by.as_ref().map(UserId::as_str))
                    .bind(body)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Replaces a run's body and state; `NotFound` where there is none.
    pub async fn update_run(&self, run: Run) -> Result<(), StorageError> {
        let (body, title) = (body(&run)?, title(&run));
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let done = sqlx::query("UPDATE runs SET state = ?, title = ?, body = ? WHERE id = ?")
                        .bind(run.state.as_str())
                        .bind(title)
                        .bind(body)
                        .bind(run.id.as_str())
                        .execute(connection)
                        .await?;
                    if done.rows_affected() == 0 { Err(StorageError::NotFound("run")) } else { Ok(()) }
                })
            })
            .await
    }

    /// One run.
    pub async fn run(&self, id: &RunId) -> Result<Option<Run>, StorageError> {
        self.read(async {
            let body: Option<String> = sqlx::query_scalar("SELECT body FROM runs WHERE id = ?")
                .bind(id.as_str())
                .fetch_optional(self.readers())
                .await?;
            body.as_deref().map(run).transpose()
        })
        .await
    }

    /// Newest first.
    pub async fn runs(&self, limit: u32) -> Result<Vec<RunSummary>, StorageError> {
        self.read(async {
            let rows = sqlx::query("SELECT id, url, started_at, title FROM runs ORDER BY started_at DESC, id LIMIT ?")
                .bind(limit)
                .fetch_all(self.readers())
                .await?;
            rows.iter().map(summary).collect()
        })
        .await
    }

    /// At start: what still says "running" was interrupted; answers how many.
    pub async fn interrupt_running(&self) -> Result<u64, StorageError> {
        self.writer()
            .write(|connection| {
                Box::pin(async move {
                    let bodies: Vec<String> = sqlx::query_scalar("SELECT body FROM runs WHERE state = 'running'")
                        .fetch_all(&mut *connection)
                        .await?;
                    let mut interrupted = 0;
                    for text in bodies {
                        let mut stored = run(&text)?;
                        stored.state = RunState::Interrupted;
                        stored.waiting_for = None;
                        sqlx::query("UPDATE runs SET state = 'interrupted', body = ? WHERE id = ?")
                            .bind(body(&stored)?)
                            .bind(stored.id.as_str())
                            .execute(&mut *connection)
                            .await?;
                        interrupted += 1;
                    }
                    Ok(interrupted)
                })
            })
            .await
    }
}
