//! What the gateway's host says of itself.

use super::start;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Load averages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Load {
    /// Over one minute.
    pub one: f32,
    /// Over five minutes.
    pub five: f32,
    /// Over fifteen minutes.
    pub fifteen: f32,
    /// Processors.
    pub cores: u32,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Load {:.2}, {:.2}, {:.2} on {} processors", self.one, self.five, self.fifteen, self.cores)
    }
}

/// Memory and swap, in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// What could still be had.
    pub available: u64,
    /// All swap.
    pub swap_total: u64,
    /// Swap not in use.
    pub swap_free: u64,
    /// Processes that the kernel killed for want of memory since boot.
    pub oom_kills: Option<u64>,
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: u64| bytes / 1_048_576;
        write!(f, "{} of {} MiB memory available", mib(self.available), mib(self.total))?;
        if self.swap_total > 0 {
            write!(f, ", {} of {} MiB swap free", mib(self.swap_free), mib(self.swap_total))?;
        }
        match self.oom_kills {
            Some(kills) if kills > 0 => write!(f, "; {kills} processes killed for want of memory since boot"),
            _ => Ok(()),
        }
    }
}

/// Pressure stall information: share of the last ten seconds in which work waited, in percent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pressure {
    /// `cpu`, `memory` or `io`.
    pub resource: String,
    /// Some task waited.
    pub some: f32,
    /// All tasks waited.
    pub full: Option<f32>,
}

impl fmt::Display for Pressure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Work waited for {} {:.1} % of the last ten seconds", self.resource, self.some)
    }
}

/// One file system's space and inodes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// Where it is mounted, or the path that was asked for.
    pub path: String,
    /// Bytes.
    pub total: u64,
    /// Bytes that an ordinary user may still use.
    pub available: u64,
    /// Inodes; 0 where the file system has no fixed number.
    pub inodes: u64,
    /// Inodes still free.
    pub inodes_free: u64,
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} of {} MiB free", self.path, self.available / 1_048_576, self.total / 1_048_576)?;
        if self.inodes > 0 { write!(f, ", {} of {} inodes", self.inodes_free, self.inodes) } else { Ok(()) }
    }
}

/// File descriptors in use: of the system, or of one process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Descriptors {
    /// `system`, or the process.
    pub of: String,
    /// In use; `None` where that may not be read.
    pub used: Option<u64>,
    /// The limit; `None` where there is none.
    pub limit: Option<u64>,
}

impl fmt::Display for Descriptors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.used, self.limit) {
            (Some(used), Some(limit)) => write!(f, "{}: {used} of {limit} file descriptors in use", start(&self.of)),
            (Some(used), None) => write!(f, "{}: {used} file descriptors in use, without a limit", start(&self.of)),
            (None, Some(limit)) => write!(f, "{}: at most {limit} file descriptors", start(&self.of)),
            (None, None) => write!(f, "{}: file descriptors without a limit", start(&self.of)),
        }
    }
}

/// A systemd unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unit {
    /// Exact name.
    pub name: String,
    /// `active`, `failed` …
    pub active: String,
    /// `running`, `dead` …
    pub sub: String,
    /// `success`, `oom-kill` …
    pub result: String,
    /// Restarts by systemd itself, since somebody started it.
    pub restarts: u32,
    /// Of these, those while this run lasted.
    pub risen: u32,
    /// The address of the upstream at which one of its processes listens, where that was seen.
    pub target: Option<String>,
}

impl Unit {
    /// Whether systemd starts it again and again: not for the first time, and right now.
    pub fn loops(&self) -> bool {
        self.restarts >= 2 && (self.risen > 0 || self.sub == "auto-restart")
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {} ({})", self.name, self.active, self.sub)?;
        if !self.result.is_empty() && self.result != "success" {
            write!(f, ", last result {}", self.result)?;
        }
        if self.restarts > 0 {
            write!(f, ", restarted {} times by systemd", self.restarts)?;
        }
        if self.risen > 0 {
            write!(f, ", {} of them while this run lasted", self.risen)?;
        }
        self.target.as_ref().map_or(Ok(()), |target| write!(f, "; it listens at {target}"))
    }
}

/// A process that matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Its name.
    pub name: String,
    /// The kernel's letter: `R`, `S`, `D`, `T`, `Z` …
    pub state: String,
    /// `gateway`, or the address that it listens on.
    pub role: String,
    /// Whether it, and whoever else holds the same listening socket, began while this run lasted.
    pub young: bool,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state.as_str() {
            "R" => "running",
            "S" | "I" => "sleeping",
            "D" => "stuck in the kernel (state D)",
            "T" | "t" => "stopped (state T)",
            "Z" => "dead, not yet collected (state Z)",
            other => other,
        };
        let since = if self.young { "; it began while this run lasted" } else { "" };
        write!(f, "Process {} ({}, {}) is {state}{since}", self.pid, self.name, self.role)
    }
}

/// Whether anything listens where the gateway connects to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listener {
    /// The address that the gateway connects to.
    pub target: String,
    /// Whether the target is in the namespace whose table was read; only then does `listening` count.
    pub local: bool,
    /// Whether anything listens there (wildcard addresses included).
    pub listening: bool,
    /// Address of the listening socket.
    pub bound: Option<String>,
    /// Connections that wait to be accepted, one number a sample, 300 ms apart.
    pub waiting: Vec<u32>,
    /// How many may wait; `None` where the kernel did not say.
    pub backlog: Option<u32>,
    /// Process that owns it, where that may be read.
    pub owner: Option<String>,
    /// Sockets that listen on the same port at another address.
    pub elsewhere: Vec<String>,
    /// Clients other than this run and the gateway's own waiting requests that are connected to it.
    pub connected: Option<u32>,
}

