//! The model's words, and the server's phrases, in the language of the page.

use super::Words;
use crate::model::range::Range;
use crate::model::{Impact, Language, Phase, State, Update};
use std::collections::HashMap;
use std::sync::OnceLock;

/// What may stand before a change of state that comes too often, in the server's phrases.
const JOINED: &str = "; ";

impl Words {
    /// The word beside a state's colour and shape.
    pub fn state(self, state: State) -> &'static str {
        self.say(match state {
            State::Operational => "state-operational",
            State::Degraded => "state-degraded",
            State::PartialOutage => "state-partial-outage",
            State::Outage => "state-outage",
            State::Maintenance => "state-maintenance",
            State::Unknown => "state-unknown",
        })
    }

    /// Where an incident stands.
    pub fn phase(self, phase: Phase) -> &'static str {
        self.say(match phase {
            Phase::Investigating => "phase-investigating",
            Phase::Identified => "phase-identified",
            Phase::Monitoring => "phase-monitoring",
            Phase::Resolved => "phase-resolved",
        })
    }

    /// What a note is.
    pub fn note(self, update: &Update) -> &'static str {
        if update.postmortem { self.say("postmortem") } else { self.phase(update.phase) }
    }

    /// How badly visitors are hit.
    pub fn impact(self, impact: Impact) -> &'static str {
        self.say(match impact {
            Impact::None => "impact-none",
            Impact::Minor => "impact-minor",
            Impact::Major => "impact-major",
            Impact::Critical => "impact-critical",
        })
    }

    /// How a range is called.
    pub fn range(self, range: Range) -> &'static str {
        self.say(match range {
            Range::Day => "range-day",
            Range::Week => "range-week",
            Range::Quarter => "range-quarter",
            Range::Year => "range-year",
        })
    }

    /// Names, one after the other.
    pub fn list<'a>(self, names: impl IntoIterator<Item = &'a str>) -> String {
        names
            .into_iter()
            .map(str::to_owned)
            .reduce(|first, second| self.tell("names-join", [("first", first.into()), ("second", second.into())]))
            .unwrap_or_default()
    }

    /// That a state changes too often: `times` within so many milliseconds.
    pub fn unstable(self, times: usize, within_ms: u64) -> String {
        self.tell("reason-unstable", [("count", times.into()), ("span", self.duration(within_ms).into())])
    }

    /// A phrase of the server (`reason` of a component, or why the watcher is blind) in this language. The snapshot
    /// holds the English one, which APIs and feeds give out; what is not in the catalogue stays as it is.
    pub fn phrase(self, phrase: &str) -> String {
        if self.language() == Language::English {
            return phrase.to_owned();
        }
        if let Some((first, second)) = phrase.rsplit_once(JOINED) {
            let (first, second) = (self.phrase(first), self.phrase(second));
            return self.tell("reason-join", [("first", first.into()), ("second", second.into())]);
        }
        if let Some(status) = phrase.strip_prefix("status ") {
            return self.tell("reason-status", [("status", status.into())]);
        }
        if let Some((times, within_ms)) = unstable(phrase) {
            return self.unstable(times, within_ms);
        }
        phrases().get(phrase).map_or(phrase, |key| self.say(key)).to_owned()
    }
}

/// Of each fixed phrase: its key.
fn phrases() -> &'static HashMap<&'static str, &'static str> {
    static PHRASES: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    PHRASES.get_or_init(|| {
        let keys = Words::default().0.plain.iter();
        let ours = keys.filter(|(key, _)| key.starts_with("reason-") || key.starts_with("blind-"));
        ours.map(|(key, text)| (text.as_str(), key.as_str())).collect()
    })
}

/// Reads what [`Words::unstable`] wrote in English: the times and the milliseconds.
fn unstable(phrase: &str) -> Option<(usize, u64)> {
    let (times, within) = phrase.strip_prefix("unstable: its state changed ")?.split_once(" times within ")?;
    let parts: Vec<&str> = within.split(' ').collect();
    let length = |pair: &[&str]| {
        let &[number, unit] = pair else { return None };
        let unit_ms = match unit {
            "ms" => 1.0,
            "s" => 1000.0,
            "min" => 60_000.0,
            "h" => 3_600_000.0,
            "d" => 86_400_000.0,
            _ => return None,
        };
        Some(number.parse::<f64>().ok()? * unit_ms)
    };
    let ms: f64 = parts.chunks(2).map(length).sum::<Option<f64>>()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a configured duration is small")]
    Some((times.parse().ok()?, ms as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_in_english_is_found_again() {
        for ms in [500, 1_500, 30_000, 90_000, 3_600_000, 5_400_000, 90_000_000] {
            assert_eq!(unstable(&Words::default().unstable(20, ms)), Some((20, ms)), "{ms}");
        }
        assert_eq!(unstable("unstable: its state changed"), None);
    }

    #[test]
    fn phrases_are_told_in_the_language_of_the_page() {
        let german = Words::of(Language::German);
        assert_eq!(german.phrase("connection refused"), "Verbindung abgelehnt");
        assert_eq!(german.phrase("status 502"), "Status 502");
        let both = "no answer in time; unstable: its state changed 20 times within 1 h";
        let told = "keine Antwort innerhalb der Zeit; instabil: 20 Zustandswechsel innerhalb von 1\u{a0}h";
        assert_eq!(german.phrase(both), told);
        assert_eq!(german.phrase("whatever"), "whatever");
        assert_eq!(Words::default().phrase(both), both);
    }
}
