//! Real Caddy, Varnish and lighttpd with real faults behind them.

use super::gateway::open_folder;
use super::namespace::Namespace;
use super::outcome::{cause, diagnose, no_cause, proven};
use super::upstream::{Reply, Upstream};
use crate::ports::free_port;
use serde_json::Value;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A gateway in a folder of its own; it ends when dropped.
struct Edge {
    processes: Vec<Child>,
    folder: TempDir,
    port: u16,
}

impl Edge {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        open_folder(folder.path());
        Self { processes: Vec::new(), folder, port: free_port() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Starts a program, in a namespace where one is given.
    fn spawn(&mut self, namespace: Option<&Namespace>, program: &str, arguments: &[&str]) {
        let mut command = namespace.map_or_else(|| Command::new(program), |namespace| namespace.command(program));
        let errors = fs::File::create(self.folder.path().join("started.err")).expect("the folder is ours");
        command.args(arguments).env("HOME", self.folder.path()).env("TMPDIR", self.folder.path());
        command.env("XDG_DATA_HOME", self.folder.path()).env("XDG_CONFIG_HOME", self.folder.path());
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).spawn();
        self.processes.push(process.unwrap_or_else(|error| panic!("{program} is needed: {error}")));
    }

    /// Waits until a file is there and not empty.
    fn await_file(&mut self, name: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        let path = self.folder.path().join(name);
        while !fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            let ended = self.processes.iter_mut().any(|process| process.try_wait().ok().flatten().is_some());
            let said = || fs::read_to_string(self.folder.path().join("started.err")).unwrap_or_default();
            assert!(!ended && Instant::now() < end, "the gateway does not start: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the port takes connections; only outside of a namespace.
    fn await_port(&mut self) {
        let end = Instant::now() + Duration::from_secs(20);
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        while TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err() {
            let ended = self.processes.iter_mut().any(|process| process.try_wait().ok().flatten().is_some());
            let said = || fs::read_to_string(self.folder.path().join("started.err")).unwrap_or_default();
            assert!(!ended && Instant::now() < end, "the gateway does not start: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Caddy with this in its only site.
    fn caddy(namespace: Option<&Namespace>, site: &str) -> Self {
        let mut edge = Self::new();
        let text = format!(
            "{{\n\tadmin off\n\tauto_https off\n\tlog {{\n\t\toutput file {0}\n\t}}\n}}\n\
             http://:{1} {{\n\tbind 127.0.0.1\n\tlog {{\n\t\toutput file {2}\n\t}}\n{site}\n}}\n",
            edge.path("caddy.log"),
            edge.port,
            edge.path("access.log"),
        );
        let main = edge.path("Caddyfile");
        fs::write(&main, text).expect("the folder is ours");
        edge.spawn(namespace, "caddy", &["run", "--config", &main, "--adapter", "caddyfile"]);
        edge.await_file("caddy.log");
        if namespace.is_none() {
            edge.await_port();
        } else {
            std::thread::sleep(Duration::from_millis(300));
        }
        edge
    }

    /// Varnish with this program, and varnishlog beside it.
    fn varnish(namespace: Option<&Namespace>, vcl: &str) -> Self {
        let mut edge = Self::new();
        let (main, work, log) = (edge.path("site.vcl"), edge.path("work"), edge.path("varnish.log"));
        fs::create_dir(&work).expect("the folder is new");
        fs::write(&main, format!("vcl 4.1;\n{vcl}\n")).expect("the folder is ours");
        let listen = format!("127.0.0.1:{}", edge.port);
        let arguments = [
            "-F",
            "-a",
            &listen,
            "-f",
            &main,
            "-n",
            &work,
            "-s",
            "malloc,8m",
            "-j",
            "none",
            "-T",
            "none",
            "-p",
            "thread_pool_min=10",
        ];
        edge.spawn(namespace, "varnishd", &arguments);
        edge.await_file("work/_.vsm_child/_.index");
        let arguments = ["-n", &work, "-g", "request", "-t", "20", "-A", "-a", "-w", &log];
        edge.spawn(namespace, "varnishlog", &arguments);
        if namespace.is_none() {
            edge.await_port();
        }
        std::thread::sleep(Duration::from_millis(500));
        edge
    }

    /// lighttpd with this beside its listener.
    fn lighttpd(namespace: Option<&Namespace>, more: &str) -> Self {
        let mut edge = Self::new();
        let main = edge.path("lighttpd.conf");
        let text = format!(
            "server.modules = ( \"mod_proxy\", \"mod_accesslog\" )\nserver.document-root = \"{0}\"\nserver.bind = \"127.0.0.1\"\n\
             server.port = {1}\nserver.errorlog = \"{2}\"\naccesslog.filename = \"{3}\"\n{more}\n",
            edge.path(""),
            edge.port,
            edge.path("error.log"),
            edge.path("access.log"),
        );
        fs::write(&main, text).expect("the folder is ours");
        edge.spawn(namespace, "lighttpd", &["-D", "-f", &main]);
        edge.await_file("error.log");
        edge
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Diagnoses its URL with the logs that are named.
    fn diagnose(&self, namespace: Option<&Namespace>, logs: &[&str], expected: super::outcome::Expected) -> Value {
        let url = self.url();
        let paths: Vec<String> = logs.iter().map(|log| self.path(log)).collect();
        let mut arguments = vec![url.as_str()];
        for path in paths.iter().filter(|path| Path::new(path).exists()) {
            arguments.extend(["--log", path.as_str()]);
        }
        diagnose(namespace, &arguments, expected)
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().rev() {
            if let Some(pid) = rustix::process::Pid::from_raw(i32::try_from(process.id()).unwrap_or(0)) {
                rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
            }
            let end = Instant::now() + Duration::from_secs(3);
            while Instant::now() < end && process.try_wait().ok().flatten().is_none() {
                std::thread::sleep(Duration::from_millis(10));
            }
            drop(process.kill());
            drop(process.wait());
        }
    }
}

/// A Caddy site that forwards to one member with short timeouts.
fn forwarding(member: &str) -> String {
    format!(
        "\treverse_proxy {member} {{\n\t\ttransport http {{\n\t\t\tdial_timeout 1s\n\t\t\tresponse_header_timeout 1s\n\t\t}}\n\t}}"
    )
}

/// A VCL backend at this address.
fn backend(address: &str, more: &str) -> String {
    let (host, port) = address.rsplit_once(':').expect("an address has a port");
    format!(
        "backend default {{ .host = \"{host}\"; .port = \"{port}\"; .connect_timeout = 1s; .first_byte_timeout = 1s; {more} }}"
    )
}

#[test]
fn caddys_application_is_stopped() {
    let namespace = Namespace::new();
    let edge = Edge::caddy(Some(&namespace), &forwarding(&format!("127.0.0.1:{}", free_port())));
    let run = edge.diagnose(Some(&namespace), &[], cause("upstream-down-not-listening", "code", 6));
    proven(&run);
    assert!(run["verdict"]["because"].as_array().is_some_and(|because| because.len() >= 4), "{}", run["verdict"]);
}

#[test]
fn caddys_application_hangs() {
    let upstream = Upstream::always(Reply::Hang);
    let edge = Edge::caddy(None, &forwarding(upstream.address()));
    edge.diagnose(None, &[], cause("upstream-hang-not-accepting", "overload", 6));
}

#[test]
fn caddys_application_is_too_slow() {
    let Reply::Bytes(answer) = Reply::fine() else { unreachable!("fine() is bytes") };
    let upstream = Upstream::always(Reply::Late(Duration::from_millis(1700), answer));
    let edge = Edge::caddy(None, &forwarding(upstream.address()));
    edge.diagnose(None, &[], cause("upstream-slow-response", "overload", 6));
}

#[test]
fn caddys_application_closes_without_an_answer() {
    let upstream = Upstream::always(Reply::Close);
    let edge = Edge::caddy(None, &forwarding(upstream.address()));
    edge.diagnose(None, &[], cause("upstream-closed-before-response", "code", 6));
}

#[test]
fn caddys_socket_is_missing() {
    let edge = Edge::caddy(None, "\treverse_proxy unix//run/gatewatch-test-that-is-not-there.sock");
    let run = edge.diagnose(None, &[], cause("unix-socket-missing", "code", 6));
    proven(&run);
}

#[test]
fn a_healthy_site_behind_caddy() {
    let upstream = Upstream::always(Reply::fine());
    let edge = Edge::caddy(None, &forwarding(upstream.address()));
    let run = edge.diagnose(None, &[], no_cause("healthy"));
    assert_eq!(run["hops"][0]["name"], "caddy");
}

#[test]
fn an_application_behind_caddy_answers_502_itself() {
    let upstream = Upstream::always(Reply::answer("502 Bad Gateway", "", "payment provider did not answer\n"));
    let edge = Edge::caddy(None, &forwarding(upstream.address()));
    edge.diagnose(None, &[], no_cause("app-error"));
}

#[test]
fn varnishs_backend_is_stopped() {
    let namespace = Namespace::new();
    let edge = Edge::varnish(Some(&namespace), &backend(&format!("127.0.0.1:{}", free_port()), ""));
    let run = edge.diagnose(Some(&namespace), &["varnish.log"], cause("upstream-down-not-listening", "code", 6));
    proven(&run);
}

#[test]
fn varnishs_backend_hangs() {
    let upstream = Upstream::always(Reply::Hang);
    let edge = Edge::varnish(None, &backend(upstream.address(), ""));
    edge.diagnose(None, &["varnish.log"], cause("upstream-hang-not-accepting", "overload", 6));
}

#[test]
fn varnishs_backend_sends_a_head_that_is_too_big() {
    let cookie = format!("Set-Cookie: session={}\r\n", "a".repeat(40_000));
    let upstream = Upstream::always(Reply::answer("200 OK", &cookie, "hello\n"));
    let edge = Edge::varnish(None, &backend(upstream.address(), ""));
    edge.diagnose(None, &["varnish.log"], cause("response-header-too-big", "code", 6));
}

/// An application that has no page for health checks.
fn without_health_page() -> Upstream {
    Upstream::by_request(|head| {
        if head.starts_with("GET /healthz ") {
            Reply::answer("404 Not Found", "", "no such page\n")
        } else {
            Reply::fine()
        }
    })
}

#[test]
fn varnishs_probe_asks_for_a_page_that_is_not_there() {
    let upstream = without_health_page();
    let probe = ".probe = { .url = \"/healthz\"; .interval = 300ms; .timeout = 1s; .window = 2; .threshold = 2; .initial = 0; }";
    let edge = Edge::varnish(None, &backend(upstream.address(), probe));
    let run = edge.diagnose(None, &["varnish.log"], cause("health-check-misconfigured", "code", 6));
    let because = run["verdict"]["because"].to_string();
    let replay = facts(&run, "check-replay");
    assert!(replay.iter().any(|fact| because.contains(&fact["id"].to_string())), "{}", run["verdict"]);
}

#[test]
fn caddys_check_asks_for_a_page_that_is_not_there() {
    let upstream = without_health_page();
    let site = format!(
        "\treverse_proxy {} {{\n\t\thealth_uri /healthz\n\t\thealth_interval 200ms\n\t\thealth_timeout 1s\n\t}}",
        upstream.address()
    );
    let edge = Edge::caddy(None, &site);
    // Its first check is made at once, and says what it found soon after.
    std::thread::sleep(Duration::from_millis(800));
    edge.diagnose(None, &[], cause("health-check-misconfigured", "code", 6));
}

fn facts<'r>(run: &'r Value, kind: &str) -> Vec<&'r Value> {
    let steps = run["steps"].as_array().into_iter().flatten();
    let facts = steps.flat_map(|step| step["facts"].as_array().into_iter().flatten());
    facts.filter(|fact| fact["kind"] == kind).collect()
}

#[test]
fn a_healthy_site_behind_varnish() {
    let upstream = Upstream::always(Reply::fine());
    let edge = Edge::varnish(None, &backend(upstream.address(), ""));
    let run = edge.diagnose(None, &["varnish.log"], no_cause("healthy"));
    assert_eq!(run["findings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn lighttpds_application_is_stopped() {
    let namespace = Namespace::new();
    let more = format!("proxy.server = ( \"\" => (( \"host\" => \"127.0.0.1\", \"port\" => {} )) )", free_port());
    let edge = Edge::lighttpd(Some(&namespace), &more);
    let run = edge.diagnose(Some(&namespace), &[], cause("upstream-down-not-listening", "code", 6));
    proven(&run);
}
