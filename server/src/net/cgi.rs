//! FastCGI, uwsgi and SCGI: one request each, as a gateway sends it, over a connection of `netguard`.
//!
//! The three differ in how a request is packed and in how its answer ends; the head that comes back is that of CGI
//! (`Status: 404 Not Found`) or a plain HTTP status line. Parsers here take slices and never wait; [`ask`] does the
//! talking, and never outlasts [`Limits::total`](super::Limits::total).

mod fastcgi;
mod head;
mod packet;

use super::fault;
use super::open::{self, Connection, within};
use super::types::{Answer, BodyEnd, During, Exchange, HttpFlaw, NetFault, Request};
use crate::netguard::Netguard;
use app::model::{FaultKind, Origin};
use bytes::{Bytes, BytesMut};
use fastcgi::Demux;
use head::CgiHead;
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// What one read takes at most.
const READ: usize = 8 * 1024;

/// Which of the three is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cgi {
    /// A responder request of `FastCGI` 1.
    Fastcgi,
    /// A request packet of uWSGI's own protocol, modifier 0.
    Uwsgi,
    /// A netstring of variables.
    Scgi,
}

/// One variable of a request.
pub type Param = (String, String);

/// What came back besides an HTTP answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CgiExtra {
    /// What a `FastCGI` application wrote as its errors: its own text, at most a few kilobytes.
    pub complaint: String,
    /// The application is overloaded, by its own word (`FCGI_OVERLOADED`).
    pub overloaded: bool,
}

/// Asks once, with these variables. Of the request, target, limits, body size and `keep_body` count.
pub async fn ask(guard: &Netguard, request: &Request, cgi: Cgi, params: &[Param]) -> (Exchange, CgiExtra) {
    let started = Instant::now();
    let deadline = started + request.limits.total;
    let problem = NetFault::new(FaultKind::Internal, Origin::Here, During::Resolve, String::new());
    let mut exchange = Exchange {
        peer: None,
        found: Vec::new(),
        local: None,
        phases: app::model::Phases::default(),
        send: None,
        tls: None,
        result: Err(problem),
        total: Duration::ZERO,
    };
    let mut extra = CgiExtra::default();
    let opened = open::open(guard, request, deadline, exchange.way()).await;
    exchange.result = match opened {
        Ok(Connection::Tcp(stream)) => {
            exchange.local = stream.local_addr().ok();
            talk(stream, request, (cgi, params), deadline, (&mut exchange.phases, &mut extra)).await
        }
        Ok(Connection::Unix(stream)) => {
            talk(stream, request, (cgi, params), deadline, (&mut exchange.phases, &mut extra)).await
        }
        Err(fault) => Err(fault),
    };
    exchange.total = started.elapsed();
    (exchange, extra)
}

/// The request's bytes.
fn pack(cgi: Cgi, params: &[Param], body: u64) -> Vec<u8> {
    match cgi {
        Cgi::Fastcgi => fastcgi::request(params, body),
        Cgi::Uwsgi => packet::uwsgi(params, body),
        Cgi::Scgi => packet::scgi(params, body),
    }
}

/// Where an answer is put together.
struct Incoming {
    /// Records of `FastCGI`; `None` for the protocols whose answer is the stream itself.
    demux: Option<Demux>,
    /// The application's output so far.
    output: BytesMut,
    /// Bytes that came, whatever they were.
    seen: usize,
    /// The application said that it is done.
    ended: bool,
}

impl Incoming {
    fn new(cgi: Cgi) -> Self {
        let demux = (cgi == Cgi::Fastcgi).then(Demux::default);
        Self { demux, output: BytesMut::new(), seen: 0, ended: false }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), HttpFlaw> {
        self.seen += bytes.len();
        match &mut self.demux {
            Some(demux) => self.ended = demux.take(bytes, &mut self.output)?,
            None => self.output.extend_from_slice(bytes),
        }
        Ok(())
    }
}

