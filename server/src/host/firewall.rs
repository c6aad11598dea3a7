//! The firewall's rules in one form, whichever tool told them.
//!
//! What is not understood is kept as [`Condition::Unknown`] and never counted as a match or a
//! mismatch: nothing is called open or closed by guess.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// What a rule does with a packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "with")]
pub enum RuleVerdict {
    /// Lets it pass.
    Accept,
    /// Throws it away in silence.
    Drop,
    /// Refuses it with a TCP reset.
    RejectReset,
    /// Refuses it with an ICMP message, for example `port-unreachable`.
    RejectIcmp(String),
    /// Goes on in another chain.
    Jump(String),
    /// Goes back to the calling chain.
    Return,
    /// Only counts, logs or marks.
    Continue,
    /// Not understood.
    Unknown(String),
}

/// A network with its prefix length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Net {
    /// Its address.
    pub address: IpAddr,
    /// Prefix length in bits.
    pub prefix: u8,
}

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "condition", content = "value")]
pub enum Condition {
    /// The destination is in one of these networks (not in them, if `not`).
    Destination {
        /// The networks.
        nets: Vec<Net>,
        /// Turned round.
        not: bool,
    },
    /// The destination port is in one of these ranges (not in them, if `not`).
    Port {
        /// Ranges, both ends included.
        ranges: Vec<(u16, u16)>,
        /// Turned round.
        not: bool,
    },
    /// The protocol is TCP (`true`) or another one (`false`).
    Tcp(bool),
    /// It leaves by this link.
    Device(String),
    /// Something that is not judged here, as text.
    Unknown(String),
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `inet`, `ip`, `ip6` …
    pub family: String,
    /// Its table.
    pub table: String,
    /// Its chain.
    pub chain: String,
    /// The hook of its chain (`input`, `output`, `forward` …); `None` for chains that others call.
    pub hook: Option<String>,
    /// nft's handle, for commands.
    pub handle: Option<u64>,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What it does.
    pub verdict: RuleVerdict,
    /// Packets that it counted; `None` for a rule without a counter.
    pub packets: Option<u64>,
    /// The rule as text, for people.
    pub text: String,
}

/// A base chain and what happens to packets that no rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// `inet`, `ip`, `ip6` …
    pub family: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Its hook.
    pub hook: String,
    /// What happens to packets that no rule decides.
    pub policy: RuleVerdict,
    /// Packets that the policy decided, where counted.
    pub packets: Option<u64>,
}

/// The tool that told the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirewallSource {
    /// `nft -j list ruleset`.
    Nft,
    /// `iptables-save -c` and `ip6tables-save -c`.
    Iptables,
}

/// All rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firewall {
    /// Who told.
    pub source: FirewallSource,
    /// Base chains.
    pub chains: Vec<Chain>,
    /// Rules in order.
    pub rules: Vec<Rule>,
    /// What was not understood.
    pub problems: Vec<String>,
}

/// A rule that concerns an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Whether all of its conditions were understood and hold; else some could not be judged.
    pub certain: bool,
}

impl Rule {
    /// Whether the rule concerns a new TCP connection to an address; `None` if a condition rules it out.
    pub fn concerns(&self, _to: SocketAddr) -> Option<Concern<'_>> {
        todo!()
    }
}

impl Firewall {
    /// Rules that decide about a new TCP connection to an address on its way out, in order.
    pub fn outgoing(&self, _to: SocketAddr) -> Vec<Concern<'_>> {
        todo!()
    }
}
