//! Messages on their real ways: a real mail server, real HTTP servers that answer, refuse and are away, a real
//! database.

use super::Dispatcher;
use crate::alerts::tests::mail::MailServer;
use crate::config::ProcessEnvironment;
use crate::config::load::parse;
use crate::netguard::Place;
use crate::state::Live;
use crate::storage::{Ask, Storage};
use crate::subscriptions::rule;
use app::backend::NewIncident;
use app::model::{Admin, Channel, Impact, IncidentId, Maintenance, Phase, Snapshot};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The task with its database; `open` are ports of loopback that count as public here.
struct Desk {
    storage: Storage,
    stop: CancellationToken,
    task: JoinHandle<()>,
    /// What it listens to, as long as it runs.
    _kept: (watch::Sender<Arc<Snapshot>>, watch::Sender<Arc<Live>>),
}

impl Desk {
    async fn start(folder: &Path, mail_port: u16, open: &[u16]) -> Self {
        Self::start_showing(folder, mail_port, open, crate::http::samples::snapshot()).await
    }

    async fn start_showing(folder: &Path, mail_port: u16, open: &[u16], shown: Snapshot) -> Self {
        let text = format!(
            "[server]\npublic_url = \"https://status.example.com\"\n[page]\ntitle = \"Example\"\n\
             [[monitors]]\nid = \"web\"\nurl = \"http://127.0.0.1:9/\"\n\
             [subscriptions]\nemail = {{ server = \"127.0.0.1:{mail_port}\", tls = \"off\", from = \"status@example.com\" }}\n"
        );
        let config = parse(&text, folder, &ProcessEnvironment, &[]).unwrap();
        let mut live = Live::new(config, &[]).unwrap();
        // As if these ports were public places; nothing of a test leaves this machine.
        let places = open.iter().map(|port| Place { host: "127.0.0.1".to_owned(), port: *port });
        live.visitor_guard = live.visitor_guard.with_leave(places);
        let storage = Storage::open(&folder.join("gatewatch.db")).await.unwrap();
        let (kept, in_force) = watch::channel(Arc::new(live));
        let (snapshot, shown) = watch::channel(Arc::new(shown));
        let stop = CancellationToken::new();
        let dispatcher = Dispatcher::new(storage.clone(), in_force, shown, "127.0.0.1:5020".parse().unwrap());
        #[expect(clippy::disallowed_methods, reason = "a test starts a task of its own and waits for its end")]
        let task = tokio::spawn(dispatcher.run(stop.clone()));
        Self { storage, stop, task, _kept: (snapshot, kept) }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
        self.storage.close().await;
    }

    async fn ask(&self, channel: Channel, target: &str, components: &[&str]) {
        let components = components.iter().map(|slug| slug.parse().unwrap()).collect();
        let ask = Ask { channel, target: target.to_owned(), mark: rule::mark(channel, target), components };
        self.storage.ask_to_be_told(ask, crate::clock::now()).await.unwrap();
    }

    async fn incident(&self, title: &str, components: &[&str]) -> IncidentId {
        let new = NewIncident {
            title: title.to_owned(),
            impact: Impact::Major,
            phase: Phase::Investigating,
            body: "We look into it.".to_owned(),
            components: components.iter().map(|slug| slug.parse().unwrap()).collect(),
            started_at: None,
        };
        let ada = Admin { id: "ada".parse().unwrap(), name: "Ada".to_owned() };
        self.storage.open_incident(new, &ada, crate::clock::now()).await.unwrap()
    }

