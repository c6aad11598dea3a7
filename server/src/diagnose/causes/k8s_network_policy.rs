//! A network policy of Kubernetes denies the flow.

use crate::diagnose::infer::Case;
use crate::diagnose::infer::place;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::FirewallRule;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "k8s-network-policy",
        title: "A network policy denies the gateway's packets",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "A NetworkPolicy selects the upstream's pod and lists who may reach it; the gateway's namespace or pod is not in the list. The network plug-in drops or rejects the packets on the node.",
        evidence: &[
            "A rule of the network plug-in for a policy stops the packets, and its counter rises.",
            "From a pod of the same namespace the upstream can be reached, from the gateway's not.",
        ],
        contradictions: &["No policy selects the upstream's pod: then everything may reach it."],
        look_alikes: &["firewall-drop", "forward-chain-drop"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Find the policy and let the gateway's namespace in",
            command: "kubectl -n NAMESPACE get networkpolicy; kubectl -n NAMESPACE describe networkpolicy NAME\n# ingress:\n# - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}]\n#   ports: [{protocol: TCP, port: APP_PORT}]",
            verify: "kubectl -n ingress-nginx exec deploy/ingress-nginx-controller -- curl -sS -m 3 -o /dev/null http://{target}/",
        }],
        references: &["https://kubernetes.io/docs/concepts/services-networking/network-policies/"],
    },
    testimony: &[Meaning::ConnectTimeout, Meaning::Refused, Meaning::HostUnreachable],
    absorbs: &["firewall-drop", "firewall-reject-icmp", "firewall-reject-rst", "forward-chain-drop"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let stops = || {
        case.firewall_rules(target)
            .filter(|(_, rule)| matches!(rule.verdict.as_str(), "drop" | "reject"))
            .filter(|(_, rule)| rule.keeper.as_deref() == Some("network policy"))
    };
    let (id, rule) =
        stops().find(|(_, r)| r.counted()).or_else(|| stops().find(|(_, r)| !r.unsure && r.packets_after.is_none()))?;
    let failed = case.failed_connect(target);
    Some(named(
        Match::new(format!("A network policy stops packets to {target}: {}", place(rule)))
            .because(id)
            .because_all(failed.map(|(id, _)| id))
            .confirmed_if(failed.is_some() || rule.hook == "forward")
            .open_unless(
                rule.counted() && !rule.unsure,
                "firewall-drop",
                "`kubectl get networkpolicy -A`: does one select this pod?",
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
