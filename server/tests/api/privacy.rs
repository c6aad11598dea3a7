//! What is private appears in no anonymous answer, and is missing in the same way as what is not there.

use crate::support::{CANARY, Site};

const ANONYMOUS: &[&str] = &[
    "/",
    "/components/web",
    "/components/canary-monitor",
    "/components/none",
    "/components/web/24h",
    "/components/web/1y",
    "/components/canary-monitor/7d",
    "/history",
    "/history/2026-11/report",
    "/incidents/none",
    "/help/502",
    "/subscribe",
    "/subscriptions/none",
    "/causes",
    "/feed.atom",
    "/feed.rss",
    "/feed.json",
    "/components/web/feed.json",
    "/components/canary-monitor/feed.atom",
    "/calendar.ics",
    "/badge/web.svg",
    "/badge/canary-monitor.svg",
    "/favicon.svg",
    "/robots.txt",
    "/api/v2/summary.json",
    "/api/v2/status.json",
    "/api/v2/components.json",
    "/api/v2/incidents.json",
    "/api/v2/incidents/unresolved.json",
    "/api/v2/scheduled-maintenances.json",
    "/api/v2/scheduled-maintenances/upcoming.json",
    "/healthz",
    "/readyz",
    "/sign-in",
    "/operate",
    "/operate/evidence/web",
    "/operate/evidence/canary-monitor",
    "/wizard",
    "/runs/none",
    "/none",
    "/wizard?component=canary-monitor",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_private_reaches_anonymous_visitors() {
    let site = Site::start().await;
    let cookie = site.cookie().await;
    // The private component is in an incident, too.
    let fields = [
        ("title", "Something is slow"),
        ("impact", "minor"),
        ("phase", "investigating"),
        ("body", "We look into it."),
        ("components[0]", "web"),
        ("components[1]", "canary-monitor"),
    ];
    assert_eq!(site.post("/actions/open-incident", &cookie, &fields).await.status, 303);
    site.until("/", "Something is slow").await;
    let operate = site.ask("GET", "/operate", &[("Cookie", &cookie)], "").await;
    assert!(operate.body.contains(CANARY), "admins see the private component: {}", operate.body);

    let incident = site.get("/feed.atom").await.body;
    let incident = incident.split("/incidents/").nth(1).or_else(|| incident.split("incident:").nth(1));
    let id = incident.and_then(|rest| rest.split(['"', '<']).next()).expect("the feed names the incident").to_owned();
    let page = format!("/incidents/{id}");
    for path in ANONYMOUS.iter().copied().chain([page.as_str()]) {
        let reply = site.get(path).await;
        // Where to come back to after signing in is the visitor's own words.
        let asked = path.contains(CANARY) && reply.status == 303;
        assert!(asked || !reply.everything().contains(CANARY), "{path}: {}", reply.everything());
    }
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_private_is_missing_like_the_missing() {
    let site = Site::start().await;
    let (private, missing) =
        (site.get("/components/canary-monitor").await, site.get("/components/none-monitor12").await);
    assert_eq!(private.status, 404);
    let own_words = |body: &str, path: &str| body.replace(path, "");
    assert_eq!(
        own_words(&private.body, "canary-monitor"),
        own_words(&missing.body, "none-monitor12"),
        "one can tell them apart"
    );
    site.stop().await;
}
