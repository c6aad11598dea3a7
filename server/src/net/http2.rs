//! One exchange over HTTP/2: in plain by prior knowledge, or over TLS by ALPN.
//!
//! As an exchange in HTTP/1.1 it makes one attempt over a fresh connection, never retries and never outlasts its limits.

use super::bounded::Bounded;
use super::open::{self, Connection, within};
use super::talk::{self, Timing};
use super::types::{Answer, BodyEnd, During, Exchange, HttpFlaw, NetFault, Request};
use super::{LONGEST, USER_AGENT, fault, tls};
use crate::netguard::Netguard;
use app::model::{FaultKind, Origin};
use bytes::{Bytes, BytesMut};
use h2::client::{self, ResponseFuture, SendRequest};
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Method, Version};
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Bytes that frames may need besides an answer's head and body.
const FRAMES: u64 = 256 * 1024;
/// Most bytes of a request's body that are sent: what fits in a fresh stream's window.
const MOST_SENT: u64 = 65_535;
/// Headers that HTTP/2 has no place for.
const ONLY_IN_1: [&str; 4] = ["connection", "upgrade", "keep-alive", "proxy-connection"];

/// One attempt in HTTP/2, whatever came of it.
#[derive(Debug, Clone)]
pub struct Asked2 {
    /// As in HTTP/1.1; an answer's `version` is `HTTP/2`, its head's size that of the headers before compression.
    pub exchange: Exchange,
    /// False where the peer was reached and takes no HTTP/2 over TLS: then nothing was asked.
    pub spoken: bool,
    /// The `grpc-status`, from head or trailers.
    pub grpc_status: Option<u32>,
    /// The error code of the frame that ended it.
    pub reason: Option<u32>,
    /// The peer said goodbye (GOAWAY) to the whole connection.
    pub goaway: bool,
}

/// Asks by HTTP/2. The URL's scheme says whether TLS is spoken.
pub async fn ask(guard: &Netguard, request: &Request) -> Asked2 {
    ask_in(guard, request, Choice::Http2).await
}

/// Asks by HTTP/2 where the peer takes it over TLS, else by HTTP/1.1 over the same connection; always by HTTP/1.1 in
/// plain, where nothing is negotiated.
pub async fn ask_either(guard: &Netguard, request: &Request) -> Exchange {
    if request.url.scheme() == "https" {
        return ask_in(guard, request, Choice::Either).await.exchange;
    }
    super::exchange(guard, request).await
}

/// What is spoken with a peer that takes no HTTP/2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Http2,
    Either,
}

async fn ask_in(guard: &Netguard, request: &Request, choice: Choice) -> Asked2 {
    let started = Instant::now();
    let deadline = started + request.limits.total.min(LONGEST);
    let mut asked = Asked2::of(Exchange::begun());
    asked.exchange.result = attempt(guard, request, deadline, choice, &mut asked).await;
    asked.exchange.total = started.elapsed();
    asked
}

async fn attempt(
    guard: &Netguard,
    request: &Request,
    deadline: Instant,
    choice: Choice,
    asked: &mut Asked2,
) -> Result<Answer, NetFault> {
    request
        .check()
        .map_err(|problem| NetFault::new(FaultKind::Blocked, Origin::Here, During::Resolve, problem.to_string()))?;
    let trace = &mut asked.exchange;
    match open::open(guard, request, deadline, trace.way()).await? {
        Connection::Tcp(stream) => {
            trace.local = stream.local_addr().ok();
            over(stream, request, deadline, choice, asked).await
        }
        Connection::Unix(stream) => over(stream, request, deadline, choice, asked).await,
    }
}

async fn over<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    request: &Request,
    deadline: Instant,
    choice: Choice,
    asked: &mut Asked2,
) -> Result<Answer, NetFault> {
    if !request.preface.is_empty() {
        let sending = timeout(within(request.limits.connect, deadline), stream.write_all(request.preface));
        let sent = sending.await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
        sent.map_err(|error| fault::of_stream(&error, During::Send))?;
    }
    if request.url.scheme() != "https" {
        return talk(stream, request, deadline, asked).await;
    }
    let started = Instant::now();
    let limit = within(request.limits.tls, deadline);
    let shaken = tls::handshake_either(stream, request, limit, &mut asked.exchange.tls).await;
    asked.exchange.phases.tls = Some(started.elapsed().into());
    let mut stream = shaken?;
    asked.spoken = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    if !asked.spoken && choice == Choice::Either {
        let timing = Timing { phases: &mut asked.exchange.phases, send: &mut asked.exchange.send };
        return talk::talk(&mut stream, request, deadline, timing).await;
    }
    if !asked.spoken {
        return Err(NetFault::new(
            FaultKind::TlsHandshake,
            Origin::Edge,
            During::Tls,
            "the peer does not offer HTTP/2",
        ));
    }
    talk(stream, request, deadline, asked).await
}

