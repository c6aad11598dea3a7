//! What the public page shows: a snapshot of all components, and nothing private.

use super::code;
use super::id::ComponentSlug;
use super::incident::Incident;
use super::time::{At, Millis};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

code! {
    /// The state of a monitor or component, best first. [`State::severity`] gives the banner's order.
    pub enum State {
        /// All is well.
        Operational = "operational",
        /// Works, but slowly or with warnings.
        Degraded = "degraded",
        /// Some of its monitors are in outage.
        PartialOutage = "partial-outage",
        /// Confirmed down.
        Outage = "outage",
        /// Announced work.
        Maintenance = "maintenance",
        /// We could not measure.
        Unknown = "unknown",
    }
}

impl State {
    /// The banner's order, worst highest: outage, partial outage, degraded, unknown, maintenance, operational.
    pub const fn severity(self) -> u8 {
        match self {
            Self::Operational => 0,
            Self::Maintenance => 1,
            Self::Unknown => 2,
            Self::Degraded => 3,
            Self::PartialOutage => 4,
            Self::Outage => 5,
        }
    }

    /// The word shown beside the colour and the shape.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Operational => "Operational",
            Self::Degraded => "Degraded",
            Self::PartialOutage => "Partial outage",
            Self::Outage => "Outage",
            Self::Maintenance => "Maintenance",
            Self::Unknown => "Unknown",
        }
    }
}

/// Milliseconds spent in each state over some span, the base of every uptime figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Spent {
    /// Milliseconds operational.
    pub operational: i64,
    /// Milliseconds degraded; counts as up.
    pub degraded: i64,
    /// Milliseconds in partial outage; counts half.
    pub partial: i64,
    /// Milliseconds in outage.
    pub outage: i64,
    /// Milliseconds of announced maintenance; left out of the uptime.
    pub maintenance: i64,
    /// Milliseconds without a measurement; left out of the uptime.
    pub unknown: i64,
}

/// One UTC day of a component's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Days since 1970-01-01 (UTC).
    pub day: i64,
    /// Time in each state; all zero before the first sample ever.
    pub spent: Spent,
}

/// Days in order, oldest first. Only the last changes with every measurement; those before are shared from one
/// snapshot to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Days {
    earlier: Arc<Vec<Day>>,
    last: Option<Day>,
}

impl Days {
    /// All of them, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Day> {
        self.earlier.iter().chain(&self.last)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.earlier.len() + usize::from(self.last.is_some())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// The oldest.
    pub fn first(&self) -> Option<&Day> {
        self.iter().next()
    }

    /// The newest.
    pub fn last(&self) -> Option<&Day> {
        self.last.as_ref()
    }

    /// Leaves those out that are not kept, and puts further ones at the end.
    pub fn renew(&mut self, keep: impl Fn(&Day) -> bool, further: impl IntoIterator<Item = Day>) {
        let earlier = &mut self.earlier;
        if !earlier.iter().all(&keep) {
            Arc::make_mut(earlier).retain(&keep);
        }
        let last = self.last.take().filter(keep);
        for day in last.into_iter().chain(further) {
            if let Some(before) = self.last.replace(day) {
                Arc::make_mut(earlier).push(before);
            }
        }
        if self.last.is_none() && !earlier.is_empty() {
            self.last = Arc::make_mut(earlier).pop();
        }
    }
}

impl From<Vec<Day>> for Days {
    fn from(mut days: Vec<Day>) -> Self {
        let last = days.pop();
        Self { earlier: Arc::new(days), last }
    }
}

impl std::ops::Index<usize> for Days {
    type Output = Day;

    fn index(&self, place: usize) -> &Day {
        match &self.last {
            Some(last) if place == self.earlier.len() => last,
            _ => &self.earlier[place],
        }
    }
}

/// A stretch of time in which a component was not operational.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// What it was.
    pub state: State,
    /// From when.
    pub from: At,
    /// Until when; `None` where it still is.
    pub until: Option<At>,
}

/// One point of the latency line: the median of the successful probes in one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyPoint {
    /// Start of the bucket.
    pub at: At,
    /// Median latency; `None` where no probe succeeded in the bucket.
    pub median: Option<Millis>,
}