/// Takes bytes apart as an answer of each protocol. For the fuzz targets; what comes out does not matter, only that
/// something does.
pub(crate) fn take_apart(bytes: &[u8]) {
    for cgi in [Cgi::Fastcgi, Cgi::Uwsgi, Cgi::Scgi] {
        let mut incoming = Incoming::new(cgi);
        for piece in bytes.chunks(7) {
            if incoming.take(piece).is_err() || incoming.ended {
                break;
            }
        }
        drop(head::read(&incoming.output, 64 * 1024));
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    request: &Request,
    (cgi, params): (Cgi, &[Param]),
    deadline: Instant,
    (phases, extra): (&mut app::model::Phases, &mut CgiExtra),
) -> Result<Answer, NetFault> {
    let bytes = pack(cgi, params, request.body_size);
    let limit = within(request.limits.first_byte, deadline);
    // A peer may answer and close before it took everything: what it said counts, if it said anything.
    let sent = match timeout(limit, stream.write_all(&bytes)).await {
        Ok(sent) => sent,
        Err(_) => Err(std::io::Error::from(ErrorKind::TimedOut)),
    };
    let asked = Instant::now();
    let first_by = asked + within(request.limits.first_byte, deadline);
    let mut incoming = Incoming::new(cgi);
    let mut head: Option<CgiHead> = None;
    let mut buffer = vec![0; READ];
    let end = loop {
        let waiting = incoming.seen == 0;
        let during = match (&sent, waiting, &head) {
            (Err(_), true, _) => During::Send,
            (Ok(()), true, _) => During::Wait,
            (_, false, None) => During::Head,
            (_, false, Some(_)) => During::Body,
        };
        let left = if waiting { first_by.min(deadline) } else { deadline }.saturating_duration_since(Instant::now());
        let read = if left.is_zero() { None } else { timeout(left, stream.read(&mut buffer)).await.ok() };
        match read {
            None if head.is_some() => break BodyEnd::Stalled,
            None => return Err(silent(asked.elapsed(), during).after(incoming.seen)),
            Some(Err(error)) if head.is_none() => return Err(fault::of_stream(&error, during).after(incoming.seen)),
            Some(Err(_)) => break BodyEnd::Truncated,
            Some(Ok(0)) => match (&head, cgi) {
                (None, _) => return Err(closed(sent, during).after(incoming.seen)),
                (Some(_), Cgi::Fastcgi) => break BodyEnd::Truncated,
                (Some(head), _) => break head.end_of(incoming.output.len()),
            },
            Some(Ok(count)) => {
                if phases.first_byte.is_none() {
                    phases.first_byte = Some(asked.elapsed().into());
                }
                incoming.take(&buffer[..count]).map_err(|flaw| NetFault::malformed(flaw, incoming.seen))?;
            }
        }
        if head.is_none() {
            head = head::read(&incoming.output, request.limits.head_bytes)
                .map_err(|flaw| NetFault::malformed(flaw, incoming.seen))?;
        }
        if incoming.ended {
            break BodyEnd::Complete;
        }
        if incoming.output.len() as u64 > request.limits.body_bytes + request.limits.head_bytes as u64 {
            break BodyEnd::TooLong;
        }
    };
    if let Some(demux) = &incoming.demux {
        extra.complaint = demux.complaint();
        extra.overloaded = demux.overloaded();
    }
    let Some(head) = head else {
        // The application ended its request without a word.
        return Err(closed(Ok(()), During::Head).after(incoming.seen));
    };
    Ok(answer(head, &incoming.output, request.keep_body, end))
}

fn answer(head: CgiHead, output: &[u8], keep: usize, end: BodyEnd) -> Answer {
    let body = output.get(head.length..).unwrap_or_default();
    Answer {
        status: head.status,
        reason: head.reason,
        version: "CGI/1.1".to_owned(),
        headers: head.headers,
        head_bytes: head.length as u64,
        body: Bytes::copy_from_slice(&body[..body.len().min(keep)]),
        body_bytes: body.len() as u64,
        end,
    }
}

fn closed(sent: std::io::Result<()>, during: During) -> NetFault {
    match sent {
        Err(error) if during == During::Send && error.kind() != ErrorKind::TimedOut => {
            fault::of_stream(&error, During::Send)
        }
        _ => {
            let detail = match during {
                During::Head => "the peer ended in the middle of the answer's head",
                _ => "the peer closed the connection without an answer",
            };
            NetFault::new(FaultKind::ClosedEarly, Origin::Edge, during, detail)
        }
    }
}

fn silent(waited: Duration, during: During) -> NetFault {
    let words = match during {
        During::Send => "the peer did not take the request",
        During::Head => "the answer's head did not end",
        _ => "no answer",
    };
    let detail = format!("{words} within {} ms", waited.as_millis());
    NetFault::new(FaultKind::ReadTimeout, Origin::Edge, during, detail)
}

#[cfg(test)]
mod tests;
