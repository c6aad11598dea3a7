//! A gateway pair: where the way through the gateway fails, the same request straight at the upstream says on which
//! side the fault is.
//!
//! The sample stays that of the way through the gateway, since visitors come that way; the other one refines its
//! fault. Both together stay within the monitor's time: a gateway that is silent for long gets company.

use super::http::{Complaint, judged, leads_on};
use super::{Attempted, MAX_DETAIL, class_of};
use crate::net::{self, Exchange, Request, TlsVerify};
use crate::netguard::Netguard;
use crate::probe::{Check, Direct};
use crate::status::reason::public_reason;
use app::model::{At, Class, Fault, FaultKind, Origin};
use std::pin::Pin;
use std::time::Duration;

/// How long the upstream may take, and at most half of the monitor's time.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes of our own refusal that are repeated.
const MAX_REFUSAL: usize = 80;

/// What is asked on both ways, and what is wrong with an answer.
pub(super) struct Pair<'a> {
    pub(super) guard: &'a Netguard,
    pub(super) check: &'a Check,
    pub(super) direct: &'a Direct,
    /// The request of the way through the gateway.
    pub(super) request: Request,
    /// Whether a redirect is no answer of its own.
    pub(super) follows: bool,
    pub(super) complaint: &'a Complaint<'a>,
}

/// How the upstream answered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Upstream {
    /// As the monitor expects.
    Well,
    /// It is at fault: a public phrase.
    Ill(String),
    /// It cannot be reached from here, which says little of it.
    Silent(String),
    /// We could not ask it.
    NotAsked(String),
}

impl Pair<'_> {
    /// Asks through the gateway, and at the upstream where that helps.
    pub(super) async fn ask(
        &self,
        at: At,
        mut through: Pin<Box<dyn Future<Output = Exchange> + Send + '_>>,
    ) -> Attempted {
        let patience = PATIENCE.min(self.check.timeout / 2);
        let (exchange, early) = tokio::select! {
            exchange = &mut through => (exchange, None),
            () = tokio::time::sleep(self.check.timeout.saturating_sub(patience)) => {
                let (exchange, straight) = tokio::join!(through, self.straight(patience));
                (exchange, Some(straight))
            }
        };
        let mut attempted = judged(self.check, at, exchange, self.guard.names_answered_lately(), self.complaint);
        let failed = attempted.sample.class == Class::Down;
        let is_well = matches!(attempted.sample.class, Class::Up | Class::Degraded);
        let straight = match early {
            Some(straight) => Some(straight),
            None if failed || is_well && self.direct.is_due(at) => Some(self.straight(patience).await),
            None => None,
        };
        if let Some(upstream) = straight {
            self.direct.note(at, upstream.told(is_well));
            if let Some(fault) = attempted.sample.fault.as_mut().filter(|_| failed) {
                refine(fault, &upstream);
            }
        }
        let seen = [attempted.seen.take(), self.direct.told()];
        attempted.seen = seen.into_iter().flatten().reduce(|one, other| format!("{one}; {other}"));
        attempted
    }

    /// The same request with the same Host and SNI. Gateways seldom judge their upstream's certificate, so nor do we.
    async fn straight(&self, patience: Duration) -> Upstream {
        let mut request = self.request.clone();
        request.host = Some(request.host_header());
        request.url = self.direct.url_for(&request.url);
        request.tls = TlsVerify::ReadOnly;
        request.identity = None;
        let limits = &mut request.limits;
        for limit in [&mut limits.dns, &mut limits.connect, &mut limits.tls, &mut limits.first_byte, &mut limits.total]
        {
            *limit = patience.min(*limit);
        }
        self.read(&net::exchange(self.guard, &request).await)
    }

    fn read(&self, exchange: &Exchange) -> Upstream {
        match &exchange.result {
            Ok(answer) if self.follows && leads_on(answer.status) => Upstream::Well,
            Ok(answer) => (self.complaint)(answer).map_or(Upstream::Well, |fault| Upstream::Ill(public_reason(&fault))),
            Err(fault) => {
                let phrase = public_reason(&Fault {
                    kind: fault.kind,
                    origin: fault.origin,
                    status: None,
                    detail: String::new(),
                });
                match (class_of(fault.kind, fault.origin, true), fault.origin) {
                    (Class::Blocked | Class::Unknown, _) => {
                        let end = fault.detail.floor_char_boundary(MAX_REFUSAL);
                        Upstream::NotAsked(fault.detail[..end].to_owned())
                    }
                    (_, Origin::Dns | Origin::Network) => Upstream::Silent(phrase),
                    _ => Upstream::Ill(phrase),
                }
            }
        }
    }
}

