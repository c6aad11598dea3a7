//! A load generator: `load ADDRESS PATH CONNECTIONS SECONDS ENCODING` keeps so many connections busy with one
//! request each and prints `requests-per-second median-µs p99-µs failures`. With `--stampede` at the end it opens so
//! many within so many seconds, asks once on each, and prints `answered-200-or-304 all slowest-ms`.
//!
//! Its connections come from addresses all over 127.0.0.0/8, since a server may cap connections per client.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a development tool prints")]

use anyhow::{Context as _, Result, bail};
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Connections from one address; far below what servers usually allow.
const PER_ADDRESS: usize = 8;
/// The first part of a round is not counted.
const WARM_UP: Duration = Duration::from_millis(500);
/// How long a visitor of the stampede waits.
const PATIENCE: Duration = Duration::from_secs(10);
const USAGE: &str = "usage: load ADDRESS PATH CONNECTIONS SECONDS ENCODING [--stampede]";

struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
    /// Bytes of the whole answer, once its head is there.
    expected: Option<usize>,
    asked: Instant,
}

struct Round {
    end: Instant,
    counting_from: Instant,
    took_micros: Vec<u64>,
    failures: u64,
}

fn main() -> ExitCode {
    match run() {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let ([address, path, connections, seconds, encoding], rest) = args.split_first_chunk().context(USAGE)?;
    let address: SocketAddrV4 = address.parse().context("ADDRESS is IPv4:PORT")?;
    let connections: usize = connections.parse().context("CONNECTIONS is a number")?;
    let seconds = Duration::from_secs(seconds.parse().context("SECONDS is a number")?);
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: {encoding}\r\n\r\n");

    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    match rest {
        [] => {}
        [flag] if flag == "--stampede" => return stampede(&poll, address, connections, seconds, request.as_bytes()),
        _ => bail!(USAGE),
    }
    let mut open = Vec::with_capacity(connections);
    for number in 0..connections {
        let stream = dial(number, address)?;
        epoll::add(&poll, &stream, EventData::new_u64(number as u64), EventFlags::IN)?;
        open.push(Connection { stream, answer: Vec::new(), expected: None, asked: Instant::now() });
    }
    let start = Instant::now();
    let mut round =
        Round { end: start + WARM_UP + seconds, counting_from: start + WARM_UP, took_micros: Vec::new(), failures: 0 };
    for connection in &mut open {
        connection.ask(request.as_bytes())?;
    }
    drive(&poll, &mut open, request.as_bytes(), &mut round)?;
    Ok(round.line(seconds))
}

/// Everybody within some seconds, one request each; whoever waits longer than that went away.
fn stampede(
    poll: &impl std::os::fd::AsFd,
    to: SocketAddrV4,
    connections: usize,
    within: Duration,
    request: &[u8],
) -> Result<String> {
    let (begun, mut open) = (Instant::now(), Vec::with_capacity(connections));
    let (mut good, mut done, mut slowest) = (0, 0, Duration::ZERO);
    let mut events = Vec::with_capacity(1024);
    let pause = rustix::event::Timespec { tv_sec: 0, tv_nsec: 1_000_000 };
    while done < connections && begun.elapsed() < within + PATIENCE {
        #[expect(clippy::cast_precision_loss, reason = "thousands of connections")]
        let due = begun.elapsed().as_secs_f64() / within.as_secs_f64() * connections as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and small")]
        let due = (due as usize).min(connections);
        while open.len() < due {
            let number = open.len();
            let stream = dial(number, to)?;
            epoll::add(poll, &stream, EventData::new_u64(number as u64), EventFlags::IN)?;
            let mut connection = Connection { stream, answer: Vec::new(), expected: None, asked: Instant::now() };
            let asked = connection.ask(request).is_ok();
            done += usize::from(!asked);
            open.push(asked.then_some(connection));
        }
        events.clear();
        epoll::wait(poll, rustix::buffer::spare_capacity(&mut events), Some(&pause))?;
        for event in &events {
            let index = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            let Some(place) = open.get_mut(index) else { continue };
            let Some(connection) = place else { continue };
            match connection.read() {
                Ok(false) => continue,
                Ok(true) => {
                    let is_good =
                        [&b"HTTP/1.1 200"[..], b"HTTP/1.1 304"].iter().any(|one| connection.answer.starts_with(one));
                    good += usize::from(is_good);
                    slowest = slowest.max(connection.asked.elapsed());
                }
                // Turned away: that counts as such.
                Err(_) => {}
            }
            done += 1;
            *place = None;
        }
    }
    Ok(format!("{good} {connections} {}", slowest.as_millis()))
}

/// A connection from the address that this number has.
fn dial(number: usize, to: SocketAddrV4) -> Result<TcpStream> {
    let client = number / PER_ADDRESS;
    let host = u8::try_from(client % 250).unwrap_or(0) + 1;
    let network = u8::try_from(client / 250 % 250).unwrap_or(0) + 1;
    let from = SocketAddr::from((Ipv4Addr::new(127, 0, network, host), 0));
    let dialled = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&dialled, &from)?;
    connect(&dialled, &SocketAddr::V4(to)).with_context(|| format!("connection {number} to {to}"))?;
    let stream = TcpStream::from(dialled);
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

fn drive(poll: &impl std::os::fd::AsFd, open: &mut [Connection], request: &[u8], round: &mut Round) -> Result<()> {
    let mut events = Vec::with_capacity(open.len());
    let tick = rustix::event::Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
    while Instant::now() < round.end {
        events.clear();
        epoll::wait(poll, rustix::buffer::spare_capacity(&mut events), Some(&tick))?;
        for event in &events {
            let index = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            let Some(connection) = open.get_mut(index) else { continue };
            if connection.read()? {
                let now = Instant::now();
                if now >= round.counting_from {
                    let took = now.duration_since(connection.asked).as_micros();
                    round.took_micros.push(u64::try_from(took).unwrap_or(u64::MAX));
                    round.failures += u64::from(!connection.answer.starts_with(b"HTTP/1.1 200"));
                }
                connection.ask(request)?;
            }
        }
    }
    Ok(())
}

impl Connection {
    fn ask(&mut self, request: &[u8]) -> Result<()> {
        self.answer.clear();
        self.expected = None;
        self.asked = Instant::now();
        // A request of some hundred bytes always fits into an empty send buffer.
        self.stream.write_all(request).context("the server closed a connection")
    }

    /// Reads what there is; whether the answer is complete.
    fn read(&mut self) -> Result<bool> {
        let mut chunk = [0; 16_384];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => bail!("the server closed a connection"),
                Ok(count) => self.answer.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error).context("a connection broke"),
            }
            if self.expected.is_none() {
                self.expected = whole_length(&self.answer)?;
            }
            if self.expected.is_some_and(|expected| self.answer.len() >= expected) {
                return Ok(true);
            }
        }
    }
}

