//! Faults of the upstream itself.

use super::gateway::{Gateway, Site};
use super::namespace::Namespace;
use super::outcome::{cause, diagnose, proven};
use super::upstream::{Reply, Upstream};
use crate::ports::free_port;
use rustix::net::{AddressFamily, SocketType};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

#[test]
fn nothing_listens() {
    let namespace = Namespace::new();
    let location = format!("proxy_pass http://127.0.0.1:{};", free_port());
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("upstream-down-not-listening", "code", 6));
    proven(&run);
    let because = run["verdict"]["because"].to_string();
    let facts =
        run["steps"].as_array().into_iter().flatten().flat_map(|step| step["facts"].as_array().into_iter().flatten());
    let kinds: Vec<&str> = facts
        .filter(|fact| because.contains(&fact["id"].to_string()))
        .filter_map(|fact| fact["kind"].as_str())
        .collect();
    for kind in ["attempt", "log-line", "connect", "listener"] {
        assert!(kinds.contains(&kind), "{kind} is missing in {kinds:?}");
    }
}

#[test]
fn the_application_listens_on_the_next_port() {
    let namespace = Namespace::new();
    let port = free_port();
    // The application is another nginx, because it has to live in the namespace too.
    let other = format!("server {{ listen 127.0.0.1:{}; return 200 'hello'; }}", port + 1);
    let application = Gateway::start(&Site { location: "return 200;", http: &other, namespace: Some(&namespace) });
    let location = format!("proxy_pass http://127.0.0.1:{port};");
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("upstream-wrong-port", "code", 6));
    assert!(run["verdict"]["title"].to_string().contains(&format!("127.0.0.1:{}", port + 1)));
    drop(application);
}

#[test]
fn it_hangs() {
    let upstream = Upstream::always(Reply::Hang);
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    diagnose(None, &[&gateway.url()], cause("upstream-hang-not-accepting", "overload", 6));
}

#[test]
fn it_is_slower_than_the_gateway_waits() {
    let Reply::Bytes(answer) = Reply::fine() else { unreachable!("fine() is bytes") };
    let upstream = Upstream::always(Reply::Late(Duration::from_millis(1500), answer));
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    diagnose(None, &[&gateway.url()], cause("upstream-slow-response", "overload", 6));
}

#[test]
fn its_queue_is_full() -> Result<(), Box<dyn std::error::Error>> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    rustix::net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0)))?;
    rustix::net::listen(&socket, 1)?;
    let address = SocketAddr::try_from(rustix::net::getsockname(&socket)?)?;
    // Two fit (the limit is exceeded by one); more get no answer.
    let fill: Vec<_> =
        (0..4).filter_map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok()).collect();
    assert!(fill.len() >= 2, "the queue takes none");
    let gateway = Gateway::forwarding(&format!("http://{address}"));
    let run = diagnose(None, &[&gateway.url()], cause("upstream-accept-queue-full", "overload", 2));
    proven(&run);
    Ok(())
}

#[test]
fn it_closes_without_an_answer() {
    let upstream = Upstream::always(Reply::Close);
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    diagnose(None, &[&gateway.url()], cause("upstream-closed-before-response", "code", 6));
}

#[test]
fn its_headers_are_too_big() {
    let cookie = format!("Set-Cookie: session={}\r\n", "a".repeat(6000));
    let upstream = Upstream::always(Reply::answer("200 OK", &cookie, "hello\n"));
    let location = format!(
        "proxy_buffer_size 4k; proxy_buffers 4 4k; proxy_busy_buffers_size 8k; proxy_pass http://{};",
        upstream.address()
    );
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("response-header-too-big", "code", 6));
    proven(&run);
    assert!(run["verdict"]["fixes"][0]["command"].to_string().contains("proxy_buffer_size 16k"));
}

#[test]
fn every_member_is_put_aside() {
    let namespace = Namespace::new();
    let http = format!("upstream app {{ server 127.0.0.1:{}; server 127.0.0.1:{}; }}", free_port(), free_port());
    let gateway =
        Gateway::start(&Site { location: "proxy_pass http://app;", http: &http, namespace: Some(&namespace) });
    let run = diagnose(Some(&namespace), &[&gateway.url()], cause("all-backends-marked-down", "code", 6));
    assert_eq!(run["findings"][1]["cause"], "upstream-down-not-listening");
}
