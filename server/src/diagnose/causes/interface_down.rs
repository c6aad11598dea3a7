//! A link of the gateway's host is switched off.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "interface-down",
        title: "The network link towards the upstream is switched off",
        family: Family::Network,
        step: Step::Network,
        explanation: "The upstream lies on a network of the gateway's own, but the link to that network is switched off on this host. Its routes are gone with it, so every address there fails, at once or by way of a default route that leads elsewhere.",
        evidence: &[
            "`ip link` shows the link as DOWN, with an address of the upstream's network.",
            "The gateway logs `Network is unreachable` (101), or times out if a default route leads elsewhere.",
        ],
        contradictions: &[
            "The link is up and has a carrier.",
            "No link of this host has an address in the upstream's network.",
        ],
        look_alikes: &["no-route-to-upstream", "upstream-host-down", "policy-route-blocks"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Switch the link on",
                command: "sudo ip link set {link} up",
                verify: "ip -br link show {link}; ip route get {ip}",
            },
            FixText {
                applies_to: "systemd",
                title: "Let its own configuration do it, so that it stays on",
                command: "sudo networkctl up {link}   # or: sudo ifup {link}; nmcli device connect {link}",
                verify: "networkctl status {link} --no-pager | head -5",
            },
        ],
        references: &["https://man7.org/linux/man-pages/man8/ip-link.8.html"],
    },
    testimony: &[Meaning::NetUnreachable, Meaning::HostUnreachable, Meaning::ConnectTimeout],
    absorbs: &["no-route-to-upstream", "upstream-host-down"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (link_id, link) = case.link_off(target)?;
    let failed = case.failed_connect(target)?;
    let route = case.ip_route(target);
    let gone = route.is_some_and(|(_, r)| r.route == "none");
    Some(
        Match::new(format!("The link {} towards {target} is switched off", link.name))
            .because(failed.0)
            .because(link_id)
            .because_all(route.map(|(id, _)| id))
            .confirmed_if(case.on_gateway_host())
            .open_unless(
                gone,
                "firewall-drop",
                format!("Another route leads there meanwhile: `ip route get`; does it work when {} is on?", link.name),
            )
            .name("link", link.name.clone()),
    )
}
