//! Firewalls: of the gateway's host, of the application's, and between them.

use super::gateway::{Gateway, Site};
use super::namespace::{Namespace, is_root, needs_root};
use super::outcome::{Expected, cause, diagnose, no_cause, proven, strength};
use super::two::{Two, chain, link};

const DROP: Expected = cause("firewall-drop", "firewall-proxy", 5);
const RESET: Expected = cause("firewall-reject-rst", "firewall-proxy", 5);
const ICMP: Expected = cause("firewall-reject-icmp", "firewall-proxy", 5);

#[test]
fn without_the_rule_all_is_well() {
    let two = Two::new();
    chain(&two.gateway, "output", "ip daddr 198.51.100.77 tcp dport 8080 counter drop");
    diagnose(Some(&two.gateway), &[&two.site().url()], no_cause("healthy"));
}

#[test]
fn a_rule_with_a_counter_drops_the_packets() {
    let two = Two::new();
    chain(&two.gateway, "output", "ip daddr 198.51.100.2 tcp dport 8080 counter drop");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], DROP);
    proven(&run);
    assert!(run["verdict"]["fixes"].to_string().contains("nft delete rule inet filter output handle"));
}

#[test]
fn a_rule_without_a_counter_is_not_called_proven() {
    let two = Two::new();
    chain(&two.gateway, "output", "ip daddr 198.51.100.2 tcp dport 8080 drop");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], DROP);
    assert_eq!(strength(&run), "strong");
}

#[test]
fn a_rule_behind_a_map_and_a_jump_drops_them() {
    let two = Two::new();
    two.gateway.run(&[
        "nft",
        "table inet filter { set apps { type ipv4_addr; elements = { 198.51.100.2 }; }; \
         chain apps { ip daddr @apps counter drop; }; chain new { tcp dport vmap { 80 : accept, 8080 : goto apps }; }; \
         chain output { type filter hook output priority 0; ct state vmap { established : accept, new : jump new }; }; }",
    ]);
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], DROP);
    proven(&run);
}

#[test]
fn the_answers_are_dropped() {
    let two = Two::new();
    chain(&two.gateway, "input", "ip saddr 198.51.100.2 tcp sport 8080 counter drop");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], DROP);
    proven(&run);
}

#[test]
fn the_other_host_drops_them() {
    let two = Two::new();
    chain(&two.application, "input", "tcp dport 8080 counter drop");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], DROP);
    // Another user's namespace cannot be entered.
    assert_eq!(strength(&run), if is_root() { "proven" } else { "strong" });
}

#[test]
fn the_other_host_resets_them() {
    needs_root();
    let two = Two::new();
    chain(&two.application, "input", "tcp dport 8080 counter reject with tcp reset");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], RESET);
    proven(&run);
}

#[test]
fn a_rule_on_this_host_resets_them() {
    let namespace = Namespace::new();
    let upstream = Gateway::start(&Site { location: "return 200 'hello';", http: "", namespace: Some(&namespace) });
    chain(&namespace, "input", &format!("tcp dport {} counter reject with tcp reset", upstream.port()));
    let location = format!("proxy_pass http://127.0.0.1:{};", upstream.port());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    let run = diagnose(Some(&namespace), &[&gateway.url()], RESET);
    proven(&run);
}

#[test]
fn the_other_host_says_that_it_is_prohibited() {
    let two = Two::new();
    chain(&two.application, "input", "tcp dport 8080 reject with icmp type host-prohibited");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], ICMP);
    proven(&run);
}

#[test]
fn the_other_host_says_that_the_port_is_unreachable() {
    let two = Two::new();
    chain(&two.application, "input", "tcp dport 8080 reject");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], ICMP);
    proven(&run);
}

#[test]
fn a_counter_that_rises_for_others_proves_nothing() {
    let two = Two::new();
    chain(&two.gateway, "output", "counter; ip daddr 198.51.100.2 tcp dport 9999 counter drop");
    let location = "proxy_pass http://198.51.100.2:8081;";
    let gateway = Gateway::start(&Site { location, http: "", namespace: Some(&two.gateway) });
    let run = diagnose(Some(&two.gateway), &[&gateway.url()], cause("upstream-down-not-listening", "code", 6));
    assert!(!run["findings"].to_string().contains("firewall-drop"), "{}", run["findings"]);
}

#[test]
fn the_gateway_is_banned() {
    needs_root();
    let two = Two::new();
    two.application.run(&[
        "nft",
        "table inet f2b-table { set addr-set-nginx { type ipv4_addr; elements = { 198.51.100.1 }; }; \
         chain f2b-chain { type filter hook input priority -1; \
         tcp dport { 80, 8080 } ip saddr @addr-set-nginx counter reject with icmp type port-unreachable; }; }",
    ]);
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], cause("fail2ban-banned-proxy", "firewall-proxy", 5));
    proven(&run);
}

#[test]
fn the_host_between_them_does_not_forward() {
    let router = Namespace::new();
    let (front, back) = (Namespace::within(&router), Namespace::within(&router));
    link("front", (&router, "198.51.100.1/24"), (&front, "198.51.100.2/24"));
    link("back", (&router, "203.0.113.1/24"), (&back, "203.0.113.2/24"));
    front.run(&["ip", "route", "add", "default", "via", "198.51.100.1"]);
    back.run(&["ip", "route", "add", "default", "via", "203.0.113.1"]);
    router.run(&["sysctl", "-q", "-w", "net.ipv4.ip_forward=1"]);
    chain(&router, "forward", "ip daddr 203.0.113.2 tcp dport 8080 counter drop");
    let server = "server { listen 203.0.113.2:8080; return 200 'hello'; }";
    let _server = Gateway::start(&Site { location: "return 200;", http: server, namespace: Some(&back) });
    let http = "server { listen 198.51.100.2:8000; location / { proxy_pass http://203.0.113.2:8080; } }";
    let gateway = Gateway::start(&Site { location: "return 200;", http, namespace: Some(&front) });
    let config = gateway.folder().join("nginx.conf").display().to_string();
    let run = diagnose(
        Some(&router),
        &["http://198.51.100.2:8000/", "--gateway-config", &config],
        cause("forward-chain-drop", "firewall-proxy", 5),
    );
    proven(&run);
}

#[test]
fn a_filter_takes_exception_to_one_request() {
    let two = Two::new();
    chain(
        &two.gateway,
        "output",
        "tcp dport 8080 ct state established meta length > 600 counter reject with tcp reset",
    );
    let header = format!("X-Note: {}", "a".repeat(700));
    let gateway = two.site();
    let run = diagnose(
        Some(&two.gateway),
        &[&gateway.url(), "--header", &header],
        cause("ids-or-dpi-reset", "firewall-proxy", 5),
    );
    proven(&run);
}

#[test]
fn the_application_serves_others_only() {
    let namespace = Namespace::new();
    let closed = "if ($remote_addr = 127.0.0.1) { return 444; } return 200 'hello';";
    let upstream = Gateway::start(&Site { location: closed, http: "", namespace: Some(&namespace) });
    let location = format!("proxy_pass http://127.0.0.1:{};", upstream.port());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("upstream-blocks-gateway", "firewall-proxy", 6));
    proven(&run);
}

#[test]
fn only_the_workers_packets_are_dropped() {
    // In a user namespace of one's own there is one user only.
    needs_root();
    let two = Two::new();
    chain(&two.gateway, "output", "meta skuid 33 tcp dport 8080 counter drop");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], DROP);
    proven(&run);
}
