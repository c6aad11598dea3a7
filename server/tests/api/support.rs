//! The server under test, a site for it to watch, and a client that shows every byte.

use app::backend::Password;
use server::clock;
use server::config::load::parse;
use server::config::{Environment, Loaded};
use server::run::{self, Running};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The name of the account that tests sign in with.
pub(crate) const NAME: &str = "ada";
/// Its password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Occurs in everything private of the test's configuration, and in nothing public.
pub(crate) const CANARY: &str = "canary";
/// Longer than anything in these tests should take, so that a hang is a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server.
pub(crate) struct Site {
    running: Running,
    stop: CancellationToken,
    upstream: JoinHandle<()>,
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

struct NoEnvironment;

impl Environment for NoEnvironment {
    fn var(&self, _: &str) -> Option<String> {
        None
    }
}

impl Site {
    /// With an account, a public component `web` and a private one.
    pub(crate) async fn start() -> Self {
        let site = Self::start_with("").await;
        let password = Password::new(PASSWORD.to_owned());
        site.app().auth.add_user(NAME, &password, clock::now()).await.expect("a fresh database takes an account");
        site
    }

    /// With further lines in `[server]`, and without an account.
    pub(crate) async fn start_with(server: &str) -> Self {
        Self::start_from(server, "").await
    }

    /// With further monitors, and without an account.
    pub(crate) async fn start_watching(monitors: &str) -> Self {
        Self::start_from("", monitors).await
    }

    async fn start_from(server: &str, monitors: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the database");
        let (upstream, watched) = healthy_site().await;
        // A test that brings a section of its own closes it with another one's head.
        let page = if server.contains("[page]") { "" } else { "[page]\ntitle = \"Example status\"" };
        let text = format!(
            r#"
            [server]
            listen = "127.0.0.1:0"
            {server}
            {page}
            [[monitors]]
            id = "web"
            url = "http://{watched}/"
            interval = "1s"
            [[monitors]]
            id = "{CANARY}-monitor"
            name = "{CANARY} name"
            url = "http://{watched}/{CANARY}-path"
            interval = "1s"
            public = false
            [[gateways]]
            name = "{CANARY}-gateway"
            config = ["/nonexistent/{CANARY}.conf"]
            units = ["{CANARY}.service"]
            {monitors}
            "#
        );
        let config = parse(&text, folder.path(), &NoEnvironment, &[]).expect("the test's configuration is valid");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let stop = CancellationToken::new();
        let loaded = Loaded { config, path: None };
        let running = run::start(loaded, listener, stop.clone()).await.expect("the server starts");
        Self { running, stop, upstream, address, _folder: folder }
    }

    /// What the handlers share.
    pub(crate) fn app(&self) -> &std::sync::Arc<server::state::Gatewatch> {
        self.running.app()
    }

    /// Ends everything and says whether it ended well.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.upstream.abort();
        self.running.stop().await.expect("the server ends in time");
    }

    /// A fresh session's cookie, as `name=value`.
    pub(crate) async fn cookie(&self) -> String {
        let password = Password::new(PASSWORD.to_owned());
        let key =
            self.app().auth.sign_in(NAME, &password, "127.0.0.1", clock::now()).await.expect("the password is right");
        format!("gatewatch={}", key.expose())
    }

    /// Asks as a guest.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], "").await
    }

    /// Asks with these headers besides Host and Connection.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        if !body.is_empty() || method == "POST" {
            let _ = write!(request, "Content-Length: {}\r\n", body.len());
        }
        request.push_str("\r\n");
        request.push_str(body);
        self.raw(request.as_bytes()).await
    }

    /// Sends a form as the browser of somebody signed in would.
    pub(crate) async fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Reply {
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [
            ("Cookie", cookie),
            ("Sec-Fetch-Site", "same-origin"),
            ("Accept", "text/html"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        self.ask("POST", path, &headers, &body).await
    }

    /// Sends these bytes and reads until the server closes.
    pub(crate) async fn raw(&self, request: &[u8]) -> Reply {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.expect("the server listens");
            stream.write_all(request).await.expect("the server reads");
            let mut answer = Vec::new();
            // A server that refuses early may reset; what came before counts.
            drop(stream.read_to_end(&mut answer).await);
            Reply::parse(&answer)
        };
        tokio::time::timeout(PATIENCE, exchange).await.expect("the server answers in time")
    }

    /// A connection of one's own.
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the server listens")
    }

    /// Waits until the page says of the web component what it should.
    pub(crate) async fn until(&self, path: &str, text: &str) -> Reply {
        let mut last = String::new();
        for _ in 0..200 {
            let reply = self.get(path).await;
            if reply.body.contains(text) {
                return reply;
            }
            last = reply.body;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{path} never said {text:?}: {last}");
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Lower-case names; of several values of one name all, joined by ` | `.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn parse(answer: &[u8]) -> Self {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(answer.len());
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or_default();
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let values = headers.entry(name.to_ascii_lowercase()).or_default();
            if !values.is_empty() {
                values.push_str(" | ");
            }
            values.push_str(value);
        }
        let body = answer.get(end + 4..).unwrap_or_default();
        let chunked = headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked");
        let bytes = if chunked { dechunk(body) } else { body.to_vec() };
        Self { status, headers, body: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }

    /// A header's value, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Everything as text, for looking for what must not be there.
    pub(crate) fn everything(&self) -> String {
        format!("{:?}\n{}", self.headers, self.body)
    }
}

fn dechunk(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = body.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size @ 1..) = size else { break };
        let start = end + 2;
        out.extend_from_slice(body.get(start..start + size).unwrap_or(&body[start..]));
        body = body.get(start + size + 2..).unwrap_or_default();
    }
    out
}

/// A small real server that answers 200 to everything.
async fn healthy_site() -> (JoinHandle<()>, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let serving = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 2048];
                drop(stream.read(&mut request).await);
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
                drop(stream.write_all(answer).await);
            });
        }
    });
    (serving, address)
}
