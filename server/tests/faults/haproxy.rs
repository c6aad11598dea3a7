//! Real HAProxy with real faults, its own limits among them.

use super::gateway::{Gateway, Site, open_folder};
use super::namespace::{Namespace, is_root};
use super::outcome::{cause, diagnose, no_cause, proven};
use super::upstream::{Reply, Upstream};
use crate::ports::free_port;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Short times; a test may say others after them.
const TIMES: &str = "timeout connect 1s\n    timeout client 20s\n    timeout server 1s";

/// A running HAProxy with one frontend, and a receiver of its log.
pub(crate) struct Haproxy<'a> {
    namespace: Option<&'a Namespace>,
    process: Child,
    folder: TempDir,
    port: u16,
}

impl<'a> Haproxy<'a> {
    /// With this server line in its only backend.
    fn with(server: &str) -> Self {
        Self::start("", server)
    }

    /// With these lines in its frontend and its backend.
    fn start(frontend: &str, backend: &str) -> Self {
        Self::inside(None, frontend, backend)
    }

    /// The same in a namespace.
    pub(crate) fn inside(namespace: Option<&'a Namespace>, frontend: &str, backend: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        open_folder(folder.path());
        let port = free_port();
        receive(&folder.path().join("log.sock"), folder.path().join("haproxy.log"));
        let at = folder.path().display();
        let user = if is_root() { "user haproxy\n    group haproxy\n    " } else { "" };
        let text = format!(
            "global\n    log {at}/log.sock local0\n    {user}maxconn 200\n    stats socket {at}/admin.sock mode 660 level admin\n\
             defaults\n    log global\n    mode http\n    option httplog\n    {TIMES}\n\
             frontend web\n    bind 127.0.0.1:{port}\n    {frontend}\n    default_backend app\n\
             backend app\n    {backend}\n",
        );
        let main = folder.path().join("haproxy.cfg");
        fs::write(&main, text).expect("the folder is ours");
        let errors = fs::File::create(folder.path().join("started.err")).expect("the folder is ours");
        let program = "/usr/sbin/haproxy";
        let mut command = namespace.map_or_else(|| Command::new(program), |namespace| namespace.command(program));
        command.arg("-db").arg("-f").arg(&main).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        let process = command.spawn().unwrap_or_else(|error| panic!("HAProxy is needed: {error}"));
        let mut started = Self { namespace, process, folder, port };
        started.await_ready();
        started
    }

