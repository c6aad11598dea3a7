//! Step 5: does anything block the way? One connection to every address of the upstream, from here, with the
//! kernel's and the firewall's counters before and after.

use super::{Work, guard_of};
use crate::diagnose::scene::{Scene, Socket, Spot};
use crate::diagnose::sheet::{Desk, millis};
use crate::host::firewall::Concern;
use crate::host::{Counters, Firewall, RouteKind, RuleVerdict, Seen};
use crate::net::{self, ConnectOutcome as Outcome};
use app::model::fact::host::Counter;
use app::model::fact::network::{Connect, ConnectOutcome, Firewall as Read, FirewallRule, IpRoute, Neighbour};
use app::model::{FactKind, Step, StepState};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Long enough for the first packet and two repetitions of it.
const CONNECT: Duration = Duration::from_millis(3300);
/// The kernel's counters that a connection attempt may move.
const COUNTERS: &[(&str, &str)] =
    &[("TcpExt.ListenOverflows", "ListenOverflows"), ("TcpExt.ListenDrops", "ListenDrops")];

/// Tries the way to every address of the upstream.
pub(in crate::diagnose) async fn check(work: Work) {
    let desk = work.desk(Step::Network);
    desk.begin(
        &[
            "a TCP connection to each address of the upstream",
            "the route there",
            "firewall rules that fit, with their counters",
        ],
        vec!["ip route get ADDRESS; nc -vz -w 3 ADDRESS PORT; sudo nft list ruleset".to_owned()],
    );
    let Some(scene) = work.scene().await else {
        desk.finish(StepState::Error, "The gateway was not looked for in time");
        return;
    };
    let spots: Vec<(Spot, SocketAddr)> = scene
        .targets
        .iter()
        .filter_map(|spot| if let Socket::Tcp(address) = spot.socket { Some((spot.clone(), address)) } else { None })
        .collect();
    if spots.is_empty() {
        let why = if scene.targets.is_empty() {
            "No address of an upstream is known"
        } else {
            "The upstream is a unix socket: no network lies between"
        };
        let state = if scene.targets.is_empty() { StepState::Skipped } else { StepState::Ok };
        if scene.targets.is_empty() {
            desk.skip(
                "the way to the upstream",
                "no address of an upstream is known",
                "--gateway-config PATH, or --upstream HOST:PORT",
            );
        }
        desk.finish(state, why);
        return;
    }
    desk.by_hand(spots.iter().take(4).map(|(_, address)| by_hand(*address)).collect());
    let (before, counters) = tokio::join!(work.ctx.host.firewall(), work.ctx.host.counters());
    let mut trying = JoinSet::new();
    for (spot, address) in spots.clone() {
        let (work, scene) = (work.clone(), Arc::clone(&scene));
        trying.spawn(async move { (spot, address, connect(&work, &scene, address).await) });
    }
    let mut tried = Vec::new();
    while let Some(done) = trying.join_next().await {
        tried.extend(done.ok());
    }
    tried.sort_by(|a, b| a.0.key.cmp(&b.0.key));
    let (after, counters_after) = tokio::join!(work.ctx.host.firewall(), work.ctx.host.counters());
    let mut faults = Vec::new();
    for (spot, address, result) in tried {
        let Ok(result) = result else {
            if let Err(reason) = result {
                desk.skip(format!("connect to {}", spot.key), reason, by_hand(address));
            }
            continue;
        };
        let fact = fact(&spot, &result, scene.on_gateway_host);
        let failed = fact.outcome != ConnectOutcome::Open;
        if failed {
            faults.push(fact.to_string());
        }
        desk.measured(format!("connect to {}", spot.key), FactKind::Connect(fact));
        if failed && scene.on_gateway_host {
            way(&work, &desk, address).await;
            tell_counters(&desk, &spot.key, &counters, &counters_after);
            firewall(&desk, &spot.key, address, &before, &after);
        }
    }
    if !scene.on_gateway_host {
        desk.skip(
            "routes and firewall rules of the gateway's host",
            format!("this is not it: {}", scene.vantage),
            "ip route get ADDRESS; sudo nft list ruleset",
        );
    }
    match faults.first() {
        Some(first) => desk.finish(StepState::Fault, first.clone()),
        None => desk.finish(
            StepState::Ok,
            format!("{} of {} addresses of the upstream can be reached", spots.len(), spots.len()),
        ),
    }
}

fn by_hand(address: SocketAddr) -> String {
    let (ip, port) = (address.ip(), address.port());
    format!(
        "ip route get {ip}; nc -vz -w 3 {ip} {port}; sudo nft list ruleset | grep -n {port}; nstat -az TcpExtListenOverflows"
    )
}

async fn connect(work: &Work, scene: &Arc<Scene>, address: SocketAddr) -> Result<net::ConnectResult, String> {
    let limit = CONNECT.min(work.left().max(Duration::from_millis(100)));
    let result = net::connect_once(guard_of(work, Some(scene)), address, limit).await;
    match &result.outcome {
        Outcome::Blocked(refusal) => Err(refusal.to_string()),
        _ => Ok(result),
    }
}

fn fact(spot: &Spot, result: &net::ConnectResult, from_gateway_host: bool) -> Connect {
    let (outcome, errno) = match &result.outcome {
        Outcome::Open => (ConnectOutcome::Open, None),
        Outcome::Refused => (ConnectOutcome::Refused, Some(111)),
        Outcome::Reset => (ConnectOutcome::Reset, Some(104)),
        Outcome::TimedOut => (ConnectOutcome::TimedOut, None),
        Outcome::Unreachable { errno } => (ConnectOutcome::Unreachable, Some(*errno)),
        Outcome::Denied { errno } => (ConnectOutcome::Denied, Some(*errno)),
        Outcome::Other { errno } => (ConnectOutcome::Other, Some(*errno)),
        Outcome::Blocked(_) => (ConnectOutcome::Other, None),
    };
    Connect { target: spot.key.clone(), outcome, errno, took_ms: millis(result.took), from_gateway_host }
}

