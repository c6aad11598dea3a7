//! Announced work: when it is, once or again and again.
//!
//! Pure. A plan is a start in some time zone, how long it lasts, and perhaps a recurrence rule (RFC 5545). It keeps its
//! hour on the wall through changes of summer time, as the people do who announce it.

use app::model::At;
use chrono::DateTime;
use rrule::{RRuleSet, Tz};
use std::collections::BTreeSet;
use std::time::Duration;

use app::model::MonitorId;

/// The longest recurrence rule in characters.
const MAX_RULE: usize = 200;
/// The longest window.
pub const MAX_LASTS: Duration = Duration::from_hours(7 * 24);
/// Frequencies that a rule may have; anything oftener is no announced work.
const FREQUENCIES: [&str; 4] = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];

/// A span of announced work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// Its first moment.
    pub from: At,
    /// The first moment after it.
    pub until: At,
}

impl Window {
    /// Whether a moment lies in it.
    pub fn holds(self, moment: At) -> bool {
        self.from <= moment && moment < self.until
    }
}

/// What is wrong with a plan, by the part that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanProblem {
    /// The start is no date and time.
    Start(String),
    /// The time zone is unknown.
    Zone(String),
    /// The rule cannot be read, or is none that is allowed.
    Repeat(String),
}

/// When work is announced.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    set: RRuleSet,
    lasts: Duration,
}

impl Plan {
    /// From a local start (`2026-12-06T02:00`), the name of its time zone, perhaps a rule (`FREQ=WEEKLY;BYDAY=SU`), and
    /// how long each window lasts.
    pub fn new(start: &str, zone: &str, repeat: Option<&str>, lasts: Duration) -> Result<Self, PlanProblem> {
        let hint = || PlanProblem::Start(format!("`{start}` is not a date and time; write `2026-12-06T02:00`"));
        let begin: jiff::civil::DateTime = start.parse().map_err(|_| hint())?;
        if !start.contains('T') || !(2000..=2100).contains(&begin.year()) {
            return Err(hint());
        }
        let begin = begin.strftime("%Y%m%dT%H%M%S").to_string();
        let plain =
            !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte));
        let once = format!("DTSTART;TZID={zone}:{begin}\nRRULE:FREQ=DAILY;COUNT=1");
        let set = once.parse::<RRuleSet>().ok().filter(|_| plain);
        let unknown = || PlanProblem::Zone(format!("`{zone}` is not a time zone; write `Europe/Berlin` or `UTC`"));
        let set = set.ok_or_else(unknown)?;
        let Some(rule) = repeat else { return Ok(Self { set, lasts }) };
        let rule = allowed(rule).map_err(PlanProblem::Repeat)?;
        let set = format!("DTSTART;TZID={zone}:{begin}\nRRULE:{rule}").parse::<RRuleSet>();
        let set = set.map_err(|error| PlanProblem::Repeat(format!("`{rule}`: {}", one_line(&error.to_string()))))?;
        Ok(Self { set, lasts })
    }

    /// The first window that is not over at `now`; `None` after the last one.
    pub fn next(&self, now: At) -> Option<Window> {
        // One that begins now is over after `lasts`; one that ends now is over.
        let earliest = DateTime::from_timestamp_millis((now - self.lasts).0.saturating_add(1))?.with_timezone(&Tz::UTC);
        let first = self.set.clone().after(earliest).all(1).dates.first().map(DateTime::timestamp_millis)?;
        Some(Window { from: At(first), until: At(first) + self.lasts })
    }
}

