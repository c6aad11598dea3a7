//! How far the host and the gateway are from their limits, and what the configuration does against failures.

use super::{span, start};
use crate::model::code;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the host did with its time between two looks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Strain {
    /// Between the two looks.
    pub over_ms: u64,
    /// Share of the processors' time that was not idle, in percent.
    pub busy: f32,
    /// Share that a hypervisor gave to others, in percent.
    pub steal: f32,
    /// Share in which processors were idle because input or output was awaited, in percent.
    pub io_wait: f32,
    /// Pages a second that came back from swap.
    pub swapped_in: u64,
    /// Pages a second that went out to swap.
    pub swapped_out: u64,
    /// Page faults a second that needed the disk.
    pub major_faults: u64,
    /// Processes that were stuck in the kernel at both looks (state D).
    pub stuck: Vec<String>,
    /// The process that used most processor time, and how much of one processor, in percent.
    pub top: Option<String>,
}

impl fmt::Display for Strain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Over {} the processors were busy {:.0} % of the time", span(self.over_ms), self.busy)?;
        if self.steal >= 1.0 {
            write!(f, ", {:.0} % were taken by the hypervisor", self.steal)?;
        }
        if self.io_wait >= 1.0 {
            write!(f, ", {:.0} % waited for input or output", self.io_wait)?;
        }
        if self.swapped_in + self.swapped_out > 0 {
            write!(f, "; {} pages a second came from swap, {} went there", self.swapped_in, self.swapped_out)?;
        }
        if self.major_faults > 0 {
            write!(f, "; {} page faults a second needed the disk", self.major_faults)?;
        }
        if !self.stuck.is_empty() {
            write!(f, "; stuck in the kernel: {}", self.stuck.join(", "))?;
        }
        self.top.as_ref().map_or(Ok(()), |top| write!(f, "; most was used by {top}"))
    }
}

/// What one process of the upstream waited for, between two looks while requests were under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Starved {
    /// The target that it serves.
    pub target: String,
    /// Its name and id.
    pub process: String,
    /// Between the two looks.
    pub over_ms: u64,
    /// It was ready to run, but no processor was free.
    pub waited_ms: u64,
    /// It ran.
    pub ran_ms: u64,
    /// Its page faults that needed the disk.
    pub major_faults: u64,
    /// Looks at which it was stuck in the kernel.
    pub stuck: u32,
    /// Looks.
    pub looks: u32,
}

impl Starved {
    /// Most of the time it wanted a processor and had none.
    pub const fn of_processor(&self) -> bool {
        self.over_ms >= 200 && self.waited_ms.saturating_mul(2) >= self.over_ms
    }

    /// It was stuck in the kernel at every look.
    pub const fn of_disk(&self) -> bool {
        self.looks >= 3 && self.stuck == self.looks
    }
}

impl fmt::Display for Starved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Of {}, {} (behind {}) ran {} and waited {} for a free processor",
            span(self.over_ms),
            self.process,
            self.target,
            span(self.ran_ms),
            span(self.waited_ms)
        )?;
        if self.stuck > 0 {
            write!(f, "; it was stuck in the kernel at {} of {} looks", self.stuck, self.looks)?;
        }
        if self.major_faults > 0 { write!(f, "; {} page faults needed the disk", self.major_faults) } else { Ok(()) }
    }
}

code! {
    /// What is used up, up to a limit.
    pub enum Resource {
        /// Connections of one worker of the gateway.
        GatewayConnections = "gateway-connections",
        /// Local ports for connections to one target.
        SourcePorts = "source-ports",
        /// Entries of the table in which netfilter follows connections.
        Conntrack = "conntrack",
        /// Pages of memory for TCP.
        TcpMemory = "tcp-memory",
        /// Entries of the neighbour table.
        Neighbours = "neighbours",
        /// Connections that wait until the gateway accepts them.
        GatewayQueue = "gateway-queue",
        /// Workers of the gateway, each of which serves one request at a time.
        GatewayWorkers = "gateway-workers",
        /// Half-open connections of one listener.
        HalfOpen = "half-open",
    }
}

/// How much of something limited is in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// What.
    pub what: Resource,
    /// Whose: a process, a target, `this host`.
    pub of: String,
    /// In use; `None` where that may not be read.
    #[serde(default)]
    pub used: Option<u64>,
    /// The limit; `None` where there is none or it is not known.
    #[serde(default)]
    pub limit: Option<u64>,
    /// What else is to say, for example how many of them only wait to be forgotten.
    #[serde(default)]
    pub note: String,
}

impl Capacity {
    /// At least this share of the limit is in use, in percent.
    pub fn at_least(&self, percent: u64) -> bool {
        self.used
            .zip(self.limit)
            .is_some_and(|(used, limit)| limit > 0 && u128::from(used) * 100 >= u128::from(limit) * u128::from(percent))
    }

    /// At most so many are left.
    pub fn nearly(&self, left: u64) -> bool {
        self.used.zip(self.limit).is_some_and(|(used, limit)| limit > 0 && used.saturating_add(left) >= limit)
    }

