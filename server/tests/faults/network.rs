//! Routes and firewalls, in network namespaces.

use super::gateway::{Gateway, Site};
use super::namespace::Namespace;
use super::outcome::{cause, diagnose, strength};

#[test]
fn there_is_no_route() {
    let namespace = Namespace::new();
    let gateway = Gateway::start(&Site {
        location: "proxy_pass http://203.0.113.7:8080;",
        http: "",
        namespace: Some(&namespace),
    });
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("no-route-to-upstream", "network", 5));
    assert_eq!(strength(&run), "proven");
}

/// A link to a network that is not there, and a rule that drops what goes to it.
fn dropping(rule: &str) -> Namespace {
    let namespace = Namespace::new();
    namespace.run(&["ip", "link", "add", "link0", "type", "dummy"]);
    namespace.run(&["ip", "addr", "add", "198.51.100.1/24", "dev", "link0"]);
    namespace.run(&["ip", "link", "set", "link0", "up"]);
    namespace.run(&["nft", "add", "table", "inet", "filter"]);
    namespace.run(&["nft", "add", "chain", "inet", "filter", "output", "{ type filter hook output priority 0; }"]);
    namespace.run(&["nft", rule]);
    namespace
}

#[test]
fn a_rule_with_a_counter_drops_the_packets() {
    let namespace = dropping("add rule inet filter output ip daddr 198.51.100.2 tcp dport 8080 counter drop");
    let gateway = Gateway::start(&Site {
        location: "proxy_pass http://198.51.100.2:8080;",
        http: "",
        namespace: Some(&namespace),
    });
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("firewall-drop", "firewall-proxy", 5));
    assert_eq!(strength(&run), "proven");
    assert!(run["verdict"]["fixes"].to_string().contains("nft delete rule inet filter output handle"));
}

#[test]
fn a_rule_without_a_counter_is_not_called_proven() {
    let namespace = dropping("add rule inet filter output ip daddr 198.51.100.2 tcp dport 8080 drop");
    let gateway = Gateway::start(&Site {
        location: "proxy_pass http://198.51.100.2:8080;",
        http: "",
        namespace: Some(&namespace),
    });
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("firewall-drop", "firewall-proxy", 5));
    assert_eq!(strength(&run), "strong");
}
