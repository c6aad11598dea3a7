//! Components over ranges of time, and months as reports: read from the database, and true to the second.

use crate::support::Site;
use app::model::time::DAY_MS;
use app::model::{At, Class, Millis, MonitorId, Phases, Sample, State};
use server::clock;
use server::export::Export;
use server::status::fold::History;
use server::storage::{Batch, SpanChange};
use std::collections::BTreeMap;
use std::sync::Arc;

const HOUR: i64 = 3_600_000;

/// `web` over the last two months: an outage, a slow spell and a time without a watcher in the last month, to odd
/// milliseconds, and probes every ten minutes.
async fn fill(site: &Site, month: At) {
    let web: MonitorId = "web".parse().expect("an id");
    let changes = [
        (0, State::Operational),
        (30 * HOUR + 1_234, State::Outage),
        (33 * HOUR + 61_999, State::Operational),
        (90 * HOUR, State::Degraded),
        (95 * HOUR + 777, State::Unknown),
        (96 * HOUR, State::Operational),
    ];
    let change = |(at, state)| SpanChange { monitor: web.clone(), since: At(month.0 + at), state };
    let sample = |number: i64| {
        let at = At(month.0 + number * 600_000);
        let hour = at.since(month) / HOUR;
        let class = if (31..33).contains(&hour) { Class::Down } else { Class::Up };
        (web.clone(), Sample { at, class, latency: Millis(120), status: None, phases: Phases::default(), fault: None })
    };
    let count = clock::now().since(month) / 600_000;
    let samples: Vec<_> = (0..count).map(sample).collect();
    let changes = changes.into_iter().map(change).collect();
    site.app().storage.record(Arc::new(Batch { samples, changes, ..Batch::default() })).await.expect("it is stored");
}

/// The first moment of the month before this one, and its name.
fn last_month() -> (At, At, String) {
    let first =
        |at: At| (0..32).map(|back| At::start_of_day(at.day() - back)).find(|day| clock::rfc3339(*day)[8..10] == *"01");
    let this = first(clock::now()).expect("every month begins");
    let last = first(At(this.0 - 1)).expect("every month begins");
    (last, this, clock::rfc3339(last)[..7].to_owned())
}

/// `H:MM:SS`.
fn exact(ms: i64) -> String {
    format!("{}:{:02}:{:02}", ms / HOUR, ms / 60_000 % 60, ms / 1000 % 60)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_uptime_of_a_month_follows_from_the_exported_lines_to_the_second() {
    let site = Site::start().await;
    let (from, until, month) = last_month();
    fill(&site, from).await;
    let storage = &site.app().storage;
    let mut spans: BTreeMap<MonitorId, Vec<_>> = BTreeMap::new();
    for (id, span) in storage.spans_since(from).await.expect("spans") {
        spans.entry(id).or_default().push(span);
    }
    let histories = spans.into_iter().map(|(id, spans)| (id, History::new(spans))).collect();
    let (monitors, live) = (storage.monitors().await.expect("monitors"), site.app().live());
    let export =
        Export { monitors: &monitors, components: &live.config.components, histories: &histories, from, until };
    let mut spent: BTreeMap<String, i64> = BTreeMap::new();
    for line in export.csv().lines().filter(|line| line.starts_with("component,web,")) {
        let cells: Vec<&str> = line.split(',').collect();
        *spent.entry(cells[2].to_owned()).or_default() += cells[5].parse::<i64>().expect("milliseconds");
    }
    let of = |state: &str| spent.get(state).copied().unwrap_or_default();
    assert_eq!((of("outage"), of("unknown")), (3 * HOUR + 60_765, HOUR - 777));
    let measured = of("operational") + of("degraded") + of("partial-outage") + of("outage");
    let lost = 2 * of("outage") + of("partial-outage");
    // Rounded down to hundredths of a percent, in whole numbers.
    let hundredths = (2 * measured - lost) * 10_000 / (2 * measured);
    let by_hand = format!("{}.{:02} %", hundredths / 100, hundredths % 100);

    let page = site.get(&format!("/history/{month}/report")).await;
    assert_eq!(page.status, 200);
    let row = page.body.split("/components/web\"").nth(1).and_then(|rest| rest.split("</tr>").next());
    let row = row.expect("the component is in the report");
    let cells: Vec<&str> =
        row.split("<td>").skip(1).map(|cell| cell.split("</td>").next().unwrap_or_default()).collect();
    let exact_of = |state: &str| exact(of(state));
    assert_eq!(cells[0], format!("<b>{by_hand}</b>"));
    assert_eq!(
        cells[1..6],
        [
            exact_of("outage"),
            exact_of("partial-outage"),
            exact_of("degraded"),
            exact_of("maintenance"),
            exact_of("unknown")
        ]
    );
    assert_eq!((cells[6], cells[7]), ("1", exact_of("outage").as_str()));
    assert_eq!(cells[10], ((until.0 - from.0) / 600_000).to_string(), "probes");
    assert!(site.get(&format!("/history/{month}")).await.body.contains(&format!("/history/{month}/report\"")));
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ranges_are_read_once_a_minute_and_say_so_without_a_database() {
    let site = Site::start().await;
    let month = At::start_of_day(clock::now().day() - 40);
    fill(&site, month).await;
    for (range, outage) in [("24h", false), ("7d", false), ("90d", true), ("1y", true)] {
        let page = site.get(&format!("/components/web/{range}")).await;
        assert_eq!(page.status, 200, "{range}");
        assert!(page.body.contains("class=\"p95\" d=\"M"), "{range} has a line: {}", page.body);
        let told = page.body.contains("<span class=\"word\">Outage</span>");
        assert_eq!(told, outage, "{range}");
    }
    let quarter = site.get("/components/web/90d").await.body;
    assert!(quarter.contains("3 h 1 min"), "{quarter}");
    // All probes of forty days, and the few of the test's own site.
    let probes =
        quarter.split("<dt>Probes</dt><dd>").nth(1).and_then(|rest| rest.split('<').next()?.parse::<i64>().ok());
    let expected = clock::now().since(month) / 600_000;
    assert!(probes.is_some_and(|probes| (expected - 1..expected + 60).contains(&probes)), "{probes:?} of {expected}");
    assert!(expected * 600_000 > 39 * DAY_MS);

    site.app().storage.close().await;
    let kept = site.get("/components/web/90d").await;
    let away = site.get("/components/web/7d?x=1").await;
    let never = site.get("/history/2020-02/report").await;
    assert_eq!(never.status, 503);
    assert!(never.body.contains("cannot be read at the moment"), "{}", never.body);
    assert_eq!(never.header("retry-after"), "5");
    // What was read within the minute stands; a new minute may have begun just now.
    assert!([200, 503].contains(&kept.status) && [200, 503].contains(&away.status));
    assert_eq!(site.get("/components/web").await.status, 200, "the page in memory needs no database");
}
