//! Monitors of every kind with their keys: right ones, and a table of wrong ones.

use super::tests::{parsed, problems};
use crate::config::Asks;
use crate::dns::Record;
use crate::probe::expect::TlsVersion;
use crate::probe::{Family, PushToken, Target, Version};
use app::model::Confirm;
use std::time::Duration;

const ALL: &str = r#"
[[monitors]]
id = "api"
url = "https://api.example.com/health"
method = "POST"
headers = { "X-Api-Key" = "${TOKEN}", "Content-Type" = "application/json" }
auth = { user = "gatewatch", password = "${TOKEN}" }
body = "{\"deep\": true}"
ip = "ipv6"
resolver = "10.0.0.53"
redirects = 3
[monitors.expect]
status = ["200"]
headers = [{ name = "Content-Type", contains = "json" }, { name = "x-debug", absent = true }]
body = { contains = ["ok"], lacks = ["error"], matches = ["v[0-9]+"] }
json = [{ path = "$.status", is = "ok" }, { path = "$.queue", at_most = 100 }, { path = "$.load", at_least = 0.5 }]
latency = "800ms"
certificate_days = 14
tls = "1.3"

[[monitors]]
id = "live"
url = "wss://api.example.com/live"

[[monitors]]
id = "orders"
url = "grpcs://api.example.com/shop.v1.Orders"
auth = { bearer = "${TOKEN}" }
expect = { latency = "1s", certificate_days = 7 }

[[monitors]]
id = "cart"
url = "grpc://10.20.0.6:50051"

[[monitors]]
id = "new"
url = "http://10.20.0.7:8080/"
http = "2"

[[monitors]]
id = "far"
url = "https://far.example.com/"
proxy = "http://10.20.0.8:3128"
proxy_auth = { user = "probe", password = "${TOKEN}" }

[[monitors]]
id = "router"
url = "icmp://10.20.0.1"
expect = { latency = "20ms" }

[[monitors]]
id = "ssh"
url = "tcp://10.20.0.5:22"
expect = { banner = "SSH-2.0-" }

[[monitors]]
id = "imap"
url = "tls://mail.example.com:993"
expect = { certificate_days = 21, banner = "* OK" }

[[monitors]]
id = "mx"
url = "dns:example.com?type=MX"
expect = { answer = ["10 mail.example.com"] }

[[monitors]]
id = "ns"
url = "dns://10.0.0.53:5353/www.example.com"
expect = { rcode = "NOERROR", answer_within = ["192.0.2.1", "192.0.2.2"] }

[[monitors]]
id = "backup"
url = "heartbeat:"
token = "nightly-backup-${TOKEN}"
interval = "7d"
grace = "2h"
"#;

