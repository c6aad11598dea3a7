//! `/openapi.json` is true: every route is in it or is a page for people, and every answer is as it says. For
//! `/api/v2` this is the contract with strict clients: every field, no other, and no unknown word.

use crate::support::Site;
use app::backend::{NewIncident, NewPostmortem, NewUpdate};
use app::model::{Admin, Impact, Phase};
use serde_json::Value;
use server::clock;
use std::collections::BTreeSet;

/// Routes for people, and those that only our own pages use.
const FOR_PEOPLE: &[&str] = &[
    "/",
    "/closed/{list}/status",
    "/closed/{list}/fold/{group}",
    "/fold/{group}",
    "/components/{slug}",
    "/history",
    "/history/{month}",
    "/history/{month}/report",
    "/incidents/{id}",
    "/help/502",
    "/causes",
    "/causes/{id}",
    "/favicon.svg",
    "/favicon.ico",
    "/robots.txt",
    "/assets/{*path}",
    "/subscribe",
    "/subscriptions/{token}",
    "/sign-in",
    "/setup/{token}",
    "/actions/sign-in",
    "/actions/set-up",
    "/operate",
    "/operate/evidence/{slug}",
    "/operate/incidents/{id}",
    "/wizard",
    "/runs/{id}/events",
    "/sign-out",
    "/actions/{name}",
];

/// Work that is always on, today's and that of the days ahead; and such that visitors may not know of.
const WORK: &str = r#"
    [[maintenance]]
    id = "patches"
    title = "Patches"
    about = "Pages are slow, never gone."
    start = "2026-01-01T00:00"
    lasts = "24h"
    repeat = "FREQ=DAILY"
    components = ["web"]
    [[maintenance]]
    id = "canary-work"
    title = "Canary work"
    start = "2026-01-01T00:00"
    lasts = "24h"
    repeat = "FREQ=DAILY"
    monitors = ["canary-monitor"]
"#;

fn document() -> Value {
    serde_json::from_str(include_str!("../../src/http/openapi.json")).expect("the document is JSON")
}

#[test]
fn every_route_is_described_or_for_people() {
    let router = include_str!("../../src/http/router.rs");
    let routes: BTreeSet<&str> =
        router.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let document = document();
    let described: BTreeSet<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let people: BTreeSet<&str> = FOR_PEOPLE.iter().copied().collect();
    assert!(described.is_disjoint(&people));
    let known: BTreeSet<&str> = described.union(&people).copied().collect();
    assert_eq!(routes, known, "a route is missing in openapi.json or in the list above, or is no more");
}

/// What is wrong with `value` by `schema`: the few words of JSON Schema that the document uses, and no other.
fn check(document: &Value, schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/components/schemas/").expect("references stay within the document");
        let target = &document["components"]["schemas"][name];
        assert!(target.is_object(), "{name} is not in the document");
        return check(document, target, value, place, problems);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Value| {
            let mut inner = Vec::new();
            check(document, choice, value, place, &mut inner);
            inner.is_empty()
        };
        if choices.iter().filter(fits).count() != 1 {
            problems.push(format!("{place}: {value} is none of what it may be"));
        }
        return;
    }
    let kind = schema["type"].as_str().unwrap_or_else(|| panic!("{place}: no type in {schema}"));
    let right = match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{place}: type {other}"),
    };
    if !right {
        return problems.push(format!("{place}: {value} is no {kind}"));
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        problems.push(format!("{place}: {value} is an unknown word"));
    }
    if schema["format"] == "date-time" {
        let text = value.as_str().expect("a URL or a time is text");
        if text.len() != 24 || !text.ends_with('Z') || text.as_bytes()[10] != b'T' {
            problems.push(format!("{place}: {text} is no time"));
        }
    }
    if schema["format"] == "uri" && !value.as_str().expect("a URL is text").starts_with("http") {
        problems.push(format!("{place}: {value} is no address"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(document, &schema["items"], item, &format!("{place}[{index}]"), problems);
    }
    let Some(fields) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(name.as_str().expect("a name is text")) {
            problems.push(format!("{place}: {name} is missing"));
        }
    }
    for (name, field) in fields {
        match &schema["properties"][name] {
            Value::Null if schema["additionalProperties"] == false => {
                problems.push(format!("{place}: {name} is not described"));
            }
            Value::Null => {}
            inner => check(document, inner, field, &format!("{place}.{name}"), problems),
        }
    }
}

/// One incident that goes on and one that is over, so that no list is checked only when empty.
async fn with_incidents(site: &Site) {
    let ada = Admin { id: "ada".parse().expect("it can be made"), name: "Ada".to_owned() };
    let storage = &site.app().storage;
    for (title, over) in [("Slow", false), ("Gone", true)] {
        let new = NewIncident {
            title: title.to_owned(),
            impact: Impact::Minor,
            phase: Phase::Investigating,
            body: "We *look*.".to_owned(),
            components: vec!["web".parse().expect("it can be made")],
            started_at: None,
        };
        let incident = storage.open_incident(new, &ada, clock::now()).await.expect("it can be made");
        let phase = if over { Phase::Resolved } else { Phase::Monitoring };
        let update = NewUpdate { incident, version: 1, phase, body: "Seen.".to_owned() };
        let incident = update.incident.clone();
        storage.add_update(update, &ada, clock::now()).await.expect("it can be made");
        if over {
            let look_back = NewPostmortem { incident, version: 2, body: "It was a leak.".to_owned() };
            storage.add_postmortem(look_back, &ada, clock::now()).await.expect("it can be made");
        }
    }
    site.app().board.incidents_changed().await;
    site.until("/api/v2/incidents.json", "Gone").await;
}

