//! The accept loop: one task for each connection, all of them bounded and all of them ended at a stop.
//!
//! `axum::serve` has no deadline for heads and no cap on connections, so this is our own. HTTP/1.1 only:
//! TLS and HTTP/2 end at a proxy.

use super::admission::{Admission, Full, Place};
use super::door::Door;
use super::limits::{self, Limits};
use super::site::Site;
use super::timed::{Busy, Timed};
use crate::descriptors;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long to wait after the system refused a connection, for example for want of descriptors.
const ACCEPT_BACK_OFF: Duration = Duration::from_millis(100);
/// Unanswered data or probes for so long mean that the client is gone.
const DEAD_PEER: Duration = Duration::from_mins(1);

/// What a client over its share hears, without any of its bytes being read.
const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 32\r\nCache-Control: no-store\r\nConnection: close\r\n\r\nToo many connections from here.\r\n";

/// Accepts and answers until `stop`; then finishes what is under way within [`Limits::drain`].
pub(super) async fn accept_all(listener: TcpListener, site: Arc<Site>, stop: CancellationToken, tracker: TaskTracker) {
    let limits = site.limits().clone();
    let total = descriptors::connections_that_fit(limits.connections);
    let admission = Admission::new(total, limits.connections_per_address);
    super::admin::prepare(&site);
    let router = super::router::router(&site);
    let mut spare = Spare::new(&listener);
    loop {
        // Cancel-safe: `accept` loses no connection when the other arm wins.
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                after_accept_error(&error, &listener, &mut spare, &stop).await;
                continue;
            }
        };
        let counted = (!site.origins().trusts(peer.ip())).then(|| peer.ip());
        let Some(place) = admit(&admission, counted, &stream) else { continue };
        let (site, router) = (site.clone(), router.clone());
        let busy = Busy::default();
        let door = Door::new(site, router, peer, busy.clone());
        tracker.spawn(serve_one(stream, door, busy, place, limits.clone(), stop.clone()));
    }
}

fn admit(admission: &Admission, address: Option<IpAddr>, stream: &TcpStream) -> Option<Place> {
    match admission.enter(address) {
        Ok(place) => Some(place),
        Err(full) => {
            // Best effort: the socket is new, so that its buffer takes the few bytes or nobody cares.
            drop(stream.try_write(TOO_MANY));
            match full {
                Full::Total => tracing::warn!("all connections are taken; a client was sent away"),
                Full::Address => tracing::debug!("an address holds its share of connections; sent away"),
            }
            None
        }
    }
}

async fn serve_one(stream: TcpStream, door: Door, busy: Busy, place: Place, limits: Limits, stop: CancellationToken) {
    let _place = place;
    tune(&stream);
    let io = TokioIo::new(Timed::new(stream, busy, &limits));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // `Timed` does this with a deadline of its own for idle connections.
        .header_read_timeout(None)
        .max_headers(limits::MAX_HEADERS)
        .max_header_size(limits::MAX_HEAD_BYTES)
        .max_buf_size(limits::MAX_HEAD_BYTES * 2)
        .serve_connection(io, door);
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return log_end(ended),
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    if let Ok(ended) = tokio::time::timeout(limits.drain, connection).await {
        log_end(ended);
    } else {
        tracing::debug!("a connection was cut at shutdown");
    }
}

fn log_end(ended: Result<(), hyper::Error>) {
    // Clients leave in all manners; none of them is ours to mend.
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended early");
    }
}

/// Small answers at once, and the dead noticed. Failures are harmless: the deadlines hold without.
fn tune(stream: &TcpStream) {
    use rustix::net::sockopt;
    drop(stream.set_nodelay(true));
    let _ = sockopt::set_socket_keepalive(stream, true);
    let _ = sockopt::set_tcp_keepidle(stream, DEAD_PEER / 2);
    let _ = sockopt::set_tcp_user_timeout(stream, u32::try_from(DEAD_PEER.as_millis()).unwrap_or(u32::MAX));
}

/// One descriptor in reserve. When the process has none left, giving it up lets us accept and close
/// one waiting client, who then knows, instead of leaving it hanging in the queue.
struct Spare(Option<OwnedFd>);

impl Spare {
    fn new(listener: &TcpListener) -> Self {
        Self(rustix::io::dup(listener.as_fd()).ok())
    }
}

async fn after_accept_error(
    error: &std::io::Error,
    listener: &TcpListener,
    spare: &mut Spare,
    stop: &CancellationToken,
) {
    let out_of_descriptors = [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()));
    if is_about_one_client(error) {
        return;
    }
    tracing::error!(%error, "cannot accept connections; trying again");
    if out_of_descriptors && let Some(fd) = spare.0.take() {
        drop(fd);
        if let Ok(Ok((stream, _))) = tokio::time::timeout(ACCEPT_BACK_OFF, listener.accept()).await {
            drop(stream.try_write(TOO_MANY));
        }
        *spare = Spare::new(listener);
    }
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(ACCEPT_BACK_OFF) => {}
    }
}

fn is_about_one_client(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
