//! The same request in HTTP/1.1 and in HTTP/2: browsers speak the one, health checks and scripts the other.

use super::{Asker, Way, collect};
use app::model::FactKind;
use app::model::fact::asked::Attempt;
use app::model::fact::wire::{Changed, Variation};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

/// Further pairs of requests, in turn, that have to end as the first ones did.
const PAIRS: u16 = 2;
/// The version that an attempt in HTTP/2 has.
pub(super) const HTTP2: &str = "HTTP/2";
/// Their numbers begin here, behind those of all others.
const NUMBERS: u16 = 90;

/// What came of the comparison.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// How the two differ, in words.
    pub(super) words: Option<String>,
    /// Requests that were sent to be sure.
    pub(super) further: Vec<Attempt>,
}

impl Asker {
    /// Whether the request is sent in HTTP/2 too: over TLS, where browsers do so, and only if it changes nothing there.
    pub(super) fn in_http2(&self) -> bool {
        self.url.scheme() == "https"
            && self.work.inner.is_none()
            && matches!(self.work.request.method.as_str(), "GET" | "HEAD")
    }

    /// Tells whether the two versions are answered otherwise. An upstream that fails now and then answers otherwise by
    /// chance: only what further pairs confirm is told.
    pub(super) async fn compare(&self, attempts: &[Attempt]) -> Compared {
        let (second, first): (Vec<&Attempt>, Vec<&Attempt>) =
            attempts.iter().filter(|attempt| !attempt.open).partition(|attempt| is_http2(attempt));
        let Some(one) = second.first().copied() else { return Compared::default() };
        if first.is_empty() || first.iter().any(|attempt| end(attempt) == end(one)) {
            return Compared::default();
        }
        let mut further = Vec::new();
        for pair in 0..PAIRS {
            for (number, http2) in [(NUMBERS + pair * 2, true), (NUMBERS + pair * 2 + 1, false)] {
                let mut running = JoinSet::new();
                self.send(&mut running, number, Way { address: one_address(one), http2 });
                collect(&mut running, &mut further).await;
            }
        }
        let ends = |http2: bool| -> BTreeSet<String> {
            let all = attempts.iter().chain(&further).filter(|attempt| !attempt.open);
            all.filter(|attempt| is_http2(attempt) == http2).map(end).collect()
        };
        let (older, newer) = (ends(false), ends(true));
        let pairs = further.iter().filter(|attempt| is_http2(attempt)).count();
        if pairs < usize::from(PAIRS) || newer.len() != 1 || !older.is_disjoint(&newer) {
            return Compared { words: None, further };
        }
        let older = older.into_iter().collect::<Vec<_>>().join(" or ");
        let fact = Variation {
            target: one.address.clone().unwrap_or_else(|| self.url.authority().to_owned()),
            changed: Changed::Http2Through,
            to: format!("(in HTTP/1.1: {older})"),
            status: one.status,
            failure: one.failure.clone(),
            grpc_status: None,
        };
        self.desk.measured(self.url.as_str(), FactKind::Variation(fact));
        Compared { words: Some(format!("in HTTP/2 {}, in HTTP/1.1 {older}", end(one))), further }
    }
}

fn is_http2(attempt: &Attempt) -> bool {
    attempt.version.as_deref() == Some(HTTP2)
}

fn one_address(attempt: &Attempt) -> Option<std::net::SocketAddr> {
    attempt.address.as_deref()?.parse().ok()
}

/// How an attempt ended, as far as a visitor can tell.
fn end(attempt: &Attempt) -> String {
    match (attempt.status, &attempt.failure) {
        (Some(status), None) => format!("status {status}"),
        (Some(status), Some(failure)) => format!("status {status}, then {}", failure.kind.as_str().replace('-', " ")),
        (None, Some(failure)) => failure.kind.as_str().replace('-', " "),
        (None, None) => "no answer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::FaultKind;
    use app::model::fact::asked::{During, Failure};

    #[test]
    fn ends_are_told_apart() {
        let answered = Attempt { status: Some(200), ..Attempt::default() };
        let failure = Failure { kind: FaultKind::ClosedEarly, during: During::Body, errno: None, detail: "x".into() };
        let broken = Attempt { failure: Some(failure.clone()), ..answered.clone() };
        let nothing = Attempt { failure: Some(failure), ..Attempt::default() };
        assert_eq!(
            [end(&answered), end(&broken), end(&nothing)],
            ["status 200", "status 200, then closed early", "closed early"]
        );
    }
}