#[tokio::test]
async fn every_answer_is_as_described() {
    let site = Site::start_watching(WORK).await;
    with_incidents(&site).await;
    let document = document();
    assert_eq!(site.get("/openapi.json").await.json(), document);
    let mut checked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        // A stream does not end, `/metrics` and runs are not for guests, and nobody here has a token to push with.
        if matches!(path.as_str(), "/events" | "/metrics" | "/runs/{id}" | "/push/{token}") {
            continue;
        }
        let asked = path.replace("{slug}", "web").replace("{feed}", "feed.json").replace("{file}", "web.svg");
        let answer = site.get(&asked).await;
        assert_eq!(answer.status, 200, "{asked}");
        let (kind, content) = item["get"]["responses"]["200"]["content"].as_object().unwrap().iter().next().unwrap();
        assert!(answer.header("content-type").starts_with(kind.as_str()), "{asked}: {}", answer.header("content-type"));
        let schema = &content["schema"];
        if schema["type"] != "string" && path != "/openapi.json" {
            let mut problems = Vec::new();
            check(&document, schema, &answer.json(), path, &mut problems);
            assert!(problems.is_empty(), "{problems:#?}");
            checked += 1;
        }
        if path.starts_with("/api/v2/") {
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
            assert!(answer.header("etag").starts_with('"'), "{path}");
        }
    }
    let incidents = site.get("/api/v2/incidents.json").await.json();
    assert_eq!(incidents["incidents"].as_array().map(Vec::len), Some(2));
    for (path, least) in [("", 15), ("/upcoming", 14), ("/active", 1)] {
        let works = site.get(&format!("/api/v2/scheduled-maintenances{path}.json")).await;
        let count = works.json()["scheduled_maintenances"].as_array().map_or(0, Vec::len);
        assert!(count >= least, "{path}: {count}");
        assert!(!works.body.to_lowercase().contains("canary"), "{path}");
    }
    let calendar = site.get("/calendar.ics").await.body;
    assert!(calendar.contains("SUMMARY:Patches") && !calendar.to_lowercase().contains("canary"), "{calendar}");
    let notes = incidents["incidents"][0]["incident_updates"].as_array().unwrap();
    assert!(notes[0]["created_at"].as_str() >= notes[1]["created_at"].as_str(), "newest first: {notes:#?}");
    assert_eq!(
        site.get("/api/v2/incidents/unresolved.json").await.json()["incidents"].as_array().map(Vec::len),
        Some(1)
    );
    site.stop().await;
    assert_eq!(checked, 10, "eight of the status API and two feeds");
}

/// A test that cannot fail would prove nothing: each of these changes must be noticed.
#[test]
fn the_check_notices_what_breaks_strict_clients() {
    let document = document();
    let schema = &document["components"]["schemas"]["Component"];
    let good = serde_json::json!({
        "id": "web", "name": "Web", "status": "operational", "created_at": "2026-11-22T15:00:00.000Z",
        "updated_at": "2026-11-22T15:00:00.000Z", "position": 1, "description": null, "showcase": true,
        "start_date": null, "group_id": null, "page_id": "p", "group": false, "only_show_if_degraded": false,
    });
    let wrong = |change: fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        let mut problems = Vec::new();
        check(&document, schema, &value, "component", &mut problems);
        !problems.is_empty()
    };
    assert!(!wrong(|_| {}));
    assert!(wrong(|value| value["status"] = "full_outage".into()));
    assert!(wrong(|value| value["position"] = "1".into()));
    assert!(wrong(|value| value["created_at"] = "22 Nov".into()));
    assert!(wrong(|value| value["extra"] = 1.into()));
    assert!(wrong(|value| {
        value.as_object_mut().unwrap().remove("group");
    }));
}

#[tokio::test]
async fn metrics_are_for_admins_unless_configured_and_a_widget_shows_public_things_only() {
    let site = Site::start().await;
    assert_eq!(site.get("/metrics").await.status, 404);
    let cookie = site.cookie().await;
    let metrics = site.ask("GET", "/metrics", &[("Cookie", &cookie)], "").await;
    assert_eq!((metrics.status, metrics.header("cache-control")), (200, "no-store"));
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"), "{metrics:?}");
    assert!(metrics.body.contains("gatewatch_monitor_up{monitor=\"canary-monitor\"}"), "{}", metrics.body);

    let widget = site.get("/embed/web").await;
    assert!(widget.header("content-security-policy").contains("frame-ancestors *"), "{widget:?}");
    assert!(widget.body.contains("target=\"_top\""), "{}", widget.body);
    assert!(widget.body.contains("<noscript><meta http-equiv=\"refresh\""), "it needs no script: {}", widget.body);
    assert_eq!(widget.body.matches("<script src=\"/assets/").count(), widget.body.matches("<script").count());
    site.stop().await;

    let open = Site::start_with("[metrics]\npublic = true").await;
    let metrics = open.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.body.contains("component=\"web\"") && !metrics.body.contains("canary"), "{}", metrics.body);
    open.stop().await;
}
