//! What a VCL program does against failures, as far as its words tell.

use super::backend::Fields;
use super::lexer::Kind;
use crate::gateways::{Check, Place, flat};
use std::time::Duration;

/// Old answers that may be given for less than this do not outlast a failure.
const OUTLASTS: Duration = Duration::from_mins(1);

/// What holds for every backend of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Habits {
    /// An answer that failed is fetched again.
    pub(super) retries: bool,
    /// For how long an answer may be given after its time.
    pub(super) grace: Option<Duration>,
}

impl Habits {
    /// Reads a program's words.
    pub(super) fn of<'w>(words: impl Iterator<Item = &'w Kind>) -> Self {
        let words: Vec<&Kind> = words.collect();
        let is = |at: usize, text: &str| matches!(words.get(at), Some(Kind::Word(word)) if word == text);
        let mut habits = Self::default();
        for (at, word) in words.iter().enumerate() {
            match word {
                Kind::Word(name) if name == "return" && is(at + 2, "retry") => habits.retries = true,
                Kind::Word(name) if name == "beresp.grace" => {
                    if let (Some(Kind::Sign("=")), Some(Kind::Word(time))) = (words.get(at + 1), words.get(at + 2)) {
                        let time = flat::go_duration(time, Duration::from_secs(1));
                        habits.grace = time.max(habits.grace);
                    }
                }
                _ => {}
            }
        }
        habits
    }

    /// Whether old answers stand in for failures, `usual` being what holds where the program says nothing.
    pub(super) fn serves_stale(self, usual: Duration) -> bool {
        self.grace.unwrap_or(usual) >= OUTLASTS
    }
}

/// A probe as a check; `None` where the whole request is written out, which may be anything.
pub(super) fn check(probe: &Fields, host: Option<&str>, place: &Place) -> Option<Check> {
    let text = |name: &str| probe.get(name).map(|(value, _)| value.as_str());
    if text(".request").is_some() {
        return None;
    }
    let status = text(".expected_response").and_then(|text| text.parse().ok()).unwrap_or(200);
    let timeout = text(".timeout").and_then(|text| flat::go_duration(text, Duration::from_secs(1)));
    Some(Check {
        method: "GET".to_owned(),
        uri: text(".url").unwrap_or("/").to_owned(),
        host: host.map(str::to_owned),
        port: None,
        tls: None,
        status: vec![status..=status],
        timeout: timeout.unwrap_or(Duration::from_secs(2)),
        place: place.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lex;
    use super::*;

    fn habits(text: &str) -> Habits {
        Habits::of(lex(text).iter().map(|token| &token.kind))
    }

    #[test]
    fn reads_grace_and_retries() {
        let careful =
            habits("sub vcl_backend_response { set beresp.grace = 1h; if (beresp.status == 503) { return (retry); } }");
        assert_eq!(careful, Habits { retries: true, grace: Some(Duration::from_hours(1)) });
        assert!(careful.serves_stale(Duration::from_secs(10)));
        let plain = habits("sub vcl_backend_response { set beresp.ttl = 1m; return (deliver); }");
        assert_eq!(plain, Habits::default());
        assert!(!plain.serves_stale(Duration::from_secs(10)) && plain.serves_stale(Duration::from_hours(1)));
    }
}
