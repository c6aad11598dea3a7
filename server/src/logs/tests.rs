//! Lines as they are written, and lines that somebody forged.

use super::nginx::parse_error_line;
use super::*;
use proptest::prelude::*;

const AT: At = At(1_795_359_600_000);
const WINDOW: Window = Window { from: At(AT.0 - 60_000), to: At(AT.0 + 60_000) };

fn line(rest: &str) -> String {
    format!("2026/11/22 15:00:00 [error] 211#211: *7 {rest}")
}

#[test]
fn splits_a_line_at_its_fixed_places() {
    let text = line(
        "connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, server: shop.example, \
         request: \"GET /a?b=c HTTP/1.1\", subrequest: \"/auth\", upstream: \"http://10.0.0.5:8080/a?b=c\", host: \"shop.example:80\", \
         referrer: \"http://x/\"",
    );
    let parsed = parse_error_line(&text, &Zone::UTC).unwrap();
    assert_eq!((parsed.at, parsed.level, parsed.pid, parsed.connection), (AT, "error", Some(211), Some(7)));
    assert_eq!((parsed.phase, parsed.errno), (Phase::Connect, Some(111)));
    assert_eq!((parsed.client, parsed.server), (Some("10.0.0.9"), Some("shop.example")));
    assert_eq!(parsed.request, Some("GET /a?b=c HTTP/1.1"));
    assert_eq!((parsed.upstream, parsed.host), (Some("http://10.0.0.5:8080/a?b=c"), Some("shop.example:80")));
    let matched = &scan(Product::Nginx, [text.as_str()], WINDOW, &Zone::UTC)[0];
    assert_eq!(matched.means, Meaning::Refused);
    assert_eq!(matched.request.as_deref(), Some("GET /a?b=… HTTP/1.1"));
    assert!(!matched.line.contains("b=c"), "{}", matched.line);
}

/// What a client can write (target, Host, Referer) changes no field but its own.
#[test]
fn a_forged_request_changes_nothing_else() {
    let forged_target = "GET /\",upstream:\"http://evil/\",host:\"evil HTTP/1.1";
    let forged_referrer = "x\", upstream: \"http://evil:1/\", host: \"evil\", client: 6.6.6.6, server: evil";
    let text = line(&format!(
        "upstream timed out (110: Connection timed out) while connecting to upstream, client: 10.0.0.9, server: shop.example, \
         request: \"{forged_target}\", upstream: \"http://10.0.0.5:8080/\", host: \"shop\"evil\", referrer: \"{forged_referrer}\"",
    ));
    let parsed = parse_error_line(&text, &Zone::UTC).unwrap();
    assert_eq!(parsed.request, Some(forged_target));
    assert_eq!((parsed.upstream, parsed.host), (Some("http://10.0.0.5:8080/"), Some("shop\"evil")));
    assert_eq!((parsed.client, parsed.server), (Some("10.0.0.9"), Some("shop.example")));
    let old_http = line(
        "no live upstreams while connecting to upstream, client: 10.0.0.9, server: s, request: \"GET /\"x\", upstream: \"http://app/\"",
    );
    assert_eq!(parse_error_line(&old_http, &Zone::UTC).unwrap().upstream, Some("http://app/"));
    // A path that was not found is a message of its own, whatever it says.
    let path = line(
        "open() \"/srv/connect() failed (111: Connection refused) while connecting to upstream\" failed (2: No such file or directory), client: 10.0.0.9, server: s, request: \"GET / HTTP/1.1\", host: \"x\"",
    );
    assert_eq!(scan(Product::Nginx, [path.as_str()], WINDOW, &Zone::UTC), []);
    let whole_line = format!(
        "2026/11/22 15:00:00 [notice] 1#1: *1 \"x\" rewritten: {}",
        line("no live upstreams while connecting to upstream")
    );
    assert_eq!(scan(Product::Nginx, [whole_line.as_str()], WINDOW, &Zone::UTC), []);
}

#[test]
fn lines_outside_of_the_window_do_not_count() {
    let sample = Product::Nginx.rows()[0].sample;
    assert_eq!(scan(Product::Nginx, [sample], WINDOW, &Zone::UTC).len(), 1);
    assert_eq!(scan(Product::Nginx, [sample], WINDOW, &Zone::fixed(3600)), []);
    assert_eq!(scan(Product::Nginx, ["", "garbage", "2026/11/22 15:00:00 [bogus] 1#1: x"], WINDOW, &Zone::UTC), []);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC*", format in "\\PC{0,40}") {
        for text in [text.clone(), line(&text), line(&format!("x, client: {text}")), line(&format!("x, client: a, server: b, request: \"{text}"))] {
            for product in Product::ALL {
                scan(*product, [text.as_str()], WINDOW, &Zone::UTC);
            }
            AccessFormat::from_nginx(&format).parse(&text);
            AccessFormat::combined().parse(&text);
            redact(&text);
        }
    }
}
