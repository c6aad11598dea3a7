//! The firewall's rules in one form, whichever tool told them.
//!
//! What is not understood is kept as [`Condition::Unknown`] and never counted as a match or a
//! mismatch: nothing is called open or closed by guess.

mod iptables;
mod nft;

pub use iptables::parse as parse_iptables;
pub use nft::parse as parse_nft;

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

impl Condition {
    /// Whether it holds for a new TCP connection to an address; `None` if that is not judged here.
    fn holds(&self, to: SocketAddr) -> Option<bool> {
        match self {
            Self::Destination { nets, not } => Some(nets.iter().any(|net| net.holds(to.ip())) != *not),
            Self::Port { ranges, not } => {
                Some(ranges.iter().any(|(first, last)| (*first..=*last).contains(&to.port())) != *not)
            }
            Self::Tcp(tcp) => Some(*tcp),
            Self::Device(device) if device == "lo" => Some(to.ip().is_loopback()),
            Self::Device(_) | Self::Unknown(_) => None,
        }
    }
}

impl Rule {
    /// Whether the rule concerns a new TCP connection to an address; `None` if a condition rules it out.
    pub fn concerns(&self, to: SocketAddr) -> Option<Concern<'_>> {
        let family_fits = match self.family.as_str() {
            "ip" => to.is_ipv4(),
            "ip6" => to.is_ipv6(),
            "inet" => true,
            _ => false,
        };
        let judged: Vec<Option<bool>> = self.conditions.iter().map(|condition| condition.holds(to)).collect();
        if !family_fits || judged.contains(&Some(false)) {
            return None;
        }
        Some(Concern { rule: self, certain: !judged.contains(&None) })
    }

    /// Whether it keeps packets from passing.
    pub fn blocks(&self) -> bool {
        matches!(self.verdict, RuleVerdict::Drop | RuleVerdict::RejectReset | RuleVerdict::RejectIcmp(_))
    }
}

impl Firewall {
    /// Rules that decide about a new TCP connection to an address on its way out, in order; for this host's
    /// own loopback addresses on their way in as well.
    pub fn outgoing(&self, to: SocketAddr) -> Vec<Concern<'_>> {
        self.toward(to, to.ip().is_loopback())
    }

    /// The same, where the caller knows whether the address is one of this host's own.
    pub fn toward(&self, to: SocketAddr, local: bool) -> Vec<Concern<'_>> {
        let hooks: &[&str] = if local { &["output", "input"] } else { &["output"] };
        // Base chains of these hooks, and every chain that a rule of theirs goes on in.
        let mut reached: Vec<(&str, &str, &str)> = self
            .chains
            .iter()
            .filter(|chain| hooks.contains(&chain.hook.as_str()))
            .map(|chain| (chain.family.as_str(), chain.table.as_str(), chain.name.as_str()))
            .collect();
        let mut next = 0;
        while let Some(&(family, table, name)) = reached.get(next) {
            next += 1;
            for rule in self.rules.iter().filter(|rule| rule.is_in(family, table, name)) {
                if let RuleVerdict::Jump(target) = &rule.verdict
                    && rule.concerns(to).is_some()
                    && !reached.contains(&(family, table, target.as_str()))
                {
                    reached.push((family, table, target.as_str()));
                }
            }
        }
        let decides = |rule: &&Rule| reached.iter().any(|(family, table, name)| rule.is_in(family, table, name));
        self.rules.iter().filter(decides).filter_map(|rule| rule.concerns(to)).collect()
    }

    /// Base chains on the way out that throw away what no rule lets pass.
    pub fn closed_chains(&self, local: bool) -> Vec<&Chain> {
        let on_the_way = |chain: &&Chain| chain.hook == "output" || (local && chain.hook == "input");
        self.chains.iter().filter(on_the_way).filter(|chain| chain.policy == RuleVerdict::Drop).collect()
    }
}

impl Rule {
    fn is_in(&self, family: &str, table: &str, chain: &str) -> bool {
        self.family == family && self.table == table && self.chain == chain
    }
}

/// A condition for people.
fn condition_in_words(condition: &Condition) -> String {
    let negation = |not: bool| if not { "!= " } else { "" };
    match condition {
        Condition::Destination { nets, not } => {
            let nets = nets.iter().map(|net| format!("{}/{}", net.address, net.prefix)).collect::<Vec<_>>();
            format!("daddr {}{}", negation(*not), nets.join(","))
        }
        Condition::Port { ranges, not } => {
            let one =
                |(first, last): &(u16, u16)| if first == last { first.to_string() } else { format!("{first}-{last}") };
            format!("dport {}{}", negation(*not), ranges.iter().map(one).collect::<Vec<_>>().join(","))
        }
        Condition::Tcp(true) => "tcp".to_owned(),
        Condition::Tcp(false) => "(not for new TCP connections)".to_owned(),
        Condition::Device(device) => format!("oifname {device}"),
        Condition::Unknown(text) => format!("({text})"),
    }
}

/// A verdict for people.
fn verdict_in_words(verdict: &RuleVerdict) -> String {
    match verdict {
        RuleVerdict::Accept => "accept".to_owned(),
        RuleVerdict::Drop => "drop".to_owned(),
        RuleVerdict::RejectReset => "reject with tcp reset".to_owned(),
        RuleVerdict::RejectIcmp(kind) => format!("reject with icmp {kind}"),
        RuleVerdict::Jump(chain) => format!("jump {chain}"),
        RuleVerdict::Return => "return".to_owned(),
        RuleVerdict::Continue => String::new(),
        RuleVerdict::Unknown(what) => format!("({what})"),
    }
}

#[cfg(test)]
mod tests;
