//! One request and its answer over an open connection.

use super::body::Body;
use super::fault;
use super::head::{Head, HeadParser, framing};
use super::open::within;
use super::types::{Answer, BodyEnd, During, HttpFlaw, NetFault, Request};
use app::model::{FaultKind, Origin, Phases};
use bytes::BytesMut;
use std::io::{Error, ErrorKind};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Interim answers (1xx) that are read over.
const MAX_INTERIM: usize = 4;
/// What one read takes at most; the head's buffer grows by it, the body passes through it.
const READ: usize = 8 * 1024;
/// A slow client stops reading after so many bytes of a body.
const PAUSE_AT: u64 = 64 * 1024;
/// How long a body is looked at that never ends by its kind, where nobody wants to see it.
const GLANCE: Duration = Duration::from_millis(200);
/// Body bytes that one write sends.
const WRITE: usize = 16 * 1024;

/// Time in the phases that this part knows.
pub(super) struct Timing<'a> {
    pub(super) phases: &'a mut Phases,
    pub(super) send: &'a mut Option<Duration>,
}

struct Talk<'a, S> {
    stream: &'a mut S,
    request: &'a Request,
    deadline: Instant,
    buffer: BytesMut,
}

/// Sends the request and reads the answer.
pub(super) async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &Request,
    deadline: Instant,
    timing: Timing<'_>,
) -> Result<Answer, NetFault> {
    let mut talk = Talk { stream, request, deadline, buffer: BytesMut::with_capacity(READ) };
    let started = Instant::now();
    let sent = talk.send().await;
    *timing.send = Some(started.elapsed());
    let asked = Instant::now();
    // A peer may answer and close before it took everything: what it said counts, if it said anything.
    let head = talk.receive_head(asked, sent, timing.phases).await;
    let first = timing.phases.first_byte.map_or(asked, |waited| asked + Duration::from(waited));
    let head = head?;
    let (body, end) = talk.receive_body(&head).await?;
    timing.phases.body = Some(first.elapsed().into());
    let (kept, count) = body.into_parts();
    Ok(Answer {
        status: head.status,
        reason: head.reason,
        version: format!("HTTP/1.{}", head.minor),
        headers: head.headers,
        head_bytes: head.length as u64,
        body: kept,
        body_bytes: count,
        end,
    })
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<'_, S> {
    /// Sends all, or stops early because an answer has begun.
    async fn send(&mut self) -> Result<(), Error> {
        let head = self.request.head();
        let limit = within(self.request.limits.first_byte, self.deadline);
        let sending = async {
            self.stream.write_all(&head).await?;
            self.stream.flush().await?;
            if self.request.body_size == 0 && self.request.body.is_empty() {
                return Ok(());
            }
            let (mut read, mut write) = tokio::io::split(&mut *self.stream);
            tokio::select! {
                sent = send_body(&mut write, self.request) => sent,
                early = read.read_buf(&mut self.buffer) => early.map(|_| ()),
            }
        };
        timeout(limit, sending).await.unwrap_or_else(|_| Err(Error::from(ErrorKind::TimedOut)))
    }

    async fn receive_head(
        &mut self,
        asked: Instant,
        sent: Result<(), Error>,
        phases: &mut Phases,
    ) -> Result<Head, NetFault> {
        let first_deadline = asked + within(self.request.limits.first_byte, self.deadline);
        let mut parser = HeadParser::default();
        let mut interim = 0;
        let mut over = 0;
        loop {
            if !self.buffer.is_empty() && phases.first_byte.is_none() {
                phases.first_byte = Some(asked.elapsed().into());
            }
            let seen = over + self.buffer.len();
            let limit = self.request.limits.head_bytes.saturating_sub(over);
            match parser.advance(&self.buffer, limit).map_err(|flaw| NetFault::malformed(flaw, seen))? {
                Some(head) if head.status < 200 && head.status != 101 => {
                    interim += 1;
                    if interim > MAX_INTERIM {
                        return Err(NetFault::malformed(HttpFlaw::TooManyInterim, seen));
                    }
                    over += head.length;
                    let _ = self.buffer.split_to(head.length);
                    parser = HeadParser::default();
                    continue;
                }
                Some(head) => return Ok(head),
                None => {}
            }
            let during = match (&sent, seen) {
                (Err(_), 0) => During::Send,
                (Ok(()), 0) => During::Wait,
                _ => During::Head,
            };
            let deadline = if seen == 0 { first_deadline } else { self.deadline };
            match self.read(deadline).await {
                Ok(0) => return Err(closed(sent, during).after(seen)),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::TimedOut && error.raw_os_error().is_none() => {
                    return Err(silent(asked.elapsed(), during).after(seen));
                }
                Err(error) => return Err(fault::of_stream(&error, during).after(seen)),
            }
        }
    }

    async fn receive_body(&mut self, head: &Head) -> Result<(Body, BodyEnd), NetFault> {
        let framing = framing(head, &self.request.method).map_err(|flaw| NetFault::malformed(flaw, head.length))?;
        let mut body = Body::new(framing, self.request.limits.body_bytes, self.request.keep_body);
        let rest = self.buffer.split_off(head.length);
        self.buffer.clear();
        let mut end = body.take(&rest);
        drop(rest);
        let begun = Instant::now();
        let glance = (self.request.keep_body == 0 && never_ends(head)).then(|| begun + GLANCE);
        let deadline = glance.map_or(self.deadline, |until| until.min(self.deadline));
        let mut pause = self.request.limits.pause;
        while end.is_none() {
            if !pause.is_zero() && body.count() >= PAUSE_AT {
                tokio::time::sleep(within(pause, self.deadline)).await;
                pause = Duration::ZERO;
            }
            if begun.elapsed() > self.request.limits.body_time {
                end = Some(BodyEnd::TooLong);
                break;
            }
            self.buffer.clear();
            end = match self.read(deadline).await {
                Ok(0) => Some(body.close()),
                Ok(_) => body.take(&self.buffer),
                Err(error) if error.kind() == ErrorKind::TimedOut && glance.is_some() => Some(BodyEnd::TooLong),
                Err(error) if error.kind() == ErrorKind::TimedOut => Some(BodyEnd::Stalled),
                Err(_) => Some(BodyEnd::Truncated),
            };
        }
        Ok((body, end.unwrap_or(BodyEnd::Complete)))
    }

    /// Reads once. A TLS peer that closes without saying so has closed all the same.
    async fn read(&mut self, deadline: Instant) -> Result<usize, Error> {
        let limit = within(Duration::MAX, deadline);
        if limit.is_zero() {
            // A peer that always has something ready would else outlast the deadline.
            return Err(Error::from(ErrorKind::TimedOut));
        }
        self.buffer.reserve(READ);
        match timeout(limit, self.stream.read_buf(&mut self.buffer)).await {
            Err(_) => Err(Error::from(ErrorKind::TimedOut)),
            Ok(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
            Ok(result) => result,
        }
    }
}

/// Streams of events, and pictures that replace each other.
fn never_ends(head: &Head) -> bool {
    let kinds = head.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    kinds.into_iter().any(|(_, value)| {
        let kind = value.split(';').next().unwrap_or_default().trim();
        ["text/event-stream", "multipart/x-mixed-replace"].iter().any(|known| kind.eq_ignore_ascii_case(known))
    })
}

async fn send_body<W: AsyncWrite + Unpin>(write: &mut W, request: &Request) -> Result<(), Error> {
    static BLOCK: [u8; WRITE] = [b'x'; WRITE];
    if !request.body.is_empty() {
        write.write_all(&request.body).await?;
        return write.flush().await;
    }
    let mut left = request.body_size;
    while left > 0 {
        let length = usize::try_from(left).map_or(WRITE, |left| left.min(WRITE));
        write.write_all(&BLOCK[..length]).await?;
        left -= length as u64;
    }
    write.flush().await
}

fn closed(sent: Result<(), Error>, during: During) -> NetFault {
    match sent {
        Err(error) if during == During::Send && error.kind() != ErrorKind::TimedOut => {
            fault::of_stream(&error, During::Send)
        }
        _ => {
            let detail = match during {
                During::Head => "the peer closed the connection in the middle of the answer's head",
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
