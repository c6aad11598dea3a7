//! By what two pieces of evidence are the same.
//!
//! Times and durations differ with each probe, and so do the ids and clocks in headers and bodies. Words with a digit in
//! them therefore do not count, but for those that say where and what was asked.

use app::model::Evidence;
use sha2::{Digest as _, Sha256};

/// Headers that are otherwise each time.
const PASSING: &[&str] =
    &["date", "age", "x-timer", "server-timing", "content-length", "x-envoy-upstream-service-time"];

/// A hash of what makes it the same.
pub(super) fn of(evidence: &Evidence) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut part = |text: &str| {
        // With its length, so that no two lists of parts are alike.
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    };
    part(evidence.class.as_str());
    part(&evidence.status.map(|status| status.to_string()).unwrap_or_default());
    if let Some(fault) = &evidence.fault {
        part(fault.kind.as_str());
        part(fault.origin.as_str());
        part(&standing(&fault.detail));
    }
    let mut resolved = evidence.resolved.clone();
    resolved.sort();
    part(&resolved.join(" "));
    part(evidence.asked.as_deref().unwrap_or_default());
    if let Some(tls) = &evidence.tls {
        part(&format!("{} {} {} {} {}", tls.protocol, tls.cipher, tls.subject, tls.issuer, tls.not_after.0));
    }
    if let Some(answer) = &evidence.answer {
        part(&answer.reason);
        for (name, value) in &answer.headers {
            if !PASSING.iter().any(|passing| name.eq_ignore_ascii_case(passing)) {
                part(name);
                part(&standing(value));
            }
        }
        part(&standing(answer.body.as_deref().unwrap_or_default()));
    }
    part(&standing(evidence.told.as_deref().unwrap_or_default()));
    hasher.finalize().into()
}

/// The text without words that have a digit in them.
fn standing(text: &str) -> String {
    let is_edge = |letter: char| !letter.is_alphanumeric();
    let words = text.split(is_edge).filter(|word| !word.is_empty() && !word.contains(|c: char| c.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::standing;

    #[test]
    fn ids_and_clocks_do_not_count() {
        assert_eq!(standing("502 Bad Gateway, Ray ID: 8a3f-FRA at 12:03:04"), "Bad Gateway Ray ID FRA at");
        assert_eq!(standing("no answer within 10001 ms"), standing("no answer within 9998 ms"));
        assert_ne!(standing("refused"), standing("reset"));
    }
}
