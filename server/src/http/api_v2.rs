//! The status API in the shape of Atlassian Statuspage v2, which menu bar apps and dashboards read. Pure.
//!
//! Its clients are strict: every field is always there, enums never hold another value, ids are text.
//! What it has no word for, a component that could not be measured, keeps its last known status and
//! says so in its description.

use crate::clock::rfc3339;
use app::model::{At, ComponentSlug, ComponentStatus, Incident, Maintenance, Phase, Snapshot, State, Update};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// Incidents in a list, as the original answers them; and announced works.
const MAX_INCIDENTS: usize = 50;
/// Announced work is listed this long before it begins.
const AHEAD: Duration = Duration::from_hours(14 * 24);

/// One answer of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// `/api/v2/summary.json`
    Summary,
    /// `/api/v2/status.json`
    Status,
    /// `/api/v2/components.json`
    Components,
    /// `/api/v2/incidents.json`
    Incidents,
    /// `/api/v2/incidents/unresolved.json`
    Unresolved,
    /// `/api/v2/scheduled-maintenances.json`
    Maintenances,
    /// `/api/v2/scheduled-maintenances/upcoming.json`
    Upcoming,
    /// `/api/v2/scheduled-maintenances/active.json`
    UnderWay,
}

/// Makes one answer. `base` is the public URL without a trailing slash.
pub(super) fn answer(snapshot: &Snapshot, base: &str, part: Part) -> Value {
    let made = Maker { snapshot, base, page_id: short_id("page", base) };
    let (page, status) = (made.page(), status_of(snapshot));
    let works = |codes: &[&str]| {
        let mut rows = made.maintenances();
        rows.retain(|row| codes.is_empty() || codes.iter().any(|code| row["status"] == *code));
        rows
    };
    match part {
        Part::Summary => json!({
            "page": page, "components": made.components(), "incidents": made.unresolved(),
            "scheduled_maintenances": works(&["scheduled", "in_progress"]), "status": status,
        }),
        Part::Status => json!({ "page": page, "status": status }),
        Part::Components => json!({ "page": page, "components": made.components() }),
        Part::Incidents => json!({ "page": page, "incidents": made.incidents() }),
        Part::Unresolved => json!({ "page": page, "incidents": made.unresolved() }),
        Part::Maintenances => json!({ "page": page, "scheduled_maintenances": works(&[]) }),
        Part::Upcoming => json!({ "page": page, "scheduled_maintenances": works(&["scheduled"]) }),
        Part::UnderWay => json!({ "page": page, "scheduled_maintenances": works(&["in_progress"]) }),
    }
}

struct Maker<'a> {
    snapshot: &'a Snapshot,
    base: &'a str,
    page_id: String,
}

