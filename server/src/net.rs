//! One exchange with a peer, with every phase timed and every fault classified.
//!
//! [`exchange`] makes one attempt over a fresh connection of `netguard`: it never retries, never follows a
//! redirect and never outlasts [`Limits::total`]. Answers are read by a strict parser of our own, because a
//! lenient one would hide the very faults that a gateway calls a 502. No byte that the peer sent appears in
//! the text of a fault. Speaks HTTP/1.1.

mod body;
pub mod cgi;
mod fault;
mod greet;
mod head;
mod hello;
mod http2;
mod inspect;
mod kept;
#[cfg(test)]
#[path = "../tests/support/mischief.rs"]
pub(crate) mod mischief;
mod open;
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
pub(crate) use head::take_apart;
pub use hello::{Offer, ciphers_of, default_ciphers};
pub use http2::{Answer2, Fault2, ask as ask_http2};
pub use inspect::inspect;
pub use kept::{Kept, use_twice};
pub use open::{connect_once, connect_vetted};
pub use raw::{Ending, Listen, Raw, hear_answer, offer, speak_as};
pub use send::USER_AGENT;
pub use shake::{NameRules, Shaken, Trust, certificates, is_for, shake, system_roots, trust};
pub use types::*;

use crate::netguard::Netguard;
use app::model::{FaultKind, Origin};
use open::{Connection, within};
use std::time::{Duration, Instant};
use talk::Timing;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

/// No exchange lasts longer, whatever its limits say.
const LONGEST: Duration = Duration::from_mins(10);

/// Makes one attempt.
pub async fn exchange(guard: &Netguard, request: &Request) -> Exchange {
    let started = Instant::now();
    let deadline = started + request.limits.total.min(LONGEST);
    let problem = NetFault::new(FaultKind::Internal, Origin::Here, During::Resolve, String::new());
    let mut exchange = Exchange {
        peer: None,
        local: None,
        phases: app::model::Phases::default(),
        send: None,
        tls: None,
        result: Err(problem),
        total: Duration::ZERO,
    };
    exchange.result = attempt(guard, request, deadline, &mut exchange).await;
    exchange.total = started.elapsed();
    exchange
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
    match open::open(guard, request, deadline, &mut trace.phases, &mut trace.peer).await? {
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
        return talk::talk(&mut stream, request, deadline, timing).await;
    }
    let started = Instant::now();
    let handshake = tls::handshake(stream, request, within(request.limits.tls, deadline), &mut trace.tls).await;
    trace.phases.tls = Some(started.elapsed().into());
    let timing = Timing { phases: &mut trace.phases, send: &mut trace.send };
    talk::talk(&mut handshake?, request, deadline, timing).await
}
