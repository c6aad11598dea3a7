//! Rules that stop packets to an address, or its answers, with their counters before and after an attempt.

use super::{Look, Tried};
use crate::host::firewall::{Packet, Stop, keeper};
use crate::host::{Firewall, RouteKind, RuleVerdict, Seen};
use app::model::FactKind;
use app::model::fact::network::{Firewall as Read, FirewallRule};

/// Hooks that our packets pass on their way out, and those that packets pass where they arrive.
const OUT: &[&str] = &["output", "postrouting"];
const IN: &[&str] = &["prerouting", "input"];

/// One direction to judge: the word that facts use for it, its hooks and its packet.
type Direction = (&'static str, &'static [&'static str], Packet);

/// Tells the rules of our own namespace.
pub(super) async fn tell(look: &Look<'_>, tried: &Tried, before: &Seen<Firewall>, after: &Seen<Firewall>) {
    let after = match after {
        Ok(after) => after,
        Err(obstacle) => {
            look.desk.skip("firewall rules", &obstacle.reason, &obstacle.command);
            return;
        }
    };
    let user = Some(rustix::process::geteuid().as_raw());
    let directions = directions(look, tried, user).await;
    let fitting = rules(look, &tried.spot.key, None, None, before.as_ref().ok(), after, &directions);
    let rules = u32::try_from(after.rules.len()).unwrap_or(u32::MAX);
    let provider = look.work.ctx.host.provider().await.ok().flatten();
    let fact = Read { target: tried.spot.key.clone(), rules, fitting, provider };
    look.desk.measured("the firewall's rules", FactKind::Firewall(fact));
}

/// The directions that an attempt from here takes in our own namespace.
pub(super) async fn directions(look: &Look<'_>, tried: &Tried, user: Option<u32>) -> Vec<Direction> {
    let route = look.work.ctx.host.route(tried.address.ip()).await.ok();
    let local = route.as_ref().is_some_and(|route| route.kind == RouteKind::Local);
    let device = route.as_ref().and_then(|route| route.device.clone());
    let device = if local { Some("lo".to_owned()) } else { device };
    let packet = Packet {
        from: route.as_ref().and_then(|route| route.source),
        out: device.clone(),
        user,
        to_local: Some(local),
        ..Packet::first(tried.address)
    };
    let reply = packet.reply();
    if local {
        let arrives = Packet { input: device, user: None, ..packet.clone() };
        let back = Packet { out: arrives.input.clone(), ..reply.clone() };
        vec![("output", OUT, packet), ("input", IN, arrives), ("reply", OUT, back), ("reply", IN, reply)]
    } else {
        vec![("output", OUT, packet), ("reply", IN, reply)]
    }
}

/// The directions that packets inside a standing connection take.
pub(super) async fn inside(look: &Look<'_>, tried: &Tried) -> Vec<Direction> {
    let all = directions(look, tried, Some(rustix::process::geteuid().as_raw())).await;
    all.into_iter().map(|(_, hooks, packet)| ("data", hooks, Packet { answer: true, ..packet })).collect()
}

/// Rules and policies of this host that stop packets which others send to the upstream through it.
pub(super) async fn forwarded(look: &Look<'_>, before: &Firewall, after: &Firewall) {
    for spot in &look.scene.targets {
        let crate::diagnose::scene::Socket::Tcp(address) = spot.socket else { continue };
        let device = look.work.ctx.host.route(address.ip()).await.ok().and_then(|route| route.device);
        let packet = Packet { out: device, to_local: Some(false), ..Packet::first(address) };
        let directions = [("forward", &["forward"][..], packet)];
        rules(look, &spot.key, None, None, Some(before), after, &directions);
    }
}

/// Tells rules of a namespace that stop packets in these directions; answers how many surely do.
pub(super) fn rules(
    look: &Look<'_>,
    target: &str,
    namespace: Option<&str>,
    user: Option<u32>,
    before: Option<&Firewall>,
    after: &Firewall,
    directions: &[Direction],
) -> u32 {
    let mut fitting = 0;
    let mut told: Vec<FirewallRule> = Vec::new();
    for (word, hooks, packet) in directions {
        for hook in *hooks {
            let walk = after.walk(hook, packet);
            if let Some((rule, to)) = walk.redirected {
                let mut fact = fact(
                    target,
                    word,
                    &Stop { rule: Some(rule), chain: chain_of(after, rule), verdict: rule.verdict.clone(), sure: true },
                    before,
                    after,
                );
                fact.verdict = "redirect".to_owned();
                fact.rule = format!("{} (to {to})", fact.rule);
                told.push(fact);
            }
            for stop in &walk.stops {
                let mut fact = fact(target, word, stop, before, after);
                fact.namespace = namespace.map(str::to_owned);
                fact.user = user;
                // What could not be judged counts only where the counter itself speaks.
                if stop.sure || fact.counted() {
                    fitting += u32::from(stop.sure);
                    told.push(fact);
                }
            }
        }
    }
    let mut known = Vec::new();
    for fact in told {
        if !known.contains(&fact) {
            look.desk.measured(format!("firewall, {}", fact.chain), FactKind::FirewallRule(fact.clone()));
            known.push(fact);
        }
    }
    fitting
}

/// The base chain of a rule's table; only for its name.
fn chain_of<'a>(firewall: &'a Firewall, rule: &crate::host::Rule) -> &'a crate::host::firewall::Chain {
    static NONE: std::sync::LazyLock<crate::host::firewall::Chain> =
        std::sync::LazyLock::new(|| crate::host::firewall::Chain {
            family: String::new(),
            table: String::new(),
            name: String::new(),
            hook: String::new(),
            priority: 0,
            policy: RuleVerdict::Accept,
            packets: None,
        });
    firewall.chains.iter().find(|chain| chain.family == rule.family && chain.table == rule.table).unwrap_or(&NONE)
}

fn fact(target: &str, hook: &str, stop: &Stop<'_>, before: Option<&Firewall>, after: &Firewall) -> FirewallRule {
    let reject_with = match &stop.verdict {
        RuleVerdict::RejectReset => Some("tcp-reset".to_owned()),
        RuleVerdict::RejectIcmp(kind) => Some(kind.clone()),
        _ => None,
    };
    let verdict = if reject_with.is_some() { "reject" } else { "drop" };
    let base = FirewallRule {
        target: target.to_owned(),
        tool: format!("{:?}", after.source).to_lowercase(),
        verdict: verdict.to_owned(),
        hook: hook.to_owned(),
        reject_with,
        unsure: !stop.sure,
        ..FirewallRule::default()
    };
    match stop.rule {
        Some(rule) => FirewallRule {
            chain: format!("{} {} {}", rule.family, rule.table, rule.chain),
            rule: rule.text.clone(),
            handle: rule.handle,
            packets_before: before.and_then(|before| before.find_again(rule)?.packets),
            packets_after: rule.packets,
            keeper: keeper(rule).map(str::to_owned),
            set: rule.set.clone(),
            ..base
        },
        None => FirewallRule {
            chain: format!("{} {} {}", stop.chain.family, stop.chain.table, stop.chain.name),
            rule: format!("policy {verdict}"),
            packets_before: before.and_then(|before| before.find_chain(stop.chain)?.packets),
            packets_after: stop.chain.packets,
            policy: true,
            ..base
        },
    }
}
