//! What the recorder writes: samples, changes of state and latency buckets, in one transaction.

use super::codes::Numbered;
use super::pack::fresh;
use super::{NewEvidence, Storage, StorageError, StoredLatency};
use crate::alerts::News;
use app::model::{At, MonitorId, Sample, State};
use sqlx::SqliteConnection;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// The longest detail of a fault in bytes; longer ones are cut.
const MAX_DETAIL_BYTES: usize = 200;
/// Samples in one row, at most.
const PER_ROW: usize = 1000;

/// A monitor's state from some moment on; replaces all that was recorded from that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanChange {
    /// Whose.
    pub monitor: MonitorId,
    /// From when.
    pub since: At,
    /// Which state.
    pub state: State,
}

/// Everything the recorder gathered since the last write. Writing it twice changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Samples in order of arrival.
    pub samples: Vec<(MonitorId, Sample)>,
    /// Changes in order.
    pub changes: Vec<SpanChange>,
    /// Closed latency buckets.
    pub latencies: Vec<StoredLatency>,
    /// What shows these changes, in order.
    pub evidence: Vec<NewEvidence>,
    /// What listeners have to be told, in order.
    pub news: Vec<News>,
}

impl Batch {
    /// True when there is nothing to write.
    pub fn is_empty(&self) -> bool {
        let figures = self.samples.is_empty() && self.latencies.is_empty();
        figures && self.changes.is_empty() && self.evidence.is_empty() && self.news.is_empty()
    }
}

impl Storage {
    /// Writes a batch, all or nothing. Rows of monitors that the database does not know are left out.
    pub async fn record(&self, batch: Arc<Batch>) -> Result<(), StorageError> {
        let has_news = !batch.news.is_empty();
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    insert_samples(connection, &batch.samples).await?;
                    for change in &batch.changes {
                        insert_change(connection, change).await?;
                    }
                    for latency in &batch.latencies {
                        insert_latency(connection, latency).await?;
                    }
                    for evidence in &batch.evidence {
                        super::evidence::keep(connection, evidence).await?;
                    }
                    for news in &batch.news {
                        super::outbox::take(connection, news).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        if has_news {
            self.inner.outbox.notify_one();
        }
        Ok(())
    }
}

/// New rows with the samples of monitors that the database knows.
async fn insert_samples(
    connection: &mut SqliteConnection,
    samples: &[(MonitorId, Sample)],
) -> Result<(), StorageError> {
    let mut keys: BTreeMap<&MonitorId, Option<i64>> = BTreeMap::new();
    for (monitor, _) in samples {
        if let Entry::Vacant(place) = keys.entry(monitor) {
            let found = sqlx::query_scalar("SELECT key FROM monitors WHERE id = ?").bind(monitor.as_str());
            place.insert(found.fetch_optional(&mut *connection).await?);
        }
    }
    let cut: Vec<(i64, Cow<'_, Sample>)> =
        samples.iter().filter_map(|(monitor, sample)| Some(((*keys.get(monitor)?)?, shortened(sample)))).collect();
    if cut.is_empty() {
        return Ok(());
    }
    // Keys rise, whatever the clock does, and stay above those that were packed.
    let mut last: i64 =
        sqlx::query_scalar("SELECT max((SELECT coalesce(max(key), 0) FROM fresh), (SELECT upto FROM packing))")
            .fetch_one(&mut *connection)
            .await?;
    for row in cut.chunks(PER_ROW) {
        let Some((_, first)) = row.first() else { continue };
        last = first.at.0.max(last.saturating_add(1));
        let row: Vec<(i64, &Sample)> = row.iter().map(|(monitor, sample)| (*monitor, &**sample)).collect();
        sqlx::query("INSERT INTO fresh (key, body) VALUES (?, ?)")
            .bind(last)
            .bind(fresh::encode(last, &row))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// The sample with the detail of its fault cut to its longest.
fn shortened(sample: &Sample) -> Cow<'_, Sample> {
    match &sample.fault {
        Some(fault) if fault.detail.len() > MAX_DETAIL_BYTES => {
            let mut sample = sample.clone();
            if let Some(fault) = &mut sample.fault {
                fault.detail.truncate(fault.detail.floor_char_boundary(MAX_DETAIL_BYTES));
            }
            Cow::Owned(sample)
        }
        _ => Cow::Borrowed(sample),
    }
}

async fn insert_change(connection: &mut SqliteConnection, change: &SpanChange) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM spans WHERE monitor = (SELECT key FROM monitors WHERE id = ?) AND since >= ?")
        .bind(change.monitor.as_str())
        .bind(change.since.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO spans (monitor, since, state) SELECT key, ?2, ?3 FROM monitors WHERE id = ?1")
        .bind(change.monitor.as_str())
        .bind(change.since.0)
        .bind(change.state.number())
        .execute(&mut *connection)
        .await?;
    // Days that were counted already have to be counted again.
    sqlx::query(
        "UPDATE days SET operational = NULL
         WHERE monitor = (SELECT key FROM monitors WHERE id = ?) AND day >= ? AND operational IS NOT NULL",
    )
    .bind(change.monitor.as_str())
    .bind(change.since.day())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn insert_latency(
    connection: &mut SqliteConnection,
    latency: &StoredLatency,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO latencies (monitor, at, median_ms, count) SELECT key, ?2, ?3, ?4 FROM monitors WHERE id = ?1
         ON CONFLICT (at, monitor) DO UPDATE SET median_ms = excluded.median_ms, count = excluded.count",
    )
    .bind(latency.monitor.as_str())
    .bind(latency.at.0)
    .bind(i64::from(latency.median.0))
    .bind(i64::from(latency.count))
    .execute(connection)
    .await?;
    Ok(())
}
