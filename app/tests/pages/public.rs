//! Public pages: what they say, and what they never contain.

use crate::fixture::{DOWN, NOW, WRONG_PORT, calm, incident, page, snapshot};
use crate::keep;
use app::model::range::{MonthReport, MonthRow, Part, Range, RangeView};
use app::model::status::{Blindness, Days, Interval, Spent};
use app::model::subscription::Typed;
use app::model::{At, Channel, Language, Millis, Offer, Phase, Snapshot, State, Subscription};
use app::render::{self, HistoryMonth, PageContext};

const HOSTILE: &str = "</title><script>alert('x')</script>\"onload=\"x";

const OFFER: Offer = Offer { email: true, webhooks: true };

fn subscription(confirmed: bool) -> Subscription {
    let components = vec!["web-shop".parse().expect("an id")];
    Subscription { channel: Channel::Email, target: "ada@example.com".to_owned(), components, confirmed }
}

fn every_page(snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    every_page_in(Language::English, snapshot)
}

pub(crate) fn every_page_in(language: Language, snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    let page = |path: &str| PageContext { language, ..page(path) };
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
        ("range", render::range_page(&page("/components/web-shop/7d"), one, &range_view())),
        ("report", render::report_page(&page("/history/2026-11/report"), snapshot, &report(snapshot))),
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
        ("subscribe", render::subscribe_page(&page("/subscribe"), snapshot, OFFER, &Typed::default(), Some("No."))),
        (
            "subscribe-off",
            render::subscribe_page(&page("/subscribe"), snapshot, Offer::default(), &Typed::default(), None),
        ),
        ("subscribe-asked", render::subscribe_asked_page(&page("/subscribe"), OFFER)),
        (
            "subscription",
            render::subscription_page(&page("/subscribe"), snapshot, &subscription(true), "/subscriptions/t"),
        ),
        (
            "subscription-new",
            render::subscription_page(&page("/subscribe"), snapshot, &subscription(false), "/subscriptions/t"),
        ),
        ("subscription-ended", render::subscription_ended_page(&page("/subscribe"), false)),
    ]
}

/// A week with an outage, and a gap while nobody watched.
fn range_view() -> RangeView {
    let (from, until) = Range::Week.extent(NOW);
    let (length, count) = Range::Week.parts();
    let part = |number: i64| {
        let (p50, failed) = (60 + u32::try_from(number % 9).unwrap_or(0) * 7, u64::from(number == 20) * 31);
        let at = At(from.0 + number * length);
        let has = number != 30;
        let millis = |value: u32| has.then_some(Millis(value));
        Part { at, count: if has { 360 } else { 0 }, failed, p50: millis(p50), p95: millis(p50 * 2) }
    };
    let parts: Vec<Part> = (0..count).map(part).collect();
    let down = Interval {
        state: State::Outage,
        from: At(from.0 + 20 * length),
        until: Some(At(from.0 + 20 * length + 930_000)),
    };
    RangeView {
        range: Range::Week,
        from,
        until: NOW.min(until),
        spent: Spent { operational: 590_000_000, outage: 930_000, unknown: length, ..Spent::default() },
        uptime: Some(0.998_426),
        intervals: vec![down],
        unlisted: 3,
        whole: Part { at: from, count: 19_800, failed: 31, p50: Some(Millis(88)), p95: Some(Millis(190)) },
        parts,
    }
}

fn report(snapshot: &Snapshot) -> MonthReport {
    let row = |component: &app::model::ComponentStatus| MonthRow {
        slug: component.slug.clone(),
        name: component.name.clone(),
        spent: Spent { operational: 1_800_000_000, outage: 3_725_000, ..Spent::default() },
        uptime: Some(0.997_93),
        outages: 2,
        longest_ms: 3_000_000,
        whole: Part { at: At(0), count: 60_000, failed: 124, p50: Some(Millis(80)), p95: None },
    };
    MonthReport {
        month: "2026-11".to_owned(),
        from: At(1_793_491_200_000),
        until: NOW,
        is_over: false,
        rows: snapshot.components.iter().map(row).collect(),
        incidents: vec![incident("i1", "Orders fail with 502", Phase::Identified)],
    }
}

