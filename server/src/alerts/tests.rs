//! Messages on their real ways: a real mail server, a real HTTP server, a real database.

use super::dial::SendError;
use super::text::Site;
use super::*;
use crate::alerts::gather::Bundle;
use crate::config::load::parse;
use crate::config::{Environment, alerts::Way};
use crate::netguard::{NetRules, Netguard};
use crate::storage::{Batch, Storage};
use app::model::{FaultKind, Millis, Monitor, Origin};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use mail::MailServer;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

#[path = "../../tests/support/mail.rs"]
pub(crate) mod mail;

const NOW: At = At(1_795_359_600_000);

struct Env;

impl Environment for Env {
    fn var(&self, name: &str) -> Option<String> {
        match name {
            "USER" => Some("ada".to_owned()),
            "GOOD" => Some("s3cret".to_owned()),
            "BAD" => Some("wr0ng".to_owned()),
            _ => None,
        }
    }
}

/// The one alert of a configuration, and a guard with its leave.
fn alert(folder: &Path, entry: &str) -> (AlertConfig, Netguard) {
    let text =
        format!("[[monitors]]\nid = \"shop\"\nurl = \"http://127.0.0.1:9/\"\n[[alerts]]\nid = \"on-call\"\n{entry}\n");
    let config = parse(&text, folder, &Env, &[]).unwrap();
    let alert = config.alerts[0].clone();
    let guard = Netguard::for_server(&NetRules::default()).unwrap().with_leave(alert.place());
    (alert, guard)
}

fn site() -> Site {
    Site { title: "Example".to_owned(), url: "https://status.example.com/".to_owned() }
}

fn turn(state: State, since: At) -> Turn {
    let fault =
        Fault { kind: FaultKind::Status, origin: Origin::Upstream, status: Some(502), detail: "status 502".to_owned() };
    Turn {
        component: "shop".parse().unwrap(),
        name: "Café Shop".to_owned(),
        state,
        since,
        monitor: Some("shop".to_owned()),
        fault: Some(fault),
        unstable: None,
    }
}

fn some_news(state: State, since: At) -> Vec<News> {
    let listener = Listener { id: "on-call".parse().unwrap(), components: Vec::new(), degraded: false };
    news(&[listener], &[turn(state, since)], since).unwrap()
}

async fn storage(folder: &Path) -> Storage {
    let storage = Storage::open(&folder.join("gatewatch.db")).await.unwrap();
    let monitor = Monitor {
        id: "shop".parse().unwrap(),
        name: "Shop".to_owned(),
        url: "http://shop.test/".to_owned(),
        interval: Millis(60_000),
        public: true,
        in_file: true,
    };
    storage.save_monitors(vec![monitor], NOW).await.unwrap();
    storage
}

async fn one_message(folder: &Path) -> Bundle {
    let storage = storage(folder).await;
    storage.record(Arc::new(Batch { news: some_news(State::Outage, NOW), ..Batch::default() })).await.unwrap();
    let message = storage.outbox_waiting().await.unwrap().remove(0);
    storage.close().await;
    Bundle::of(message)
}

/// An authority and a certificate of its for 127.0.0.1, as files.
fn certificates(folder: &Path) -> (PathBuf, PathBuf) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    std::fs::write(folder.join("ca.pem"), authority.self_signed(&authority_key).unwrap().pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    let (certificate, private) = (folder.join("leaf.pem"), folder.join("leaf.key"));
    std::fs::write(&certificate, leaf.pem()).unwrap();
    std::fs::write(&private, key.serialize_pem()).unwrap();
    (certificate, private)
}

async fn send_mail(folder: &Path, entry: &str, message: &Bundle) -> Result<(), SendError> {
    let (alert, guard) = alert(folder, entry);
    let Way::Email(email) = &alert.way else { panic!("{alert:?}") };
    email::send(&guard, email, message, &site(), At(NOW.0 + 1_000)).await
}

