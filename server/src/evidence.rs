//! What probes saw when a state changed: gathered without cost while all is well, cleaned and without secrets before it
//! is kept.
//!
//! ```text
//! attempt ─Traces─► gather (a failure, or the first answer after one) ─Gathered─► core holds what opposes the state
//!                                                                         └─ change ─► record ─► with the change's batch
//! ```
//!
//! An attempt's traces are what it holds anyway, moved and not copied; of a probe that is as well as the last one they are
//! dropped at once. What is kept is made small when it is gathered (chosen headers, 2 KB of body), and readable only
//! when a change is confirmed: control and direction characters are gone, and [`redact`] has left out what is secret.

mod clean;
mod headers;
mod mark;
pub mod redact;

use crate::net::{Answer, TlsFacts};
use crate::netguard::Vetted;
use crate::probe::Target;
use crate::storage::NewEvidence;
use app::model::evidence::{AnswerSeen, TlsSeen};
use app::model::{Class, Evidence, Fault, MonitorId, Sample, State};
use bytes::Bytes;
use redact::{Opaque, redact};

/// Bytes of an answer's body that are kept.
pub const MAX_BODY: usize = 2048;
/// Addresses of a name that are kept.
const MAX_ADDRESSES: usize = 16;
/// Characters of one text of a peer.
const MAX_TEXT: usize = 400;

/// What an attempt came across, as it was.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Traces {
    /// The address that was asked last.
    pub asked: Option<String>,
    /// Where the name led to; empty where no name was looked up.
    pub found: Vec<Vetted>,
    /// What the handshake showed.
    pub tls: Option<TlsFacts>,
    /// The answer.
    pub answer: Option<Answer>,
}

/// What is held of a probe until a change is confirmed; still as the peer sent it, so it is shown nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    asked: Option<String>,
    resolved: Vec<String>,
    resolver: Option<String>,
    tls: Option<TlsFacts>,
    answer: Option<Heard>,
    told: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    version: String,
    reason: String,
    headers: Vec<(String, String)>,
    body_bytes: u64,
    /// `None` where the monitor does not want it kept.
    body: Option<Bytes>,
}

#[cfg(test)]
impl Gathered {
    /// One of a probe that came across nothing.
    pub(crate) fn nothing() -> Box<Self> {
        Box::new(Self { asked: None, resolved: Vec::new(), resolver: None, tls: None, answer: None, told: None })
    }
}

/// What was seen at a change of state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The probe's sample.
    pub sample: Sample,
    /// What it saw besides.
    pub gathered: Option<Box<Gathered>>,
}

/// A proof of a change that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whose change.
    pub monitor: MonitorId,
    /// To which state.
    pub state: State,
    /// What shows it.
    pub proof: Proof,
}

/// What of a probe may be worth keeping: of a failing one, and where `wary` of the first that is well again. `told` is
/// what it saw in words.
pub fn gather(
    wary: bool,
    sample: &Sample,
    target: &Target,
    traces: Traces,
    told: Option<&str>,
) -> Option<Box<Gathered>> {
    if sample.class == Class::Up && !wary {
        return None;
    }
    let (resolver, keeps_body) = match target {
        Target::Http(ask) | Target::WebSocket(ask) => (ask.resolver, ask.keeps_body),
        _ => (None, false),
    };
    // A name was looked up only where that took its time.
    let found = if sample.phases.dns.is_some() { traces.found.as_slice() } else { &[] };
    let answer = traces.answer.map(|answer| Heard {
        version: answer.version,
        reason: answer.reason,
        headers: headers::chosen(answer.headers),
        body_bytes: answer.body_bytes,
        // A copy, so that a large body that was read for its rules does not stay for its beginning.
        body: keeps_body.then(|| Bytes::copy_from_slice(&answer.body[..answer.body.len().min(MAX_BODY)])),
    });
    Some(Box::new(Gathered {
        asked: traces.asked,
        resolved: found.iter().take(MAX_ADDRESSES).map(|at| at.address().ip().to_string()).collect(),
        resolver: resolver.map(|server| server.to_string()),
        tls: traces.tls,
        answer,
        told: told.map(str::to_owned),
    }))
}

/// A proof as it is kept: readable, and without secrets.
pub fn record(kept: Kept) -> NewEvidence {
    let Kept { monitor, state, proof: Proof { sample, gathered } } = kept;
    let Sample { at, class, latency, status, phases, fault } = sample;
    let fault = fault.map(|fault| Fault { detail: line(&fault.detail, MAX_TEXT), ..fault });
    let mut evidence = Evidence {
        class,
        status,
        latency,
        phases,
        fault,
        resolved: Vec::new(),
        resolver: None,
        asked: None,
        tls: None,
        answer: None,
        told: None,
    };
    if let Some(gathered) = gathered {
        let Gathered { asked, resolved, resolver, tls, answer, told } = *gathered;
        evidence.asked = asked.map(|text| clean::line(&text, MAX_TEXT));
        evidence.resolved = resolved;
        evidence.resolver = resolver;
        evidence.tls = tls.map(|facts| readable_tls(&facts));
        evidence.answer = answer.map(readable_answer);
        evidence.told = told.map(|text| line(&text, 2 * MAX_TEXT));
    }
    let mark = mark::of(&evidence);
    NewEvidence { monitor, state, at, mark, evidence }
}

/// A stranger's text as one line without secrets.
fn line(text: &str, most: usize) -> String {
    clean::shortened(redact(&clean::line(text, most), Opaque::Goes), most)
}

fn readable_tls(facts: &TlsFacts) -> TlsSeen {
    TlsSeen {
        protocol: clean::line(&facts.protocol, 40),
        cipher: clean::line(&facts.cipher, 80),
        subject: clean::line(&facts.subject, MAX_TEXT),
        issuer: clean::line(&facts.issuer, MAX_TEXT),
        not_before: facts.not_before,
        not_after: facts.not_after,
        chain: facts.chain,
    }
}

fn readable_answer(heard: Heard) -> AnswerSeen {
    let coded = heard.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-encoding") && !value.trim().eq_ignore_ascii_case("identity")
    });
    let kept = heard.body.as_ref().map_or(0, Bytes::len);
    let cut = heard.body_bytes > kept as u64;
    AnswerSeen {
        version: clean::line(&heard.version, 20),
        reason: line(&heard.reason, 100),
        headers: headers::readable(heard.headers),
        body_bytes: heard.body_bytes,
        cut: cut && kept > 0,
        body: heard.body.map(|body| {
            if coded {
                return "(compressed, not kept)".to_owned();
            }
            let text = clean::text(&body, cut);
            clean::shortened(redact(&text, Opaque::Goes), MAX_BODY)
        }),
    }
}

#[cfg(test)]
mod tests;
