//! Evidence of a failure: admins see it without its secrets, a run starts from it, and nobody else sees any of it.

use crate::routes::PATHS;
use crate::support::{NAME, PASSWORD, Site};
use app::backend::Password;
use server::clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// In what admins may read: a header and a body.
const MARKER: &str = "MARKERofApeer";
/// In what nobody may read.
const SECRET: &str = "hunter2secret";

/// A server that answers 200, or 502 with all that a careless application shows.
struct Upstream {
    fails: Arc<AtomicBool>,
    port: u16,
    task: JoinHandle<()>,
}

impl Upstream {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let (fails, count) = (Arc::new(AtomicBool::new(false)), AtomicU32::new(0));
        let failing = Arc::clone(&fails);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 2048];
                drop(stream.read(&mut request).await);
                let number = count.fetch_add(1, Ordering::Relaxed);
                let answer = if failing.load(Ordering::Relaxed) { broken(number) } else { well() };
                drop(stream.write_all(answer.as_bytes()).await);
            }
        });
        Self { fails, port, task }
    }
}

fn well() -> String {
    "HTTP/1.1 200 OK\r\nServer: demo\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".to_owned()
}

fn broken(number: u32) -> String {
    let body = format!(
        "<h1>{MARKER}-body</h1><script>alert(1)</script> \u{202e}at {number}\n\
         DB_PASSWORD={SECRET} {{\"token\": \"{SECRET}\"}} postgres://app:{SECRET}@db {SECRET}@example.com"
    );
    format!(
        "HTTP/1.1 502 Bad Gateway\r\nServer: {MARKER}-header\r\nX-Request-Id: r{number}\r\nSet-Cookie: sid={SECRET}\r\n\
         Authorization: {SECRET}\r\nLocation: /x?code={SECRET}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Waits until the page of the evidence says so.
async fn until(site: &Site, cookie: &str, text: &str) -> String {
    let mut last = String::new();
    for _ in 0..400 {
        last = site.ask("GET", "/operate/evidence/shop", &[("Cookie", cookie)], "").await.body;
        if last.contains(text) {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the evidence never said {text:?}: {last}");
}

/// Every byte of the database.
fn stored(site: &Site) -> String {
    let path = site.app().storage.path();
    let log = path.with_file_name(format!("{}-wal", path.file_name().expect("a file").to_string_lossy()));
    let read = |path| std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&[read(path.to_owned()), read(log)].concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_is_for_admins_and_a_run_starts_from_it() {
    let upstream = Upstream::start().await;
    let monitor = format!(
        "[[monitors]]\nid = \"shop\"\nurl = \"http://127.0.0.1:{}/\"\ninterval = \"1s\"\nevidence = \"body\"",
        upstream.port
    );
    let site = Site::start_watching(&monitor).await;
    let password = Password::new(PASSWORD.to_owned());
    site.app().auth.add_user(NAME, &password, clock::now()).await.expect("a fresh database takes an account");
    let cookie = site.cookie().await;
    site.until("/components/shop", "Operational").await;
    until(&site, &cookie, "Nothing yet").await;

    upstream.fails.store(true, Ordering::Relaxed);
    let page = until(&site, &cookie, &format!("{MARKER}-body")).await;
    assert!(page.contains(&format!("Server: {MARKER}-header")) && page.contains("X-Request-Id: r"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"), "{page}");
    assert!(!page.contains('\u{202e}') && page.contains("Set-Cookie: sid=…") && page.contains("/x?code=…"), "{page}");
    assert!(!page.contains(SECRET), "{page}");
    let desk = site.ask("GET", "/operate", &[("Cookie", &cookie)], "").await.body;
    assert!(desk.contains("href=\"/operate/evidence/shop\""), "{desk}");
    assert!(!stored(&site).contains(SECRET), "a secret is in the database");

    // Nothing of it in any answer to a guest.
    for path in PATHS.iter().map(|path| path.replace("web", "shop")) {
        let reply = site.get(&path).await;
        assert!(!reply.everything().contains(MARKER), "{path}: {}", reply.everything());
    }
    assert_eq!(site.get("/operate/evidence/shop").await.status, 303);

    // The wizard shows it, and a run begins with it.
    let wizard = site.ask("GET", "/wizard?component=shop", &[("Cookie", &cookie)], "").await.body;
    assert!(wizard.contains("status 502") && wizard.contains("/operate/evidence/shop"), "{wizard}");
    let started = site.post("/actions/start-run", &cookie, &[("component", "shop")]).await;
    let run = started.header("location").to_owned();
    assert!(run.starts_with("/runs/"), "{started:?}");
    let json = site.ask("GET", &format!("{run}.json"), &[("Cookie", &cookie)], "").await.json();
    assert_eq!(
        (json["noticed"]["monitor"].as_str(), json["noticed"]["state"].as_str()),
        (Some("shop"), Some("outage"))
    );
    let body = json["noticed"]["evidence"]["answer"]["body"].as_str().expect("a body");
    assert!(body.contains(MARKER) && !body.contains(SECRET), "{body}");
    let run = site.ask("GET", &run, &[("Cookie", &cookie)], "").await.body;
    assert!(run.contains("What the monitor had seen") && run.contains("its verdict does not rest on this"), "{run}");

    // The end of it, and the same again as one entry though each answer bears another number.
    upstream.fails.store(false, Ordering::Relaxed);
    until(&site, &cookie, "desk-row evidence operational").await;
    upstream.fails.store(true, Ordering::Relaxed);
    let page = until(&site, &cookie, "seen 4 times, first ").await;
    assert_eq!(page.matches("desk-row evidence outage").count(), 1, "{page}");
    site.stop().await;
    upstream.task.abort();
}
