//! The limits of the gateway and its host: connections, descriptors, ports, temporary files, rates; a gateway that is
//! down, stopped, not reloaded, or leads back to itself. And the same settings where nothing is wrong.

use super::gateway::{Gateway, Site, Tuning};
use super::namespace::{Namespace, needs_root};
use super::outcome::{cause, diagnose, no_cause, proven, strength};
use super::upstream::{Reply, Upstream};
use crate::ports::free_port;
use rustix::process::{Signal, kill_process};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// `/` is answered at once, `/slow` never.
fn fast_and_slow(tuning: Tuning<'_>) -> (Gateway, [Upstream; 2]) {
    let (fast, slow) = (Upstream::always(Reply::fine()), Upstream::always(Reply::Hang));
    let location = format!(
        "proxy_pass http://{};\n location /slow {{ proxy_read_timeout 60s; proxy_pass http://{}; }}",
        fast.address(),
        slow.address()
    );
    let gateway = Gateway::tuned(&Site { location: &location, http: "", namespace: None }, tuning);
    (gateway, [fast, slow])
}

/// Holds slow requests until a quick one fails.
fn fill(gateway: &Gateway) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..64 {
        held.extend(gateway.hold("/slow"));
        std::thread::sleep(Duration::from_millis(30));
        if !gateway.status_line().contains(" 200 ") {
            return held;
        }
    }
    panic!("the limit was not met");
}

#[test]
fn its_connections_are_used_up() {
    let (gateway, _upstreams) = fast_and_slow(Tuning { connections: 17, ..Tuning::default() });
    let held = fill(&gateway);
    let run = diagnose(None, &[&gateway.url()], cause("gateway-worker-connections", "overload", 4));
    proven(&run);
    drop(held);
}

#[test]
fn its_descriptors_are_used_up() {
    let (gateway, _upstreams) = fast_and_slow(Tuning { main: "worker_rlimit_nofile 20;", ..Tuning::default() });
    let held = fill(&gateway);
    let run = diagnose(None, &[&gateway.url()], cause("gateway-fd-limit", "overload", 4));
    // Where not even the client's connection could be taken, no line is about it: then it is strong.
    assert!(matches!(strength(&run), "proven" | "strong"), "{}", strength(&run));
    drop(held);
}

#[test]
fn many_connections_with_room_for_more() {
    let (gateway, _upstreams) = fast_and_slow(Tuning { connections: 64, ..Tuning::default() });
    let held: Vec<_> = (0..8).filter_map(|_| gateway.hold("/slow")).collect();
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
    drop(held);
}

const ZONE: &str = "limit_req_zone $binary_remote_addr zone=one:1m rate=1r/m;";

#[test]
fn its_rate_limit_refuses() {
    let upstream = Upstream::always(Reply::fine());
    let location = format!("limit_req zone=one; proxy_pass http://{};", upstream.address());
    let gateway = Gateway::start(&Site { location: &location, http: ZONE, namespace: None });
    gateway.visit();
    let run = diagnose(None, &[&gateway.url()], cause("gateway-rate-limited", "firewall-proxy", 4));
    proven(&run);
}

#[test]
fn its_rate_limit_refuses_with_429() {
    let upstream = Upstream::always(Reply::fine());
    let location = format!("limit_req zone=one; limit_req_status 429; proxy_pass http://{};", upstream.address());
    let gateway = Gateway::start(&Site { location: &location, http: ZONE, namespace: None });
    gateway.visit();
    let run = diagnose(None, &[&gateway.url()], cause("gateway-rate-limited", "firewall-proxy", 4));
    proven(&run);
}

#[test]
fn its_limit_of_connections_refuses() {
    let (fast, slow) = (Upstream::always(Reply::fine()), Upstream::always(Reply::Hang));
    let location = format!(
        "limit_conn all 1; proxy_pass http://{};\n location /slow {{ limit_conn all 1; proxy_read_timeout 60s; proxy_pass http://{}; }}",
        fast.address(),
        slow.address()
    );
    let zone = "limit_conn_zone $server_port zone=all:1m;";
    let gateway = Gateway::start(&Site { location: &location, http: zone, namespace: None });
    let held = gateway.hold("/slow");
    std::thread::sleep(Duration::from_millis(100));
    let run = diagnose(None, &[&gateway.url()], cause("gateway-rate-limited", "firewall-proxy", 4));
    proven(&run);
    drop(held);
}

