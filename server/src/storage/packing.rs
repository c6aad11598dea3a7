//! Fresh samples become packs and hours, hourly packs daily ones, and these packs of sixteen days: step by step, each a
//! short transaction.
//!
//! A cycle takes all rows of `fresh` up to a key. For a few monitors at a time it writes their packs, adds their
//! samples to the hours of their days and notes how far it has come, all in one transaction; after the last monitor
//! the rows go. So a sample is in the rows that count or in a pack, at every moment, and whoever stops in between goes
//! on where it was. Samples that came twice are dropped where they meet.

use super::codes::get;
use super::days::hour_of;
use super::pack::series::Series;
use super::samples::{fresh_row, packed};
use super::{Storage, StorageError};
use crate::status::rollup::{Hours, Unreadable};
use app::model::At;
use futures_util::TryStreamExt;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::time::Duration;

/// Samples of one cycle, which it has in memory at 16 bytes each.
const CYCLE: usize = 1_000_000;
/// Samples and monitors of one step.
const STEP_SAMPLES: usize = 4_000;
const STEP_MONITORS: usize = 32;
/// Rows removed at once.
const STEP_ROWS: i64 = 512;
/// A probe that began in an hour may end this much later.
const LATE: Duration = Duration::from_mins(2);
const HOUR_MS: i64 = 3_600_000;
/// Days of the largest packs: a pack of some tens of pages leaves little of its last page empty.
pub(super) const BLOCK_DAYS: i64 = 16;
/// A row this far ahead was written under a wrong clock; it is packed like one that is due.
const AHEAD: Duration = Duration::from_hours(24);

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Packed samples.
    pub samples: Duration,
    /// The hours of a day; the day itself stays.
    pub hours: Duration,
}

/// What the work has in hand between two steps. Losing it loses nothing.
#[derive(Debug, Default)]
pub struct Packing {
    cycle: Option<Cycle>,
    /// The day for which missing days were looked for, and the hour in which old things were.
    pub(super) counted: Option<i64>,
    pub(super) tidied: Option<i64>,
}

#[derive(Debug)]
struct Cycle {
    mark: Mark,
    waiting: BTreeMap<i64, Series>,
}

/// How far packing has come: `fresh` up to `upto` for monitors up to `done`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) upto: i64,
    pub(super) done: i64,
    epoch: i64,
}

/// One monitor's part of a step.
struct Part {
    monitor: i64,
    packs: Vec<Pack>,
    days: BTreeMap<i64, Hours>,
}

/// A pack ready to be stored.
pub(super) struct Pack {
    pub(super) since: At,
    until: At,
    count: i64,
    body: Vec<u8>,
}

impl Pack {
    /// All of a series that is in order, in packs of so many days.
    pub(super) fn of(series: &Series, days: i64) -> Vec<Self> {
        let pack = |part: Series| {
            let (first, last) = (part.points().first()?, part.points().last()?);
            let count = i64::try_from(part.points().len()).unwrap_or(i64::MAX);
            Some(Self { since: first.at, until: last.at, count, body: part.encode() })
        };
        series.parts(days).filter_map(pack).collect()
    }

    /// Stores it, unless the monitor is gone.
    pub(super) async fn insert(&self, to: &mut SqliteConnection, monitor: i64, level: i64) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO packs (monitor, since, until, count, level, body)
             SELECT key, ?2, ?3, ?4, ?5, ?6 FROM monitors WHERE key = ?1",
        )
        .bind(monitor)
        .bind(self.since.0)
        .bind(self.until.0)
        .bind(self.count)
        .bind(level)
        .bind(self.body.as_slice())
        .execute(to)
        .await?;
        Ok(())
    }
}

/// The hours of a series by their days.
pub(super) fn hours_of(series: &Series) -> BTreeMap<i64, Hours> {
    let mut days: BTreeMap<i64, Hours> = BTreeMap::new();
    for point in series.points() {
        let Some(ending) = series.ending(*point) else { continue };
        days.entry(point.at.day()).or_default().of(hour_of(point.at)).add(ending.class, point.latency);
    }
    days
}

/// Hours as the database holds them.
pub(super) fn hours(body: Option<&[u8]>) -> Result<Hours, StorageError> {
    let unreadable = |problem: Unreadable| StorageError::Corrupt { place: "days.hours", problem: problem.to_string() };
    body.map_or_else(|| Ok(Hours::default()), |body| Hours::decode(body).map_err(unreadable))
}

/// Adds to the hours of a day, unless the monitor is gone.
pub(super) async fn add_hours(
    to: &mut SqliteConnection,
    monitor: i64,
    day: i64,
    more: &Hours,
) -> Result<(), StorageError> {
    let before: Option<Option<Vec<u8>>> = sqlx::query_scalar("SELECT hours FROM days WHERE monitor = ? AND day = ?")
        .bind(monitor)
        .bind(day)
        .fetch_optional(&mut *to)
        .await?;
    let mut all = hours(before.flatten().as_deref())?;
    all.merge(more);
    sqlx::query(
        "INSERT INTO days (monitor, day, hours) SELECT key, ?2, ?3 FROM monitors WHERE key = ?1
         ON CONFLICT (monitor, day) DO UPDATE SET hours = excluded.hours",
    )
    .bind(monitor)
    .bind(day)
    .bind(all.encode())
    .execute(to)
    .await?;
    Ok(())
}

