//! What the recorder writes: samples, changes of state and latency buckets, in one transaction.

use super::codes::{Numbered, get, narrow, narrow_option};
use super::{Storage, StorageError, StoredLatency};
use crate::alerts::News;
use app::model::{At, Class, Fault, FaultKind, Millis, MonitorId, Origin, Phases, Sample, State};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::sync::Arc;

/// The longest detail of a fault in bytes; longer ones are cut.
const MAX_DETAIL_BYTES: usize = 200;

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
    /// What listeners have to be told, in order.
    pub news: Vec<News>,
}

impl Batch {
    /// True when there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.changes.is_empty() && self.latencies.is_empty() && self.news.is_empty()
    }
}

fn sample(row: &SqliteRow) -> Result<Sample, StorageError> {
    let millis = |column| -> Result<Option<Millis>, StorageError> { Ok(narrow_option(row, column)?.map(Millis)) };
    let kind: Option<i64> = get(row, "fault_kind")?;
    let fault = match kind {
        None => None,
        Some(kind) => Some(Fault {
            kind: FaultKind::of(kind, "samples.fault_kind")?,
            origin: Origin::of(get(row, "fault_origin")?, "samples.fault_origin")?,
            status: narrow_option(row, "fault_status")?,
            detail: get::<Option<String>>(row, "fault_detail")?.unwrap_or_default(),
        }),
    };
    Ok(Sample {
        at: At(get(row, "at")?),
        class: Class::of(get(row, "class")?, "samples.class")?,
        latency: Millis(narrow(row, "latency_ms")?),
        status: narrow_option(row, "status")?,
        phases: Phases {
            dns: millis("dns_ms")?,
            connect: millis("connect_ms")?,
            tls: millis("tls_ms")?,
            first_byte: millis("first_byte_ms")?,
            body: millis("body_ms")?,
        },
        fault,
    })
}

impl Storage {
    /// Writes a batch, all or nothing. Rows of monitors that the database does not know are left out.
    pub async fn record(&self, batch: Arc<Batch>) -> Result<(), StorageError> {
        let has_news = !batch.news.is_empty();
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    for (monitor, sample) in &batch.samples {
                        insert_sample(connection, monitor, sample).await?;
                    }
                    for change in &batch.changes {
                        insert_change(connection, change).await?;
                    }
                    for latency in &batch.latencies {
                        insert_latency(connection, latency).await?;
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

    /// The newest samples of a monitor, oldest first.
    pub async fn latest_samples(&self, monitor: &MonitorId, limit: u32) -> Result<Vec<Sample>, StorageError> {
        self.read(async {
            let rows = sqlx::query(
                "SELECT samples.* FROM samples WHERE monitor = (SELECT key FROM monitors WHERE id = ?)
                 ORDER BY at DESC LIMIT ?",
            )
            .bind(monitor.as_str())
            .bind(limit)
            .fetch_all(self.readers())
            .await?;
            rows.iter().rev().map(sample).collect()
        })
        .await
    }

    /// Samples in `from..until`, oldest first, at most `limit`.
    pub async fn samples_between(
        &self,
        monitor: &MonitorId,
        from: At,
        until: At,
        limit: u32,
    ) -> Result<Vec<Sample>, StorageError> {
        self.read(async {
            let rows = sqlx::query(
                "SELECT samples.* FROM samples WHERE monitor = (SELECT key FROM monitors WHERE id = ?)
                 AND at >= ? AND at < ? ORDER BY at LIMIT ?",
            )
            .bind(monitor.as_str())
            .bind(from.0)
            .bind(until.0)
            .bind(limit)
            .fetch_all(self.readers())
            .await?;
            rows.iter().map(sample).collect()
        })
        .await
    }
}

async fn insert_sample(
    connection: &mut SqliteConnection,
    monitor: &MonitorId,
    sample: &Sample,
) -> Result<(), StorageError> {
    let millis = |phase: Option<Millis>| phase.map(|millis| i64::from(millis.0));
    let fault = sample.fault.as_ref();
    let detail = fault.map(|fault| &fault.detail[..fault.detail.floor_char_boundary(MAX_DETAIL_BYTES)]);
    sqlx::query(
        "INSERT INTO samples (monitor, at, class, latency_ms, status, dns_ms, connect_ms, tls_ms, first_byte_ms,
            body_ms, fault_kind, fault_origin, fault_status, fault_detail)
         SELECT key, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 FROM monitors WHERE id = ?1
         ON CONFLICT (monitor, at) DO NOTHING",
    )
    .bind(monitor.as_str())
    .bind(sample.at.0)
    .bind(sample.class.number())
    .bind(i64::from(sample.latency.0))
    .bind(sample.status.map(i64::from))
    .bind(millis(sample.phases.dns))
    .bind(millis(sample.phases.connect))
    .bind(millis(sample.phases.tls))
    .bind(millis(sample.phases.first_byte))
    .bind(millis(sample.phases.body))
    .bind(fault.map(|fault| fault.kind.number()))
    .bind(fault.map(|fault| fault.origin.number()))
    .bind(fault.and_then(|fault| fault.status).map(i64::from))
    .bind(detail.filter(|detail| !detail.is_empty()))
    .execute(connection)
    .await?;
    Ok(())
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
        .execute(connection)
        .await?;
    Ok(())
}

async fn insert_latency(connection: &mut SqliteConnection, latency: &StoredLatency) -> Result<(), StorageError> {
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
