//! Subscribing through the form and the links of the letters, with a real mail server.

use crate::mail::MailServer;
use crate::support::{Reply, Site};
use app::backend::{NewIncident, NewUpdate};
use app::model::{Admin, Impact, Phase};
use server::clock;
use std::time::Duration;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const OWN: (&str, &str) = ("Sec-Fetch-Site", "same-origin");

/// A site whose letters go to this server.
async fn site(mail: u16) -> Site {
    let section = format!(
        "public_url = \"https://status.example.com\"\n[subscriptions]\nemail = {{ server = \"127.0.0.1:{mail}\", \
         tls = \"off\", from = \"status@example.com\" }}\n[page]\ntitle = \"Example status\""
    );
    Site::start_with(&section).await
}

async fn ask(site: &Site, fields: &[(&str, &str)]) -> Reply {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    site.ask("POST", "/subscribe", &[FORM, OWN], &body).await
}

async fn act(site: &Site, path: &str, body: &str) -> Reply {
    site.ask("POST", path, &[FORM, OWN], body).await
}

/// The path of a letter's link.
fn link(letter: &str) -> String {
    let (_, rest) = letter.split_once("List-Unsubscribe: <https://status.example.com").expect("a link in its head");
    rest.split('>').next().expect("that ends").to_owned()
}

async fn note(site: &Site, title: &str) {
    let ada = Admin { id: "ada".parse().expect("an id"), name: "Ada".to_owned() };
    let new = NewIncident {
        title: title.to_owned(),
        impact: Impact::Minor,
        phase: Phase::Investigating,
        body: "We **look**.".to_owned(),
        components: vec!["web".parse().expect("an id"), "canary-monitor".parse().expect("an id")],
        started_at: None,
    };
    let storage = &site.app().storage;
    let incident = storage.open_incident(new, &ada, clock::now()).await.expect("it can be opened");
    let update = NewUpdate { incident, version: 1, phase: Phase::Resolved, body: "Over.".to_owned() };
    storage.add_update(update, &ada, clock::now()).await.expect("it can be resolved");
}

