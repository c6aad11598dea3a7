//! Real faults behind Apache httpd, and gateways of it that are not at fault.

use super::httpd_gateway::{Httpd, Site};
use super::namespace::needs_root;
use super::outcome::{cause, diagnose, gatewatch, no_cause, proven};
use super::upstream::{Reply, Upstream, on_unix_socket};
use crate::ports::free_port;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

/// Modules of a balancer.
const BALANCER: [&str; 3] = ["proxy_balancer", "lbmethod_byrequests", "slotmem_shm"];

#[test]
fn the_application_is_not_running() {
    let gateway = Httpd::forwarding(&format!("http://127.0.0.1:{}/", free_port()));
    let run = diagnose(None, &[&gateway.url()], cause("upstream-down-not-listening", "code", 6));
    proven(&run);
    assert_eq!(run["hops"][0]["name"], "httpd");
}

#[test]
fn the_application_never_answers() {
    let upstream = Upstream::always(Reply::Hang);
    let gateway = Httpd::forwarding(&format!("http://{}/", upstream.address()));
    diagnose(None, &[&gateway.url()], cause("upstream-hang-not-accepting", "overload", 6));
}

#[test]
fn the_answer_comes_too_late() {
    let late = Reply::Late(
        Duration::from_millis(1500),
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n".to_vec(),
    );
    let upstream = Upstream::always(late);
    let gateway = Httpd::forwarding(&format!("http://{}/", upstream.address()));
    diagnose(None, &[&gateway.url()], cause("upstream-slow-response", "overload", 6));
}

#[test]
fn the_application_closes_without_an_answer() {
    let upstream = Upstream::always(Reply::Close);
    let gateway = Httpd::forwarding(&format!("http://{}/", upstream.address()));
    diagnose(None, &[&gateway.url()], cause("upstream-closed-before-response", "code", 6));
}

#[test]
fn a_header_line_is_longer_than_httpd_takes() {
    let cookie = format!("Set-Cookie: session={}\r\n", "a".repeat(9000));
    let upstream = Upstream::always(Reply::answer("200 OK", &cookie, "hello\n"));
    let gateway = Httpd::forwarding(&format!("http://{}/", upstream.address()));
    let run = diagnose(None, &[&gateway.url()], cause("response-header-too-big", "code", 6));
    proven(&run);
    // Many short lines are no fault for httpd, which measures each line by itself.
    let many = (0..12).fold(String::new(), |all, number| all + &format!("X-{number}: {}\r\n", "a".repeat(1000)));
    let fine = Upstream::always(Reply::answer("200 OK", &many, "hello\n"));
    let gateway = Httpd::forwarding(&format!("http://{}/", fine.address()));
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
}

#[test]
fn the_socket_is_missing() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let host = format!("ProxyPass / unix:{}/app.sock|http://localhost/", folder.path().display());
    let gateway = Httpd::start(&Site { host: &host, ..Site::default() });
    let run = diagnose(None, &[&gateway.url()], cause("unix-socket-missing", "code", 6));
    proven(&run);
}

#[test]
fn the_socket_is_not_for_httpd() {
    needs_root();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    super::gateway::open_folder(folder.path());
    let path = folder.path().join("app.sock");
    on_unix_socket(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("the socket is ours");
    let host = format!("ProxyPass / unix:{}|http://localhost/", path.display());
    let gateway = Httpd::start(&Site { host: &host, ..Site::default() });
    let run = diagnose(None, &[&gateway.url()], cause("unix-socket-permission", "firewall-proxy", 6));
    proven(&run);
}

#[test]
fn a_handler_leads_to_a_socket_that_is_missing() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let host = format!(
        "DirectoryIndex index.php\n<FilesMatch \"\\.php$\">\nSetHandler \"proxy:unix:{}/fpm.sock|fcgi://localhost\"\n</FilesMatch>",
        folder.path().display()
    );
    let gateway = Httpd::start(&Site { host: &host, modules: &["proxy_fcgi"], ..Site::default() });
    fs::write(gateway.folder().join("www/index.php"), "<?php echo 1;").expect("the folder is ours");
    let run = diagnose(None, &[&gateway.url()], cause("unix-socket-missing", "code", 6));
    proven(&run);
}

