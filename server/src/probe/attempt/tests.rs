//! Each kind of probe against real listeners on loopback.

use super::super::expect::{HeaderRule, Pattern, TextRule, TlsVersion, Wanted};
use super::super::{Expect, Family, HttpAsk, Question};
use super::*;
use crate::dns::Record;
use crate::net::mischief::{Certificate, Mischief, Move, answer, closed_port, status};
use crate::netguard::NetRules;
use base64::Engine as _;
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, MX, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record as Resource, RecordType};
use sha1::{Digest, Sha1};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;
use url::Url;

mod frames;
mod hostile;
mod pair;
mod shown;

fn check(target: Target, expect: Expect) -> Check {
    Check {
        monitor: "shop".parse().unwrap(),
        target,
        interval: Duration::from_secs(30),
        timeout: Duration::from_millis(1_500),
        expect,
        authorities: Vec::new(),
        direct: None,
        identity: None,
    }
}

async fn probe(check: &Check) -> Attempted {
    let guard = Netguard::for_server(&NetRules::default()).unwrap().with_leave(check.places());
    attempt(&guard, check).await
}

/// Class, kind of fault and what is said of it.
async fn told(target: Target, expect: Expect) -> (Class, Option<FaultKind>, String) {
    let sample = probe(&check(target, expect)).await.sample;
    let (kind, detail) = sample.fault.map_or((None, String::new()), |fault| (Some(fault.kind), fault.detail));
    (sample.class, kind, detail)
}

fn url(address: SocketAddr) -> Url {
    format!("http://{address}/").parse().unwrap()
}

fn contains(text: &str) -> TextRule {
    TextRule::Contains(Wanted::new(text, false))
}

#[tokio::test]
async fn a_host_answers_echo_requests() {
    for host in ["127.0.0.1", "[::1]"] {
        let url: Url = format!("http://{host}:7/").parse().unwrap();
        let attempted = probe(&check(Target::Ping(url), Expect::http())).await;
        let sample = attempted.sample;
        assert_eq!((sample.class, &sample.fault), (Class::Up, &None), "{host}");
        assert_eq!(attempted.traces.asked.as_deref(), Some(host.trim_matches(['[', ']'])));
        assert!(sample.phases.first_byte.is_some() && sample.phases.dns.is_none(), "{host}");
    }
    let forbidden = Target::Ping("http://127.0.0.2:7/".parse().unwrap());
    let guard = Netguard::for_server(&NetRules::default()).unwrap();
    assert_eq!(attempt(&guard, &check(forbidden, Expect::http())).await.sample.class, Class::Blocked);
}

#[tokio::test]
async fn tcp_connects_and_hears_a_greeting() {
    let greeting = |text: &str| vec![Move::Send(text.as_bytes().to_vec()), Move::Hang];
    let ssh = Mischief::start(greeting("SSH-2.0-OpenSSH_9.2\r\n")).await;
    let wants = |text| Expect { banner: vec![contains(text)], ..Expect::default() };
    let good = probe(&check(Target::Tcp(url(ssh.address())), wants("SSH-2.0"))).await;
    assert_eq!((good.sample.class, good.sample.fault), (Class::Up, None));
    assert!(good.sample.phases.connect.is_some() && good.sample.phases.first_byte.is_some());
    assert_eq!(good.seen.as_deref(), Some("it says “SSH-2.0-OpenSSH_9.2”"));
    let (class, kind, detail) = told(Target::Tcp(url(ssh.address())), wants("220 ")).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::Body)));
    assert_eq!(detail, "wanted a greeting with “220”, found “SSH-2.0-OpenSSH_9.2” without it");
    let split = Mischief::start(vec![
        Move::Send(b"22".to_vec()),
        Move::Pause(Duration::from_millis(100)),
        Move::Send(b"0 mail ready\r\n".to_vec()),
        Move::Hang,
    ]);
    let split = split.await;
    assert_eq!(told(Target::Tcp(url(split.address())), wants("220 ")).await.0, Class::Up, "in two pieces");
    let mute = Mischief::start(vec![Move::Hang]).await;
    assert_eq!(told(Target::Tcp(url(mute.address())), Expect::default()).await.0, Class::Up, "connecting is enough");
    let (class, kind, _) = told(Target::Tcp(url(mute.address())), wants("220 ")).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::ReadTimeout)));
    let endless = Mischief::start(vec![Move::Forever(vec![b'x'; 4096])]).await;
    let (class, kind, detail) = told(Target::Tcp(url(endless.address())), wants("220 ")).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::Body)));
    assert!(detail.len() <= MAX_DETAIL, "{detail}");
    let (class, kind, _) = told(Target::Tcp(url(closed_port().await)), Expect::default()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::Refused)));
}

