//! Echo requests.

use super::super::Check;
use super::{Attempted, by_time, class_of, limits, shown};
use crate::clock;
use crate::evidence::Traces;
use crate::net;
use crate::netguard::Netguard;
use app::model::Sample;
use url::Url;

/// Asks until an answer comes or the check's time is over.
pub(super) async fn ask(guard: &Netguard, check: &Check, url: &Url) -> Attempted {
    let at = clock::now();
    let echoed = net::ping(guard, url, &limits(check)).await;
    let seen = echoed.result.as_ref().ok().filter(|requests| **requests > 1);
    let seen = seen.map(|requests| format!("echo request {requests} was the first to be answered"));
    let (class, fault) = match echoed.result {
        Ok(_) => (by_time(check, echoed.total), None),
        Err(fault) => (class_of(fault.kind, fault.origin, guard.names_answered_lately()), Some(shown(fault))),
    };
    let traces = Traces { asked: echoed.peer, found: echoed.found, ..Traces::default() };
    let sample = Sample { at, class, latency: echoed.total.into(), status: None, phases: echoed.phases, fault };
    Attempted { sample, seen, traces }
}
