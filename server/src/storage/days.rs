//! A monitor's days in short: time in each state, and its hours with their latencies.
//!
//! The hours are counted where samples are packed; the states of a day when it is over, from the spans. A change that
//! is found out later makes its days be counted again.

use super::codes::{Numbered, get, parse};
use super::packing::{Keep, Packing, hours};
use super::samples::fresh_row;
use super::{Span, Storage, StorageError};
use crate::status::fold::History;
use crate::status::rollup::Hours;
use crate::status::uptime;
use app::model::status::Spent;
use app::model::time::DAY_MS;
use app::model::{At, MonitorId, Sample, State};
use futures_util::TryStreamExt as _;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::{BTreeMap, BTreeSet};

/// Monitors, days or rows of one step.
const STEP: i64 = 64;
/// Days of one monitor that one step adds.
const MOST_DAYS: i64 = 100;
/// Latency buckets for the start of the server; its chart shows one day.
const BUCKETS_KEPT_MS: i64 = 2 * DAY_MS;
const HOUR_MS: i64 = 3_600_000;

/// A day of one monitor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredDay {
    /// Time in each state; `None` while the day is not over or not yet counted.
    pub spent: Option<Spent>,
    /// Its hours, with what is not packed yet.
    pub hours: Hours,
}

fn spent(row: &SqliteRow) -> Result<Option<Spent>, StorageError> {
    let Some(operational) = get(row, "operational")? else { return Ok(None) };
    let of = |column| -> Result<i64, StorageError> { Ok(get::<Option<i64>>(row, column)?.unwrap_or_default()) };
    Ok(Some(Spent {
        operational,
        degraded: of("degraded")?,
        partial: 0,
        outage: of("outage")?,
        maintenance: of("maintenance")?,
        unknown: of("unknown")?,
    }))
}

/// The hour of its day that holds a moment.
pub(super) fn hour_of(at: At) -> u8 {
    u8::try_from(at.0.rem_euclid(DAY_MS) / HOUR_MS).unwrap_or(0)
}

fn count(days: &mut BTreeMap<i64, StoredDay>, sample: &Sample) {
    let day = days.entry(sample.at.day()).or_default();
    day.hours.of(hour_of(sample.at)).add(sample.class, sample.latency);
}

impl Storage {
    /// The days of these monitors from `first` on, up to the newest sample; the same whatever is packed already.
    pub async fn days_since(
        &self,
        monitors: &[MonitorId],
        first: i64,
    ) -> Result<BTreeMap<MonitorId, BTreeMap<i64, StoredDay>>, StorageError> {
        let ids = serde_json::to_string(monitors).map_err(|error| StorageError::NotWritten(error.to_string()))?;
        self.read(async {
            // One statement sees one state: a sample is either among the fresh ones or counted.
            let mut rows = sqlx::query(
                "WITH wanted AS (SELECT key, id FROM monitors WHERE id IN (SELECT value FROM json_each(?1)))
                 SELECT 0 AS kind, key, id, NULL AS day, NULL AS operational, NULL AS degraded, NULL AS outage,
                    NULL AS maintenance, NULL AS unknown, NULL AS body FROM wanted
                 UNION ALL SELECT 1, upto, NULL, done, NULL, NULL, NULL, NULL, NULL, NULL FROM packing
                 UNION ALL SELECT 2, wanted.key, NULL, days.day, operational, degraded, outage, maintenance, unknown, hours
                    FROM wanted JOIN days ON days.monitor = wanted.key WHERE days.day >= ?2
                 UNION ALL SELECT 3, key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, body FROM fresh",
            )
            .bind(ids)
            .bind(first)
            .fetch(self.readers());
            let mut folding = Folding { first, ..Folding::default() };
            while let Some(row) = rows.try_next().await? {
                folding.add(&row)?;
            }
            Ok(folding.end())
        })
        .await
    }

