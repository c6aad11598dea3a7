//! What a cause is made of: its texts, and the rule that recognises it.

use super::infer::Case;
use app::model::fact::logs::Meaning;
use app::model::{CauseText, FactId};
use std::collections::BTreeMap;

/// One entry of the catalogue. Its file holds everything that is known of it.
#[derive(Debug)]
pub struct Cause {
    /// What people read.
    pub text: CauseText,
    /// What the gateway's log says when this is the reason; empty where it says nothing of its own.
    pub testimony: &'static [Meaning],
    /// Ids of causes that are only parts of this one when all members show them.
    pub absorbs: &'static [&'static str],
    /// How it is recognised.
    pub rule: Rule,
}

/// How a cause is recognised: for each target by itself, or for the route as a whole.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// Asked once for every target that the gateway connects to.
    Target(fn(&Case<'_>, &str) -> Option<Match>),
    /// Asked once.
    Whole(fn(&Case<'_>) -> Option<Match>),
}

/// A look-alike that stands: neither refuted nor excluded by what was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Open {
    /// Which.
    pub cause: &'static str,
    /// The one observation that would decide, with its command.
    pub settle: String,
}

/// What shows that a finding has the effect that visitors suffer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ShownBy {
    /// Requests that fail.
    #[default]
    Failures,
    /// Requests that are refused (400 to 499), which by itself would be the application's own answer.
    Refusals,
    /// Requests that all wait, none of which has come to its end yet.
    Waiting,
}

/// What a rule says of the facts. A rule that does not fit, or is refuted, says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Match {
    /// One sentence with this run's own names.
    pub headline: String,
    /// Facts that speak for it.
    pub because: Vec<FactId>,
    /// Facts that speak against it.
    pub against: Vec<FactId>,
    /// A test that confirms it was made and is true.
    pub confirmed: bool,
    /// Look-alikes that stand.
    pub open: Vec<Open>,
    /// Finer reasons for the same thing, which this run did not look into.
    pub finer: Vec<String>,
    /// It is why the application itself makes the status that clients see.
    pub explains_status: bool,
    /// The targets that it concerns; empty for the route as a whole.
    pub targets: Vec<String>,
    /// What shows the effect.
    pub shown_by: ShownBy,
    /// Names for the fixes' templates.
    pub names: BTreeMap<&'static str, String>,
}

impl Match {
    /// A match with its headline.
    pub fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), ..Self::default() }
    }

    /// Adds a fact that speaks for it.
    #[must_use]
    pub fn because(mut self, id: &FactId) -> Self {
        self.because.push(id.clone());
        self
    }

    /// Adds facts that speak for it.
    #[must_use]
    pub fn because_all<'a>(mut self, ids: impl IntoIterator<Item = &'a FactId>) -> Self {
        self.because.extend(ids.into_iter().cloned());
        self
    }

    /// Adds a fact that speaks against it.
    #[must_use]
    pub fn against(mut self, id: &FactId) -> Self {
        self.against.push(id.clone());
        self
    }

    /// Sets whether a confirming test is true.
    #[must_use]
    pub fn confirmed_if(mut self, confirmed: bool) -> Self {
        self.confirmed = confirmed;
        self
    }

    /// Keeps a look-alike open, unless `settled`.
    #[must_use]
    pub fn open_unless(mut self, settled: bool, cause: &'static str, settle: impl Into<String>) -> Self {
        if !settled {
            self.open.push(Open { cause, settle: settle.into() });
        }
        self
    }

    /// Notes a finer reason that was not looked into.
    #[must_use]
    pub fn finer(mut self, text: impl Into<String>) -> Self {
        self.finer.push(text.into());
        self
    }

    /// Sets a name for the fixes' templates.
    #[must_use]
    pub fn name(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.names.insert(key, value.into());
        self
    }

    /// Says that something else than failures shows the effect.
    #[must_use]
    pub fn shown_by(mut self, shown_by: ShownBy, shown: bool) -> Self {
        if shown {
            self.shown_by = shown_by;
        }
        self
    }

    /// Says which target it concerns.
    #[must_use]
    pub fn on(mut self, target: &str) -> Self {
        self.targets.push(target.to_owned());
        self
    }
}
