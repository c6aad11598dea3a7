//! History for other programs: every interval, and the sums that the uptime is made of. Pure.
//!
//! The figures can be reproduced by hand: the uptime is the formula of the page over the intervals given here.

use crate::clock::rfc3339;
use crate::status::fold::History;
use crate::status::uptime::{self, Stretch};
use app::model::status::Spent;
use app::model::{At, Component, Day, Monitor, MonitorId, Sample};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The formula, in words.
const FORMULA: &str = "1 - (outage + 0.5 * partial_outage) / (operational + degraded + partial_outage + outage)";

/// What is exported, and of which time.
#[derive(Debug)]
pub struct Export<'a> {
    /// All monitors that the database knows.
    pub monitors: &'a [Monitor],
    /// The components of the configuration.
    pub components: &'a [Component],
    /// What the monitors went through.
    pub histories: &'a BTreeMap<MonitorId, History>,
    /// From when.
    pub from: At,
    /// Until when.
    pub until: At,
}

impl Export<'_> {
    fn of(&self, ids: &[MonitorId]) -> Vec<Stretch> {
        let histories: Vec<&History> = ids.iter().filter_map(|id| self.histories.get(id)).collect();
        uptime::stretches(&histories, self.from, self.until)
    }

    /// One line for each interval: `kind,id,state,from,until,milliseconds`.
    pub fn csv(&self) -> String {
        let mut text = "kind,id,state,from,until,milliseconds\n".to_owned();
        let mut add = |kind: &str, id: &str, stretches: Vec<Stretch>| {
            for Stretch { state, from, until } in stretches {
                // Ids and codes hold nothing that CSV would have to quote, and no spreadsheet takes for a formula.
                let (begin, end) = (rfc3339(from), rfc3339(until));
                let _ = writeln!(text, "{kind},{id},{state},{begin},{end},{}", until.since(from));
            }
        };
        for component in self.components {
            add("component", component.slug.as_str(), self.of(&component.monitors));
        }
        for monitor in self.monitors {
            add("monitor", monitor.id.as_str(), self.of(std::slice::from_ref(&monitor.id)));
        }
        text
    }

    /// One object with everything.
    pub fn json(&self) -> Value {
        let components = self.components.iter().map(|component| {
            let mut row = figures(&self.of(&component.monitors));
            row["id"] = json!(component.slug);
            row["name"] = json!(component.name);
            row["group"] = json!(component.group);
            row["monitors"] = json!(component.monitors);
            row["public"] = json!(component.public);
            row
        });
        let monitors = self.monitors.iter().map(|monitor| {
            let mut row = figures(&self.of(std::slice::from_ref(&monitor.id)));
            row["id"] = json!(monitor.id);
            row["name"] = json!(monitor.name);
            row["in_file"] = json!(monitor.in_file);
            row
        });
        json!({
            "schema": 1,
            "from": rfc3339(self.from),
            "until": rfc3339(self.until),
            "uptime_formula": FORMULA,
            "components": components.collect::<Vec<_>>(),
            "monitors": monitors.collect::<Vec<_>>(),
        })
    }
}

/// The first line of an export of samples.
pub const SAMPLES_HEAD: &str = "monitor,at,class,latency_ms,status,fault,origin,fault_status,detail";

/// A line for each sample of a monitor.
pub fn samples_csv(monitor: &MonitorId, samples: &[Sample]) -> String {
    let mut text = String::new();
    let number = |number: Option<u16>| number.map_or_else(String::new, |number| number.to_string());
    for sample in samples {
        let (at, status) = (rfc3339(sample.at), number(sample.status));
        let _ = write!(text, "{monitor},{at},{},{},{status},", sample.class, sample.latency.0);
        match &sample.fault {
            None => text.push_str(",,,\n"),
            Some(fault) => {
                let status = number(fault.status);
                let _ = writeln!(text, "{},{},{status},{}", fault.kind, fault.origin, quoted(&fault.detail));
            }
        }
    }
    text
}

/// A text that others wrote, as CSV; no spreadsheet takes it for a formula.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let guard = if plain.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{guard}{}\"", plain.replace('"', "\"\""))
}