#[test]
fn a_limit_that_only_counts() {
    let upstream = Upstream::always(Reply::fine());
    let location = format!("limit_req zone=one; limit_req_dry_run on; proxy_pass http://{};", upstream.address());
    let gateway = Gateway::start(&Site { location: &location, http: ZONE, namespace: None });
    gateway.visit();
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
}

/// An upstream whose answer does not fit into the gateway's memory.
fn long_answer() -> Upstream {
    Upstream::always(Reply::answer("200 OK", "", &"a".repeat(24 << 20)))
}

#[test]
fn it_may_not_write_its_temporary_files() {
    // Without several users there are no rights to take away.
    needs_root();
    let upstream = long_answer();
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let folder = gateway.folder().join("tmp/proxy");
    rustix::fs::chown(&folder, Some(rustix::fs::Uid::ROOT), Some(rustix::fs::Gid::ROOT)).expect("the folder is ours");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).expect("the folder is ours");
    let run = diagnose(None, &[&gateway.url()], cause("temp-dir-permission", "code", 4));
    proven(&run);
}

#[test]
fn it_may_not_keep_a_large_request() {
    needs_root();
    let upstream = Upstream::always(Reply::fine());
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let folder = gateway.folder().join("tmp/body");
    rustix::fs::chown(&folder, Some(rustix::fs::Uid::ROOT), Some(rustix::fs::Gid::ROOT)).expect("the folder is ours");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).expect("the folder is ours");
    let arguments =
        [gateway.url(), "--method".to_owned(), "POST".to_owned(), "--body-size".to_owned(), "100000".to_owned()];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = diagnose(None, &arguments, cause("temp-dir-permission", "code", 4));
    proven(&run);
}

#[test]
fn a_small_answer_needs_no_temporary_file() {
    needs_root();
    let upstream = Upstream::always(Reply::fine());
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let folder = gateway.folder().join("tmp/proxy");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o000)).expect("the folder is ours");
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
}

/// A small file system in memory, gone with the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn at(path: &Path) -> Self {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k,mode=777", "tmpfs"]).arg(path).status();
        assert!(mounted.is_ok_and(|status| status.success()), "a tmpfs cannot be mounted");
        Self(path.to_path_buf())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[test]
fn its_temporary_files_have_no_room() {
    needs_root();
    let upstream = long_answer();
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let folder = gateway.folder().join("tmp/proxy");
    let disk = SmallDisk::at(&folder);
    std::fs::write(folder.join("full"), vec![0; 64 << 10]).unwrap_or_default();
    let run = diagnose(None, &[&gateway.url()], cause("disk-full-proxy-temp", "overload", 4));
    proven(&run);
    drop(disk);
}

#[test]
fn a_long_answer_is_read_whole() {
    let upstream = long_answer();
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
}

#[test]
fn its_source_address_is_not_here() {
    let upstream = Upstream::always(Reply::fine());
    let location = format!("proxy_bind 192.0.2.77; proxy_pass http://{};", upstream.address());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("gateway-bad-local-bind", "code", 2));
    proven(&run);
}

#[test]
fn its_source_address_is_here() {
    let upstream = Upstream::always(Reply::fine());
    let location = format!("proxy_bind 127.0.0.3; proxy_pass http://{};", upstream.address());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
}