    fn await_ready(&mut self) {
        let end = Instant::now() + Duration::from_secs(20);
        let stats = self.folder.path().join("admin.sock");
        // A port inside a namespace cannot be tried from here; its answer on the stats socket says as much.
        while !answers(&stats) {
            let ended = self.process.try_wait().ok().flatten().is_some();
            let said = || fs::read_to_string(self.folder.path().join("started.err")).unwrap_or_default();
            assert!(!ended && Instant::now() < end, "HAProxy does not start: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Waits until its log says this.
    fn await_word(&self, word: &str) {
        let end = Instant::now() + Duration::from_secs(10);
        while !fs::read_to_string(self.log()).unwrap_or_default().contains(word) {
            assert!(Instant::now() < end, "its log never says {word}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("haproxy.log")
    }

    /// Sends a request and leaves its answer open; the connection lasts as long as what is returned.
    fn hold(&self) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("HAProxy listens");
        stream.write_all(b"GET /held HTTP/1.1\r\nHost: shop.example\r\n\r\n").expect("HAProxy takes the request");
        stream
    }

    /// Diagnoses its only site; its log goes by syslog, so its place is given.
    fn diagnose(&self, expected: super::outcome::Expected) -> serde_json::Value {
        let url = format!("http://127.0.0.1:{}/", self.port);
        diagnose(self.namespace, &[&url, "--log", &self.log().display().to_string()], expected)
    }
}

impl Drop for Haproxy<'_> {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Whether HAProxy answers on its stats socket: it does so once all of its ports are open.
fn answers(stats: &Path) -> bool {
    let Ok(mut stream) = UnixStream::connect(stats) else { return false };
    let mut answer = String::new();
    stream.write_all(b"show info\n").is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains("Uptime")
}

/// What syslog does: writes what arrives at the socket, with the host's name in it.
fn receive(socket: &Path, log: PathBuf) {
    let receiver = UnixDatagram::bind(socket).expect("the folder is ours");
    fs::set_permissions(socket, fs::Permissions::from_mode(0o666)).expect("the socket is ours");
    fs::File::create(&log).expect("the folder is ours");
    receiver.set_read_timeout(Some(Duration::from_mins(1))).expect("a time can be set");
    std::thread::spawn(move || {
        let mut bytes = vec![0; 65536];
        while let Ok(length) = receiver.recv(&mut bytes) {
            let line = String::from_utf8_lossy(&bytes[..length]);
            let line = line.trim_end_matches(['\n', '\0']).split_once('>').map_or("", |(_, line)| line);
            // `Nov 22 15:00:01 haproxy[7]: …`
            let (time, rest) = line.split_at_checked(15).unwrap_or((line, ""));
            let Ok(mut file) = fs::OpenOptions::new().create(true).append(true).open(&log) else { return };
            drop(writeln!(file, "{time} shop{rest}"));
        }
    });
}

fn server(upstream: &Upstream) -> String {
    format!("server app1 {}", upstream.address())
}

#[test]
fn all_is_well() {
    let upstream = Upstream::always(Reply::fine());
    Haproxy::with(&server(&upstream)).diagnose(no_cause("healthy"));
}

#[test]
fn an_application_that_answers_502_itself() {
    let upstream = Upstream::always(Reply::answer("502 Bad Gateway", "", "payment is down"));
    Haproxy::with(&server(&upstream)).diagnose(no_cause("app-error"));
}

#[test]
fn nothing_listens() {
    let gateway = Haproxy::with(&format!("server app1 127.0.0.1:{}", free_port()));
    proven(&gateway.diagnose(cause("upstream-down-not-listening", "code", 6)));
}

#[test]
fn it_is_slower_than_the_gateway_waits() {
    let Reply::Bytes(answer) = Reply::fine() else { unreachable!("a whole answer is bytes") };
    let upstream = Upstream::always(Reply::Late(Duration::from_secs(2), answer));
    Haproxy::with(&server(&upstream)).diagnose(cause("upstream-slow-response", "overload", 6));
}

#[test]
fn it_closes_without_an_answer() {
    let upstream = Upstream::always(Reply::Close);
    Haproxy::with(&server(&upstream)).diagnose(cause("upstream-closed-before-response", "code", 6));
}

#[test]
fn its_answer_has_too_many_headers() {
    use std::fmt::Write as _;
    let mut headers = String::new();
    for number in 0..150 {
        write!(headers, "X-Header-{number}: value\r\n").expect("a text takes everything");
    }
    let upstream = Upstream::always(Reply::answer("200 OK", &headers, "hello"));
    proven(&Haproxy::with(&server(&upstream)).diagnose(cause("response-too-many-headers", "code", 6)));
}

#[test]
fn its_answer_has_two_lengths() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde";
    let upstream = Upstream::always(Reply::Bytes(answer.to_vec()));
    proven(&Haproxy::with(&server(&upstream)).diagnose(cause("response-duplicate-content-length", "code", 6)));
}

#[test]
fn the_health_check_asks_for_a_page_that_is_not_there() {
    let upstream = Upstream::by_request(|head| {
        if head.contains(" /nope ") { Reply::answer("404 Not Found", "", "no") } else { Reply::fine() }
    });
    let backend = format!("option httpchk GET /nope\n    {} check inter 200 fall 1 rise 1", server(&upstream));
    let gateway = Haproxy::with(&backend);
    gateway.await_word("has no server available");
    proven(&gateway.diagnose(cause("health-check-misconfigured", "code", 6)));
}

#[test]
fn the_health_check_fails_because_nothing_listens() {
    let gateway = Haproxy::with(&format!("server app1 127.0.0.1:{} check inter 200 fall 1 rise 1", free_port()));
    gateway.await_word("has no server available");
    let run = gateway.diagnose(cause("all-backends-marked-down", "code", 6));
    proven(&run);
    assert_eq!(run["findings"][1]["cause"], "upstream-down-not-listening");
}

#[test]
fn the_backend_has_no_server() {
    proven(&Haproxy::with("balance roundrobin").diagnose(cause("lb-empty-backend", "code", 6)));
}

#[test]
fn the_servers_were_taken_out() {
    let upstream = Upstream::always(Reply::fine());
    let gateway = Haproxy::with(&format!("{} disabled", server(&upstream)));
    proven(&gateway.diagnose(cause("lb-empty-backend", "code", 6)));
}

#[test]
fn requests_wait_for_a_place_at_the_server() {
    let upstream = Upstream::by_request(|head| if head.contains(" /held ") { Reply::Hang } else { Reply::fine() });
    let backend = format!("timeout queue 500ms\n    timeout server 30s\n    {} maxconn 1", server(&upstream));
    let gateway = Haproxy::with(&backend);
    let held = gateway.hold();
    std::thread::sleep(Duration::from_millis(200));
    proven(&gateway.diagnose(cause("gateway-upstream-cap", "overload", 4)));
    drop(held);
}

#[test]
fn every_place_for_clients_is_taken() {
    let upstream = Upstream::by_request(|head| if head.contains(" /held ") { Reply::Hang } else { Reply::fine() });
    let backend = format!("timeout server 60s\n    {}", server(&upstream));
    let gateway = Haproxy::start("maxconn 2", &backend);
    let held = [gateway.hold(), gateway.hold()];
    std::thread::sleep(Duration::from_millis(200));
    proven(&gateway.diagnose(cause("gateway-connection-limit", "overload", 4)));
    drop(held);
}

/// An application that answers 400 to what is no HTTP.
fn strict() -> Upstream {
    Upstream::by_request(|head| {
        if head.starts_with("PROXY ") { Reply::answer("400 Bad Request", "", "what?") } else { Reply::fine() }
    })
}

#[test]
fn the_application_does_not_expect_the_proxy_protocol() {
    let upstream = strict();
    let gateway = Haproxy::with(&format!("{} send-proxy", server(&upstream)));
    proven(&gateway.diagnose(cause("proxy-protocol-mismatch", "firewall-proxy", 6)));
}

#[test]
fn the_application_expects_the_proxy_protocol() {
    let upstream = Upstream::by_request(|head| if head.starts_with("PROXY ") { Reply::fine() } else { Reply::Close });
    let gateway = Haproxy::with(&server(&upstream));
    proven(&gateway.diagnose(cause("proxy-protocol-mismatch", "firewall-proxy", 6)));
}

#[test]
fn the_gateway_denies_the_request() {
    let upstream = Upstream::always(Reply::fine());
    let gateway = Haproxy::start("http-request deny if { path / }", &server(&upstream));
    let run = gateway.diagnose(no_cause("app-error"));
    assert!(run["verdict"]["title"].to_string().contains("The gateway itself refuses this request with 403"), "{run}");
}

#[test]
fn the_gateway_denies_the_request_as_if_it_were_ill() {
    let upstream = Upstream::always(Reply::fine());
    let gateway = Haproxy::start("http-request deny deny_status 503 if { path / }", &server(&upstream));
    proven(&gateway.diagnose(cause("gateway-refuses-request", "firewall-proxy", 4)));
}

#[test]
fn the_name_leads_elsewhere_since_it_was_started() {
    let namespace = Namespace::with_files("nameserver 127.0.0.1\n", "127.0.0.1 localhost\n127.0.0.9 app.internal\n");
    let upstream = Gateway::start(&Site { location: "return 200 'hello';", http: "", namespace: Some(&namespace) });
    let gateway = Haproxy::inside(Some(&namespace), "", &format!("server app1 app.internal:{}", upstream.port()));
    namespace.set_hosts("127.0.0.1 localhost app.internal\n");
    proven(&gateway.diagnose(cause("stale-dns-in-gateway", "dns", 3)));
}

#[test]
fn the_gateway_limits_the_rate() {
    let upstream = Upstream::always(Reply::fine());
    let frontend = "stick-table type ip size 10k expire 60s store http_req_rate(60s)\n    \
         http-request track-sc0 src\n    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 0 }";
    let gateway = Haproxy::start(frontend, &server(&upstream));
    gateway.diagnose(cause("gateway-rate-limited", "firewall-proxy", 4));
}
