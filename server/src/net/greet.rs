//! How another protocol than HTTP begins: a connection, perhaps TLS, and what the peer says first.

use super::fault;
use super::open::{self, Connection, Way, within};
use super::tls;
use super::types::{During, NetFault, Request, TlsFacts};
use crate::netguard::{Netguard, Vetted};
use app::model::{FaultKind, Origin, Phases};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::timeout;

/// Bytes of a peer's first words that are read.
const MAX_WORDS: usize = 1024;

/// Says when enough was heard.
pub type Enough<'a> = dyn Fn(&[u8]) -> bool + Sync + 'a;

/// What came of it.
#[derive(Debug, Clone)]
pub struct Greeting {
    /// The address that was asked last; `None` where it never came to that.
    pub peer: Option<String>,
    /// The addresses that were to be asked, in their order.
    pub found: Vec<Vetted>,
    /// Time in each phase.
    pub phases: Phases,
    /// What the handshake showed, also where the certificate was then refused.
    pub tls: Option<TlsFacts>,
    /// What the peer said, at most 1 KiB, empty where nothing was waited for; or why it came to nothing.
    pub result: Result<Vec<u8>, NetFault>,
    /// From start to end.
    pub total: Duration,
}

/// Connects, shakes hands where the request's scheme is https, and listens until `enough` is said, the peer closes,
/// or the request's time for a first byte is over. Sends nothing besides. Without `enough` it listens to nothing.
pub async fn greet(guard: &Netguard, request: &Request, enough: Option<&Enough<'_>>) -> Greeting {
    let started = Instant::now();
    let deadline = started + request.limits.total;
    let nothing = NetFault::new(FaultKind::Internal, Origin::Here, During::Resolve, String::new());
    let mut greeting = Greeting {
        peer: None,
        found: Vec::new(),
        phases: Phases::default(),
        tls: None,
        result: Err(nothing),
        total: Duration::ZERO,
    };
    let way = Way { phases: &mut greeting.phases, peer: &mut greeting.peer, found: &mut greeting.found };
    let opened = open::open(guard, request, deadline, way).await;
    greeting.result = match opened {
        Ok(Connection::Tcp(stream)) => over(stream, request, enough, deadline, &mut greeting).await,
        Ok(Connection::Unix(stream)) => over(stream, request, enough, deadline, &mut greeting).await,
        Err(fault) => Err(fault),
    };
    greeting.total = started.elapsed();
    greeting
}

async fn over<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    request: &Request,
    enough: Option<&Enough<'_>>,
    deadline: Instant,
    greeting: &mut Greeting,
) -> Result<Vec<u8>, NetFault> {
    if request.url.scheme() != "https" {
        return listen(&mut stream, request, enough, deadline, &mut greeting.phases).await;
    }
    let started = Instant::now();
    let limit = within(request.limits.tls, deadline);
    let shaken = tls::handshake_bare(stream, request, limit, &mut greeting.tls).await;
    greeting.phases.tls = Some(started.elapsed().into());
    listen(&mut shaken?, request, enough, deadline, &mut greeting.phases).await
}

async fn listen<S: AsyncRead + Unpin>(
    stream: &mut S,
    request: &Request,
    enough: Option<&Enough<'_>>,
    deadline: Instant,
    phases: &mut Phases,
) -> Result<Vec<u8>, NetFault> {
    let Some(enough) = enough else { return Ok(Vec::new()) };
    let started = Instant::now();
    let until = started + within(request.limits.first_byte, deadline);
    let mut heard = Vec::new();
    let mut buffer = [0; MAX_WORDS];
    while heard.len() < MAX_WORDS && !enough(&heard) {
        let read = stream.read(&mut buffer[heard.len()..]);
        match timeout(within(Duration::MAX, until), read).await {
            // What was said so far is judged by the caller.
            Err(_) if !heard.is_empty() => break,
            Err(_) => {
                let detail =
                    format!("connected, and the peer said nothing within {} ms", started.elapsed().as_millis());
                return Err(NetFault::new(FaultKind::ReadTimeout, Origin::Edge, During::Wait, detail));
            }
            Ok(Ok(0)) if !heard.is_empty() => break,
            Ok(Ok(0)) => {
                let detail = "the peer closed the connection without a word";
                return Err(NetFault::new(FaultKind::ClosedEarly, Origin::Edge, During::Wait, detail));
            }
            Ok(Ok(count)) => {
                phases.first_byte.get_or_insert_with(|| started.elapsed().into());
                let from = heard.len();
                heard.extend_from_slice(&buffer[from..from + count]);
            }
            Ok(Err(error)) => return Err(fault::of_stream(&error, During::Wait)),
        }
    }
    Ok(heard)
}