    /// Whether it is known to be far from the limit.
    pub fn has_room(&self) -> bool {
        self.used.is_some() && self.limit.is_some() && !self.at_least(80)
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            Resource::GatewayConnections => "connections",
            Resource::SourcePorts => "local ports",
            Resource::Conntrack => "followed connections",
            Resource::TcpMemory => "pages of memory for TCP",
            Resource::Neighbours => "neighbours",
            Resource::GatewayWorkers => "workers that forward a request",
            Resource::GatewayQueue => "connections that wait to be accepted",
            Resource::HalfOpen => "half-open connections",
        };
        match (self.used, self.limit) {
            (Some(used), Some(limit)) => write!(f, "{}: {used} of {limit} {what} in use", start(&self.of))?,
            (Some(used), None) => write!(f, "{}: {used} {what}", start(&self.of))?,
            (None, Some(limit)) => write!(f, "{}: at most {limit} {what}", start(&self.of))?,
            (None, None) => write!(f, "{}: {what} without a known limit", start(&self.of))?,
        }
        if self.note.is_empty() { Ok(()) } else { write!(f, " ({})", self.note) }
    }
}

/// A folder in which the gateway keeps bodies that do not fit in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TempPath {
    /// The folder.
    pub path: String,
    /// The directive that names it.
    pub directive: String,
    /// `file:line`; empty for the gateway's default.
    pub place: String,
    /// Whether it is there; `None` where that cannot be seen.
    pub exists: Option<bool>,
    /// The gateway's worker user.
    pub user: Option<String>,
    /// Whether that user may make files in it by the permission bits; `None` where that cannot be told.
    pub user_may_write: Option<bool>,
    /// The folder whose bits forbid it.
    pub blocked_at: Option<String>,
    /// Whether its file system is mounted read-only.
    pub read_only: bool,
    /// Bytes that an ordinary user may still use there; `None` where that cannot be seen.
    pub available: Option<u64>,
    /// Inodes still free; `None` where the file system has no fixed number.
    pub inodes_free: Option<u64>,
}

impl TempPath {
    /// No byte or no file more fits in.
    pub fn full(&self) -> bool {
        self.available.is_some_and(|bytes| bytes < 4096) || self.inodes_free == Some(0)
    }

    /// The gateway's user cannot write there.
    pub fn denied(&self) -> bool {
        self.read_only || self.user_may_write == Some(false)
    }
}

impl fmt::Display for TempPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The gateway keeps large bodies in {} ({})", self.path, self.directive)?;
        if self.exists == Some(false) {
            f.write_str(", which does not exist")?;
        }
        if self.read_only {
            f.write_str("; its file system is mounted read-only")?;
        }
        match (&self.user, self.user_may_write, &self.blocked_at) {
            (Some(user), Some(false), Some(at)) => write!(f, "; {user} may not write: the bits of {at} forbid it")?,
            (Some(user), Some(true), _) => write!(f, "; {user} may write there")?,
            _ => {}
        }
        if let Some(bytes) = self.available {
            write!(f, "; {} KiB free", bytes / 1024)?;
        }
        if self.inodes_free == Some(0) { f.write_str("; no inode is free") } else { Ok(()) }
    }
}

/// The address from which the gateway is told to connect to its upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceAddress {
    /// The address.
    pub address: String,
    /// The directive as written.
    pub directive: String,
    /// `file:line`.
    pub place: String,
    /// Whether it is one of this host's own; `None` where that cannot be told.
    pub local: Option<bool>,
    /// Whether foreign addresses are allowed (`transparent`, or `net.ipv4.ip_nonlocal_bind`).
    pub foreign_allowed: bool,
}

impl fmt::Display for SourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The gateway connects from {} ({}, {})", self.address, self.directive, self.place)?;
        match self.local {
            Some(true) => f.write_str(", one of this host's addresses"),
            Some(false) => f.write_str(", which is not an address of this host"),
            None => Ok(()),
        }
    }
}

/// The configuration's files against the time at which the gateway read them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfigAge {
    /// The file that was changed last.
    pub file: String,
    /// When it was changed (RFC 3339).
    pub changed: String,
    /// When the gateway's newest worker started (RFC 3339).
    pub running_since: String,
    /// Seconds from that start to the change; negative for files that are older than the workers.
    pub newer_by_s: i64,
}

impl ConfigAge {
    /// Changed after the gateway read it, with a margin for clocks of whole seconds.
    pub const fn newer(&self) -> bool {
        self.newer_by_s >= 2
    }
}

impl fmt::Display for ConfigAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.newer() {
            write!(
                f,
                "{} was changed at {}, after the gateway's newest worker started ({}): it is not loaded",
                self.file, self.changed, self.running_since
            )
        } else {
            write!(f, "The gateway's workers (since {}) are newer than its configuration", self.running_since)
        }
    }
}