#[test]
fn every_kind_is_read() {
    let config = parsed(ALL, &[]).unwrap();
    let asks = |id: &str| config.monitor(&id.parse().unwrap()).unwrap();
    let Asks::Probe(Target::Http(api)) = &asks("api").asks else { panic!("api is asked by HTTP") };
    assert_eq!((api.method.as_str(), api.redirects, api.family), ("POST", 3, Some(Family::V6)));
    assert_eq!(api.headers.len(), 2);
    assert!(api.headers.contains(&("X-Api-Key".to_owned(), "s3cret".to_owned())));
    assert_eq!(api.authorization.as_deref(), Some("Basic Z2F0ZXdhdGNoOnMzY3JldA=="));
    assert_eq!(&api.body[..], b"{\"deep\": true}");
    assert_eq!(api.resolver, Some("10.0.0.53:53".parse().unwrap()));
    let expect = &asks("api").expect;
    assert_eq!((expect.headers.len(), expect.body.len(), expect.json.len()), (2, 3, 3));
    assert_eq!((expect.latency, expect.certificate_days), (Some(Duration::from_millis(800)), Some(14)));
    assert_eq!((expect.tls, expect.status.clone()), (Some(TlsVersion::V1_3), vec![200..=200]));
    let Asks::Probe(Target::WebSocket(live)) = &asks("live").asks else { panic!("live is a WebSocket") };
    assert_eq!(live.url.as_str(), "https://api.example.com/live");
    let Asks::Probe(Target::Grpc(orders)) = &asks("orders").asks else { panic!("orders is gRPC") };
    assert_eq!(orders.url.as_str(), "https://api.example.com/shop.v1.Orders");
    assert_eq!(orders.authorization.as_deref(), Some("Bearer s3cret"));
    let Asks::Probe(Target::Grpc(cart)) = &asks("cart").asks else { panic!("cart is gRPC") };
    assert_eq!((cart.url.as_str(), cart.url.port()), ("http://10.20.0.6:50051/", Some(50051)));
    let Asks::Probe(Target::Http(new)) = &asks("new").asks else { panic!("new is HTTP") };
    assert_eq!((new.version, api.version), (Version::Two, Version::One));
    let Asks::Probe(Target::Http(far)) = &asks("far").asks else { panic!("far is HTTP") };
    let proxy = far.proxy.as_ref().expect("it has a proxy");
    assert_eq!(
        (proxy.url.as_str(), proxy.authorization.as_deref()),
        ("http://10.20.0.8:3128/", Some("Basic cHJvYmU6czNjcmV0"))
    );
    let Asks::Probe(Target::Ping(router)) = &asks("router").asks else { panic!("router is ICMP") };
    assert_eq!((router.host_str(), router.port()), (Some("10.20.0.1"), Some(7)));
    let Asks::Probe(Target::Tcp(ssh)) = &asks("ssh").asks else { panic!("ssh is TCP") };
    assert_eq!(ssh.as_str(), "http://10.20.0.5:22/");
    let Asks::Probe(Target::Tls(imap)) = &asks("imap").asks else { panic!("imap is TLS") };
    assert_eq!((imap.as_str(), imap.port()), ("https://mail.example.com:993/", Some(993)));
    let Asks::Probe(Target::Dns(mx)) = &asks("mx").asks else { panic!("mx is DNS") };
    assert_eq!((mx.name.as_str(), mx.record, mx.server), ("example.com", Record::Mx, None));
    let Asks::Probe(Target::Dns(ns)) = &asks("ns").asks else { panic!("ns is DNS") };
    assert_eq!((ns.record, ns.server), (Record::A, Some("10.0.0.53:5353".parse().unwrap())));
    let backup = asks("backup");
    let token = PushToken::of("nightly-backup-s3cret");
    assert_eq!(backup.asks, Asks::Heartbeat { token, grace: Duration::from_hours(2) });
    assert_eq!((backup.interval(), backup.confirm_down), (Duration::from_hours(168), Confirm { needed: 1, of: 1 }));
    assert_eq!(backup.monitor.url, "heartbeat:");
    assert!(!format!("{config:?}").contains("s3cret"), "secrets are not shown");
}

#[test]
fn further_kinds_can_be_watched_at_once() {
    let config = parsed("", &["tcp://127.0.0.1:22", "dns:example.com?type=NS", "tcp://127.0.0.1:22"]).unwrap();
    let names: Vec<&str> = config.monitors.iter().map(|entry| entry.monitor.name.as_str()).collect();
    assert_eq!(names, ["127.0.0.1:22", "example.com"]);
}

/// A monitor with this URL, further lines after it.
fn monitor(url: &str, rest: &str) -> String {
    format!("[[monitors]]\nid = \"a\"\nurl = \"{url}\"\n{rest}")
}