    /// Makes sure that every day has a row, and counts the states of days that are over; false when all are counted.
    pub(super) async fn count_days(&self, packing: &mut Packing, now: At) -> Result<bool, StorageError> {
        let today = now.day();
        if packing.counted != Some(today) {
            let more = self.writer().write(move |connection| Box::pin(add_days(connection, today))).await?;
            if !more {
                packing.counted = Some(today);
            }
            return Ok(true);
        }
        let open: Vec<(i64, i64)> = self
            .read(async {
                let open = sqlx::query_as(
                    "SELECT monitor, day FROM days INDEXED BY days_open WHERE operational IS NULL AND day < ? LIMIT ?",
                );
                Ok(open.bind(today).bind(STEP).fetch_all(self.readers()).await?)
            })
            .await?;
        if open.is_empty() {
            return Ok(false);
        }
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    for (monitor, day) in open {
                        count_day(connection, monitor, day).await?;
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// Once an hour: lets go of what need not be kept any longer; false when nothing is left to do.
    pub(super) async fn tidy(&self, packing: &mut Packing, keep: Keep, now: At) -> Result<bool, StorageError> {
        let hour = now.0.div_euclid(HOUR_MS);
        if packing.tidied == Some(hour) {
            return Ok(false);
        }
        let (samples, hours) = ((now - keep.samples).day(), (now - keep.hours).day());
        let more = self
            .writer()
            .write(move |connection| {
                Box::pin(async move {
                    Ok(drop_samples(connection, samples).await?
                        || fold_days(connection, hours).await?
                        || drop_buckets(connection, At(now.0 - BUCKETS_KEPT_MS)).await?)
                })
            })
            .await?;
        if !more {
            packing.tidied = Some(hour);
        }
        Ok(true)
    }
}

/// Takes the rows of [`Storage::days_since`] one by one, in the order in which its statement names them.
#[derive(Default)]
struct Folding {
    /// The first day that is wanted.
    first: i64,
    names: BTreeMap<i64, MonitorId>,
    days: BTreeMap<i64, BTreeMap<i64, StoredDay>>,
    /// The fresh row and the monitor in it up to which samples are counted.
    counted: (i64, i64),
    /// A batch that came twice is in two rows until it is packed.
    seen: BTreeSet<(i64, At)>,
}

impl Folding {
    fn add(&mut self, row: &SqliteRow) -> Result<(), StorageError> {
        let key: i64 = get(row, "key")?;
        match get::<i64>(row, "kind")? {
            0 => {
                self.names.insert(key, parse(row, "id")?);
                self.days.entry(key).or_default();
            }
            1 => self.counted = (key, get(row, "day")?),
            2 => {
                let day = StoredDay { spent: spent(row)?, hours: hours(get(row, "body")?)? };
                self.days.entry(key).or_default().insert(get(row, "day")?, day);
            }
            _ => {
                let (upto, done) = self.counted;
                for (monitor, sample) in fresh_row(row)? {
                    let is_counted = key <= upto && monitor <= done;
                    if let Some(days) = self.days.get_mut(&monitor)
                        && !is_counted
                        && sample.at.day() >= self.first
                        && self.seen.insert((monitor, sample.at))
                    {
                        count(days, &sample);
                    }
                }
            }
        }
        Ok(())
    }

    fn end(mut self) -> BTreeMap<MonitorId, BTreeMap<i64, StoredDay>> {
        self.names.into_iter().map(|(key, id)| (id, self.days.remove(&key).unwrap_or_default())).collect()
    }
}

/// Rows for all days until today that have none, for some monitors; true while there are more monitors.
async fn add_days(connection: &mut SqliteConnection, today: i64) -> Result<bool, StorageError> {
    let begun: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT key, first FROM (
            SELECT key, coalesce(counted, (SELECT min(since) FROM spans WHERE monitor = key) / ?1) AS first
            FROM monitors WHERE in_file = 1)
         WHERE first < ?2 LIMIT ?3",
    )
    .bind(DAY_MS)
    .bind(today)
    .bind(STEP)
    .fetch_all(&mut *connection)
    .await?;
    for (monitor, first) in &begun {
        // After a jump of the clock there may be very many.
        let until = today.min(first + MOST_DAYS);
        for day in *first..until {
            sqlx::query("INSERT INTO days (monitor, day) VALUES (?, ?) ON CONFLICT DO NOTHING")
                .bind(monitor)
                .bind(day)
                .execute(&mut *connection)
                .await?;
        }
        sqlx::query("UPDATE monitors SET counted = ? WHERE key = ?")
            .bind(until)
            .bind(monitor)
            .execute(&mut *connection)
            .await?;
    }
    Ok(!begun.is_empty())
}

/// Counts the states of a day, whose row there is.
pub(super) async fn count_day(connection: &mut SqliteConnection, monitor: i64, day: i64) -> Result<(), StorageError> {
    let (from, until) = (At::start_of_day(day), At::start_of_day(day + 1));
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT since, state FROM spans WHERE monitor = ?1 AND since < ?3 AND since >= coalesce(
            (SELECT max(since) FROM spans WHERE monitor = ?1 AND since <= ?2), ?2)
         ORDER BY since",
    )
    .bind(monitor)
    .bind(from.0)
    .bind(until.0)
    .fetch_all(&mut *connection)
    .await?;
    let spans: Result<Vec<Span>, StorageError> = rows
        .into_iter()
        .map(|(since, state)| Ok(Span { since: At(since), state: State::of(state, "spans.state")? }))
        .collect();
    let spent = uptime::spent(&[&History::new(spans?)], from, until);
    sqlx::query(
        "UPDATE days SET operational = ?, degraded = ?, outage = ?, maintenance = ?, unknown = ?
         WHERE monitor = ? AND day = ?",
    )
    .bind(spent.operational)
    .bind(spent.degraded)
    .bind(spent.outage)
    .bind(spent.maintenance)
    .bind(spent.unknown)
    .bind(monitor)
    .bind(day)
    .execute(connection)
    .await?;
    Ok(())
}

