//! Conversations in raw bytes: say something, and listen to what comes back, without judging it.

use super::fault;
use super::hello::{self, Offer, Reply};
use super::open::{self, Connection, within};
use super::recognise;
use super::tls;
use super::types::{Limits, NetFault, Request, Target};
use crate::netguard::Netguard;
use app::model::fact::wire::{Heard, Opener, Spoken, TlsEnd, TlsTrial};
use bytes::BytesMut;
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// HTTP/2's preface and an empty SETTINGS frame.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// A FastCGI question for the responder's own values, which needs no application.
const FASTCGI: &[u8] = b"\x01\x09\0\0\0\x11\x07\0\x0f\0FCGI_MPXS_CONNS\0\0\0\0\0\0\0";
/// What one read takes.
const READ: usize = 16 * 1024;

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The peer closed.
    Closed,
    /// The peer reset.
    Reset,
    /// The peer said nothing more for as long as we listened; the connection still stands.
    Open,
    /// We heard as much as we wanted.
    Enough,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How it ended.
    pub ending: Ending,
    /// From the last byte said to the first heard.
    pub first_byte: Option<Duration>,
}

/// How long and how much to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// For the first byte.
    pub first: Duration,
    /// For further bytes, each time.
    pub more: Duration,
    /// Most bytes.
    pub most: usize,
}

/// Says `words` over a fresh connection and listens; inside TLS where the request's URL says so.
pub(super) async fn hear(guard: &Netguard, request: &Request, words: &[u8], listen: Listen) -> Result<Raw, NetFault> {
    let deadline = Instant::now() + request.limits.total;
    match open::open_only(guard, request, deadline).await? {
        Connection::Tcp(stream) => hear_over(stream, request, words, listen, deadline).await,
        Connection::Unix(stream) => hear_over(stream, request, words, listen, deadline).await,
    }
}

/// Sends the request itself and listens to its raw answer.
pub async fn hear_answer(guard: &Netguard, request: &Request, listen: Listen) -> Result<Raw, NetFault> {
    let mut words = request.head();
    let body = usize::try_from(request.body_size).unwrap_or(0).min(1 << 20);
    words.extend(std::iter::repeat_n(b'x', body));
    hear(guard, request, &words, listen).await
}

async fn hear_over<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    request: &Request,
    words: &[u8],
    listen: Listen,
    deadline: Instant,
) -> Result<Raw, NetFault> {
    if request.url.scheme() == "https" {
        let limit = within(request.limits.tls, deadline);
        let mut stream = tls::handshake(stream, request, limit, &mut None).await?;
        return converse(&mut stream, words, listen, deadline, |_| false).await;
    }
    converse(&mut stream, words, listen, deadline, |_| false).await
}

