//! The firewall's rules in one form, whichever tool told them, and the way of one packet through them.
//!
//! What is not understood is kept as [`Condition::Unknown`] and never counted as a match or a
//! mismatch: nothing is called open or closed by guess.

mod iptables;
mod keeper;
mod nft;
mod walk;
mod words;

pub use iptables::parse as parse_iptables;
pub use keeper::keeper;
pub use nft::parse as parse_nft;
pub use walk::{Packet, Stop, Walk};

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

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
    /// Goes on in another chain, and comes back.
    Jump(String),
    /// Goes on in another chain, and does not come back.
    Goto(String),
    /// Goes back to the calling chain.
    Return,
    /// Only counts, logs or marks.
    Continue,
    /// Sends it to another address or port.
    Redirect {
        /// The new address, where it changes.
        address: Option<IpAddr>,
        /// The new port, where it changes.
        port: Option<u16>,
    },
    /// The first of these whose conditions hold.
    Map(Vec<Arm>),
    /// Not understood.
    Unknown(String),
}

/// One entry of a map of verdicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What is done then.
    pub verdict: RuleVerdict,
}

/// A network with its prefix length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Net {
    /// Its address.
    pub address: IpAddr,
    /// Prefix length in bits.
    pub prefix: u8,
}

/// One condition of a rule. `not` turns it round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "condition", content = "value")]
pub enum Condition {
    /// The destination is in one of these networks.
    Destination {
        /// The networks.
        nets: Vec<Net>,
        /// Turned round.
        not: bool,
    },
    /// The source is in one of these networks.
    Source {
        /// The networks.
        nets: Vec<Net>,
        /// Turned round.
        not: bool,
    },
    /// The destination port is in one of these ranges.
    Port {
        /// Ranges, both ends included.
        ranges: Vec<(u16, u16)>,
        /// Turned round.
        not: bool,
    },
    /// The source port is in one of these ranges.
    SourcePort {
        /// Ranges, both ends included.
        ranges: Vec<(u16, u16)>,
        /// Turned round.
        not: bool,
    },
    /// The protocol is TCP (`true`) or another one (`false`).
    Tcp(bool),
    /// It leaves by this link; a final `*` or `+` stands for any end.
    Device {
        /// Names of links.
        names: Vec<String>,
        /// Turned round.
        not: bool,
    },
    /// It came in by this link.
    InDevice {
        /// Names of links.
        names: Vec<String>,
        /// Turned round.
        not: bool,
    },
    /// The connection is in one of these states: `new`, `established`, `related`, `invalid` …
    State {
        /// States in lower case.
        states: Vec<String>,
        /// Turned round.
        not: bool,
    },
    /// It was made by a process of one of these users.
    User {
        /// Ranges of user numbers, both ends included.
        ranges: Vec<(u32, u32)>,
        /// Turned round.
        not: bool,
    },
    /// The destination is one of this host's own addresses.
    ToLocal(bool),
    /// It is the first packet of a connection (SYN alone).
    First(bool),
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
    /// The set that one of its conditions looks into.
    pub set: Option<String>,
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
    /// Lower ones come first.
    pub priority: i32,
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

impl Net {
    /// Whether an address lies within.
    pub fn holds(&self, address: IpAddr) -> bool {
        let common = |mine: u128, theirs: u128, width: u8| {
            let prefix = self.prefix.min(width);
            prefix == 0 || (mine ^ theirs) >> (width - prefix) == 0
        };
        match (self.address, address) {
            (IpAddr::V4(mine), IpAddr::V4(theirs)) => common(u32::from(mine).into(), u32::from(theirs).into(), 32),
            (IpAddr::V6(mine), IpAddr::V6(theirs)) => common(mine.into(), theirs.into(), 128),
            _ => false,
        }
    }
}

impl std::str::FromStr for Net {
    type Err = std::net::AddrParseError;

    /// `10.0.0.0/8`, or an address alone.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
        let address: IpAddr = address.parse()?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        Ok(Self { address, prefix: prefix.parse().unwrap_or(widest) })
    }
}

impl RuleVerdict {
    /// Whether it keeps packets from passing.
    pub const fn blocks(&self) -> bool {
        matches!(self, Self::Drop | Self::RejectReset | Self::RejectIcmp(_))
    }
}

impl Firewall {
    /// The rules of both, those of `other` only for tables that this one does not have, or has only in a form that
    /// was not understood.
    pub fn merge(&mut self, other: Self) {
        let opaque = |table: &(String, String)| {
            let mut rules =
                self.rules.iter().filter(|rule| (&rule.family, &rule.table) == (&table.0, &table.1)).peekable();
            rules.peek().is_none() || rules.any(Rule::is_opaque)
        };
        let mut tables: Vec<(String, String)> =
            other.chains.iter().map(|chain| (chain.family.clone(), chain.table.clone())).collect();
        tables.sort();
        tables.dedup();
        tables.retain(opaque);
        let taken = |family: &str, table: &str| tables.iter().any(|(f, t)| f == family && t == table);
        self.chains.retain(|chain| !taken(&chain.family, &chain.table));
        self.rules.retain(|rule| !taken(&rule.family, &rule.table));
        self.chains.extend(other.chains.into_iter().filter(|chain| taken(&chain.family, &chain.table)));
        self.rules.extend(other.rules.into_iter().filter(|rule| taken(&rule.family, &rule.table)));
        self.problems.extend(other.problems);
    }

    /// The same rule in an earlier look.
    pub fn find_again<'a>(&'a self, rule: &Rule) -> Option<&'a Rule> {
        let same_place = |old: &&Rule| old.family == rule.family && old.table == rule.table && old.chain == rule.chain;
        self.rules
            .iter()
            .filter(same_place)
            .find(|old| old.handle == rule.handle && old.conditions == rule.conditions && old.verdict == rule.verdict)
    }

    /// The same chain in an earlier look.
    pub fn find_chain<'a>(&'a self, chain: &Chain) -> Option<&'a Chain> {
        self.chains.iter().find(|old| old.family == chain.family && old.table == chain.table && old.name == chain.name)
    }
}

impl Rule {
    /// Whether another tool made it in a form that this one does not tell.
    pub fn is_opaque(&self) -> bool {
        self.conditions.iter().any(|c| matches!(c, Condition::Unknown(what) if what == "xt"))
            || matches!(&self.verdict, RuleVerdict::Unknown(what) if what == "xt")
    }

    pub(super) fn is_in(&self, family: &str, table: &str, chain: &str) -> bool {
        self.family == family && self.table == table && self.chain == chain
    }
}

#[cfg(test)]
mod tests;
