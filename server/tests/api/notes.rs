//! Posting notes through the forms: seen by everybody within a second, never overwritten.

use crate::support::Site;
use std::time::{Duration, Instant};

async fn open(site: &Site, cookie: &str, title: &str) -> String {
    let fields = [
        ("title", title),
        ("impact", "major"),
        ("phase", "investigating"),
        ("body", "We **look** into it."),
        ("components[0]", "web"),
    ];
    let reply = site.post("/actions/open-incident", cookie, &fields).await;
    assert_eq!(reply.status, 303, "{reply:?}");
    let place = reply.header("location");
    let id = place.strip_prefix("/operate/incidents/").unwrap_or_else(|| panic!("it leads to the incident: {place}"));
    id.split(['?', '#']).next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_feed_and_api_tell_of_a_note_within_a_second() {
    let site = Site::start().await;
    let cookie = site.cookie().await;
    let posted = Instant::now();
    let id = open(&site, &cookie, "Checkout fails").await;
    site.until("/", "Checkout fails").await;
    site.until("/feed.atom", "Checkout fails").await;
    site.until("/api/v2/summary.json", "Checkout fails").await;
    site.until("/api/v2/incidents/unresolved.json", &id).await;
    let page = site.until(&format!("/incidents/{id}"), "Checkout fails").await;
    assert!(posted.elapsed() < Duration::from_secs(1), "it took {:?}", posted.elapsed());
    assert!(page.body.contains("<strong>look</strong>"), "{}", page.body);
    let history = site.get("/history").await;
    assert!(history.body.contains("Checkout fails"), "{}", history.body);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_withdrawn_is_gone_for_visitors() {
    let site = Site::start().await;
    let cookie = site.cookie().await;
    let id = open(&site, &cookie, "Posted by mistake").await;
    let page = format!("/incidents/{id}");
    assert_eq!(site.get(&page).await.status, 200);
    let incident = site.app().storage.incident(&id.parse().expect("an id")).await.expect("readable").expect("there");
    let version = incident.version.to_string();
    let fields = [("id", id.as_str()), ("version", &version), ("withdrawn", "true")];
    assert_eq!(site.post("/actions/withdraw-incident", &cookie, &fields).await.status, 303);
    for path in ["/", "/feed.atom", "/history", "/api/v2/incidents.json"] {
        assert!(!site.get(path).await.body.contains("Posted by mistake"), "{path}");
    }
    assert_eq!(site.get(&page).await.status, 404);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_admins_never_overwrite_each_other() {
    let site = Site::start().await;
    let (first, second) = (site.cookie().await, site.cookie().await);
    let id = open(&site, &first, "Slow answers").await;
    let incident = site.app().storage.incident(&id.parse().expect("an id")).await.expect("readable").expect("there");
    let update = incident.updates[0].clone();
    let version = update.version.to_string();
    let edit = async |cookie: &str, body: &str| {
        let fields = [
            ("incident", id.as_str()),
            ("update", update.id.as_str()),
            ("version", &version),
            ("phase", "identified"),
            ("body", body),
        ];
        site.post("/actions/change-update", cookie, &fields).await
    };
    let one = edit(&first, "The database is the cause.").await;
    assert!(one.status == 303 && !one.header("location").contains("draft="), "{one:?}");
    // Based on the version that the first has replaced meanwhile.
    let two = edit(&second, "The network is the cause.").await;
    let place = two.header("location").to_owned();
    assert!(two.status == 303 && place.contains("draft="), "the second is told: {two:?}");
    let page = site.get(&format!("/incidents/{id}")).await.body;
    assert!(page.contains("The database is the cause.") && !page.contains("The network is the cause."), "{page}");
    let path = place.split('#').next().unwrap_or_default();
    let kept = site.ask("GET", path, &[("Cookie", &second)], "").await.body;
    assert!(kept.contains("The network is the cause."), "nothing typed is lost: {kept}");
    assert!(kept.contains("Somebody else changed this"), "{kept}");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_post_nothing() {
    let site = Site::start().await;
    let fields = [("title", "Not by us"), ("impact", "major"), ("phase", "investigating"), ("body", "x")];
    let reply = site.post("/actions/open-incident", "", &fields).await;
    assert_eq!((reply.status, reply.header("location")), (303, "/sign-in"));
    let incidents = site.app().storage.incidents(10).await.expect("readable");
    assert!(incidents.is_empty());
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_mortem_is_read_on_the_page_in_feeds_and_in_the_api_once_all_is_over() {
    let site = Site::start().await;
    let cookie = site.cookie().await;
    let id = open(&site, &cookie, "Checkout fails").await;
    let version = async || {
        let incident = site.app().storage.incident(&id.parse().expect("an id")).await.expect("readable");
        incident.expect("there").version.to_string()
    };
    let write = async |body: &str| {
        let fields = [("incident", id.as_str()), ("version", &version().await), ("body", body)];
        site.post("/actions/write-postmortem", &cookie, &fields).await
    };
    let desk = format!("/operate/incidents/{id}");
    assert!(!site.ask("GET", &desk, &[("Cookie", &cookie)], "").await.body.contains("Write a post-mortem"));
    let early = write("It was a **leak**.").await;
    assert!(early.header("location").contains("draft="), "{early:?}");
    let resolve = [("incident", id.as_str()), ("version", &version().await), ("phase", "resolved"), ("body", "Over.")];
    assert_eq!(site.post("/actions/add-update", &cookie, &resolve).await.status, 303);
    assert!(site.ask("GET", &desk, &[("Cookie", &cookie)], "").await.body.contains("Write a post-mortem"));
    let written = write("It was a **leak**.").await;
    assert!(written.status == 303 && written.header("location").contains("#update-"), "{written:?}");

    let page = site.get(&format!("/incidents/{id}")).await.body;
    assert!(page.contains("id=\"post-mortem\"") && page.contains("<strong>leak</strong>"), "{page}");
    let home = site.get("/").await.body;
    assert!(home.contains(&format!("/incidents/{id}#post-mortem")) && !home.contains("leak"), "{home}");
    for feed in ["/feed.atom", "/feed.rss", "/feed.json", "/components/web/feed.atom"] {
        let feed = site.get(feed).await.body;
        assert!(feed.contains("Post-mortem") && feed.contains("leak"), "{feed}");
    }
    let told = site.get("/api/v2/incidents.json").await.json()["incidents"][0].clone();
    assert_eq!(
        (told["status"].as_str(), told["incident_updates"][0]["status"].as_str()),
        (Some("postmortem"), Some("postmortem"))
    );
    assert_eq!(told["incident_updates"][1]["status"], "resolved");
    let desk = site.ask("GET", &desk, &[("Cookie", &cookie)], "").await.body;
    assert!(!desk.contains("Write a post-mortem") && desk.contains("Post-mortem"), "{desk}");
    site.stop().await;
}
