//! What waits to be stored: at most one write under way, nothing lost while the database cannot take it.

use crate::storage::{Batch, Storage, StorageError};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Samples kept in memory while they cannot be stored; then the oldest go.
pub(super) const MOST_KEPT: usize = 10_000;
/// Pieces of evidence kept likewise; each is some kilobytes.
const MOST_EVIDENCE: usize = 500;
/// Pause after a failed write; doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

type Write = BoxFuture<'static, (Arc<Batch>, Result<(), StorageError>)>;

/// Collects samples and changes and writes them as batches.
pub(super) struct Recorder {
    storage: Storage,
    waiting: Batch,
    under_way: Option<Write>,
    pause: Duration,
    not_before: Instant,
    stored: bool,
    lost: u64,
}

impl Recorder {
    pub(super) fn new(storage: Storage) -> Self {
        Self {
            storage,
            waiting: Batch::default(),
            under_way: None,
            pause: FIRST_PAUSE,
            not_before: Instant::now(),
            stored: true,
            lost: 0,
        }
    }

    /// What is to be stored next.
    pub(super) fn waiting(&mut self) -> &mut Batch {
        &mut self.waiting
    }

    /// False while the last write failed.
    pub(super) fn is_stored(&self) -> bool {
        self.stored
    }

    /// Begins a write, unless one is under way, there is nothing, or the last one failed just now.
    pub(super) fn flush(&mut self) {
        self.cap();
        if self.under_way.is_some() || self.waiting.is_empty() || Instant::now() < self.not_before {
            return;
        }
        let batch = Arc::new(std::mem::take(&mut self.waiting));
        let storage = self.storage.clone();
        self.under_way = Some(Box::pin(async move {
            let outcome = storage.record(Arc::clone(&batch)).await;
            (batch, outcome)
        }));
    }

    /// Waits for the write under way; never ends while there is none. Cancel safe: the write goes on
    /// when this is asked again.
    pub(super) async fn written(&mut self) {
        let Some(write) = &mut self.under_way else { return std::future::pending().await };
        let (batch, outcome) = write.await;
        self.under_way = None;
        match outcome {
            Ok(()) => {
                if !self.stored {
                    tracing::info!("samples are stored again");
                }
                (self.stored, self.pause) = (true, FIRST_PAUSE);
            }
            Err(error) => {
                if self.stored {
                    tracing::error!(%error, "samples cannot be stored; they are kept in memory");
                }
                self.stored = false;
                self.not_before = Instant::now() + self.pause;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                self.put_back(Arc::unwrap_or_clone(batch));
            }
        }
    }

    /// Writing twice changes nothing, so a batch whose fate is unknown may simply come again, first.
    fn put_back(&mut self, mut earlier: Batch) {
        earlier.samples.append(&mut self.waiting.samples);
        earlier.changes.append(&mut self.waiting.changes);
        earlier.latencies.append(&mut self.waiting.latencies);
        earlier.evidence.append(&mut self.waiting.evidence);
        earlier.news.append(&mut self.waiting.news);
        self.waiting = earlier;
        self.cap();
    }

    fn cap(&mut self) {
        let over = self.waiting.samples.len().saturating_sub(MOST_KEPT);
        if over > 0 {
            if self.lost == 0 {
                tracing::error!("too many samples wait to be stored; the oldest are dropped");
            }
            self.lost += over as u64;
            self.waiting.samples.drain(..over);
        }
        // Changes are few; only an endless failure brings them here, and the newest tell the state.
        let over = self.waiting.changes.len().saturating_sub(MOST_KEPT);
        self.waiting.changes.drain(..over);
        let over = self.waiting.latencies.len().saturating_sub(MOST_KEPT);
        self.waiting.latencies.drain(..over);
        let over = self.waiting.evidence.len().saturating_sub(MOST_EVIDENCE);
        self.waiting.evidence.drain(..over);
        let over = self.waiting.news.len().saturating_sub(MOST_KEPT);
        self.waiting.news.drain(..over);
    }

    /// Writes everything that waits, once, within `deadline`.
    pub(super) async fn finish(mut self, deadline: Duration) {
        let all = async {
            if self.under_way.is_some() {
                self.written().await;
            }
            self.not_before = Instant::now();
            self.flush();
            if self.under_way.is_some() {
                self.written().await;
            }
        };
        let in_time = tokio::time::timeout(deadline, all).await.is_ok();
        if !in_time || !self.waiting.samples.is_empty() {
            tracing::error!(samples = self.waiting.samples.len(), "the last samples could not be stored");
        }
    }
}
