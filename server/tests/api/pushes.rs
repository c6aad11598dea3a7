//! Heartbeats over HTTP.

use crate::support::Site;
use app::model::Class;

const TOKEN: &str = "canary-nightly-backup-token";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_tells_that_it_ran() {
    let monitor =
        format!("[[monitors]]\nid = \"backup\"\nurl = \"heartbeat:\"\ntoken = \"{TOKEN}\"\ninterval = \"1h\"\n");
    let site = Site::start_watching(&monitor).await;
    let path = format!("/push/{TOKEN}");
    assert_eq!(site.get(&path).await.status, 405, "reading changes nothing");
    assert_eq!(site.get("/push/other").await.status, 405, "and tells nothing of the token");
    let told = site.ask("POST", &path, &[], "").await;
    assert_eq!((told.status, told.body.as_str()), (204, ""));
    let again = site.ask("POST", &path, &[], "").await;
    assert_eq!((again.status, again.header("retry-after")), (429, "60"), "twice at once is once too often");
    let backup = async || {
        let views = site.app().board.operate();
        let monitor = views.into_iter().flat_map(|view| view.monitors).find(|one| one.monitor.id.as_str() == "backup");
        monitor.and_then(|one| one.last)
    };
    let mut last = backup().await;
    for _ in 0..100 {
        if last.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        last = backup().await;
    }
    assert_eq!(last.map(|sample| sample.class), Some(Class::Up));
    site.until("/", "backup").await;
    let page = site.get("/components/backup").await.everything();
    assert!(!page.contains("canary"), "the token is on no page");
    let cross = site.ask("POST", &path, &[("Origin", "https://evil.example")], "").await;
    assert_eq!(cross.status, 403, "a page of another site cannot tell for the job");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_are_few() {
    let site = Site::start().await;
    for _ in 0..20 {
        assert_eq!(site.ask("POST", "/push/aaaaaaaaaaaaaaaaaaaaaaaa", &[], "").await.status, 404);
    }
    assert_eq!(site.ask("POST", "/push/aaaaaaaaaaaaaaaaaaaaaaaa", &[], "").await.status, 429);
    assert_eq!(site.get("/").await.status, 200, "nothing else is limited by it");
    site.stop().await;
}
