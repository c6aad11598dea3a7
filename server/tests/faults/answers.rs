//! Answers that break HTTP's rules, each behind a real nginx, and some that only come close.

use super::gateway::{Gateway, Site, open_folder};
use super::outcome::{Expected, cause, diagnose, facts, no_cause, proven};
use super::upstream::{Reply, Upstream};
use serde_json::Value;

const CODE: &str = "code";

/// An upstream that always sends these bytes, behind `proxy_pass`.
fn behind_nginx(bytes: &[u8]) -> (Upstream, Gateway) {
    let upstream = Upstream::always(Reply::Bytes(bytes.to_vec()));
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    (upstream, gateway)
}

fn judged(bytes: &[u8], expected: Expected) -> Value {
    let (_upstream, gateway) = behind_nginx(bytes);
    diagnose(None, &[&gateway.url()], expected)
}

#[test]
fn a_header_holds_a_nul() {
    let run = judged(
        b"HTTP/1.1 200 OK\r\nX-Build: 7\0f3\r\nContent-Length: 3\r\n\r\nok\n",
        cause("response-invalid-header", CODE, 6),
    );
    proven(&run);
}

#[test]
fn a_headers_name_has_a_space() {
    let run = judged(
        b"HTTP/1.1 200 OK\r\nBad Name: x\r\nContent-Length: 3\r\n\r\nok\n",
        cause("response-invalid-header", CODE, 6),
    );
    proven(&run);
}

#[test]
fn nginx_bears_a_line_without_a_colon() {
    judged(b"HTTP/1.1 200 OK\r\nbareword\r\nContent-Length: 3\r\n\r\nok\n", no_cause("healthy"));
}

#[test]
fn chunks_that_are_none() {
    let run = judged(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\nbroken\r\n",
        cause("response-bad-chunking", CODE, 6),
    );
    proven(&run);
}

#[test]
fn less_than_announced() {
    let run =
        judged(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nonly this", cause("response-truncated", CODE, 6));
    proven(&run);
}

#[test]
fn nginx_of_old_bears_an_unknown_coding() {
    judged(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzipped\r\n\r\nbody", no_cause("healthy"));
}

#[test]
fn ssh_behind_proxy_pass() {
    // nginx passes a banner on as HTTP/0.9, so that visitors get bytes and no status.
    let run = judged(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", cause("response-not-http", CODE, 6));
    proven(&run);
}

#[test]
fn large_headers_that_fit() {
    let cookie = format!("Set-Cookie: session={}\r\n", "a".repeat(3000));
    let upstream = Upstream::always(Reply::answer("200 OK", &cookie, "hello\n"));
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
}

#[test]
fn a_404_becomes_a_502() {
    let upstream = Upstream::always(Reply::answer("404 Not Found", "", "no such page\n"));
    let location = format!(
        "location = /sorry {{ return 502; }} proxy_intercept_errors on; error_page 404 =502 /sorry; proxy_pass http://{};",
        upstream.address()
    );
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("gateway-rewrites-status", CODE, 6));
    proven(&run);
}

#[test]
fn the_upstream_is_a_gateway_whose_upstream_is_down() {
    let inner = Gateway::forwarding(&format!("http://127.0.0.1:{}", crate::ports::free_port()));
    let outer = Gateway::forwarding(&inner.url());
    // The outer gateway is only the messenger.
    let output = super::outcome::gatewatch(None, &[&outer.url(), "--json"]);
    let run: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    let said = run["verdict"]["cause"].as_str().unwrap_or_default();
    assert!(["app-returned-502", "upstream-down-not-listening"].contains(&said), "{}", run["verdict"]);
}

#[test]
fn the_application_serves_another_host() {
    let upstream = Upstream::by_request(|head| {
        let wanted = head.lines().any(|line| line.eq_ignore_ascii_case("host: shop.example"));
        if wanted { Reply::fine() } else { Reply::Close }
    });
    let http = format!("upstream backend {{ server {}; }}", upstream.address());
    let site = Site { location: "proxy_pass http://backend;", http: &http, namespace: None };
    let gateway = Gateway::start_named(&site, "shop.example");
    let run = diagnose(None, &[&gateway.url()], cause("upstream-wrong-host-or-path", CODE, 6));
    proven(&run);
}

#[test]
fn a_websocket_that_is_not_passed_on() {
    let upstream = Upstream::by_request(|head| {
        if head.to_ascii_lowercase().contains("upgrade: websocket") {
            Reply::Bytes(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n".to_vec(),
            )
        } else {
            Reply::answer("426 Upgrade Required", "", "a WebSocket is wanted\n")
        }
    });
    let wish = ["--header", "Connection: Upgrade", "--header", "Upgrade: websocket"];
    let lost = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let run = diagnose(None, &[&[&*lost.url()], &wish[..]].concat(), cause("websocket-upgrade-misconfig", CODE, 6));
    proven(&run);
    let location = format!(
        "proxy_pass http://{}; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;",
        upstream.address()
    );
    let passed = Gateway::start(&Site { location: &location, http: "", namespace: None });
    diagnose(None, &[&[&*passed.url()], &wish[..]].concat(), no_cause("healthy"));
}

#[test]
fn a_cache_keeps_a_failure_that_is_over() {
    let gone = |number| if number == 1 { Reply::answer("502 Bad Gateway", "", "gone") } else { Reply::fine() };
    let upstream = Upstream::by_number(gone);
    let folder = tempfile::tempdir().expect("a folder for the cache");
    open_folder(folder.path());
    let gateway = Gateway::start(&Site {
        location: &format!("proxy_cache kept; proxy_cache_valid any 10m; proxy_pass http://{};", upstream.address()),
        http: &format!("proxy_cache_path {}/cache keys_zone=kept:1m;", folder.path().display()),
        namespace: None,
    });
    assert!(gateway.status_line().contains("502"), "the one failure");
    let run = diagnose(None, &[&gateway.url()], no_cause("unknown"));
    let past = facts(&run, "variation").into_iter().find(|fact| fact["changed"] == "query-through");
    assert_eq!(past.expect("it was asked past the cache")["status"], 200);
    assert!(run["verdict"]["title"].to_string().contains("Only this very address fails"), "{}", run["verdict"]);
}
