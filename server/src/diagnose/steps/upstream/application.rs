//! The application server behind each local target: its workers, the connections that it holds, its control group.
//!
//! Looked at again and again while the run's requests are under way, since workers that die and limits that are hit
//! show only in between.

use super::super::{START_SLACK, Work};
use crate::applications::Application;
use crate::diagnose::scene::{self, Scene, Socket, Spot};
use crate::diagnose::sheet::{Desk, millis};
use crate::host::{Cgroup, Listeners, Process, Taken, TakenAt};
use app::model::fact::application as facts;
use app::model::fact::host::Listener;
use app::model::{FactId, FactKind};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two looks.
const INTERVAL: Duration = Duration::from_millis(350);
/// Looks at the queue of a unix socket that are kept.
const SAMPLES: usize = 3;
/// Places that an application connects to which are told.
const MAX_REMOTES: usize = 4;
/// Processes that a fact names.
const MAX_PIDS: usize = 64;

/// One target and what was seen of it so far.
struct Followed {
    spot: Spot,
    application: Option<Application>,
    /// Workers and masters that were there when the scene was set.
    at_first: BTreeSet<u32>,
    seen: BTreeSet<u32>,
    ended: BTreeSet<u32>,
    begun: BTreeSet<u32>,
    group_at_first: Option<Cgroup>,
    waiting: Vec<u32>,
    /// Where it tried to connect to, with the looks in which it did.
    dialled: BTreeMap<SocketAddr, u32>,
    known: BTreeMap<String, FactId>,
}

/// Follows the applications until told to stop, and looks once more then.
pub(super) async fn follow(work: &Work, scene: &Arc<Scene>, desk: &Desk, mut stop: watch::Receiver<bool>) {
    if !scene.on_gateway_host {
        return;
    }
    let mut followed: Vec<Followed> =
        scene.targets.iter().filter(|spot| spot.local).map(|spot| Followed::new(spot, scene)).collect();
    if followed.is_empty() {
        return;
    }
    for one in &followed {
        tell_unread(one, desk);
    }
    loop {
        let last = *stop.borrow() || work.left().is_zero();
        look(work, desk, &mut followed).await;
        if last {
            return;
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = tokio::time::sleep(INTERVAL.min(work.left())) => {}
        }
    }
}

/// A configuration that could not be read leaves limits unknown.
fn tell_unread(one: &Followed, desk: &Desk) {
    if let Some((path, reason)) = one.application.as_ref().and_then(|application| application.unread.as_ref()) {
        desk.skip(
            format!("read the configuration of the application at {}", one.spot.key),
            reason.clone(),
            format!("sudo cat {}", path.display()),
        );
    }
}

async fn look(work: &Work, desk: &Desk, followed: &mut [Followed]) {
    let host = &work.ctx.host;
    let (processes, listeners, taken) = tokio::join!(host.processes(), host.listeners(), host.taken());
    let (Ok(processes), Ok(listeners)) = (processes, listeners) else { return };
    let targets: Vec<Spot> = followed.iter().map(|one| one.spot.clone()).collect();
    let mut found = scene::applications(&work.ctx, &targets).await;
    for one in followed {
        one.update(found.remove(&one.spot.key), &processes, work.began);
        one.queue(&listeners, desk);
        let group = match one.application.as_ref().and_then(|application| application.pid) {
            Some(pid) => host.cgroup(pid).await.ok(),
            None => None,
        };
        if let Some(group) = group {
            one.tell_group(group, desk);
        }
        one.dialling(work, desk).await;
        one.tell(work, &processes, taken.as_deref().ok(), desk);
    }
}

