//! Units of systemd: their state, and whether systemd starts one again while the run lasts.

use super::super::Work;
use super::skip;
use crate::diagnose::scene::{Scene, Socket, Spot};
use crate::diagnose::sheet::Desk;
use crate::unitguard::{UnitStatus, Units};
use app::model::fact::host::Unit;
use app::model::{FactId, FactKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Units that are asked.
const MOST: usize = 8;
/// How long requests may take to fail before the units are not looked at again.
const FAILURE: Duration = Duration::from_secs(3);
/// Looks after the first failure, and the time before each: systemd waits 100 ms before it starts a unit again.
const LOOKS: usize = 3;
const INTERVAL: Duration = Duration::from_millis(500);

/// One unit and what was seen of it so far.
struct Followed {
    name: String,
    fact: FactId,
    first: u32,
    target: Option<String>,
}

/// Looks at the listed units, the gateway's and those of the upstream's processes, and again once requests fail;
/// answers which have failed.
pub(super) async fn follow(work: &Work, scene: &Arc<Scene>, desk: &Desk) -> Vec<String> {
    let Some(units) = &work.ctx.units else { return Vec::new() };
    let owners = owners(work, scene).await;
    let mut followed = Vec::new();
    let mut down = Vec::new();
    for name in names(work, scene, units, &owners).await {
        match units.status(&name).await {
            Ok(status) if status.load_state == "loaded" => {
                let first = status.restarts.unwrap_or_default();
                let target = target_of(&name, &status, &owners);
                let fact = fact(&name, status, first, target.clone());
                if fact.active == "failed" {
                    down.push(format!("{name} has failed"));
                }
                let id = desk.measured("systemd", FactKind::Unit(fact));
                followed.push(Followed { name, fact: id, first, target });
            }
            Ok(_) => {}
            Err(obstacle) => {
                skip(desk, "the state of the units", &obstacle);
                break;
            }
        }
    }
    if !followed.is_empty() && work.progress_until(FAILURE, |p| p.failed > 0 || p.over).await.failed > 0 {
        for _ in 0..LOOKS {
            tokio::time::sleep(INTERVAL.min(work.left())).await;
            let owners = self::owners(work, scene).await;
            for one in &mut followed {
                again(units, desk, one, &owners).await;
            }
        }
    }
    down
}

async fn again(units: &Units, desk: &Desk, one: &mut Followed, owners: &Owners) {
    let Ok(status) = units.status(&one.name).await else { return };
    one.target = one.target.take().or_else(|| target_of(&one.name, &status, owners));
    desk.replace(&one.fact, FactKind::Unit(fact(&one.name, status, one.first, one.target.clone())));
}

fn fact(name: &str, status: UnitStatus, first: u32, target: Option<String>) -> Unit {
    let restarts = status.restarts.unwrap_or_default();
    Unit {
        name: name.to_owned(),
        active: status.active_state,
        sub: status.sub_state,
        result: status.result.unwrap_or_default(),
        restarts,
        // Somebody who starts a unit by hand sets the counter back.
        risen: restarts.saturating_sub(first),
        target,
    }
}

/// Who listens at the targets of this host: processes with their parents, and the units that they run in.
#[derive(Default)]
struct Owners {
    pids: BTreeMap<u32, String>,
    units: BTreeMap<String, String>,
}

async fn owners(work: &Work, scene: &Arc<Scene>) -> Owners {
    let mut owners = Owners::default();
    let host = &work.ctx.host;
    let (Ok(listeners), processes) = (host.listeners().await, host.processes().await.unwrap_or_default()) else {
        return owners;
    };
    for spot in scene.targets.iter().filter(|spot| spot.local) {
        let listening = |spot: &Spot| -> BTreeSet<u32> {
            match &spot.socket {
                Socket::Tcp(address) => {
                    listeners.for_address(*address).iter().flat_map(|found| found.pids.iter().copied()).collect()
                }
                Socket::Unix(path) => listeners.for_path(path).iter().flat_map(|found| found.pids.clone()).collect(),
            }
        };
        let pids = listening(spot);
        let parents = processes.iter().filter(|process| pids.contains(&process.pid) && process.parent > 1);
        for pid in pids.iter().copied().chain(parents.map(|process| process.parent)).collect::<BTreeSet<u32>>() {
            owners.pids.insert(pid, spot.key.clone());
        }
        for pid in pids.into_iter().take(2) {
            if let Ok(Some(unit)) = host.unit_of(pid).await {
                owners.units.insert(unit, spot.key.clone());
            }
        }
    }
    owners
}

/// The listed units first; where none are, the gateway's own.
async fn names(work: &Work, scene: &Arc<Scene>, units: &Units, owners: &Owners) -> Vec<String> {
    let mut names = units.listed().to_vec();
    if let Some(pid) = scene.gateway.as_ref().and_then(|gateway| gateway.pid)
        && let Ok(Some(unit)) = work.ctx.host.unit_of(pid).await
    {
        names.push(unit);
    }
    if names.is_empty() {
        names.push("nginx.service".to_owned());
    }
    names.extend(owners.units.keys().cloned());
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names.truncate(MOST);
    names
}

/// The target that a unit serves: one of its processes listens there.
fn target_of(name: &str, status: &UnitStatus, owners: &Owners) -> Option<String> {
    let by_pid = status.main_pid.and_then(|pid| owners.pids.get(&pid));
    by_pid.or_else(|| owners.units.get(name)).cloned()
}