/// URL, further lines, where the problem is, and words that the message must hold.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("tcp://a.example", "", "3:7", "no port"),
    ("tcp://a.example:22/x", "", "3:7", "host with a port"),
    ("tcp://169.254.169.254:80", "", "3:7", "never asked"),
    ("tls://", "", "3:7", "host with a port"),
    ("dns:", "", "3:7", "1 to 253 bytes"),
    ("dns://a.example/b.example", "", "3:7", "address of a name server"),
    ("dns:a.example?type=ANY", "", "3:7", "known: A, AAAA"),
    ("dns:a.example?class=IN", "", "3:7", "dns:example.com?type=MX"),
    ("dns://224.0.0.1/a.example", "", "3:7", "never asked"),
    ("heartbeat:backup", "token = \"aaaaaaaaaaaaaaaaaaaaaa\"\ninterval = \"1h\"", "3:7", "`heartbeat:` alone"),
    ("heartbeat:", "interval = \"1h\"", "1:1", "no `token`"),
    ("heartbeat:", "token = \"aaaaaaaaaaaaaaaaaaaaaa\"", "1:1", "no `interval`"),
    ("heartbeat:", "token = \"short\"\ninterval = \"1h\"", "4:9", "openssl rand"),
    ("heartbeat:", "token = \"aaaaaaaaaaaaaaaaaaaaaa\"\ninterval = \"41d\"", "5:12", "40 days"),
    (
        "heartbeat:",
        "token = \"aaaaaaaaaaaaaaaaaaaaaa\"\ninterval = \"1h\"\nmethod = \"GET\"",
        "6:10",
        "kind `heartbeat`",
    ),
    ("tcp://a.example:1", "token = \"x\"", "4:9", "no key of a monitor of the kind `tcp`"),
    ("http://a.example/", "method = \"get\"", "4:10", "not a method"),
    ("http://a.example/", "http = \"3\"", "4:8", "`1.1`, `2` or `auto`"),
    ("http://a.example/", "http = \"auto\"", "4:8", "needs https"),
    ("wss://a.example/", "http = \"2\"", "4:8", "kind `ws`"),
    ("grpc://a.example", "", "3:7", "no port"),
    ("http://a.example/", "proxy = \"https://b.example/\"", "4:9", "is not a proxy"),
    ("http://a.example/", "proxy = \"http://b.example:1/x\"", "4:9", "is not a proxy"),
    ("http://a.example/", "proxy = \"http://169.254.169.254:1\"", "4:9", "never asked"),
    ("http://a.example/", "proxy = \"http://b.example:1\"\nredirects = 2", "5:13", "cannot be had together"),
    ("http://a.example/", "proxy_auth = { user = \"u\", password = \"p\" }", "4:14", "no `proxy`"),
    ("wss://a.example/", "proxy = \"http://b.example:1\"", "4:9", "kind `ws`"),
    ("icmp://10.0.0.1:7", "", "3:7", "has a port"),
    ("icmp:10.0.0.1", "", "3:7", "not a host"),
    ("icmp://169.254.169.254", "", "3:7", "never asked"),
    ("icmp://10.0.0.1", "method = \"GET\"", "4:10", "no key of a monitor of the kind `icmp`"),
    ("grpc://a.example:1/a%20b", "", "3:7", "not the name of a gRPC service"),
    ("grpc://a.example:1/a?b", "", "3:7", "not the name of a gRPC service"),
    ("grpc://169.254.169.254:80/", "", "3:7", "never asked"),
    ("grpc://a.example:1", "method = \"GET\"", "4:10", "no key of a monitor of the kind `grpc`"),
    (
        "grpc://a.example:1",
        "expect = { status = [\"200\"] }",
        "4:21",
        "cannot be expected of a monitor of the kind `grpc`",
    ),
    ("grpc://a.example:1", "expect = { certificate_days = 3 }", "4:31", "needs grpcs"),
    ("http://a.example/", "client_cert = \"x\"", "4:15", "speak TLS"),
    ("https://a.example/", "client_cert = \"x\"", "1:1", "no `client_key`"),
    ("https://a.example/", "client_cert = \"x\"\nclient_key = \"y\"", "4:15", "no certificate in PEM form"),
    ("https://a.example/", "direct = \"https://A.example/up\"", "4:10", "same place as `url`"),
    ("https://a.example/", "direct = \"tcp://10.0.0.1:80\"", "4:10", "`https://` or `http://`"),
    ("https://a.example/", "direct = \"http://169.254.169.254/\"", "4:10", "169.254.169.254"),
    ("tcp://a.example:22", "direct = \"http://10.0.0.1/\"", "4:10", "no key of a monitor of the kind `tcp`"),
    ("http://a.example/", "headers = { \"Host\" = \"x\" }", "4:11", "header Host cannot be set"),
    ("http://a.example/", "headers = { \"a b\" = \"x\" }", "4:11", "name that HTTP does not allow"),
    ("http://a.example/", "headers = [\"a: b\"]", "4:11", "must be a table"),
    ("http://a.example/", "auth = { user = \"x\" }", "4:8", "password"),
    ("http://a.example/", "auth = { bearer = \"a b\" }", "4:19", "no spaces"),
    ("http://a.example/", "ip = \"4\"", "4:6", "ipv4"),
    ("http://a.example/", "resolver = \"dns.example\"", "4:12", "address of a name server"),
    ("http://a.example/", "evidence = \"all\"", "4:12", "write `headers` or `body`"),
    ("tcp://a.example:1", "evidence = \"body\"", "4:12", "is for monitors that ask by HTTP"),
    ("http://a.example/", "redirects = 11", "4:13", "from 0 to 10"),
    ("http://a.example/", "ca = \"x\"", "4:6", "speak TLS"),
    ("https://a.example/", "ca = \"x\"", "4:6", "no certificate in PEM form"),
    ("http://a.example/", "expect = { body = \"x\" }", "4:19", "must be a table"),
    ("http://a.example/", "expect = { body = { contains = [\"\"] } }", "4:33", "empty"),
    ("http://a.example/", "expect = { body = { matches = [\"(\"] } }", "4:32", "no regular expression"),
    ("http://a.example/", "expect = { certificate_days = 14 }", "4:31", "needs https"),
    ("https://a.example/", "expect = { certificate_days = 0 }", "4:31", "from 1 to 3650"),
    ("https://a.example/", "expect = { tls = \"1.1\" }", "4:18", "1.2"),
    ("http://a.example/", "expect = { banner = \"x\" }", "4:21", "kind `http`"),
    ("http://a.example/", "expect = { json = [{ path = \"$..a\", is = 1 }] }", "4:29", "path to one value"),
    ("http://a.example/", "expect = { json = [{ path = \"$.a\" }] }", "4:20", "exactly one of"),
    ("http://a.example/", "expect = { json = [{ path = \"$.a\", is = 1, at_most = 2 }] }", "4:20", "exactly one of"),
    ("http://a.example/", "expect = { json = [{ path = \"$.a\", at_most = \"2\" }] }", "4:46", "must be a number"),
    ("http://a.example/", "expect = { json = [{ path = \"$.a\", is = [1] }] }", "4:41", "string, a decimal number"),
    (
        "http://a.example/",
        "expect = { headers = [{ name = \"a b\", is = \"x\" }] }",
        "4:32",
        "not the name of a header",
    ),
    ("http://a.example/", "expect = { latency = \"0s\" }", "4:22", "some time"),
    ("dns:a.example", "expect = { rcode = \"YXDOMAIN\" }", "4:20", "known: NOERROR"),
    ("http://a.example/", "unstable = { changes = 1 }", "4:24", "from 2 to 50"),
    ("http://a.example/", "unstable = { within = \"0s\" }", "4:23", "too short"),
    ("http://a.example/", "unstable = { quiet = \"8d\" }", "4:22", "the most is `7d`"),
    ("http://a.example/", "unstable = { quite = \"1h\" }", "4:14", "did you mean `quiet`"),
    ("http://a.example/", "[self_check]\ncanaries = [\"heartbeat:\"]", "5:13", "cannot be asked"),
    ("http://a.example/", "[self_check]\ncanaries = [\"tcp://169.254.169.254:80\"]", "5:13", "never asked"),
    ("dns:a.example", "expect = { status = [\"200\"] }", "4:21", "kind `dns`"),
];

