//! Public pages that may read the database: a bounded cache, one reading for all who wait, one second.
//!
//! A page is good as long as nothing that visitors can see has changed (the snapshot's version).

use super::document::Document;
use super::limits::MAX_PUBLIC_READS;
use crate::storage::StorageError;
use app::model::range::Range;
use app::model::{ComponentSlug, IncidentId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};

/// Pages kept: all months of five years with their reports, and the ranges of thirty components.
const MAX_PAGES: usize = 256;

/// What can be read: a closed set, so that strangers cannot fill the cache with keys of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// A month of the history, counted from year 0.
    Month(i32),
    /// An incident that the snapshot no longer holds.
    Incident(IncidentId),
    /// A public component over a range.
    Range(ComponentSlug, Range),
    /// The report of a month, counted from year 0.
    Report(i32),
}

/// Why a page could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It did not answer within the deadline.
    #[error("the database did not answer in time")]
    TooSlow,
}

/// A page, or that there is none.
type Made = Option<Arc<Document>>;
/// A page, being made or made, and the version that it is good for.
type Kept = (u64, Arc<OnceCell<Made>>);

/// The cache.
#[derive(Debug)]
pub(super) struct Reading {
    pages: Mutex<HashMap<Key, Kept>>,
    readers: Semaphore,
}

impl Default for Reading {
    fn default() -> Self {
        Self { pages: Mutex::default(), readers: Semaphore::new(MAX_PUBLIC_READS) }
    }
}

impl Reading {
    /// The page of `key` as of `version`: kept, or being made by somebody, or made by `make`.
    pub(super) async fn get<F>(
        &self,
        key: Key,
        version: u64,
        deadline: Duration,
        make: impl FnOnce() -> F,
    ) -> Result<Made, ReadError>
    where
        F: Future<Output = Result<Option<Document>, StorageError>>,
    {
        let cell = self.cell(key, version);
        if let Some(made) = cell.get() {
            return Ok(made.clone());
        }
        // Cancel-safe: a reading that is given up leaves the cell empty for the next.
        let reading = cell.get_or_try_init(|| async {
            let Ok(_place) = self.readers.acquire().await else { return Err(StorageError::Closed) };
            Ok(make().await?.map(Arc::new))
        });
        match tokio::time::timeout(deadline, reading).await {
            Ok(read) => Ok(read?.clone()),
            Err(_) => Err(ReadError::TooSlow),
        }
    }

    fn cell(&self, key: Key, version: u64) -> Arc<OnceCell<Made>> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made_for, cell)) = pages.get(&key)
            && *made_for == version
        {
            return cell.clone();
        }
        if pages.len() >= MAX_PAGES {
            pages.retain(|_, (made_for, _)| *made_for == version);
            if pages.len() >= MAX_PAGES {
                pages.clear();
            }
        }
        let cell = Arc::new(OnceCell::new());
        pages.insert(key, (version, cell.clone()));
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const DEADLINE: Duration = Duration::from_millis(200);

    fn page(text: &str) -> Document {
        Document::page(text.to_owned(), false)
    }

    #[tokio::test]
    async fn all_who_wait_share_one_reading() {
        let reading = Reading::default();
        let reads = AtomicUsize::new(0);
        let ask = || {
            reading.get(Key::Month(1), 1, DEADLINE, || async {
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(Some(page("november")))
            })
        };
        let (one, two, three) = tokio::join!(ask(), ask(), ask());
        for made in [one, two, three] {
            assert_eq!(&made.unwrap().unwrap().bytes()[..], b"november");
        }
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_new_version_is_read_again_and_a_failure_is_not_kept() {
        let reading = Reading::default();
        let key = || Key::Month(1);
        let failed = reading.get(key(), 1, DEADLINE, || async { Err(StorageError::TooSlow) }).await;
        assert!(matches!(failed, Err(ReadError::Storage(_))));
        let made = reading.get(key(), 1, DEADLINE, || async { Ok(Some(page("old"))) }).await;
        assert!(made.unwrap().is_some());
        let gone = reading.get(key(), 2, DEADLINE, || async { Ok(None) }).await;
        assert!(gone.unwrap().is_none());
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_the_deadline() {
        let reading = Reading::default();
        let slow = reading.get(Key::Month(1), 1, DEADLINE, std::future::pending).await;
        assert!(matches!(slow, Err(ReadError::TooSlow)));
        let next = reading.get(Key::Month(1), 1, DEADLINE, || async { Ok(Some(page("back"))) }).await;
        assert!(next.unwrap().is_some(), "the place of the one who gave up is free again");
    }

    #[tokio::test]
    async fn strangers_cannot_fill_the_memory() {
        let reading = Reading::default();
        for n in 0..2_000 {
            let made = reading.get(Key::Month(n), 1, DEADLINE, || async { Ok(None) }).await;
            assert!(made.unwrap().is_none());
        }
        assert!(reading.pages.lock().unwrap().len() <= MAX_PAGES);
    }
}