/// How an answer in chunks ends.
const LAST_CHUNK: &[u8] = b"\r\n0\r\n\r\n";

/// Length of head and body together, once the head is complete.
fn whole_length(answer: &[u8]) -> Result<Option<usize>> {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    if text.starts_with("http/1.1 304") {
        return Ok(Some(head + 4));
    }
    if text.lines().any(|line| line == "transfer-encoding: chunked") {
        // Only text is asked for that holds no such lines itself.
        let end = answer[head + 2..].windows(LAST_CHUNK.len()).position(|bytes| bytes == LAST_CHUNK);
        return Ok(end.map(|end| head + 2 + end + LAST_CHUNK.len()));
    }
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    Ok(Some(head + 4 + length.context("the answer has neither a Content-Length nor chunks")?))
}

impl Round {
    fn line(mut self, seconds: Duration) -> String {
        self.took_micros.sort_unstable();
        let count = self.took_micros.len();
        let at = |share: usize| self.took_micros.get(count * share / 100).copied().unwrap_or_default();
        format!("{} {} {} {}", count as u64 / seconds.as_secs().max(1), at(50), at(99), self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answers_length_is_known_from_its_head() -> Result<()> {
        assert_eq!(whole_length(b"HTTP/1.1 200 OK\r\ncontent-")?, None);
        assert_eq!(whole_length(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")?, Some(43));
        assert!(whole_length(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
        assert_eq!(whole_length(chunked)?, Some(chunked.len()));
        assert_eq!(whole_length(&chunked[..chunked.len() - 2])?, None);
        Ok(())
    }
}