#[test]
fn each_wrong_key_is_told_with_its_place() {
    for (url, rest, place, words) in WRONG {
        let source = monitor(url, rest);
        let found = problems(&source);
        assert_eq!(found.len(), 1, "{source}\n{found:#?}");
        let expected = format!("{place}: ");
        assert!(
            found[0].starts_with(&expected) && found[0].contains(words),
            "{source}\nwant {place} {words}\n{found:#?}"
        );
    }
}

#[test]
fn evidence_holds_bodies_where_the_monitor_or_its_gateway_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("nginx.conf");
    std::fs::write(&main, "events {}\nhttp { server { listen 8080; server_name shop.example; } }\n").unwrap();
    let gateway = format!("[[gateways]]\nname = \"edge\"\nconfig = [\"{}\"]\n", main.display());
    let keeps = |url: &str, rest: &str| {
        let config = parsed(&format!("{}\n{gateway}", monitor(url, rest)), &[]).unwrap();
        let live = crate::state::Live::new(config, &[]).unwrap();
        match &live.checks()[0].target {
            Target::Http(ask) => ask.keeps_body,
            other => panic!("{other:?}"),
        }
    };
    assert!(keeps("https://shop.example/", ""), "a host of the gateway");
    assert!(keeps("http://127.0.0.1:8080/", "") && !keeps("http://127.0.0.1:8081/", ""));
    assert!(!keeps("https://shop.example/", "evidence = \"headers\""), "the monitor's own word holds");
    assert!(!keeps("https://other.example/", "") && keeps("https://other.example/", "evidence = \"body\""));
}

