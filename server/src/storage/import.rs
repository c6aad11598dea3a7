//! History that was made elsewhere, written as if it had been recorded and packed here.

use super::codes::Numbered;
use super::days::count_day;
use super::pack::series::{Point, Series};
use super::packing::{BLOCK_DAYS, Pack, add_hours, hours_of};
use super::record::insert_latency;
use super::{Span, Storage, StorageError, StoredLatency};
use crate::status::latency::{Closed, Latencies, start_of};
use crate::status::rollup::Hours;
use app::model::{Class, MonitorId};
use std::collections::BTreeMap;

/// A stretch of one monitor's history, made small already; that takes processor time and no database.
pub struct Prepared {
    /// With their levels.
    packs: Vec<(Pack, i64)>,
    days: BTreeMap<i64, Hours>,
    spans: Vec<Span>,
    /// Of the last two days, for the page's line of one.
    latencies: Vec<Closed>,
}

impl Prepared {
    /// From samples in order and the states that they led to; packed as far as it would be on the day `today`.
    pub fn new(series: &Series, spans: Vec<Span>, today: i64) -> Self {
        let mut packs = Vec::new();
        for block in series.parts(BLOCK_DAYS) {
            let is_over = |day: i64, days: i64| (day.div_euclid(days) + 1) * days <= today;
            let first = block.points().first().map_or(today, |first| first.at.day());
            if is_over(first, BLOCK_DAYS) {
                packs.extend(Pack::of(&block, BLOCK_DAYS).into_iter().map(|pack| (pack, 2)));
            } else {
                let of_days = Pack::of(&block, 1).into_iter();
                packs.extend(of_days.map(|pack| {
                    let level = i64::from(is_over(pack.since.day(), 1));
                    (pack, level)
                }));
            }
        }
        Self { packs, days: hours_of(series), spans, latencies: latencies_of(series, today - 1) }
    }
}

/// The closed latency buckets from the day `first` on.
fn latencies_of(series: &Series, first: i64) -> Vec<Closed> {
    let answers =
        |point: &Point| series.ending(*point).is_some_and(|ending| matches!(ending.class, Class::Up | Class::Degraded));
    let lately = series.points().iter().filter(|point| point.at.day() >= first && answers(point));
    let mut latencies = Latencies::default();
    lately.filter_map(|point| latencies.add(point.at, point.latency)).collect()
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("packs", &self.packs.len()).field("spans", &self.spans).finish_non_exhaustive()
    }
}

impl Storage {
    /// What each table and index takes of the file, in bytes, the largest first. Reads the whole file.
    pub async fn sizes(&self) -> Result<Vec<(String, u64)>, StorageError> {
        self.writer()
            .write(|connection| {
                Box::pin(async move {
                    let sizes: Vec<(String, i64)> = sqlx::query_as(
                        "SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC",
                    )
                    .fetch_all(connection)
                    .await?;
                    Ok(sizes.into_iter().map(|(name, bytes)| (name, bytes.unsigned_abs())).collect())
                })
            })
            .await
    }

    /// Writes a stretch of a monitor's history that begins where the last one ended; days before `today` are over.
    pub async fn import(&self, monitor: &MonitorId, part: Prepared, today: i64) -> Result<(), StorageError> {
        let id = monitor.clone();
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let key: Option<i64> = sqlx::query_scalar("SELECT key FROM monitors WHERE id = ?")
                        .bind(id.as_str())
                        .fetch_optional(&mut *connection)
                        .await?;
                    let key = key.ok_or(StorageError::NotFound("monitor"))?;
                    for Span { since, state } in part.spans {
                        sqlx::query("INSERT INTO spans (monitor, since, state) VALUES (?, ?, ?)")
                            .bind(key)
                            .bind(since.0)
                            .bind(state.number())
                            .execute(&mut *connection)
                            .await?;
                    }
                    for (pack, level) in &part.packs {
                        pack.insert(connection, key, *level).await?;
                    }
                    for (day, hours) in &part.days {
                        add_hours(connection, key, *day, hours).await?;
                        if *day < today {
                            count_day(connection, key, *day).await?;
                        }
                    }
                    for Closed { bucket, median, count } in part.latencies {
                        let monitor = id.clone();
                        insert_latency(connection, &StoredLatency { monitor, at: start_of(bucket), median, count })
                            .await?;
                    }
                    let last = part.days.last_key_value().map_or(today, |(day, _)| (day + 1).min(today));
                    sqlx::query("UPDATE monitors SET counted = ? WHERE key = ?")
                        .bind(last)
                        .bind(key)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}
