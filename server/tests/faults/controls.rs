//! Gateways that are not at fault.

use super::gateway::Gateway;
use super::outcome::{diagnose, no_cause};
use super::upstream::{Reply, Upstream};

#[test]
fn a_healthy_site() {
    let upstream = Upstream::always(Reply::fine());
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let run = diagnose(None, &[&gateway.url()], no_cause("healthy"));
    assert_eq!(run["findings"].as_array().map(Vec::len), Some(0));
    assert_eq!(run["scenario"], "web-server");
    assert_eq!(run["hops"][0]["name"], "nginx");
}

#[test]
fn an_application_that_does_not_know_the_page() {
    let upstream = Upstream::always(Reply::answer("404 Not Found", "", "no such page\n"));
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    diagnose(None, &[&format!("{}old/page", gateway.url())], no_cause("app-error"));
}

#[test]
fn an_application_that_answers_502_itself() {
    let body = "{\"error\": \"payment provider did not answer\"}\n";
    let upstream = Upstream::always(Reply::answer("502 Bad Gateway", "Content-Type: application/json\r\n", body));
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let run = diagnose(None, &[&gateway.url()], no_cause("app-error"));
    assert_eq!(run["findings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn one_failure_that_is_over() {
    let upstream = Upstream::by_number(|number| if number == 1 { Reply::Close } else { Reply::fine() });
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    gateway.visit();
    diagnose(None, &[&gateway.url()], no_cause("transient"));
}
