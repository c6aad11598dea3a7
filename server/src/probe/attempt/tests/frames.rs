//! HTTP/2 and gRPC health against servers on loopback, well-behaved and not.

use super::*;
use crate::probe::Version;
use ::http::{HeaderMap, HeaderValue, Response};
use bytes::Bytes;

/// A server that answers every stream with this status, these headers, body and trailers.
#[derive(Clone, Default)]
struct Says {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    trailers: Option<&'static str>,
}

async fn serve(says: Says) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(talk(stream, says.clone()));
        }
    });
    (address, tasks)
}

async fn talk(stream: tokio::net::TcpStream, says: Says) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        drop(request);
        let mut head = Response::builder().status(says.status);
        for (name, value) in &says.headers {
            head = head.header(*name, value);
        }
        let Ok(mut stream) = respond.send_response(head.body(()).unwrap(), false) else { continue };
        stream.send_data(Bytes::from(says.body.clone()), says.trailers.is_none()).unwrap();
        if let Some(code) = says.trailers {
            let value = HeaderValue::from_static(code);
            stream.send_trailers(HeaderMap::from_iter([("grpc-status".parse().unwrap(), value)])).unwrap();
        }
    }
}

fn two(address: SocketAddr) -> Target {
    Target::Http(Box::new(HttpAsk { version: Version::Two, ..HttpAsk::get(url(address)) }))
}

#[tokio::test]
async fn a_site_is_asked_by_http2_and_judged_as_any_other() {
    let says = |status: u16, body: &str| Says { status, body: body.as_bytes().to_vec(), ..Says::default() };
    let (well, _tasks) = serve(says(200, "fine")).await;
    let expect = || Expect { body: vec![contains("fine")], ..Expect::http() };
    let sample = probe(&check(two(well), expect())).await.sample;
    assert_eq!((sample.class, sample.status, sample.fault), (Class::Up, Some(200), None));
    assert!(sample.phases.first_byte.is_some() && sample.phases.body.is_some());
    let (ill, _tasks) = serve(says(502, "")).await;
    let fault = probe(&check(two(ill), expect())).await.sample.fault.unwrap();
    assert_eq!((fault.kind, fault.origin, fault.status), (FaultKind::Status, Origin::Upstream, Some(502)));
    let large = Says { headers: vec![("x-large", "x".repeat(1_000)); 70], ..says(200, "fine") };
    let (large, _tasks) = serve(large).await;
    let (class, kind, detail) = told(two(large), expect()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::BadHttp)));
    assert!(detail.ends_with("larger than what is read"), "{detail}");
    let old = Mischief::start(status(200)).await;
    let (class, kind, _) = told(two(old.address()), expect()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::BadHttp)), "HTTP/1.1 is no answer to HTTP/2");
}

#[tokio::test]
async fn what_the_peer_chooses_is_spoken() {
    let upstream = Mischief::start_tls(Certificate::Good, status(200)).await;
    let ask = |version| {
        let target = Target::Http(Box::new(HttpAsk { version, ..HttpAsk::get(upstream.url("/").parse().unwrap()) }));
        Check { authorities: upstream.root().into_iter().collect(), ..check(target, Expect::http()) }
    };
    let sample = probe(&ask(Version::Either)).await.sample;
    assert_eq!((sample.class, sample.fault), (Class::Up, None), "it takes HTTP/1.1 alone");
    let fault = probe(&ask(Version::Two)).await.sample.fault.unwrap();
    assert_eq!((fault.kind, fault.detail.as_str()), (FaultKind::TlsHandshake, "the peer does not offer HTTP/2"));
}

fn grpc(address: SocketAddr, service: &str) -> Target {
    let mut ask = HttpAsk::get(url(address));
    ask.url.set_path(service);
    Target::Grpc(Box::new(ask))
}

#[tokio::test]
async fn a_grpc_server_is_up_where_it_says_that_it_serves() {
    let health = |number: u8, code: &'static str| Says {
        status: 200,
        headers: vec![("content-type", "application/grpc".to_owned())],
        body: vec![0, 0, 0, 0, 2, 8, number],
        trailers: Some(code),
    };
    let (well, _tasks) = serve(health(1, "0")).await;
    let sample = probe(&check(grpc(well, "shop.v1.Orders"), Expect::default())).await.sample;
    assert_eq!((sample.class, sample.status, sample.fault), (Class::Up, Some(200), None));
    let no_trailers = Says { trailers: None, ..health(1, "0") };
    let broken = Says { body: b"\0\0\0\0\xffx".to_vec(), ..health(1, "0") };
    for (says, kind, origin, words) in [
        (health(2, "0"), FaultKind::Status, Origin::Edge, "the service a.B says NOT_SERVING"),
        (health(3, "0"), FaultKind::Status, Origin::Edge, "the server does not know the service a.B"),
        (health(1, "5"), FaultKind::Status, Origin::Edge, "the server does not know the service a.B"),
        (health(0, "0"), FaultKind::Status, Origin::Edge, "the service a.B says UNKNOWN"),
        (health(1, "12"), FaultKind::Status, Origin::Edge, "no health service"),
        (health(1, "14"), FaultKind::Status, Origin::Upstream, "gRPC status 14 (UNAVAILABLE)"),
        (no_trailers, FaultKind::BadHttp, Origin::Edge, "no grpc-status"),
        (broken, FaultKind::BadHttp, Origin::Edge, "cannot be read"),
        (Says { status: 404, ..health(1, "0") }, FaultKind::Status, Origin::Edge, "status 404 instead of gRPC"),
    ] {
        let (address, _tasks) = serve(says).await;
        let sample = probe(&check(grpc(address, "a.B"), Expect::default())).await.sample;
        let fault = sample.fault.unwrap();
        assert_eq!((sample.class, fault.kind, fault.origin), (Class::Down, kind, origin), "{words}: {fault:?}");
        assert!(fault.detail.contains(words), "{words}: {fault:?}");
    }
    let (class, kind, _) = told(grpc(closed_port().await, ""), Expect::default()).await;
    assert_eq!((class, kind), (Class::Down, Some(FaultKind::Refused)));
}