impl Upstream {
    /// In words for admins; while the way through the gateway is well, an ill upstream is rather a slip.
    fn told(&self, is_well: bool) -> String {
        let doubt = if is_well { "; is `direct` right?" } else { "" };
        match self {
            Self::Well => "the upstream answers as expected".to_owned(),
            Self::Ill(why) | Self::Silent(why) => format!("{why}{doubt}"),
            Self::NotAsked(why) => format!("not possible ({why})"),
        }
    }
}

/// Puts into the fault on which side it is. What was no fault of an answering gateway keeps its place: then the way to
/// the gateway itself is broken, however the upstream is.
fn refine(fault: &mut Fault, upstream: &Upstream) {
    use FaultKind::{BadHttp, Body, ClosedEarly, ReadTimeout, Reset, Status};
    let answers = matches!(fault.kind, Status | Body | BadHttp | ClosedEarly | Reset | ReadTimeout);
    let words = match (upstream, answers) {
        (Upstream::Well, true) => {
            fault.origin = Origin::Edge;
            "the upstream answers when asked directly, the gateway does not pass it on".to_owned()
        }
        (Upstream::Well, false) => {
            "the upstream answers when asked directly, the fault is at the gateway or on the way to it".to_owned()
        }
        (Upstream::Ill(why), true) => {
            fault.origin = Origin::Upstream;
            format!("the upstream itself is down ({why})")
        }
        (Upstream::Ill(why), false) => format!("the upstream is down too ({why})"),
        (Upstream::Silent(why), _) => format!("the upstream cannot be reached from here either ({why})"),
        (Upstream::NotAsked(why), _) => format!("the upstream could not be asked directly ({why})"),
    };
    // What a status is called stands beside the detail anyway.
    if fault.detail == public_reason(fault) {
        fault.detail = words;
        return;
    }
    let room = MAX_DETAIL.saturating_sub(words.len() + 2);
    fault.detail.truncate(fault.detail.floor_char_boundary(room));
    fault.detail = format!("{}; {words}", fault.detail);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refined(kind: FaultKind, origin: Origin, detail: &str, upstream: &Upstream) -> (Origin, String) {
        let status = (kind == FaultKind::Status).then_some(502);
        let mut fault = Fault { kind, origin, status, detail: detail.to_owned() };
        refine(&mut fault, upstream);
        assert!(fault.detail.len() <= MAX_DETAIL, "{}", fault.detail);
        (fault.origin, fault.detail)
    }

    #[test]
    fn the_side_is_named_and_only_an_answering_gateway_is_cleared() {
        use FaultKind::{ConnectTimeout, NameNotFound, ReadTimeout, Refused, Status};
        let refused = Upstream::Ill("connection refused".to_owned());
        let silent = Upstream::Silent("connection timed out".to_owned());
        for (kind, before, upstream, after, words) in [
            (Status, Origin::Upstream, &Upstream::Well, Origin::Edge, "the gateway does not pass it on"),
            (Status, Origin::Upstream, &refused, Origin::Upstream, "the upstream itself is down (connection refused)"),
            (ReadTimeout, Origin::Edge, &refused, Origin::Upstream, "the upstream itself is down"),
            (Refused, Origin::Edge, &Upstream::Well, Origin::Edge, "at the gateway or on the way to it"),
            (Refused, Origin::Edge, &refused, Origin::Edge, "the upstream is down too (connection refused)"),
            (NameNotFound, Origin::Dns, &Upstream::Well, Origin::Dns, "the upstream answers when asked directly"),
            (ConnectTimeout, Origin::Network, &silent, Origin::Network, "cannot be reached from here either"),
        ] {
            let (origin, detail) = refined(kind, before, "so it was", upstream);
            assert_eq!(origin, after, "{kind} {detail}");
            assert!(detail.starts_with("so it was; ") && detail.contains(words), "{detail}");
        }
    }

    #[test]
    fn the_words_always_have_room() {
        let (_, detail) = refined(FaultKind::Body, Origin::Edge, &"ä".repeat(100), &Upstream::Well);
        assert!(detail.starts_with("ää") && detail.ends_with("does not pass it on"), "{detail}");
        let (_, detail) = refined(FaultKind::Status, Origin::Upstream, "status 502", &Upstream::Well);
        assert!(detail.starts_with("the upstream answers"), "{detail}");
    }
}
