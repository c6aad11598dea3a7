//! The main job on real parts: nginx in front of an upstream, `gatewatch serve` beside them. The
//! upstream dies and comes back; page, events, wizard and incident tell the story, and all of it is
//! still there after a restart. And restarting a unit from a run's page, down to the bus.

#![expect(clippy::disallowed_methods, reason = "a test starts programs and reads its own files")]
#![expect(clippy::unwrap_used, reason = "a test fails at the place where it breaks")]

mod again;
mod alerts;
mod blind;
mod error_page;
mod events;
mod gateway;
mod kinds;
#[path = "../support/mail.rs"]
mod mail;
mod pair;
#[path = "../support/ports.rs"]
mod ports;
mod site;
#[path = "../support/systemd.rs"]
mod systemd;
mod units;
mod upstream;

use gateway::Nginx;
use serde_json::Value;
use site::Site;
use std::time::Duration;
use tokio::time::Instant;
use upstream::Upstream;

/// The monitor's interval. Long enough that a busy machine does not blur the bound below.
const INTERVAL: Duration = Duration::from_secs(2);
/// Two intervals, plus a probe's duration (its time-out at most), plus one second.
const NOTICED_WITHIN: Duration = Duration::from_secs(2 * 2 + 2 + 1);

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_from_the_first_failure_to_the_story_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut upstream = Upstream::start().await;
    let nginx = Nginx::start(folder.path(), upstream.port()).await;
    let config = site::configuration(folder.path(), &nginx, INTERVAL);
    let mut site = Site::start(&config).await;

    // Green.
    site.wait_for_state("operational", Duration::from_secs(15)).await;
    assert!(site.page("/").await.contains("All systems operational"));
    site.create_account().await;
    let mut events = site.events().await;

    // The upstream is gone, nginx answers 502, and page and events say so in time.
    upstream.stop().await;
    assert_eq!(nginx.status().await, 502);
    let gone = Instant::now();
    let told = events.next_state("outage", NOTICED_WITHIN).await;
    assert!(told["version"].as_u64() > Some(0), "{told}");
    site.wait_for_state("outage", NOTICED_WITHIN.saturating_sub(gone.elapsed())).await;
    let page = site.page("/").await;
    assert!(page.contains("Shop is down"), "{page}");
    assert!(page.contains("/wizard?component=shop"), "a failing row leads to the wizard: {page}");

    // The wizard proves why.
    let run = site.diagnose("shop").await;
    proven_down(&run, upstream.port());
    let run_id = run["id"].as_str().unwrap().to_owned();

    // A note is posted from it, and visitors, feed and API see it within a second.
    let incident = site.open_incident(run["verdict"]["title"].as_str().unwrap()).await;
    site.sees_incident(&incident, "investigating", Duration::from_secs(1)).await;

    // The upstream returns, the page is green, the incident is resolved.
    upstream.restart().await;
    events.next_state("operational", NOTICED_WITHIN).await;
    site.wait_for_state("operational", Duration::from_secs(1)).await;
    site.resolve(&incident).await;
    site.sees_incident(&incident, "resolved", Duration::from_secs(1)).await;

    // All of it is still there after a restart.
    let before = site.incident(&incident).await;
    let outage = site.outage().await;
    assert_ne!(outage, "none", "the outage is in the history");
    drop(events);
    site.restart(&config).await;
    site.wait_for_state("operational", Duration::from_secs(15)).await;
    assert_eq!(site.incident(&incident).await, before);
    assert_eq!(site.outage().await, outage, "history neither grows nor shrinks by a restart");
    let kept = site.run(&run_id).await;
    assert_eq!(kept["verdict"], run["verdict"]);
    site.stop().await;
}

/// The verdict is the right one, for the right reasons, and says what to do.
fn proven_down(run: &Value, port: u16) {
    let verdict = &run["verdict"];
    assert_eq!(verdict["outcome"], "cause", "{run:#}");
    assert_eq!(verdict["cause"], "upstream-down-not-listening", "{run:#}");
    assert_eq!(verdict["family"], "code");
    assert_eq!(verdict["step"], 6);
    assert_eq!(verdict["strength"], "proven", "{run:#}");
    let facts: Vec<&Value> =
        run["steps"].as_array().unwrap().iter().flat_map(|step| step["facts"].as_array().unwrap()).collect();
    let because: Vec<&Value> = verdict["because"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|id| facts.iter().find(|fact| &fact["id"] == id).copied())
        .collect();
    assert!(because.iter().any(|fact| fact["source"] == "log"), "the log line is evidence: {because:#?}");
    assert!(
        because.iter().any(|fact| {
            fact["source"] == "measured" && fact["text"].as_str().is_some_and(|text| text.contains("refused"))
        }),
        "the refused connect is evidence: {because:#?}"
    );
    assert!(because.iter().any(|fact| fact.to_string().contains(&port.to_string())), "{because:#?}");
    assert!(!verdict["fixes"].as_array().unwrap().is_empty(), "{verdict:#}");
}
