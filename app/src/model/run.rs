//! One walk through the wizard for one URL; also what `diagnose --json` prints.

use super::code;
use super::evidence::Evidence;
use super::fact::Fact;
use super::id::{MonitorId, RunId};
use super::status::State;
use super::verdict::{Finding, Verdict};
use serde::{Deserialize, Serialize};

/// The version of the JSON contract.
pub const SCHEMA: u32 = 1;

code! {
    /// Where a run stands.
    pub enum RunState {
        /// Steps are still under way.
        Running = "running",
        /// All steps ended.
        Finished = "finished",
        /// The server stopped, or an admin ended it.
        Interrupted = "interrupted",
    }
}

code! {
    /// The six steps, in the order of the screen.
    pub enum Step {
        /// Does it persist, and which hop says it?
        Refresh = "refresh",
        /// Is the gateway's host overloaded, is the service up?
        Server = "server",
        /// Do the names lead to the right place?
        Dns = "dns",
        /// What do the logs say?
        Logs = "logs",
        /// Does anything block the way?
        Network = "network",
        /// Is the upstream itself well?
        Upstream = "upstream",
    }
}

impl Step {
    /// 1 to 6.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The step's short title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Refresh => "Refresh the page",
            Self::Server => "Check the server's status",
            Self::Dns => "Check DNS",
            Self::Logs => "Read the application logs",
            Self::Network => "Check firewall and network",
            Self::Upstream => "Check the upstream's health",
        }
    }

    /// The question that it answers.
    pub const fn question(self) -> &'static str {
        match self {
            Self::Refresh => "Does it persist, and which hop says it?",
            Self::Server => "Is the gateway's host overloaded, is the service up?",
            Self::Dns => "Do the names lead to the right place?",
            Self::Logs => "What do the logs say?",
            Self::Network => "Does anything block the way?",
            Self::Upstream => "Is the upstream itself well?",
        }
    }
}

code! {
    /// Where a step stands.
    pub enum StepState {
        /// Not begun.
        Pending = "pending",
        /// Under way.
        Running = "running",
        /// Nothing found.
        Ok = "ok",
        /// A fault was found here.
        Fault = "fault",
        /// Something noteworthy that is not the fault.
        Warning = "warning",
        /// None of its checks could run.
        Skipped = "skipped",
        /// Its own checks failed.
        Error = "error",
    }
}

code! {
    /// The kind of gateway in front.
    pub enum Scenario {
        /// nginx, Apache httpd, HAProxy, Caddy … on a server of one's own.
        WebServer = "web-server",
        /// A content delivery network answered.
        Cdn = "cdn",
        /// A managed API gateway answered.
        ApiGateway = "api-gateway",
    }
}

/// One element of the chain, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Product, for example `nginx`.
    pub name: String,
    /// Version where it was told.
    pub version: Option<String>,
    /// `edge`, `gateway` or `upstream`.
    pub role: String,
    /// What shows that it is this product.
    pub evidence: String,
}

/// A check that could not run, and how to do it by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Which check.
    pub check: String,
    /// Why: no permission, wrong host, tool absent, not allowed by the configuration.
    pub reason: String,
    /// The exact command to run by hand, or the line to add to `gatewatch.toml`.
    pub command: String,
}

/// What one step asked and found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// 1 to 6.
    pub number: u8,
    /// Which.
    pub step: Step,
    /// Where it stands.
    pub state: StepState,
    /// What was found, in one sentence.
    pub summary: String,
    /// How long it took so far.
    pub duration_ms: u64,
    /// What was asked, one phrase a check.
    #[serde(default)]
    pub asked: Vec<String>,
    /// What to do by hand for the same answers, one command a line.
    #[serde(default)]
    pub by_hand: Vec<String>,
    /// What was found.
    pub facts: Vec<Fact>,
    /// What could not be checked.
    pub skipped: Vec<Skipped>,
}

/// One preventive practice checked against this set-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practice {
    /// `load-balancing`, `caching`, `monitoring`, `updates` or `code`.
    pub practice: String,
    /// `ok`, `missing` or `unknown`.
    pub state: String,
    /// Facts that show it.
    pub because: Vec<super::fact::FactId>,
    /// The directive to add.
    pub directive: String,
}

/// One thing that an earlier run rested on, then and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// `verdict`, `requests`, or the code of a fact's kind.
    pub what: String,
    /// Whether it is otherwise now.
    pub changed: bool,
    /// As it was.
    pub before: String,
    /// As it is; empty where it was not seen again.
    pub after: String,
}

/// What the monitor had seen when its state changed, before the run: nothing of it was measured by the run itself, and
/// no verdict rests on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noticed {
    /// Which monitor.
    pub monitor: MonitorId,
    /// The state that it came to.
    pub state: State,
    /// When this was seen first, RFC 3339.
    pub first_at: String,
    /// When it was seen last, RFC 3339.
    pub at: String,
    /// How often it was seen.
    pub count: u32,
    /// What was seen.
    pub evidence: Evidence,
}

impl Practice {
    /// What it is, in words.
    pub fn title(&self) -> &'static str {
        match self.practice.as_str() {
            "load-balancing" => "Balance the load",
            "caching" => "Cache, and give old answers in an outage",
            "monitoring" => "Watch it",
            "updates" => "Keep it up to date",
            _ => "Make slow code fast",
        }
    }

    /// The state, in words.
    pub fn state_label(&self) -> &'static str {
        match self.state.as_str() {
            "ok" => "Done",
            "missing" => "Missing here",
            _ => "Cannot be told",
        }
    }
}

/// One walk through the wizard for one URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Version of this contract, [`SCHEMA`].
    pub schema: u32,
    /// Its id and permalink (`/runs/{id}`).
    pub id: RunId,
    /// Where it stands.
    pub state: RunState,
    /// The URL that was asked.
    pub url: String,
    /// RFC 3339, UTC, milliseconds.
    pub started_at: String,
    /// From start to now or to the end.
    pub duration_ms: u64,
    /// The kind of gateway in front; `None` until known.
    pub scenario: Option<Scenario>,
    /// The chain, outermost first.
    pub hops: Vec<Hop>,
    /// Always six, in order.
    pub steps: Vec<StepReport>,
    /// `None` until there is a first one.
    pub verdict: Option<Verdict>,
    /// Ranked, the verdict's cause first; at most ten.
    pub findings: Vec<Finding>,
    /// Preventive practices, where checked.
    pub practices: Vec<Practice>,
    /// What an unfinished run waits for, in words.
    #[serde(default)]
    pub waiting_for: Option<String>,
    /// What the monitor had seen, where the run was started from a component with fresh evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noticed: Option<Noticed>,
    /// The earlier run whose verdict this one checks again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<RunId>,
    /// What is otherwise than in that run, and what is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}
