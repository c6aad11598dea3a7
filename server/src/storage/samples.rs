//! Samples, read back: those that came lately with all that was measured, packed ones without their phases.
//!
//! What is being packed may be seen in both places, never in none: the fresh ones are read first, and of several
//! samples of one moment one is given out.

use super::codes::get;
use super::pack::fresh;
use super::pack::series::Series;
use super::{Storage, StorageError};
use app::model::{At, Class, Millis, MonitorId, Sample};
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

/// The end of one monitor's samples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tail {
    /// The newest samples, oldest first.
    pub newest: Vec<Sample>,
    /// When the successful ones among the fresh samples began and how long they took, oldest first.
    pub successes: Vec<(At, Millis)>,
}

/// A row of fresh samples.
pub(super) fn fresh_row(row: &SqliteRow) -> Result<Vec<(i64, Sample)>, StorageError> {
    let damaged =
        |problem: super::pack::Damaged| StorageError::Corrupt { place: "fresh.body", problem: problem.to_string() };
    fresh::decode(get(row, "key")?, get(row, "body")?).map_err(damaged)
}

/// A pack.
pub(super) fn packed(row: &SqliteRow) -> Result<Series, StorageError> {
    let damaged =
        |problem: super::pack::Damaged| StorageError::Corrupt { place: "packs.body", problem: problem.to_string() };
    Series::decode(get(row, "body")?).map_err(damaged)
}

impl Storage {
    async fn key_of(&self, monitor: &MonitorId) -> Result<Option<i64>, StorageError> {
        let key = sqlx::query_scalar("SELECT key FROM monitors WHERE id = ?").bind(monitor.as_str());
        Ok(key.fetch_optional(self.readers()).await?)
    }

    /// Those of the fresh samples that somebody wants.
    async fn fresh_ones(&self, mut take: impl FnMut(i64, Sample)) -> Result<(), StorageError> {
        let mut rows = sqlx::query("SELECT key, body FROM fresh ORDER BY key").fetch(self.readers());
        while let Some(row) = rows.try_next().await? {
            fresh_row(&row)?.into_iter().for_each(|(monitor, sample)| take(monitor, sample));
        }
        Ok(())
    }

    /// The newest samples of a monitor, oldest first.
    pub async fn latest_samples(&self, monitor: &MonitorId, limit: u32) -> Result<Vec<Sample>, StorageError> {
        self.read(async {
            let Some(key) = self.key_of(monitor).await? else { return Ok(Vec::new()) };
            let mut found = Vec::new();
            self.fresh_ones(|of, sample| {
                if of == key {
                    found.push(sample);
                }
            })
            .await?;
            self.complete(key, found, limit as usize).await
        })
        .await
    }

    /// Fresh samples with packed ones before them, as far as the limit wants; the newest of them, in order.
    async fn complete(&self, key: i64, mut found: Vec<Sample>, limit: usize) -> Result<Vec<Sample>, StorageError> {
        put_in_order(&mut found);
        if found.len() < limit {
            let mut packs = sqlx::query("SELECT body FROM packs WHERE monitor = ? ORDER BY since DESC")
                .bind(key)
                .fetch(self.readers());
            while found.len() < limit
                && let Some(pack) = packs.try_next().await?
            {
                found.extend(packed(&pack)?.samples());
                put_in_order(&mut found);
            }
        }
        found.drain(..found.len().saturating_sub(limit));
        // It held a whole pack, and what is asked for may be kept.
        found.shrink_to_fit();
        Ok(found)
    }

    /// Samples in `from..until`, oldest first, at most `limit`.
    pub async fn samples_between(
        &self,
        monitor: &MonitorId,
        from: At,
        until: At,
        limit: u32,
    ) -> Result<Vec<Sample>, StorageError> {
        let limit = limit as usize;
        self.read(async {
            let Some(key) = self.key_of(monitor).await? else { return Ok(Vec::new()) };
            let is_within = |sample: &Sample| (from..until).contains(&sample.at);
            let mut found = Vec::new();
            self.fresh_ones(|of, sample| {
                if of == key && is_within(&sample) {
                    found.push(sample);
                }
            })
            .await?;
            let mut packs = sqlx::query(
                "SELECT since, body FROM packs WHERE monitor = ? AND since < ? AND until >= ? ORDER BY since",
            )
            .bind(key)
            .bind(until.0)
            .bind(from.0)
            .fetch(self.readers());
            while let Some(pack) = packs.try_next().await? {
                // All later packs begin later still.
                let since = At(get(&pack, "since")?);
                if found.iter().filter(|sample| sample.at < since).count() >= limit {
                    break;
                }
                found.extend(packed(&pack)?.samples().filter(is_within));
            }
            put_in_order(&mut found);
            found.truncate(limit);
            Ok(found)
        })
        .await
    }