fn tls_url(upstream: &Mischief) -> Target {
    Target::Tls(upstream.url("/").parse().unwrap())
}

#[tokio::test]
async fn tls_is_judged_by_chain_days_and_version() {
    let upstream = Mischief::start_tls(Certificate::Good, vec![Move::Hang]).await;
    let mut one = check(tls_url(&upstream), Expect { tls: Some(TlsVersion::V1_3), ..Expect::default() });
    one.authorities = upstream.root().into_iter().collect();
    let good = probe(&one).await;
    assert_eq!((good.sample.class, good.sample.fault), (Class::Up, None));
    let seen = good.seen.unwrap();
    assert!(seen.starts_with("TLSv1.3, ") && seen.contains("CN=mischief by CN=Mischief authority"), "{seen}");
    assert!(seen.contains("days left), sent as a chain of 1 certificate"), "{seen}");
    // The test's certificate ends in the year 4096.
    one.expect.certificate_days = Some(u32::MAX);
    let ending = probe(&one).await.sample;
    let fault = ending.fault.unwrap();
    assert_eq!((ending.class, fault.kind), (Class::Degraded, FaultKind::Certificate));
    assert!(fault.detail.starts_with("wanted a certificate with at least 4294967295 days left, found "), "{fault:?}");
    one.authorities.clear();
    let stranger = probe(&one).await;
    let fault = stranger.sample.fault.unwrap();
    assert_eq!((stranger.sample.class, fault.kind), (Class::Down, FaultKind::Certificate));
    assert!(stranger.seen.is_some(), "its facts are known also where it is refused");
    let plain = Mischief::start(status(400)).await;
    let not_tls = Target::Tls(format!("https://{}/", plain.address()).parse().unwrap());
    let (class, kind, _) = told(not_tls, Expect::default()).await;
    assert_eq!(class, Class::Down);
    assert!(matches!(kind, Some(FaultKind::TlsHandshake | FaultKind::ReadTimeout)), "{kind:?}");
    let expired = Mischief::start_tls(Certificate::Expired, vec![Move::Hang]).await;
    let mut one = check(tls_url(&expired), Expect::default());
    one.authorities = expired.root().into_iter().collect();
    assert_eq!(probe(&one).await.sample.fault.unwrap().detail, "the certificate has expired");
}

/// A name server whose answers depend on the name's first label.
#[expect(clippy::disallowed_methods, reason = "the test's own name server listens here")]
async fn name_server() -> (SocketAddr, JoinSet<()>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
            if let Some(answer) = reply(&buffer[..length]) {
                socket.send_to(&answer, peer).await.unwrap();
            }
        }
    });
    (address, tasks)
}

fn reply(asked: &[u8]) -> Option<Vec<u8>> {
    let asked = Message::from_vec(asked).unwrap();
    let query = asked.queries[0].clone();
    let (name, kind) = (query.name().clone(), query.query_type());
    let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
    answer.add_query(query);
    let text = |text: &str| RData::TXT(TXT::new(vec![text.to_owned()]));
    match (name.to_utf8().split('.').next()?, kind) {
        ("absent", _) => answer.metadata.response_code = ResponseCode::NXDomain,
        ("failing", _) => answer.metadata.response_code = ResponseCode::ServFail,
        ("silent", _) => return None,
        ("here", RecordType::A) => {
            answer.add_answer(Resource::from_rdata(name, 60, RData::A(A::new(127, 0, 0, 1))));
        }
        (_, RecordType::A) => {
            answer.add_answer(Resource::from_rdata(name.clone(), 60, RData::A(A::new(192, 0, 2, 1))));
            answer.add_answer(Resource::from_rdata(name, 30, RData::A(A::new(192, 0, 2, 2))));
        }
        (_, RecordType::MX) => {
            let exchange = Name::from_ascii("mail.test.").unwrap();
            answer.add_answer(Resource::from_rdata(name, 60, RData::MX(MX::new(10, exchange))));
        }
        (_, RecordType::TXT) => {
            answer.add_answer(Resource::from_rdata(name, 60, text("v=spf1 \u{1b}[31m-all")));
        }
        _ => {}
    }
    answer.to_vec().ok()
}