impl Followed {
    fn new(spot: &Spot, scene: &Scene) -> Self {
        let application = scene.applications.get(&spot.key).cloned();
        let at_first = application.as_ref().map_or_else(BTreeSet::new, |application| application.pids.clone());
        Self {
            spot: spot.clone(),
            application,
            seen: at_first.clone(),
            at_first,
            ended: BTreeSet::new(),
            begun: BTreeSet::new(),
            group_at_first: None,
            waiting: Vec::new(),
            dialled: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// What changed since the last look; `processes` were listed before `found` was.
    fn update(&mut self, found: Option<Application>, processes: &[Process], began: app::model::At) {
        let alive: BTreeSet<u32> =
            processes.iter().filter(|process| process.state != 'Z').map(|process| process.pid).collect();
        // Only those of earlier looks: what is new in this one may have begun after the list was made.
        self.ended.extend(self.seen.iter().filter(|pid| !alive.contains(pid)));
        if let Some(found) = found {
            self.seen.extend(found.pids.iter().copied());
            let listed = |pid: &u32| processes.iter().any(|process| process.pid == *pid);
            // It was not there a moment ago, and may be gone before the next list.
            let new = found.pids.iter().filter(|pid| !listed(pid) && !self.at_first.contains(pid));
            self.begun.extend(new.copied());
            self.application = Some(found);
        }
        // Those of the first look too: it comes after the first request, which may have ended the one before.
        let young =
            |pid: &&u32| processes.iter().any(|process| process.pid == **pid && process.started > began + START_SLACK);
        self.begun.extend(self.seen.iter().filter(young).copied().collect::<Vec<_>>());
    }

    /// The queue of a unix socket; those of TCP are looked at in step 2.
    fn queue(&mut self, listeners: &Listeners, desk: &Desk) {
        let Socket::Unix(path) = &self.spot.socket else { return };
        let found = listeners.for_path(path);
        if let Some(waiting) = found.and_then(|listener| listener.waiting) {
            self.waiting.push(waiting);
            if self.waiting.len() > SAMPLES {
                self.waiting.remove(0);
            }
        }
        let fact = Listener {
            target: self.spot.key.clone(),
            local: true,
            listening: found.is_some(),
            bound: found.map(|listener| listener.path.display().to_string()),
            waiting: self.waiting.clone(),
            backlog: found.and_then(|listener| listener.backlog),
            ..Listener::default()
        };
        self.write(desk, "queue", "the table of listening sockets", FactKind::Listener(fact));
    }

    /// What the application itself waits for.
    async fn dialling(&mut self, work: &Work, desk: &Desk) {
        let Some(application) = &self.application else { return };
        let pids: Vec<u32> = application.pids.iter().copied().take(MAX_PIDS).collect();
        let Ok(now) = work.ctx.host.dialling(&pids).await else { return };
        for remote in &now {
            *self.dialled.entry(*remote).or_default() += 1;
        }
        for (remote, looks) in self.dialled.clone().into_iter().take(MAX_REMOTES) {
            let fact = facts::Dependency {
                target: self.spot.key.clone(),
                remote: remote.to_string(),
                looks,
                unanswered: now.contains(&remote),
            };
            self.write(desk, &format!("dependency {remote}"), "the table of connections", FactKind::Dependency(fact));
        }
    }

    fn tell_group(&mut self, now: Cgroup, desk: &Desk) {
        let first = self.group_at_first.get_or_insert_with(|| now.clone()).clone();
        let grown = |now: Option<u64>, first: Option<u64>| Some(now?.saturating_sub(first?));
        if !now.is_limited() && now.oom_kills == first.oom_kills {
            return;
        }
        let fact = facts::Cgroup {
            target: self.spot.key.clone(),
            path: now.path,
            memory_max: now.memory_max,
            memory: now.memory,
            oom_kills_before: first.oom_kills,
            oom_kills: now.oom_kills,
            pids_max: now.pids_max,
            pids: now.pids,
            pids_refused_before: first.pids_refused,
            pids_refused: now.pids_refused,
            cpu_percent: now.cpu_percent,
            cpu_throttled: grown(now.cpu_throttled, first.cpu_throttled),
            cpu_periods: grown(now.cpu_periods, first.cpu_periods),
        };
        self.write(desk, "group", "/sys/fs/cgroup", FactKind::Cgroup(fact));
    }

    fn tell(&mut self, work: &Work, processes: &[Process], taken: Option<&[Taken]>, desk: &Desk) {
        let Some(application) = &self.application else { return };
        let in_state = |states: &[char]| {
            let bad = |pid: &&u32| processes.iter().any(|p| p.pid == **pid && states.contains(&p.state));
            count(application.pids.iter().filter(bad).count())
        };
        let master = application.pid.and_then(|pid| processes.iter().find(|process| process.pid == pid));
        let before = work.before().map(|before| self.held(before));
        let held = taken.map(|taken| self.held(taken));
        let still = before.as_ref().zip(held.as_ref()).map(|(before, held)| {
            count(held.iter().filter(|(inode, live)| *live && before.iter().any(|(known, _)| known == inode)).count())
        });
        let settings = &application.settings;
        let fact = facts::Application {
            target: self.spot.key.clone(),
            product: application.product.clone(),
            name: application.name.clone(),
            pid: application.pid,
            place: settings.place.clone(),
            workers_max: settings.workers,
            threads: settings.threads,
            manager: settings.manager.clone(),
            workers: count(application.workers.len()),
            stopped: in_state(&['T', 't']),
            stuck: in_state(&['D']),
            dead: in_state(&['Z']),
            held_before: still,
            held: held.as_ref().map(|held| count(held.len())),
            held_at_start: before.as_ref().map(|before| count(before.len())),
            ended: self.ended.iter().copied().take(MAX_PIDS).collect(),
            begun: self.begun.iter().copied().take(MAX_PIDS).collect(),
            age_ms: master.map(|master| u64::try_from(work.began.since(master.started)).unwrap_or(0)),
            timeout_ms: settings.timeout.map(millis),
            request_bytes: settings.request_bytes,
            allowed_clients: settings.allowed_clients.clone(),
            backlog: settings.backlog,
            process_max: settings.process_max,
            all_workers: application.all_workers,
            pids: self.seen.iter().copied().take(MAX_PIDS).collect(),
        };
        let seen = application.pid.map_or_else(|| "/proc".to_owned(), |pid| format!("/proc/{pid}"));
        self.write(desk, "application", &seen, FactKind::Application(fact));
    }

    /// Connections that arrived at the target, by inode, and whether their client is still there.
    fn held(&self, taken: &[Taken]) -> Vec<(u64, bool)> {
        let here = |one: &&Taken| match (&self.spot.socket, &one.at) {
            (Socket::Tcp(address), TakenAt::Tcp(at)) => same(*at, *address),
            (Socket::Unix(path), TakenAt::Unix(at)) => at == path,
            _ => false,
        };
        taken.iter().filter(here).map(|one| (one.inode, !one.abandoned)).collect()
    }

    fn write(&mut self, desk: &Desk, what: &str, seen: &str, kind: FactKind) {
        if let Some(id) = self.known.get(what) {
            desk.replace(id, kind);
        } else {
            let id = desk.measured(seen, kind);
            self.known.insert(what.to_owned(), id);
        }
    }
}

/// A target's connections arrive at its own address, also where the listener takes all.
fn same(at: SocketAddr, target: SocketAddr) -> bool {
    at.port() == target.port() && at.ip().to_canonical() == target.ip().to_canonical()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