#[test]
fn it_forwards_to_itself() {
    let again = free_port();
    let http = format!("server {{ listen 127.0.0.1:{again}; location / {{ proxy_pass http://127.0.0.1:{again}; }} }}");
    let location = format!("proxy_pass http://127.0.0.1:{again};");
    let gateway = Gateway::start(&Site { location: &location, http: &http, namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("gateway-self-loop", "code", 6));
    proven(&run);
}

#[test]
fn it_forwards_to_another_listener_of_its_own() {
    let further = free_port();
    let http = format!("server {{ listen 127.0.0.1:{further}; return 200 'hello'; }}");
    let location = format!("proxy_pass http://127.0.0.1:{further};");
    let gateway = Gateway::start(&Site { location: &location, http: &http, namespace: None });
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
}

#[test]
fn it_is_not_running() {
    let upstream = Upstream::always(Reply::fine());
    let mut gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    gateway.end();
    let arguments = [gateway.url(), "--gateway-config".to_owned(), gateway.config()];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = diagnose(None, &arguments, cause("gateway-itself-down", "code", 2));
    proven(&run);
}

#[test]
fn it_cannot_start_for_want_of_a_name() {
    let upstream = Upstream::always(Reply::fine());
    let mut gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    gateway.end();
    gateway.rewrite("proxy_pass http://app.gatewatch.invalid:8080;");
    gateway.fail_to_start();
    let arguments = [gateway.url(), "--gateway-config".to_owned(), gateway.config()];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = diagnose(None, &arguments, cause("gateway-boot-name-unresolvable", "dns", 4));
    proven(&run);
}

#[test]
fn it_cannot_start_for_an_error_in_its_configuration() {
    let upstream = Upstream::always(Reply::fine());
    let mut gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    gateway.end();
    gateway.rewrite("proxy_passs http://127.0.0.1:8080;");
    gateway.fail_to_start();
    let arguments = [gateway.url(), "--gateway-config".to_owned(), gateway.config()];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = diagnose(None, &arguments, cause("gateway-itself-down", "code", 2));
    assert!(run["verdict"]["title"].to_string().contains("unknown directive"), "{}", run["verdict"]["title"]);
}

/// Lets stopped processes go on, whatever happens.
struct Stopped(Vec<rustix::process::Pid>);

impl Drop for Stopped {
    fn drop(&mut self) {
        for process in &self.0 {
            kill_process(*process, Signal::CONT).ok();
        }
    }
}

#[test]
fn its_processes_are_stopped() {
    let upstream = Upstream::always(Reply::fine());
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let stopped = Stopped(gateway.processes());
    for process in &stopped.0 {
        kill_process(*process, Signal::STOP).expect("it is ours");
    }
    let run = diagnose(None, &[&gateway.url(), "--wait", "5"], cause("gateway-itself-down", "code", 2));
    assert!(matches!(strength(&run), "proven" | "strong"), "{}", strength(&run));
}

#[test]
fn it_runs_with_an_older_configuration() {
    let namespace = Namespace::new();
    let upstream = free_port();
    let further = format!("server {{ listen 127.0.0.1:{upstream}; return 200 'hello'; }}");
    let application = Gateway::start(&Site { location: "return 200;", http: &further, namespace: Some(&namespace) });
    let old = format!("proxy_pass http://127.0.0.1:{};", free_port());
    let gateway = Gateway::start(&Site { location: &old, http: "", namespace: Some(&namespace) });
    std::thread::sleep(Duration::from_millis(3100));
    gateway.rewrite(&format!("proxy_pass http://127.0.0.1:{upstream};"));
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("gateway-config-not-reloaded", "code", 2));
    proven(&run);
    drop(application);
}

#[test]
fn a_configuration_that_was_only_touched() {
    let upstream = Upstream::always(Reply::fine());
    let pass = format!("proxy_pass http://{};", upstream.address());
    let gateway = Gateway::start(&Site { location: &pass, http: "", namespace: None });
    std::thread::sleep(Duration::from_millis(3100));
    gateway.rewrite(&pass);
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn no_local_port_is_left() {
    let namespace = Namespace::new();
    let port = free_port();
    let further = format!("server {{ listen 127.0.0.1:{port}; return 200 'hello'; }}");
    let application = Gateway::start(&Site { location: "return 200;", http: &further, namespace: Some(&namespace) });
    let location = format!("proxy_pass http://127.0.0.1:{port};");
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    namespace.run(&["sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40031"]);
    let script = format!(
        "for i in $(seq 40); do exec {{fd}}<>/dev/tcp/127.0.0.1/{port} || break; done 2>/dev/null; echo full; read -r"
    );
    let mut holder = namespace.command("bash");
    holder.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut holder = Running(holder.spawn().expect("bash is there"));
    let mut line = String::new();
    let said = holder.0.stdout.take().expect("it is piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(said), &mut line).expect("it says when it is done");
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("ephemeral-ports-exhausted", "overload", 4));
    proven(&run);
    drop(holder);
    drop(application);
}