/// Packs that end before a day; true while there are more.
async fn drop_samples(connection: &mut SqliteConnection, before: i64) -> Result<bool, StorageError> {
    let dropped = sqlx::query(
        "DELETE FROM packs WHERE key IN (
            SELECT packs.key FROM monitors CROSS JOIN packs ON packs.monitor = monitors.key AND packs.since < ?1
            WHERE packs.until < ?1 LIMIT ?2)",
    )
    .bind(At::start_of_day(before).0)
    .bind(STEP)
    .execute(connection)
    .await?;
    Ok(dropped.rows_affected() >= STEP.unsigned_abs())
}

/// Makes one entry of the hours of some days before a day; true while there are more.
async fn fold_days(connection: &mut SqliteConnection, before: i64) -> Result<bool, StorageError> {
    let due: Option<(i64, Option<i64>)> =
        sqlx::query_as("SELECT key, folded FROM monitors WHERE coalesce(folded, ?1 - 1) < ?1 LIMIT 1")
            .bind(before)
            .fetch_optional(&mut *connection)
            .await?;
    let Some((monitor, folded)) = due else { return Ok(false) };
    let days: Vec<(i64, Option<Vec<u8>>)> =
        sqlx::query_as("SELECT day, hours FROM days WHERE monitor = ? AND day >= ? AND day < ? ORDER BY day LIMIT ?")
            .bind(monitor)
            .bind(folded.unwrap_or(i64::MIN))
            .bind(before)
            .bind(STEP)
            .fetch_all(&mut *connection)
            .await?;
    for (day, body) in days.iter().filter_map(|(day, body)| Some((day, body.as_ref()?))) {
        sqlx::query("UPDATE days SET hours = ? WHERE monitor = ? AND day = ?")
            .bind(hours(Some(body))?.folded().encode())
            .bind(monitor)
            .bind(day)
            .execute(&mut *connection)
            .await?;
    }
    let whole = i64::try_from(days.len()).unwrap_or(0) < STEP;
    let next = if whole { before } else { days.last().map_or(before, |(day, _)| day + 1) };
    sqlx::query("UPDATE monitors SET folded = ? WHERE key = ?").bind(next).bind(monitor).execute(connection).await?;
    Ok(true)
}

/// Latency buckets before a moment; true while there are more.
async fn drop_buckets(connection: &mut SqliteConnection, before: At) -> Result<bool, StorageError> {
    let dropped = sqlx::query(
        "DELETE FROM latencies WHERE (at, monitor) IN (SELECT at, monitor FROM latencies WHERE at < ? LIMIT ?)",
    )
    .bind(before.0)
    .bind(STEP * 8)
    .execute(connection)
    .await?;
    Ok(dropped.rows_affected() >= (STEP * 8).unsigned_abs())
}
