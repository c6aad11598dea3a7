//! One attempt at a monitor: an exchange, judged.

use super::Check;
use crate::clock;
use crate::net::{self, Answer, BodyEnd, Exchange, Limits, NetFault, Request};
use crate::netguard::Netguard;
use app::model::{At, Class, Fault, FaultKind, Millis, Origin, Sample};
use std::time::Duration;

/// Bytes of a fault's detail that are kept.
const MAX_DETAIL: usize = 200;

/// The request that a check makes. Phases are bounded by the usual limits, all of it by the check's own.
pub(super) fn request(check: &Check) -> Request {
    let mut request = Request::get(check.url.clone());
    let usual = Limits::default();
    let limit = |usual: Duration| usual.min(check.timeout);
    request.limits = Limits {
        dns: limit(usual.dns),
        connect: limit(usual.connect),
        tls: limit(usual.tls),
        first_byte: check.timeout,
        total: check.timeout,
        ..usual
    };
    request
}

/// Probes once.
pub async fn attempt(guard: &Netguard, check: &Check) -> Sample {
    ask(guard, check, &request(check)).await
}

pub(super) async fn ask(guard: &Netguard, check: &Check, request: &Request) -> Sample {
    let at = clock::now();
    let exchange = net::exchange(guard, request).await;
    judge(check, at, exchange, guard.names_answered_lately())
}

/// A sample without an exchange: our own side failed.
pub(super) fn failed_here(at: At, detail: &str) -> Sample {
    let fault = Fault { kind: FaultKind::Internal, origin: Origin::Here, status: None, detail: detail.to_owned() };
    let phases = app::model::Phases::default();
    Sample { at, class: Class::Unknown, latency: Millis(0), status: None, phases, fault: Some(fault) }
}

/// What an exchange counts as. `names_work`: some name server answered lately, so that silence about this
/// name is not ours.
fn judge(check: &Check, at: At, exchange: Exchange, names_work: bool) -> Sample {
    let latency = exchange.total;
    let (class, status, fault) = match exchange.result {
        Err(fault) => (class_of(&fault, names_work), None, Some(shown(fault))),
        Ok(answer) => {
            let fault = complaint(check, &answer);
            let slow = check.degraded_over.is_some_and(|limit| latency > limit);
            let class = match &fault {
                Some(_) => Class::Down,
                None if slow => Class::Degraded,
                None => Class::Up,
            };
            (class, Some(answer.status), fault)
        }
    };
    Sample { at, class, latency: latency.into(), status, phases: exchange.phases, fault }
}

fn class_of(fault: &NetFault, names_work: bool) -> Class {
    match (fault.kind, fault.origin) {
        (FaultKind::Blocked, _) => Class::Blocked,
        (_, Origin::Here) => Class::Unknown,
        (FaultKind::NameServerSilent, _) if !names_work => Class::Unknown,
        _ => Class::Down,
    }
}

fn shown(fault: NetFault) -> Fault {
    let mut detail = fault.detail;
    detail.truncate(detail.floor_char_boundary(MAX_DETAIL));
    Fault { kind: fault.kind, origin: fault.origin, status: None, detail }
}

/// What is wrong with an answer, if anything.
fn complaint(check: &Check, answer: &Answer) -> Option<Fault> {
    let fault = |kind, origin, detail: String| Some(Fault { kind, origin, status: Some(answer.status), detail });
    if !check.expect_status.iter().any(|range| range.contains(&answer.status)) {
        // These say that the hop which answered did not get an answer itself.
        let origin = if matches!(answer.status, 502 | 504) { Origin::Upstream } else { Origin::Edge };
        return fault(FaultKind::Status, origin, format!("status {}", answer.status));
    }
    let came = answer.body_bytes;
    match answer.end {
        BodyEnd::Complete | BodyEnd::TooLong => None,
        BodyEnd::Truncated => {
            fault(FaultKind::ClosedEarly, Origin::Edge, format!("closed after {came} bytes of an unfinished body"))
        }
        BodyEnd::Stalled => fault(FaultKind::ReadTimeout, Origin::Edge, format!("the body stalled after {came} bytes")),
        BodyEnd::Broken => fault(FaultKind::BadHttp, Origin::Edge, format!("bad chunks after {came} bytes of body")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::During;
    use app::model::Phases;

    fn check() -> Check {
        Check {
            monitor: "shop".parse().unwrap(),
            url: "http://shop.test/".parse().unwrap(),
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            expect_status: vec![200..=399],
            degraded_over: Some(Duration::from_millis(500)),
        }
    }

    fn answered(status: u16, end: BodyEnd, total: u64) -> Sample {
        let answer = Answer {
            status,
            reason: String::new(),
            version: "HTTP/1.1".to_owned(),
            headers: vec![],
            head_bytes: 40,
            body: bytes::Bytes::new(),
            body_bytes: 7,
            end,
        };
        judged(Ok(answer), total, true)
    }

    fn judged(result: Result<Answer, NetFault>, total: u64, names_work: bool) -> Sample {
        let total = Duration::from_millis(total);
        let exchange =
            Exchange { peer: None, local: None, phases: Phases::default(), send: None, tls: None, result, total };
        judge(&check(), At(1), exchange, names_work)
    }

    fn failed(kind: FaultKind, origin: Origin, names_work: bool) -> Class {
        let fault = NetFault {
            kind,
            origin,
            during: During::Connect,
            errno: None,
            detail: "ä".repeat(150),
            head_bytes: 0,
            certificate: None,
            flaw: None,
            refusal: None,
        };
        let sample = judged(Err(fault), 5, names_work);
        assert!(sample.fault.unwrap().detail.len() <= MAX_DETAIL);
        sample.class
    }

    #[test]
    fn answers_are_judged_by_status_end_and_time() {
        assert_eq!(answered(200, BodyEnd::Complete, 5).class, Class::Up);
        assert_eq!(answered(200, BodyEnd::TooLong, 5).class, Class::Up);
        assert_eq!(answered(200, BodyEnd::Complete, 501).class, Class::Degraded);
        for (status, end, kind, origin) in [
            (502, BodyEnd::Complete, FaultKind::Status, Origin::Upstream),
            (500, BodyEnd::Complete, FaultKind::Status, Origin::Edge),
            (101, BodyEnd::Complete, FaultKind::Status, Origin::Edge),
            (200, BodyEnd::Truncated, FaultKind::ClosedEarly, Origin::Edge),
            (200, BodyEnd::Stalled, FaultKind::ReadTimeout, Origin::Edge),
            (200, BodyEnd::Broken, FaultKind::BadHttp, Origin::Edge),
        ] {
            let sample = answered(status, end, 501);
            let fault = sample.fault.unwrap();
            assert_eq!((sample.class, sample.status), (Class::Down, Some(status)));
            assert_eq!((fault.kind, fault.origin, fault.status), (kind, origin, Some(status)));
        }
    }

    #[test]
    fn what_we_could_not_measure_is_never_downtime() {
        assert_eq!(failed(FaultKind::Refused, Origin::Edge, true), Class::Down);
        assert_eq!(failed(FaultKind::NameNotFound, Origin::Dns, true), Class::Down);
        assert_eq!(failed(FaultKind::Blocked, Origin::Here, true), Class::Blocked);
        assert_eq!(failed(FaultKind::Internal, Origin::Here, true), Class::Unknown);
        assert_eq!(failed(FaultKind::NameServerSilent, Origin::Dns, false), Class::Unknown);
        assert_eq!(failed(FaultKind::NameServerSilent, Origin::Dns, true), Class::Down);
    }
}
