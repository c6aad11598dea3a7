//! What serves a target: the application server behind it, its workers, and the group of resources they live in.

use super::span;
use crate::model::code;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The application server that owns a target's listener: what its configuration allows, and what its processes do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Application {
    /// The address that the gateway connects to.
    pub target: String,
    /// `php-fpm`, `gunicorn`, `uwsgi`, `node` …; the program's name where it is none of those known.
    pub product: String,
    /// The pool, where it has pools.
    pub name: Option<String>,
    /// Its master, or its only process.
    pub pid: Option<u32>,
    /// `file:line` of what is configured, or the command line.
    pub place: String,
    /// The most workers that it may have, by its configuration.
    pub workers_max: Option<u32>,
    /// Requests that one worker serves at once; `None` for a worker that takes as many as come.
    pub threads: Option<u32>,
    /// How workers come and go, or their class: `static`, `dynamic`, `sync`, `gevent` …
    pub manager: Option<String>,
    /// Workers that run now.
    pub workers: u32,
    /// Workers that are stopped (state T).
    pub stopped: u32,
    /// Workers that wait for a device (state D).
    pub stuck: u32,
    /// Workers that are dead and not collected (state Z).
    pub dead: u32,
    /// Connections that it had taken before this run's first request and still holds; `None` where that was not seen.
    pub held_before: Option<u32>,
    /// Connections that it holds now, this run's own among them.
    pub held: Option<u32>,
    /// Connections that it had taken when this run began.
    pub held_at_start: Option<u32>,
    /// Workers that ended while this run lasted.
    pub ended: Vec<u32>,
    /// Workers that began while this run lasted.
    pub begun: Vec<u32>,
    /// For how long its master had run when this run began; 0 where it began later.
    pub age_ms: Option<u64>,
    /// After which time it ends a request or a worker that takes too long.
    pub timeout_ms: Option<u64>,
    /// Room for a request's head, where it has a fixed one.
    pub request_bytes: Option<u64>,
    /// Addresses that may connect; empty for all.
    pub allowed_clients: Vec<String>,
    /// How many connections may wait, by its configuration.
    pub backlog: Option<u32>,
    /// The most workers of all pools together, where it has such a limit.
    pub process_max: Option<u32>,
    /// Workers of all pools together.
    pub all_workers: Option<u32>,
    /// Every process of it that was seen, so that log lines can be joined.
    pub pids: Vec<u32>,
}

impl Application {
    /// Requests that it can serve at once, where that is a fixed number.
    pub fn places(&self) -> Option<u32> {
        let workers = self.workers_max.unwrap_or(self.workers);
        self.threads.map(|threads| workers.saturating_mul(threads)).filter(|places| *places > 0)
    }

    /// Requests of others took every place before this run asked anything, and still do.
    pub fn full_of_others(&self) -> bool {
        self.places().zip(self.held_before).is_some_and(|(places, held)| held >= places)
    }

    /// Every place was taken when this run began, and is now.
    pub fn full(&self) -> bool {
        let taken = |held: Option<u32>| self.places().zip(held).is_some_and(|(places, held)| held >= places);
        taken(self.held_at_start) && taken(self.held)
    }
}

impl fmt::Display for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is served by {}", self.target, self.product)?;
        if let Some(name) = &self.name {
            write!(f, ", pool {name}")?;
        }
        if let Some(pid) = self.pid {
            write!(f, ", process {pid}")?;
        }
        write!(f, ", with {} workers", self.workers)?;
        if let Some(most) = self.workers_max {
            write!(f, " of at most {most}")?;
        }
        match (self.held, self.held_before) {
            (Some(held), Some(before)) => {
                write!(f, "; it holds {held} connections, {before} of them since before this run")?;
            }
            (Some(held), None) => write!(f, "; it holds {held} connections")?,
            _ => {}
        }
        if let Some(ms) = self.timeout_ms {
            write!(f, "; it ends requests after {}", span(ms))?;
        }
        for (count, what) in [(self.stopped, "stopped"), (self.stuck, "stuck in the kernel"), (self.dead, "dead")] {
            if count > 0 {
                write!(f, "; {count} processes are {what}")?;
            }
        }
        if !self.ended.is_empty() {
            write!(f, "; {} workers ended while this run lasted", self.ended.len())?;
        }
        Ok(())
    }
}

/// The control group of a target's processes, and what its limits did while this run lasted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cgroup {
    /// The address that the gateway connects to.
    pub target: String,
    /// Path of the group.
    pub path: String,
    /// Most memory in bytes; `None` for no limit.
    pub memory_max: Option<u64>,
    /// Memory in use, in bytes.
    pub memory: Option<u64>,
    /// Processes killed for want of memory, when this run began.
    pub oom_kills_before: Option<u64>,
    /// And now.
    pub oom_kills: Option<u64>,
    /// Most processes and threads; `None` for no limit.
    pub pids_max: Option<u64>,
    /// Processes and threads now.
    pub pids: Option<u64>,
    /// Forks that were refused, when this run began.
    pub pids_refused_before: Option<u64>,
    /// And now.
    pub pids_refused: Option<u64>,
    /// Share of one processor that it may use, in percent; `None` for no limit.
    pub cpu_percent: Option<u32>,
    /// Periods in which it ran out of its share, while this run lasted.
    pub cpu_throttled: Option<u64>,
    /// Periods in all, while this run lasted.
    pub cpu_periods: Option<u64>,
}