impl Maker<'_> {
    fn page(&self) -> Value {
        json!({
            "id": self.page_id, "name": self.snapshot.title, "url": self.base, "time_zone": "Etc/UTC",
            "updated_at": rfc3339(self.snapshot.as_of),
        })
    }

    fn unresolved(&self) -> Vec<Value> {
        self.snapshot.active.iter().map(|incident| self.incident(incident)).collect()
    }

    fn incidents(&self) -> Vec<Value> {
        let all = self.snapshot.active.iter().chain(&self.snapshot.past).take(MAX_INCIDENTS);
        all.map(|incident| self.incident(incident)).collect()
    }

    /// Components in order, each group as a row before its first member.
    fn components(&self) -> Vec<Value> {
        let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for component in &self.snapshot.components {
            if let Some(group) = &component.group {
                members.entry(group).or_default().push(component.slug.as_str());
            }
        }
        let mut rows = Vec::with_capacity(self.snapshot.components.len() + members.len());
        for component in &self.snapshot.components {
            if let Some(group) = component.group.as_deref()
                && members.get(group).is_some_and(|slugs| slugs.first() == Some(&component.slug.as_str()))
            {
                rows.push(self.group_row(group, &members[group], rows.len() + 1));
            }
            rows.push(self.component(component, rows.len() + 1));
        }
        rows
    }

    fn component(&self, component: &ComponentStatus, position: usize) -> Value {
        let group = component.group.as_deref().map(|group| short_id("group", group));
        let (status, description) = status_and_description(component);
        json!({
            "id": component.slug, "name": component.name, "status": status,
            "created_at": rfc3339(first_seen(component)),
            "updated_at": rfc3339(component.since.unwrap_or_else(|| first_seen(component))),
            "position": position, "description": description, "showcase": true, "start_date": null,
            "group_id": group, "page_id": self.page_id, "group": false, "only_show_if_degraded": false,
        })
    }

    fn group_row(&self, group: &str, slugs: &[&str], position: usize) -> Value {
        let members = || self.snapshot.components.iter().filter(|one| one.group.as_deref() == Some(group));
        let worst = members().map(|one| known_state(one).0).max_by_key(|state| state.severity());
        json!({
            "id": short_id("group", group), "name": group, "status": code_of(worst.unwrap_or(State::Operational)),
            "created_at": rfc3339(members().map(first_seen).min().unwrap_or_default()),
            "updated_at": rfc3339(members().filter_map(|one| one.since).max().unwrap_or_default()),
            "position": position, "description": null, "showcase": false, "start_date": null, "group_id": null,
            "page_id": self.page_id, "group": true, "only_show_if_degraded": false, "components": slugs,
        })
    }

    fn incident(&self, incident: &Incident) -> Value {
        let shown = || incident.updates.iter().filter(|update| !update.withdrawn);
        let created = shown().map(|update| update.at).min().unwrap_or(incident.started_at);
        let monitoring = shown().filter(|update| update.phase == Phase::Monitoring).map(|update| update.at).max();
        let updates: Vec<Value> = shown()
            .map(|update| {
                json!({
                    "id": update.id, "status": status_of_note(update), "body": update.body, "incident_id": incident.id,
                    "created_at": rfc3339(update.at), "updated_at": rfc3339(update.edited_at.unwrap_or(update.at)),
                    "display_at": rfc3339(update.at), "affected_components": null, "deliver_notifications": true,
                    "custom_tweet": null, "tweet_id": null,
                })
            })
            .collect();
        let affected = self.affected(&incident.components);
        json!({
            "id": incident.id, "name": incident.title,
            "status": incident.postmortem().map_or(incident.phase.as_str(), status_of_note), "created_at": rfc3339(created),
            "updated_at": rfc3339(incident.updated_at), "monitoring_at": monitoring.map(rfc3339),
            "resolved_at": incident.resolved_at.map(rfc3339), "impact": incident.impact,
            "shortlink": format!("{}/incidents/{}", self.base, incident.id),
            "started_at": rfc3339(incident.started_at), "page_id": self.page_id, "incident_updates": updates,
            "components": affected, "reminder_intervals": null,
        })
    }

    fn affected(&self, slugs: &[ComponentSlug]) -> Vec<Value> {
        let all = self.components();
        let of = |slug: &ComponentSlug| all.iter().find(|row| row["id"] == slug.as_str() && row["group"] == false);
        slugs.iter().filter_map(of).cloned().collect()
    }

    /// Announced work, the newest first.
    fn maintenances(&self) -> Vec<Value> {
        let listed = self.snapshot.calendar.iter().filter(|one| one.from < self.snapshot.as_of + AHEAD);
        listed.rev().take(MAX_INCIDENTS).map(|one| self.maintenance(one)).collect()
    }

    /// One window, in the fields of an incident. The configuration does not say when it was written, so that it counts
    /// as made when it came onto the list.
    fn maintenance(&self, one: &Maintenance) -> Value {
        let made = rfc3339(one.from - AHEAD);
        let (from, until) = (rfc3339(one.from), rfc3339(one.until));
        let (status, changed) = match self.snapshot.as_of {
            now if now < one.from => ("scheduled", &made),
            now if now < one.until => ("in_progress", &from),
            _ => ("completed", &until),
        };
        let id = short_id("maintenance", &format!("{}\0{}", one.id, one.from.0));
        let update = |status: &str, at: &str| {
            json!({
                "id": short_id("update", &format!("{id}\0{status}")), "status": status,
                "body": one.about.as_deref().unwrap_or(&one.title), "incident_id": id, "created_at": at,
                "updated_at": at, "display_at": at, "affected_components": null, "deliver_notifications": false,
                "custom_tweet": null, "tweet_id": null,
            })
        };
        let reached = [("completed", &until), ("in_progress", &from), ("scheduled", &made)];
        let updates = reached.iter().skip_while(|(name, _)| *name != status).map(|(name, at)| update(name, at));
        json!({
            "id": id, "name": one.title, "status": status, "created_at": made, "updated_at": changed,
            "monitoring_at": null, "resolved_at": (status == "completed").then_some(&until), "impact": "maintenance",
            "shortlink": format!("{}/#m-{}", self.base, one.id), "started_at": from, "page_id": self.page_id,
            "incident_updates": updates.collect::<Vec<_>>(), "components": self.affected(&one.components),
            "reminder_intervals": null, "scheduled_for": from, "scheduled_until": until,
        })
    }
}

