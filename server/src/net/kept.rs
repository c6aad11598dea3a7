//! One connection used twice: what happens to the second request, and when the peer closes an idle connection.

use super::body::Body;
use super::fault;
use super::head::{Framing, HeadParser, framing};
use super::open::{self, Connection, within};
use super::tls;
use super::types::{BodyEnd, During, NetFault, Request};
use crate::netguard::Netguard;
use app::model::{FaultKind, Origin};
use bytes::BytesMut;
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// What became of a connection that was to be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Status of the first answer.
    pub first: Option<u16>,
    /// Why there was no first answer.
    pub first_failure: Option<NetFault>,
    /// Whether the peer left the connection open after it.
    pub kept: bool,
    /// How long it was idle.
    pub idle: Duration,
    /// True when the peer closed it in that time.
    pub closed_idle: bool,
    /// Status of the second answer.
    pub second: Option<u16>,
    /// Why there was no second answer.
    pub second_failure: Option<NetFault>,
    /// What the `Keep-Alive` header promises.
    pub promised: Option<Duration>,
}

/// Sends the request, leaves the connection idle for so long, and sends it again unless the peer has closed by then or
/// `again` is false.
pub async fn use_twice(guard: &Netguard, request: &Request, idle: Duration, again: bool) -> Kept {
    let deadline = Instant::now() + request.limits.total;
    let opened = open::open_only(guard, request, deadline).await;
    let result = match opened {
        Ok(Connection::Tcp(stream)) => over(stream, request, idle, again, deadline).await,
        Ok(Connection::Unix(stream)) => over(stream, request, idle, again, deadline).await,
        Err(fault) => Err(fault),
    };
    result.unwrap_or_else(|fault| Kept { first_failure: Some(fault), ..Kept::default() })
}

async fn over<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    request: &Request,
    idle: Duration,
    again: bool,
    deadline: Instant,
) -> Result<Kept, NetFault> {
    if request.url.scheme() == "https" {
        let limit = within(request.limits.tls, deadline);
        let mut stream = tls::handshake(stream, request, limit, &mut None).await?;
        return Ok(twice(&mut stream, request, idle, again, deadline).await);
    }
    Ok(twice(&mut stream, request, idle, again, deadline).await)
}

async fn twice<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &Request,
    idle: Duration,
    again: bool,
    deadline: Instant,
) -> Kept {
    let mut kept = Kept::default();
    match once(stream, request, deadline).await {
        Ok(answer) => {
            kept.first = Some(answer.status);
            kept.promised = answer.promised;
            if !answer.keeps {
                return kept;
            }
        }
        Err(fault) => {
            kept.first_failure = Some(fault);
            return kept;
        }
    }
    let since = Instant::now();
    let mut byte = [0; 1];
    let watched = timeout(within(idle, deadline), stream.read(&mut byte)).await;
    kept.idle = since.elapsed();
    if watched.is_ok() {
        // A close straight after the answer is no idle timeout: the connection was never kept.
        kept.kept = kept.idle > Duration::from_millis(150);
        kept.closed_idle = kept.kept;
        return kept;
    }
    kept.kept = true;
    if again {
        match once(stream, request, deadline).await {
            Ok(answer) => kept.second = Some(answer.status),
            Err(fault) => kept.second_failure = Some(fault),
        }
    }
    kept
}

struct Whole {
    status: u16,
    keeps: bool,
    promised: Option<Duration>,
}

/// One request and its whole answer, leaving the connection as it is.
async fn once<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &Request,
    deadline: Instant,
) -> Result<Whole, NetFault> {
    let mut words = request.head();
    let body = usize::try_from(request.body_size).unwrap_or(0).min(1 << 20);
    words.extend(std::iter::repeat_n(b'x', body));
    stream.write_all(&words).await.map_err(|error| fault::of_stream(&error, During::Send))?;
    stream.flush().await.map_err(|error| fault::of_stream(&error, During::Send))?;
    let first = Instant::now() + within(request.limits.first_byte, deadline);
    let mut buffer = BytesMut::with_capacity(8 * 1024);
    let mut parser = HeadParser::default();
    let head = loop {
        let parsed = parser.advance(&buffer, request.limits.head_bytes);
        match parsed.map_err(|flaw| NetFault::malformed(flaw, buffer.len()))? {
            Some(head) if head.status < 200 && head.status != 101 => {
                let _ = buffer.split_to(head.length);
                parser = HeadParser::default();
            }
            Some(head) => break head,
            None => {
                let (during, until) = if buffer.is_empty() { (During::Wait, first) } else { (During::Head, deadline) };
                read(stream, &mut buffer, until, during).await?;
            }
        }
    };
    let framing = framing(&head, &request.method).map_err(|flaw| NetFault::malformed(flaw, head.length))?;
    let value = |wanted: &str| head.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, v)| v);
    let says = |word: &str| value("connection").is_some_and(|value| value.to_ascii_lowercase().contains(word));
    let whole = Whole {
        status: head.status,
        keeps: framing != Framing::UntilClose && !says("close") && (head.minor == 1 || says("keep-alive")),
        promised: value("keep-alive").and_then(|value| promised(value)),
    };
    let mut body = Body::new(framing, request.limits.body_bytes, 0);
    let rest = buffer.split_off(head.length);
    let mut end = body.take(&rest);
    while end.is_none() {
        buffer.clear();
        read(stream, &mut buffer, deadline, During::Body).await?;
        end = body.take(&buffer);
    }
    Ok(Whole { keeps: whole.keeps && end == Some(BodyEnd::Complete), ..whole })
}

/// `timeout=5, max=100`.
fn promised(value: &str) -> Option<Duration> {
    let (_, rest) = value.split_once("timeout=")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(Duration::from_secs)
}

async fn read<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    deadline: Instant,
    during: During,
) -> Result<(), NetFault> {
    let seen = buffer.len();
    buffer.reserve(8 * 1024);
    match timeout(within(Duration::MAX, deadline), stream.read_buf(buffer)).await {
        Err(_) => Err(NetFault::new(FaultKind::ReadTimeout, Origin::Edge, during, "no answer in time").after(seen)),
        Ok(Ok(0)) => {
            let words = "the peer closed the connection without a whole answer";
            Err(NetFault::new(FaultKind::ClosedEarly, Origin::Edge, during, words).after(seen))
        }
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => {
            let words = "the peer closed the connection without a whole answer";
            Err(NetFault::new(FaultKind::ClosedEarly, Origin::Edge, during, words).after(seen))
        }
        Ok(Err(error)) => Err(fault::of_stream(&error, during).after(seen)),
    }
}
