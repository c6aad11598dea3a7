//! What counts as healthy: typed rules, checked when the configuration is read, and applied to an answer. Pure.
//!
//! A rule that does not hold is a sentence that says what was wanted and what was found. What was found is the peer's
//! text: capped, without control characters, never more than a header's or a JSON value's beginning, and of a body
//! nothing at all.

pub mod json;
mod text;

pub use text::{HeaderRule, Pattern, TextRule};

use crate::dns::{AnswerRecord, AnswerValue};
use crate::net::{Answer, TlsFacts};
use app::model::At;
use json::JsonRule;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Bytes of a body that rules look at.
pub const MAX_BODY: usize = 256 * 1024;
/// Characters of a peer's text that a sentence quotes.
const QUOTED: usize = 60;

/// A version of TLS that can be asked for as the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// 1.2
    V1_2,
    /// 1.3
    V1_3,
}

impl TlsVersion {
    /// As [`TlsFacts::protocol`] names it.
    const fn name(self) -> &'static str {
        match self {
            Self::V1_2 => "TLSv1.2",
            Self::V1_3 => "TLSv1.3",
        }
    }
}

/// Everything that is expected of one monitor's answers; empty rules always hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expect {
    /// Status codes of HTTP.
    pub status: Vec<RangeInclusive<u16>>,
    /// Headers of HTTP.
    pub headers: Vec<HeaderRule>,
    /// The body of HTTP.
    pub body: Vec<TextRule>,
    /// Values in a body of JSON.
    pub json: Vec<JsonRule>,
    /// A healthy answer slower than this counts as degraded.
    pub latency: Option<Duration>,
    /// A certificate that ends in fewer days counts as degraded.
    pub certificate_days: Option<u32>,
    /// The least version of TLS.
    pub tls: Option<TlsVersion>,
    /// What a peer says first.
    pub banner: Vec<TextRule>,
    /// The response code of a name server; `None` wants records.
    pub rcode: Option<String>,
    /// Values that must be among the records.
    pub answer: Vec<String>,
    /// The only values that records may have; empty allows all.
    pub answer_within: Vec<String>,
}

impl Expect {
    /// What HTTP monitors expect where nothing is configured.
    pub fn http() -> Self {
        Self { status: vec![200..=399], ..Self::default() }
    }

    /// Whether a body is needed to judge.
    pub fn reads_body(&self) -> bool {
        !self.body.is_empty() || !self.json.is_empty()
    }

    /// What headers and body of an answer with a good status lack, if anything.
    pub fn content(&self, answer: &Answer) -> Option<String> {
        if let Some(problem) = self.headers.iter().find_map(|rule| rule.problem(&answer.headers)) {
            return Some(problem);
        }
        if !self.reads_body() {
            return None;
        }
        if let Some(coding) =
            answer.header("content-encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity"))
        {
            let coding = quote(coding);
            return Some(format!("wanted a body to read, found one coded as {coding} though none was asked for"));
        }
        let body = String::from_utf8_lossy(&answer.body);
        let what = || format!("{} bytes", answer.body_bytes);
        if let Some(problem) = self.body.iter().find_map(|rule| rule.problem("a body", &body, &what())) {
            return Some(problem);
        }
        if self.json.is_empty() {
            return None;
        }
        if answer.body_bytes > answer.body.len() as u64 {
            return Some(format!("wanted JSON of at most {MAX_BODY} bytes, found a longer body"));
        }
        let Ok(document) = serde_json::from_slice(&answer.body) else {
            return Some(format!("wanted JSON, found {} that are none", what()));
        };
        self.json.iter().find_map(|rule| rule.problem(&document))
    }

    /// What a peer's first words lack, if anything.
    pub fn words(&self, heard: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(heard);
        let found = quote(&text);
        self.banner.iter().find_map(|rule| rule.problem("a greeting", &text, &found))
    }

    /// Too old a version of TLS.
    pub fn version(&self, facts: &TlsFacts) -> Option<String> {
        let least = self.tls?;
        // The two names sort as the versions do.
        (facts.protocol.as_str() < least.name())
            .then(|| format!("wanted at least {}, found {}", least.name(), facts.protocol))
    }

    /// Too few days left of a certificate.
    pub fn days(&self, facts: &TlsFacts, now: At) -> Option<String> {
        let least = i64::from(self.certificate_days?);
        let left = days_left(facts, now);
        (left < least).then(|| format!("wanted a certificate with at least {least} days left, found {left}"))
    }

    /// What an answer's records lack, if anything.
    pub fn records(&self, answers: &[AnswerRecord]) -> Option<String> {
        let found: Vec<String> = answers.iter().map(|answer| value(&answer.value)).collect();
        let same = |wanted: &String, found: &String| {
            wanted.trim_end_matches('.').eq_ignore_ascii_case(found.trim_end_matches('.'))
        };
        let listed = || if found.is_empty() { "none".to_owned() } else { quote(&found.join(", ")) };
        if let Some(missing) = self.answer.iter().find(|wanted| !found.iter().any(|found| same(wanted, found))) {
            return Some(format!("wanted the record {missing}, found {}", listed()));
        }
        let own = answers.iter().zip(&found).filter(|(answer, _)| !matches!(answer.value, AnswerValue::Alias(_)));
        let only_aliases = answers.iter().all(|answer| matches!(answer.value, AnswerValue::Alias(_)));
        let mut judged: Box<dyn Iterator<Item = &String>> =
            if only_aliases { Box::new(found.iter()) } else { Box::new(own.map(|(_, found)| found)) };
        let stranger = judged.find(|found| !self.answer_within.iter().any(|wanted| same(wanted, found)));
        match stranger {
            Some(stranger) if !self.answer_within.is_empty() => Some(format!(
                "wanted no other records than {}, found {}",
                self.answer_within.join(", "),
                quote(stranger)
            )),
            _ => None,
        }
    }
}

/// Whole days until a certificate ends; negative after that.
pub fn days_left(facts: &TlsFacts, now: At) -> i64 {
    facts.not_after.since(now).div_euclid(app::model::time::DAY_MS)
}

/// A record as zone files write it.
pub(super) fn value(value: &AnswerValue) -> String {
    match value {
        AnswerValue::Address(address) => address.to_string(),
        AnswerValue::Alias(text) | AnswerValue::Server(text) | AnswerValue::Text(text) => text.clone(),
    }
}

/// A peer's text in quotation marks: its beginning, without control characters.
pub(super) fn quote(text: &str) -> String {
    let mut shown: String = text.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    shown.truncate(shown.trim_end().len());
    let more = if text.chars().nth(QUOTED).is_some() { "…" } else { "" };
    format!("“{shown}{more}”")
}

/// A configured text as sentences show it: not at all where it came from a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The text itself.
    text: String,
    secret: bool,
}

impl Wanted {
    /// From a configured text; `secret` if part of it came from the environment or a file.
    pub fn new(text: &str, secret: bool) -> Self {
        Self { text: text.to_owned(), secret }
    }

    fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.secret { f.write_str("“***”") } else { f.write_str(&quote(&self.text)) }
    }
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
