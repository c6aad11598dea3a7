//! Answers of name servers.

use super::span;
use crate::model::code;
use serde::{Deserialize, Serialize};
use std::fmt;

code! {
    /// How a question to a name server ended.
    pub enum LookupOutcome {
        /// There are records.
        Answer = "answer",
        /// The name does not exist.
        NxDomain = "nxdomain",
        /// The name exists, but has no record of this type.
        NoData = "nodata",
        /// The server failed.
        ServFail = "servfail",
        /// The server refuses.
        Refused = "refused",
        /// Nothing came back in time.
        Timeout = "timeout",
        /// The server could not be reached: its port is closed or there is no way to it.
        Unreachable = "unreachable",
        /// Something else.
        Other = "other",
    }
}

code! {
    /// Who asks this server in normal operation.
    pub enum AskedBy {
        /// The gateway, by its own `resolver` setting.
        Gateway = "gateway",
        /// The operating system.
        System = "system",
        /// The configuration of Gatewatch.
        Configured = "configured",
    }
}

/// One question to one name server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookup {
    /// The name.
    pub name: String,
    /// What the name is for: `public` or `upstream`.
    #[serde(default)]
    pub role: String,
    /// Address of the server, or `system` for the operating system's own way (hosts file included).
    pub server: String,
    /// Who asks it in normal operation.
    pub asked_by: AskedBy,
    /// `A` or `AAAA`.
    #[serde(default)]
    pub record: String,
    /// How it ended.
    pub outcome: LookupOutcome,
    /// What it answered.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// The least time to live, in seconds.
    #[serde(default)]
    pub ttl_s: Option<u32>,
    /// How long it took.
    #[serde(default)]
    pub took_ms: u64,
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.asked_by {
            AskedBy::Gateway => "the gateway's name server",
            AskedBy::System => "the system's name server",
            AskedBy::Configured => "the configured name server",
        };
        if self.server == "system" {
            f.write_str("The system's resolver")?;
        } else {
            write!(f, "{} ({})", capital(whose), self.server)?;
        }
        write!(f, " ")?;
        let (name, record) = (&self.name, &self.record);
        match self.outcome {
            LookupOutcome::Answer => write!(f, "has {} for {name} ({record})", self.addresses.join(", ")),
            LookupOutcome::NxDomain => write!(f, "says that {name} does not exist"),
            LookupOutcome::NoData => write!(f, "has no {record} record for {name}"),
            LookupOutcome::ServFail => write!(f, "failed to answer for {name} (SERVFAIL)"),
            LookupOutcome::Refused => write!(f, "refuses to answer for {name}"),
            LookupOutcome::Timeout => write!(f, "did not answer for {name} within {}", span(self.took_ms)),
            LookupOutcome::Unreachable => write!(f, "could not be reached for {name}"),
            LookupOutcome::Other => write!(f, "gave no usable answer for {name}"),
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
