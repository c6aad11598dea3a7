//! Each way in which an upstream misbehaves, and the one fault that it must be called; over real sockets.

use super::mischief::{Certificate, Mischief, Move, answer, closed_port, status};
use super::*;
use std::path::PathBuf;
use std::time::Duration;

/// What an exchange must end with.
#[derive(Debug, PartialEq)]
enum End {
    Fault(FaultKind, During),
    Flaw(HttpFlaw),
    Answer(u16, BodyEnd),
}

fn end(exchange: &Exchange) -> End {
    match &exchange.result {
        Ok(answer) => End::Answer(answer.status, answer.end),
        Err(NetFault { flaw: Some(flaw), .. }) => End::Flaw(*flaw),
        Err(fault) => End::Fault(fault.kind, fault.during),
    }
}

/// Short limits, so that a test of a silent peer ends soon.
fn request(url: &str) -> Request {
    let mut request = Request::get(url.parse().unwrap());
    let limits = &mut request.limits;
    limits.first_byte = Duration::from_secs(1);
    limits.tls = Duration::from_secs(1);
    limits.connect = Duration::from_secs(1);
    limits.total = Duration::from_millis(2_500);
    limits.body_bytes = 64 * 1024;
    limits.head_bytes = 16 * 1024;
    request.keep_body = 16;
    request
}

