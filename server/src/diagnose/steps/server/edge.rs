//! The URL's own address on this host: does anybody listen there, and do the gateway's processes run?

use super::skip;
use crate::diagnose::scene::Scene;
use crate::diagnose::sheet::Desk;
use crate::diagnose::steps::Work;
use crate::host::{Process, RouteKind};
use app::model::FactKind;
use app::model::fact::limits::Edge;
use std::net::SocketAddr;
use std::sync::Arc;

/// Tells who listens at the URL's address, where that is this host's. Answers what is wrong there.
pub(super) async fn look(work: &Work, scene: &Arc<Scene>, desk: &Desk) -> Option<String> {
    let address = *scene.edges.first()?;
    if !is_local(work, address).await {
        return None;
    }
    let table = match work.ctx.host.listeners().await {
        Ok(table) => table,
        Err(obstacle) => {
            skip(desk, "the listeners of this host", &obstacle);
            return None;
        }
    };
    let processes = work.ctx.host.processes().await.unwrap_or_default();
    let found = table.for_address(address);
    let first = found.first();
    let owner = first.and_then(|found| found.pids.first()).map(|pid| {
        let name = processes.iter().find(|process| process.pid == *pid).map_or("?", |process| process.name.as_str());
        format!("{name}, process {pid}")
    });
    let edge = Edge {
        address: address.to_string(),
        listening: first.is_some(),
        owner,
        states: first.map_or_else(Vec::new, |found| states(&found.pids, &processes)),
        waiting: first.map(|found| found.waiting),
        backlog: first.and_then(|found| found.backlog),
        configured: configured(scene, address),
    };
    let fault = if !edge.listening {
        Some(format!("nothing listens on {address}"))
    } else if edge.stopped() {
        Some("every process of the gateway is stopped".to_owned())
    } else {
        None
    };
    desk.measured("the table of listening sockets", FactKind::Edge(edge));
    fault
}

async fn is_local(work: &Work, address: SocketAddr) -> bool {
    match work.ctx.host.route(address.ip()).await {
        Ok(route) => route.kind == RouteKind::Local,
        Err(_) => address.ip().is_loopback(),
    }
}

/// The states of the processes that hold the listener and of their children, the holders first.
fn states(holders: &[u32], processes: &[Process]) -> Vec<String> {
    let held = processes.iter().filter(|process| holders.contains(&process.pid));
    held.map(|process| process.state.to_string()).collect()
}

/// The configuration that says that the gateway listens at this address.
fn configured(scene: &Scene, address: SocketAddr) -> Option<String> {
    let gateway = scene.gateway.as_ref()?;
    let listens = gateway.config.servers.iter().flat_map(|server| &server.listens);
    let fits = |listen: &crate::gateways::Listen| {
        listen.takes(address) || (listen.port == address.port() && listen.address.is_none())
    };
    listens.clone().any(fits).then(|| gateway.main.display().to_string())
}