#[tokio::test]
async fn dns_is_judged_by_code_and_records() {
    let (server, _tasks) = name_server().await;
    let ask = |name: &str, record| Target::Dns(Question { name: name.parse().unwrap(), record, server: Some(server) });
    let answer = |wanted: &str| Expect { answer: vec![wanted.to_owned()], ..Expect::default() };
    let good = probe(&check(ask("app.test", Record::A), answer("192.0.2.2"))).await;
    assert_eq!((good.sample.class, good.sample.fault), (Class::Up, None));
    assert!(good.sample.phases.dns.is_some());
    assert_eq!(good.seen.unwrap(), format!("A “192.0.2.1, 192.0.2.2” from {server}, for 30 s"));
    let (class, kind, detail) = told(ask("app.test", Record::A), answer("192.0.2.9")).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::Body)));
    assert_eq!(detail, "wanted the record 192.0.2.9, found “192.0.2.1, 192.0.2.2”");
    assert_eq!(told(ask("app.test", Record::Mx), answer("10 mail.test")).await.0, Class::Up);
    let text = probe(&check(ask("app.test", Record::Txt), Expect::default())).await.seen.unwrap();
    assert!(text.contains("v=spf1") && !text.chars().any(char::is_control), "{text}");
    let (class, kind, _) = told(ask("absent.test", Record::A), Expect::default()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::NameNotFound)));
    let nxdomain = || Expect { rcode: Some("NXDOMAIN".to_owned()), ..Expect::default() };
    assert_eq!(told(ask("absent.test", Record::A), nxdomain()).await.0, Class::Up, "absence can be what is wanted");
    let found = told(ask("app.test", Record::A), nxdomain()).await.2;
    assert_eq!(found, format!("wanted NXDOMAIN from {server}, found NOERROR"));
    let (class, kind, detail) = told(ask("app.test", Record::Srv), Expect::default()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::NameNotFound)));
    assert!(detail.ends_with("the name has no SRV record"), "{detail}");
    let (class, kind, detail) = told(ask("failing.test", Record::A), Expect::default()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::NameServerSilent)));
    assert!(detail.ends_with("the server failed (SERVFAIL)"), "{detail}");
    let (class, kind, _) = told(ask("silent.test", Record::A), Expect::default()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::NameServerSilent)), "its own server is what is watched");
}

fn http(upstream: &Mischief, change: impl FnOnce(&mut HttpAsk)) -> Target {
    let mut ask = HttpAsk::get(upstream.url("/in").parse().unwrap());
    change(&mut ask);
    Target::Http(Box::new(ask))
}

#[tokio::test]
async fn a_request_carries_what_the_monitor_says() {
    let upstream = Mischief::start(status(200)).await;
    let target = http(&upstream, |ask| {
        ask.method = "POST".to_owned();
        ask.headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        ask.authorization = Some("Bearer s3cret".to_owned());
        ask.body = bytes::Bytes::from_static(b"{\"a\":1}");
    });
    assert!(!format!("{target:?}").contains("s3cret"));
    assert_eq!(told(target, Expect::http()).await.0, Class::Up);
    let head = String::from_utf8(upstream.requests()[0].clone()).unwrap();
    assert!(head.starts_with("POST /in HTTP/1.1\r\n"), "{head}");
    for line in ["Content-Type: application/json", "Authorization: Bearer s3cret", "Content-Length: 7"] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{line}: {head}");
    }
}

#[tokio::test]
async fn content_is_judged_after_the_status() {
    let body = "{\"status\": \"degraded\"}";
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let upstream = Mischief::start(answer(reply)).await;
    let with = |change: fn(&mut Expect)| {
        let mut expect = Expect::http();
        change(&mut expect);
        told(http(&upstream, |_| {}), expect)
    };
    assert_eq!(with(|expect| expect.body = vec![contains("status")]).await.0, Class::Up);
    let (class, kind, detail) = with(|expect| expect.body = vec![contains("ok")]).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::Body)));
    assert_eq!(detail, "wanted a body with “ok”, found 22 bytes without it");
    let matched = with(|expect| expect.body = vec![TextRule::Matches(Pattern::new("(?i)STATUS", false).unwrap())]);
    assert_eq!(matched.await.0, Class::Up);
    let told = with(|expect| {
        let rule = Some(contains("json"));
        expect.headers = vec![HeaderRule { name: "content-type".to_owned(), rule }];
    });
    assert_eq!(told.await.2, "wanted a header content-type with “json”, found “text/html” without it");
    let told = with(|expect| {
        let compare =
            crate::probe::expect::json::Compare::Is(crate::probe::expect::json::Scalar::Text(Wanted::new("ok", false)));
        expect.json = vec![crate::probe::expect::json::JsonRule { path: "$.status".parse().unwrap(), compare }];
    });
    assert_eq!(told.await.2, "wanted $.status to be “ok”, found “degraded”");
    let told = with(|expect| expect.latency = Some(Duration::from_nanos(1)));
    assert_eq!(told.await, (Class::Degraded, None, String::new()));
}

