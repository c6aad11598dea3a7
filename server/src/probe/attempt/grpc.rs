//! The health service of a gRPC server: whether it, or one service of it, says that it is serving.

use super::super::{Check, HttpAsk};
use super::http::{aim, failed, origin_of, request};
use super::{Attempted, by_time, certificate, class_of, of_handshake, said, shown};
use crate::clock;
use crate::evidence::Traces;
use crate::net::{self, Answer, Asked2, BodyEnd, Exchange, HEALTH_PATH, Health, Request};
use crate::netguard::Netguard;
use app::model::{Class, Fault, FaultKind, Origin, Sample};
use std::time::Instant;

/// Bytes of an answer that are read: its message has seven.
const MOST: u64 = 4096;
/// Status codes of gRPC that an answer of the health service may have.
const DEADLINE_EXCEEDED: u32 = 4;
const NOT_FOUND: u32 = 5;
const UNIMPLEMENTED: u32 = 12;
const UNAVAILABLE: u32 = 14;

/// Asks once. The URL's path is the service's name; without one the whole server is asked for.
pub(super) async fn ask(guard: &Netguard, check: &Check, ask: &HttpAsk) -> Attempted {
    let at = clock::now();
    let service = ask.url.path().trim_start_matches('/');
    let asked = exchange(guard, ask, question(request(check, ask), service)).await;
    let Asked2 { exchange, grpc_status, .. } = asked;
    let seen = exchange.tls.as_ref().map(|facts| certificate(facts, at));
    let (class, status, fault) = match &exchange.result {
        Err(fault) => {
            (class_of(fault.kind, fault.origin, guard.names_answered_lately()), None, Some(shown(fault.clone())))
        }
        Ok(answer) => {
            let warning = || of_handshake(check, exchange.tls.as_ref(), at);
            let complaint = complaint(answer, grpc_status, service).map(|fault| (Class::Down, fault));
            match complaint.or_else(warning) {
                Some((class, fault)) => (class, Some(answer.status), Some(fault)),
                None => (by_time(check, exchange.total), Some(answer.status), None),
            }
        }
    };
    let Exchange { peer, found, phases, tls, result, total, .. } = exchange;
    let traces = Traces { asked: peer, found, tls, answer: result.ok() };
    Attempted { sample: Sample { at, class, latency: total.into(), status, phases, fault }, seen, traces }
}

fn question(mut request: Request, service: &str) -> Request {
    "POST".clone_into(&mut request.method);
    request.url.set_path(HEALTH_PATH);
    request.body = net::health_question(service);
    request.keep_body = 64;
    request.limits.body_bytes = MOST;
    let patience = format!("{}m", request.limits.total.as_millis().clamp(1, 99_999_999));
    let own = [("Content-Type", "application/grpc"), ("TE", "trailers"), ("grpc-timeout", patience.as_str())];
    request.headers.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    request
}

async fn exchange(guard: &Netguard, ask: &HttpAsk, mut request: Request) -> Asked2 {
    if !ask.has_own_names() {
        return net::ask_http2(guard, &request).await;
    }
    let started = Instant::now();
    let resolving = ask.resolver.map_or_else(|| guard.clone(), |server| guard.asking(server));
    let mut asked = match aim(&resolving, ask, &mut request, None).await {
        Ok(took) => {
            let mut asked = net::ask_http2(&resolving, &request).await;
            asked.exchange.phases.dns = took;
            asked
        }
        Err(fault) => Asked2::of(failed(fault)),
    };
    asked.exchange.total = started.elapsed();
    asked
}

/// What is wrong with an answer, if anything.
fn complaint(answer: &Answer, grpc_status: Option<u32>, service: &str) -> Option<Fault> {
    let fault = |kind, origin, detail: String| Some(said(kind, origin, None, detail));
    if answer.status != 200 {
        let (status, origin) = (Some(answer.status), origin_of(answer.status));
        return Some(said(FaultKind::Status, origin, status, format!("status {} instead of gRPC", answer.status)));
    }
    let Some(code) = grpc_status else {
        let (kind, words) = match answer.end {
            BodyEnd::Truncated => (FaultKind::ClosedEarly, "the answer ended before its gRPC status"),
            BodyEnd::Stalled => (FaultKind::ReadTimeout, "no gRPC status in time"),
            _ => (FaultKind::BadHttp, "the answer is not gRPC: it has no grpc-status"),
        };
        return fault(kind, Origin::Edge, words.to_owned());
    };
    let whom = if service.is_empty() { "the server".to_owned() } else { format!("the service {service}") };
    let words = match (code, net::health_of(&answer.body)) {
        (0, Health::Serving) => return None,
        (0, Health::NotServing) => format!("{whom} says NOT_SERVING"),
        (0, Health::ServiceUnknown) | (NOT_FOUND, _) if !service.is_empty() => {
            format!("the server does not know {whom}")
        }
        (0, Health::ServiceUnknown) => format!("{whom} says SERVICE_UNKNOWN"),
        (0, Health::Unknown) => format!("{whom} says UNKNOWN"),
        (0, Health::Unreadable) => {
            return fault(FaultKind::BadHttp, Origin::Edge, "the answer's message cannot be read".to_owned());
        }
        (UNIMPLEMENTED, _) => "the server has no health service (gRPC status 12, UNIMPLEMENTED)".to_owned(),
        (code, _) => format!("gRPC status {}", net::status_name(code)),
    };
    // A proxy says so of a server that it cannot reach.
    let origin = if matches!(code, DEADLINE_EXCEEDED | UNAVAILABLE) { Origin::Upstream } else { Origin::Edge };
    fault(FaultKind::Status, origin, words)
}