    /// Waits until so many are confirmed, and nothing waits for anybody.
    async fn until(&self, confirmed: u32, pending: u32) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let counts = self.storage.subscription_counts().await.unwrap();
            if (counts.confirmed, counts.pending, counts.waiting) == (confirmed, pending, 0) {
                return;
            }
            assert!(Instant::now() < deadline, "{confirmed} and {pending}, not {counts:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

type Got = Arc<Mutex<Vec<Value>>>;

/// A server on this port that keeps what comes, and answers with this status and, where it `echoes`, the challenge.
async fn hook(port: u16, status: StatusCode, echoes: bool) -> (u16, Got, JoinSet<()>) {
    let got = Got::default();
    let kept = Arc::clone(&got);
    let handler = move |body: String| async move {
        let json: Value = serde_json::from_str(&body).unwrap();
        let challenge = json["challenge"].as_str().unwrap_or_default().to_owned();
        kept.lock().unwrap().push(json);
        (status, if echoes { format!("{{\"challenge\":\"{challenge}\"}}") } else { "thanks".to_owned() })
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tasks = JoinSet::new();
    let router = Router::new().route("/hook", post(handler));
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (port, got, tasks)
}

async fn wait_for(got: &Got, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let now = got.lock().unwrap().clone();
        if now.len() >= count {
            return now;
        }
        assert!(Instant::now() < deadline, "{count} messages were to come, not {now:#?}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/hook")
}

#[tokio::test]
async fn a_webhook_consents_by_its_challenge_and_one_that_is_away_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (good, got, _good) = hook(0, StatusCode::OK, true).await;
    let (quiet, heard, _quiet) = hook(0, StatusCode::OK, false).await;
    let (away, _, gone) = hook(0, StatusCode::OK, true).await;
    let desk = Desk::start(folder.path(), 9, &[good, quiet, away]).await;
    for port in [good, quiet, away] {
        desk.ask(Channel::Webhook, &url(port), &[]).await;
    }
    // The quiet one has not consented: it got a link, and no note will come.
    desk.until(2, 1).await;
    assert_eq!(heard.lock().unwrap()[0]["what"], "confirm");
    drop(gone);
    desk.incident("Checkout fails", &["web", "secret"]).await;
    let told = wait_for(&got, 2).await;
    assert_eq!(
        (told[1]["what"].as_str(), told[1]["incident"]["title"].as_str()),
        (Some("note"), Some("Checkout fails"))
    );
    let web = serde_json::json!([{ "id": "web", "name": "WEB" }]);
    assert_eq!(told[1]["components"], web, "of private components nothing");
    assert!(told[1]["links"]["manage"].as_str().unwrap().starts_with("https://status.example.com/subscriptions/"));
    assert_ne!(told[0]["links"]["manage"], told[1]["links"]["manage"], "each message has a link of its own");

    // The one that was away gets it when it is back, and after a restart of ours.
    desk.stop().await;
    let (_, late, _late) = hook(away, StatusCode::OK, false).await;
    let desk = Desk::start(folder.path(), 9, &[good, quiet, away]).await;
    assert_eq!(wait_for(&late, 1).await[0]["what"], "note");
    desk.until(2, 1).await;
    assert_eq!((got.lock().unwrap().len(), heard.lock().unwrap().len()), (2, 1));
    desk.stop().await;
}

#[tokio::test]
async fn a_webhook_that_is_gone_or_private_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (gone, heard, _gone) = hook(0, StatusCode::GONE, false).await;
    let (private, got, _private) = hook(0, StatusCode::OK, true).await;
    let desk = Desk::start(folder.path(), 9, &[gone]).await;
    desk.ask(Channel::Webhook, &url(gone), &[]).await;
    wait_for(&heard, 1).await;
    desk.until(0, 0).await;
    // Past the form, by whatever way: the door itself refuses.
    desk.ask(Channel::Webhook, &url(private), &[]).await;
    let deadline = Instant::now() + PATIENCE;
    let problem = loop {
        let counts = desk.storage.subscription_counts().await.unwrap();
        if let Some(problem) = counts.problem {
            break problem;
        }
        assert!(Instant::now() < deadline, "{counts:?}");
        sleep(Duration::from_millis(20)).await;
    };
    assert!(problem.contains("loopback"), "{problem}");
    assert!(got.lock().unwrap().is_empty());
    desk.stop().await;
}

// The mail server's helper waits with a thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_wait_for_the_mail_server_and_name_who_asked_for_what() {
    let folder = tempfile::tempdir().unwrap();
    let reserved = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = reserved.local_addr().unwrap().port();
    drop(reserved);
    let desk = Desk::start(folder.path(), port, &[]).await;
    desk.ask(Channel::Email, "ada@example.com", &["mail"]).await;
    desk.ask(Channel::Email, "eve@example.com", &[]).await;
    let deadline = Instant::now() + PATIENCE;
    while desk.storage.subscription_counts().await.unwrap().problem.is_none() {
        assert!(Instant::now() < deadline, "the server is not there, and nobody notices");
        sleep(Duration::from_millis(20)).await;
    }
    let letters = folder.path().join("letters");
    std::fs::create_dir(&letters).unwrap();
    let server = MailServer::start(port, &letters, None);
    let ada = server.wait_for(&["X-To: ada@example.com", "of MAIL."]);
    let eve = server.wait_for(&["X-To: eve@example.com", "of all incidents and planned maintenance."]);
    desk.until(0, 2).await;
    for letter in [&ada, &eve] {
        for line in [
            "Subject: Confirm your subscription to Example",
            "From: Example <status@example.com>",
            "List-Unsubscribe: <https://status.example.com/subscriptions/",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(letter.contains(line), "{line}: {letter}");
        }
    }
    let token = |letter: &str| {
        let (_, rest) = letter.split_once("/subscriptions/").unwrap();
        rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>()
    };
    assert_ne!(token(&ada), token(&eve));
    for letter in [&ada, &eve] {
        let hash = crate::auth::hash_token(&token(letter)).unwrap();
        desk.storage.confirm_subscription(hash, crate::clock::now()).await.unwrap();
    }
    desk.incident("Web is slow", &["web"]).await;
    server.wait_for(&["X-To: eve@example.com", "Subject: Investigating: Web is slow", "Affected: WEB"]);
    desk.until(2, 0).await;

    // Announced work is told when it is a day ahead, once.
    let now = crate::clock::now();
    let mut shown = crate::http::samples::snapshot();
    shown.maintenances = vec![Maintenance {
        id: "patches".to_owned(),
        title: "Weekly patches".to_owned(),
        about: Some("Letters wait.".to_owned()),
        components: vec!["mail".parse().unwrap()],
        from: now + Duration::from_hours(23),
        until: now + Duration::from_hours(25),
    }];
    desk.stop().await;
    for _ in 0..2 {
        let desk = Desk::start_showing(folder.path(), port, &[], shown.clone()).await;
        for to in ["ada", "eve"] {
            let to = format!("X-To: {to}@example.com");
            server.wait_for(&[&to, "Subject: Planned maintenance: Weekly patches", "Letters wait."]);
        }
        desk.until(2, 0).await;
        desk.stop().await;
    }
    assert_eq!(server.letters().len(), 2 + 1 + 2);
}
