//! An inner gateway in turn: where an upstream on this host is itself a gateway whose configuration can be read, the six
//! steps are walked for it too, with the request that the gateway before it sends. So the verdict can name the hop that
//! is at fault, and not the one that brings the message.

use super::infer::DEEPEST;
use super::scene::{self, Scene, Socket, Spot};
use super::steps::{self, Inner, Work};
use super::{Request, net_url};
use crate::gateways::{Discovered, Target};
use crate::host::Obstacle;
use crate::net;
use app::model::fact::gateway::InnerGateway;
use app::model::{FactKind, Step};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use url::Url;

/// Members of one pool that are looked into.
const MOST: usize = 2;
/// Members of which it is looked for whether they are gateways.
const LOOKED_AT: usize = 8;
/// How long requests may wait before that counts as a failure.
const PATIENCE: Duration = Duration::from_millis(2500);

/// Looks for gateways behind this one once requests fail, and walks the steps for each.
pub(super) fn follow(work: Work) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let depth = work.inner.as_ref().map_or(0, |inner| inner.depth);
        let Some(scene) = work.scene().await.filter(|scene| scene.on_gateway_host && depth < DEEPEST) else { return };
        let progress = work.progress_until(PATIENCE, |progress| progress.failed > 0 || progress.over).await;
        if progress.failed == 0 && progress.over {
            return;
        }
        let local: Vec<&Spot> =
            scene.targets.iter().filter(|spot| spot.local && spot.takes_http1()).take(LOOKED_AT).collect();
        if !matches!(work.request.method.as_str(), "GET" | "HEAD") {
            // What somebody named another method for is not done again and again.
            return;
        }
        let mut walking = JoinSet::new();
        for spot in local {
            if walking.len() < MOST
                && let Some(found) = find(&work, &scene, spot).await
            {
                walking.spawn(walk(work.clone(), Arc::clone(&scene), depth + 1, found));
            }
        }
        while walking.join_next().await.is_some() {}
    })
}

/// A gateway behind another one.
struct Found {
    gateway: Discovered,
    address: SocketAddr,
    url: Url,
    request: net::Request,
}

/// The gateway that listens at a target and forwards what comes there; `None` where there is none that can be read.
async fn find(work: &Work, scene: &Arc<Scene>, spot: &Spot) -> Option<Found> {
    let Socket::Tcp(address) = spot.socket else { return None };
    let request = steps::upstream::asked_of(work, scene, spot, work.left());
    let url = net_url(&request, address)?;
    let found = scene::look_for(&work.ctx, &work.request, &url).await;
    let Some(gateway) = found.gateways.into_iter().find(|gateway| gateway.listens && gateway.pid.is_some()) else {
        tell_unread(work, spot, &found.obstacles);
        return None;
    };
    let route = gateway.config.route_for(&url, Some(address))?;
    // What answers by itself is the application, as far as the gateway before it is concerned.
    if !matches!(route.target, Target::Upstream(_)) {
        return None;
    }
    let before = (scene.gateway.as_ref(), scene.route.as_ref());
    if let (Some(outer), Some(way)) = before
        && outer.pid == gateway.pid
        && outer.main == gateway.main
        && way.place == route.place
    {
        // A way that leads back to itself is a loop, not a chain.
        return None;
    }
    Some(Found { gateway, address, url, request })
}

/// The upstream shows itself to be a gateway, and its configuration may not be read.
fn tell_unread(work: &Work, spot: &Spot, obstacles: &[Obstacle]) {
    let facts = work.sheet.facts();
    let shows = facts.directs().any(|(_, direct)| direct.target == spot.key && direct.further_hop.is_some());
    for obstacle in obstacles.iter().filter(|_| shows).take(MOST) {
        let check = format!("examine the gateway at {}", spot.key);
        work.desk(Step::Upstream).skip(check, &obstacle.reason, &obstacle.command);
    }
}

async fn walk(work: Work, before: Arc<Scene>, depth: usize, found: Found) {
    let Found { gateway, address, url, request } = found;
    let fact = InnerGateway {
        target: address.to_string(),
        label: format!("{} at {address}", gateway.kind.name()),
        product: gateway.kind.name().to_owned(),
        config: gateway.main.display().to_string(),
        pid: gateway.pid,
        host: request.host.clone().unwrap_or_default(),
    };
    let hop = fact.label.clone();
    work.sheet.inner_hop(&fact);
    work.desk(Step::Upstream).measured(gateway.how.clone(), FactKind::InnerGateway(fact));
    let asked = Request {
        url: url.to_string(),
        upstreams: Vec::new(),
        again: None,
        pasted: Vec::new(),
        ..(*work.request).clone()
    };
    let desk = work.sheet.behind(&hop).desk(Step::Upstream);
    let guard = scene::with_leave(work.ctx.netguard.clone(), &work.request.rights, Some(&gateway));
    let scene = scene::arrange(&work.ctx, &asked, url.clone(), vec![address], Some(gateway), guard, &desk).await;
    let inner = Inner { request, depth, logs_before: logs(&work, &before) };
    let work = work.behind(&hop, asked, Arc::new(scene), inner);
    tokio::join!(
        steps::refresh::check(work.clone(), url),
        steps::server::check(work.clone()),
        steps::dns::check(work.clone()),
        steps::logs::check(work.clone()),
        steps::network::check(work.clone()),
        steps::upstream::check(work.clone()),
        follow(work),
    );
}

/// The logs of the gateways before an inner one.
fn logs(work: &Work, scene: &Scene) -> Vec<PathBuf> {
    let settings = scene.route.iter().map(|route| &route.settings);
    let logs = settings.flat_map(|settings| settings.error_logs.iter().chain(&settings.access_logs));
    let own = logs.filter_map(|log| log.file.clone());
    work.inner.iter().flat_map(|inner| inner.logs_before.clone()).chain(own).collect()
}
