//! What goes wrong on our own side of things: a clear word and a bounded answer each.

use super::gateway::{Gateway, Site};
use super::outcome::{cause, diagnose, gatewatch, no_cause};
use super::upstream::{Reply, Upstream};
use std::io::Write;
use std::time::{Duration, Instant};

/// Exit 2, one clear line on standard error, nothing on standard output, no panic.
fn refused(arguments: &[&str], word: &str) {
    let output = gatewatch(None, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert!(errors.contains(word) && !errors.contains("panicked"), "{arguments:?}: {errors}");
}

#[test]
fn what_was_typed_is_checked_first() {
    refused(&["not a url", "--json"], "gatewatch:");
    refused(&["ftp://127.0.0.1/"], "gatewatch:");
    refused(&["http://", "--json"], "gatewatch:");
    refused(&["http://127.0.0.1:99999/"], "gatewatch:");
    refused(&["http://169.254.169.254/latest/"], "");
    refused(&["http://127.0.0.1/", "--gateway-config", "/nonexistent/nginx.conf"], "/nonexistent/nginx.conf");
    refused(&["http://127.0.0.1/", "--log", "/nonexistent/error.log"], "/nonexistent/error.log");
    refused(&["http://127.0.0.1/", "--header", "no colon"], "header");
    refused(&["http://127.0.0.1/", "--paste", "dns", "/nonexistent/dig.txt"], "/nonexistent/dig.txt");
    refused(&["http://127.0.0.1/", "--paste", "dns", "-"], "step 3 (dns) takes the output of dig");
    refused(&["http://127.0.0.1/", "--paste", "7", "-"], "there is no such step");
    refused(&["--again", "/nonexistent/run.json"], "/nonexistent/run.json");
    refused(&["--again", "Cargo.toml"], "is not a run");
    refused(&[], "");
}

#[test]
fn a_hung_upstream_holds_nobody() {
    let upstream = Upstream::always(Reply::Hang);
    let begun = Instant::now();
    let run = gatewatch(None, &[&format!("http://{}/", upstream.address()), "--wait", "3", "--json"]);
    assert!(begun.elapsed() < Duration::from_secs(6));
    assert_eq!(run.status.code(), Some(1));
}

#[test]
fn a_gateway_that_waits_longer_than_we_do_is_not_judged() {
    let upstream = Upstream::always(Reply::Hang);
    let location = format!("proxy_read_timeout 60s; proxy_pass http://{};", upstream.address());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url(), "--wait", "4"], no_cause("unknown"));
    assert!(run["verdict"]["title"].to_string().contains("the gateway waits up to 60 s"), "{}", run["verdict"]);
    assert!(run["duration_ms"].as_u64().is_some_and(|ms| ms < 6000));
}

#[test]
fn an_endless_body_is_cut() {
    let upstream = Upstream::always(Reply::Endless);
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let begun = Instant::now();
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_log_with_invalid_utf8_is_read() -> std::io::Result<()> {
    let upstream = Upstream::always(Reply::Close);
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let mut log = std::fs::OpenOptions::new().append(true).open(gateway.error_log())?;
    log.write_all(b"\xff\xfe\x00 not text \x80\n2026/11/22 15:00:00 [error] \xff\xff\n")?;
    diagnose(
        None,
        &[&gateway.url(), "--log", &gateway.error_log().display().to_string()],
        cause("upstream-closed-before-response", "code", 6),
    );
    Ok(())
}

#[test]
fn a_broken_configuration_is_said() -> std::io::Result<()> {
    let upstream = Upstream::always(Reply::fine());
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let broken = gateway.folder().join("broken.conf");
    std::fs::write(&broken, b"http { server { listen \xff; location / { proxy_pass ")?;
    diagnose(None, &[&gateway.url(), "--gateway-config", &broken.display().to_string()], no_cause("healthy"));
    Ok(())
}
