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
        /// Nobody: it is responsible for the zone itself.
        Authority = "authority",
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
    /// The names that it stands for, in order.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The same question with checking disabled (CD): an answer there means that DNSSEC validation failed.
    #[serde(default)]
    pub unchecked: Option<LookupOutcome>,
    /// The answer was cut and had to be asked for by TCP; `false` where TCP did not work either.
    #[serde(default)]
    pub cut: Option<bool>,
    /// The server says that it is responsible for the zone.
    #[serde(default)]
    pub authoritative: bool,
    /// The name as configured, where this one has a domain of the search list appended.
    #[serde(default)]
    pub search_of: Option<String>,
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.asked_by {
            AskedBy::Gateway => "the gateway's name server",
            AskedBy::System => "the system's name server",
            AskedBy::Configured => "the configured name server",
            AskedBy::Authority => "the zone's own name server",
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
            LookupOutcome::ServFail => {
                write!(f, "failed to answer for {name} (SERVFAIL)")?;
                match self.unchecked {
                    Some(LookupOutcome::Answer) => f.write_str(", but answers when DNSSEC is not checked"),
                    _ => Ok(()),
                }
            }
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

/// An entry of this host's own `hosts` file for a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostsEntry {
    /// The name.
    pub name: String,
    /// What the file says.
    pub addresses: Vec<String>,
}

impl fmt::Display for HostsEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/etc/hosts has {} for {}; name servers are not asked for it", self.addresses.join(", "), self.name)
    }
}

/// How this host resolves names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resolving {
    /// Its name servers.
    pub servers: Vec<String>,
    /// Domains that are appended to short names.
    pub search: Vec<String>,
    /// Dots from which a name is tried as it is first.
    pub ndots: u8,
    /// The order of `nsswitch.conf`, for example `files dns`.
    pub order: String,
    /// When the gateway resolves the upstream's name: `own` (by its own name servers while it runs), `each-request` (by
    /// this host's), `start` (only when it starts), `nobody` (a name and no resolver).
    pub gateway: String,
}

impl fmt::Display for Resolving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "This host asks {}", self.servers.join(", "))?;
        if !self.search.is_empty() {
            write!(f, "; names with fewer than {} dots get {} appended first", self.ndots, self.search.join(", "))?;
        }
        if !self.order.is_empty() {
            write!(f, "; order: {}", self.order)?;
        }
        match self.gateway.as_str() {
            "own" => f.write_str("; the gateway asks name servers of its own"),
            "each-request" => f.write_str("; the gateway resolves while it runs, as this host does"),
            "start" => f.write_str("; the gateway resolves only when it starts"),
            "nobody" => f.write_str("; the gateway has no name server to ask"),
            _ => Ok(()),
        }
    }
}

/// An address that the running gateway uses for a name, against today's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HeldAddress {
    /// The name in the configuration.
    pub name: String,
    /// The address with port that the gateway connects to.
    pub target: String,
    /// How that is known: `its error log`, `its sockets`, `its stats socket`.
    pub by: String,
    /// What the name leads to today.
    pub today: Vec<String>,
    /// Whether today's answer has the address.
    pub current: bool,
    /// The configuration is older than the gateway's processes, so what runs is what is written.
    pub config_older: Option<bool>,
    /// When its processes were started, in seconds before now.
    pub started_s: Option<u64>,
    /// When the process at today's address was started, where that is a namespace of this machine.
    pub newcomer_s: Option<u64>,
}

impl fmt::Display for HeldAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.current { "still" } else { "no longer" };
        write!(
            f,
            "The gateway uses {} for {} ({}); the name leads {word} there (today: {})",
            self.target,
            self.name,
            self.by,
            if self.today.is_empty() { "nothing".to_owned() } else { self.today.join(", ") }
        )?;
        self.started_s.map_or(Ok(()), |s| write!(f, "; its processes were started {s} s ago"))
    }
}
