//! php-fpm: its master, its configuration with includes, and the pool that owns a listener.

use super::ini::{Entry, entries};
use super::{Application, Place, Settings, names};
use crate::gateways::Sources;
use crate::host::Process;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A configuration is not longer.
const MAX_BYTES: u64 = 1 << 20;
/// Files that are read for one master.
const MAX_FILES: usize = 200;

/// A master's whole configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fpm {
    /// The log of the master.
    pub error_log: Option<PathBuf>,
    /// The most workers of all pools together; `None` for no limit.
    pub process_max: Option<u32>,
    /// Pools in order.
    pub pools: Vec<Pool>,
    /// Files that could not be read, with the reason.
    pub unread: Vec<(PathBuf, String)>,
}

/// One pool. Fields are `None` where nothing is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub place: String,
    /// Address as written.
    pub listen: Option<String>,
    /// Connections that may wait.
    pub backlog: Option<u32>,
    /// Who owns the socket.
    pub owner: Option<String>,
    /// Its group.
    pub group: Option<String>,
    /// Its mode.
    pub mode: Option<String>,
    /// Who may connect.
    pub allowed_clients: Vec<String>,
    /// `static`, `dynamic` or `ondemand`.
    pub manager: Option<String>,
    /// The most workers.
    pub max_children: Option<u32>,
    /// After which time a request is ended; `None` for never.
    pub terminate_timeout: Option<Duration>,
    /// The log of slow requests.
    pub slow_log: Option<PathBuf>,
    /// Path of the status page.
    pub status_path: Option<String>,
    /// Path that only answers that the pool lives.
    pub ping_path: Option<String>,
    /// The log of PHP's own errors.
    pub error_log: Option<PathBuf>,
}

impl Fpm {
    /// Reads a master's configuration and what it includes.
    pub fn parse(main: &Path, sources: &dyn Sources) -> Self {
        let mut reading = Reading { found: Self::default(), seen: BTreeSet::new(), sources };
        reading.file(main, "", 0);
        let mut found = reading.found;
        found.pools.retain(|pool| !pool.name.is_empty());
        found
    }

    /// The pool that listens there.
    pub fn pool_at(&self, place: &Place<'_>) -> Option<&Pool> {
        self.pools.iter().find(|pool| pool.listen.as_deref().is_some_and(|listen| names(listen, place)))
    }
}

struct Reading<'s> {
    found: Fpm,
    seen: BTreeSet<PathBuf>,
    sources: &'s dyn Sources,
}

impl Reading<'_> {
    fn file(&mut self, path: &Path, section: &str, depth: usize) {
        if depth > 8 || self.seen.len() >= MAX_FILES || !self.seen.insert(path.to_path_buf()) {
            return;
        }
        let text = match self.sources.text(path, MAX_BYTES) {
            Ok(text) => text,
            Err(error) => {
                self.found.unread.push((path.to_path_buf(), error.to_string()));
                return;
            }
        };
        for entry in entries(&text) {
            let section = if entry.section.is_empty() { section } else { entry.section };
            if entry.key == "include" {
                for included in self.sources.matching(Path::new(entry.value)).unwrap_or_default() {
                    self.file(&included, section, depth + 1);
                }
            } else if section == "global" {
                self.global(&entry);
            } else if !section.is_empty() {
                self.pool(path, section, &entry);
            }
        }
    }

    fn global(&mut self, entry: &Entry<'_>) {
        match entry.key {
            "error_log" => self.found.error_log = absolute(entry.value),
            "process.max" => self.found.process_max = entry.value.parse().ok().filter(|most| *most > 0),
            _ => {}
        }
    }

    fn pool(&mut self, path: &Path, name: &str, entry: &Entry<'_>) {
        let at = match self.found.pools.iter().position(|pool| pool.name == name) {
            Some(at) => at,
            None => {
                let place = format!("{}:{}", path.display(), entry.line);
                self.found.pools.push(Pool { name: name.to_owned(), place, ..Pool::default() });
                self.found.pools.len() - 1
            }
        };
        let pool = &mut self.found.pools[at];
        let value = entry.value.replace("$pool", name);
        let text = || Some(value.clone()).filter(|value| !value.is_empty());
        match entry.key {
            "listen" => pool.listen = text(),
            "listen.backlog" => pool.backlog = value.parse().ok(),
            "listen.owner" => pool.owner = text(),
            "listen.group" => pool.group = text(),
            "listen.mode" => pool.mode = text(),
            "listen.allowed_clients" => {
                pool.allowed_clients = value
                    .split(',')
                    .map(|client| client.trim().to_owned())
                    .filter(|client| !client.is_empty())
                    .collect();
            }
            "pm" => pool.manager = text(),
            "pm.max_children" => {
                pool.max_children = value.parse().ok();
                pool.place = format!("{}:{}", path.display(), entry.line);
            }
            "pm.status_path" => pool.status_path = text(),
            "ping.path" => pool.ping_path = text(),
            "request_terminate_timeout" => pool.terminate_timeout = seconds(&value).filter(|time| !time.is_zero()),
            "slowlog" => pool.slow_log = absolute(&value),
            "php_admin_value[error_log]" | "php_value[error_log]" => pool.error_log = absolute(&value),
            _ => {}
        }
    }
}

