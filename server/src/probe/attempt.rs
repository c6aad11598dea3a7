//! One attempt at a monitor: something is asked, and what comes back is judged.

mod grpc;
mod http;
mod names;
mod pair;
mod ping;
mod socket;

use super::{Check, Target};
use crate::evidence::Traces;
use crate::net::{Limits, NetFault, TlsFacts, TlsVerify};
use crate::netguard::Netguard;
use crate::probe::expect::days_left;
use app::model::{At, Class, Fault, FaultKind, Millis, Origin, Phases, Sample};
use std::time::Duration;

/// Bytes of a fault's detail that are kept.
const MAX_DETAIL: usize = 200;

/// What an attempt brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempted {
    /// The sample.
    pub sample: Sample,
    /// What was seen besides, in words for admins: a certificate, records, a greeting. It holds the peer's own text.
    pub seen: Option<String>,
    /// What it came across, for the evidence of a change.
    pub traces: Traces,
}

/// Probes once.
pub async fn attempt(guard: &Netguard, check: &Check) -> Attempted {
    match &check.target {
        Target::Http(ask) => http::ask(guard, check, ask).await,
        Target::WebSocket(ask) => http::open_socket(guard, check, ask).await,
        Target::Tcp(url) | Target::Tls(url) => socket::greet(guard, check, url).await,
        Target::Ping(url) => Box::pin(ping::ask(guard, check, url)).await,
        Target::Dns(question) => names::ask(guard, check, question).await,
        // In a box, so that the other probes stay small.
        Target::Grpc(ask) => Box::pin(grpc::ask(guard, check, ask)).await,
    }
}

/// A sample without an attempt: our own side failed.
pub(super) fn failed_here(at: At, detail: &str) -> Sample {
    let fault = Fault { kind: FaultKind::Internal, origin: Origin::Here, status: None, detail: detail.to_owned() };
    let phases = Phases::default();
    Sample { at, class: Class::Unknown, latency: Millis(0), status: None, phases, fault: Some(fault) }
}

/// The usual limits of each phase, and the check's own for all of it.
fn limits(check: &Check) -> Limits {
    let usual = Limits::default();
    let limit = |usual: Duration| usual.min(check.timeout);
    Limits {
        dns: limit(usual.dns),
        connect: limit(usual.connect),
        tls: limit(usual.tls),
        first_byte: check.timeout,
        total: check.timeout,
        ..usual
    }
}

/// Whose certificates are trusted.
fn verify(check: &Check) -> TlsVerify {
    if check.authorities.is_empty() { TlsVerify::System } else { TlsVerify::Roots(check.authorities.clone()) }
}

/// What a fault counts as. `names_work`: some name server answered lately, so that silence about this name is
/// not ours.
fn class_of(kind: FaultKind, origin: Origin, names_work: bool) -> Class {
    match (kind, origin) {
        (FaultKind::Blocked, _) => Class::Blocked,
        (_, Origin::Here) => Class::Unknown,
        (FaultKind::NameServerSilent, _) if !names_work => Class::Unknown,
        _ => Class::Down,
    }
}

fn shown(fault: NetFault) -> Fault {
    said(fault.kind, fault.origin, None, fault.detail)
}

/// A fault with a sentence of bounded length.
fn said(kind: FaultKind, origin: Origin, status: Option<u16>, mut detail: String) -> Fault {
    detail.truncate(detail.floor_char_boundary(MAX_DETAIL));
    Fault { kind, origin, status, detail }
}

/// What is wrong with a handshake that succeeded, and how bad that is.
fn of_handshake(check: &Check, facts: Option<&TlsFacts>, now: At) -> Option<(Class, Fault)> {
    let facts = facts?;
    if let Some(problem) = check.expect.version(facts) {
        return Some((Class::Down, said(FaultKind::TlsHandshake, Origin::Edge, None, problem)));
    }
    let problem = check.expect.days(facts, now)?;
    Some((Class::Degraded, said(FaultKind::Certificate, Origin::Edge, None, problem)))
}

/// A certificate in words.
fn certificate(facts: &TlsFacts, now: At) -> String {
    let left = days_left(facts, now);
    let until = crate::clock::rfc3339(facts.not_after);
    let until = until.split('T').next().unwrap_or_default();
    let chain = if facts.chain == 1 { "1 certificate".to_owned() } else { format!("{} certificates", facts.chain) };
    let brief = |text: &str| -> String { text.chars().take(80).collect() };
    format!(
        "{}, {}; certificate of {} by {}, until {until} ({left} days left), sent as a chain of {chain}",
        facts.protocol,
        facts.cipher,
        brief(&facts.subject),
        brief(&facts.issuer),
    )
}

/// Healthy, or too slow for it.
fn by_time(check: &Check, took: Duration) -> Class {
    if check.expect.latency.is_some_and(|limit| took > limit) { Class::Degraded } else { Class::Up }
}

#[cfg(test)]
mod tests;
