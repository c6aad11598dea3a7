//! A router or container host drops forwarded packets.

use crate::diagnose::infer::Case;
use crate::diagnose::infer::place;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::FirewallRule;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "forward-chain-drop",
        title: "The host between gateway and upstream does not forward the packets",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "The gateway and the upstream are containers or networks behind this host, which forwards between them. A rule or the policy of its forward hook drops those packets: DOCKER-USER, ufw's routed policy, or a firewall that was reloaded over the runtime's rules.",
        evidence: &[
            "The counter of a rule in a forward chain rises while the gateway tries to connect.",
            "From this host itself the upstream can be reached, from the gateway's container not.",
        ],
        contradictions: &[
            "No rule of a forward hook fits the packets.",
            "The gateway runs on this host itself: then its packets pass the output hook.",
        ],
        look_alikes: &["firewall-drop", "cloud-security-group", "k8s-network-policy"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Let the flow through",
                command: "sudo nft -a list ruleset | grep -n -A12 'hook forward'\nsudo nft insert rule {chain} ip daddr {ip} tcp dport {port} accept",
                verify: "sudo nft list ruleset | grep -n {port}; curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "With Docker or ufw",
                command: "sudo iptables -I DOCKER-USER -d {ip} -p tcp --dport {port} -j ACCEPT\nsudo ufw route allow proto tcp to {ip} port {port}",
                verify: "sudo iptables -S DOCKER-USER; sudo ufw status verbose",
            },
            FixText {
                applies_to: "any",
                title: "If the host should forward at all",
                command: "sudo sysctl -w net.ipv4.ip_forward=1",
                verify: "sysctl net.ipv4.ip_forward",
            },
        ],
        references: &["https://docs.docker.com/engine/network/packet-filtering-firewalls/"],
    },
    testimony: &[Meaning::ConnectTimeout, Meaning::Refused, Meaning::HostUnreachable],
    absorbs: &["firewall-drop"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let stops = || case.firewall_rules(target).filter(|(_, rule)| rule.hook == "forward" && !Case::special(rule));
    let (id, rule) =
        stops().find(|(_, r)| r.counted() && !r.unsure).or_else(|| stops().find(|(_, r)| r.packets_after.is_none()))?;
    Some(named(
        Match::new(format!("This host does not forward packets to {target}: {}", place(rule)))
            .because(id)
            .confirmed_if(true)
            .open_unless(
                rule.counted(),
                "firewall-drop",
                "The rule counts nothing: does the connection stand when it is taken out for a moment?",
            ),
        rule,
    ))
}

fn named(mut found: Match, rule: &FirewallRule) -> Match {
    found = found.name("chain", rule.chain.clone()).name("rule", rule.rule.clone());
    if let Some(set) = &rule.set {
        found = found.name("set", set.clone());
    }
    match rule.handle {
        Some(handle) => found.name("handle", handle.to_string()),
        None => found,
    }
}
