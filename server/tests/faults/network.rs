//! Routes and firewalls, in network namespaces.

use super::gateway::{Gateway, Site};
use super::namespace::Namespace;
use super::outcome::{cause, diagnose, no_cause, strength};

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

/// A network of two: the gateway's host, 198.51.100.1, with a rule of its own, and the application's, 198.51.100.2.
struct Two {
    gateway: Namespace,
    _application: Namespace,
    _server: Gateway,
}

impl Two {
    fn with_rule(rule: &str) -> Self {
        let gateway = Namespace::new();
        let application = Namespace::within(&gateway);
        gateway.run(&[
            "ip",
            "link",
            "add",
            "link0",
            "type",
            "veth",
            "peer",
            "name",
            "link0",
            "netns",
            &application.pid(),
        ]);
        for (namespace, address) in [(&gateway, "198.51.100.1/24"), (&application, "198.51.100.2/24")] {
            namespace.run(&["ip", "addr", "add", address, "dev", "link0"]);
            namespace.run(&["ip", "link", "set", "link0", "up"]);
        }
        let server = "server { listen 198.51.100.2:8080; return 200 'hello'; }";
        let server = Gateway::start(&Site { location: "return 200;", http: server, namespace: Some(&application) });
        gateway.run(&["nft", "add", "table", "inet", "filter"]);
        gateway.run(&["nft", "add", "chain", "inet", "filter", "output", "{ type filter hook output priority 0; }"]);
        gateway.run(&["nft", "add", "rule", "inet", "filter", "output", rule]);
        Self { gateway, _application: application, _server: server }
    }

    fn site(&self) -> Gateway {
        let location = "proxy_pass http://198.51.100.2:8080;";
        Gateway::start(&Site { location, http: "", namespace: Some(&self.gateway) })
    }
}

#[test]
fn without_the_rule_all_is_well() {
    let two = Two::with_rule("ip daddr 198.51.100.77 tcp dport 8080 counter drop");
    diagnose(Some(&two.gateway), &[&two.site().url()], no_cause("healthy"));
}

#[test]
fn a_rule_with_a_counter_drops_the_packets() {
    let two = Two::with_rule("ip daddr 198.51.100.2 tcp dport 8080 counter drop");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], cause("firewall-drop", "firewall-proxy", 5));
    assert_eq!(strength(&run), "proven");
    assert!(run["verdict"]["fixes"].to_string().contains("nft delete rule inet filter output handle"));
}

#[test]
fn a_rule_without_a_counter_is_not_called_proven() {
    let two = Two::with_rule("ip daddr 198.51.100.2 tcp dport 8080 drop");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], cause("firewall-drop", "firewall-proxy", 5));
    assert_eq!(strength(&run), "strong");
}
