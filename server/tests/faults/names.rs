//! Name servers.

use super::gateway::{Gateway, Site};
use super::name_server::{NameServer, Reply, nothing};
use super::namespace::Namespace;
use super::outcome::{cause, diagnose, no_cause, proven, strength};
use super::upstream::{self, Upstream};
use crate::ports::free_port;

/// A gateway that looks `name` up for each request.
fn asking(resolver: &str, name: &str, port: u16, namespace: Option<&Namespace>) -> Gateway {
    let location = format!(
        "set $backend {name}:{port}; resolver {resolver} valid=1s; resolver_timeout 1s; proxy_pass http://$backend;"
    );
    Gateway::start(&Site { location: &location, http: "", namespace })
}

fn port_of(upstream: &Upstream) -> u16 {
    upstream.address().rsplit(':').next().and_then(|port| port.parse().ok()).expect("it has a port")
}

#[test]
fn the_name_does_not_exist() {
    let server = NameServer::new(|_, _| Reply::Code(3));
    let gateway = asking(server.address(), "app.internal", 8080, None);
    let run = diagnose(None, &[&gateway.url()], cause("dns-nxdomain", "dns", 3));
    proven(&run);
}

#[test]
fn the_name_server_is_silent() {
    let server = NameServer::new(|_, _| Reply::Silence);
    let gateway = asking(server.address(), "app.internal", 8080, None);
    let run = diagnose(None, &[&gateway.url()], cause("dns-timeout", "dns", 3));
    proven(&run);
}

#[test]
fn the_name_server_is_not_there() {
    let gateway = asking(&format!("127.0.0.1:{}", free_port()), "app.internal", 8080, None);
    let run = diagnose(None, &[&gateway.url()], cause("dns-timeout", "dns", 3));
    proven(&run);
}

#[test]
fn the_name_has_no_address() {
    let server = NameServer::new(|_, _| nothing());
    let gateway = asking(server.address(), "app.internal", 8080, None);
    let run = diagnose(None, &[&gateway.url()], cause("dns-nodata", "dns", 3));
    proven(&run);
}

#[test]
fn the_name_server_fails() {
    let server = NameServer::new(|_, _| Reply::Code(2));
    let gateway = asking(server.address(), "app.internal", 8080, None);
    let run = diagnose(None, &[&gateway.url()], cause("dns-servfail", "dns", 3));
    proven(&run);
}

#[test]
fn the_name_server_refuses() {
    let server = NameServer::new(|_, _| Reply::Code(5));
    let gateway = asking(server.address(), "app.internal", 8080, None);
    let run = diagnose(None, &[&gateway.url()], cause("dns-refused", "dns", 3));
    proven(&run);
}

#[test]
fn there_is_nobody_to_ask() {
    let location = "set $backend app.internal:8080; proxy_pass http://$backend;";
    let gateway = Gateway::start(&Site { location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("gateway-no-resolver", "dns", 3));
    proven(&run);
}

#[test]
fn the_record_leads_elsewhere() {
    let upstream = Upstream::always(upstream::Reply::fine());
    let server = NameServer::new(|_, kind| if kind == 1 { Reply::Address("127.0.0.9".to_owned()) } else { nothing() });
    let gateway = asking(server.address(), "app.internal", port_of(&upstream), None);
    let run = diagnose(None, &[&gateway.url()], cause("dns-wrong-record", "dns", 3));
    assert_eq!(strength(&run), "strong");
}

#[test]
fn this_host_is_told_another_address() {
    let namespace = Namespace::with_files("nameserver 127.0.0.1\n", "127.0.0.1 localhost app.internal\n");
    let upstream = Gateway::start(&Site { location: "return 200 'hello';", http: "", namespace: Some(&namespace) });
    let server = NameServer::within(&namespace, "127.0.0.1:5353", "* 1 127.0.0.9");
    let gateway = asking(server.address(), "app.internal", upstream.port(), Some(&namespace));
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("dns-split-horizon", "dns", 3));
    proven(&run);
}

#[test]
fn the_hosts_file_hides_the_record() {
    let namespace = Namespace::with_files("nameserver 127.0.0.1\n", "127.0.0.1 localhost\n127.0.0.9 app.internal\n");
    let upstream = Gateway::start(&Site { location: "return 200 'hello';", http: "", namespace: Some(&namespace) });
    let _server = NameServer::within(&namespace, "127.0.0.1:53", "* 1 127.0.0.1");
    let location = format!("proxy_pass http://app.internal:{};", upstream.port());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("dns-wrong-record", "dns", 3));
    proven(&run);
}

#[test]
fn only_the_search_list_completes_the_name() {
    let namespace = Namespace::with_files("nameserver 127.0.0.1\nsearch corp.example\n", "127.0.0.1 localhost\n");
    let table = "app.corp.example 1 127.0.0.1\napp.corp.example 28 0\n* 0 3";
    let server = NameServer::within(&namespace, "127.0.0.1:53", table);
    let gateway = asking(server.address(), "app", 8080, Some(&namespace));
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("dns-search-ndots", "dns", 3));
    proven(&run);
    assert!(run["verdict"]["fixes"].to_string().contains("app.corp.example"));
}

#[test]
fn the_servers_of_the_zone_do_not_answer_for_it() {
    let namespace = Namespace::with_files("nameserver 127.0.0.1\n", "127.0.0.1 localhost\n");
    let table =
        "shop.example 2 @ns1.shop.example\nns1.shop.example 1 127.0.0.2\napp.shop.example 1 2\napp.shop.example 28 2";
    let server = NameServer::within(&namespace, "127.0.0.1:53", table);
    let _lame = NameServer::within(&namespace, "127.0.0.2:53", "* 0 5");
    let gateway = asking(server.address(), "app.shop.example", 8080, Some(&namespace));
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("dns-lame-delegation", "dns", 3));
    proven(&run);
}

#[test]
fn the_address_is_one_that_this_host_cannot_use() {
    let namespace = Namespace::new();
    let server = NameServer::within(&namespace, "127.0.0.1:5353", "* 28 2001:db8:9::2");
    let gateway = asking(server.address(), "app.internal", 8080, Some(&namespace));
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("ipv6-no-route", "network", 3));
    proven(&run);
}

#[test]
fn a_second_address_that_works_is_enough() {
    let namespace = Namespace::new();
    let upstream = Gateway::start(&Site { location: "return 200 'hello';", http: "", namespace: Some(&namespace) });
    let server = NameServer::within(&namespace, "127.0.0.1:5353", "* 28 2001:db8:9::2\n* 1 127.0.0.1");
    let gateway = asking(server.address(), "app.internal", upstream.port(), Some(&namespace));
    diagnose(Some(&namespace), &[&gateway.url()], no_cause("healthy"));
}

#[test]
fn the_gateway_keeps_an_old_address() {
    let namespace = Namespace::with_files("nameserver 127.0.0.1\n", "127.0.0.1 localhost\n127.0.0.9 app.internal\n");
    let upstream = Gateway::start(&Site { location: "return 200 'hello';", http: "", namespace: Some(&namespace) });
    let location = format!("proxy_pass http://app.internal:{};", upstream.port());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    namespace.set_hosts("127.0.0.1 localhost app.internal\n");
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("stale-dns-in-gateway", "dns", 3));
    proven(&run);
}
