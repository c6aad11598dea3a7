//! TCP connections and TLS handshakes, without HTTP.

use super::super::Check;
use super::{Attempted, by_time, certificate, class_of, limits, of_handshake, said, shown, verify};
use crate::clock;
use crate::evidence::Traces;
use crate::net::{self, Request};
use crate::netguard::Netguard;
use crate::probe::expect::quote;
use app::model::{Class, FaultKind, Origin, Sample};
use url::Url;

/// Connects, shakes hands if the URL is https, listens if a greeting is expected, and closes. Nothing is sent.
pub(super) async fn greet(guard: &Netguard, check: &Check, url: &Url) -> Attempted {
    let at = clock::now();
    let request = Request {
        limits: limits(check),
        tls: verify(check),
        identity: check.identity.clone(),
        ..Request::get(url.clone())
    };
    let enough = |heard: &[u8]| check.expect.words(heard).is_none();
    let listen: &net::Enough<'_> = &enough;
    let greeting = net::greet(guard, &request, (!check.expect.banner.is_empty()).then_some(listen)).await;
    let seen = match (&greeting.tls, &greeting.result) {
        (Some(facts), _) => Some(certificate(facts, at)),
        (None, Ok(heard)) if !heard.is_empty() => Some(format!("it says {}", quote(&String::from_utf8_lossy(heard)))),
        _ => None,
    };
    let (class, fault) = match greeting.result {
        Err(fault) => {
            let class = class_of(fault.kind, fault.origin, guard.names_answered_lately());
            (class, Some(shown(fault)))
        }
        Ok(heard) => {
            let said = |told| (Class::Down, said(FaultKind::Body, Origin::Edge, None, told));
            let words = check.expect.words(&heard).map(said);
            match words.or_else(|| of_handshake(check, greeting.tls.as_ref(), at)) {
                Some((class, fault)) => (class, Some(fault)),
                None => (by_time(check, greeting.total), None),
            }
        }
    };
    let latency = greeting.total.into();
    let traces = Traces { asked: greeting.peer, found: greeting.found, tls: greeting.tls, answer: None };
    let sample = Sample { at, class, latency, status: None, phases: greeting.phases, fault };
    Attempted { sample, seen, traces }
}