async fn ask(moves: Vec<Move>) -> Exchange {
    let upstream = Mischief::start(moves).await;
    exchange(&Netguard::for_terminal(), &request(&upstream.url("/"))).await
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n";

fn with_headers(headers: &str, body: &[u8]) -> Vec<Move> {
    answer([HEAD, headers.as_bytes(), b"\r\n", body].concat())
}

/// Runs the whole table at once: most rows wait for a time-out.
async fn hold(table: Vec<(&'static str, Vec<Move>, End)>) {
    let rows = table.into_iter().map(|(name, moves, expected)| async move {
        let exchange = ask(moves).await;
        let in_time = exchange.total < Duration::from_millis(3_500);
        (end(&exchange) != expected || !in_time).then(|| format!("{name}: {expected:?}, not {exchange:?}"))
    });
    let wrong: Vec<String> = futures_util::future::join_all(rows).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn connections_that_break_are_told_apart() {
    let half_head = [HEAD, b"Server: x"].concat();
    hold(vec![
        ("accepts and hangs", vec![Move::Hang], End::Fault(FaultKind::ReadTimeout, During::Wait)),
        ("resets", vec![Move::ReadHead, Move::Reset], End::Fault(FaultKind::Reset, During::Wait)),
        ("closes", vec![Move::ReadHead], End::Fault(FaultKind::ClosedEarly, During::Wait)),
        ("closes mid head", answer(&half_head), End::Fault(FaultKind::ClosedEarly, During::Head)),
        (
            "resets mid head",
            vec![Move::ReadHead, Move::Send(half_head.clone()), Move::Pause(Duration::from_millis(50)), Move::Reset],
            End::Fault(FaultKind::Reset, During::Head),
        ),
        (
            "hangs mid head",
            vec![Move::ReadHead, Move::Send(half_head), Move::Hang],
            End::Fault(FaultKind::ReadTimeout, During::Head),
        ),
        (
            "byte by byte for ever",
            vec![Move::ReadHead, Move::Drip(HEAD.repeat(99), Duration::from_millis(20))],
            End::Flaw(HttpFlaw::Header),
        ),
    ])
    .await;
}

#[tokio::test]
async fn answers_that_break_the_rules_are_named() {
    hold(vec![
        (
            "an SSH banner at once",
            vec![Move::Send(b"SSH-2.0-x\r\n".to_vec()), Move::Hang],
            End::Flaw(HttpFlaw::NotHttp),
        ),
        ("a bare body", answer("<html>hi</html>"), End::Flaw(HttpFlaw::NotHttp)),
        ("a TLS alert", answer(b"\x15\x03\x01\x00\x02\x02\x46"), End::Flaw(HttpFlaw::LooksLikeTls)),
        ("HTTP/2 settings", answer(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00"), End::Flaw(HttpFlaw::LooksLikeHttp2)),
        ("a bad status", answer("HTTP/1.1 20O OK\r\n\r\n"), End::Flaw(HttpFlaw::StatusLine)),
        ("bare line feeds", answer("HTTP/1.1 200 OK\n\n"), End::Flaw(HttpFlaw::StatusLine)),
        ("a space before the colon", with_headers("A : b\r\n", b""), End::Flaw(HttpFlaw::Header)),
        (
            "a huge header",
            with_headers(&format!("A: {}\r\n", "b".repeat(20_000)), b""),
            End::Flaw(HttpFlaw::HeadTooLarge),
        ),
        (
            "endless headers",
            vec![Move::ReadHead, Move::Send(HEAD.to_vec()), Move::Forever(b"A: b\r\n".to_vec())],
            End::Flaw(HttpFlaw::TooManyHeaders),
        ),
        (
            "an endless header line",
            vec![Move::ReadHead, Move::Send(HEAD.to_vec()), Move::Forever(b"AAAAAAAA".to_vec())],
            End::Flaw(HttpFlaw::HeadTooLarge),
        ),
        (
            "endless interim answers",
            vec![Move::ReadHead, Move::Forever(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())],
            End::Flaw(HttpFlaw::TooManyInterim),
        ),
        ("two lengths", with_headers("Content-Length: 1\r\nContent-Length: 2\r\n", b"ab"), End::Flaw(HttpFlaw::Length)),
        (
            "a length and chunks",
            with_headers("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
            End::Flaw(HttpFlaw::Length),
        ),
    ])
    .await;
}

#[tokio::test]
async fn bodies_end_as_they_end() {
    let chunked = "Transfer-Encoding: chunked\r\n";
    let then = |start: Vec<Move>, more: Move| start.into_iter().chain([more]).collect::<Vec<_>>();
    hold(vec![
        ("as announced", status(200), End::Answer(200, BodyEnd::Complete)),
        ("an error page", status(502), End::Answer(502, BodyEnd::Complete)),
        ("until it closes", with_headers("", b"hello"), End::Answer(200, BodyEnd::Complete)),
        ("no reason phrase", answer("HTTP/1.1 200\r\n\r\n"), End::Answer(200, BodyEnd::Complete)),
        (
            "early hints first",
            answer("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
            End::Answer(204, BodyEnd::Complete),
        ),
        ("unasked upgrade", answer("HTTP/1.1 101 Switching\r\n\r\n"), End::Answer(101, BodyEnd::Complete)),
        ("shorter than announced", with_headers("Content-Length: 9\r\n", b"abc"), End::Answer(200, BodyEnd::Truncated)),
        ("longer than announced", with_headers("Content-Length: 2\r\n", b"abc"), End::Answer(200, BodyEnd::Complete)),
        (
            "announced and never sent",
            then(with_headers("Content-Length: 9\r\n", b"abc"), Move::Hang),
            End::Answer(200, BodyEnd::Stalled),
        ),
        (
            "endless",
            then(with_headers(chunked, b""), Move::Forever(b"4\r\nabcd\r\n".to_vec())),
            End::Answer(200, BodyEnd::TooLong),
        ),
        ("a bad chunk", with_headers(chunked, b"5\r\nhello\r\nzz\r\n"), End::Answer(200, BodyEnd::Broken)),
        ("chunks cut off", with_headers(chunked, b"5\r\nhel"), End::Answer(200, BodyEnd::Truncated)),
    ])
    .await;
}

#[tokio::test]
async fn a_closed_port_refuses_at_once_and_says_so_twice() {
    let address = closed_port().await;
    let guard = Netguard::for_terminal();
    let exchange = exchange(&guard, &request(&format!("http://{address}/"))).await;
    assert_eq!(end(&exchange), End::Fault(FaultKind::Refused, During::Connect));
    assert_eq!(exchange.peer, Some(address.to_string()));
    let fault = exchange.result.unwrap_err();
    assert_eq!((fault.origin, fault.errno), (Origin::Edge, Some(111)));
    assert!(exchange.total < Duration::from_millis(900), "{:?}", exchange.total);
    let once = connect_once(&guard, address, Duration::from_secs(1)).await;
    assert_eq!(once.outcome, ConnectOutcome::Refused);
}

#[tokio::test]
async fn a_full_queue_times_out() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let guard = Netguard::for_terminal();
    let mut held = Vec::new();
    let vetted = guard.vet(address, None).unwrap();
    while let Ok(stream) = guard.connect(&vetted, Duration::from_millis(300)).await {
        held.push(stream);
        assert!(held.len() < 10, "the queue never fills");
    }
    let once = connect_once(&guard, address, Duration::from_millis(300)).await;
    assert_eq!(once.outcome, ConnectOutcome::TimedOut);
    let exchange = exchange(&guard, &request(&format!("http://{address}/"))).await;
    assert_eq!(end(&exchange), End::Fault(FaultKind::ConnectTimeout, During::Connect));
}

#[tokio::test]
async fn a_peer_that_takes_no_request_is_a_time_out() {
    let upstream = Mischief::start(vec![Move::Hang]).await;
    let mut request = request(&upstream.url("/"));
    request.method = "POST".to_owned();
    request.body_size = 1 << 30;
    let exchange = exchange(&Netguard::for_terminal(), &request).await;
    assert_eq!(end(&exchange), End::Fault(FaultKind::ReadTimeout, During::Send));
}

#[tokio::test]
async fn an_early_answer_to_a_large_request_is_heard() {
    let upstream = Mischief::start(status(413)).await;
    let mut request = request(&upstream.url("/upload"));
    request.method = "POST".to_owned();
    request.body_size = 64 << 20;
    let exchange = exchange(&Netguard::for_terminal(), &request).await;
    assert_eq!(end(&exchange), End::Answer(413, BodyEnd::Complete));
}

#[tokio::test]
async fn phases_and_bytes_are_counted() {
    let slow = vec![
        Move::ReadHead,
        Move::Pause(Duration::from_millis(60)),
        Move::Send(b"HTTP/1.1 200 OK\r\nServer: test\r\nContent-Length: 20\r\n\r\n0123456789".to_vec()),
        Move::Pause(Duration::from_millis(60)),
        Move::Send(b"0123456789".to_vec()),
    ];
    let upstream = Mischief::start(slow).await;
    let mut request = request(&upstream.url("/a?b"));
    request.headers.push(("X-Request-Id".to_owned(), "r-1".to_owned()));
    let exchange = exchange(&Netguard::for_terminal(), &request).await;
    let answer = exchange.result.unwrap();
    assert_eq!((answer.body_bytes, answer.body.len(), answer.head_bytes), (20, 16, 53));
    assert_eq!(answer.header("server"), Some("test"));
    let phases = exchange.phases;
    assert_eq!((phases.dns, phases.tls), (None, None));
    assert!(phases.connect.is_some() && exchange.send.is_some());
    assert!(phases.first_byte.unwrap().0 >= 55 && phases.body.unwrap().0 >= 55, "{phases:?}");
    let seen = String::from_utf8(upstream.requests()[0].clone()).unwrap();
    assert!(seen.starts_with(&format!("GET /a?b HTTP/1.1\r\nHost: {}\r\n", upstream.address())), "{seen}");
    assert!(seen.contains("X-Request-Id: r-1\r\n") && seen.contains("User-Agent: gatewatch-probe/"), "{seen}");
}

#[tokio::test]
async fn names_of_the_hosts_file_lead_to_their_address() {
    let upstream = Mischief::start(status(200)).await;
    let url = format!("http://localhost:{}/", upstream.address().port());
    let exchange = exchange(&Netguard::for_terminal(), &request(&url)).await;
    assert_eq!(end(&exchange), End::Answer(200, BodyEnd::Complete));
    assert_eq!(exchange.peer, Some(upstream.address().to_string()));
    assert!(exchange.phases.dns.is_some());
}

#[tokio::test]
async fn the_servers_policy_blocks_before_any_connection() {
    let upstream = Mischief::start(status(200)).await;
    let guard = Netguard::for_server(&crate::netguard::NetRules::default()).unwrap();
    let url = upstream.url("/");
    let blocked = exchange(&guard, &request(&url)).await;
    assert_eq!(end(&blocked), End::Fault(FaultKind::Blocked, During::Resolve));
    assert!(blocked.result.unwrap_err().refusal.unwrap().line().unwrap().contains("allow_private"));
    assert_eq!(upstream.requests().len(), 0);
    let granted = guard.with_leave(crate::netguard::Place::of(&url.parse().unwrap()));
    assert_eq!(end(&exchange(&granted, &request(&url)).await), End::Answer(200, BodyEnd::Complete));
}

#[tokio::test]
async fn each_address_of_a_name_with_leave_can_be_asked_by_itself() {
    let upstream = Mischief::start(status(200)).await;
    let port = upstream.address().port();
    let place = crate::netguard::Place { host: "localhost".to_owned(), port };
    let guard = Netguard::for_server(&crate::netguard::NetRules::default()).unwrap().with_leave([place]);
    let vetted = guard.resolve("localhost", port, Duration::from_secs(1)).await.unwrap();
    let v4 = vetted.into_iter().find(|vetted| vetted.address().is_ipv4()).unwrap();
    assert_eq!(connect_vetted(&guard, &v4, Duration::from_secs(1)).await.outcome, ConnectOutcome::Open);
    let mut request = request(&format!("http://localhost:{port}/"));
    request.target = Target::Vetted(v4);
    assert_eq!(end(&exchange(&guard, &request).await), End::Answer(200, BodyEnd::Complete));
    request.target = Target::Address(upstream.address());
    assert_eq!(end(&exchange(&guard, &request).await), End::Fault(FaultKind::Blocked, During::Resolve));
    let typed = connect_once(&guard, upstream.address(), Duration::from_secs(1)).await;
    assert!(matches!(typed.outcome, ConnectOutcome::Blocked(_)), "{typed:?}");
}

#[tokio::test]
async fn unix_sockets_answer_or_say_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("app.sock");
    let guard = Netguard::for_terminal();
    let mut request = request("http://app.test/");
    request.target = Target::Unix(path.clone());
    let absent = exchange(&guard, &request).await.result.unwrap_err();
    assert_eq!((absent.kind, absent.errno), (FaultKind::Refused, Some(2)));
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let serving = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        stream
    };
    let (answered, _open) = tokio::join!(exchange(&guard, &request), serving);
    assert_eq!(end(&answered), End::Answer(200, BodyEnd::Complete));
    let server = Netguard::for_server(&crate::netguard::NetRules::default()).unwrap();
    let refused = exchange(&server, &request).await.result.unwrap_err();
    assert_eq!((refused.kind, refused.during), (FaultKind::Blocked, During::Connect));
}

async fn ask_tls(certificate: Certificate, verify: impl FnOnce(&Mischief) -> TlsVerify) -> (Exchange, Mischief) {
    let upstream = Mischief::start_tls(certificate, status(200)).await;
    let mut request = request(&upstream.url("/"));
    request.limits.tls = Duration::from_secs(5);
    request.limits.total = Duration::from_secs(8);
    request.tls = verify(&upstream);
    (exchange(&Netguard::for_terminal(), &request).await, upstream)
}

fn trusting(upstream: &Mischief) -> TlsVerify {
    TlsVerify::Roots(upstream.root().into_iter().collect())
}

#[tokio::test]
async fn certificates_are_refused_for_the_right_reason_and_their_facts_kept() {
    for (certificate, expected) in [
        (Certificate::Expired, CertificateFault::Expired),
        (Certificate::NotYetValid, CertificateFault::NotYetValid),
        (Certificate::WrongName, CertificateFault::WrongName),
        (Certificate::SelfSigned, CertificateFault::UnknownIssuer),
    ] {
        let (exchange, upstream) = ask_tls(certificate, trusting).await;
        let fault = exchange.result.unwrap_err();
        assert_eq!((fault.kind, fault.during), (FaultKind::Certificate, During::Tls), "{certificate:?}");
        assert_eq!(fault.certificate, Some(expected), "{certificate:?}");
        assert!(exchange.tls.is_some(), "{certificate:?}");
        assert_eq!(upstream.requests(), [b""], "nothing may be sent to {certificate:?}");
        let (read, _) = ask_tls(certificate, |_| TlsVerify::ReadOnly).await;
        assert_eq!(end(&read), End::Answer(200, BodyEnd::Complete), "{certificate:?}");
    }
}

#[tokio::test]
async fn a_good_certificate_is_read() {
    let (exchange, _) = ask_tls(Certificate::Good, trusting).await;
    assert_eq!(end(&exchange), End::Answer(200, BodyEnd::Complete));
    let facts = exchange.tls.unwrap();
    assert_eq!((facts.protocol.as_str(), facts.chain), ("TLSv1.3", 1));
    assert_eq!(facts.names, ["localhost", "127.0.0.1"]);
    assert_eq!((facts.subject.as_str(), facts.issuer.as_str()), ("CN=mischief", "CN=Mischief authority"));
    assert!(facts.not_before < facts.not_after && facts.cipher.starts_with("TLS13_"), "{facts:?}");
    let (unknown, _) = ask_tls(Certificate::Good, |_| TlsVerify::System).await;
    assert_eq!(unknown.result.unwrap_err().certificate, Some(CertificateFault::UnknownIssuer));
}

#[tokio::test]
async fn what_is_no_tls_fails_in_the_handshake() {
    let tls_error = End::Fault(FaultKind::TlsHandshake, During::Tls);
    for (moves, expected) in [
        (vec![Move::Send(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), Move::Hang], tls_error),
        (vec![Move::Hang], End::Fault(FaultKind::ReadTimeout, During::Tls)),
        (
            // A handshake record that never ends, byte by byte.
            vec![Move::Drip([&b"\x16\x03\x03\x40\x00"[..], &[2; 500]].concat(), Duration::from_millis(10)), Move::Hang],
            End::Fault(FaultKind::ReadTimeout, During::Tls),
        ),
        (vec![], End::Fault(FaultKind::ClosedEarly, During::Tls)),
    ] {
        let upstream = Mischief::start(moves).await;
        let mut request = request(&format!("https://{}/", upstream.address()));
        request.tls = TlsVerify::ReadOnly;
        assert_eq!(end(&exchange(&Netguard::for_terminal(), &request).await), expected);
    }
}

#[tokio::test]
async fn no_byte_of_the_peer_reaches_a_faults_text() {
    for moves in [answer("SECRET banner\r\n"), answer("HTTP/1.1 SECRET\r\n"), with_headers("SECRET\r\n", b"")] {
        let fault = ask(moves).await.result.unwrap_err();
        assert!(!fault.detail.contains("SECRET"), "{}", fault.detail);
    }
}
