//! Alerts from the outage to the letter: one way works, the other is down for a while and over a restart.

use crate::events::Events;
use crate::gateway::Nginx;
use crate::mail::MailServer;
use crate::ports::free_port;
use crate::site::{self, Site};
use crate::upstream::Upstream;
use crate::{INTERVAL, NOTICED_WITHIN};
use serde_json::Value;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// A real HTTP server that keeps what is posted to it.
struct Hook {
    got: Arc<Mutex<Vec<Value>>>,
    task: JoinHandle<()>,
}

impl Hook {
    async fn start(port: u16) -> Self {
        let got: Arc<Mutex<Vec<Value>>> = Arc::default();
        let kept = Arc::clone(&got);
        let take = move |body: String| async move {
            kept.lock().unwrap().push(serde_json::from_str(&body).unwrap());
        };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let router = axum::Router::new().route("/hook", axum::routing::post(take));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { got, task }
    }

    async fn wait_for(&self, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + Duration::from_secs(40);
        loop {
            let got = self.got.lock().unwrap().clone();
            if got.len() >= count {
                return got;
            }
            assert!(Instant::now() < deadline, "{count} messages were to come, not {got:#?}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn next(events: &mut Events, state: &str) {
    events.next_state(state, NOTICED_WITHIN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_on_both_ways_though_one_is_down_at_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut upstream = Upstream::start().await;
    let nginx = Nginx::start(folder.path(), upstream.port()).await;
    let letters = folder.path().join("letters");
    std::fs::create_dir(&letters).unwrap();
    let mail = MailServer::start(0, &letters, None);
    let hook_port = free_port();
    let config = site::configuration(folder.path(), &nginx, INTERVAL);
    let mut file = OpenOptions::new().append(true).open(&config).unwrap();
    write!(
        file,
        "\n[[alerts]]\nid = \"mail\"\ncomponents = [\"shop\"]\nemail = {{ server = \"127.0.0.1:{}\", tls = \"off\", \
         from = \"status@example.com\", to = [\"ops@example.com\"] }}\n\
         [[alerts]]\nid = \"hook\"\nwebhook = {{ url = \"http://127.0.0.1:{hook_port}/hook\" }}\n",
        mail.port
    )
    .unwrap();
    let mut site = Site::start(&config).await;
    site.wait_for_state("operational", Duration::from_secs(15)).await;
    site.create_account().await;
    let mut events = site.events().await;

    // The letter comes; the webhook is not there.
    upstream.stop().await;
    next(&mut events, "outage").await;
    let letter = mail.wait_for(&["Subject: Shop is down: status 502", "/wizard?component=shop"]);
    assert!(letter.contains("X-To: ops@example.com"), "{letter}");
    let desk = site.get("/operate").await.text().await.unwrap();
    assert!(desk.contains("webhook at 127.0.0.1") && desk.contains("e-mail to ops@example.com"), "{desk}");

    // Nothing is lost by a restart, and what waits goes out as soon as somebody is there to take it.
    drop(events);
    site.restart(&config).await;
    let hook = Hook::start(hook_port).await;
    let got = hook.wait_for(1).await;
    assert_eq!((got[0]["state"].as_str(), got[0]["component"]["id"].as_str()), (Some("outage"), Some("shop")));
    assert_eq!(got[0]["fault"]["words"], "status 502");
    assert!(got[0]["links"]["wizard"].as_str().unwrap().ends_with("/wizard?component=shop"), "{got:#?}");

    // The end of it, on both ways, and each message once.
    site.wait_for_state("outage", Duration::from_secs(15)).await;
    upstream.restart().await;
    site.wait_for_state("operational", NOTICED_WITHIN).await;
    mail.wait_for(&["Subject: Shop is up again"]);
    let got = hook.wait_for(2).await;
    assert_eq!((got[1]["state"].as_str(), got[1]["before"].as_str()), (Some("operational"), Some("outage")));
    assert_eq!((mail.letters().len(), got.len()), (2, 2), "{got:#?}");
    hook.task.abort();
    site.stop().await;
}
