//! Application servers behind a gateway: whose listener a target is, and what its configuration allows.
//!
//! Pure: processes, listeners and texts in, what was understood out. What is not written anywhere stays `None`;
//! nothing is made up.

mod gunicorn;
mod ini;
mod php_fpm;
mod uwsgi;

pub use php_fpm::{Fpm, Pool};

use crate::gateways::Sources;
use crate::host::{Listeners, Process};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Processes of one application that are followed.
const MAX_PIDS: usize = 512;

/// Where a gateway connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place<'a> {
    /// A TCP address.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix(&'a Path),
}

/// An application server, as far as its processes and texts tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// `php-fpm`, `gunicorn` …, or the program's name.
    pub product: String,
    /// The pool.
    pub name: Option<String>,
    /// The master, or the only process.
    pub pid: Option<u32>,
    /// Every process of it.
    pub pids: BTreeSet<u32>,
    /// Those that do the work.
    pub workers: BTreeSet<u32>,
    /// Workers of all of the master's pools.
    pub all_workers: Option<u32>,
    /// What its configuration says.
    pub settings: Settings,
    /// A configuration that could not be read, with the reason.
    pub unread: Option<(PathBuf, String)>,
}

/// What an application server is told to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `file:line`, or `command line`.
    pub place: String,
    /// The most workers.
    pub workers: Option<u32>,
    /// Requests that one worker serves at once.
    pub threads: Option<u32>,
    /// How workers come and go, or their class.
    pub manager: Option<String>,
    /// After which time it ends a request that takes too long.
    pub timeout: Option<Duration>,
    /// Room for a request's head.
    pub request_bytes: Option<u64>,
    /// Who may connect; empty for all.
    pub allowed_clients: Vec<String>,
    /// How many connections may wait.
    pub backlog: Option<u32>,
    /// The most workers of all pools together.
    pub process_max: Option<u32>,
    /// Path of a status page.
    pub status_path: Option<String>,
    /// Where it logs.
    pub logs: Vec<PathBuf>,
}

/// The application server behind a target; `None` where no process can be found for it.
pub fn find(
    place: &Place<'_>,
    listeners: &Listeners,
    processes: &[Process],
    sources: &dyn Sources,
) -> Option<Application> {
    let owners: Vec<u32> = match place {
        Place::Tcp(address) => listeners.for_address(*address).first().map_or_else(Vec::new, |l| l.pids.clone()),
        Place::Unix(path) => listeners.for_path(path).map_or_else(Vec::new, |l| l.pids.clone()),
    };
    let of = |pid: u32| processes.iter().find(|process| process.pid == pid);
    // The master is the owner that no other owner started.
    let master = owners.iter().filter_map(|pid| of(*pid)).find(|process| !owners.contains(&process.parent));
    if let Some(found) = php_fpm::find(place, master, processes, sources) {
        return Some(found);
    }
    let master = match master {
        Some(master) => master,
        // Without rights to see owners, a command line that names the target has to tell.
        None => processes.iter().find(|process| {
            !processes.iter().any(|other| other.pid == process.parent && same_program(other, process))
                && (gunicorn::settings(process, sources).is_some_and(|found| found.binds(place))
                    || uwsgi::settings(process, sources).is_some_and(|found| found.binds(place)))
        })?,
    };
    Some(describe(master, &owners, processes, sources))
}

/// What a command line or a configuration file says, with the addresses that it names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Told {
    product: &'static str,
    settings: Settings,
    binds: Vec<String>,
    unread: Option<(PathBuf, String)>,
}

impl Told {
    fn binds(&self, place: &Place<'_>) -> bool {
        self.binds.iter().any(|written| names(written, place))
    }
}

/// Whether a written address (`127.0.0.1:9000`, `:9000`, `9000`, `[::]:9000`, `unix:/a`, `/a`) is the target.
fn names(written: &str, place: &Place<'_>) -> bool {
    match place {
        Place::Unix(path) => Path::new(written.strip_prefix("unix:").unwrap_or(written)) == *path,
        Place::Tcp(address) => {
            let (host, port) = match written.rsplit_once(':') {
                Some((host, port)) => (host.trim_matches(['[', ']']), port),
                None => ("", written),
            };
            let same_port = port.parse::<u16>().is_ok_and(|port| port == address.port());
            let any = matches!(host, "" | "*" | "0.0.0.0" | "::" | "localhost");
            same_port && (any || host.parse().is_ok_and(|ip: std::net::IpAddr| ip == address.ip()))
        }
    }
}

fn same_program(a: &Process, b: &Process) -> bool {
    a.name == b.name && a.command_line.first() == b.command_line.first()
}

fn describe(master: &Process, owners: &[u32], processes: &[Process], sources: &dyn Sources) -> Application {
    let told = gunicorn::settings(master, sources).or_else(|| uwsgi::settings(master, sources));
    let children = processes.iter().filter(|process| process.parent == master.pid && same_family(process, master));
    let mut workers: BTreeSet<u32> = children.map(|process| process.pid).collect();
    workers.extend(owners.iter().filter(|pid| **pid != master.pid));
    let mut pids: BTreeSet<u32> = workers.iter().copied().take(MAX_PIDS).collect();
    pids.insert(master.pid);
    if workers.is_empty() {
        workers.insert(master.pid);
    }
    let (product, settings, unread) = match told {
        Some(told) => (told.product.to_owned(), told.settings, told.unread),
        None => (program(master), Settings::default(), None),
    };
    Application { product, name: None, pid: Some(master.pid), pids, workers, all_workers: None, settings, unread }
}

/// A child that does the master's work, and not a program that it merely started.
fn same_family(child: &Process, master: &Process) -> bool {
    child.name == master.name || child.command_line.first() == master.command_line.first()
}

/// The program's name: for an interpreter with a script, both.
fn program(process: &Process) -> String {
    let last = |word: &str| word.rsplit('/').next().unwrap_or(word).chars().take(40).collect::<String>();
    let first = process.command_line.first().map_or_else(|| process.name.clone(), |word| last(word));
    let interpreter = ["python", "ruby", "perl", "node"].iter().any(|name| first.starts_with(name));
    let script = process.command_line.iter().skip(1).find(|word| !word.starts_with('-')).filter(|_| interpreter);
    script.map_or(first.clone(), |script| format!("{first} {}", last(script)))
}

/// The value of an option in a command line: `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`; the last one counts.
fn option<'a>(words: &'a [String], long: &str, short: Option<&str>) -> Option<&'a str> {
    all_options(words, long, short).last().copied()
}

fn all_options<'a>(words: &'a [String], long: &str, short: Option<&str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let next = || words.get(at + 1).map(String::as_str);
        if let Some(rest) = word.strip_prefix("--").and_then(|word| word.strip_prefix(long)) {
            match rest.strip_prefix('=') {
                Some(value) => found.push(value),
                None if rest.is_empty() => found.extend(next()),
                None => {}
            }
        } else if let Some(rest) =
            short.filter(|_| !word.starts_with("--")).and_then(|short| word.strip_prefix('-')?.strip_prefix(short))
        {
            if rest.is_empty() { found.extend(next()) } else { found.push(rest) }
        }
    }
    found
}

#[cfg(test)]
mod tests;
