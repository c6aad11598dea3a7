//! The upstream's host does not answer as a neighbour.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-host-down",
        title: "The upstream's host is down or not on this network",
        family: Family::Network,
        step: Step::Network,
        explanation: "The upstream's address lies on a network of the gateway's own, but no machine there answers for it (ARP or NDP). The host is off, its cable or virtual link is down, it sits in another VLAN, or the address is not configured anywhere. Connecting fails after some three seconds, or by the gateway's own timeout before that.",
        evidence: &[
            "The neighbour table has the address as FAILED or INCOMPLETE.",
            "The gateway logs `No route to host` (113) after one to three seconds, or its connect timeout.",
        ],
        contradictions: &[
            "The neighbour is REACHABLE: then the host is up and a firewall or route is in the way.",
            "The error comes within milliseconds: a rule or route made it.",
            "The address is behind a router: then its own neighbour table would have to be asked.",
        ],
        look_alikes: &[
            "firewall-drop",
            "firewall-reject-icmp",
            "policy-route-blocks",
            "interface-down",
            "vip-or-arp-moved",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Start the host, or correct its address",
                command: "ip neigh show {ip}; ping -c 3 {ip}; sudo arping -c 3 -I DEVICE {ip}   # then its console: is it running, has it this address?",
                verify: "ip neigh show {ip}   # REACHABLE",
            },
            FixText {
                applies_to: "nginx",
                title: "Until then take it out of the pool ({place})",
                command: "server {target} down;\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "In a container or virtual machine: is its network attached?",
                command: "docker ps -a; docker network inspect NETWORK; virsh list --all; bridge link",
                verify: "ip neigh show {ip}",
            },
        ],
        references: &["https://man7.org/linux/man-pages/man8/ip-neighbour.8.html"],
    },
    testimony: &[Meaning::HostUnreachable, Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (neighbour_id, neighbour) = case.neighbour(target)?;
    let failed = case
        .connects(target)
        .find(|(_, c)| matches!(c.outcome, ConnectOutcome::Unreachable | ConnectOutcome::TimedOut));
    if !case.neighbour_is_dead(target) || case.connects_for_us(target) || case.link_off(target).is_some() {
        return None;
    }
    let route = case.ip_route(target);
    if route.is_some_and(|(_, r)| r.route != "unicast" || r.via.is_some()) {
        return None;
    }
    let dropped = case.stopping(target, "drop").or_else(|| case.stopping(target, "reject"));
    let link = case.facts.links().find(|(_, link)| link.leads_to == target && link.up);
    let ip = &neighbour.address;
    let headline = match link {
        Some((_, link)) if !link.carrier => {
            format!("The host {ip} is not there: the link {} to it has no carrier", link.name)
        }
        _ => format!("The host {ip} is not there: nobody on its network answers for the address"),
    };
    let mut found = Match::new(headline)
        .because_all(failed.map(|(id, _)| id))
        .because(neighbour_id)
        .because_all(route.map(|(id, _)| id))
        .because_all(link.map(|(id, _)| id))
        .confirmed_if(failed.is_some() && route.is_some() && case.on_gateway_host())
        .finer("Whether it is off, unplugged, in another VLAN or has another address: its own console tells.");
    if let Some((id, _)) = dropped {
        found = found.against(id).open_unless(
            false,
            "firewall-drop",
            "A rule stops packets to it as well: `sudo nft -a list ruleset`, and `ip neigh` without the rule.",
        );
    }
    Some(found)
}