fn allowed(rule: &str) -> Result<String, String> {
    let rule = rule.strip_prefix("RRULE:").unwrap_or(rule).to_ascii_uppercase();
    let plain = rule.bytes().all(|byte| byte.is_ascii_alphanumeric() || b";=,+-".contains(&byte));
    if !plain || rule.len() > MAX_RULE {
        return Err("is not a rule; write `FREQ=WEEKLY;BYDAY=SU`".to_owned());
    }
    let frequency = rule.split(';').find_map(|part| part.strip_prefix("FREQ="));
    match frequency {
        Some(frequency) if FREQUENCIES.contains(&frequency) => Ok(rule),
        Some(frequency) => Err(format!("`{frequency}` is not a frequency here; known: {}", FREQUENCIES.join(", "))),
        None => Err("has no `FREQ=`; write `FREQ=WEEKLY;BYDAY=SU`".to_owned()),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Announced work on some monitors.
#[derive(Debug, Clone, PartialEq)]
pub struct Maintenance {
    /// Stable id.
    pub id: String,
    /// What visitors read.
    pub title: String,
    /// More of it, in one line.
    pub about: Option<String>,
    /// What it affects.
    pub monitors: BTreeSet<MonitorId>,
    /// When.
    pub plan: Plan,
}

/// A plan with the window that is next, so that the rule is asked once for each window only.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) maintenance: Maintenance,
    next: Option<Window>,
    asked: At,
}

impl Planned {
    pub(super) fn new(maintenance: Maintenance, now: At) -> Self {
        Self { next: maintenance.plan.next(now), asked: now, maintenance }
    }

    /// The window that is on or next.
    pub(super) fn next(&self) -> Option<Window> {
        self.next
    }

    /// Follows the clock, also one that was set back.
    pub(super) fn advance(&mut self, now: At) {
        let is_over = self.next.is_some_and(|window| window.until <= now);
        if is_over || now < self.asked {
            self.next = self.maintenance.plan.next(now);
        }
        self.asked = now;
    }

    /// The window that is on.
    pub(super) fn on(&self, now: At) -> Option<Window> {
        self.next.filter(|window| window.holds(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{parse_rfc3339, rfc3339};

    const HOUR: Duration = Duration::from_hours(1);

    fn at(text: &str) -> At {
        parse_rfc3339(text).unwrap()
    }

    /// Beginnings of the next windows after a moment.
    fn windows(plan: &Plan, mut now: At, count: usize) -> Vec<String> {
        let mut begins = Vec::new();
        for _ in 0..count {
            let Some(window) = plan.next(now) else { break };
            begins.push(rfc3339(window.from));
            now = window.until;
        }
        begins
    }

    #[test]
    fn a_single_window_comes_once() {
        let plan = Plan::new("2026-12-06T02:00", "Europe/Berlin", None, HOUR).unwrap();
        let window = Window { from: at("2026-12-06T01:00:00Z"), until: at("2026-12-06T02:00:00Z") };
        for now in ["2026-01-01T00:00:00Z", "2026-12-06T01:00:00Z", "2026-12-06T01:59:59.999Z"] {
            assert_eq!(plan.next(at(now)), Some(window), "{now}");
        }
        assert_eq!(plan.next(window.until), None);
        assert!(window.holds(window.from) && !window.holds(window.until));
    }

    #[test]
    fn a_rule_keeps_the_hour_on_the_wall() {
        let plan = Plan::new("2026-10-18T02:30", "Europe/Berlin", Some("FREQ=WEEKLY;BYDAY=SU"), HOUR).unwrap();
        assert_eq!(
            windows(&plan, at("2026-10-12T00:00:00Z"), 3),
            ["2026-10-18T00:30:00.000Z", "2026-10-25T00:30:00.000Z", "2026-11-01T01:30:00.000Z"],
            "an hour later in UTC once summer time is over"
        );
        let monthly =
            Plan::new("2026-01-01T22:00", "UTC", Some("RRULE:freq=monthly;byday=-1fr;count=2"), HOUR).unwrap();
        assert_eq!(windows(&monthly, At(0), 5), ["2026-01-30T22:00:00.000Z", "2026-02-27T22:00:00.000Z"]);
        let old = Plan::new("2000-01-01T00:00", "UTC", Some("FREQ=DAILY"), HOUR).unwrap();
        assert_eq!(windows(&old, at("2060-06-01T12:00:00Z"), 1), ["2060-06-02T00:00:00.000Z"], "however long it runs");
    }

    #[test]
    fn windows_that_touch_leave_no_gap() {
        let plan = Plan::new("2026-01-01T00:00", "UTC", Some("FREQ=DAILY"), HOUR * 24).unwrap();
        let now = at("2026-03-01T00:00:00Z");
        assert!(plan.next(now).unwrap().holds(now));
        let before = at("2026-02-28T23:59:59.999Z");
        assert_eq!(plan.next(before).unwrap().until, now);
    }

    #[test]
    fn each_wrong_part_is_told() {
        let plan = |start, zone, repeat| Plan::new(start, zone, repeat, HOUR).unwrap_err();
        for start in ["", "2026-12-06", "2026-13-06T02:00", "tomorrow", "1999-01-01T00:00"] {
            assert!(matches!(plan(start, "UTC", None), PlanProblem::Start(_)), "{start}");
        }
        for zone in ["", "Europe/Nowhere", "UTC:20260101T000000\nX", "CEST2"] {
            assert!(matches!(plan("2026-12-06T02:00", zone, None), PlanProblem::Zone(_)), "{zone}");
        }
        for rule in [
            "",
            "WEEKLY",
            "FREQ=HOURLY",
            "FREQ=SECONDLY",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=DAILY\nEXDATE:x",
            "FREQ=DAILY;COUNT=0;UNTIL=1",
        ] {
            assert!(matches!(plan("2026-12-06T02:00", "UTC", Some(rule)), PlanProblem::Repeat(_)), "{rule}");
        }
    }
}
