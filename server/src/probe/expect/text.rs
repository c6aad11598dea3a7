//! Rules about a text: contains, lacks, matches; and which header's text that is.

use super::{Wanted, quote};
use regex::{Regex, RegexBuilder};

/// Bytes that a compiled expression may take; what takes more is refused when the configuration is read.
const MAX_COMPILED: usize = 1 << 20;
/// Headers whose values are credentials and never quoted.
const UNQUOTED: &[&str] = &["set-cookie", "www-authenticate", "proxy-authenticate", "authorization"];

/// A regular expression; it is applied in time that grows with the text alone.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    shown: Wanted,
}

impl Pattern {
    /// Compiles one, or says what is wrong with it.
    pub fn new(text: &str, secret: bool) -> Result<Self, String> {
        let built = RegexBuilder::new(text).size_limit(MAX_COMPILED).dfa_size_limit(MAX_COMPILED).build();
        let regex = built.map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "this expression is too large; use smaller repetitions".to_owned(),
            error => {
                // The crate draws the place over several lines; the last one says what is wrong.
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                format!("this is no regular expression: {last}")
            }
        })?;
        Ok(Self { regex, shown: Wanted::new(text, secret) })
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown
    }
}

/// One rule about a text.
#[derive(Debug, Clone, PartialEq)]
pub enum TextRule {
    /// It is exactly this.
    Is(Wanted),
    /// It contains this.
    Contains(Wanted),
    /// It does not contain this.
    Lacks(Wanted),
    /// It matches this somewhere.
    Matches(Pattern),
}

impl TextRule {
    /// Whether the rule holds.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Is(wanted) => text == wanted.as_str(),
            Self::Contains(wanted) => text.contains(wanted.as_str()),
            Self::Lacks(wanted) => !text.contains(wanted.as_str()),
            Self::Matches(pattern) => pattern.regex.is_match(text),
        }
    }

    /// Why it does not hold: `what` is what is judged, `found` how to say what was there.
    pub(super) fn problem(&self, what: &str, text: &str, found: &str) -> Option<String> {
        if self.holds(text) {
            return None;
        }
        Some(match self {
            Self::Is(wanted) => format!("wanted {what} that is {wanted}, found {found}"),
            Self::Contains(wanted) => format!("wanted {what} with {wanted}, found {found} without it"),
            Self::Lacks(wanted) => format!("wanted {what} without {wanted}, found {found} with it"),
            Self::Matches(pattern) => {
                format!("wanted {what} that matches {}, found {found} that do not", pattern.shown)
            }
        })
    }
}

/// A rule about a header.
#[derive(Debug, Clone, PartialEq)]
pub struct HeaderRule {
    /// Its name, lower case.
    pub name: String,
    /// What its value must be; `None` means that there must be none of that name.
    pub rule: Option<TextRule>,
}

impl HeaderRule {
    /// Of several headers of that name one must hold; for `lacks` all of them.
    pub(super) fn problem(&self, headers: &[(String, String)]) -> Option<String> {
        let of_name = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(&self.name));
        let values: Vec<&str> = of_name.map(|(_, value)| value.as_str()).collect();
        let Some(rule) = &self.rule else {
            return (!values.is_empty()).then(|| format!("wanted no header {}, found one", self.name));
        };
        let holds = match rule {
            TextRule::Lacks(_) => values.iter().all(|value| rule.holds(value)),
            _ => values.iter().any(|value| rule.holds(value)),
        };
        if holds {
            return None;
        }
        let found = match values.first() {
            None => "none".to_owned(),
            Some(_) if UNQUOTED.contains(&self.name.as_str()) => "another".to_owned(),
            Some(value) => quote(value),
        };
        let what = format!("a header {}", self.name);
        let bad = values.iter().copied().find(|value| !rule.holds(value)).unwrap_or_default();
        rule.problem(&what, bad, &found).or_else(|| Some(format!("wanted {what}, found none")))
    }
}
