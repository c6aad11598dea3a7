//! One typed observation with provenance. Steps make facts and never guess; inference never measures.

use super::code;
use super::run::Step;
use serde::{Deserialize, Serialize};

/// `f1`, `f2` … unique within a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactId(pub String);

code! {
    /// How a fact came to be known.
    pub enum Source {
        /// Gatewatch looked or asked itself.
        Measured = "measured",
        /// From a command's output that an admin pasted.
        Pasted = "pasted",
        /// From a log.
        Log = "log",
        /// From a configuration file.
        Config = "config",
    }
}

/// What was observed. One variant per kind of observation; `kind` and `value` in the JSON contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub enum FactKind {}

/// One observation and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Unique within the run.
    pub id: FactId,
    /// What was observed.
    #[serde(flatten)]
    pub kind: FactKind,
    /// The observation as a sentence.
    pub text: String,
    /// Where it was seen: an address, a file with its line, a resolver, a path.
    pub seen: String,
    /// Number of the step that made it, 1 to 6.
    pub step: u8,
    /// RFC 3339, UTC, milliseconds.
    pub at: String,
    /// How it came to be known.
    pub source: Source,
}

impl Fact {
    /// The step that made it.
    pub fn made_by(&self) -> Option<Step> {
        Step::ALL.get(usize::from(self.step).checked_sub(1)?).copied()
    }
}