#[test]
fn a_range_is_drawn_described_and_told_as_a_table() {
    let html = render::range_page(&page("/components/web-shop/7d"), &snapshot().components[0], &range_view());
    assert!(html.contains("aria-labelledby=\"chart-title\""), "{html}");
    assert!(html.contains("<title id=\"chart-title\">Response time over 7 days</title>"), "{html}");
    assert!(html.contains("31 of 19800 probes failed"));
    let line =
        html.split("class=\"p50\" d=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a line is drawn");
    assert_eq!(line.matches('M').count(), 2, "the time without a watcher is a gap: {line}");
    let table = html.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).expect("there is a table");
    assert_eq!(table.matches("<tr>").count(), 55, "every part in which something was measured");
    assert!(html.contains("href=\"/components/web-shop/1y\"") && html.contains("aria-current=\"page\">7 days"));
    assert!(html.contains("99.84 %") && html.contains("15 min 30 s") && html.contains("3 earlier ones"));
    assert!(html.contains("href=\"/components/web-shop/feed.atom\""), "the feed is the component's");
    let empty = RangeView {
        parts: Vec::new(),
        whole: Part::default(),
        intervals: Vec::new(),
        unlisted: 0,
        uptime: None,
        ..range_view()
    };
    let html = render::range_page(&page("/components/web-shop/7d"), &snapshot().components[0], &empty);
    assert!(html.contains("Nothing was measured in the last 7 days") && html.contains("None in the last 7 days"));
}

#[test]
fn a_report_tells_each_component_to_the_second() {
    let html = render::report_page(&page("/history/2026-11/report"), &snapshot(), &report(&snapshot()));
    assert!(html.contains("report of November 2026") && html.contains("The month is not over."));
    assert_eq!(html.matches("<td>1:02:05</td>").count(), snapshot().components.len());
    assert!(html.contains("Orders fail with 502") && html.contains("Uptime = 1 −"));
}

#[test]
fn every_public_page_is_a_whole_document_without_anything_inline() {
    for (name, html) in every_page(&snapshot()) {
        keep(name, &html);
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\" dir=\"ltr\">"), "{name}");
        assert!(html.ends_with("</html>"), "{name}");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        // The one sheet that a policy knows by its hash.
        let html = html.replacen(&format!("<style>{}</style>", page("/").style), "", 1);
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
    let reason = "its own network does not answer".to_owned();
    let blind = Snapshot { blind: Some(Blindness { since: NOW, reason }), ..calm() };
    let html = render::status_page(&page("/"), &blind);
    assert!(
        html.contains("The watcher is blind since ") && html.contains(": its own network does not answer."),
        "{html}"
    );
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
    let typed = Typed { email: HOSTILE.to_owned(), webhook: HOSTILE.to_owned(), components: vec![HOSTILE.to_owned()] };
    for html in [
        render::status_page(&context, &snapshot),
        render::component_page(&context, &snapshot, component),
        render::incident_page(&context, &snapshot, &snapshot.active[0]),
        render::help_page(&context, &snapshot),
        render::error_page(&context, 500, Some(HOSTILE)),
        render::subscribe_page(&context, &snapshot, OFFER, &typed, Some(HOSTILE)),
        render::subscription_page(
            &context,
            &snapshot,
            &Subscription { target: HOSTILE.to_owned(), ..subscription(true) },
            "/x",
        ),
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
        component.days = Days::default();
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

#[test]
fn a_subscription_is_changed_by_buttons_alone_and_keeps_what_was_chosen() {
    let new = render::subscription_page(&page("/subscribe"), &calm(), &subscription(false), "/subscriptions/t");
    assert!(new.contains("value=\"confirm\"") && new.contains("value=\"refuse\""), "{new}");
    assert!(new.contains("ada@example.com") && new.contains("Web shop"), "{new}");
    let mine = render::subscription_page(&page("/subscribe"), &calm(), &subscription(true), "/subscriptions/t");
    let chosen = mine.split("value=\"web-shop\"").nth(1).and_then(|rest| rest.split('>').next()).expect("a box");
    assert!(chosen.contains("checked") && mine.matches(" checked").count() == 1, "{mine}");
    assert!(mine.contains("value=\"end\"") && !mine.contains("value=\"confirm\""), "{mine}");
    for html in [new, mine] {
        assert_eq!(html.matches("<form").count(), html.matches("<form method=\"post\"").count(), "{html}");
    }
}

#[test]
fn a_group_can_be_closed_and_never_over_an_outage_unseen() {
    let html = render::status_page(&page("/"), &snapshot());
    let ids = render::group_ids(&snapshot());
    assert!(ids.len() > 1, "the fixture has groups");
    for id in &ids {
        assert!(html.contains(&format!("href=\"fold/{id}\"")), "{id}");
    }
    assert_eq!(html.matches("class=\"fold\"").count(), ids.len());
    assert!(html.contains("class=\"gist row outage\""), "{html}");
    let mut one = snapshot();
    one.components.truncate(1);
    assert!(render::group_ids(&one).is_empty());
    assert!(!render::status_page(&page("/"), &one).contains("class=\"fold\""));
    let css = include_str!("../../../style/main.css");
    for place in 1..=12 {
        assert_eq!(css.matches(&format!("[data-closed~=\"{place}\"] .g{place}")).count(), 2, "{place}");
    }
}
