//! A firewall answers connection attempts with an ICMP message.

use crate::diagnose::infer::Case;
use crate::diagnose::infer::{UNSEEN_RULE, place};
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::FirewallRule;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "firewall-reject-icmp",
        title: "A firewall rejects connections to the upstream with an ICMP message",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "A rule answers the gateway's connection attempts with an ICMP message such as port-unreachable, host-prohibited or admin-prohibited. Depending on the message the gateway sees `Connection refused` or `No route to host`, though the application may be well. firewalld rejects in this way by default.",
        evidence: &[
            "Our own attempt ended by an ICMP message, not by a reset; no closed TCP port sends one.",
            "The gateway logs `No route to host` (113) or `Connection refused` (111) at once, although route and neighbour are fine.",
            "A rule with `reject` fits, and its counter rises with our attempt.",
        ],
        contradictions: &[
            "The neighbour does not answer and the error comes after some three seconds: then the host is down.",
            "`ip route get` itself gives the error: then a route forbids it.",
        ],
        look_alikes: &[
            "upstream-host-down",
            "policy-route-blocks",
            "upstream-down-not-listening",
            "firewall-reject-rst",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Take the rule out, or let the gateway through before it",
                command: "sudo nft -a list ruleset | grep -n -B2 -A2 {port}\nsudo nft delete rule {chain} handle {!handle}",
                verify: "nc -vz -w 3 {ip} {port}",
            },
            FixText {
                applies_to: "any",
                title: "With ufw or firewalld",
                command: "sudo ufw allow proto tcp from GATEWAY to any port {port}   # on the upstream's host\nsudo firewall-cmd --permanent --add-port={port}/tcp && sudo firewall-cmd --reload",
                verify: "nc -vz -w 3 {ip} {port}",
            },
        ],
        references: &[
            "https://wiki.nftables.org/wiki-nftables/index.php/Rejecting_traffic",
            "https://www.rfc-editor.org/rfc/rfc1812#section-5.2.7.1",
        ],
    },
    testimony: &[Meaning::Refused, Meaning::HostUnreachable, Meaning::NetUnreachable, Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

/// Messages that only a filter sends about a TCP connection.
const ONLY_FILTERS: &[&str] = &["port-unreachable", "protocol-unreachable"];
/// Messages that a router sends on its own account too.
const ROUTERS_TOO: &[&str] =
    &["host-unreachable", "net-unreachable", "host-prohibited", "net-prohibited", "admin-prohibited", "no-route"];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let stop = case
        .stopping(target, "reject")
        .filter(|(_, r)| r.reject_with.as_deref().is_some_and(|with| with != "tcp-reset") && !Case::special(r));
    let ended = case.failed_connect(target).filter(|(_, c)| c.icmp.is_some());
    let route = case.ip_route(target).filter(|(_, r)| matches!(r.route.as_str(), "unicast" | "local"));
    if (stop.is_none() && ended.is_none()) || case.ip_route(target).is_some() != route.is_some() {
        return None;
    }
    let kind = ended.and_then(|(_, c)| c.icmp.as_deref()).unwrap_or_default();
    // On a link of one's own, nobody but the upstream's host could say so, as long as it answers as a neighbour.
    let near = route.is_some_and(|(_, r)| r.route == "unicast" && r.via.is_none());
    let itself = near && case.neighbour(target).is_some_and(|(_, n)| n.state != "none");
    let dead = case.neighbour_is_dead(target);
    // This host reports a neighbour that does not answer to itself, by the same message.
    if stop.is_none() && !ONLY_FILTERS.contains(&kind) && (dead || !ROUTERS_TOO.contains(&kind)) {
        return None;
    }
    let alone = ONLY_FILTERS.contains(&kind) || (itself && ROUTERS_TOO.contains(&kind));
    // A rule that surely fits and a listener behind it leave no other way for the attempt to fail.
    let listens = case.listener(target).is_some_and(|(_, l)| l.listening) && case.failed_connect(target).is_some();
    let sure = stop.is_some_and(|(_, r)| !r.unsure && (r.counted() || ended.is_some() || listens));
    let headline = match stop {
        Some((_, rule)) => format!("A firewall rule in {} rejects connections to {target}", place(rule)),
        None => format!("A firewall rejects connections to {target} with the ICMP message {kind}"),
    };
    let said: Vec<_> = [Meaning::HostUnreachable, Meaning::NetUnreachable, Meaning::Refused]
        .iter()
        .flat_map(|meaning| case.lines(*meaning, target))
        .map(|(id, _)| id)
        .collect();
    let found = Match::new(headline)
        .because_all(said)
        .because_all(ended.map(|(id, _)| id))
        .because_all(stop.map(|(id, _)| id))
        .because_all(route.map(|(id, _)| id))
        .because_all(case.listener(target).filter(|_| stop.is_some()).map(|(id, _)| id))
        .because_all(case.neighbour(target).map(|(id, _)| id))
        .confirmed_if((sure || alone || ended.is_some()) && case.on_gateway_host())
        .open_unless(
            sure || alone,
            "upstream-host-down",
            "Who sent the message, and why: `sudo tcpdump -ni any icmp` during one `nc -vz`; a router says the same of a dead host.",
        );
    Some(match stop {
        Some((_, rule)) => named(found, rule),
        None => found.finer(UNSEEN_RULE),
    })
}

fn named(mut found: Match, rule: &FirewallRule) -> Match {
    found = found.name("chain", rule.chain.clone()).name("rule", rule.rule.clone());
    match rule.handle {
        Some(handle) => found.name("handle", handle.to_string()),
        None => found,
    }
}
