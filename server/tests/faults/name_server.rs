//! A name server whose every answer a test decides.

use super::namespace::Namespace;
use std::net::{IpAddr, UdpSocket};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What it answers.
#[derive(Clone)]
pub(crate) enum Reply {
    /// One address.
    Address(String),
    /// One name server.
    Server(String),
    /// A response code without records; 0 means that there is no such record.
    Code(u8),
    /// Nothing at all.
    Silence,
}

/// The name exists and has no such record.
pub(crate) const fn nothing() -> Reply {
    Reply::Code(0)
}

/// A running name server; it ends when dropped.
pub(crate) struct NameServer {
    address: String,
    stop: Arc<AtomicBool>,
    process: Option<Child>,
}

/// What the process inside a namespace is told: where to listen, and its answers.
const AT: &str = "GATEWATCH_NAMES_AT";
const TABLE: &str = "GATEWATCH_NAMES";

impl NameServer {
    /// On loopback, on a port of the system's choice.
    pub(crate) fn new(answers: impl Fn(&str, u16) -> Reply + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port can be had");
        let address = socket.local_addr().expect("it is bound").to_string();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || serve(&socket, &answers, &stopped));
        Self { address, stop, process: None }
    }

    /// Inside a namespace. The table has one answer a line: a name or `*`, a type or 0 for any, and
    /// an address, the name of a server after `@`, or a response code.
    pub(crate) fn within(namespace: &Namespace, address: &str, table: &str) -> Self {
        let program = std::env::current_exe().expect("a test has a program");
        let mut command = namespace.command(&program.display().to_string());
        command.args(["--exact", "name_server::serve_names", "--ignored", "--nocapture"]);
        let process = command.env(AT, address).env(TABLE, table).stdout(Stdio::null()).spawn();
        let server = Self {
            address: address.to_owned(),
            stop: Arc::default(),
            process: Some(process.expect("nsenter is needed (util-linux)")),
        };
        let port: u16 = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("it has a port");
        let listening = || {
            let path = format!("/proc/{}/net/udp", namespace.pid());
            std::fs::read_to_string(path).is_ok_and(|text| text.contains(&format!(":{port:04X} ")))
        };
        let ready = (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            listening()
        });
        assert!(ready, "the name server does not listen on {address}");
        server
    }

    /// `127.0.0.1:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(process) = &mut self.process {
            drop(process.kill());
            drop(process.wait());
        }
    }
}

fn serve(socket: &UdpSocket, answers: &impl Fn(&str, u16) -> Reply, stop: &AtomicBool) {
    drop(socket.set_read_timeout(Some(Duration::from_millis(100))));
    let mut query = [0; 512];
    while !stop.load(Ordering::Relaxed) {
        if let Ok((length, from)) = socket.recv_from(&mut query)
            && let Some(answer) = answer(&query[..length], answers)
        {
            drop(socket.send_to(&answer, from));
        }
    }
}

/// The process inside a namespace; the tests that need it end it.
#[test]
#[ignore = "started by other tests"]
fn serve_names() {
    let address = std::env::var(AT).expect("the test that starts it says where");
    let table = std::env::var(TABLE).expect("the test that starts it says what");
    let socket = UdpSocket::bind(address).expect("the port is free");
    let rows: Vec<(String, u16, Reply)> = table.lines().filter_map(row).collect();
    let answers = move |name: &str, kind: u16| {
        let fits = |(one, of, _): &&(String, u16, Reply)| (one == "*" || one == name) && (*of == 0 || *of == kind);
        rows.iter().find(fits).map_or_else(nothing, |(_, _, reply)| reply.clone())
    };
    serve(&socket, &answers, &AtomicBool::new(false));
}

/// `app.internal 1 127.0.0.1`
fn row(line: &str) -> Option<(String, u16, Reply)> {
    let mut words = line.split_whitespace();
    let (name, kind, what) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
    let reply = match (what.strip_prefix('@'), what.parse::<u8>()) {
        (Some(server), _) => Reply::Server(server.to_owned()),
        (None, Ok(code)) => Reply::Code(code),
        (None, Err(_)) => Reply::Address(what.to_owned()),
    };
    Some((name.to_owned(), kind, reply))
}

/// The message that answers a query; `None` for silence, or for what is no query.
fn answer(query: &[u8], answers: &impl Fn(&str, u16) -> Reply) -> Option<Vec<u8>> {
    let (name, end) = name(query, 12)?;
    let question = query.get(12..end + 4)?;
    let kind = u16::from_be_bytes([query[end], query[end + 1]]);
    let (code, record) = match answers(&name, kind) {
        Reply::Silence => return None,
        Reply::Code(code) => (code, None),
        Reply::Address(address) => {
            let (kind, data) = match address.parse::<IpAddr>().expect("it is an address") {
                IpAddr::V4(v4) => (1_u16, v4.octets().to_vec()),
                IpAddr::V6(v6) => (28, v6.octets().to_vec()),
            };
            (0, Some((kind, data)))
        }
        Reply::Server(server) => (0, Some((2, wire(&server)))),
    };
    // Answer, recursion available.
    let mut message =
        [&query[..2], &[0x81, 0x80 | code, 0, 1, 0, u8::from(record.is_some()), 0, 0, 0, 0], question].concat();
    if let Some((kind, data)) = record {
        let length = u16::try_from(data.len()).expect("it is short");
        message
            .extend([&[0xc0, 12][..], &kind.to_be_bytes(), &[0, 1, 0, 0, 0, 5], &length.to_be_bytes(), &data].concat());
    }
    Some(message)
}

fn name(query: &[u8], mut at: usize) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            query.get(at..at + 4)?;
            return Some((labels.join(".").to_lowercase(), at));
        }
        labels.push(String::from_utf8_lossy(query.get(at..at + length)?).into_owned());
        at += length;
    }
}

fn wire(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).expect("labels are short"));
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes
}
