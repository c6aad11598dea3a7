//! Name servers.

use super::gateway::{Gateway, Site};
use super::outcome::{cause, diagnose, strength};
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A name server that knows no name, or does not answer at all.
struct NameServer {
    address: String,
    stop: Arc<AtomicBool>,
}

impl NameServer {
    fn new(answers: bool) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port can be had");
        let address = socket.local_addr().expect("it is bound").to_string();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        drop(socket.set_read_timeout(Some(Duration::from_millis(100))));
        std::thread::spawn(move || {
            let mut query = [0; 512];
            while !stopped.load(Ordering::Relaxed) {
                if let Ok((length, from)) = socket.recv_from(&mut query)
                    && answers
                    && length > 12
                {
                    drop(socket.send_to(&no_such_name(&query[..length]), from));
                }
            }
        });
        Self { address, stop }
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// NXDOMAIN for a query: its id and question, and flags for "answer, recursion available, no such name".
fn no_such_name(query: &[u8]) -> Vec<u8> {
    let name = query[12..].iter().position(|byte| *byte == 0).unwrap_or(0);
    let question = query.get(12..12 + name + 5).unwrap_or_default();
    [&query[..2], &[0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0], question].concat()
}

fn gateway(resolver: &str) -> Gateway {
    let location = format!(
        "set $backend app.internal:8080; resolver {resolver} ipv6=off valid=1s; resolver_timeout 1s; proxy_pass http://$backend;"
    );
    Gateway::start(&Site { location: &location, http: "", namespace: None })
}

#[test]
fn the_name_does_not_exist() {
    let server = NameServer::new(true);
    let gateway = gateway(&server.address);
    let run = diagnose(None, &[&gateway.url()], cause("dns-nxdomain", "dns", 3));
    assert_eq!(strength(&run), "proven");
}

#[test]
fn the_name_server_is_silent() {
    let server = NameServer::new(false);
    let gateway = gateway(&server.address);
    let run = diagnose(None, &[&gateway.url()], cause("dns-timeout", "dns", 3));
    assert_eq!(strength(&run), "proven");
}