fn absolute(value: &str) -> Option<PathBuf> {
    Some(PathBuf::from(value)).filter(|path| path.is_absolute())
}

/// `30`, `30s`, `2m`, `1h`, `1d`.
fn seconds(value: &str) -> Option<Duration> {
    let digits = value.trim_end_matches(['s', 'm', 'h', 'd']);
    let factor = match &value[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor).map(Duration::from_secs)
}

/// A master's configuration file, from the title that it gives itself.
fn config_of(process: &Process) -> Option<PathBuf> {
    let title = process.command_line.join(" ");
    let rest = title.trim_end().strip_prefix("php-fpm: master process (")?;
    Some(PathBuf::from(rest.strip_suffix(')')?))
}

/// The pool that owns a target: of the owner's own master, or of any master whose configuration names the target.
pub(super) fn find(
    place: &Place<'_>,
    owner: Option<&Process>,
    processes: &[Process],
    sources: &dyn Sources,
) -> Option<Application> {
    let masters: Vec<(&Process, PathBuf)> = match owner {
        Some(owner) => vec![(owner, config_of(owner)?)],
        None => processes.iter().filter_map(|process| Some((process, config_of(process)?))).collect(),
    };
    let known = owner.is_some();
    masters.into_iter().find_map(|(master, main)| {
        let fpm = Fpm::parse(&main, sources);
        let pool = fpm.pool_at(place);
        // Without an owner, only a configuration that names the target says whose it is.
        (known || pool.is_some()).then(|| application(master, &main, &fpm, pool, processes))
    })
}

fn application(master: &Process, main: &Path, fpm: &Fpm, pool: Option<&Pool>, processes: &[Process]) -> Application {
    let mut by_pool: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for child in processes.iter().filter(|process| process.parent == master.pid) {
        let title = child.command_line.join(" ");
        if let Some(name) = title.trim_end().strip_prefix("php-fpm: pool ") {
            by_pool.entry(name.to_owned()).or_default().insert(child.pid);
        }
    }
    let all = by_pool.values().map(BTreeSet::len).sum::<usize>();
    let name = pool.map(|pool| pool.name.clone());
    let workers = match &name {
        Some(name) => by_pool.remove(name).unwrap_or_default(),
        None => by_pool.into_values().flatten().collect(),
    };
    let mut pids = workers.clone();
    pids.insert(master.pid);
    let logs = [fpm.error_log.clone(), pool.and_then(|p| p.error_log.clone()), pool.and_then(|p| p.slow_log.clone())];
    let settings = Settings {
        place: pool.map_or_else(|| main.display().to_string(), |pool| pool.place.clone()),
        workers: pool.and_then(|pool| pool.max_children),
        // A child serves one request at a time.
        threads: Some(1),
        manager: pool.and_then(|pool| pool.manager.clone()),
        timeout: pool.and_then(|pool| pool.terminate_timeout),
        request_bytes: None,
        allowed_clients: pool.map_or_else(Vec::new, |pool| pool.allowed_clients.clone()),
        backlog: pool.and_then(|pool| pool.backlog),
        process_max: fpm.process_max,
        status_path: pool.and_then(|pool| pool.status_path.clone()),
        logs: logs.into_iter().flatten().collect(),
    };
    Application {
        product: "php-fpm".to_owned(),
        name,
        pid: Some(master.pid),
        pids,
        workers,
        all_workers: u32::try_from(all).ok(),
        settings,
        unread: fpm.unread.first().cloned(),
    }
}