    /// When the samples of these monitors in `from..until` began, what they count as and how long they took.
    pub async fn results_between(
        &self,
        monitors: &[MonitorId],
        from: At,
        until: At,
    ) -> Result<Vec<(At, Class, Millis)>, StorageError> {
        let ids = serde_json::to_string(monitors).map_err(|error| StorageError::NotWritten(error.to_string()))?;
        self.read(async {
            let keys: Vec<i64> =
                sqlx::query_scalar("SELECT key FROM monitors WHERE id IN (SELECT value FROM json_each(?))")
                    .bind(ids)
                    .fetch_all(self.readers())
                    .await?;
            let mut found: BTreeMap<(i64, At), (Class, Millis)> = BTreeMap::new();
            self.fresh_ones(|key, sample| {
                if keys.contains(&key) && (from..until).contains(&sample.at) {
                    found.insert((key, sample.at), (sample.class, sample.latency));
                }
            })
            .await?;
            for key in keys {
                let mut packs = sqlx::query("SELECT body FROM packs WHERE monitor = ? AND since < ? AND until >= ?")
                    .bind(key)
                    .bind(until.0)
                    .bind(from.0)
                    .fetch(self.readers());
                while let Some(pack) = packs.try_next().await? {
                    let series = packed(&pack)?;
                    for point in series.points().iter().filter(|point| (from..until).contains(&point.at)) {
                        if let Some(ending) = series.ending(*point) {
                            found.insert((key, point.at), (ending.class, point.latency));
                        }
                    }
                }
            }
            Ok(found.into_iter().map(|((_, at), (class, latency))| (at, class, latency)).collect())
        })
        .await
    }

    /// The end of every monitor's samples, at least so many where there are as many; bounded by what is not packed yet.
    pub async fn tails(&self, least: u32) -> Result<BTreeMap<MonitorId, Tail>, StorageError> {
        let least = least as usize;
        let mut tails: BTreeMap<i64, Tail> = BTreeMap::new();
        let fresh = self.fresh_ones(|key, sample| {
            let tail = tails.entry(key).or_default();
            if matches!(sample.class, Class::Up | Class::Degraded) {
                tail.successes.push((sample.at, sample.latency));
            }
            tail.newest.push(sample);
            if tail.newest.len() > 4 * least + 16 {
                put_in_order(&mut tail.newest);
                tail.newest.drain(..tail.newest.len().saturating_sub(least));
            }
        });
        self.read(fresh).await?;
        let rows: Vec<(i64, String, bool)> = self
            .read(async {
                let known = "SELECT key, id, EXISTS (SELECT 1 FROM packs WHERE monitor = monitors.key) FROM monitors";
                Ok(sqlx::query_as(known).fetch_all(self.readers()).await?)
            })
            .await?;
        let mut named = BTreeMap::new();
        for (key, id, has_packs) in rows {
            let Ok(id) = id.parse() else { continue };
            let mut tail = tails.remove(&key).unwrap_or_default();
            put_in_order(&mut tail.newest);
            if has_packs && tail.newest.len() < least {
                tail.newest = self.read(self.complete(key, tail.newest, least)).await?;
            }
            tail.successes.sort_unstable();
            tail.successes.dedup_by_key(|(at, _)| *at);
            named.insert(id, tail);
        }
        Ok(named)
    }
}

/// In order of time; of several samples of one moment the first found stays, which is the one with its phases.
fn put_in_order(samples: &mut Vec<Sample>) {
    samples.sort_by_key(|sample| sample.at);
    samples.dedup_by_key(|sample| sample.at);
}
