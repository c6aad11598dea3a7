//! The texts of a catalogue entry, shown in the manual (`/causes/{id}`) and beside a verdict.

use super::run::Step;
use super::verdict::Family;
use serde::Serialize;

/// One way to mend a cause. `{braces}` in commands are filled from a run's facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FixText {
    /// Gateway or platform it applies to: `nginx`, `systemd`, `php-fpm`, `any` …
    pub applies_to: &'static str,
    /// In words.
    pub title: &'static str,
    /// Shell command or directive.
    pub command: &'static str,
    /// A command whose result shows that it worked.
    pub verify: &'static str,
}

/// Everything that is said of a cause; the rule that recognises it stands beside it in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CauseText {
    /// Catalogue id, kebab-case; the contract.
    pub id: &'static str,
    /// What is wrong, in one line.
    pub title: &'static str,
    /// Its family.
    pub family: Family,
    /// The step whose check confirms it.
    pub step: Step,
    /// Two to four sentences.
    pub explanation: &'static str,
    /// What speaks for it.
    pub evidence: &'static [&'static str],
    /// What speaks against it, and what looks like it.
    pub contradictions: &'static [&'static str],
    /// Ids of the causes that look alike.
    pub look_alikes: &'static [&'static str],
    /// What to do, best first.
    pub fixes: &'static [FixText],
    /// Where to read more.
    pub references: &'static [&'static str],
}