#[tokio::test]
async fn a_letter_goes_over_each_kind_of_connection() {
    let folder = tempfile::tempdir().unwrap();
    let message = one_message(folder.path()).await;
    let (certificate, key) = certificates(folder.path());
    for mode in ["off", "starttls", "implicit"] {
        let letters = folder.path().join(mode);
        std::fs::create_dir(&letters).unwrap();
        let tls = (mode != "off").then_some((mode, certificate.as_path(), key.as_path()));
        let server = MailServer::start(0, &letters, tls);
        let login = if mode == "off" { "" } else { ", user = \"${USER}\", password = \"${GOOD}\", ca = \"ca.pem\"" };
        let entry = format!(
            "email = {{ server = \"127.0.0.1:{}\", from = \"status@example.com\", to = [\"a@example.com\", \
             \"B <b@example.com>\"], tls = \"{mode}\"{login} }}",
            server.port
        );
        send_mail(folder.path(), &entry, &message).await.unwrap_or_else(|error| panic!("{mode}: {error}"));
        let letter = server.wait_for(&["wizard?component=shop", "status 502", "Auto-Submitted: auto-generated"]);
        assert!(letter.contains("X-To: a@example.com,b@example.com"), "{letter}");
        assert!(letter.contains(if mode == "off" { "X-Mode: clear" } else { "X-Mode: tls" }), "{letter}");
        assert!(letter.contains(&format!("Message-ID: <{}.gatewatch@example.com>", message.id())), "{letter}");
        // Neither who signs in nor an authority that nobody named.
        if mode != "off" {
            let wrong = entry.replace("${GOOD}", "${BAD}");
            let refused = send_mail(folder.path(), &wrong, &message).await.unwrap_err().to_string();
            assert!(refused.contains("535") && !refused.contains("wr0ng"), "{refused}");
            let unknown = send_mail(folder.path(), &entry.replace(", ca = \"ca.pem\"", ""), &message).await;
            assert!(matches!(unknown, Err(SendError::Tls { .. })), "{unknown:?}");
        }
    }
}

#[tokio::test]
async fn a_password_never_goes_where_starttls_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let message = one_message(folder.path()).await;
    let server = MailServer::start(0, folder.path(), None);
    let entry = format!(
        "email = {{ server = \"127.0.0.1:{}\", from = \"s@example.com\", to = [\"a@example.com\"], \
         user = \"${{USER}}\", password = \"${{GOOD}}\" }}",
        server.port
    );
    let refused = send_mail(folder.path(), &entry, &message).await;
    assert!(matches!(refused, Err(SendError::NoStartTls)), "{refused:?}");
    assert!(server.letters().is_empty());
}