/// A way that leads back to the gateway itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Loop {
    /// The target that is the gateway's own listener.
    pub target: String,
    /// `file:line` to which the request comes back again.
    pub back_to: String,
    /// The places on the way round.
    pub way: Vec<String>,
}

impl fmt::Display for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is the gateway's own listener, and the request comes back to {}", self.target, self.back_to)
    }
}

/// What the URL's own address on this host shows: whether anybody listens there at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Edge {
    /// The address that visitors reach.
    pub address: String,
    /// Whether a process of this host listens there.
    pub listening: bool,
    /// Who listens.
    pub owner: Option<String>,
    /// The state of the gateway's processes, one letter each, the master first.
    pub states: Vec<String>,
    /// Connections that wait to be accepted.
    pub waiting: Option<u32>,
    /// How many may wait.
    pub backlog: Option<u32>,
    /// The configuration that says that the gateway listens there.
    pub configured: Option<String>,
}

impl Edge {
    /// Every process of the gateway is stopped.
    pub fn stopped(&self) -> bool {
        !self.states.is_empty() && self.states.iter().all(|state| state == "T" || state == "t")
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.listening {
            write!(f, "{} is listened on", self.address)?;
            if let Some(owner) = &self.owner {
                write!(f, " by {owner}")?;
            }
            if self.stopped() {
                f.write_str(", whose processes are all stopped (state T)")?;
            }
            match (self.waiting, self.backlog) {
                (Some(waiting), Some(backlog)) => {
                    write!(f, "; {waiting} connections wait to be accepted, {backlog} may")
                }
                _ => Ok(()),
            }
        } else {
            write!(f, "Nothing on this host listens on {}", self.address)?;
            self.configured.as_ref().map_or(Ok(()), |config| write!(f, ", though {config} says so"))
        }
    }
}

/// What the configuration does at this route against failures and load. `None` means: it cannot be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// The gateway's product.
    pub product: String,
    /// Members that take requests.
    pub members: u32,
    /// Members that stand by.
    pub backups: u32,
    /// A failed member is replaced by the next.
    pub retries: Option<bool>,
    /// Members are asked for their health by the gateway itself.
    pub active_checks: Option<bool>,
    /// Members are left out for a while after failures.
    pub passive_checks: Option<bool>,
    /// Answers are cached.
    pub cache: Option<bool>,
    /// Old answers are given while the upstream fails.
    pub stale: Option<bool>,
    /// Limits of requests that apply here, as written, with their place.
    pub rate_limits: Vec<String>,
    /// Limits of connections that apply here, as written, with their place.
    pub connection_limits: Vec<String>,
    /// Where the upstream is named: `file:line`.
    pub place: String,
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |known: Option<bool>, yes: &'static str, no: &'static str| match known {
            Some(true) => Some(yes),
            Some(false) => Some(no),
            None => None,
        };
        let words: Vec<&str> = [
            word(self.retries, "a failed member is replaced by the next", "a failed member is not replaced"),
            word(self.active_checks, "members are checked", "members are not checked by the gateway"),
            word(self.cache, "answers are cached", "answers are not cached"),
            word(self.stale, "old answers stand in for failures", "no old answer stands in for a failure"),
        ]
        .into_iter()
        .flatten()
        .collect();
        write!(f, "{} member{} behind this URL", self.members, if self.members == 1 { "" } else { "s" })?;
        if self.backups > 0 {
            write!(f, " and {} in reserve", self.backups)?;
        }
        if !words.is_empty() {
            write!(f, "; {}", words.join(", "))?;
        }
        for limit in self.rate_limits.iter().chain(&self.connection_limits) {
            write!(f, "; limited: {limit}")?;
        }
        Ok(())
    }
}

/// Whether anything watches this URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watched {
    /// Whether monitors are known at all; in a terminal they are not.
    pub known: bool,
    /// Monitors of this URL's host and port.
    pub monitors: Vec<String>,
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.known, self.monitors.is_empty()) {
            (false, _) => f.write_str("Whether anything watches this URL cannot be known in a terminal"),
            (true, true) => f.write_str("No monitor watches this URL"),
            (true, false) => write!(f, "Watched by {}", self.monitors.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_the_limit() {
        let of = |used, limit| Capacity {
            what: Resource::Conntrack,
            of: "this host".to_owned(),
            used,
            limit,
            note: String::new(),
        };
        assert!(of(Some(98), Some(100)).at_least(98) && !of(Some(97), Some(100)).at_least(98));
        assert!(
            !of(None, Some(100)).at_least(1) && !of(Some(5), None).at_least(1) && !of(Some(5), Some(0)).at_least(1)
        );
        assert!(of(Some(1), Some(100)).has_room() && !of(None, Some(100)).has_room());
    }

    #[test]
    fn a_folder_is_full_or_denied() {
        let path = TempPath { available: Some(0), ..TempPath::default() };
        assert!(path.full() && !path.denied());
        assert!(TempPath { user_may_write: Some(false), ..TempPath::default() }.denied());
        assert!(TempPath { read_only: true, ..TempPath::default() }.denied());
    }
}