fn redirect(to: &str) -> Vec<Move> {
    answer(format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
}

#[tokio::test]
async fn redirects_are_followed_as_far_as_allowed_and_credentials_stay() {
    let end = Mischief::start(answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone")).await;
    let start = Mischief::start(redirect(&end.url("/end"))).await;
    let ask = |redirects| {
        http(&start, |ask| {
            ask.redirects = redirects;
            ask.authorization = Some("Bearer s3cret".to_owned());
        })
    };
    assert_eq!(told(ask(0), Expect::http()).await.0, Class::Up, "a redirect is an answer by default");
    assert_eq!(end.requests().len(), 0);
    // The second place is on loopback, where only what the file names may be asked.
    let (class, kind, detail) = told(ask(1), Expect::http()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::Status)), "{detail}");
    assert!(detail.contains("the redirect is not followed") && end.requests().is_empty(), "{detail}");
    let mut one = check(ask(1), Expect { status: vec![200..=200], ..Expect::http() });
    one.expect.body = vec![contains("done")];
    let guard = Netguard::for_server(&NetRules::default()).unwrap().with_leave(one.target.places());
    let guard = guard.with_leave(crate::netguard::Place::of(&end.url("/").parse().unwrap()));
    let sample = attempt(&guard, &one).await.sample;
    assert_eq!((sample.class, sample.fault), (Class::Up, None));
    let head = String::from_utf8(end.requests()[0].clone()).unwrap();
    assert!(head.starts_with("GET /end ") && !head.contains("s3cret"), "{head}");
    let circle = Mischief::start(Vec::new()).await;
    circle.change(redirect(&circle.url("/in")));
    let (class, _, detail) = told(http(&circle, |ask| ask.redirects = 5), Expect::http()).await;
    assert_eq!(class, Class::Down);
    assert!(detail.contains("circle"), "{detail}");
}

#[tokio::test]
async fn a_monitor_may_have_its_own_resolver_and_family() {
    let (server, _tasks) = name_server().await;
    let upstream = Mischief::start(status(200)).await;
    let named = |family| {
        let url = format!("http://here.test:{}/", upstream.address().port()).parse().unwrap();
        Target::Http(Box::new(HttpAsk { resolver: Some(server), family, ..HttpAsk::get(url) }))
    };
    let good = probe(&check(named(Some(Family::V4)), Expect::http())).await.sample;
    assert_eq!((good.class, good.fault), (Class::Up, None));
    assert!(good.phases.dns.is_some());
    let (class, kind, detail) = told(named(Some(Family::V6)), Expect::http()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::NameNotFound)));
    assert_eq!(detail, "the name has no IPv6 address, and the monitor wants one");
}

#[tokio::test]
async fn a_websocket_is_opened_by_its_proof() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
            let proof = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes());
            let proof = base64::engine::general_purpose::STANDARD.encode(proof);
            let upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
            let reply = format!("{upgrade}Sec-WebSocket-Accept: {proof}\r\n\r\n");
            stream.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    let socket = |address| Target::WebSocket(Box::new(HttpAsk::get(url(address))));
    let good = probe(&check(socket(address), Expect::default())).await.sample;
    assert_eq!((good.class, good.status, good.fault), (Class::Up, Some(101), None));
    let web = Mischief::start(status(200)).await;
    let (class, kind, detail) = told(socket(web.address()), Expect::default()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::Status)));
    assert_eq!(detail, "wanted status 101, which opens a WebSocket, found 200");
    let upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: bm8=\r\n\r\n";
    let liar = Mischief::start(answer(upgrade)).await;
    let (class, kind, _) = told(socket(liar.address()), Expect::default()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::BadHttp)));
}
