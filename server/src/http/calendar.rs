//! Announced work as a calendar (RFC 5545) that calendar programs subscribe to. Pure.

use app::model::{At, ComponentSlug, Maintenance, Snapshot};
use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use std::time::Duration;

/// How often a program should look again; what is near stands in it for weeks.
const REFRESH: &str = "PT1H";
/// A window counts as made this long before it begins, since the configuration does not say when it was written.
const AHEAD: Duration = Duration::from_hours(90 * 24);

/// The calendar. `base` is the public URL without a trailing slash.
pub(super) fn write(snapshot: &Snapshot, base: &str) -> String {
    let mut calendar = Calendar::new();
    calendar
        .name(&snapshot.title)
        .append_property(Property::new("REFRESH-INTERVAL", REFRESH).add_parameter("VALUE", "DURATION").done());
    for maintenance in &snapshot.calendar {
        if let Some(event) = event(snapshot, maintenance, base) {
            calendar.push(event);
        }
    }
    calendar.done().to_string()
}

fn event(snapshot: &Snapshot, one: &Maintenance, base: &str) -> Option<Event> {
    let name = |slug: &ComponentSlug| {
        snapshot.components.iter().find(|component| component.slug == *slug).map(|found| &*found.name)
    };
    let names: Vec<&str> = one.components.iter().filter_map(name).collect();
    let affected = format!("Affected: {}", names.join(", "));
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    let mut event = Event::new();
    event
        .uid(&format!("{}-{}@{host}", one.id, one.from.0))
        .timestamp(moment(one.from - AHEAD)?)
        .starts(moment(one.from)?)
        .ends(moment(one.until)?)
        .summary(&one.title)
        .description(&one.about.as_ref().map_or_else(|| affected.clone(), |about| format!("{about}\n{affected}")))
        .url(&format!("{base}/#m-{}", one.id))
        .status(EventStatus::Confirmed)
        // Nobody is busy because somebody else's site is.
        .add_property("TRANSP", "TRANSPARENT");
    Some(event.done())
}

fn moment(at: At) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(at.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::samples;

    #[test]
    fn each_window_is_an_event_of_its_own() {
        let mut snapshot = samples::snapshot();
        snapshot.calendar = vec![samples::maintenance(1_795_000_000, 1_795_007_200), samples::maintenance(60, 90)];
        let text = write(&snapshot, "https://status.example.com");
        let unfolded = text.replace("\r\n ", "");
        let lines: Vec<&str> = unfolded.lines().collect();
        for wanted in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "DTSTART:20261118T110640Z",
            "DTEND:20261118T130640Z",
            "DTSTAMP:20260820T110640Z",
            "SUMMARY:Weekly patches",
            "UID:patches-1795000000000@status.example.com",
            "DESCRIPTION:Mail is late\\, none is lost\\; \u{2026}\\nAffected: MAIL",
            "URL:https://status.example.com/#m-patches",
        ] {
            assert!(lines.contains(&wanted), "{wanted} in {unfolded}");
        }
        assert_eq!(lines.iter().filter(|line| **line == "BEGIN:VEVENT").count(), 2);
        assert!(text.lines().all(|line| line.len() <= 75), "folded: {text}");
        assert_eq!(text, write(&snapshot, "https://status.example.com"), "the same bytes for the same state");
    }
}
