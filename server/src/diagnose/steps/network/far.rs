//! The upstream's own namespace, where it is a container of this machine: what listens there, and what its firewall
//! does with our packets.

use super::{Look, QUEUE, Tried, firewall, tell_counters};
use crate::host::firewall::Packet;
use crate::host::{ObstacleKind, Peer};
use app::model::FactKind;
use app::model::fact::host::Listener;
use app::model::fact::network::ConnectOutcome;
use std::time::Duration;

/// How long the attempt between two looks may take: the first packet and one repetition of it.
const AGAIN: Duration = Duration::from_millis(1300);

/// Tells what the target's namespace says of an attempt that failed.
pub(super) async fn tell(look: &Look<'_>, tried: &Tried) {
    let silent =
        matches!(tried.outcome, ConnectOutcome::Refused | ConnectOutcome::TimedOut | ConnectOutcome::Unreachable);
    if tried.spot.local || !silent {
        return;
    }
    let host = &look.work.ctx.host;
    let before = match host.peer(tried.address.ip()).await {
        Ok(Some(peer)) => peer,
        Ok(None) => return,
        Err(obstacle) => {
            // That an address could lie in a namespace which is hidden from us is no news on most hosts.
            if obstacle.kind != ObstacleKind::NotPermitted {
                look.desk.skip(format!("the namespace of {}", tried.address.ip()), &obstacle.reason, &obstacle.command);
            }
            return;
        }
    };
    // The attempt itself: its result is known, it is made for the counters.
    drop(super::connect(look.work, look.scene, tried.address, AGAIN).await);
    let Ok(Some(after)) = host.peer(tried.address.ip()).await else { return };
    if after.pid != before.pid {
        return;
    }
    let whose = format!("the namespace of process {} ({})", after.pid, after.name);
    listener(look, tried, &before, &after, &whose);
    tell_counters(look.desk, &tried.spot.key, &before.counters, &after.counters, QUEUE);
    let source = host.route(tried.address.ip()).await.ok().and_then(|route| route.source);
    let arrives = Packet { from: source, to_local: Some(true), ..Packet::first(tried.address) };
    let leaves = Packet { out: None, to_local: Some(false), ..arrives.reply() };
    match (&before.firewall, &after.firewall) {
        (Ok(before), Ok(after)) => {
            let directions =
                [("input", &["prerouting", "input"][..], arrives), ("reply", &["output", "postrouting"][..], leaves)];
            firewall::rules(look, &tried.spot.key, Some(&whose), None, Some(before), after, &directions);
        }
        (_, Err(obstacle)) | (Err(obstacle), _) => {
            look.desk.skip(format!("firewall rules in {whose}"), &obstacle.reason, &obstacle.command);
        }
    }
}

/// Whether anything listens there.
fn listener(look: &Look<'_>, tried: &Tried, before: &Peer, after: &Peer, whose: &str) {
    let (Ok(earlier), Ok(now)) = (&before.listeners, &after.listeners) else { return };
    let found = now.for_address(tried.address);
    let first = found.first();
    let waiting = |table: &crate::host::Listeners| table.for_address(tried.address).first().map(|l| l.waiting);
    let elsewhere = now.tcp.iter().filter(|l| l.address.port() == tried.address.port() && !l.takes(tried.address));
    let fact = Listener {
        target: tried.spot.key.clone(),
        local: true,
        listening: first.is_some(),
        bound: first.map(|found| found.address.to_string()),
        waiting: [earlier, now].into_iter().filter_map(waiting).collect(),
        backlog: first.and_then(|found| found.backlog),
        owner: first.and_then(|found| found.pids.first()).map(|pid| format!("process {pid}")),
        elsewhere: elsewhere.map(|found| found.address.to_string()).collect(),
        connected: None,
    };
    look.desk.measured(whose.to_owned(), FactKind::Listener(fact));
}
