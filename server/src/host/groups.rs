//! Control groups: what a process may use, and what its group ran out of.

use serde::{Deserialize, Serialize};

/// The control group of a process. A field is `None` where there is no limit or where it is not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cgroup {
    /// Its path, of the memory controller where controllers differ.
    pub path: String,
    /// Most memory in bytes.
    pub memory_max: Option<u64>,
    /// Memory in use, in bytes.
    pub memory: Option<u64>,
    /// Processes killed for want of memory since it was made.
    pub oom_kills: Option<u64>,
    /// Most processes and threads.
    pub pids_max: Option<u64>,
    /// Processes and threads now.
    pub pids: Option<u64>,
    /// Forks that were refused since it was made.
    pub pids_refused: Option<u64>,
    /// Share of one processor, in percent.
    pub cpu_percent: Option<u32>,
    /// Periods so far.
    pub cpu_periods: Option<u64>,
    /// Of these, periods in which it ran out of its share.
    pub cpu_throttled: Option<u64>,
}

impl Cgroup {
    /// Whether anything of it is limited.
    pub fn is_limited(&self) -> bool {
        self.memory_max.is_some() || self.pids_max.is_some() || self.cpu_percent.is_some()
    }
}