/// What a webhook got: headers and body.
type Got = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// An HTTP server that answers with this status.
async fn hook(status: StatusCode) -> (u16, Got, JoinSet<()>) {
    let got = Got::default();
    let kept = Arc::clone(&got);
    let handler = move |headers: HeaderMap, body: String| async move {
        kept.lock().unwrap().push((headers, body));
        status
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tasks = JoinSet::new();
    let router = Router::new().route("/hooks/x", post(handler));
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (port, got, tasks)
}

#[tokio::test]
async fn a_webhook_gets_signed_json_and_its_answer_counts() {
    let folder = tempfile::tempdir().unwrap();
    let message = one_message(folder.path()).await;
    let (port, got, _tasks) = hook(StatusCode::NO_CONTENT).await;
    let entry = format!(
        "webhook = {{ url = \"http://127.0.0.1:{port}/hooks/x?a=b\", token = \"${{GOOD}}\", secret = \"${{GOOD}}\" }}"
    );
    let (alert, guard) = alert(folder.path(), &entry);
    let Way::Webhook(webhook) = &alert.way else { panic!() };
    webhook::send(&guard, webhook, &message, &site(), At(NOW.0 + 61_000)).await.unwrap();
    let (headers, body) = got.lock().unwrap()[0].clone();
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(json["links"]["wizard"], "https://status.example.com/wizard?component=shop");
    assert_eq!((json["fault"]["words"].as_str(), json["late"].as_bool()), (Some("status 502"), Some(true)));
    assert_eq!(headers["authorization"], "Bearer s3cret");
    assert_eq!(headers["x-gatewatch-id"], message.id().as_str());
    assert_eq!(headers["x-gatewatch-signature"].len(), "sha256=".len() + 64);

    let closed = Netguard::for_server(&NetRules::default()).unwrap();
    let refused = webhook::send(&closed, webhook, &message, &site(), NOW).await;
    assert!(matches!(refused, Err(SendError::Resolve { .. })), "no leave, no connection: {refused:?}");

    let (port, _got, _tasks) = hook(StatusCode::SERVICE_UNAVAILABLE).await;
    let (alert, guard) =
        self::alert(folder.path(), &format!("webhook = {{ url = \"http://127.0.0.1:{port}/hooks/x\" }}"));
    let Way::Webhook(webhook) = &alert.way else { panic!() };
    let answer = webhook::send(&guard, webhook, &message, &site(), NOW).await;
    assert!(matches!(answer, Err(SendError::Status(503))), "{answer:?}");
}

#[tokio::test]
async fn the_outbox_takes_each_change_once_in_order_and_keeps_what_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path()).await;
    let outage = Arc::new(Batch { news: some_news(State::Outage, NOW), ..Batch::default() });
    storage.record(Arc::clone(&outage)).await.unwrap();
    // A batch whose fate was unknown comes again.
    storage.record(outage).await.unwrap();
    for (state, after) in [(State::Unknown, 10), (State::Outage, 20), (State::Operational, 30)] {
        let batch = Batch { news: some_news(state, At(NOW.0 + after)), ..Batch::default() };
        storage.record(Arc::new(batch)).await.unwrap();
    }
    storage.close().await;

    // What waits and what was told are there after a restart.
    let storage = Storage::open(&folder.path().join("gatewatch.db")).await.unwrap();
    let waiting = storage.outbox_waiting().await.unwrap();
    let first = waiting[0].clone();
    assert_eq!((waiting.len(), first.state, first.about.before), (2, State::Outage, State::Operational));
    storage.put_off(first.id.clone(), "x".repeat(900), 3, At(NOW.0 + 9_000)).await.unwrap();
    let again = storage.outbox_waiting().await.unwrap().remove(0);
    assert_eq!((again.attempts, again.due_at), (3, At(NOW.0 + 9_000)));
    storage.mark_sent(again.id, At(NOW.0 + 40)).await.unwrap();
    let end = storage.outbox_waiting().await.unwrap().remove(0);
    assert_eq!((end.state, end.about.before_since), (State::Operational, Some(NOW)));
    let states = storage.listener_states().await.unwrap();
    assert_eq!((states[0].waiting, states[0].last_sent, states[0].given_up), (1, Some(At(NOW.0 + 40)), 0));

    // A listener that the configuration no longer names gets nothing more.
    storage.hurry_outbox(Vec::new(), At(NOW.0 + 50)).await.unwrap();
    assert!(storage.outbox_waiting().await.unwrap().is_empty());
    assert_eq!(storage.listener_states().await.unwrap()[0].given_up, 1);
    storage.sweep_outbox(At(NOW.0 + 60)).await.unwrap();
    assert!(storage.listener_states().await.unwrap().is_empty());
    storage.close().await;
}

#[tokio::test]
async fn an_alarm_about_what_is_no_longer_watched_is_ended_once() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path()).await;
    let batch = Batch { news: some_news(State::Outage, NOW), ..Batch::default() };
    storage.record(Arc::new(batch)).await.unwrap();
    let listener: AlertId = "on-call".parse().unwrap();
    let hears = |slugs: &[&str]| {
        vec![(listener.clone(), slugs.iter().map(|slug| slug.parse().unwrap()).collect::<Vec<ComponentSlug>>())]
    };
    storage.hurry_outbox(hears(&["shop", "api"]), At(NOW.0 + 5)).await.unwrap();
    assert_eq!(storage.outbox_waiting().await.unwrap().len(), 1, "as long as it is watched, nothing is said");
    for _ in 0..2 {
        storage.hurry_outbox(hears(&["api"]), At(NOW.0 + 10)).await.unwrap();
    }
    let waiting = storage.outbox_waiting().await.unwrap();
    assert_eq!(waiting.len(), 2);
    let end = &waiting[1];
    assert!(end.about.removed && end.state == State::Unknown, "{end:?}");
    assert_eq!((end.about.name.as_str(), end.about.before), ("Café Shop", State::Outage));
    assert_eq!(end.about.before_since, Some(NOW));

    // What was well leaves without a word.
    storage
        .record(Arc::new(Batch { news: some_news(State::Outage, At(NOW.0 + 20)), ..Batch::default() }))
        .await
        .unwrap();
    storage
        .record(Arc::new(Batch { news: some_news(State::Operational, At(NOW.0 + 30)), ..Batch::default() }))
        .await
        .unwrap();
    storage.hurry_outbox(hears(&["api"]), At(NOW.0 + 40)).await.unwrap();
    assert!(!storage.outbox_waiting().await.unwrap().iter().any(|message| message.at == At(NOW.0 + 40)));
    storage.close().await;
}
