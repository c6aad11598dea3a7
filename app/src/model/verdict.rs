//! What a run concludes.

use super::code;
use super::fact::FactId;
use serde::{Deserialize, Serialize};

code! {
    /// The kind of conclusion.
    pub enum Outcome {
        /// A gateway fault with a named cause.
        Cause = "cause",
        /// Nothing is wrong.
        Healthy = "healthy",
        /// Something was wrong moments ago and is gone.
        Transient = "transient",
        /// The application made the status itself.
        AppError = "app-error",
        /// A failure whose cause is not established.
        Unknown = "unknown",
    }
}

code! {
    /// The family of a cause.
    pub enum Family {
        /// Too much load for what there is.
        Overload = "overload",
        /// Packets do not arrive.
        Network = "network",
        /// Names lead to the wrong place or nowhere.
        Dns = "dns",
        /// Faulty server code or configuration.
        Code = "code",
        /// A firewall's or proxy's own rule.
        FirewallProxy = "firewall-proxy",
    }
}

code! {
    /// How sure a finding is, strongest first. Words, not floats: people and tests can argue about them.
    pub enum Strength {
        /// A confirming test is true, the effect was seen in this run, and every look-alike is refuted.
        Proven = "proven",
        /// A confirming test is true, but a look-alike stands.
        Strong = "strong",
        /// It fits, and nothing more.
        Suggestive = "suggestive",
    }
}

/// A catalogue id, for example `upstream-down-not-listening`. Ids are the contract.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CauseId(pub std::borrow::Cow<'static, str>);

impl std::fmt::Display for CauseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What to do: a title, the exact command or directive, and how to see that it worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// In words.
    pub title: String,
    /// Shell command or configuration directive, with this run's own names filled in.
    pub command: String,
    /// A command whose result shows that it worked.
    pub verify: String,
}

/// One cause that speaks for what was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which.
    pub cause: CauseId,
    /// Its family.
    pub family: Family,
    /// How sure.
    pub strength: Strength,
    /// Number of the step whose check confirms it, 1 to 6.
    pub step: u8,
    /// Facts that speak for it.
    pub because: Vec<FactId>,
}

/// One link from the symptom to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Which.
    pub cause: CauseId,
    /// Facts that show this link.
    pub because: Vec<FactId>,
}

/// What a run concludes. `cause`, `family`, `step` and `strength` are `None` unless the outcome is a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The kind of conclusion.
    pub outcome: Outcome,
    /// The deepest proven (else likeliest) cause.
    pub cause: Option<CauseId>,
    /// Its family.
    pub family: Option<Family>,
    /// Number of the step whose check confirms it, 1 to 6.
    pub step: Option<u8>,
    /// How sure.
    pub strength: Option<Strength>,
    /// One sentence for somebody at three in the morning.
    pub title: String,
    /// Facts that speak for it.
    pub because: Vec<FactId>,
    /// Facts that speak against it.
    pub against: Vec<FactId>,
    /// What could not be established, each with the command that would.
    pub still_unknown: Vec<String>,
    /// From the symptom to the root, root last.
    pub chain: Vec<Link>,
    /// What to do, best first.
    pub fixes: Vec<Fix>,
}
