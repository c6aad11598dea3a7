//! Connections: slow ones end, many of one address are turned away, many of all are served.

use crate::support::Site;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// Reads until the server closes, and says how long that took.
async fn until_closed(stream: &mut TcpStream) -> Duration {
    let begun = Instant::now();
    let mut buffer = [0; 1024];
    let closed = async { while matches!(stream.read(&mut buffer).await, Ok(1..)) {} };
    tokio::time::timeout(Duration::from_secs(40), closed).await.expect("the server closes");
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_and_silent_clients_are_sent_away() {
    let site = Site::start().await;
    // A head that never ends, a byte now and then: ten seconds.
    let slow_head = async {
        let (mut reading, mut writing) = site.connect().await.into_split();
        let begun = Instant::now();
        let dribble = async {
            for byte in format!("GET / HTTP/1.1\r\nHost: {}\r\nX-Slow: {}", site.address, "a".repeat(200)).bytes() {
                if writing.write_all(&[byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        let mut buffer = [0; 64];
        let closed = async { while matches!(reading.read(&mut buffer).await, Ok(1..)) {} };
        tokio::select! { () = dribble => (), () = closed => () }
        begun.elapsed()
    };
    // Nothing at all, and nothing after an answer: fifteen seconds.
    let silent = async { until_closed(&mut site.connect().await).await };
    let idle = async {
        let mut stream = site.connect().await;
        stream.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", site.address).as_bytes()).await.unwrap();
        until_closed(&mut stream).await
    };
    // A body that never comes: fifteen seconds, and an answer.
    let slow_body = async {
        let begun = Instant::now();
        let head = format!(
            "POST /actions/sign-in HTTP/1.1\r\nHost: {}\r\nContent-Length: 10\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\nabc",
            site.address
        );
        let reply = site.raw(head.as_bytes()).await;
        assert_eq!(reply.status, 408);
        begun.elapsed()
    };
    let (slow_head, silent, idle, slow_body) = tokio::join!(slow_head, silent, idle, slow_body);
    let about = |what: &str, seconds: u64, took: Duration| {
        let expected = Duration::from_secs(seconds - 1)..Duration::from_secs(seconds + 3);
        assert!(expected.contains(&took), "{what}: {took:?}");
    };
    about("head", 10, slow_head);
    about("silent", 15, silent);
    about("idle", 15, idle);
    about("body", 15, slow_body);
    assert_eq!(site.get("/").await.status, 200);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_have_a_size() {
    let site = Site::start().await;
    let head = |fields: &str| format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{fields}\r\n", site.address);
    let many = "X-Many: a\r\n".repeat(80);
    assert_eq!(site.raw(head(&many).as_bytes()).await.status, 431);
    let long = format!("X-Long: {}\r\n", "a".repeat(40 * 1024));
    assert!(matches!(site.raw(head(&long).as_bytes()).await.status, 0 | 431), "refused or cut");
    let fits = format!("X-Long: {}\r\n", "a".repeat(16 * 1024));
    assert_eq!(site.raw(head(&fits).as_bytes()).await.status, 200);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_cannot_take_all_connections() {
    let site = Site::start().await;
    let from = async |last: u8| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("127.0.0.{last}:0").parse().unwrap()).unwrap();
        connect_from(socket, &site).await
    };
    let mut held = Vec::new();
    for _ in 0..50 {
        held.push(from(9).await);
    }
    let mut refused = from(9).await;
    let mut answer = String::new();
    drop(refused.read_to_string(&mut answer).await);
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("Retry-After"), "{answer:?}");
    let mut other = from(10).await;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", site.address);
    other.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    other.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer:?}");
    drop(held);
    site.stop().await;
}

async fn connect_from(socket: TcpSocket, site: &Site) -> TcpStream {
    socket.connect(site.address).await.expect("the server listens")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_http_ends_quickly() {
    let site = Site::start().await;
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let reply = site.raw(nonsense).await;
        assert!(matches!(reply.status, 0 | 400 | 404 | 421 | 505), "{nonsense:?}: {}", reply.status);
    }
    let host = site.address;
    for smuggled in [
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /none HTTP/1.1\r\nHost: {host}\r\n\r\n"
        ),
        format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd"),
        format!("POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ] {
        let reply = site.raw(smuggled.as_bytes()).await;
        let answers = reply.body.matches("HTTP/1.1 ").count();
        assert_eq!(answers, 0, "never two answers: {reply:?}");
    }
    assert_eq!(site.get("/").await.status, 200);
    site.stop().await;
}
