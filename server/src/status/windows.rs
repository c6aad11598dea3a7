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
/// How far the calendar reaches back from today, and ahead.
const BACK: Duration = Duration::from_hours(30 * 24);
const AHEAD: Duration = Duration::from_hours(90 * 24);
/// Windows of one plan that the calendar holds: more than the daily ones of that time.
const MOST_WINDOWS: u16 = 125;
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
        Some(self.window(first))
    }

    /// The windows that lie in a span or reach into it, the earliest first; at most [`MOST_WINDOWS`].
    fn within(&self, span: Window) -> Vec<Window> {
        let moment = |at: At| DateTime::from_timestamp_millis(at.0).map(|at| at.with_timezone(&Tz::UTC));
        let Some((earliest, latest)) = moment(span.from - self.lasts).zip(moment(span.until)) else {
            return Vec::new();
        };
        let found = self.set.clone().after(earliest).before(latest).all(MOST_WINDOWS).dates;
        let windows = found.iter().map(|begin| self.window(begin.timestamp_millis()));
        windows.filter(|window| span.from < window.until && window.from < span.until).collect()
    }

    fn window(&self, from: i64) -> Window {
        Window { from: At(from), until: At(from) + self.lasts }
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

/// A plan with the windows that were asked of it, so that the rule is asked once for each window and day only.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) maintenance: Maintenance,
    next: Option<Window>,
    calendar: Vec<Window>,
    asked: At,
}

impl Planned {
    pub(super) fn new(maintenance: Maintenance, now: At) -> Self {
        let (next, calendar) = (maintenance.plan.next(now), calendar(&maintenance.plan, now));
        Self { next, calendar, asked: now, maintenance }
    }

    /// The window that is on or next.
    pub(super) fn next(&self) -> Option<Window> {
        self.next
    }

    /// The windows from 30 days before today to 90 days after it, the earliest first.
    pub(super) fn calendar(&self) -> &[Window] {
        &self.calendar
    }

    /// Follows the clock, also one that was set back.
    pub(super) fn advance(&mut self, now: At) {
        let is_over = self.next.is_some_and(|window| window.until <= now);
        if is_over || now < self.asked {
            self.next = self.maintenance.plan.next(now);
        }
        if now.day() != self.asked.day() {
            self.calendar = calendar(&self.maintenance.plan, now);
        }
        self.asked = now;
    }

    /// The window that is on.
    pub(super) fn on(&self, now: At) -> Option<Window> {
        self.next.filter(|window| window.holds(now))
    }
}

/// Begins and ends at midnight, so that it is the same all day.
fn calendar(plan: &Plan, now: At) -> Vec<Window> {
    let today = At::start_of_day(now.day());
    plan.within(Window { from: today - BACK, until: today + AHEAD })
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
    fn the_calendar_of_a_day_holds_what_reaches_into_its_time() {
        let maintenance = |repeat| Maintenance {
            id: "m".to_owned(),
            title: "M".to_owned(),
            about: None,
            monitors: BTreeSet::new(),
            plan: Plan::new("2026-01-01T23:00", "UTC", repeat, HOUR * 2).unwrap(),
        };
        let mut daily = Planned::new(maintenance(Some("FREQ=DAILY")), at("2026-06-01T12:00:00Z"));
        let ends = |planned: &Planned| {
            let (first, last) = (planned.calendar().first().unwrap(), planned.calendar().last().unwrap());
            (rfc3339(first.from), rfc3339(last.from), planned.calendar().len())
        };
        let first_day = ends(&daily);
        assert_eq!(first_day.0, "2026-05-01T23:00:00.000Z", "it reaches into the second of May");
        assert_eq!((first_day.1.as_str(), first_day.2), ("2026-08-29T23:00:00.000Z", 121));
        daily.advance(at("2026-06-01T23:59:59Z"));
        assert_eq!(ends(&daily), first_day);
        daily.advance(at("2026-06-02T00:00:00Z"));
        assert_eq!(ends(&daily).0, "2026-05-02T23:00:00.000Z");
        let once = Planned::new(maintenance(None), at("2026-06-01T12:00:00Z"));
        assert!(once.calendar().is_empty(), "long over");
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