/// Says the words, and listens until the end, silence, enough bytes, or `enough` says so.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    words: &[u8],
    listen: Listen,
    deadline: Instant,
    mut enough: impl FnMut(&[u8]) -> bool,
) -> Result<Raw, NetFault> {
    // A peer may close on the first bytes that it does not like: what it said counts, not that it did not listen on.
    drop(timeout(within(listen.first, deadline), stream.write_all(words)).await);
    drop(timeout(within(listen.first, deadline), stream.flush()).await);
    let said = Instant::now();
    let mut buffer = BytesMut::new();
    let mut first_byte = None;
    let ending = loop {
        if buffer.len() >= listen.most || enough(&buffer) {
            break Ending::Enough;
        }
        let limit = within(if buffer.is_empty() { listen.first } else { listen.more }, deadline);
        buffer.reserve(READ);
        match timeout(limit, stream.read_buf(&mut buffer)).await {
            Err(_) => break Ending::Open,
            Ok(Ok(0)) => break Ending::Closed,
            Ok(Ok(_)) => first_byte = first_byte.or_else(|| Some(said.elapsed())),
            Ok(Err(error)) if fault::is_reset(&error) => break Ending::Reset,
            Ok(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => break Ending::Closed,
            Ok(Err(error)) => return Err(fault::of_stream(&error, super::During::Wait)),
        }
    };
    Ok(Raw { bytes: buffer.to_vec(), ending, first_byte })
}

/// A request that only says where to connect.
fn bare(target: &Target, total: Duration) -> Option<Request> {
    let url = "http://localhost/".parse().ok()?;
    let limits = Limits { connect: total, total, ..Limits::default() };
    Some(Request { target: target.clone(), limits, ..Request::get(url) })
}

/// Opens a conversation in one protocol's words and says which protocol answers. `key` is how facts name the target;
/// `request` gives the HTTP request for the openers that carry one.
pub async fn speak_as(guard: &Netguard, key: &str, request: &Request, opener: Opener, patience: Duration) -> Spoken {
    let mut spoken =
        Spoken { target: key.to_owned(), opener, heard: Heard::Unreached, first: String::new(), status: None };
    let words = match opener {
        Opener::Http => request.head(),
        Opener::Tls => match random() {
            Some(random) => hello::client_hello(&Offer::all(None), &random),
            None => return spoken,
        },
        Opener::Http2 => PREFACE.to_vec(),
        Opener::Fastcgi => FASTCGI.to_vec(),
        Opener::Uwsgi => uwsgi(request),
        Opener::Proxy => [b"PROXY TCP4 127.0.0.1 127.0.0.1 50000 80\r\n".as_slice(), &request.head()].concat(),
        Opener::Nothing => Vec::new(),
    };
    let listen = Listen { first: patience, more: Duration::from_millis(80), most: 4096 };
    let Some(bare) = bare(&request.target, patience * 2) else { return spoken };
    match hear(guard, &bare, &words, listen).await {
        Ok(raw) => {
            spoken.heard = match (raw.bytes.is_empty(), raw.ending) {
                (false, _) => recognise::recognise(&raw.bytes),
                (true, Ending::Closed) => Heard::Closed,
                (true, Ending::Reset) => Heard::Reset,
                (true, Ending::Open | Ending::Enough) => Heard::Silence,
            };
            spoken.status = recognise::status(&raw.bytes);
            spoken.first = recognise::shown(&raw.bytes);
        }
        Err(fault) => spoken.first = fault.detail,
    }
    spoken
}

/// A uwsgi packet with the request's own variables.
fn uwsgi(request: &Request) -> Vec<u8> {
    let host = request.host_header();
    let path = request.url.path();
    let uri = match request.url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let pairs = [
        ("REQUEST_METHOD", "GET"),
        ("REQUEST_URI", uri.as_str()),
        ("PATH_INFO", path),
        ("QUERY_STRING", request.url.query().unwrap_or_default()),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("HTTP_HOST", host.as_str()),
        ("SERVER_NAME", "localhost"),
        ("SERVER_PORT", "80"),
        ("REMOTE_ADDR", "127.0.0.1"),
    ];
    let mut vars = Vec::new();
    for (name, value) in pairs {
        for text in [name, value] {
            let text = &text.as_bytes()[..text.len().min(1024)];
            vars.extend(u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
            vars.extend(text);
        }
    }
    let mut packet = vec![0];
    packet.extend(u16::try_from(vars.len()).unwrap_or(0).to_le_bytes());
    packet.push(0);
    packet.extend(vars);
    packet
}

fn random() -> Option<[u8; 64]> {
    let mut bytes = [0; 64];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

/// Offers a handshake and reads the server's choice, and its certificate where that comes in plain (before TLS 1.3); the
/// handshake is never finished.
pub async fn offer(
    guard: &Netguard,
    target: &Target,
    key: &str,
    offer: &Offer,
    words: &str,
    patience: Duration,
) -> (TlsTrial, Option<Vec<u8>>) {
    let mut trial = TlsTrial {
        target: key.to_owned(),
        sni: offer.sni.clone(),
        offered: words.to_owned(),
        least: hello::version_name(offer.least),
        most: hello::version_name(offer.most),
        ciphers: Vec::new(),
        end: TlsEnd::Unreached,
        alert: None,
        version: None,
        cipher: None,
        wants_certificate: None,
        shown: None,
        fits: None,
    };
    let (Some(random), Some(bare)) = (random(), bare(target, patience * 2)) else { return (trial, None) };
    let hello = hello::client_hello(offer, &random);
    let deadline = Instant::now() + bare.limits.total;
    let listen = Listen { first: patience, more: patience, most: 64 * 1024 };
    let done = |bytes: &[u8]| hello::read_reply(bytes).done;
    let heard = match open::open_only(guard, &bare, deadline).await {
        Ok(Connection::Tcp(mut stream)) => converse(&mut stream, &hello, listen, deadline, done).await,
        Ok(Connection::Unix(mut stream)) => converse(&mut stream, &hello, listen, deadline, done).await,
        Err(fault) => Err(fault),
    };
    let mut leaf = None;
    if let Ok(raw) = heard {
        let mut reply = hello::read_reply(&raw.bytes);
        leaf = reply.leaf.take();
        trial.shown = leaf.as_deref().map(tls::hash);
        tell(&mut trial, &reply, raw.ending);
    }
    (trial, leaf)
}

fn tell(trial: &mut TlsTrial, reply: &Reply, ending: Ending) {
    trial.end = reply.end.unwrap_or(match ending {
        Ending::Closed => TlsEnd::Closed,
        Ending::Reset => TlsEnd::Reset,
        Ending::Open | Ending::Enough => TlsEnd::Silence,
    });
    trial.alert = reply.alert;
    trial.version = reply.version.map(hello::version_name);
    trial.cipher = reply.cipher;
    trial.wants_certificate = reply.wants_certificate;
}