#[test]
fn no_module_speaks_the_scheme() {
    let upstream = Upstream::always(Reply::fine());
    let host = format!("ProxyPass / http://{}/", upstream.address());
    let gateway = Httpd::start(&Site { host: &host, without: &["proxy_http"], ..Site::default() });
    let run = diagnose(None, &[&gateway.url()], cause("gateway-module-missing", "code", 4));
    proven(&run);
}

#[test]
fn a_list_forbids_the_upstream() {
    let upstream = Upstream::always(Reply::fine());
    let host = format!("ProxyPass / http://{}/\nProxyBlock 127.0.0", upstream.address());
    let gateway = Httpd::start(&Site { host: &host, ..Site::default() });
    let run = diagnose(None, &[&gateway.url()], cause("proxy-block-list", "firewall-proxy", 4));
    proven(&run);
}

#[test]
fn a_forward_proxy_is_asked_that_does_not_run() {
    let upstream = Upstream::always(Reply::fine());
    let main = format!("ProxyRemote * http://127.0.0.1:{}", free_port());
    let host = format!("ProxyPass / http://{}/", upstream.address());
    let gateway = Httpd::start(&Site { host: &host, main: &main, ..Site::default() });
    let run = diagnose(None, &[&gateway.url()], cause("outbound-forward-proxy", "firewall-proxy", 5));
    proven(&run);
}

#[test]
fn all_workers_are_busy() {
    let upstream = Upstream::by_number(|number| if number <= 4 { Reply::Hang } else { Reply::fine() });
    let host = format!("ProxyPass / http://{}/ timeout=300", upstream.address());
    let main =
        "ServerLimit 1\nStartServers 1\nThreadsPerChild 4\nMaxRequestWorkers 4\nMinSpareThreads 1\nMaxSpareThreads 4";
    let gateway = Httpd::start(&Site { host: &host, main, ..Site::default() });
    let held: Vec<_> = (0..6).map(|number| gateway.hold(&format!("/export/{number}"))).collect();
    let end = Instant::now() + Duration::from_secs(10);
    let full = || fs::read_to_string(gateway.error_log()).unwrap_or_default().contains("AH00484");
    while !full() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(full(), "httpd says that its workers are busy");
    diagnose(None, &[&gateway.url(), "--wait", "5"], cause("httpd-maxrequestworkers", "overload", 4));
    drop(held);
}

#[test]
fn every_member_of_a_balancer_refuses() {
    let main = format!(
        "<Proxy balancer://app>\nBalancerMember http://127.0.0.1:{}\nBalancerMember http://127.0.0.1:{}\n</Proxy>",
        free_port(),
        free_port()
    );
    let gateway =
        Httpd::start(&Site { host: "ProxyPass / balancer://app/", main: &main, modules: &BALANCER, ..Site::default() });
    let output = gatewatch(None, &[&gateway.url(), "--json"]);
    let run: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    let named = run["verdict"]["cause"].as_str().unwrap_or_default();
    assert!(["all-backends-marked-down", "upstream-down-not-listening"].contains(&named), "{run}");
    assert_eq!(run["verdict"]["family"], "code");
}

#[test]
fn a_healthy_balancer() {
    let (one, other) = (Upstream::always(Reply::fine()), Upstream::always(Reply::fine()));
    let main = format!(
        "<Proxy balancer://app>\nBalancerMember http://{}\nBalancerMember http://{}\n</Proxy>",
        one.address(),
        other.address()
    );
    let gateway =
        Httpd::start(&Site { host: "ProxyPass / balancer://app/", main: &main, modules: &BALANCER, ..Site::default() });
    let run = diagnose(None, &[&gateway.url()], no_cause("healthy"));
    assert_eq!(run["findings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn an_application_behind_httpd_that_answers_502_itself() {
    let upstream = Upstream::always(Reply::answer("502 Bad Gateway", "", "the payment provider did not answer\n"));
    let gateway = Httpd::forwarding(&format!("http://{}/", upstream.address()));
    diagnose(None, &[&gateway.url()], no_cause("app-error"));
}

#[test]
fn tls_towards_the_upstream_is_not_enabled() {
    let upstream = Upstream::always(Reply::fine());
    let host = format!("ProxyPass / https://{}/", upstream.address());
    let gateway = Httpd::start(&Site { host: &host, modules: &["ssl"], ..Site::default() });
    let run = diagnose(None, &[&gateway.url()], cause("gateway-module-missing", "code", 4));
    proven(&run);
}
