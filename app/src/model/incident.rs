//! The public story of a fault: an incident and its dated updates.

use super::code;
use super::id::{ComponentSlug, IncidentId, UpdateId};
use super::time::At;
use serde::{Deserialize, Serialize};

code! {
    /// Where an incident stands.
    pub enum Phase {
        /// We know of it and look for the cause.
        Investigating = "investigating",
        /// The cause is known.
        Identified = "identified",
        /// A fix is in place and watched.
        Monitoring = "monitoring",
        /// Over.
        Resolved = "resolved",
    }
}

code! {
    /// How badly visitors are hit, in the words of the Statuspage API.
    pub enum Impact {
        /// For information.
        None = "none",
        /// Slow or partly broken.
        Minor = "minor",
        /// A main function is broken.
        Major = "major",
        /// Everything is broken.
        Critical = "critical",
    }
}

impl Phase {
    /// The word shown to visitors.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Investigating => "Investigating",
            Self::Identified => "Identified",
            Self::Monitoring => "Monitoring",
            Self::Resolved => "Resolved",
        }
    }
}

impl Impact {
    /// The word shown to visitors.
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "Notice",
            Self::Minor => "Minor",
            Self::Major => "Major",
            Self::Critical => "Critical",
        }
    }
}

/// The longest title in characters.
pub const MAX_TITLE_CHARS: usize = 200;
/// The longest update in bytes of Markdown.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// One dated note of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// Its id, the anchor on the incident's page.
    pub id: UpdateId,
    /// Where the incident stood after it.
    pub phase: Phase,
    /// True for the one that looks back once all is over: why it happened, and what was learnt.
    pub postmortem: bool,
    /// Markdown as typed.
    pub body: String,
    /// The Markdown as safe HTML, made by `server::markdown`.
    pub html: String,
    /// Shown date; may be back-dated.
    pub at: At,
    /// When it was last edited, if ever.
    pub edited_at: Option<At>,
    /// Rises with each edit; an edit must name the version it was based on.
    pub version: i64,
    /// Withdrawn updates are shown to admins only.
    pub withdrawn: bool,
}

impl Update {
    /// The word shown to visitors.
    pub const fn label(&self) -> &'static str {
        if self.postmortem { "Post-mortem" } else { self.phase.label() }
    }
}

/// An incident with its updates, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id and permalink (`/incidents/{id}`).
    pub id: IncidentId,
    /// What visitors read first.
    pub title: String,
    /// How badly they are hit.
    pub impact: Impact,
    /// That of its newest update that is not withdrawn.
    pub phase: Phase,
    /// When it began; may be back-dated.
    pub started_at: At,
    /// When it was resolved.
    pub resolved_at: Option<At>,
    /// Last change that visitors can see.
    pub updated_at: At,
    /// Affected components.
    pub components: Vec<ComponentSlug>,
    /// Newest first; withdrawn ones only in answers for admins.
    pub updates: Vec<Update>,
    /// Rises with each change of the incident or of one of its updates.
    pub version: i64,
    /// Withdrawn incidents are shown to admins only.
    pub withdrawn: bool,
}

impl Incident {
    /// The look back that visitors may read: only while the incident is over.
    pub fn postmortem(&self) -> Option<&Update> {
        let over = self.phase == Phase::Resolved;
        self.updates.iter().find(|update| over && update.postmortem && !update.withdrawn)
    }

    /// What visitors read of how it went, newest first: neither withdrawn nor the look back.
    pub fn timeline(&self) -> impl Iterator<Item = &Update> {
        self.updates.iter().filter(|update| !update.withdrawn && !update.postmortem)
    }
}

/// An earlier text of an incident or update, kept for admins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// When it was replaced.
    pub replaced_at: At,
    /// Who replaced it.
    pub by: String,
    /// The update it belonged to; `None` for the incident itself.
    pub update: Option<UpdateId>,
    /// What stood there: the Markdown, or title and impact in words.
    pub text: String,
}
