//! Security headers, on every kind of answer.

use crate::support::{Reply, Site};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

fn shown(name: &str, reply: &Reply) -> String {
    let mut text = format!("== {name}: {}\n", reply.status);
    for (header, value) in &reply.headers {
        let varies = matches!(header.as_str(), "date" | "content-length" | "etag" | "retry-after");
        let value = if varies { "…".to_owned() } else { without(&without(value, "nonce-"), "sha256-") };
        let _ = writeln!(text, "{header}: {value}");
    }
    text
}

/// A policy without what is drawn anew, or follows from the style sheet.
fn without(policy: &str, kind: &str) -> String {
    let begun = format!("'{kind}");
    let mut parts = policy.split(&begun);
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = |part: &str| part.split_once('\'').map_or_else(String::new, |(_, rest)| rest.to_owned());
    parts.fold(first, |text, part| format!("{text}'{kind}…'{}", rest(part)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_carries_its_headers() {
    let site = Site::start().await;
    let cookie = site.cookie().await;
    let tag = site.get("/").await.header("etag").to_owned();
    let mut text = String::new();
    for (name, reply) in [
        ("page", site.get("/").await),
        ("not modified", site.ask("GET", "/", &[("If-None-Match", &tag)], "").await),
        ("brotli", site.ask("GET", "/", &[("Accept-Encoding", "br")], "").await),
        ("data", site.get("/api/v2/summary.json").await),
        ("icon", site.get("/favicon.svg").await),
        ("not found", site.get("/none").await),
        ("data not found", site.get("/api/v2/none.json").await),
        ("sign-in", site.get("/sign-in").await),
        ("admin page", site.ask("GET", "/operate", &[("Cookie", &cookie)], "").await),
        ("guest at an admin page", site.get("/operate").await),
        ("method not allowed", site.ask("DELETE", "/", &[], "").await),
        ("cross-site", site.ask("POST", "/actions/sign-in", &[("Origin", "https://evil.example")], "").await),
        ("health", site.get("/healthz").await),
    ] {
        text.push_str(&shown(name, &reply));
    }
    site.stop().await;
    insta::assert_snapshot!("headers", text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_https_cookies_and_transport_are_held_to_it() {
    let site = Site::start_with("public_url = \"https://status.example.com\"").await;
    let reply = site.raw(b"GET / HTTP/1.1\r\nHost: status.example.com\r\nConnection: close\r\n\r\n").await;
    assert_eq!(reply.status, 200);
    assert!(reply.header("strict-transport-security").starts_with("max-age=31536000"));
    assert!(reply.header("content-security-policy").contains("upgrade-insecure-requests"));
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_has_anything_inline() {
    let site = Site::start().await;
    for path in ["/", "/components/web", "/history", "/help/502", "/subscribe", "/causes", "/none"] {
        let reply = site.get(path).await;
        let mut page = reply.body.clone();
        if path == "/" {
            let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next());
            let style = style.expect("the status page carries its style sheet").to_owned();
            let known = format!("style-src 'self' 'sha256-{}';", STANDARD.encode(Sha256::digest(&style)));
            assert!(reply.header("content-security-policy").contains(&known), "{known}: {reply:?}");
            page = page.replacen(&format!("<style>{style}</style>"), "", 1);
        }
        let page = page.to_ascii_lowercase();
        assert!(page.contains("<!doctype html>"), "{path}: {page}");
        for inline in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
            assert!(!page.contains(inline), "{path} has {inline}");
        }
        for script in page.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap_or_default();
            assert!(tag.contains("src="), "{path} has an inline script: {tag}");
        }
    }
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_nonce_of_an_admin_page_is_used_once() {
    let site = Site::start().await;
    let cookie = site.cookie().await;
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let reply = site.ask("GET", "/operate", &[("Cookie", &cookie)], "").await;
        assert_eq!(reply.header("cache-control"), "no-store");
        let policy = reply.header("content-security-policy");
        let nonce =
            policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default().to_owned();
        assert!(nonce.len() >= 16, "{policy}");
        for script in reply.body.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap_or_default();
            assert!(tag.contains("src=") || tag.contains(&nonce), "{tag}");
        }
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
    site.stop().await;
}
