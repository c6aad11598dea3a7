//! The gateway's folders for bodies that do not fit in memory: may its user write there, and is there room?

use super::skip;
use crate::diagnose::scene::Scene;
use crate::diagnose::sheet::Desk;
use crate::diagnose::steps::Work;
use crate::gateways::TempFolder;
use crate::host::unix::Access;
use crate::host::{SocketPath, User};
use app::model::FactKind;
use app::model::fact::limits::{SourceAddress, TempPath};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Looks at each folder; answers what is wrong.
pub(super) async fn look(work: &Work, scene: &Arc<Scene>, desk: &Desk) -> Vec<String> {
    let care = scene.care();
    let user = match scene.gateway.as_ref().and_then(|gateway| gateway.user.as_deref()) {
        Some(name) => work.ctx.host.user(name).await.ok(),
        None => None,
    };
    let mut wrong = Vec::new();
    for folder in &care.temp {
        if let Some(fact) = one(work, desk, folder, user.as_ref()).await {
            if fact.full() {
                wrong.push(format!("no room is left in {}", fact.path));
            }
            if fact.denied() {
                wrong.push(format!("the gateway may not write in {}", fact.path));
            }
            let seen = fact.path.clone();
            desk.measured(seen, FactKind::TempPath(fact));
        }
    }
    if let Some(source) = &care.source {
        let limits = work.ctx.host.kernel_limits().await.unwrap_or_default();
        let address: Option<IpAddr> = source.address.parse().ok();
        let local = match address {
            Some(address) => {
                let found = work.ctx.host.route(address).await.ok();
                found.map(|route| route.kind == crate::host::RouteKind::Local)
            }
            None => None,
        };
        let fact = SourceAddress {
            address: source.address.clone(),
            directive: source.written.clone(),
            place: source.place.to_string(),
            local,
            foreign_allowed: source.foreign || limits.foreign_source,
        };
        if local == Some(false) && !fact.foreign_allowed {
            wrong.push(format!("{} is not an address of this host", source.address));
        }
        desk.measured(format!("ip route get {}", source.address), FactKind::SourceAddress(fact));
    }
    wrong
}

/// One folder. A default that does not exist is not worth a word.
async fn one(work: &Work, desk: &Desk, folder: &TempFolder, user: Option<&User>) -> Option<TempPath> {
    let mut chosen: Option<(PathBuf, SocketPath)> = None;
    for path in &folder.paths {
        match work.ctx.host.socket_path(path).await {
            Ok(seen) if seen.missing.is_none() || folder.place.is_some() => {
                chosen = Some((path.clone(), seen));
                break;
            }
            Ok(_) => {}
            Err(obstacle) => skip(desk, &format!("the way to {}", path.display()), &obstacle),
        }
    }
    let (path, seen) = chosen?;
    let hidden = seen.hidden_behind.is_some();
    let mut access = user.map(|user| seen.writable_for(user));
    if let (Some(Access::Allowed), Some(user)) = (&access, user)
        && let Some(inner) = closed_inside(work, &path, user).await
    {
        access = Some(inner);
    }
    let disk = work.ctx.host.disks(std::slice::from_ref(&path)).await.into_iter().find_map(|(_, disk)| disk.ok());
    Some(TempPath {
        path: path.display().to_string(),
        directive: folder.directive.clone(),
        place: folder.place.as_ref().map(ToString::to_string).unwrap_or_default(),
        exists: if hidden { None } else { Some(seen.missing.is_none()) },
        user: user.map(|user| user.name.clone()),
        user_may_write: match &access {
            Some(Access::Allowed) => Some(true),
            Some(Access::NoEntry(_) | Access::NoWrite(_)) => Some(false),
            _ => None,
        },
        blocked_at: match access {
            Some(Access::NoEntry(at) | Access::NoWrite(at)) => Some(at.path.display().to_string()),
            _ => None,
        },
        read_only: disk.is_some_and(|disk| disk.read_only),
        available: disk.map(|disk| disk.available),
        inodes_free: disk.filter(|disk| disk.inodes > 0).map(|disk| disk.inodes_available),
    })
}

/// nginx spreads files over folders named by digits, which keep the owner that they were made with.
async fn closed_inside(work: &Work, path: &Path, user: &User) -> Option<Access> {
    for digit in 0..10 {
        let Ok(seen) = work.ctx.host.socket_path(&path.join(digit.to_string())).await else { continue };
        if seen.missing.is_none() {
            let found = seen.writable_for(user);
            if matches!(found, Access::NoEntry(_) | Access::NoWrite(_)) {
                return Some(found);
            }
        }
    }
    None
}
