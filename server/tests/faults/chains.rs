//! Gateways behind one another: the hop at fault is named, not the one that brings the message.

use super::gateway::{Gateway, Site};
use super::haproxy::Haproxy;
use super::namespace::Namespace;
use super::outcome::{cause, diagnose, no_cause, proven};
use super::upstream::{Reply, Upstream};
use crate::ports::free_port;
use serde_json::Value;
use std::time::Duration;

/// The facts of a kind about one inner gateway.
fn facts<'r>(run: &'r Value, kind: &str, hop: &str) -> Vec<&'r Value> {
    let steps = run["steps"].as_array().into_iter().flatten();
    let facts = steps.flat_map(|step| step["facts"].as_array().into_iter().flatten());
    facts.filter(|fact| fact["kind"] == kind && fact["hop"].as_str().unwrap_or_default() == hop).collect()
}

fn title(run: &Value) -> &str {
    run["verdict"]["title"].as_str().unwrap_or_default()
}

#[test]
fn nginx_before_haproxy_whose_server_is_stopped() {
    let namespace = Namespace::new();
    let target = format!("127.0.0.1:{}", free_port());
    let inner = Haproxy::inside(Some(&namespace), "", &format!("retries 0\n    server app1 {target}"));
    let location = format!("proxy_pass http://{};", inner.address());
    let outer = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    let log = inner.log().display().to_string();
    let run =
        diagnose(Some(&namespace), &[&outer.url(), "--log", &log], cause("upstream-down-not-listening", "code", 6));
    proven(&run);
    let label = format!("haproxy at {}", inner.address());
    let begins = format!("Behind nginx, {label}: Nothing listens on {target}");
    assert!(title(&run).starts_with(&begins), "{}", title(&run));
    let names: Vec<&str> =
        run["hops"].as_array().into_iter().flatten().filter_map(|hop| hop["name"].as_str()).collect();
    assert!(names.contains(&"nginx") && names.contains(&"haproxy"), "{names:?}");
    assert!(!facts(&run, "attempt", &label).is_empty() && !facts(&run, "route", &label).is_empty());
    let chain = run["verdict"]["chain"].as_array().into_iter().flatten().filter_map(|link| link["cause"].as_str());
    assert_eq!(chain.collect::<Vec<_>>(), ["app-returned-502", "upstream-down-not-listening"]);
    assert!(run["steps"][5]["summary"].to_string().contains(&label), "{}", run["steps"][5]["summary"]);
}

#[test]
fn nginx_before_nginx_whose_application_closes() {
    let application = Upstream::always(Reply::Close);
    let inner = Gateway::forwarding(&format!("http://{}", application.address()));
    let outer = Gateway::forwarding(&format!("http://127.0.0.1:{}", inner.port()));
    let run = diagnose(None, &[&outer.url()], cause("upstream-closed-before-response", "code", 6));
    assert!(title(&run).contains(application.address()), "{}", title(&run));
    let lines = facts(&run, "log-line", &format!("nginx at 127.0.0.1:{}", inner.port()));
    assert!(lines.iter().any(|line| line["value"]["joined"] == "own"), "the inner log is read: {lines:?}");
}

#[test]
fn the_outer_gateway_gives_up_before_the_inner_one() {
    let application = Upstream::always(Reply::Hang);
    let location = format!("proxy_read_timeout 2s; proxy_pass http://{};", application.address());
    let inner = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let outer = Gateway::forwarding(&format!("http://127.0.0.1:{}", inner.port()));
    let run = diagnose(None, &[&outer.url()], cause("upstream-hang-not-accepting", "overload", 6));
    assert!(title(&run).contains(application.address()), "{}", title(&run));
}

#[test]
fn three_gateways_in_a_row() {
    let namespace = Namespace::new();
    let target = free_port();
    let pass = |port: u16| format!("proxy_pass http://127.0.0.1:{port};");
    let start = |port: u16| Gateway::start(&Site { location: &pass(port), http: "", namespace: Some(&namespace) });
    let (last, middle, first);
    last = start(target);
    middle = start(last.port());
    first = start(middle.port());
    let run = diagnose(Some(&namespace), &[&first.url()], cause("upstream-down-not-listening", "code", 6));
    proven(&run);
    let expected =
        format!("Behind nginx, nginx, nginx at 127.0.0.1:{}: Nothing listens on 127.0.0.1:{target}", last.port());
    assert!(title(&run).starts_with(&expected), "{}", title(&run));
}

#[test]
fn two_server_blocks_of_one_nginx() {
    let namespace = Namespace::new();
    let (inner, target) = (free_port(), free_port());
    let http = format!(
        "server {{ listen 127.0.0.1:{inner}; server_name inner; location / {{ proxy_pass http://127.0.0.1:{target}; }} }}"
    );
    let location = format!("proxy_pass http://127.0.0.1:{inner};");
    let gateway = Gateway::start(&Site { location: &location, http: &http, namespace: Some(&namespace) });
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("upstream-down-not-listening", "code", 6));
    assert!(title(&run).contains(&format!("127.0.0.1:{target}")), "{}", title(&run));
}

#[test]
fn a_healthy_chain_is_not_walked_twice() {
    let application = Upstream::always(Reply::fine());
    let inner = Gateway::forwarding(&format!("http://{}", application.address()));
    let outer = Gateway::forwarding(&format!("http://127.0.0.1:{}", inner.port()));
    let run = diagnose(None, &[&outer.url()], no_cause("healthy"));
    assert!(facts(&run, "inner-gateway", "").is_empty());
}

#[test]
fn an_application_behind_two_gateways_answers_502_itself() {
    let body = "{\"error\": \"payment provider did not answer\"}\n";
    let application = Upstream::always(Reply::answer("502 Bad Gateway", "Content-Type: application/json\r\n", body));
    let inner = Gateway::forwarding(&format!("http://{}", application.address()));
    let outer = Gateway::forwarding(&format!("http://127.0.0.1:{}", inner.port()));
    let run = diagnose(None, &[&outer.url()], no_cause("app-error"));
    assert_eq!(run["findings"].as_array().map(Vec::len), Some(0), "{}", run["findings"]);
}

#[test]
fn the_fault_is_between_the_two() {
    let Reply::Bytes(answer) = Reply::fine() else { unreachable!("fine() is bytes") };
    let application = Upstream::always(Reply::Late(Duration::from_millis(1600), answer));
    // The inner gateway waits as long as it takes and is well; the outer one is not patient enough.
    let location = format!("proxy_read_timeout 9s; proxy_pass http://{};", application.address());
    let inner = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let outer = Gateway::forwarding(&format!("http://127.0.0.1:{}", inner.port()));
    let run = diagnose(None, &[&outer.url()], cause("upstream-slow-response", "overload", 6));
    assert!(!title(&run).starts_with("Behind"), "the inner gateway is not at fault: {}", title(&run));
}