fn figures(stretches: &[Stretch]) -> Value {
    let spent = uptime::sum(stretches);
    let Spent { operational, degraded, partial, outage, maintenance, unknown } = spent;
    let intervals = stretches.iter().map(|Stretch { state, from, until }| {
        json!({ "state": state, "from": rfc3339(*from), "until": rfc3339(*until), "milliseconds": until.since(*from) })
    });
    json!({
        "uptime": uptime::uptime(&[Day { day: 0, spent }]),
        "milliseconds": {
            "operational": operational, "degraded": degraded, "partial_outage": partial, "outage": outage,
            "maintenance": maintenance, "unknown": unknown,
        },
        "intervals": intervals.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Span;
    use app::model::{Class, Fault, FaultKind, Millis, Origin, Phases, State};

    #[test]
    fn samples_are_lines_that_no_peer_can_break() {
        let up = Sample {
            at: At(1_000),
            class: Class::Up,
            latency: Millis(31),
            status: Some(200),
            phases: Phases::default(),
            fault: None,
        };
        let detail = "=cmd(\"x\"),\n2".to_owned();
        let fault = Fault { kind: FaultKind::Status, origin: Origin::Edge, status: Some(502), detail };
        let down = Sample { at: At(2_000), class: Class::Down, status: Some(502), fault: Some(fault), ..up.clone() };
        let text = samples_csv(&"shop".parse().unwrap(), &[up, down]);
        assert_eq!(
            text,
            "shop,1970-01-01T00:00:01.000Z,up,31,200,,,,\n\
             shop,1970-01-01T00:00:02.000Z,down,31,502,status,edge,502,\"'=cmd(\"\"x\"\"), 2\"\n"
        );
        assert_eq!(SAMPLES_HEAD.split(',').count(), 9);
    }

    #[test]
    fn the_uptime_follows_from_the_lines_by_hand() {
        let history =
            |spans: &[(i64, State)]| History::new(spans.iter().map(|&(since, state)| Span { since: At(since), state }));
        let ids: Vec<MonitorId> = ["a", "b"].iter().map(|id| id.parse().unwrap()).collect();
        let histories = BTreeMap::from([
            (
                ids[0].clone(),
                history(&[(1_000, State::Operational), (60_000, State::Outage), (90_000, State::Operational)]),
            ),
            (
                ids[1].clone(),
                history(&[(1_000, State::Operational), (70_000, State::Outage), (80_000, State::Unknown)]),
            ),
        ]);
        let monitors: Vec<Monitor> = ids
            .iter()
            .map(|id| Monitor {
                id: id.clone(),
                name: "=cmd".to_owned(),
                url: "http://x.test/".to_owned(),
                interval: Millis(1_000),
                public: true,
                in_file: true,
            })
            .collect();
        let component = Component {
            slug: "web".parse().unwrap(),
            name: "Web".to_owned(),
            group: None,
            monitors: ids.clone(),
            public: true,
        };
        let export = Export {
            monitors: &monitors,
            components: &[component],
            histories: &histories,
            from: At(0),
            until: At(101_000),
        };
        let csv = export.csv();
        let lines: Vec<&str> = csv.lines().filter(|line| line.starts_with("component,")).collect();
        assert_eq!(
            lines,
            [
                "component,web,operational,1970-01-01T00:00:01.000Z,1970-01-01T00:01:00.000Z,59000",
                "component,web,partial-outage,1970-01-01T00:01:00.000Z,1970-01-01T00:01:10.000Z,10000",
                "component,web,outage,1970-01-01T00:01:10.000Z,1970-01-01T00:01:20.000Z,10000",
                "component,web,partial-outage,1970-01-01T00:01:20.000Z,1970-01-01T00:01:30.000Z,10000",
                "component,web,unknown,1970-01-01T00:01:30.000Z,1970-01-01T00:01:41.000Z,11000",
            ]
        );
        assert!(!csv.contains("=cmd"), "a name that a spreadsheet would carry out is not in it");
        let json = export.json();
        // By hand: 59 s up, 20 s partial, 10 s down; 1 - (10 + 10) / 89.
        let by_hand = 1.0 - 20.0 / 89.0;
        assert!((json["components"][0]["uptime"].as_f64().unwrap() - by_hand).abs() < 1e-12, "{json:#}");
        assert_eq!(json["components"][0]["milliseconds"]["partial_outage"], 20_000);
        assert_eq!(json["monitors"][1]["intervals"].as_array().map(Vec::len), Some(3));
    }
}