/// How far an exchange is when something breaks.
#[derive(Clone, Copy)]
struct Stage {
    during: During,
    since: Instant,
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    request: &Request,
    deadline: Instant,
    asked: &mut Asked2,
) -> Result<Answer, NetFault> {
    let limit = within(request.limits.first_byte, deadline);
    let began = Stage { during: During::Send, since: Instant::now() };
    let limits = &request.limits;
    let most = limits.body_bytes.saturating_add(2 * limits.head_bytes as u64 + FRAMES);
    let mut builder = client::Builder::new();
    builder.enable_push(false).max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX));
    let (sender, connection) = match timeout(limit, builder.handshake(Bounded::new(stream, most))).await {
        Ok(done) => done.map_err(|error| asked.broken(&error, During::Send))?,
        Err(_) => return Err(silent(began)),
    };
    tokio::pin!(connection);
    let exchange = exchange(sender, request, deadline, asked);
    tokio::pin!(exchange);
    // The connection moves the frames of the exchange; where it ends, the exchange learns why from its own stream.
    tokio::select! {
        done = &mut exchange => done,
        _ = &mut connection => exchange.await,
    }
}

async fn exchange(
    sender: SendRequest<Bytes>,
    request: &Request,
    deadline: Instant,
    asked: &mut Asked2,
) -> Result<Answer, NetFault> {
    let limit = within(request.limits.first_byte, deadline);
    let sending = Stage { during: During::Send, since: Instant::now() };
    let (response, _rest) = match timeout(limit, send(sender, request)).await {
        Ok(Ok(sent)) => sent,
        Ok(Err(Unsent::Broken(error))) => return Err(asked.broken(&error, During::Wait)),
        Ok(Err(Unsent::Unwritable)) => {
            let words = "the request cannot be written as HTTP/2";
            return Err(NetFault::new(FaultKind::Internal, Origin::Here, During::Send, words));
        }
        Err(_) => return Err(silent(sending)),
    };
    asked.exchange.send = Some(sending.since.elapsed());
    let waiting = Stage { during: During::Wait, since: Instant::now() };
    let response = match timeout(limit, response).await {
        Ok(response) => response.map_err(|error| asked.broken(&error, During::Wait))?,
        Err(_) => return Err(silent(waiting)),
    };
    asked.exchange.phases.first_byte = Some(waiting.since.elapsed().into());
    let first = Instant::now();
    let (head, body) = response.into_parts();
    asked.grpc_status = grpc(&head.headers);
    let headers = plain(&head.headers);
    let head_bytes = headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>() + 12;
    let (kept, count, end) = receive(body, request, deadline, asked).await;
    asked.exchange.phases.body = Some(first.elapsed().into());
    Ok(Answer {
        status: head.status.as_u16(),
        reason: String::new(),
        version: "HTTP/2".to_owned(),
        headers,
        head_bytes: head_bytes as u64,
        body: kept,
        body_bytes: count,
        end,
    })
}

/// Why a request did not go out.
enum Unsent {
    Broken(h2::Error),
    Unwritable,
}

impl From<h2::Error> for Unsent {
    fn from(error: h2::Error) -> Self {
        Self::Broken(error)
    }
}

async fn send(
    sender: SendRequest<Bytes>,
    request: &Request,
) -> Result<(ResponseFuture, Option<SendStream<Bytes>>), Unsent> {
    // A server that does not speak HTTP/2 never sends SETTINGS: the connection's own error tells.
    let mut ready = sender.ready().await?;
    let message = message(request).map_err(|_| Unsent::Unwritable)?;
    let bytes = match (request.body.is_empty(), request.body_size.min(MOST_SENT)) {
        (false, _) => request.body.clone(),
        (true, size) => Bytes::from(vec![b'x'; usize::try_from(size).unwrap_or(0)]),
    };
    let (response, mut body) = ready.send_request(message, bytes.is_empty())?;
    if bytes.is_empty() {
        return Ok((response, None));
    }
    body.send_data(bytes, true)?;
    Ok((response, Some(body)))
}

