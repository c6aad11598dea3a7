//! A route or rule forbids packets to the upstream.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "policy-route-blocks",
        title: "A route or rule of this host forbids packets to the upstream",
        family: Family::Network,
        step: Step::Network,
        explanation: "The routing tables have an entry of type unreachable, prohibit or blackhole that holds the upstream's address, or a rule with such an action. Connecting fails at once without a packet being sent. VPN clients with a kill switch, overlay networks and blocking scripts leave such entries behind.",
        evidence: &[
            "`ip route get` gives the same error as the connection attempt.",
            "The gateway logs `No route to host` (113, unreachable), `Permission denied` (13, prohibit) or `Invalid argument` (22, blackhole).",
        ],
        contradictions: &[
            "`ip route get` finds an ordinary route: then 113 comes from a firewall or a dead neighbour, and 13 from a security module.",
            "There is no route at all (101).",
        ],
        look_alikes: &["no-route-to-upstream", "firewall-reject-icmp", "upstream-host-down", "selinux-connect-denied"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Find the entry and take it out",
                command: "ip route show table all | grep -E 'unreachable|prohibit|blackhole'; ip rule\nsudo ip route del {kind} {ip}   # with the prefix that the table shows",
                verify: "ip route get {ip}",
            },
            FixText {
                applies_to: "any",
                title: "If a VPN or overlay network made it, let its own configuration do it",
                command: "systemctl list-units '*wg*' '*vpn*' '*flannel*' '*calico*'; wg show",
                verify: "ip route get {ip}",
            },
        ],
        references: &[
            "https://man7.org/linux/man-pages/man8/ip-route.8.html",
            "https://man7.org/linux/man-pages/man8/ip-rule.8.html",
        ],
    },
    testimony: &[
        Meaning::HostUnreachable,
        Meaning::Denied,
        Meaning::Blackholed,
        Meaning::NotPermitted,
        Meaning::NetUnreachable,
    ],
    absorbs: &["no-route-to-upstream"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (route_id, route) = case.ip_route(target)?;
    if !matches!(route.route.as_str(), "unreachable" | "prohibit" | "blackhole") {
        return None;
    }
    let failed = case.connects(target).find(|(_, c)| {
        matches!(c.outcome, ConnectOutcome::Unreachable | ConnectOutcome::Denied | ConnectOutcome::Other)
    });
    let said: Vec<_> = CAUSE.testimony.iter().flat_map(|m| case.lines(*m, target)).map(|(id, _)| id).collect();
    if failed.is_none() && said.is_empty() {
        return None;
    }
    Some(
        Match::new(format!("A route of type {} forbids packets to {}", route.route, route.address))
            .because_all(said)
            .because_all(failed.map(|(id, _)| id))
            .because(route_id)
            .confirmed_if(failed.is_some() && case.on_gateway_host())
            .finer("Who made the entry: `ip route show table all` and `ip rule` show its table and protocol.")
            .name("kind", route.route.clone()),
    )
}
