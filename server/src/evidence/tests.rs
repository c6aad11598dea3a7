//! From real listeners to what is kept.

use super::*;
use crate::net::mischief::{Mischief, Move, closed_port};
use crate::netguard::{NetRules, Netguard};
use crate::probe::{Attempted, Check, Expect, HttpAsk, attempt};
use app::model::FaultKind;
use std::time::Duration;

async fn attempted(url: &str, keeps_body: bool) -> (Attempted, Target) {
    let target = Target::Http(Box::new(HttpAsk { keeps_body, ..HttpAsk::get(url.parse().unwrap()) }));
    let check = Check {
        monitor: "shop".parse().unwrap(),
        target: target.clone(),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(5),
        direct: None,
        expect: Expect::http(),
        authorities: Vec::new(),
        identity: None,
    };
    let guard = Netguard::for_server(&NetRules::default()).unwrap().with_leave(target.places());
    (attempt(&guard, &check).await, target)
}

fn kept(attempted: Attempted, target: &Target) -> NewEvidence {
    let Attempted { sample, seen, traces } = attempted;
    let gathered = gather(false, &sample, target, traces, seen.as_deref());
    assert!(gathered.is_some(), "a failing probe is evidence");
    record(Kept { monitor: "shop".parse().unwrap(), state: State::Outage, proof: Proof { sample, gathered } })
}

fn bad_gateway(id: &str, body: &str) -> Vec<Move> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 502 Bad \u{202e}Gateway\r\nServer: nginx/1.22.1\r\nX-Request-Id: {id}\r\nSet-Cookie: sid=hunter2; Path=/\r\n\
         X-Api-Key: hunter2\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    vec![Move::Send(head.into_bytes())]
}

#[tokio::test]
async fn a_failing_answer_is_kept_clean_and_without_secrets() {
    let body = format!("<h1>\u{1b}[2J502\u{202e}</h1>\r\npassword=hunter2 ada@example.com\n{}", "word ".repeat(1_000));
    let peer = Mischief::start(bad_gateway("8a3f2c9d", &body)).await;
    let (attempted, target) = attempted(&peer.url("/"), true).await;
    let new = kept(attempted, &target);
    let evidence = &new.evidence;
    assert_eq!((evidence.class, evidence.status), (Class::Down, Some(502)));
    assert_eq!(evidence.asked.as_deref(), Some(peer.address().to_string().as_str()));
    assert_eq!(evidence.resolved, Vec::<String>::new(), "an address is looked up nowhere");
    assert!(evidence.phases.connect.is_some() && evidence.phases.first_byte.is_some());
    let answer = evidence.answer.as_ref().unwrap();
    assert_eq!((answer.version.as_str(), answer.reason.as_str()), ("HTTP/1.1", "Bad \u{fffd}Gateway"));
    let names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Server", "X-Request-Id", "Set-Cookie", "Content-Type", "Content-Length"]);
    let text = answer.body.as_deref().unwrap();
    assert!(text.starts_with("<h1>\u{fffd}[2J502\u{fffd}</h1>\npassword=… …\nword word"), "{text}");
    assert!(answer.cut && text.len() <= MAX_BODY && answer.body_bytes == body.len() as u64);
    let whole = serde_json::to_string(evidence).unwrap();
    assert!(!whole.contains("hunter2") && !whole.contains("example.com") && whole.len() < 16_384, "{whole}");
}

#[tokio::test]
async fn the_same_again_has_the_same_mark_and_another_fault_has_not() {
    let mark = async |id: &str, body: &str| {
        let peer = Mischief::start(bad_gateway(id, body)).await;
        let (attempted, target) = attempted(&peer.url("/"), true).await;
        let mut new = kept(attempted, &target);
        // Each listener of this test has a port of its own.
        new.evidence.asked = None;
        super::mark::of(&new.evidence)
    };
    let first = mark("8a3f2c9d", "<p>Ray 8a3f2c9d at 12:01</p>").await;
    assert_eq!(first, mark("77c0ffee1", "<p>Ray 77c0ffee1 at 13:47</p>").await);
    assert_ne!(first, mark("8a3f2c9d", "<p>No server is available</p>").await);
}

#[tokio::test]
async fn without_leave_no_body_is_kept_and_without_an_answer_there_is_the_fault() {
    let peer = Mischief::start(bad_gateway("a1", "<h1>502</h1>")).await;
    let (attempted_one, target) = attempted(&peer.url("/"), false).await;
    let answer = kept(attempted_one, &target).evidence.answer.unwrap();
    assert_eq!((answer.body, answer.body_bytes, answer.cut), (None, 12, false));
    let (refused, target) = attempted(&format!("http://{}/", closed_port().await), true).await;
    let evidence = kept(refused, &target).evidence;
    assert_eq!(evidence.fault.unwrap().kind, FaultKind::Refused);
    assert!(evidence.answer.is_none() && evidence.asked.is_some());
}

#[tokio::test]
async fn what_a_name_led_to_is_kept() {
    let peer = Mischief::start(bad_gateway("a1", "")).await;
    let (attempted, target) = attempted(&format!("http://localhost:{}/", peer.address().port()), false).await;
    let evidence = kept(attempted, &target).evidence;
    assert!(evidence.resolved.iter().any(|address| address == "127.0.0.1"), "{evidence:?}");
    assert!(evidence.phases.dns.is_some());
}

#[tokio::test]
async fn nothing_is_gathered_while_all_is_well() {
    let peer = Mischief::start(crate::net::mischief::status(200)).await;
    let (Attempted { sample, traces, .. }, target) = attempted(&peer.url("/"), true).await;
    assert_eq!(gather(false, &sample, &target, traces.clone(), None), None);
    assert!(gather(true, &sample, &target, traces, None).is_some(), "but the first good answer after a failure");
}

#[test]
fn a_compressed_body_and_bytes_are_not_shown() {
    let heard = |headers: Vec<(String, String)>, body: &'static [u8]| Heard {
        version: "HTTP/1.1".to_owned(),
        reason: String::new(),
        headers,
        body_bytes: body.len() as u64,
        body: Some(Bytes::from_static(body)),
    };
    let coded = vec![("Content-Encoding".to_owned(), "gzip".to_owned())];
    assert_eq!(readable_answer(heard(coded, b"abc")).body.as_deref(), Some("(compressed, not kept)"));
    assert_eq!(readable_answer(heard(Vec::new(), &[0, 1, 2, 3])).body.as_deref(), Some("(no text)"));
}