/// The original has a status of its own for the look back.
fn status_of_note(update: &Update) -> &'static str {
    if update.postmortem { "postmortem" } else { update.phase.as_str() }
}

fn status_of(snapshot: &Snapshot) -> Value {
    let worst = snapshot.components.iter().map(|component| known_state(component).0).max_by_key(|s| s.severity());
    let (indicator, description) = match worst.unwrap_or(State::Operational) {
        State::Operational | State::Unknown => ("none", "All Systems Operational"),
        State::Maintenance => ("maintenance", "Service Under Maintenance"),
        State::Degraded => ("minor", "Degraded Performance"),
        State::PartialOutage => ("major", "Partial Outage"),
        State::Outage => ("critical", "Major Outage"),
    };
    // The indicator has no word for it.
    let description = match &snapshot.blind {
        Some(blind) => format!("{description}; no data since {}, the watcher is blind", rfc3339(blind.since)),
        None => description.to_owned(),
    };
    json!({ "indicator": indicator, "description": description })
}

const fn code_of(state: State) -> &'static str {
    match state {
        State::Operational | State::Unknown => "operational",
        State::Degraded => "degraded_performance",
        State::PartialOutage => "partial_outage",
        State::Outage => "major_outage",
        State::Maintenance => "under_maintenance",
    }
}

/// Whether a component is being measured.
enum Data {
    Current,
    NoneSince(At),
    None,
}

/// The state that the API has a word for, and since when there is no data. The snapshot does not keep
/// the state before "unknown", so that the worst of the last day with data is taken: rather too bad
/// than too good.
fn known_state(component: &ComponentStatus) -> (State, Data) {
    if component.state != State::Unknown {
        return (component.state, Data::Current);
    }
    let last_day = component
        .days
        .iter()
        .rev()
        .map(|day| day.spent)
        .find(|spent| spent.operational + spent.degraded + spent.partial + spent.outage > 0);
    let state = match last_day {
        Some(spent) if spent.outage > 0 => State::Outage,
        Some(spent) if spent.partial > 0 => State::PartialOutage,
        Some(spent) if spent.degraded > 0 => State::Degraded,
        _ => State::Operational,
    };
    (state, component.last_sample.or(component.since).map_or(Data::None, Data::NoneSince))
}

fn status_and_description(component: &ComponentStatus) -> (&'static str, Option<String>) {
    let (state, no_data) = known_state(component);
    let description = match no_data {
        Data::NoneSince(since) => Some(format!("no data since {}", rfc3339(since))),
        Data::None => Some("no data yet".to_owned()),
        Data::Current => component.reason.clone(),
    };
    (code_of(state), description)
}

fn first_seen(component: &ComponentStatus) -> At {
    let measured = component.days.iter().find(|day| day.spent != app::model::status::Spent::default());
    measured.map(|day| At::start_of_day(day.day)).or(component.since).unwrap_or_default()
}

