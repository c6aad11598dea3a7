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
    /// The ICMP message that ended it, for example `port-unreachable`; `None` where none came or none could be seen.
    #[serde(default)]
    pub icmp: Option<String>,
    /// Who sent that message.
    #[serde(default)]
    pub icmp_from: Option<String>,
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
        if let Some(icmp) = &self.icmp {
            write!(f, ", by the ICMP message {icmp}")?;
            self.icmp_from.as_ref().map_or(Ok(()), |from| write!(f, " from {from}"))?;
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
    /// The largest packet that this way takes, where the kernel knows it.
    pub mtu: Option<u32>,
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
    /// Hardware addresses that answered for it during this run; more than one means that it moved or is taken twice.
    pub hardware: Vec<String>,
    /// Entries of the whole table, and how many it may have, where both are known.
    pub table: Option<(u32, u32)>,
}

impl fmt::Display for Neighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Neighbour {} is {}", self.address, self.state)?;
        if self.hardware.len() > 1 {
            write!(f, "; {} answered for it", self.hardware.join(" and "))?;
        }
        match self.table {
            Some((used, most)) if used >= most => write!(f, "; the table is full ({used} of {most} entries)"),
            _ => Ok(()),
        }
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
    /// Which packets it stops: `output` (ours on their way out), `input` (ours where they arrive), `reply` (the answer
    /// on its way in), `forward` (between two others); empty means `output`.
    pub hook: String,
    /// How it rejects: `tcp-reset`, or an ICMP message such as `port-unreachable`.
    pub reject_with: Option<String>,
    /// Some of its conditions, or those of rules before it, could not be judged.
    pub unsure: bool,
    /// Whose network namespace it stands in; `None` for our own.
    pub namespace: Option<String>,
    /// Who keeps such rules, by the names of tables and chains: `ufw`, `firewalld`, `fail2ban`, `docker` …
    pub keeper: Option<String>,
    /// The set that holds the address.
    pub set: Option<String>,
    /// The user number that it is made for.
    pub user: Option<u32>,
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
            let whose = if self.hook == "reply" { "answers of" } else { "packets to" };
            write!(f, "A rule in {} fits {whose} {}: {}", self.chain, self.target, self.rule)?;
        }
        if let Some(namespace) = &self.namespace {
            write!(f, " (in {namespace})")?;
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
    /// The provider whose virtual machine this host is: packets pass that network's own rules too.
    pub provider: Option<String>,
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

/// A network link of this host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Link {
    /// Its name, for example `eth0`.
    pub name: String,
    /// Switched on.
    pub up: bool,
    /// It has a carrier: the other end is there.
    pub carrier: bool,
    /// The largest packet that it takes.
    pub mtu: u32,
    /// Its networks: address and prefix.
    pub addresses: Vec<String>,
    /// The address of the upstream that lies in one of these networks, or that is reached by this link.
    pub leads_to: String,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match (self.up, self.carrier) {
            (false, _) => "is switched off",
            (true, false) => "has no carrier",
            (true, true) => "is up",
        };
        write!(f, "The link {} {state}", self.name)?;
        if !self.addresses.is_empty() {
            write!(f, " ({})", self.addresses.join(", "))?;
        }
        write!(f, "; {} is reached by it", self.leads_to)
    }
}

code! {
    /// In what the second of two otherwise equal requests differs.
    pub enum Varied {
        /// Only small packets: a small maximum segment size.
        SmallPackets = "small-packets",
        /// Another source address of this host.
        Source = "source-address",
        /// Another client's address in `X-Forwarded-For` and its like.
        Client = "client-address",
        /// Another port of the same host, where nothing listens.
        Port = "port",
        /// Another user of this host: the gateway's own.
        User = "user",
        /// Many attempts against rest, by what a counter says.
        Attempts = "attempts",
        /// Another address that the same name has, or the same port of this host at another address.
        Address = "address",
        /// Other content towards the same place.
        Content = "content",
    }
}

/// Two kinds of requests to one target that differ in one thing, in turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contrast {
    /// The target.
    pub target: String,
    /// What differs.
    pub varied: Varied,
    /// How the usual one ended, for example `no answer`.
    pub usual: String,
    /// How the other one ended.
    pub other: String,
    /// What the other one used: an address, a size …
    #[serde(default)]
    pub with: String,
    /// How many pairs.
    pub times: u32,
    /// True when the usual one failed each time and the other one succeeded each time.
    pub decides: bool,
}

impl fmt::Display for Contrast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.varied {
            Varied::SmallPackets => "with small packets only",
            Varied::Source => "from another address of this host",
            Varied::Client => "for another client's address",
            Varied::Port => "on another port",
            Varied::User => "as another user",
            Varied::Attempts => "while it is tried",
            Varied::Address => "at another address",
            Varied::Content => "with other content",
        };
        write!(f, "{}: {} as usual, but {what}", self.target, self.usual)?;
        if !self.with.is_empty() {
            write!(f, " ({})", self.with)?;
        }
        write!(f, ": {}", self.other)?;
        if self.times > 1 { write!(f, " ({} times each)", self.times) } else { Ok(()) }
    }
}

/// Many connection attempts to one address, to see how many packets are lost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Series {
    /// The target.
    pub target: String,
    /// True when it was a port on which nothing listens, so that no application and no queue is involved.
    pub closed_port: bool,
    /// Attempts.
    pub tries: u32,
    /// Answered at once.
    pub quick: u32,
    /// Answered only after the first packet was sent again.
    pub late: u32,
    /// Not answered.
    pub lost: u32,
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.closed_port { " (a closed port)" } else { "" };
        write!(
            f,
            "Of {} connection attempts to {}{place} {} were answered at once, {} after a repetition, {} not at all",
            self.tries, self.target, self.quick, self.late, self.lost
        )
    }
}

/// What confines the gateway's processes: a security module or the sandbox of its unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Confinement {
    /// `selinux`, `apparmor` or `systemd`.
    pub by: String,
    /// `enforcing`, `permissive`, `complain` …; for a unit the property.
    pub mode: String,
    /// The label, profile, or the property's value.
    pub label: String,
    /// The unit or process.
    pub of: String,
    /// The address that it forbids, where that follows from it.
    pub forbids: Option<String>,
}

impl fmt::Display for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.by.as_str() {
            "systemd" => write!(f, "{} is set up with {}={}", self.of, self.mode, self.label)?,
            by => write!(f, "{} runs under {by} ({}) as {}", self.of, self.mode, self.label)?,
        }
        self.forbids.as_ref().map_or(Ok(()), |address| write!(f, ", which forbids {address}"))
    }
}
