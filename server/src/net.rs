//! One exchange with a peer, with every phase timed and every fault classified.
//!
//! [`exchange`] makes one attempt over a fresh connection of `netguard`: it never retries, never follows a
//! redirect and never outlasts [`Limits::total`]. Answers are read by a strict parser of our own, because a
//! lenient one would hide the very faults that a gateway calls a 502. No byte that the peer sent appears in
//! the text of a fault. [`exchange`] speaks HTTP/1.1, [`ask_http2`] HTTP/2, [`ask_either`] what the peer chooses.

mod body;
mod bounded;
pub mod cgi;
mod fault;
mod greet;
mod grpc;
mod head;
mod hello;
mod http2;
mod identity;
mod inspect;
mod kept;
#[cfg(test)]
#[path = "../tests/support/mischief.rs"]
pub(crate) mod mischief;
mod open;
mod ping;
mod proxy;
mod raw;
mod recognise;
mod send;
mod shake;
mod talk;
#[cfg(test)]
mod tests;
mod tls;
mod types;

pub use greet::{Enough, Greeting, greet};
pub use grpc::{HEALTH_PATH, Health, MOST_SERVICE, health_of, health_question, status_name};
pub(crate) use head::take_apart;
pub use hello::{Offer, ciphers_of, default_ciphers};
pub use http2::{Asked2, ask as ask_http2, ask_either};
pub use identity::{Identity, IdentityProblem};
pub use inspect::inspect;
pub use kept::{Kept, use_twice};
pub use open::{connect_once, connect_vetted};
pub use ping::{Echoed, ping};
pub use raw::{Ending, Listen, Raw, hear_answer, offer, speak_as};
pub use send::USER_AGENT;
pub use shake::{NameRules, Shaken, Trust, certificates, is_for, shake, system_roots, trust};
pub use types::*;

use crate::netguard::Netguard;
use app::model::{FaultKind, Origin};
use open::{Connection, Way, within};
use std::time::{Duration, Instant};
use talk::Timing;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

/// No exchange lasts longer, whatever its limits say.
const LONGEST: Duration = Duration::from_mins(10);

/// Makes one attempt.
pub async fn exchange(guard: &Netguard, request: &Request) -> Exchange {
    let started = Instant::now();
    let deadline = started + request.limits.total.min(LONGEST);
    let mut exchange = Exchange::begun();
    exchange.result = attempt(guard, request, deadline, &mut exchange).await;
    exchange.total = started.elapsed();
    exchange
}

impl Exchange {
    /// Where opening its connection is noted.
    fn way(&mut self) -> Way<'_> {
        Way { phases: &mut self.phases, peer: &mut self.peer, found: &mut self.found }
    }

    /// One that has just begun.
    fn begun() -> Self {
        Self {
            peer: None,
            found: Vec::new(),
            local: None,
            phases: app::model::Phases::default(),
            send: None,
            tls: None,
            result: Err(NetFault::new(FaultKind::Internal, Origin::Here, During::Resolve, String::new())),
            total: Duration::ZERO,
        }
    }
}

async fn attempt(
    guard: &Netguard,
    request: &Request,
    deadline: Instant,
    trace: &mut Exchange,
) -> Result<Answer, NetFault> {
    request
        .check()
        .map_err(|problem| NetFault::new(FaultKind::Blocked, Origin::Here, During::Resolve, problem.to_string()))?;
    match open::open(guard, request, deadline, trace.way()).await? {
        Connection::Tcp(stream) => {
            trace.local = stream.local_addr().ok();
            speak(stream, request, deadline, trace).await
        }
        Connection::Unix(stream) => speak(stream, request, deadline, trace).await,
    }
}

async fn speak<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    request: &Request,
    deadline: Instant,
    trace: &mut Exchange,
) -> Result<Answer, NetFault> {
    if !request.preface.is_empty() {
        let sending = tokio::time::timeout(within(request.limits.connect, deadline), stream.write_all(request.preface));
        let sent = sending.await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
        sent.map_err(|error| fault::of_stream(&error, During::Send))?;
    }
    if request.url.scheme() != "https" {
        let timing = Timing { phases: &mut trace.phases, send: &mut trace.send };
        return talk::talk(&mut stream, request, deadline, timing)
            .await
            .and_then(|answer| proxy::admitted(request, answer));
    }
    if let Some(proxy) = &request.proxy {
        let started = Instant::now();
        proxy::tunnel(&mut stream, request, proxy, deadline).await?;
        // To whom asks, it is all connecting.
        trace.phases.connect = trace.phases.connect.map(|took| (Duration::from(took) + started.elapsed()).into());
    }
    let started = Instant::now();
    let handshake = tls::handshake(stream, request, within(request.limits.tls, deadline), &mut trace.tls).await;
    trace.phases.tls = Some(started.elapsed().into());
    let timing = Timing { phases: &mut trace.phases, send: &mut trace.send };
    talk::talk(&mut handshake?, request, deadline, timing).await
}
