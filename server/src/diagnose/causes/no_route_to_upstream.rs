//! The gateway's host has no route to the upstream.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "no-route-to-upstream",
        title: "The gateway's host has no route to the upstream",
        family: Family::Network,
        step: Step::Network,
        explanation: "The routing table of the gateway's host has no entry that leads to the upstream's address, so \
            connecting fails at once without a packet being sent. An interface is down, a VPN or overlay network is \
            not up, or a static or default route is missing.",
        evidence: &[
            "The gateway logs `Network is unreachable` (101).",
            "`ip route get` finds no route to the upstream's address.",
        ],
        contradictions: &[
            "`ip route get` finds a route: then a router or firewall on the way answers that the network is unreachable.",
            "The route exists and is of type unreachable, prohibit or blackhole: then a rule forbids it.",
        ],
        look_alikes: &["policy-route-blocks", "firewall-reject-icmp", "ipv6-no-route", "interface-down"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Bring back the route to {ip}",
                command: "ip route get {ip}; ip -br link; ip route   # then: sudo ip route add NETWORK/PREFIX via ROUTER dev DEVICE",
                verify: "ip route get {ip}",
            },
            FixText {
                applies_to: "systemd",
                title: "If the interface's own configuration should have made it",
                command: "sudo networkctl status; sudo systemctl restart systemd-networkd   # or: sudo ifup DEVICE, nmcli connection up NAME, wg-quick up NAME",
                verify: "ip route get {ip}",
            },
        ],
        references: &["https://man7.org/linux/man-pages/man8/ip-route.8.html"],
    },
    testimony: &[Meaning::NetUnreachable, Meaning::HostUnreachable, Meaning::NotPermitted],
    absorbs: &[],
    rule: Rule::Target(rule),
};

/// Linux' "Network is unreachable".
const ENETUNREACH: i32 = 101;

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (route_id, route) = case.ip_route(target).filter(|(_, route)| route.route == "none")?;
    let failed = case.failed_connect(target);
    let said: Vec<_> = CAUSE.testimony.iter().flat_map(|m| case.lines(*m, target)).map(|(id, _)| id).collect();
    if failed.is_none() && said.is_empty() {
        return None;
    }
    let by_name = case.member_of(target).map_or(case.members.iter().any(|(_, m)| m.by_name), |(_, m)| m.by_name);
    let ip = &route.address;
    let mut found = Match::new(format!("This host has no route to {ip}"))
        .because_all(said)
        .because_all(failed.map(|(id, _)| id))
        .because(route_id)
        .confirmed_if(failed.is_some_and(|(_, c)| c.errno == Some(ENETUNREACH)) && case.on_gateway_host())
        .open_unless(
            !(ip.contains(':') && by_name),
            "ipv6-no-route",
            "The address comes from a name: has this host IPv6 at all? `ip -6 route`",
        );
    if let Some((id, link)) = case.link_off(target) {
        found = found.because(id).open_unless(
            false,
            "interface-down",
            format!("`ip link set {} up`: is the route there then?", link.name),
        );
    }
    Some(found)
}
