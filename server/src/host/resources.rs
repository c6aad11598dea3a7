//! Load, memory, pressure, disks and the system's descriptors: what they are and how they are read.

use serde::{Deserialize, Serialize};

/// Load averages.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Over one minute.
    pub one: f64,
    /// Over five minutes.
    pub five: f64,
    /// Over fifteen minutes.
    pub fifteen: f64,
    /// Processors that this process may use.
    pub cores: u32,
}

/// Memory and swap, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// All memory.
    pub total: u64,
    /// What a new program could have without swapping.
    pub available: u64,
    /// All swap.
    pub swap_total: u64,
    /// Swap that is free.
    pub swap_free: u64,
    /// Processes that the kernel killed for lack of memory since it started.
    pub oom_kills: Option<u64>,
}

/// Pressure on one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pressure {
    /// `cpu`, `memory` or `io`.
    pub resource: String,
    /// At least one task waited.
    pub some: PressureLine,
    /// All tasks waited.
    pub full: Option<PressureLine>,
}

/// Shares of time in percent, over ten seconds, one minute and five minutes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PressureLine {
    /// Over ten seconds.
    pub avg10: f64,
    /// Over one minute.
    pub avg60: f64,
    /// Over five minutes.
    pub avg300: f64,
}

/// The file system that holds a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Its size in bytes.
    pub total: u64,
    /// What an ordinary user can still write, in bytes.
    pub available: u64,
    /// Its inodes; 0 where the file system has no fixed number.
    pub inodes: u64,
    /// Inodes that an ordinary user can still have.
    pub inodes_available: u64,
    /// Whether it is mounted read-only.
    pub read_only: bool,
}

/// Open descriptors of the whole system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemDescriptors {
    /// Open now.
    pub open: u64,
    /// The limit (`fs.file-max`).
    pub max: u64,
}