#[test]
fn instability_and_canaries_are_read() {
    let source = monitor("http://a.example/", "unstable = { changes = 9, quiet = \"2h\" }\n")
        + "[self_check]\ncanaries = [\"tcp://10.20.0.1:22\", \"dns://10.0.0.53/example.com\"]\n";
    let config = parsed(&source, &[]).unwrap();
    let unstable = config.monitors[0].unstable;
    assert_eq!(
        (unstable.changes, unstable.within, unstable.quiet),
        (9, Duration::from_hours(1), Duration::from_hours(2))
    );
    assert_eq!(config.self_check.canaries.len(), 2, "naming a place is leave to ask it");
    assert!(parsed("", &["http://a.example/"]).unwrap().self_check.canaries.is_empty());
}

#[test]
fn a_token_is_quoted_in_no_error() {
    let found = problems(&monitor("heartbeat:", "token = \"plain s3cret\"\ninterval = \"1h\""));
    assert!(!found[0].contains("s3cret"), "{found:?}");
}

#[test]
fn maintenance_is_read_with_its_place_in_errors() {
    let shop = monitor("https://shop.example.com/", "");
    let one = |rest: &str| {
        let head = "[[maintenance]]\nid = \"m\"\ntitle = \"Patches\"\nstart = \"2026-12-06T02:00\"\nlasts = \"2h\"\n";
        format!("{shop}\n{head}{rest}")
    };
    let config = parsed(&one("zone = \"Europe/Berlin\"\nrepeat = \"FREQ=WEEKLY;BYDAY=SU\"\nabout = \"Short.\""), &[]);
    let config = config.unwrap();
    let patches = &config.maintenances[0];
    assert_eq!((patches.id.as_str(), patches.about.as_deref()), ("m", Some("Short.")));
    assert_eq!(patches.monitors.len(), 1, "everything where nothing is named");
    let window = patches.plan.next(crate::clock::parse_rfc3339("2026-12-01T00:00:00Z").unwrap()).unwrap();
    assert_eq!(crate::clock::rfc3339(window.from), "2026-12-06T01:00:00.000Z");
    assert_eq!(window.until.since(window.from), 7_200_000);
    let by_component = parsed(&one("components = [\"a\"]"), &[]).unwrap();
    assert_eq!(by_component.maintenances[0].monitors.len(), 1);
    for (rest, place, words) in [
        ("monitors = [\"b\"]", "10:13", "no monitor with the id `b`"),
        ("components = [\"b\"]", "10:15", "no component with the id `b`"),
        ("zone = \"Mars/Base\"", "10:8", "not a time zone"),
        ("repeat = \"FREQ=HOURLY\"", "10:10", "HOURLY"),
        ("repeat = \"every sunday\"", "10:10", "not a rule"),
        ("until = \"x\"", "10:1", "unknown key `until`"),
    ] {
        let found = problems(&one(rest));
        assert!(
            found.len() == 1 && found[0].starts_with(&format!("{place}: ")) && found[0].contains(words),
            "{rest}: {found:#?}"
        );
    }
    let bare = problems(&format!("{shop}\n[[maintenance]]\nid = \"m\""));
    assert_eq!(bare.len(), 3, "{bare:#?}");
    let long = problems(&one("").replace("\"2h\"", "\"8d\""));
    assert!(long.len() == 1 && long[0].contains("the most is `7d`"), "{long:#?}");
    let start = problems(&one("").replace("2026-12-06T02:00", "sunday"));
    assert!(start.len() == 1 && start[0].starts_with("8:9: "), "{start:#?}");
}

#[test]
fn dependencies_name_other_monitors_and_go_in_no_circle() {
    let of = |id: &str, parents: &str| {
        format!("[[monitors]]\nid = \"{id}\"\nurl = \"http://{id}.example/\"\ndepends_on = [{parents}]\n")
    };
    let fine = parsed(&(of("a", "\"b\"") + &of("b", "")), &[]).unwrap();
    assert_eq!(fine.monitors[0].depends_on, ["b".parse().unwrap()]);
    for (source, places, words) in [
        (of("a", "\"x\""), &["4:15"][..], "no monitor with the id `x`"),
        (of("a", "\"a\""), &["4:15"], "depend on each other"),
        (of("a", "\"b\"") + &of("b", "\"c\"") + &of("c", "\"a\""), &["4:15", "8:15", "12:15"], "depend on each other"),
        (of("a", "\"B!\""), &["4:15"], "not an id"),
    ] {
        let found = problems(&source);
        assert_eq!(found.len(), places.len(), "{source}\n{found:#?}");
        for (found, place) in found.iter().zip(places) {
            assert!(found.starts_with(&format!("{place}: ")) && found.contains(words), "{source}\n{found}");
        }
    }
}
