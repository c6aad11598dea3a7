//! What was seen when a monitor's state changed: for admins, and for the wizard to start from.
//!
//! Texts of the peer are in here, cleaned and without what is secret; they stay a stranger's words all the same.

use super::id::MonitorId;
use super::sample::{Class, Fault, Phases};
use super::status::State;
use super::time::{At, Millis};
use serde::{Deserialize, Serialize};

/// Evidence of a state that has ended is still worth starting from for so long, in milliseconds.
const FRESH_MS: i64 = 15 * 60 * 1000;

/// What one probe saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What the probe counted as.
    pub class: Class,
    /// HTTP status where one came.
    pub status: Option<u16>,
    /// From start to end.
    pub latency: Millis,
    /// Time in each phase.
    pub phases: Phases,
    /// Why it was not well.
    pub fault: Option<Fault>,
    /// The addresses that the name led to; empty where an address is configured, or none was found.
    #[serde(default)]
    pub resolved: Vec<String>,
    /// The name server of the monitor's own that said so; `None` for the usual ones.
    #[serde(default)]
    pub resolver: Option<String>,
    /// The address that was asked last.
    #[serde(default)]
    pub asked: Option<String>,
    /// What the TLS handshake showed.
    #[serde(default)]
    pub tls: Option<TlsSeen>,
    /// What was answered, where an answer came.
    #[serde(default)]
    pub answer: Option<AnswerSeen>,
    /// What was seen besides: records, a greeting.
    #[serde(default)]
    pub told: Option<String>,
}

/// What a TLS handshake showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSeen {
    /// `TLSv1.2` or `TLSv1.3`.
    pub protocol: String,
    /// Cipher suite.
    pub cipher: String,
    /// Subject of the certificate.
    pub subject: String,
    /// Its issuer.
    pub issuer: String,
    /// Valid from.
    pub not_before: At,
    /// Valid until.
    pub not_after: At,
    /// Certificates that were sent.
    pub chain: usize,
}

/// An HTTP answer, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerSeen {
    /// `HTTP/1.0` or `HTTP/1.1`.
    pub version: String,
    /// Reason phrase.
    pub reason: String,
    /// Headers that say who answered and how, in order.
    pub headers: Vec<(String, String)>,
    /// Bytes of body that came.
    pub body_bytes: u64,
    /// The body's beginning; `None` where it is not kept.
    #[serde(default)]
    pub body: Option<String>,
    /// True where more of the body came than is kept.
    #[serde(default)]
    pub cut: bool,
}

/// What was seen at one or several changes to the same state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Of which monitor.
    pub monitor: MonitorId,
    /// The state that it came to.
    pub state: State,
    /// When it was seen first.
    pub first_at: At,
    /// When it was seen last.
    pub last_at: At,
    /// How often it was seen.
    pub count: u32,
    /// What was seen, as it was the last time.
    pub evidence: Evidence,
}

/// What a run may start from: the newest evidence of a trouble that lasts since `failing_since`, or that was there a
/// quarter of an hour ago.
pub fn fresh(seen: &[Seen], failing_since: Option<At>, now: At) -> Option<&Seen> {
    let is_trouble = |one: &&Seen| !matches!(one.state, State::Operational | State::Maintenance);
    let newest = seen.iter().filter(is_trouble).max_by_key(|one| one.last_at)?;
    let lasts = failing_since.is_some_and(|since| newest.last_at >= since);
    (lasts || now.since(newest.last_at) <= FRESH_MS).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(state: State, at: i64) -> Seen {
        let evidence = Evidence {
            class: Class::Down,
            status: Some(502),
            latency: Millis(12),
            phases: Phases::default(),
            fault: None,
            resolved: Vec::new(),
            resolver: None,
            asked: None,
            tls: None,
            answer: None,
            told: None,
        };
        let monitor = "shop".parse().unwrap_or_else(|_| unreachable!("an id"));
        Seen { monitor, state, first_at: At(at), last_at: At(at), count: 1, evidence }
    }

    #[test]
    fn a_run_starts_from_what_lasts_or_was_there_just_now() {
        let all = [seen(State::Operational, 900), seen(State::Outage, 500), seen(State::Outage, 100)];
        assert_eq!(fresh(&all, Some(At(500)), At(i64::MAX)), Some(&all[1]), "it lasts");
        assert_eq!(fresh(&all, Some(At(501)), At(500 + FRESH_MS + 1)), None, "that is another trouble");
        assert_eq!(fresh(&all, None, At(500 + FRESH_MS)), Some(&all[1]), "it was there just now");
        assert_eq!(fresh(&all, None, At(501 + FRESH_MS)), None);
        assert_eq!(fresh(&all[..1], None, At(901)), None, "a recovery is no trouble");
    }
}
