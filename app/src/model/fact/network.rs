//! The way to the upstream: connections, routes, firewall rules.

use super::span;
use crate::model::code;
use serde::{Deserialize, Serialize};
use std::fmt;

code! {
    /// How a connection attempt ended.
    pub enum ConnectOutcome {
        /// It stands.
        Open = "open",
        /// Refused at once.
        Refused = "refused",
        /// Reset.
        Reset = "reset",
        /// No answer in time.
        TimedOut = "timed-out",
        /// No way there.
        Unreachable = "unreachable",
        /// Not permitted.
        Denied = "denied",
        /// The unix socket's path does not exist.
        Missing = "missing",
        /// Something else.
        Other = "other",
    }
}

/// One connection attempt from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connect {
    /// `127.0.0.1:8080` or `unix:/…`.
    pub target: String,
    /// How it ended.
    pub outcome: ConnectOutcome,
    /// The system's error number.
    #[serde(default)]
    pub errno: Option<i32>,
    /// How long it took.
    #[serde(default)]
    pub took_ms: u64,
    /// True when it was tried on the gateway's own host.
    pub from_gateway_host: bool,
}

impl fmt::Display for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A connection to {} ", self.target)?;
        match self.outcome {
            ConnectOutcome::Open => f.write_str("was accepted")?,
            ConnectOutcome::Refused => f.write_str("was refused")?,
            ConnectOutcome::Reset => f.write_str("was reset")?,
            ConnectOutcome::TimedOut => f.write_str("got no answer")?,
            ConnectOutcome::Unreachable => f.write_str("found no way there")?,
            ConnectOutcome::Denied => f.write_str("was not permitted")?,
            ConnectOutcome::Missing => f.write_str("found no such path")?,
            ConnectOutcome::Other => f.write_str("failed")?,
        }
        write!(f, " after {}", span(self.took_ms))?;
        if let Some(errno) = self.errno {
            write!(f, " (errno {errno})")?;
        }
        if self.from_gateway_host { Ok(()) } else { f.write_str(", tried from another host than the gateway's") }
    }
}

/// Which way packets to an address would leave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IpRoute {
    /// The address, without port.
    pub address: String,
    /// `unicast`, `local`, `none` (no route at all), `unreachable`, `prohibit`, `blackhole`.
    pub route: String,
    /// Device.
    pub device: Option<String>,
    /// Next hop.
    pub via: Option<String>,
    /// Source address.
    pub source: Option<String>,
    /// The system's error number where there is no route.
    pub errno: Option<i32>,
}

impl fmt::Display for IpRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.route.as_str() {
            "local" => write!(f, "{} is one of this host's own addresses", self.address),
            "unicast" => {
                write!(f, "Packets to {} leave", self.address)?;
                if let Some(device) = &self.device {
                    write!(f, " by {device}")?;
                }
                if let Some(via) = &self.via {
                    write!(f, " through {via}")?;
                }
                Ok(())
            }
            "none" => write!(f, "There is no route to {}", self.address),
            other => write!(f, "A route of type {other} forbids packets to {}", self.address),
        }
    }
}

/// The neighbour table's word on an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Neighbour {
    /// The address.
    pub address: String,
    /// `reachable`, `stale`, `failed`, `incomplete` …
    pub state: String,
    /// Device.
    pub device: Option<String>,
}

impl fmt::Display for Neighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Neighbour {} is {}", self.address, self.state)
    }
}

/// A firewall rule that fits the packets in question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FirewallRule {
    /// The address that was tried.
    pub target: String,
    /// `nft` or `iptables`.
    pub tool: String,
    /// Family, table and chain, for example `inet filter output`.
    pub chain: String,
    /// `drop`, `reject` or `accept`.
    pub verdict: String,
    /// The rule as the tool prints it.
    pub rule: String,
    /// The rule's number, by which it can be deleted.
    pub handle: Option<u64>,
    /// Its packet counter before our attempt; `None` where it counts nothing.
    pub packets_before: Option<u64>,
    /// And after it.
    pub packets_after: Option<u64>,
    /// True when it is the policy of a whole chain.
    pub policy: bool,
}

impl FirewallRule {
    /// True when the rule's counter rose during our own attempt.
    pub fn counted(&self) -> bool {
        matches!((self.packets_before, self.packets_after), (Some(before), Some(after)) if after > before)
    }
}

impl fmt::Display for FirewallRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.policy {
            write!(f, "The policy of {} is {}", self.chain, self.verdict)?;
        } else {
            write!(f, "A rule in {} fits packets to {}: {}", self.chain, self.target, self.rule)?;
        }
        match (self.packets_before, self.packets_after) {
            (Some(before), Some(after)) if after > before => {
                write!(f, "; it counted {} more packets during our attempt", after - before)
            }
            (Some(_), Some(_)) => f.write_str("; it counted no packet of our attempt"),
            _ => f.write_str("; it has no counter"),
        }
    }
}

/// Whether the firewall could be read, and whether any rule fits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Firewall {
    /// The address that was tried.
    pub target: String,
    /// Rules that were read.
    pub rules: u32,
    /// Of these, rules that would stop packets to the target.
    pub fitting: u32,
}

impl fmt::Display for Firewall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fitting == 0 {
            write!(f, "None of this host's {} firewall rules stops packets to {}", self.rules, self.target)
        } else {
            write!(f, "{} of this host's {} firewall rules fit packets to {}", self.fitting, self.rules, self.target)
        }
    }
}
