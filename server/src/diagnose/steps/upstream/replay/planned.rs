//! Checks of gateways that write them as a path and a status: Caddy, Traefik, Envoy, Varnish.

use super::super::super::{Work, failure, guard_of};
use super::super::direct::{net_target, other_url};
use super::{LONGEST, MAX_CHECKS};
use crate::diagnose::scene::{Scene, Socket, Spot};
use crate::diagnose::sheet::Desk;
use crate::gateways::Check;
use crate::net::{self, Limits, Sni, TlsVerify};
use app::model::fact::asked::CheckReplay;
use app::model::{FactKind, FaultKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long requests may take to fail: checks that pass are of no interest.
const FAILURE: Duration = Duration::from_secs(3);

/// Makes the route's check again at every member, once requests fail.
pub(super) async fn checks(work: &Work, scene: &Arc<Scene>, desk: &Desk) {
    let Some(check) = scene.care().check else { return };
    if work.progress_until(FAILURE, |progress| progress.failed > 0 || progress.over).await.failed == 0 {
        return;
    }
    let members = scene.targets.iter().filter(|spot| spot.takes_http1()).take(MAX_CHECKS);
    let replays = members.map(|spot| one(work, scene, spot, &check));
    for fact in futures_util::future::join_all(replays).await.into_iter().flatten() {
        desk.measured(fact.address.clone(), FactKind::CheckReplay(fact));
    }
}

async fn one(work: &Work, scene: &Arc<Scene>, spot: &Spot, check: &Check) -> Option<CheckReplay> {
    let mut url = other_url(scene, spot);
    if let Some(tls) = check.tls {
        url.set_scheme(if tls { "https" } else { "http" }).ok()?;
    }
    let (target, address) = match (&spot.socket, check.port) {
        (Socket::Tcp(address), Some(port)) => {
            let address = SocketAddr::new(address.ip(), port);
            url.set_port(Some(port)).ok()?;
            (net::Target::Address(address), address.to_string())
        }
        _ => (net_target(spot), spot.key.clone()),
    };
    let (path, query) =
        check.uri.split_once('?').map_or((check.uri.as_str(), None), |(path, query)| (path, Some(query)));
    url.set_path(path);
    url.set_query(query);
    let limit = check.timeout.min(LONGEST).min(work.left());
    let request = net::Request {
        method: check.method.clone(),
        target,
        host: check.host.clone(),
        sni: scene
            .route
            .as_ref()
            .and_then(|route| route.settings.tls.name.clone())
            .map_or(Sni::FromHost, |name| Sni::Name(name.value)),
        tls: TlsVerify::ReadOnly,
        limits: Limits { connect: limit, first_byte: limit, total: limit, ..Limits::default() },
        ..net::Request::get(url)
    };
    let done = net::exchange(guard_of(work, Some(scene)), &request).await;
    let wants: Vec<String> = check.status.iter().map(shown).collect();
    let mut fact = CheckReplay {
        target: spot.key.clone(),
        address,
        asked: format!("{} {}", check.method, check.uri),
        wants: format!("status {}", wants.join(" or ")),
        place: check.place.to_string(),
        ..CheckReplay::default()
    };
    match done.result {
        Ok(answer) => {
            fact.status = Some(answer.status);
            fact.passes = Some(check.status.iter().any(|range| range.contains(&answer.status)));
        }
        Err(fault) if fault.kind == FaultKind::Blocked => return None,
        Err(fault) => {
            // Where the gateway would wait longer than this run did, it may still pass.
            fact.passes = (fault.kind != FaultKind::ReadTimeout || check.timeout <= LONGEST).then_some(false);
            fact.failure = Some(failure(&fault));
        }
    }
    Some(fact)
}

fn shown(range: &std::ops::RangeInclusive<u16>) -> String {
    if range.start() == range.end() { range.start().to_string() } else { format!("{}-{}", range.start(), range.end()) }
}
