//! HTTP and the opening handshake of a WebSocket.

use super::super::expect::MAX_BODY;
use super::super::{Check, Family, HttpAsk, Version};
use super::pair::Pair;
use super::{Attempted, by_time, certificate, class_of, limits, of_handshake, said, shown, verify};
use crate::clock;
use crate::evidence::{self, Traces};
use crate::net::{self, Answer, BodyEnd, Exchange, NetFault, Request, Target};
use crate::netguard::{Netguard, Place, Redirects, Refusal, ResolveError, Vetted};
use app::model::{At, Class, Fault, FaultKind, Millis, Origin, Sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use std::net::SocketAddr;
use std::time::Instant;

/// What RFC 6455 has both sides append to the key.
const SOCKET_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Asks, follows redirects as far as the monitor allows, and judges the last answer.
pub(super) async fn ask(guard: &Netguard, check: &Check, ask: &HttpAsk) -> Attempted {
    let complaint = |answer: &Answer| complaint(check, answer);
    on_each_way(guard, check, ask, request(check, ask), &complaint).await
}

/// What is wrong with an answer, if anything.
pub(super) type Complaint<'a> = dyn Fn(&Answer) -> Option<Fault> + Sync + 'a;

/// Asks as visitors do; the two ways of a gateway pair are in `pair`.
async fn on_each_way(
    guard: &Netguard,
    check: &Check,
    ask: &HttpAsk,
    request: Request,
    complaint: &Complaint<'_>,
) -> Attempted {
    let at = clock::now();
    let Some(direct) = &check.direct else {
        let exchange = walk(guard, check, ask, request).await;
        return judged(check, at, exchange, guard.names_answered_lately(), complaint);
    };
    // In boxes, so that a probe without a pair stays small.
    let through = Box::pin(walk(guard, check, ask, request.clone()));
    let pair = Pair { guard, check, direct, request, follows: ask.redirects > 0, complaint };
    Box::pin(pair.ask(at, through)).await
}

/// The sample of an exchange, and the certificate that it saw.
pub(super) fn judged(
    check: &Check,
    at: At,
    exchange: Exchange,
    names_work: bool,
    complaint: &Complaint<'_>,
) -> Attempted {
    let seen = exchange.tls.as_ref().map(|facts| certificate(facts, at));
    let (sample, traces) = judge(check, at, exchange, names_work, complaint);
    Attempted { sample, seen, traces }
}

/// Asks for a WebSocket and closes it again.
pub(super) async fn open_socket(guard: &Netguard, check: &Check, ask: &HttpAsk) -> Attempted {
    let mut key = [0; 16];
    if getrandom::fill(&mut key).is_err() {
        let sample = super::failed_here(clock::now(), "no random bytes could be had");
        return Attempted { sample, seen: None, traces: Traces::default() };
    }
    let key = STANDARD.encode(key);
    let mut request = request(check, ask);
    let own = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")];
    request.headers.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    request.headers.push(("Sec-WebSocket-Key".to_owned(), key.clone()));
    let complaint = |answer: &Answer| refused_socket(check, answer, &key);
    on_each_way(guard, check, ask, request, &complaint).await
}

/// The first request. Phases are bounded by the usual limits, all of it by the check's own.
pub(super) fn request(check: &Check, ask: &HttpAsk) -> Request {
    let mut request = Request::get(ask.url.clone());
    request.method.clone_from(&ask.method);
    request.headers.clone_from(&ask.headers);
    request.headers.extend(ask.authorization.iter().map(|value| ("Authorization".to_owned(), value.clone())));
    request.body = ask.body.clone();
    request.keep_body = match (check.expect.reads_body(), ask.keeps_body) {
        (true, _) => MAX_BODY,
        (false, true) => evidence::MAX_BODY,
        (false, false) => 0,
    };
    request.limits = limits(check);
    request.tls = verify(check);
    request.identity.clone_from(&check.identity);
    request.proxy.clone_from(&ask.proxy);
    request
}

/// The exchange, and those that its redirects lead to, all within the check's time.
async fn walk(guard: &Netguard, check: &Check, ask: &HttpAsk, request: Request) -> Exchange {
    if ask.redirects == 0 && !ask.has_own_names() {
        return exchange(guard, ask, &request).await;
    }
    let started = Instant::now();
    let resolving = ask.resolver.map_or_else(|| guard.clone(), |server| guard.asking(server));
    let mut request = request;
    let mut redirects: Option<Redirects> = None;
    loop {
        let mut exchange = match aim(&resolving, ask, &mut request, redirects.as_mut()).await {
            Ok(took) => {
                let mut exchange = exchange(&resolving, ask, &request).await;
                exchange.phases.dns = took;
                exchange
            }
            Err(fault) => failed(fault),
        };
        exchange.total = started.elapsed();
        let location = match &exchange.result {
            Ok(answer) if ask.redirects > 0 && leads_on(answer.status) => location(answer),
            _ => return exchange,
        };
        let Some(location) = location else {
            let told = "a redirect without exactly one Location".to_owned();
            exchange.result = Err(NetFault::judged(FaultKind::BadHttp, Origin::Edge, told));
            return exchange;
        };
        let walked = match redirects.take() {
            Some(walked) => Some(walked),
            None => arrived(&resolving, &exchange, &request).map(|at| Redirects::start(guard, ask.url.clone(), &at)),
        };
        let Some(mut walked) = walked else { return exchange };
        if walked.hops() >= usize::from(ask.redirects) {
            let told = format!("there were more than {} redirects", ask.redirects);
            exchange.result = Err(NetFault::judged(FaultKind::Status, Origin::Edge, told));
            return exchange;
        }
        let next = match walked.follow(&resolving, &location) {
            Ok(next) => next,
            Err(refusal) => {
                // The peer chose this place, so it is not our policy that is at fault.
                exchange.result = Err(NetFault::judged(FaultKind::Status, Origin::Edge, refusal.to_string()));
                return exchange;
            }
        };
        let elsewhere = next.origin() != request.url.origin();
        if elsewhere {
            request.headers.retain(|(name, _)| !ask.is_credential(name));
            request.identity = None;
        }
        // What is sent is meant for the monitor's own origin, whatever the status says.
        if (elsewhere || matches!(&exchange.result, Ok(Answer { status: 301..=303, .. })))
            && !matches!(request.method.as_str(), "GET" | "HEAD")
        {
            request.method = "GET".to_owned();
            request.body = bytes::Bytes::new();
        }
        request.url = next;
        request.limits.total = check.timeout.saturating_sub(started.elapsed());
        redirects = Some(walked);
    }
}

/// One exchange in the monitor's HTTP. What is not HTTP/1.1 is in a box, so that the usual probe stays small.
async fn exchange(guard: &Netguard, ask: &HttpAsk, request: &Request) -> Exchange {
    match ask.version {
        Version::One => net::exchange(guard, request).await,
        Version::Two => Box::pin(net::ask_http2(guard, request)).await.exchange,
        Version::Either => Box::pin(net::ask_either(guard, request)).await,
    }
}

/// Looks the host up by the monitor's own rules and aims the request at what is allowed of it; how long that took.
pub(super) async fn aim(
    guard: &Netguard,
    ask: &HttpAsk,
    request: &mut Request,
    redirects: Option<&mut Redirects>,
) -> Result<Option<Millis>, NetFault> {
    let Some(place) = Place::of(&request.url) else {
        return Err(NetFault::judged(FaultKind::Status, Origin::Edge, "the redirect leads nowhere".to_owned()));
    };
    let started = Instant::now();
    let found = guard.resolve(&place.host, place.port, request.limits.dns.min(request.limits.total)).await;
    let by_name = place.host.parse::<std::net::IpAddr>().is_err();
    let took = by_name.then(|| Millis::from(started.elapsed()));
    let mut found = found.map_err(|error| match (error, redirects.is_some()) {
        // Where the peer leads us is the peer's doing, not a fault of the configuration.
        (ResolveError::Refused(refusal), true) => refused_hop(&refusal),
        (error, _) => NetFault::unresolved(error),
    })?;
    if let Some(redirects) = redirects {
        for at in &found {
            redirects.arrive(at).map_err(|refusal| refused_hop(&refusal))?;
        }
    }
    if let Some(family) = ask.family {
        found.retain(|at| at.address().is_ipv6() == (family == Family::V6));
        if found.is_empty() {
            let name = if family == Family::V6 { "IPv6" } else { "IPv4" };
            let told = format!("the name has no {name} address, and the monitor wants one");
            return Err(NetFault::judged(FaultKind::NameNotFound, Origin::Dns, told));
        }
    }
    request.target = Target::Among(found);
    Ok(took)
}

fn refused_hop(refusal: &Refusal) -> NetFault {
    NetFault::judged(FaultKind::Status, Origin::Edge, format!("the redirect is not followed: {refusal}"))
}

pub(super) fn failed(fault: NetFault) -> Exchange {
    Exchange {
        peer: None,
        found: Vec::new(),
        local: None,
        phases: app::model::Phases::default(),
        send: None,
        tls: None,
        result: Err(fault),
        total: std::time::Duration::ZERO,
    }
}

/// Whether an answer with this status leads on to another place.
pub(super) fn leads_on(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The one place that an answer leads on to.
fn location(answer: &Answer) -> Option<String> {
    let mut said = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("location"));
    let one = said.next().map(|(_, place)| place.clone());
    one.filter(|place| said.next().is_none() && !place.is_empty())
}

/// The address that answered, as the policy judged it.
fn arrived(guard: &Netguard, exchange: &Exchange, request: &Request) -> Option<Vetted> {
    let address: SocketAddr = exchange.peer.as_deref()?.parse().ok()?;
    guard.vet(address, request.url.host_str().filter(|host| host.parse::<std::net::IpAddr>().is_err())).ok()
}

impl HttpAsk {
    /// What is not sent to another origin: whatever the monitor sets itself.
    fn is_credential(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case("authorization") || self.headers.iter().any(|(own, _)| own == name)
    }
}

/// What an exchange counts as.
fn judge(check: &Check, at: At, exchange: Exchange, names_work: bool, complaint: &Complaint<'_>) -> (Sample, Traces) {
    let Exchange { peer, found, phases, tls, result, total: latency, .. } = exchange;
    let mut traces = Traces { asked: peer, found, tls, answer: None };
    let (class, status, fault) = match result {
        Err(fault) => (class_of(fault.kind, fault.origin, names_work), None, Some(shown(fault))),
        Ok(answer) => {
            let status = Some(answer.status);
            let warning = || of_handshake(check, traces.tls.as_ref(), at);
            let wrong = complaint(&answer).map(|fault| (Class::Down, fault)).or_else(warning);
            traces.answer = Some(answer);
            match wrong {
                Some((class, fault)) => (class, status, Some(Fault { status, ..fault })),
                None => (by_time(check, latency), status, None),
            }
        }
    };
    (Sample { at, class, latency: latency.into(), status, phases, fault }, traces)
}

/// What is wrong with an answer, if anything.
fn complaint(check: &Check, answer: &Answer) -> Option<Fault> {
    let fault = |kind, origin, detail: String| Some(said(kind, origin, Some(answer.status), detail));
    if !check.expect.status.iter().any(|range| range.contains(&answer.status)) {
        return fault(FaultKind::Status, origin_of(answer.status), format!("status {}", answer.status));
    }
    let came = answer.body_bytes;
    let (kind, told) = match answer.end {
        BodyEnd::Complete | BodyEnd::TooLong => {
            return check.expect.content(answer).and_then(|told| fault(FaultKind::Body, Origin::Edge, told));
        }
        BodyEnd::Truncated => (FaultKind::ClosedEarly, format!("closed after {came} bytes of an unfinished body")),
        BodyEnd::Stalled => (FaultKind::ReadTimeout, format!("the body stalled after {came} bytes")),
        BodyEnd::Broken => (FaultKind::BadHttp, format!("bad chunks after {came} bytes of body")),
    };
    fault(kind, Origin::Edge, told)
}

/// 502 and 504 say that the hop which answered did not get an answer itself.
pub(super) fn origin_of(status: u16) -> Origin {
    if matches!(status, 502 | 504) { Origin::Upstream } else { Origin::Edge }
}

/// Why an answer opens no WebSocket.
fn refused_socket(check: &Check, answer: &Answer, key: &str) -> Option<Fault> {
    if answer.status != 101 {
        let told = format!("wanted status 101, which opens a WebSocket, found {}", answer.status);
        return Some(said(FaultKind::Status, origin_of(answer.status), Some(answer.status), told));
    }
    let accept = STANDARD.encode(Sha1::digest(format!("{key}{SOCKET_SUFFIX}").as_bytes()));
    let upgraded = answer.header("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
    if !upgraded || answer.header("sec-websocket-accept") != Some(accept.as_str()) {
        let told = "status 101 without the proof (Sec-WebSocket-Accept) that the peer speaks WebSocket".to_owned();
        return Some(said(FaultKind::BadHttp, Origin::Edge, Some(101), told));
    }
    let told = check.expect.content(answer)?;
    Some(said(FaultKind::Body, Origin::Edge, Some(101), told))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::During;
    use crate::probe::Expect;
    use app::model::Phases;
    use std::time::Duration;

    fn check() -> Check {
        Check {
            monitor: "shop".parse().unwrap(),
            target: crate::probe::Target::get("http://shop.test/".parse().unwrap()),
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            authorities: Vec::new(),
            direct: None,
            identity: None,
            expect: Expect { latency: Some(Duration::from_millis(500)), ..Expect::http() },
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
        let exchange = Exchange {
            peer: None,
            found: Vec::new(),
            local: None,
            phases: Phases::default(),
            send: None,
            tls: None,
            result,
            total,
        };
        let check = check();
        judge(&check, At(1), exchange, names_work, &|answer| complaint(&check, answer)).0
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
        assert!(sample.fault.unwrap().detail.len() <= super::super::MAX_DETAIL);
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