impl Listener {
    /// More wait than may wait, in every sample: the kernel drops further connection attempts.
    pub fn overfull(&self) -> bool {
        self.listening
            && !self.waiting.is_empty()
            && self.backlog.is_some_and(|backlog| self.waiting.iter().all(|n| *n > backlog))
    }

    /// Connections wait, and none was accepted between the first and the last sample.
    pub fn stuck(&self) -> bool {
        self.listening
            && self.waiting.len() >= 2
            && self.waiting[0] > 0
            && self.waiting.windows(2).all(|w| w[1] >= w[0])
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.local {
            return write!(f, "{} is not on this host: its listeners cannot be seen from here", self.target);
        }
        if self.listening {
            write!(f, "Something listens on {}", self.target)?;
            if let Some(owner) = &self.owner {
                write!(f, " ({owner})")?;
            }
            if let (Some(least), Some(most)) = (self.waiting.iter().min(), self.waiting.iter().max()) {
                let waiting = if least == most { most.to_string() } else { format!("{least} to {most}") };
                write!(f, "; {waiting} connections wait to be accepted")?;
                self.backlog.map_or(Ok(()), |backlog| write!(f, ", {backlog} may"))?;
            }
        } else {
            write!(f, "Nothing listens on {}", self.target)?;
            if !self.elsewhere.is_empty() {
                write!(f, ", but the same port is served at {}", self.elsewhere.join(", "))?;
            }
        }
        Ok(())
    }
}

/// Something else that listens on this host and might be what was meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherListener {
    /// The address that the gateway connects to, where nothing listens.
    pub instead_of: String,
    /// Where this one listens.
    pub address: String,
    /// Process that owns it, where that may be read.
    pub owner: Option<String>,
    /// Near the configured port (a few apart, or one digit changed).
    pub near: bool,
    /// What it answered to the same request; `None` when it was not asked or did not speak HTTP.
    pub status: Option<u16>,
    /// Whether it was asked at all.
    pub asked: bool,
    /// The gateway's log names this address as the upstream of the same server before.
    pub known_upstream: bool,
}

impl fmt::Display for OtherListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instead of {} there is {}", self.instead_of, self.address)?;
        if let Some(owner) = &self.owner {
            write!(f, " ({owner})")?;
        }
        match (self.asked, self.status) {
            (true, Some(status)) => write!(f, ", which answers {status} to the same request")?,
            (true, None) => f.write_str(", which does not answer in HTTP")?,
            (false, _) => f.write_str(", which was not asked")?,
        }
        if self.known_upstream { f.write_str("; the gateway's log names it as its upstream before") } else { Ok(()) }
    }
}

/// A kernel counter before and after our own connection attempts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counter {
    /// For example `ListenOverflows`.
    pub name: String,
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
    /// Which target was tried in between.
    pub target: String,
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.after > self.before {
            write!(f, "{} rose from {} to {} while {} was tried", self.name, self.before, self.after, self.target)
        } else {
            write!(f, "{} stayed at {} while {} was tried", self.name, self.before, self.target)
        }
    }
}

/// A unix socket's file, rights and listener.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnixSocket {
    /// Its path.
    pub path: String,
    /// Whether the path exists; `None` where that cannot be seen.
    pub exists: Option<bool>,
    /// `socket`, `file`, `directory` …
    pub file_type: String,
    /// Permission bits in octal, for example `0660`.
    pub mode: String,
    /// Owner and group, for example `root:root`.
    pub owner: String,
    /// Whether a process listens on it; `None` where that cannot be seen.
    pub listening: Option<bool>,
    /// The gateway's worker user.
    pub user: Option<String>,
    /// Whether that user may connect by the permission bits; `None` where that cannot be told.
    pub user_may_connect: Option<bool>,
    /// The path component whose bits forbid it.
    pub blocked_at: Option<String>,
    /// Whether the gateway sees the same files as we do; `None` where that cannot be seen.
    pub same_mounts: Option<bool>,
    /// Other sockets in the same folder.
    pub nearby: Vec<String>,
}

impl fmt::Display for UnixSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exists {
            None => return write!(f, "{} cannot be looked at", self.path),
            Some(false) => {
                write!(f, "There is no {}", self.path)?;
                if !self.nearby.is_empty() {
                    write!(f, "; in the same folder there is {}", self.nearby.join(", "))?;
                }
                return Ok(());
            }
            Some(true) => write!(f, "{} is a {} of {} with mode {}", self.path, self.file_type, self.owner, self.mode)?,
        }
        match self.listening {
            Some(true) => f.write_str(", a process listens on it")?,
            Some(false) => f.write_str(", no process listens on it")?,
            None => {}
        }
        match (&self.user, self.user_may_connect, &self.blocked_at) {
            (Some(user), Some(false), Some(at)) => write!(f, "; {user} may not connect: the bits of {at} forbid it"),
            (Some(user), Some(false), None) => write!(f, "; {user} may not connect"),
            (Some(user), Some(true), _) => write!(f, "; {user} may connect"),
            _ => Ok(()),
        }
    }
}
