//! Connections: judged, opened with a head start for the first address, and timed.

use super::fault;
use super::types::{ConnectOutcome, ConnectResult, During, NetFault, Request, Target};
use crate::netguard::{Manner, Netguard, Place, Vetted};
use app::model::{FaultKind, Millis, Origin, Phases};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rustix::io::Errno;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::{TcpStream, UnixStream};

/// Addresses tried for one attempt.
const MAX_ADDRESSES: usize = 4;
/// How long an address may stay silent before the next one is tried beside it (RFC 8305's recommendation).
const HEAD_START: Duration = Duration::from_millis(250);

/// An open connection.
#[derive(Debug)]
pub(super) enum Connection {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// Where opening a connection is noted.
pub(super) struct Way<'a> {
    pub(super) phases: &'a mut Phases,
    /// The address that was asked last.
    pub(super) peer: &'a mut Option<String>,
    /// The addresses that were to be asked.
    pub(super) found: &'a mut Vec<Vetted>,
}

/// As [`open`], where nobody wants to know how.
pub(super) async fn open_only(guard: &Netguard, request: &Request, deadline: Instant) -> Result<Connection, NetFault> {
    let way = Way { phases: &mut Phases::default(), peer: &mut None, found: &mut Vec::new() };
    open(guard, request, deadline, way).await
}

/// Opens a connection for the request; notes phases, addresses and the one asked.
pub(super) async fn open(
    guard: &Netguard,
    request: &Request,
    deadline: Instant,
    way: Way<'_>,
) -> Result<Connection, NetFault> {
    let Way { phases, peer, found } = way;
    if let (Target::Unix(path), None) = (&request.target, &request.proxy) {
        *peer = Some(path.display().to_string());
        let started = Instant::now();
        let result = guard.connect_unix(path, within(request.limits.connect, deadline)).await;
        phases.connect = Some(started.elapsed().into());
        return result.map(Connection::Unix).map_err(|error| fault::of_connect(&error, true));
    }
    let addresses = match &request.target {
        _ if request.proxy.is_some() => {
            resolve(guard, request, deadline, phases).await.map_err(super::proxy::unreached)?
        }
        Target::Address(address) => {
            vec![guard.vet(*address, None).map_err(|refusal| NetFault::refused(refusal, During::Resolve))?]
        }
        Target::Vetted(vetted) => vec![vetted.clone()],
        Target::Among(vetted) => vetted.clone(),
        Target::Resolve | Target::Unix(_) => resolve(guard, request, deadline, phases).await?,
    };
    let started = Instant::now();
    let (asked, result) = race(guard, &addresses, request.manner, request.limits.connect, deadline).await;
    phases.connect = Some(started.elapsed().into());
    *peer = Some(asked.to_string());
    *found = addresses;
    match request.proxy {
        Some(_) => result.map_err(super::proxy::unreached),
        None => result,
    }
    .map(Connection::Tcp)
}

async fn resolve(
    guard: &Netguard,
    request: &Request,
    deadline: Instant,
    phases: &mut Phases,
) -> Result<Vec<Vetted>, NetFault> {
    let place = Place::of(request.proxy.as_ref().map_or(&request.url, |proxy| &proxy.url))
        .ok_or_else(|| NetFault::new(FaultKind::Internal, Origin::Here, During::Resolve, "the URL has no host"))?;
    let started = Instant::now();
    let result = guard.resolve(&place.host, place.port, within(request.limits.dns, deadline)).await;
    if place.host.parse::<std::net::IpAddr>().is_err() {
        phases.dns = Some(Millis::from(started.elapsed()));
    }
    result.map_err(NetFault::unresolved)
}

/// Tries the addresses, each a little later than the one before; the first connection wins.
async fn race(
    guard: &Netguard,
    addresses: &[Vetted],
    manner: Manner,
    limit: Duration,
    deadline: Instant,
) -> (SocketAddr, Result<TcpStream, NetFault>) {
    let attempt = |to: Vetted| async move {
        let result = guard.connect_in(&to, manner, within(limit, deadline)).await;
        (to.address(), result.map_err(|error| fault::of_connect(&error, false)))
    };
    let mut waiting = addresses.iter().take(MAX_ADDRESSES);
    let mut under_way = FuturesUnordered::new();
    under_way.extend(waiting.next().cloned().map(attempt));
    let mut worst: Option<(SocketAddr, NetFault)> = None;
    loop {
        let next = if waiting.len() == 0 || under_way.is_empty() {
            under_way.next().await
        } else {
            tokio::time::timeout(HEAD_START, under_way.next()).await.unwrap_or(None)
        };
        match next {
            Some((address, Ok(stream))) => return (address, Ok(stream)),
            // A missing route says least: hosts without IPv6 have none to any IPv6 address.
            Some((address, Err(fault))) if worst.as_ref().is_none_or(|(_, known)| known.kind == FaultKind::NoRoute) => {
                worst = Some((address, fault));
            }
            Some(_) | None => {}
        }
        match waiting.next() {
            Some(to) => under_way.push(attempt(to.clone())),
            None if under_way.is_empty() => break,
            None => {}
        }
    }
    let (address, fault) = worst.unwrap_or_else(|| {
        let fault = NetFault::new(FaultKind::NameNotFound, Origin::Dns, During::Resolve, "the name has no address");
        (SocketAddr::from(([0, 0, 0, 0], 0)), fault)
    });
    (address, Err(fault))
}

/// The shorter of a limit and the time that is left.
pub(super) fn within(limit: Duration, deadline: Instant) -> Duration {
    limit.min(deadline.saturating_duration_since(Instant::now()))
}

/// Connects once and closes; tells open, refused, rejected and silent ports apart.
pub async fn connect_once(guard: &Netguard, address: SocketAddr, limit: Duration) -> ConnectResult {
    match guard.vet(address, None) {
        Err(refusal) => ConnectResult { took: Duration::ZERO, outcome: ConnectOutcome::Blocked(refusal) },
        Ok(vetted) => connect_vetted(guard, &vetted, limit).await,
    }
}

/// As [`connect_once`], for an address that was judged already, for example one of several that a name gave.
pub async fn connect_vetted(guard: &Netguard, to: &Vetted, limit: Duration) -> ConnectResult {
    let started = Instant::now();
    let result = guard.connect(to, limit).await;
    let took = started.elapsed();
    let outcome = result.map_or_else(|error| outcome(&error), |_| ConnectOutcome::Open);
    ConnectResult { took, outcome }
}

fn outcome(error: &std::io::Error) -> ConnectOutcome {
    let errno = error.raw_os_error().unwrap_or(0);
    match error {
        _ if errno == Errno::CONNREFUSED.raw_os_error() => ConnectOutcome::Refused,
        error if fault::is_reset(error) => ConnectOutcome::Reset,
        error if fault::is_no_route(error) => ConnectOutcome::Unreachable { errno },
        error if fault::is_denied(error) => ConnectOutcome::Denied { errno },
        error if error.kind() == std::io::ErrorKind::TimedOut => ConnectOutcome::TimedOut,
        _ => ConnectOutcome::Other { errno },
    }
}
