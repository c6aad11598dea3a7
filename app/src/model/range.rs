//! A component over a range of time, and all of them over a month.

use super::code;
use super::id::ComponentSlug;
use super::status::{Interval, Spent};
use super::time::{At, DAY_MS, Millis};

code! {
    /// The ranges that can be asked for: a closed set, so that strangers cannot make up work.
    pub enum Range {
        /// 24 hours in halves.
        Day = "24h",
        /// 7 days by three hours.
        Week = "7d",
        /// 90 days by day.
        Quarter = "90d",
        /// 365 days by five.
        Year = "1y",
    }
}

impl Range {
    /// As it is called on pages.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Quarter => "90 days",
            Self::Year => "1 year",
        }
    }

    /// Length of one part in milliseconds, and the number of parts.
    pub const fn parts(self) -> (i64, i64) {
        const HALF_HOUR_MS: i64 = 1_800_000;
        match self {
            Self::Day => (HALF_HOUR_MS, 48),
            Self::Week => (6 * HALF_HOUR_MS, 56),
            Self::Quarter => (DAY_MS, 90),
            Self::Year => (5 * DAY_MS, 73),
        }
    }

    /// When the first part begins and the last one ends. The last one holds `now`; parts begin at full hours or days.
    pub const fn extent(self, now: At) -> (At, At) {
        let (length, count) = self.parts();
        let grid = if length > DAY_MS { DAY_MS } else { length };
        let until = (now.0.div_euclid(grid) + 1) * grid;
        (At(until - length * count), At(until))
    }
}

/// One part of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// When it begins.
    pub at: At,
    /// Probes.
    pub count: u64,
    /// Those of them that found it down.
    pub failed: u64,
    /// Half of the successful probes took no longer.
    pub p50: Option<Millis>,
    /// Nineteen of twenty took no longer.
    pub p95: Option<Millis>,
}

/// A component over a range.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeView {
    /// Which.
    pub range: Range,
    /// From when.
    pub from: At,
    /// Until when: now.
    pub until: At,
    /// Time in each state.
    pub spent: Spent,
    /// The formula over it; `None` without a measurement.
    pub uptime: Option<f64>,
    /// When it was not operational, newest first.
    pub intervals: Vec<Interval>,
    /// More of them than are listed.
    pub unlisted: usize,
    /// Its parts, oldest first.
    pub parts: Vec<Part>,
    /// All parts together.
    pub whole: Part,
}

/// A component's month.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthRow {
    /// Its page.
    pub slug: ComponentSlug,
    /// Its name.
    pub name: String,
    /// Time in each state.
    pub spent: Spent,
    /// The formula over it; `None` without a measurement.
    pub uptime: Option<f64>,
    /// How often it was in outage or partial outage.
    pub outages: usize,
    /// The longest of these in milliseconds; 0 where there was none.
    pub longest_ms: i64,
    /// All probes of the month.
    pub whole: Part,
}

/// What a month was like: the page that people print and sign.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthReport {
    /// Which, as `2026-11`.
    pub month: String,
    /// Its first moment.
    pub from: At,
    /// Its end, or now.
    pub until: At,
    /// False while the month lasts.
    pub is_over: bool,
    /// Public components in the order of the page.
    pub rows: Vec<MonthRow>,
    /// Incidents that began in it.
    pub incidents: Vec<super::Incident>,
}
