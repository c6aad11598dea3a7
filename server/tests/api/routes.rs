//! The golden table: every route, asked by guest and admin with every method.

use crate::support::Site;
use std::fmt::Write as _;

/// One example of every route, and some that are none.
pub(crate) const PATHS: &[&str] = &[
    "/",
    "/fold/none",
    "/closed/none/status",
    "/closed/none/fold/none",
    "/components/web",
    "/components/canary-monitor",
    "/components/none",
    "/components/web/24h",
    "/components/web/7d",
    "/components/web/90d",
    "/components/web/1y",
    "/components/web/2y",
    "/components/canary-monitor/7d",
    "/history",
    "/history/2020-01",
    "/history/2020-01/report",
    "/history/1999-01/report",
    "/history/1999-01",
    "/history/2026-1",
    "/history?month=2020-01",
    "/history?month=1999-01",
    "/history?unknown=1",
    "/incidents/none",
    "/help/502",
    "/causes",
    "/causes/upstream-down-not-listening",
    "/causes/none",
    "/feed.atom",
    "/feed.rss",
    "/feed.json",
    "/components/web/feed.atom",
    "/components/web/feed.rss",
    "/components/web/feed.json",
    "/components/web/feed.none",
    "/components/canary-monitor/feed.atom",
    "/embed/web",
    "/embed/canary-monitor",
    "/openapi.json",
    "/calendar.ics",
    "/badge/web.svg",
    "/badge/web",
    "/badge/canary-monitor.svg",
    "/favicon.svg",
    "/favicon.ico",
    "/robots.txt",
    "/assets/0000000000000000/main.css",
    "/api/v2/summary.json",
    "/api/v2/status.json",
    "/api/v2/components.json",
    "/api/v2/incidents.json",
    "/api/v2/incidents/unresolved.json",
    "/api/v2/scheduled-maintenances.json",
    "/api/v2/scheduled-maintenances/upcoming.json",
    "/api/v2/scheduled-maintenances/active.json",
    "/api/v2/none.json",
    "/healthz",
    "/readyz",
    "/sign-in",
    "/sign-in?next=/wizard",
    "/setup/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/sign-out",
    "/operate",
    "/operate/evidence/web",
    "/operate/evidence/none",
    "/operate/incidents/new",
    "/operate/incidents/none",
    "/operate/none",
    "/wizard",
    "/wizard?component=web",
    "/runs/none",
    "/runs/none.json",
    "/runs/none/events",
    "/actions/sign-in",
    "/actions/set-up",
    "/actions/probe-now",
    "/actions/start-run",
    "/actions/paste",
    "/actions/restart-unit",
    "/actions/open-incident",
    "/actions/change-incident",
    "/actions/add-update",
    "/actions/change-update",
    "/actions/withdraw-incident",
    "/actions/withdraw-update",
    "/actions/write-postmortem",
    "/actions/none",
    "/push/none",
    "/subscribe",
    "/subscriptions/none",
    "/metrics",
    "/debug",
    "/restore",
    "/none",
];

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_answers_every_role_and_method_as_written_down() {
    let site = Site::start().await;
    let mut cookie = site.cookie().await;
    let mut table = format!("{:54}", "route, by guest and admin");
    for method in METHODS {
        let _ = write!(table, " {method:>8}");
    }
    table.push('\n');
    for path in PATHS {
        let _ = write!(table, "{path:54}");
        for method in METHODS {
            let guest = site.ask(method, path, &[("Accept", "text/html")], "").await.status;
            let headers = [("Accept", "text/html"), ("Sec-Fetch-Site", "same-origin"), ("Cookie", &cookie)];
            let admin = site.ask(method, path, &headers, "").await.status;
            let _ = write!(table, "  {guest}/{admin}");
            if path.ends_with("sign-out") && *method == "POST" {
                cookie = site.cookie().await;
            }
        }
        table.push('\n');
    }
    site.stop().await;
    insta::assert_snapshot!("routes", table);
}

/// A route that is added has to be added to the table.
#[test]
fn the_table_holds_every_route() {
    let source = include_str!("../../src/http/router.rs");
    let routes: Vec<&str> = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(routes.len() > 30, "the routes are written otherwise now: {routes:?}");
    for route in routes {
        if route == "/events" {
            // A stream never ends; it has tests of its own.
            continue;
        }
        let fits = |path: &str| {
            let path = path.split('?').next().unwrap_or(path);
            let (of_route, of_path) = (route.split('/'), path.split('/'));
            let rest = route.contains("{*");
            (rest || of_route.clone().count() == of_path.clone().count())
                && of_route.zip(of_path).all(|(template, segment)| template.starts_with('{') || template == segment)
        };
        let held = PATHS.iter().any(|path| fits(path));
        assert!(held, "{route} is not in the table");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_head_is_that_to_get_without_its_body() {
    let site = Site::start().await;
    for path in ["/", "/components/web", "/history", "/feed.atom", "/api/v2/summary.json", "/none", "/healthz"] {
        let (get, head) = (site.get(path).await, site.ask("HEAD", path, &[], "").await);
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.body, "", "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
    site.stop().await;
}
