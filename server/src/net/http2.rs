//! One request over HTTP/2: in plain by prior knowledge, or over TLS by ALPN.

use super::open::{self, Connection, within};
use super::tls;
use super::types::{During, NetFault, Request};
use crate::netguard::Netguard;
use app::model::{FaultKind, Origin, Phases};
use bytes::Bytes;
use h2::client;
use http::{HeaderMap, Method, Version};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

/// Body bytes that are read before we have seen enough.
const MOST: usize = 256 * 1024;

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer2 {
    /// The status.
    pub status: u16,
    /// The `grpc-status`, from head or trailers.
    pub grpc_status: Option<u32>,
    /// Bytes of body.
    pub body_bytes: usize,
}

/// Why nothing (whole) came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault2 {
    /// As for HTTP/1.
    pub fault: NetFault,
    /// The error code of the frame that ended it.
    pub reason: Option<u32>,
    /// The peer said goodbye (GOAWAY) to the whole connection.
    pub goaway: bool,
}

/// Asks by HTTP/2. The URL's scheme says whether TLS is spoken.
pub async fn ask(guard: &Netguard, request: &Request) -> Result<Answer2, Fault2> {
    let plain = |fault: NetFault| Fault2 { fault, reason: None, goaway: false };
    request.check().map_err(|problem| {
        plain(NetFault::new(FaultKind::Blocked, Origin::Here, During::Resolve, problem.to_string()))
    })?;
    let deadline = Instant::now() + request.limits.total;
    match open::open(guard, request, deadline, &mut Phases::default(), &mut None).await.map_err(plain)? {
        Connection::Tcp(stream) => over(stream, request, deadline).await,
        Connection::Unix(stream) => over(stream, request, deadline).await,
    }
}

async fn over<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    request: &Request,
    deadline: Instant,
) -> Result<Answer2, Fault2> {
    if request.url.scheme() != "https" {
        return talk(stream, request, deadline).await;
    }
    let stream = tls::handshake_for(stream, request, within(request.limits.tls, deadline), &["h2"]).await;
    let stream = stream.map_err(|fault| Fault2 { fault, reason: None, goaway: false })?;
    if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        let fault = NetFault::new(FaultKind::TlsHandshake, Origin::Edge, During::Tls, "the peer does not offer HTTP/2");
        return Err(Fault2 { fault, reason: None, goaway: false });
    }
    talk(stream, request, deadline).await
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    request: &Request,
    deadline: Instant,
) -> Result<Answer2, Fault2> {
    let limit = within(request.limits.first_byte, deadline);
    let slow = || {
        let words = "no answer in HTTP/2 in time";
        Fault2 {
            fault: NetFault::new(FaultKind::ReadTimeout, Origin::Edge, During::Wait, words),
            reason: None,
            goaway: false,
        }
    };
    let (sender, connection) =
        timeout(limit, client::handshake(stream)).await.map_err(|_| slow())?.map_err(|e| of(&e))?;
    let exchange = async {
        // A server that does not speak HTTP/2 never sends SETTINGS: the connection's own error tells.
        let mut ready = sender.ready().await.map_err(|error| of(&error))?;
        let (response, mut body) =
            ready.send_request(message(request)?, request.body_size == 0).map_err(|error| of(&error))?;
        if request.body_size > 0 {
            let size = usize::try_from(request.body_size).unwrap_or(0).min(64 * 1024);
            body.send_data(Bytes::from(vec![b'x'; size]), true).map_err(|error| of(&error))?;
        }
        let response = response.await.map_err(|error| of(&error))?;
        read(response).await
    };
    tokio::pin!(exchange);
    tokio::pin!(connection);
    let both = async {
        tokio::select! {
            done = &mut exchange => done,
            ended = &mut connection => match ended {
                Err(error) => Err(of(&error)),
                Ok(()) => exchange.await,
            },
        }
    };
    timeout(within(request.limits.total, deadline), both).await.map_err(|_| slow())?
}

#[expect(clippy::result_large_err, reason = "a fault holds what was seen, and is made once")]
fn message(request: &Request) -> Result<http::Request<()>, Fault2> {
    let broken = |_| Fault2 {
        fault: NetFault::new(
            FaultKind::Internal,
            Origin::Here,
            During::Send,
            "the request cannot be written as HTTP/2",
        ),
        reason: None,
        goaway: false,
    };
    let path =
        request.url.query().map_or_else(|| request.url.path().to_owned(), |q| format!("{}?{q}", request.url.path()));
    let uri = format!("{}://{}{path}", request.url.scheme(), request.host_header());
    let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET);
    let mut built = http::Request::builder().method(method).uri(uri).version(Version::HTTP_2);
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        if !["connection", "upgrade", "keep-alive", "proxy-connection"].contains(&name.as_str()) {
            built = built.header(name, value);
        }
    }
    built.body(()).map_err(broken)
}

async fn read(response: http::Response<h2::RecvStream>) -> Result<Answer2, Fault2> {
    let (head, mut body) = response.into_parts();
    let mut answer = Answer2 { status: head.status.as_u16(), grpc_status: grpc(&head.headers), body_bytes: 0 };
    while let Some(data) = body.data().await {
        let data = data.map_err(|error| of(&error))?;
        answer.body_bytes += data.len();
        drop(body.flow_control().release_capacity(data.len()));
        if answer.body_bytes > MOST {
            return Ok(answer);
        }
    }
    if let Some(trailers) = body.trailers().await.map_err(|error| of(&error))? {
        answer.grpc_status = grpc(&trailers).or(answer.grpc_status);
    }
    Ok(answer)
}

fn grpc(headers: &HeaderMap) -> Option<u32> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

fn of(error: &h2::Error) -> Fault2 {
    let reason = error.reason().map(u32::from);
    let (kind, words) = match (error.is_io(), error.is_remote(), error.is_reset()) {
        (true, ..) => match error.get_io().map(|io| (super::fault::is_reset(io), io.kind())) {
            Some((true, _)) => (FaultKind::Reset, "the peer reset the connection".to_owned()),
            _ => (FaultKind::ClosedEarly, "the peer closed the connection".to_owned()),
        },
        (_, true, true) => {
            (FaultKind::Reset, format!("the peer reset the stream (HTTP/2 error {})", reason.unwrap_or(0)))
        }
        (_, true, false) => {
            (FaultKind::ClosedEarly, format!("the peer said goodbye (HTTP/2 error {})", reason.unwrap_or(0)))
        }
        _ => (FaultKind::BadHttp, "the peer does not speak HTTP/2, or breaks its rules".to_owned()),
    };
    Fault2 { fault: NetFault::new(kind, Origin::Edge, During::Head, words), reason, goaway: error.is_go_away() }
}