impl Cgroup {
    /// How many of its processes were killed for want of memory while this run lasted.
    pub fn killed(&self) -> u64 {
        self.oom_kills.unwrap_or(0).saturating_sub(self.oom_kills_before.unwrap_or(u64::MAX))
    }

    /// How many forks were refused while this run lasted.
    pub fn refused(&self) -> u64 {
        self.pids_refused.unwrap_or(0).saturating_sub(self.pids_refused_before.unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Cgroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: u64| bytes / 1_048_576;
        write!(f, "The processes of {} live in the control group {}", self.target, self.path)?;
        match (self.memory, self.memory_max) {
            (Some(used), Some(most)) => write!(f, ", with {} of {} MiB memory", mib(used), mib(most))?,
            (Some(used), None) => write!(f, ", with {} MiB memory and no limit", mib(used))?,
            _ => {}
        }
        if self.killed() > 0 {
            write!(f, "; {} of them were killed for want of memory while this run lasted", self.killed())?;
        } else if let Some(kills) = self.oom_kills.filter(|kills| *kills > 0) {
            write!(f, "; {kills} were killed for want of memory before")?;
        }
        if let (Some(pids), Some(most)) = (self.pids, self.pids_max) {
            write!(f, "; {pids} of {most} processes")?;
        }
        if self.refused() > 0 {
            write!(f, "; {} forks were refused while this run lasted", self.refused())?;
        }
        if let (Some(percent), Some(throttled), Some(periods)) =
            (self.cpu_percent, self.cpu_throttled, self.cpu_periods)
        {
            write!(f, "; {percent} % of one processor, used up in {throttled} of {periods} periods")?;
        }
        Ok(())
    }
}

/// A connection that a target's application tries to open itself while this run waits for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dependency {
    /// The address that the gateway connects to.
    pub target: String,
    /// Where the application connects to.
    pub remote: String,
    /// In how many looks it was still trying.
    pub looks: u32,
    /// It was still trying at the last look.
    pub unanswered: bool,
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The application at {} tries to connect to {}", self.target, self.remote)?;
        if self.unanswered {
            write!(f, ", without an answer in {} looks", self.looks)
        } else {
            f.write_str(", and got through")
        }
    }
}

/// The status page of a php-fpm pool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolStatus {
    /// The address that the gateway connects to.
    pub target: String,
    /// The pool.
    pub pool: String,
    /// `static`, `dynamic` or `ondemand`.
    pub manager: String,
    /// Connections that wait.
    pub queue: u64,
    /// The most that ever waited.
    pub queue_most: u64,
    /// Workers without a request.
    pub idle: u64,
    /// Workers with one, ours among them.
    pub active: u64,
    /// How often the limit of workers was reached since it started.
    pub limit_reached: u64,
    /// Requests that were slower than the slow log's limit.
    pub slow: u64,
}

impl fmt::Display for PoolStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "php-fpm's pool {} at {} has {} active and {} idle workers, {} connections wait, and it reached its limit {} times",
            self.pool, self.target, self.active, self.idle, self.queue, self.limit_reached
        )
    }
}

code! {
    /// What a gRPC health service says of its server.
    pub enum Serving {
        /// It takes requests.
        Serving = "serving",
        /// It runs, and says that it takes none.
        NotServing = "not-serving",
        /// It does not know yet.
        Unknown = "unknown",
        /// There is no such service, or not for the whole server: health is not told.
        NotTold = "not-told",
        /// The answer is none in gRPC.
        NotGrpc = "not-grpc",
        /// No answer.
        NoAnswer = "no-answer",
    }
}

/// The answer of a target's `grpc.health.v1.Health/Check` for the whole server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrpcHealth {
    /// The address that the gateway connects to.
    pub target: String,
    /// What it says.
    pub serving: Serving,
    /// The `grpc-status`, where there was one.
    #[serde(default)]
    pub grpc_status: Option<u32>,
    /// What came back instead of an answer in gRPC.
    #[serde(default)]
    pub instead: String,
}

impl fmt::Display for GrpcHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The gRPC health service of {} ", self.target)?;
        match self.serving {
            Serving::Serving => f.write_str("says that it is serving")?,
            Serving::NotServing => f.write_str("says that it is not serving")?,
            Serving::Unknown => f.write_str("does not know whether it is serving")?,
            Serving::NotTold => f.write_str("tells nothing")?,
            Serving::NotGrpc => f.write_str("is not there: the answer is none in gRPC")?,
            Serving::NoAnswer => f.write_str("does not answer")?,
        }
        if let Some(status) = self.grpc_status.filter(|status| *status != 0) {
            write!(f, " (gRPC status {status})")?;
        }
        if self.instead.is_empty() { Ok(()) } else { write!(f, ": {}", self.instead) }
    }
}