/// What the public may know of a component now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComponentStatus {
    /// Stable id and place in URLs.
    pub slug: ComponentSlug,
    /// Display name.
    pub name: String,
    /// Heading under which it is listed.
    pub group: Option<String>,
    /// Its state now.
    pub state: State,
    /// Since when; back-dated to the first failure. `None` before the first sample.
    pub since: Option<At>,
    /// Last sample of any of its monitors.
    pub last_sample: Option<At>,
    /// Longest interval of its monitors, for judging whether data is stale.
    pub interval: Millis,
    /// A short public reason for a failure, from a closed list ("connection refused", "status 502").
    pub reason: Option<String>,
    /// The last 90 UTC days, oldest first, today last.
    pub days: Days,
    /// When in those days it was not operational, newest first; of very many the newest 200.
    pub intervals: Arc<Vec<Interval>>,
    /// Uptime over those days, 0 to 1; `None` without a measurement.
    pub uptime: Option<f64>,
    /// The last 24 hours in 48 buckets of 30 minutes, oldest first.
    pub latency: Vec<LatencyPoint>,
}

/// Announced work that visitors may know of: under way, or to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Stable id of the plan; each of its windows has its own `from`.
    pub id: String,
    /// What visitors read first.
    pub title: String,
    /// More of it, in one line of plain text.
    pub about: Option<String>,
    /// The public components that it hits, at least one.
    pub components: Vec<ComponentSlug>,
    /// When it begins.
    pub from: At,
    /// When it ends.
    pub until: At,
}

impl Maintenance {
    /// Whether it is under way.
    pub fn is_on(&self, now: At) -> bool {
        self.from <= now && now < self.until
    }
}

/// Gatewatch itself cannot see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blindness {
    /// Since when.
    pub since: At,
    /// Why, from a closed list of phrases ("its own network does not answer").
    pub reason: String,
}

/// The whole public state at one moment. The snapshot is the cache: pages, feeds and APIs are made
/// from it and ask no database. It holds only what anonymous visitors may see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Rises with every change that visitors can see.
    pub version: u64,
    /// When this was true.
    pub as_of: At,
    /// The page's title.
    pub title: String,
    /// The worst of the components' states.
    pub state: State,
    /// Public components in the order of the configuration.
    pub components: Vec<ComponentStatus>,
    /// Incidents not yet resolved, newest first.
    pub active: Vec<Incident>,
    /// Resolved incidents of the last 14 days, newest first.
    pub past: Vec<Incident>,
    /// Announced work that is on or comes within 14 days, the earliest first; of each plan the next window.
    pub maintenances: Vec<Maintenance>,
    /// Every window from 30 days ago, as far as it was kept to, to 90 days ahead; the earliest first.
    pub calendar: Vec<Maintenance>,
    /// False while samples or notes cannot be stored; the page says so.
    pub storage_ok: bool,
    /// Set while Gatewatch itself cannot see; then much of what is shown is unknown.
    pub blind: Option<Blindness>,
    /// True when Gatewatch watches only itself, and the page says how to add a site.
    pub only_self: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64, operational: i64) -> Day {
        Day { day, spent: Spent { operational, ..Spent::default() } }
    }

    #[test]
    fn days_are_renewed_from_any_day_on_and_the_rest_is_shared() {
        let mut days = Days::default();
        assert!(days.is_empty() && days.first().is_none());
        days.renew(|_| true, (1..=5).map(|one| day(one, 0)));
        let before = days.clone();
        days.renew(|one| one.day < 5, [day(5, 7)]);
        assert!(Arc::ptr_eq(&before.earlier, &days.earlier));
        assert_eq!((days.len(), days.last(), before.last()), (5, Some(&day(5, 7)), Some(&day(5, 0))));
        days.renew(|one| (2..5).contains(&one.day), [day(5, 9), day(6, 1)]);
        assert_eq!(days, vec![day(2, 0), day(3, 0), day(4, 0), day(5, 9), day(6, 1)].into());
        assert_eq!((days[0], days[4]), (day(2, 0), day(6, 1)));
        days.renew(|one| one.day < 4, []);
        assert_eq!(days.iter().map(|one| one.day).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(before.len(), 5);
    }
}
