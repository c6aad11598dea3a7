//! The upstream is on another host than the gateway: from here its listeners, its rules and its processes cannot be
//! seen. What is named then may be right or left open; called proven it may be only if it is right.

use super::gateway::{Gateway, Site};
use super::lab;
use super::namespace::Namespace;
use super::outcome::{Expected, cause, gatewatch, no_cause};
use serde_json::Value;
use std::time::Instant;

/// The gateway's host, 198.51.100.1, and the application's, 198.51.100.2.
pub(crate) struct Hosts {
    pub(crate) gateway: Namespace,
    pub(crate) application: Namespace,
}

impl Hosts {
    pub(crate) fn new() -> Self {
        let gateway = Namespace::new();
        let application = Namespace::within(&gateway);
        let pid = application.pid();
        gateway.run(&["ip", "link", "add", "link0", "type", "veth", "peer", "name", "link0", "netns", &pid]);
        for (namespace, address) in [(&gateway, "198.51.100.1/24"), (&application, "198.51.100.2/24")] {
            namespace.run(&["ip", "addr", "add", address, "dev", "link0"]);
            namespace.run(&["ip", "link", "set", "link0", "up"]);
        }
        Self { gateway, application }
    }

    /// A rule on the application's own host, for what comes in.
    fn rule(&self, rule: &str) {
        self.application.run(&["nft", "add", "table", "inet", "filter"]);
        let chain = "{ type filter hook input priority 0; }";
        self.application.run(&["nft", "add", "chain", "inet", "filter", "input", chain]);
        self.application.run(&["nft", "add", "rule", "inet", "filter", "input", rule]);
    }

    /// An application that answers every request so.
    fn answering(&self, answer: &str) -> Gateway {
        let http = format!("server {{ listen 198.51.100.2:8080; {answer} }}");
        Gateway::start(&Site { location: "return 200;", http: &http, namespace: Some(&self.application) })
    }

    /// Asks the gateway's host, and judges by what can be known there.
    fn check(&self, expected: Expected) -> Value {
        let location = "proxy_pass http://198.51.100.2:8080;";
        let site = Gateway::start(&Site { location, http: "", namespace: Some(&self.gateway) });
        let begun = Instant::now();
        let output = gatewatch(Some(&self.gateway), &[&site.url(), "--json"]);
        let run: Value = serde_json::from_slice(&output.stdout).expect("it prints a run");
        lab::record(&lab::case(), lab::ELSEWHERE, expected, &run, begun.elapsed());
        let verdict = &run["verdict"];
        let named = verdict["cause"].as_str();
        assert!(named == expected.cause || verdict["strength"] != "proven", "{verdict}");
        if expected.cause.is_none() {
            assert_eq!(verdict["outcome"], expected.outcome, "{verdict}");
        } else if named != expected.cause {
            let says = verdict["still_unknown"].as_array().is_some_and(|unknown| !unknown.is_empty());
            assert!(says, "it does not say what would settle it: {verdict}");
        }
        run
    }
}

#[test]
fn nothing_listens_there() {
    let run = Hosts::new().check(cause("upstream-down-not-listening", "code", 6));
    // A rule there could refuse just so: it is proven only where this host could look into the other one.
    let facts = run["steps"].as_array().into_iter().flatten().filter_map(|step| step["facts"].as_array()).flatten();
    let looked = facts.into_iter().any(|fact| {
        fact["kind"] == "listener" && fact["value"]["local"] == true && fact["value"]["listening"] == false
    });
    assert!(looked || run["verdict"]["strength"] != "proven", "{}", run["verdict"]);
}

#[test]
fn a_rule_there_refuses() {
    let hosts = Hosts::new();
    hosts.rule("tcp dport 8080 reject with tcp reset");
    let _application = hosts.answering("return 200 'hello';");
    hosts.check(cause("firewall-reject-rst", "firewall-proxy", 5));
}

#[test]
fn a_rule_there_drops() {
    let hosts = Hosts::new();
    hosts.rule("tcp dport 8080 drop");
    let _application = hosts.answering("return 200 'hello';");
    hosts.check(cause("firewall-drop", "firewall-proxy", 5));
}

#[test]
fn it_closes_there() {
    let hosts = Hosts::new();
    let _application = hosts.answering("return 444;");
    hosts.check(cause("upstream-closed-before-response", "code", 6));
}

#[test]
fn it_answers_502_itself() {
    let hosts = Hosts::new();
    let _application =
        hosts.answering("default_type application/json; return 502 '{\"error\": \"payment provider\"}';");
    hosts.check(no_cause("app-error"));
}

#[test]
fn it_is_well_there() {
    let hosts = Hosts::new();
    let _application = hosts.answering("return 200 'hello';");
    hosts.check(no_cause("healthy"));
}