/// Until nothing waits.
async fn settled(site: &Site) {
    for _ in 0..600 {
        if site.app().storage.subscription_counts().await.expect("readable").waiting == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", site.app().storage.subscription_counts().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_subscribes_confirms_is_told_and_ends_it_with_one_click() {
    let folder = tempfile::tempdir().expect("a folder");
    let mail = MailServer::start(0, folder.path(), None);
    let site = site(mail.port).await;
    let form = site.get("/subscribe").await;
    assert!(form.body.contains("action=\"/subscribe\"") && !form.body.contains("canary"), "{}", form.body);
    let asked = ask(&site, &[("email", "ada@example.com"), ("component", "web")]).await;
    assert_eq!((asked.status, asked.header("cache-control")), (200, "no-store"), "{asked:?}");
    let letter = mail.wait_for(&["X-To: ada@example.com", "Subject: Confirm your subscription to Example status"]);
    let place = link(&letter);

    // A scanner of mail follows every link, and by that confirms nothing.
    for method in ["GET", "HEAD", "GET"] {
        assert_eq!(site.ask(method, &place, &[], "").await.status, 200);
    }
    let looked = site.get(&place).await;
    assert!(looked.body.contains("ada@example.com") && looked.body.contains(">Confirm</button>"), "{}", looked.body);
    assert!(looked.header("cache-control") == "no-store" && looked.body.contains("noindex"), "{looked:?}");
    let token = place.rsplit('/').next().expect("a token");
    assert_eq!(looked.body.matches(token).count(), 2, "only where the two forms post to: {}", looked.body);
    note(&site, "Before consent").await;
    let confirmed = act(&site, &place, "act=confirm").await;
    assert_eq!((confirmed.status, confirmed.header("location")), (303, place.as_str()));
    assert!(site.get(&place).await.body.contains("Unsubscribe"));

    note(&site, "Checkout fails").await;
    let first = mail.wait_for(&["Subject: Investigating: Checkout fails", "We **look**."]);
    let second = mail.wait_for(&["Subject: Resolved: Checkout fails", "Over."]);
    for letter in [&first, &second] {
        assert!(letter.contains("Affected: web") && !letter.contains("canary"), "{letter}");
        assert!(letter.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{letter}");
        assert!(!letter.contains("Before consent"), "{letter}");
    }
    // As a mail program posts it: no cookie, no origin, in parts.
    let parts = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    let kind = ("Content-Type", "multipart/form-data; boundary=b");
    let ended = site.ask("POST", &link(&first), &[kind], parts).await;
    assert_eq!(ended.status, 200, "{ended:?}");
    for gone in [&place, &link(&first), &link(&second)] {
        assert_eq!(site.get(gone).await.status, 404);
        assert_eq!(act(&site, gone, "act=confirm").await.status, 404);
    }
    note(&site, "After the end").await;
    settled(&site).await;
    assert_eq!(mail.letters().len(), 3);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_learns_who_is_subscribed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mail = MailServer::start(0, folder.path(), None);
    let site = site(mail.port).await;
    let first = ask(&site, &[("email", "ada@example.com")]).await;
    let letter = mail.wait_for(&["X-To: ada@example.com"]);
    assert_eq!(act(&site, &link(&letter), "act=confirm").await.status, 303);
    // Known and confirmed; unknown; asked for too often.
    for name in ["ada", "eve", "ada", "ada", "ada"] {
        let asked = ask(&site, &[("email", &format!("{name}@example.com")), ("component", "web")]).await;
        assert_eq!((asked.status, &asked.body), (200, &first.body), "{name}");
    }
    mail.wait_for(&["X-To: ada@example.com", "subscribed already"]);
    settled(&site).await;
    let to_ada = mail.letters().iter().filter(|letter| letter.contains("X-To: ada@")).count();
    // One that waits stands for all who ask meanwhile.
    assert!((2..=3).contains(&to_ada), "{to_ada}: three a day at most, whatever anybody asks");
    assert!(site.get(&link(&letter)).await.body.contains("everything on this page"), "strangers changed nothing");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_told_is_refused_with_what_was_typed() {
    let site = site(9).await;
    for (fields, problem) in [
        (&[][..], "Write an e-mail address or the address of a webhook."),
        (&[("email", "nobody")], "This is not an e-mail address"),
        (&[("email", "ada@example.com\r\nBcc: eve@example.com")], "This is not an e-mail address"),
        (&[("webhook", "http://127.0.0.1:8080/x")], "This webhook cannot be used"),
        (&[("webhook", "http://10.0.0.1/x")], "This webhook cannot be used"),
        (&[("webhook", "http://169.254.169.254/")], "This webhook cannot be used"),
        (&[("webhook", "http://localhost/")], "This webhook cannot be used"),
        (&[("email", "a@example.com"), ("webhook", "https://h.example/")], "not both"),
        (&[("email", "a@example.com"), ("component", "none")], "One of the components is not on this page."),
        (&[("email", "a@example.com"), ("component", "canary-monitor")], "One of the components is not on this page."),
    ] {
        let refused = ask(&site, fields).await;
        assert_eq!(refused.status, 422, "{fields:?}");
        assert!(
            refused.body.contains(problem) && !refused.body.contains("gatewatch.toml"),
            "{fields:?}: {}",
            refused.body
        );
    }
    let script = ask(&site, &[("email", "\"><script>alert(1)</script>")]).await;
    assert!(script.status == 422 && !script.body.contains("<script>alert"), "{}", script.body);
    assert_eq!(site.app().storage.subscription_counts().await.expect("readable").pending, 0);
    let elsewhere =
        site.ask("POST", "/subscribe", &[FORM, ("Sec-Fetch-Site", "cross-site")], "email=a@b.example").await;
    assert_eq!(elsewhere.status, 403);
    for number in 0..10 {
        assert_eq!(ask(&site, &[("email", &format!("n{number}@example.com"))]).await.status, 200);
    }
    let often = ask(&site, &[("email", "n11@example.com")]).await;
    assert_eq!(often.status, 429);
    assert!(often.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 3000), "{often:?}");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_did_not_ask_says_so_and_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let mail = MailServer::start(0, folder.path(), None);
    let site = site(mail.port).await;
    ask(&site, &[("email", "ada@example.com")]).await;
    let place = link(&mail.wait_for(&["X-To: ada@example.com"]));
    assert_eq!(act(&site, &place, "act=nonsense").await.status, 422);
    assert_eq!(act(&site, &place, "act=refuse").await.status, 200);
    assert_eq!(ask(&site, &[("email", "ada+again@example.com")]).await.status, 200);
    settled(&site).await;
    assert_eq!(mail.letters().len(), 1);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_mail_server_the_page_says_so() {
    let site = Site::start_with("").await;
    let page = site.get("/subscribe").await;
    assert!(page.body.contains("[subscriptions]") && page.body.contains("/feed.atom"), "{}", page.body);
    assert!(!page.body.contains("<form"), "{}", page.body);
    assert_eq!(ask(&site, &[("email", "ada@example.com")]).await.status, 403);
    site.stop().await;
}
