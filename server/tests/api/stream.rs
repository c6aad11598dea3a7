//! `/events`: the state at once, signs of life, caps, and an end.

use crate::support::Site;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Stream {
    connection: TcpStream,
    seen: String,
}

impl Stream {
    async fn open(site: &Site, path: &str, cookie: &str) -> Self {
        let mut connection = site.connect().await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", site.address);
        connection.write_all(request.as_bytes()).await.expect("the server reads");
        Self { connection, seen: String::new() }
    }

    /// Reads until `text` was seen; false when the stream ends before.
    async fn until(&mut self, text: &str) -> bool {
        let mut buffer = [0; 4096];
        let reading = async {
            while !self.seen.contains(text) {
                match self.connection.read(&mut buffer).await {
                    Ok(count @ 1..) => self.seen.push_str(&String::from_utf8_lossy(&buffer[..count])),
                    _ => return false,
                }
            }
            true
        };
        tokio::time::timeout(Duration::from_secs(15), reading).await.expect("in time")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tells_the_state_at_once_and_each_change() {
    let site = Site::start().await;
    let cookie = site.cookie().await;
    let mut stream = Stream::open(&site, "/events", "").await;
    assert!(stream.until("event: state").await);
    for part in
        ["content-type: text/event-stream", "retry: ", "\"components\":[{\"slug\":\"web\"", "x-content-type-options"]
    {
        assert!(stream.until(part).await, "{}", stream.seen);
    }
    assert!(stream.until("event: heartbeat").await, "within each interval of the monitors");
    stream.seen.clear();
    let fields =
        [("title", "Down"), ("impact", "major"), ("phase", "investigating"), ("body", "x"), ("components[0]", "web")];
    assert_eq!(site.post("/actions/open-incident", &cookie, &fields).await.status, 303);
    assert!(stream.until("event: state").await, "a note is a change");
    assert!(!stream.seen.contains(crate::support::CANARY));
    site.stop().await;
    assert!(!stream.until("event: never").await, "the stream ends with the server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_has_ten_streams() {
    let site = Site::start().await;
    let mut streams = Vec::new();
    for _ in 0..10 {
        let mut stream = Stream::open(&site, "/events", "").await;
        assert!(stream.until("event: state").await);
        streams.push(stream);
    }
    let refused = site.get("/events").await;
    assert_eq!(refused.status, 503);
    assert!((2..=8).contains(&refused.header("retry-after").parse::<u32>().expect("seconds")));
    drop(streams);
    for _ in 0..100 {
        let mut stream = Stream::open(&site, "/events", "").await;
        // A refusal keeps its connection open: it says no more than its head.
        assert!(stream.until("\r\n\r\n").await);
        if stream.seen.starts_with("HTTP/1.1 200 ") && stream.until("event: state").await {
            site.stop().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("places never came back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_streams_over_many_addresses_do_not_hinder_pages() {
    let site = Site::start().await;
    let mut streams = Vec::new();
    for n in 1..=100_u8 {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(format!("127.0.1.{n}:0").parse().unwrap()).unwrap();
        let mut connection = socket.connect(site.address).await.unwrap();
        let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", site.address);
        connection.write_all(request.as_bytes()).await.unwrap();
        streams.push(Stream { connection, seen: String::new() });
    }
    for stream in &mut streams {
        assert!(stream.until("event: state").await);
    }
    assert_eq!(site.get("/").await.status, 200);
    site.stop().await;
}
