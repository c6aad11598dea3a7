//! Questions to name servers.

use super::super::expect::{quote, value};
use super::super::{Check, Question};
use super::{Attempted, by_time, class_of, said};
use crate::clock;
use crate::dns::{self, Lookup, LookupOutcome};
use crate::evidence::Traces;
use crate::netguard::Netguard;
use app::model::{Class, Fault, FaultKind, Millis, Origin, Phases, Sample};
use std::time::{Duration, Instant};

/// How long one of several servers may take before the next is asked.
const EACH: Duration = Duration::from_secs(2);

/// Asks the monitor's own server, or the usual ones one after the other until one answers.
pub(super) async fn ask(guard: &Netguard, check: &Check, question: &Question) -> Attempted {
    let (at, started) = (clock::now(), Instant::now());
    let servers = match question.server {
        Some(server) => vec![server],
        None => guard.name_servers(),
    };
    let mut answer = None;
    for (place, server) in servers.iter().enumerate() {
        let left = check.timeout.saturating_sub(started.elapsed());
        let limit = if place + 1 == servers.len() { left } else { left.min(EACH) };
        let lookup = dns::lookup(guard, *server, &question.name, question.record, limit).await;
        let silent = matches!(lookup.outcome, LookupOutcome::Timeout | LookupOutcome::Unreachable);
        answer = Some(lookup);
        if !silent || check.timeout <= started.elapsed() {
            break;
        }
    }
    let took = started.elapsed();
    let fault = match &answer {
        Some(answer) => judge(check, question, answer),
        None => Some(said(FaultKind::NameServerSilent, Origin::Here, None, "no name server is configured".to_owned())),
    };
    let class = match &fault {
        None => by_time(check, took),
        // A server that the monitor names is what is watched; silence of the usual ones may be ours.
        Some(fault) if question.server.is_some() && fault.kind == FaultKind::NameServerSilent => Class::Down,
        Some(fault) => class_of(fault.kind, fault.origin, guard.names_answered_lately()),
    };
    let seen = answer.as_ref().filter(|answer| !answer.answers.is_empty()).map(|answer| {
        let values: Vec<String> = answer.answers.iter().map(|record| value(&record.value)).collect();
        let ttl = answer.answers.iter().map(|record| record.ttl).min().unwrap_or(0);
        format!("{} {} from {}, for {ttl} s", question.record.name(), quote(&values.join(", ")), answer.server)
    });
    let dns = Some(Millis::from(took));
    let phases = Phases { dns, ..Phases::default() };
    let traces = Traces { asked: answer.map(|answer| answer.server.to_string()), ..Traces::default() };
    Attempted { sample: Sample { at, class, latency: took.into(), status: None, phases, fault }, seen, traces }
}

fn judge(check: &Check, question: &Question, answer: &Lookup) -> Option<Fault> {
    let fault = |kind, origin, told: String| Some(said(kind, origin, None, told));
    let code = answer.rcode.as_deref().unwrap_or("no answer");
    let server = answer.server;
    match answer.outcome {
        LookupOutcome::Denied => return fault(FaultKind::Blocked, Origin::Here, answer.detail.clone()),
        LookupOutcome::Timeout | LookupOutcome::Unreachable => {
            return fault(FaultKind::NameServerSilent, Origin::Dns, format!("{server}: {}", answer.detail));
        }
        _ => {}
    }
    match &check.expect.rcode {
        Some(wanted) if wanted != code => {
            let told = format!("wanted {wanted} from {server}, found {code}");
            return fault(FaultKind::Body, Origin::Dns, told);
        }
        Some(_) => {}
        None => {
            let name = question.record.name();
            let (kind, found) = match answer.outcome {
                LookupOutcome::Answered => return records(check, answer),
                LookupOutcome::Nxdomain => (FaultKind::NameNotFound, "the name does not exist (NXDOMAIN)".to_owned()),
                LookupOutcome::Nodata => (FaultKind::NameNotFound, format!("the name has no {name} record")),
                _ => (FaultKind::NameServerSilent, format!("the server failed ({code})")),
            };
            return fault(kind, Origin::Dns, format!("{server}: {found}"));
        }
    }
    records(check, answer)
}

fn records(check: &Check, answer: &Lookup) -> Option<Fault> {
    check.expect.records(&answer.answers).map(|told| said(FaultKind::Body, Origin::Dns, None, told))
}