fn message(request: &Request) -> Result<http::Request<()>, http::Error> {
    let path =
        request.url.query().map_or_else(|| request.url.path().to_owned(), |q| format!("{}?{q}", request.url.path()));
    let uri = format!("{}://{}{path}", request.url.scheme(), request.host_header());
    let method = Method::from_bytes(request.method.as_bytes())?;
    let mut built = http::Request::builder().method(method).uri(uri).version(Version::HTTP_2);
    for (name, value) in [("user-agent", USER_AGENT), ("accept", "*/*")] {
        if !request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            built = built.header(name, value);
        }
    }
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        if !ONLY_IN_1.contains(&name.as_str()) {
            built = built.header(name, value);
        }
    }
    built.body(())
}

/// Reads the body, as far as the limits let it, and the trailers.
async fn receive(
    mut body: RecvStream,
    request: &Request,
    deadline: Instant,
    asked: &mut Asked2,
) -> (Bytes, u64, BodyEnd) {
    let (mut kept, mut count) = (BytesMut::new(), 0_u64);
    loop {
        let data = match timeout(within(Duration::MAX, deadline), body.data()).await {
            Err(_) => return (kept.freeze(), count, BodyEnd::Stalled),
            Ok(Some(Err(error))) => {
                asked.note(&error);
                return (kept.freeze(), count, BodyEnd::Truncated);
            }
            Ok(Some(Ok(data))) => data,
            Ok(None) => break,
        };
        count += data.len() as u64;
        // A window that cannot be widened any more belongs to a stream that has ended.
        drop(body.flow_control().release_capacity(data.len()));
        kept.extend_from_slice(&data[..data.len().min(request.keep_body.saturating_sub(kept.len()))]);
        if count > request.limits.body_bytes {
            return (kept.freeze(), count, BodyEnd::TooLong);
        }
    }
    let end = match timeout(within(Duration::MAX, deadline), body.trailers()).await {
        Err(_) => BodyEnd::Stalled,
        Ok(Err(error)) => {
            asked.note(&error);
            BodyEnd::Truncated
        }
        Ok(Ok(trailers)) => {
            asked.grpc_status = trailers.as_ref().and_then(grpc).or(asked.grpc_status);
            BodyEnd::Complete
        }
    };
    (kept.freeze(), count, end)
}

fn grpc(headers: &HeaderMap) -> Option<u32> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

/// Headers as an answer in HTTP/1.1 has them.
fn plain(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

fn silent(stage: Stage) -> NetFault {
    let words = match stage.during {
        During::Send => "the peer did not take the request in HTTP/2",
        _ => "no answer in HTTP/2",
    };
    let detail = format!("{words} within {} ms", stage.since.elapsed().as_millis());
    NetFault::new(FaultKind::ReadTimeout, Origin::Edge, stage.during, detail)
}

impl Asked2 {
    /// One of which nothing more is known.
    pub(crate) fn of(exchange: Exchange) -> Self {
        Self { exchange, spoken: true, grpc_status: None, reason: None, goaway: false }
    }

    /// Keeps what a frame said of the end.
    fn note(&mut self, error: &h2::Error) {
        self.reason = error.reason().map(u32::from).or(self.reason);
        self.goaway |= error.is_go_away();
    }

    /// A fault before the answer's head.
    fn broken(&mut self, error: &h2::Error, during: During) -> NetFault {
        self.note(error);
        let reason = error.reason().map_or(0, u32::from);
        if error.is_library() && error.reason() == Some(Reason::ENHANCE_YOUR_CALM) {
            // So our own side ends a connection with far larger headers than it announced.
            return NetFault::malformed(HttpFlaw::HeadTooLarge, 0);
        }
        if error.is_library() && error.is_reset() {
            // The crate does not say which of the two it was.
            let words = "the answer's head breaks the rules of HTTP/2 or is larger than what is read";
            return NetFault::new(FaultKind::BadHttp, Origin::Edge, during, words);
        }
        if error.get_io().is_some_and(|error| error.kind() == ErrorKind::InvalidData) {
            let words = "the peer sent far more frames than an answer needs";
            return NetFault::new(FaultKind::BadHttp, Origin::Edge, during, words);
        }
        let (kind, words) = match (error.is_io(), error.is_remote(), error.is_reset()) {
            (true, ..) => match error.get_io().map(fault::is_reset) {
                Some(true) => (FaultKind::Reset, "the peer reset the connection".to_owned()),
                _ => (FaultKind::ClosedEarly, "the peer closed the connection".to_owned()),
            },
            (_, true, true) => (FaultKind::Reset, format!("the peer reset the stream (HTTP/2 error {reason})")),
            (_, true, false) => (FaultKind::ClosedEarly, format!("the peer said goodbye (HTTP/2 error {reason})")),
            _ => (FaultKind::BadHttp, "the peer does not speak HTTP/2, or breaks its rules".to_owned()),
        };
        NetFault::new(kind, Origin::Edge, during, words)
    }
}