/// The route to an address, and the neighbour that it leads to.
async fn way(work: &Work, desk: &Desk, address: SocketAddr) {
    let ip = address.ip();
    let (route, neighbours) = tokio::join!(work.ctx.host.route(ip), work.ctx.host.neighbours());
    match route {
        Ok(route) => {
            let fact = IpRoute {
                address: ip.to_string(),
                route: route_word(route.kind).to_owned(),
                device: route.device,
                via: route.gateway.map(|via| via.to_string()),
                source: route.source.map(|source| source.to_string()),
                errno: None,
            };
            desk.measured(format!("ip route get {ip}"), FactKind::IpRoute(fact));
        }
        Err(obstacle) => desk.skip(format!("the route to {ip}"), &obstacle.reason, &obstacle.command),
    }
    let found = neighbours.ok().and_then(|all| all.into_iter().find(|neighbour| neighbour.address == ip));
    if let Some(found) = found {
        let state = format!("{:?}", found.state).to_lowercase();
        desk.measured(
            "ip neigh",
            FactKind::Neighbour(Neighbour { address: ip.to_string(), state, device: found.device }),
        );
    }
}

const fn route_word(kind: RouteKind) -> &'static str {
    match kind {
        RouteKind::Unicast => "unicast",
        RouteKind::Local => "local",
        RouteKind::None => "none",
        RouteKind::Unreachable => "unreachable",
        RouteKind::Prohibit => "prohibit",
        RouteKind::Blackhole => "blackhole",
        RouteKind::Other => "other",
    }
}

fn tell_counters(desk: &Desk, target: &str, before: &Seen<Counters>, after: &Seen<Counters>) {
    let (Ok(before), Ok(after)) = (before, after) else { return };
    for (name, short) in COUNTERS {
        if let (Some(before), Some(after)) = (before.get(name), after.get(name)) {
            let fact = Counter { name: (*short).to_owned(), before, after, target: target.to_owned() };
            desk.measured("/proc/net/netstat", FactKind::Counter(fact));
        }
    }
}

/// Rules that would stop packets to an address, with their counters before and after our attempt.
fn firewall(desk: &Desk, target: &str, address: SocketAddr, before: &Seen<Firewall>, after: &Seen<Firewall>) {
    let after = match after {
        Ok(after) => after,
        Err(obstacle) => {
            desk.skip("firewall rules", &obstacle.reason, &obstacle.command);
            return;
        }
    };
    let mut fitting = 0;
    for concern in after.outgoing(address) {
        let Some(fact) = rule_fact(target, &concern, before.as_ref().ok()) else { continue };
        fitting += 1;
        desk.measured(format!("firewall, {}", fact.chain), FactKind::FirewallRule(fact));
    }
    for chain in after.chains.iter().filter(|chain| chain.hook == "output" && fits_family(&chain.family, address.ip()))
    {
        let Some(verdict) = stops(&chain.policy) else { continue };
        let name = format!("{} {} {}", chain.family, chain.table, chain.name);
        let earlier = before.as_ref().ok().and_then(|before| {
            before
                .chains
                .iter()
                .find(|old| old.family == chain.family && old.table == chain.table && old.name == chain.name)?
                .packets
        });
        let fact = FirewallRule {
            target: target.to_owned(),
            tool: format!("{:?}", after.source).to_lowercase(),
            chain: name.clone(),
            verdict: verdict.to_owned(),
            rule: format!("policy {verdict}"),
            handle: None,
            packets_before: earlier,
            packets_after: chain.packets,
            policy: true,
        };
        fitting += 1;
        desk.measured(format!("firewall, {name}"), FactKind::FirewallRule(fact));
    }
    let rules = u32::try_from(after.rules.len()).unwrap_or(u32::MAX);
    desk.measured("the firewall's rules", FactKind::Firewall(Read { target: target.to_owned(), rules, fitting }));
}

fn fits_family(family: &str, ip: IpAddr) -> bool {
    match family {
        "ip" => ip.is_ipv4(),
        "ip6" => ip.is_ipv6(),
        _ => true,
    }
}

/// `drop` or `reject` for verdicts that stop packets.
const fn stops(verdict: &RuleVerdict) -> Option<&'static str> {
    match verdict {
        RuleVerdict::Drop => Some("drop"),
        RuleVerdict::RejectReset | RuleVerdict::RejectIcmp(_) => Some("reject"),
        _ => None,
    }
}

/// A rule that stops the packets and whose conditions are all understood.
fn rule_fact(target: &str, concern: &Concern<'_>, before: Option<&Firewall>) -> Option<FirewallRule> {
    let rule = concern.rule;
    let verdict = stops(&rule.verdict)?;
    if !concern.certain {
        return None;
    }
    let earlier = before.and_then(|before| {
        before.rules.iter().find(|old| {
            old.family == rule.family
                && old.table == rule.table
                && old.chain == rule.chain
                && old.handle == rule.handle
                && old.conditions == rule.conditions
                && old.verdict == rule.verdict
        })
    });
    Some(FirewallRule {
        target: target.to_owned(),
        tool: "firewall".to_owned(),
        chain: format!("{} {} {}", rule.family, rule.table, rule.chain),
        verdict: verdict.to_owned(),
        rule: rule.text.clone(),
        handle: rule.handle,
        packets_before: earlier.and_then(|old| old.packets),
        packets_after: rule.packets,
        policy: false,
    })
}