/// Groups and the page have no id of their own; theirs is a hash, so that it is stable and says nothing.
fn short_id(kind: &str, text: &str) -> String {
    let hash = Sha256::digest(format!("{kind}\0{text}"));
    super::document::hex_of(&hash[..6])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::samples;
    use app::model::status::{Day, Spent};

    fn made(part: Part) -> Value {
        answer(&samples::snapshot(), "https://status.example.com", part)
    }

    /// The names and kinds of fields that the strictest known clients decode.
    fn check_component(row: &Value) {
        for field in ["id", "name", "status", "created_at", "updated_at", "page_id"] {
            assert!(row[field].is_string(), "{field} of {row}");
        }
        assert!(row["position"].is_u64() && row["group"].is_boolean() && row["showcase"].is_boolean(), "{row}");
        let known = ["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"];
        assert!(known.iter().any(|code| row["status"] == *code), "{row}");
        for field in ["description", "start_date", "group_id"] {
            assert!(row.get(field).is_some(), "{field} of {row}");
        }
    }

    #[test]
    fn every_row_has_every_field() {
        let summary = made(Part::Summary);
        let rows = summary["components"].as_array().unwrap();
        rows.iter().for_each(check_component);
        let positions: Vec<u64> = rows.iter().filter_map(|row| row["position"].as_u64()).collect();
        assert_eq!(positions, [1, 2, 3, 4]);
        let incidents = made(Part::Incidents);
        let incident = &incidents["incidents"][0];
        for field in ["id", "name", "status", "created_at", "updated_at", "impact", "shortlink", "started_at"] {
            assert!(incident[field].is_string(), "{field} of {incident}");
        }
        check_component(&incident["components"][0]);
        assert_eq!(incident["incident_updates"][0]["body"], "We look into it");
    }

    #[test]
    fn groups_are_rows_before_their_members() {
        let rows = made(Part::Components)["components"].clone();
        assert_eq!(rows[0]["group"], true);
        assert_eq!(rows[0]["components"], json!(["web", "shop"]));
        assert_eq!(rows[0]["status"], "major_outage");
        assert_eq!(rows[1]["group_id"], rows[0]["id"]);
        assert_eq!(rows[2]["id"], "mail");
        assert_eq!(rows[2]["group_id"], Value::Null);
    }

    #[test]
    fn the_indicator_follows_the_worst_component() {
        let mut snapshot = samples::snapshot();
        for (state, indicator) in [
            (State::Outage, "critical"),
            (State::PartialOutage, "major"),
            (State::Degraded, "minor"),
            (State::Maintenance, "maintenance"),
            (State::Operational, "none"),
        ] {
            snapshot.components[0].state = state;
            assert_eq!(status_of(&snapshot)["indicator"], indicator);
        }
    }

    #[test]
    fn a_blind_watcher_says_since_when_beside_the_indicator() {
        let mut snapshot = samples::snapshot();
        let reason = "its own network does not answer".to_owned();
        snapshot.blind = Some(app::model::status::Blindness { since: At(5_000), reason });
        let status = status_of(&snapshot);
        assert_eq!(status["indicator"], "critical");
        assert_eq!(status["description"], "Major Outage; no data since 1970-01-01T00:00:05.000Z, the watcher is blind");
    }

    #[test]
    fn without_data_the_last_known_status_stays_and_says_so() {
        let mut snapshot = samples::snapshot();
        let spent = Spent { outage: 5, unknown: 10, ..Spent::default() };
        snapshot.components[2].days = vec![Day { day: 0, spent }].into();
        let rows = answer(&snapshot, "", Part::Components)["components"].clone();
        assert_eq!(rows[3]["status"], "major_outage");
        assert_eq!(rows[3]["description"], "no data since 1970-01-01T00:00:09.000Z");
        assert_eq!(made(Part::Components)["components"][3]["status"], "operational");
    }

    #[test]
    fn announced_work_is_listed_by_where_it_stands() {
        let mut snapshot = samples::snapshot();
        let far = 20 * 24 * 3600;
        snapshot.calendar = [(2, 5), (9, 11), (60, 90), (far, far + 5)].map(|(a, b)| samples::maintenance(a, b)).into();
        let of = |part| answer(&snapshot, "https://status.example.com", part);
        let states = |part| -> Vec<String> {
            let answer = of(part);
            let rows = answer["scheduled_maintenances"].as_array().unwrap();
            rows.iter().map(|row| row["status"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(states(Part::Maintenances), ["scheduled", "in_progress", "completed"]);
        assert_eq!(states(Part::Upcoming), ["scheduled"]);
        assert_eq!(states(Part::UnderWay), ["in_progress"]);
        assert_eq!(states(Part::Summary), ["scheduled", "in_progress"]);
        let works = of(Part::Maintenances);
        let over = &works["scheduled_maintenances"][2];
        assert_eq!(over["resolved_at"], "1970-01-01T00:00:05.000Z");
        assert_eq!(over["scheduled_for"], "1970-01-01T00:00:02.000Z");
        assert_eq!(over["incident_updates"].as_array().map(Vec::len), Some(3));
        assert_eq!(over["incident_updates"][0]["status"], "completed");
        check_component(&over["components"][0]);
        let ids: std::collections::BTreeSet<&str> =
            works["scheduled_maintenances"].as_array().unwrap().iter().filter_map(|row| row["id"].as_str()).collect();
        assert_eq!(ids.len(), 3, "windows of one plan have ids of their own");
    }

    #[test]
    fn unresolved_incidents_stand_alone_too() {
        let all = made(Part::Incidents);
        assert_eq!(made(Part::Unresolved)["incidents"].as_array().map(Vec::len), Some(1));
        assert_eq!(all["incidents"].as_array().map(Vec::len), Some(2));
        assert_eq!(all["incidents"][1]["resolved_at"], "1970-01-01T00:00:04.000Z");
    }
}
