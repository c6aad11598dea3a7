//! Public pages: what they say, and what they never contain.

use crate::fixture::{DOWN, WRONG_PORT, calm, incident, page, snapshot};
use crate::keep;
use app::model::{Phase, Snapshot, State};
use app::render::{self, HistoryMonth};

const HOSTILE: &str = "</title><script>alert('x')</script>\"onload=\"x";

fn every_page(snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    let one = &snapshot.components[0];
    let month = HistoryMonth {
        month: "2026-11".to_owned(),
        incidents: vec![
            incident("i1", "Orders fail with 502", Phase::Identified),
            incident("i0", "Slow search", Phase::Resolved),
        ],
        previous: Some("2026-10".to_owned()),
        next: None,
    };
    let causes = [&DOWN, &WRONG_PORT];
    vec![
        ("status", render::status_page(&page("/"), snapshot)),
        ("component", render::component_page(&page("/components/web-shop"), snapshot, one)),
        ("history", render::history_page(&page("/history"), snapshot, &month)),
        (
            "incident",
            render::incident_page(
                &page("/incidents/i1"),
                snapshot,
                &incident("i1", "Orders fail with 502", Phase::Identified),
            ),
        ),
        ("help", render::help_page(&page("/help/502"), snapshot)),
        ("causes", render::causes_page(&page("/causes"), &causes)),
        ("cause", render::cause_page(&page("/causes/x"), &DOWN, &causes)),
        ("error", render::error_page(&page("/nowhere"), 404, None)),
    ]
}

#[test]
fn every_public_page_is_a_whole_document_without_anything_inline() {
    for (name, html) in every_page(&snapshot()) {
        keep(name, &html);
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{name}");
        assert!(html.ends_with("</html>"), "{name}");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert!(!html.contains(" style="), "{name} has an inline style");
        assert!(!html.contains("<style"), "{name} has an inline stylesheet");
        assert!(!html.contains("onclick="), "{name} has an inline handler");
        assert!(!html.contains("wasm") && !html.contains("leptos-island"), "{name} has an island");
        for (start, _) in html.match_indices("<script") {
            let tag = &html[start..start + html[start..].find('>').expect("tags end")];
            assert!(tag.contains("src=\"/assets/live.js\""), "{name}: {tag}");
        }
    }
    keep("status-calm", &render::status_page(&page("/"), &calm()));
    keep("help-calm", &render::help_page(&page("/help/502"), &calm()));
    let hints = Snapshot { only_self: true, storage_ok: false, ..calm() };
    keep("status-hints", &render::status_page(&page("/"), &hints));
}

#[test]
fn only_pages_that_show_the_present_renew_themselves() {
    for (name, html) in every_page(&snapshot()) {
        let live = ["status", "component", "help"].contains(&name);
        assert_eq!(html.contains("<noscript><meta http-equiv=\"refresh\" content=\"30\""), live, "{name}");
        assert_eq!(html.contains("data-version=\"42\""), live, "{name}");
        assert_eq!(html.contains("data-interval=\"30000\""), live, "{name}");
    }
}

#[test]
fn a_failing_row_says_why_and_leads_to_the_wizard() {
    let html = render::status_page(&page("/"), &snapshot());
    for slug in ["web-shop", "orders-api", "build-farm"] {
        assert!(html.contains(&format!("/wizard?component={slug}\"")), "{slug}");
    }
    for slug in ["blog", "mail", "partner-feed"] {
        assert!(!html.contains(&format!("/wizard?component={slug}\"")), "{slug}");
    }
    assert!(html.contains("status 502"));
    assert!(html.contains("Web shop is down"));
    assert!(html.contains("<time datetime=\"2026-11-22T17:47:07Z\">22 Nov 2026, 17:47 UTC</time> (17 min)"));
    assert!(html.contains("Uptime = 1 −"));
}

#[test]
fn the_bars_are_a_list_with_a_text_for_each_day() {
    let html = render::status_page(&page("/"), &calm());
    let inside = html.find("class=\"bars\"").expect("there are bars");
    let list = &html[html[..inside].rfind("<ol").expect("of a list")..];
    let list = &list[..list.find("</ol>").expect("lists end")];
    assert_eq!(list.matches("<li class=").count(), 90);
    assert_eq!(list.matches("<b>").count(), 90);
    assert!(list.contains("<b>22 Nov: "), "{list}");
    assert!(list.contains("aria-label=\"Web shop, last 90 days\""));
}

