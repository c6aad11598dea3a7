//! An upstream whose every answer a test decides.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// What the upstream does with a request that it has read.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Sends these bytes.
    Bytes(Vec<u8>),
    /// Sends these bytes after a while.
    Late(Duration, Vec<u8>),
    /// Closes without a byte.
    Close,
    /// Never answers.
    Hang,
    /// A body without an end.
    Endless,
}

impl Reply {
    /// A whole answer.
    pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(
            format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
                .into_bytes(),
        )
    }

    /// A whole 200.
    pub(crate) fn fine() -> Self {
        Self::answer("200 OK", "", "hello\n")
    }
}

/// A running upstream; it ends when dropped.
pub(crate) struct Upstream {
    address: String,
    stop: Arc<AtomicBool>,
}

impl Upstream {
    /// Answers every request alike.
    pub(crate) fn always(reply: Reply) -> Self {
        Self::by_number(move |_| reply.clone())
    }

    /// Answers by the request's number, from 1.
    pub(crate) fn by_number(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(move |number, _| reply(number))
    }

    /// Answers by the request's head.
    pub(crate) fn by_request(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(move |_, head| reply(head))
    }

    fn start(reply: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (stop, reply, count) = (Arc::new(AtomicBool::new(false)), Arc::new(reply), Arc::new(AtomicUsize::new(0)));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (reply, count, stopped) = (Arc::clone(&reply), Arc::clone(&count), Arc::clone(&stopped));
                std::thread::spawn(move || serve(stream, &*reply, &count, &stopped));
            }
        });
        Self { address, stop }
    }

    /// `127.0.0.1:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the accept loop.
        drop(TcpStream::connect(&self.address));
    }
}

fn serve(stream: TcpStream, reply: &dyn Fn(usize, &str) -> Reply, count: &AtomicUsize, stop: &AtomicBool) {
    drop(stream.set_read_timeout(Some(Duration::from_secs(30))));
    let Ok(reading) = stream.try_clone() else { return };
    let Some(head) = read_head(&mut BufReader::new(reading)) else { return };
    act(reply(count.fetch_add(1, Ordering::Relaxed) + 1, &head), stream, stop);
}

/// Reads to the empty line; `None` if the peer closed before.
fn read_head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    loop {
        let mut line = Vec::new();
        match reader.read_until(b'\n', &mut line) {
            Ok(1..) if line == b"\r\n" => return Some(head),
            Ok(1..) if line.len() < 100_000 => head.push_str(&String::from_utf8_lossy(&line)),
            _ => return None,
        }
    }
}

fn act(reply: Reply, mut stream: impl Write, stop: &AtomicBool) {
    match reply {
        Reply::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Reply::Late(wait, bytes) => {
            std::thread::sleep(wait);
            drop(stream.write_all(&bytes));
        }
        Reply::Close => {}
        Reply::Hang => {
            // Longer than the longest run.
            for _ in 0..4000 {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Reply::Endless => {
            let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
            let chunk = vec![b'x'; 64 * 1024];
            let mut going = stream.write_all(head).is_ok();
            while going && !stop.load(Ordering::Relaxed) {
                going = stream.write_all(&chunk).is_ok();
            }
        }
    }
}

/// An upstream on a unix socket that answers 200.
pub(crate) fn on_unix_socket(path: &Path) {
    let listener = UnixListener::bind(path).expect("the socket is new");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Ok(reading) = stream.try_clone() else { continue };
            if read_head(&mut BufReader::new(reading)).is_some() {
                act(Reply::fine(), stream, &AtomicBool::new(false));
            }
        }
    });
}
