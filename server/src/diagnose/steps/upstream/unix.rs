//! A unix socket: is it there, does anybody listen, may the gateway's user connect?

use super::super::{Work, guard_of};
use crate::diagnose::scene::Scene;
use crate::diagnose::sheet::{Desk, millis};
use crate::host::User;
use crate::host::unix::{Access, ComponentKind, SocketPath};
use app::model::FactKind;
use app::model::fact::host::UnixSocket;
use app::model::fact::network::{Connect, ConnectOutcome};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Linux' error numbers that matter here.
const ENOENT: i32 = 2;
const EACCES: i32 = 13;
const ECONNREFUSED: i32 = 111;

/// Looks at a socket and tries to connect; answers what stands in the way of asking it, if anything.
pub(super) async fn look(work: &Work, scene: &Arc<Scene>, desk: &Desk, path: &Path) -> Option<String> {
    if !scene.on_gateway_host {
        desk.skip(
            format!("look at {}", path.display()),
            format!("this is not the gateway's host: {}", scene.vantage),
            format!("sudo ls -l {0}; sudo ss -lxp src {0}", path.display()),
        );
        return Some("a unix socket of another host cannot be asked".to_owned());
    }
    let seen = match work.ctx.host.socket_path(path).await {
        Ok(seen) => seen,
        Err(obstacle) => {
            desk.skip(format!("look at {}", path.display()), &obstacle.reason, &obstacle.command);
            return None;
        }
    };
    let user = match scene.gateway.as_ref().and_then(|gateway| gateway.user.as_deref()) {
        Some(name) => work.ctx.host.user(name).await.ok(),
        None => None,
    };
    let table = work.ctx.host.listeners().await.ok();
    let listening = table.map(|table| table.for_path(path).is_some());
    let mut fact = fact(&seen, user.as_ref(), listening);
    if fact.exists == Some(true)
        && let Some(pid) = scene.gateway.as_ref().and_then(|gateway| gateway.pid)
    {
        // What the gateway's own process sees counts: it may live in a view of the files of its own.
        fact.same_mounts = work.ctx.host.visible_to(pid, path).await.ok();
    }
    let obstacle = in_the_way(&fact);
    desk.measured(path.display().to_string(), FactKind::UnixSocket(fact));
    if seen.missing.is_none() {
        let connect = connect(work, scene, path).await;
        desk.measured(format!("connect to {}", path.display()), FactKind::Connect(connect));
    }
    obstacle
}

fn fact(found: &SocketPath, user: Option<&User>, listening: Option<bool>) -> UnixSocket {
    let hidden = found.hidden_behind.is_some();
    let last = found.components.last().filter(|_| found.missing.is_none() && !hidden);
    let access = user.map(|user| found.access_for(user));
    let blocked = match &access {
        Some(Access::NoEntry(at) | Access::NoWrite(at)) => Some(at.path.display().to_string()),
        _ => None,
    };
    UnixSocket {
        path: found.path.display().to_string(),
        exists: if hidden { None } else { Some(found.missing.is_none()) },
        file_type: last.map_or("", |last| kind_word(last.kind)).to_owned(),
        mode: last.map_or_else(String::new, |last| format!("{:04o}", last.mode & 0o7777)),
        owner: last.map_or_else(String::new, |last| format!("{}:{}", last.uid, last.gid)),
        listening,
        user: user.map(|user| user.name.clone()),
        user_may_connect: match access {
            Some(Access::Allowed) => Some(true),
            Some(Access::NoEntry(_) | Access::NoWrite(_)) => Some(false),
            _ => None,
        },
        blocked_at: blocked,
        same_mounts: None,
        nearby: found.siblings.iter().take(4).map(|path| path.display().to_string()).collect(),
    }
}

const fn kind_word(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Folder => "folder",
        ComponentKind::Socket => "socket",
        ComponentKind::File => "regular file",
        ComponentKind::Other => "special file",
    }
}

/// What stands in the way, by what was seen.
fn in_the_way(fact: &UnixSocket) -> Option<String> {
    let stands = fact.exists == Some(false) || fact.user_may_connect == Some(false) || fact.listening == Some(false);
    stands.then(|| fact.to_string())
}

async fn connect(work: &Work, scene: &Arc<Scene>, path: &Path) -> Connect {
    let started = Instant::now();
    let result = guard_of(work, Some(scene)).connect_unix(path, Duration::from_secs(2)).await;
    let errno = result.as_ref().err().and_then(std::io::Error::raw_os_error);
    let outcome = match (&result, errno) {
        (Ok(_), _) => ConnectOutcome::Open,
        (_, Some(ENOENT)) => ConnectOutcome::Missing,
        (_, Some(EACCES)) => ConnectOutcome::Denied,
        (_, Some(ECONNREFUSED)) => ConnectOutcome::Refused,
        (Err(error), _) if error.kind() == std::io::ErrorKind::TimedOut => ConnectOutcome::TimedOut,
        _ => ConnectOutcome::Other,
    };
    Connect {
        target: format!("unix:{}", path.display()),
        outcome,
        errno,
        took_ms: millis(started.elapsed()),
        from_gateway_host: true,
        icmp: None,
        icmp_from: None,
    }
}