#[test]
fn each_state_has_its_own_sentence() {
    let say = |state: State| {
        let mut snapshot = calm();
        snapshot.state = state;
        snapshot.components[0].state = state;
        render::status_page(&page("/"), &snapshot)
    };
    assert!(say(State::Operational).contains("<h1>All systems operational</h1>"));
    assert!(say(State::Degraded).contains("<h1>Web shop is degraded</h1>"));
    assert!(say(State::PartialOutage).contains("<h1>Web shop is in partial outage</h1>"));
    assert!(say(State::Outage).contains("<h1>Web shop is down</h1>"));
    assert!(say(State::Maintenance).contains("<h1>Web shop is under maintenance</h1>"));
    assert!(say(State::Unknown).contains("<h1>Web shop is not measured right now</h1>"));
    let none = Snapshot { components: Vec::new(), ..calm() };
    assert!(render::status_page(&page("/"), &none).contains("<h1>Nothing is watched yet</h1>"));
}

#[test]
fn hostile_names_stay_text() {
    let mut snapshot = snapshot();
    snapshot.title = HOSTILE.to_owned();
    for component in &mut snapshot.components {
        component.name = HOSTILE.to_owned();
        component.group = Some(HOSTILE.to_owned());
        component.reason = Some(HOSTILE.to_owned());
    }
    for incident in snapshot.active.iter_mut().chain(&mut snapshot.past) {
        incident.title = HOSTILE.to_owned();
    }
    let mut context = page("/");
    context.title = HOSTILE.to_owned();
    let component = &snapshot.components[0];
    for html in [
        render::status_page(&context, &snapshot),
        render::component_page(&context, &snapshot, component),
        render::incident_page(&context, &snapshot, &snapshot.active[0]),
        render::help_page(&context, &snapshot),
        render::error_page(&context, 500, Some(HOSTILE)),
    ] {
        assert!(!html.contains("<script>"), "a name became a script");
        for (start, _) in html.match_indices('<') {
            let tag = &html[start..start + html[start..].find('>').expect("tags end")];
            assert!(!tag.contains("\"onload"), "a name left its attribute: {tag}");
        }
    }
}

#[test]
fn withdrawn_updates_are_not_shown() {
    let mut one = incident("i1", "Orders fail", Phase::Identified);
    one.updates[0].withdrawn = true;
    let html = render::incident_page(&page("/incidents/i1"), &snapshot(), &one);
    assert!(!html.contains("worker pool") && html.contains("looking into it"));
}

#[test]
fn hints_and_warnings_show_only_where_they_apply() {
    let plain = render::status_page(&page("/"), &calm());
    assert!(!plain.contains("cannot be stored") && !plain.contains("[[monitors]]"));
    let warned = Snapshot { only_self: true, storage_ok: false, ..calm() };
    let warned = render::status_page(&page("/"), &warned);
    assert!(warned.contains("cannot be stored") && warned.contains("[[monitors]]"));
}

#[test]
fn nothing_measured_shows_as_such() {
    let mut empty = calm();
    for component in &mut empty.components {
        component.uptime = None;
        component.latency.clear();
        component.days.clear();
        component.since = None;
        component.last_sample = None;
    }
    assert!(render::status_page(&page("/"), &empty).contains("no data"));
    assert!(render::component_page(&page("/"), &empty, &empty.components[0]).contains("No measurement yet"));
}

#[test]
fn announced_work_is_told_with_its_time_and_what_it_hits() {
    let html = render::status_page(&page("/"), &snapshot());
    assert!(html.contains("<h2>Maintenance</h2>"));
    let first = &html[html.find("id=\"m-patches\"").expect("the work under way")..];
    let first = &first[..first.find("</li>").expect("entries end")];
    assert!(first.contains("Under way") && first.contains("Partner feed") && first.contains("Orders wait"), "{first}");
    assert!(first.contains("datetime=\"2026-11-22T17:54:07Z\"") && first.contains("datetime=\"2026-11-22T18:54:07Z\""));
    assert!(html.contains("Planned"));
    assert!(!render::status_page(&page("/"), &calm()).contains("Maintenance</h2>"));
}
