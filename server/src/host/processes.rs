//! Processes and their descriptors.

use app::model::At;
use serde::{Deserialize, Serialize};

/// One process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Its parent's id.
    pub parent: u32,
    /// Its name, as the kernel keeps it (at most 15 bytes).
    pub name: String,
    /// `R` running, `S` sleeping, `D` waiting for a device, `T` stopped, `Z` dead but not collected …
    pub state: char,
    /// The effective user's number.
    pub uid: u32,
    /// The effective group's number.
    pub gid: u32,
    /// All further groups.
    pub groups: Vec<u32>,
    /// Its command line, as far as it shows it.
    pub command_line: Vec<String>,
    /// Threads.
    pub threads: u32,
    /// Resident memory in bytes.
    pub resident: u64,
    /// Processor time used so far, in milliseconds.
    pub cpu_ms: u64,
    /// When it started.
    pub started: At,
}

/// Open descriptors of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptors {
    /// Which process.
    pub pid: u32,
    /// Open now.
    pub open: u64,
    /// Its soft limit; `None` means unlimited.
    pub limit: Option<u64>,
}
