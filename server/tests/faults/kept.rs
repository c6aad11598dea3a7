//! Connections that the gateway keeps, and the upstream does not.

use super::gateway::{Gateway, Site};
use super::outcome::{cause, diagnose, no_cause, proven};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// An upstream that keeps connections for so many requests, and then resets them when the next one is sent.
struct Keeping {
    address: String,
    stop: Arc<AtomicBool>,
}

impl Keeping {
    fn start(requests: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
        let address = listener.local_addr().expect("it is bound").to_string();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::spawn(move || serve(stream, requests));
            }
        });
        Self { address, stop }
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(&self.address));
    }
}

fn serve(mut stream: TcpStream, requests: usize) {
    drop(stream.set_read_timeout(Some(Duration::from_secs(30))));
    let Ok(reading) = stream.try_clone() else { return };
    let mut reader = BufReader::new(reading);
    for number in 1.. {
        let (mut length, mut lines, mut close) = (0_u64, 0, false);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).is_ok_and(|count| count == 0) || line.is_empty() {
                return;
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            close |= lower.starts_with("connection: close");
            lines += 1;
            if line == "\r\n" || lines > 100 {
                break;
            }
        }
        let _ = std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink());
        if number > requests {
            // Closing with a zero linger time resets.
            let _ = rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO));
            return;
        }
        let word = if close { "close" } else { "keep-alive" };
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: {word}\r\n\r\nsaved\n");
        if stream.write_all(answer.as_bytes()).is_err() || close {
            return;
        }
    }
}

fn site(upstream: &Keeping) -> (String, &'static str) {
    let http = format!("upstream backend {{ server {}; keepalive 8; }}", upstream.address);
    (http, "proxy_set_header Connection ''; proxy_pass http://backend;")
}

#[test]
fn a_kept_connection_is_reset_when_it_is_used_again() {
    let upstream = Keeping::start(1);
    let (http, location) = site(&upstream);
    let gateway = Gateway::start(&Site { location, http: &http, namespace: None });
    let run =
        diagnose(None, &[&gateway.url(), "--method", "POST", "--body-size", "20"], cause("keepalive-race", "code", 6));
    proven(&run);
}

#[test]
fn gets_are_repeated_so_nobody_suffers() {
    let upstream = Keeping::start(1);
    let (http, location) = site(&upstream);
    let gateway = Gateway::start(&Site { location, http: &http, namespace: None });
    diagnose(None, &[&gateway.url()], no_cause("healthy"));
}
