//! Routes, links, neighbours and lost packets, in network namespaces.

use super::gateway::{Gateway, Site};
use super::namespace::Namespace;
use super::outcome::{cause, diagnose, no_cause, proven};
use super::two::{Two, chain, link};

fn site(namespace: &Namespace, upstream: &str) -> Gateway {
    let location = format!("proxy_pass http://{upstream};");
    Gateway::start(&Site { location: &location, http: "", namespace: Some(namespace) })
}

#[test]
fn there_is_no_route() {
    let namespace = Namespace::new();
    let gateway = site(&namespace, "203.0.113.7:8080");
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("no-route-to-upstream", "network", 5));
    proven(&run);
}

#[test]
fn a_route_forbids_it() {
    for kind in ["unreachable", "prohibit", "blackhole"] {
        let namespace = Namespace::new();
        namespace.run(&["ip", "route", "add", kind, "203.0.113.0/24"]);
        let gateway = site(&namespace, "203.0.113.7:8080");
        let run = diagnose(Some(&namespace), &[&gateway.url()], cause("policy-route-blocks", "network", 5));
        proven(&run);
    }
}

#[test]
fn nobody_has_the_address() {
    let two = Two::new();
    let gateway = site(&two.gateway, "198.51.100.77:8080");
    let run = diagnose(Some(&two.gateway), &[&gateway.url()], cause("upstream-host-down", "network", 5));
    proven(&run);
}

#[test]
fn the_link_is_off() {
    let two = Two::new();
    let gateway = two.site();
    two.gateway.run(&["ip", "link", "set", "link0", "down"]);
    let run = diagnose(Some(&two.gateway), &[&gateway.url()], cause("interface-down", "network", 5));
    proven(&run);
}

#[test]
fn the_other_end_is_off() {
    let two = Two::new();
    let gateway = two.site();
    two.application.run(&["ip", "link", "set", "link0", "down"]);
    let run = diagnose(Some(&two.gateway), &[&gateway.url()], cause("upstream-host-down", "network", 5));
    proven(&run);
}

/// An application whose body takes several packets.
fn large() -> Two {
    Two::serving(&format!("return 200 '{}';", "0123456789abcdef".repeat(200)))
}

#[test]
fn large_packets_get_through() {
    let two = large();
    chain(&two.gateway, "input", "ip saddr 198.51.100.2 meta length > 9000 drop");
    diagnose(Some(&two.gateway), &[&two.site().url()], no_cause("healthy"));
}

#[test]
fn answers_come_in_by_another_link() {
    let two = Two::new();
    link("link1", (&two.gateway, "203.0.113.1/24"), (&two.application, "203.0.113.2/24"));
    two.gateway.run(&["sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf.link1.rp_filter=1"]);
    // The question for the router's hardware address would be dropped for the same reason.
    two.gateway.run(&["ip", "link", "set", "link1", "address", "02:00:00:00:00:01"]);
    two.application.run(&["ip", "neigh", "replace", "203.0.113.1", "lladdr", "02:00:00:00:00:01", "dev", "link1"]);
    two.application.run(&["ip", "route", "add", "198.51.100.1/32", "via", "203.0.113.1", "dev", "link1"]);
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], cause("asymmetric-route-rp-filter", "network", 5));
    proven(&run);
}

#[test]
fn large_packets_vanish() {
    let two = large();
    chain(&two.gateway, "input", "ip saddr 198.51.100.2 meta length > 1000 drop");
    let run = diagnose(Some(&two.gateway), &[&two.site().url()], cause("mtu-blackhole", "network", 5));
    proven(&run);
}