async fn mark(of: &mut SqliteConnection) -> Result<Mark, StorageError> {
    let row = sqlx::query("SELECT upto, done, epoch FROM packing").fetch_one(of).await?;
    Ok(Mark { upto: get(&row, "upto")?, done: get(&row, "done")?, epoch: get(&row, "epoch")? })
}

/// Monitors are being forgotten, so that what packing has in hand is no longer sure.
pub(super) async fn forget(connection: &mut SqliteConnection, monitor: i64) -> Result<(), StorageError> {
    sqlx::query("UPDATE packing SET epoch = epoch + 1").execute(&mut *connection).await?;
    // One row after the other: there may be many.
    let keys: Vec<i64> = sqlx::query_scalar("SELECT key FROM fresh").fetch_all(&mut *connection).await?;
    for key in keys {
        let row =
            sqlx::query("SELECT key, body FROM fresh WHERE key = ?").bind(key).fetch_one(&mut *connection).await?;
        let all = fresh_row(&row)?;
        let kept: Vec<_> = all.iter().filter(|(of, _)| *of != monitor).map(|(of, sample)| (*of, sample)).collect();
        if kept.len() == all.len() {
            continue;
        }
        if kept.is_empty() {
            sqlx::query("DELETE FROM fresh WHERE key = ?").bind(key).execute(&mut *connection).await?;
        } else {
            let body = super::pack::fresh::encode(key, &kept);
            sqlx::query("UPDATE fresh SET body = ? WHERE key = ?")
                .bind(body)
                .bind(key)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

impl Storage {
    /// One step of what makes the history small; false when there is nothing left to do for now.
    pub async fn pack_step(&self, packing: &mut Packing, keep: Keep, now: At) -> Result<bool, StorageError> {
        if packing.cycle.is_none() {
            packing.cycle = self.begin_cycle(now).await?;
        }
        let Some(mut cycle) = packing.cycle.take() else {
            let border = At(now.0 - i64::try_from(LATE.as_millis()).unwrap_or(0)).day();
            return Ok(self.merge((0, 1), border).await?
                || self.merge((1, BLOCK_DAYS), border).await?
                || self.count_days(packing, now).await?
                || self.tidy(packing, keep, now).await?);
        };
        // After an error the cycle is not put back: the next step begins where the database stands.
        let more = if cycle.mark.done == i64::MAX {
            self.remove_rows(cycle.mark).await?
        } else {
            self.pack_some(&mut cycle).await?;
            true
        };
        packing.cycle = more.then_some(cycle);
        Ok(true)
    }

    /// The cycle that was left, or a new one if there is anything to pack.
    async fn begin_cycle(&self, now: At) -> Result<Option<Cycle>, StorageError> {
        let mark = self.writer().write(|connection| Box::pin(async move { mark(connection).await })).await?;
        let first: Option<i64> = self
            .read(async { Ok(sqlx::query_scalar("SELECT min(key) FROM fresh").fetch_one(self.readers()).await?) })
            .await?;
        let Some(first) = first else { return Ok(None) };
        if first <= mark.upto {
            let (_, waiting) = self.load(mark.upto, mark.done).await?;
            return Ok(Some(Cycle { mark, waiting }));
        }
        let hour = At((now - LATE).0.div_euclid(HOUR_MS) * HOUR_MS);
        let border = if At(first) > now + AHEAD { i64::MAX } else { hour.0 };
        if first >= border {
            return Ok(None);
        }
        let (upto, waiting) = self.load(border - 1, 0).await?;
        let next = Mark { upto, done: 0, ..mark };
        self.set_mark(mark, next).await?;
        Ok(Some(Cycle { mark: next, waiting }))
    }

    /// The samples of rows up to a key of monitors after one, about [`CYCLE`] at most, and the key of the last row that
    /// was read: one that is written meanwhile has a higher key.
    async fn load(&self, upto: i64, done: i64) -> Result<(i64, BTreeMap<i64, Series>), StorageError> {
        self.read(async {
            let (mut waiting, mut last, mut count) = (BTreeMap::<i64, Series>::new(), i64::MIN, 0);
            let mut rows =
                sqlx::query("SELECT key, body FROM fresh WHERE key <= ? ORDER BY key").bind(upto).fetch(self.readers());
            while let Some(row) = rows.try_next().await? {
                let samples = fresh_row(&row)?;
                last = get(&row, "key")?;
                count += samples.len();
                for (monitor, sample) in samples.into_iter().filter(|(monitor, _)| *monitor > done) {
                    let series = waiting.entry(monitor).or_default();
                    series.add(sample.at, sample.latency, sample.class, sample.status, sample.fault.as_ref());
                }
                if count >= CYCLE {
                    break;
                }
            }
            waiting.values_mut().for_each(Series::sort);
            Ok((last, waiting))
        })
        .await
    }

    async fn set_mark(&self, from: Mark, to: Mark) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    if mark(connection).await? != from {
                        return Err(StorageError::Conflict);
                    }
                    move_mark(connection, to).await
                })
            })
            .await
    }

    /// Packs of the next monitors, with their hours and the mark, all or nothing.
    async fn pack_some(&self, cycle: &mut Cycle) -> Result<(), StorageError> {
        let (mut parts, mut count) = (Vec::new(), 0);
        while count < STEP_SAMPLES
            && parts.len() < STEP_MONITORS
            && let Some((monitor, mut series)) = cycle.waiting.pop_first()
        {
            count += series.points().len();
            self.drop_packed(monitor, &mut series).await?;
            parts.push(Part { monitor, packs: Pack::of(&series, 1), days: hours_of(&series) });
        }
        let done = if cycle.waiting.is_empty() { i64::MAX } else { parts.last().map_or(0, |part| part.monitor) };
        let (from, to) = (cycle.mark, Mark { done, ..cycle.mark });
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    if mark(connection).await? != from {
                        return Err(StorageError::Conflict);
                    }
                    for part in &parts {
                        for pack in &part.packs {
                            pack.insert(connection, part.monitor, 0).await?;
                        }
                        for (day, hours) in &part.days {
                            add_hours(connection, part.monitor, *day, hours).await?;
                        }
                    }
                    move_mark(connection, to).await
                })
            })
            .await?;
        cycle.mark = to;
        Ok(())
    }

    /// Drops samples that are packed already: a batch whose fate was unknown comes twice.
    async fn drop_packed(&self, monitor: i64, series: &mut Series) -> Result<(), StorageError> {
        let (Some(first), Some(last)) = (series.points().first().copied(), series.points().last().copied()) else {
            return Ok(());
        };
        self.read(async {
            let mut packs = sqlx::query("SELECT body FROM packs WHERE monitor = ? AND since <= ? AND until >= ?")
                .bind(monitor)
                .bind(last.at.0)
                .bind(first.at.0)
                .fetch(self.readers());
            while let Some(pack) = packs.try_next().await? {
                series.without(&packed(&pack)?);
            }
            Ok(())
        })
        .await
    }

    /// Removes rows whose samples are all packed; true while there are more.
    async fn remove_rows(&self, of: Mark) -> Result<bool, StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    if mark(connection).await? != of || of.done != i64::MAX {
                        return Err(StorageError::Conflict);
                    }
                    let removed = sqlx::query(
                        "DELETE FROM fresh WHERE key IN (SELECT key FROM fresh WHERE key <= ? ORDER BY key LIMIT ?)",
                    )
                    .bind(of.upto)
                    .bind(STEP_ROWS)
                    .execute(connection)
                    .await?;
                    Ok(removed.rows_affected() >= STEP_ROWS.unsigned_abs())
                })
            })
            .await
    }

    /// Makes one pack of one monitor's packs of a level and of so many days, all before the day `border`; false when
    /// there are none.
    async fn merge(&self, (level, days): (i64, i64), border: i64) -> Result<bool, StorageError> {
        let border = At::start_of_day(border.div_euclid(days) * days);
        let found = self
            .read(async {
                let first = sqlx::query(
                    "SELECT monitor, since FROM packs INDEXED BY packs_open
                     WHERE level = ?1 AND level < 2 AND since < ?2 ORDER BY monitor, since LIMIT 1",
                )
                .bind(level)
                .bind(border.0)
                .fetch_optional(self.readers())
                .await?;
                let Some(first) = first else { return Ok(None) };
                let (monitor, day): (i64, i64) = (get(&first, "monitor")?, At(get(&first, "since")?).day());
                let block = day.div_euclid(days) * days;
                let packs = sqlx::query(
                    "SELECT key, body FROM packs WHERE monitor = ? AND level = ? AND since >= ? AND since < ?",
                )
                .bind(monitor)
                .bind(level)
                .bind(At::start_of_day(block).0)
                .bind(At::start_of_day(block + days).0)
                .fetch_all(self.readers())
                .await?;
                let (mut keys, mut series) = (Vec::new(), Series::default());
                for pack in &packs {
                    keys.push(get::<i64>(pack, "key")?);
                    series.append(&packed(pack)?);
                }
                series.sort();
                Ok(Some((monitor, keys, Pack::of(&series, days))))
            })
            .await?;
        let Some((monitor, keys, packs)) = found else { return Ok(false) };
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    for key in keys {
                        let removed =
                            sqlx::query("DELETE FROM packs WHERE key = ?").bind(key).execute(&mut *connection).await?;
                        if removed.rows_affected() != 1 {
                            return Err(StorageError::Conflict);
                        }
                    }
                    for pack in packs {
                        pack.insert(connection, monitor, level + 1).await?;
                    }
                    Ok(true)
                })
            })
            .await
    }
}

async fn move_mark(connection: &mut SqliteConnection, to: Mark) -> Result<(), StorageError> {
    sqlx::query("UPDATE packing SET upto = ?, done = ?").bind(to.upto).bind(to.done).execute(connection).await?;
    Ok(())
}
