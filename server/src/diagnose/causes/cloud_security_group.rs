//! The provider's network drops the packets.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::{ConnectOutcome, Varied};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cloud-security-group",
        title: "A rule of the provider's network (security group, network ACL) drops the packets",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "On a virtual machine of a provider, packets pass the provider's own filters before they reach the other machine: security groups, network security groups, network ACLs. They drop in silence, and neither machine sees a rule for it. This can only be concluded by exclusion from here.",
        evidence: &[
            "This host is a provider's virtual machine, its own rules let the packets pass, and nothing answers.",
            "On the upstream's host no packet of ours arrives during an attempt.",
        ],
        contradictions: &[
            "A rule of this host or of the upstream's host counts our packets.",
            "On the upstream's host our packets arrive.",
        ],
        look_alikes: &["firewall-drop", "upstream-host-down", "upstream-accept-queue-full"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "See whether packets arrive at the upstream's host at all",
                command: "sudo tcpdump -ni any tcp port {port}   # there, during one attempt from here",
                verify: "nc -vz -w 3 {ip} {port}",
            },
            FixText {
                applies_to: "any",
                title: "AWS: let the gateway's group in, and mind the ACL's ephemeral ports",
                command: "aws ec2 authorize-security-group-ingress --group-id SG_OF_UPSTREAM --protocol tcp --port {port} --source-group SG_OF_GATEWAY",
                verify: "nc -vz -w 3 {ip} {port}",
            },
            FixText {
                applies_to: "any",
                title: "Azure and Google Cloud",
                command: "az network nsg rule create -g GROUP --nsg-name NSG -n app --priority 200 --destination-port-ranges {port} --access Allow --protocol Tcp\ngcloud compute firewall-rules create app --allow tcp:{port} --source-tags gateway",
                verify: "nc -vz -w 3 {ip} {port}",
            },
        ],
        references: &[
            "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
            "https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview",
        ],
    },
    testimony: &[Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, firewall) = case.firewall(target).filter(|(_, firewall)| firewall.fitting == 0)?;
    let provider = firewall.provider.as_ref()?;
    let (silent_id, _) = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::TimedOut)?;
    let local = case.listener(target).is_some() || case.ip_route(target).is_some_and(|(_, r)| r.route != "unicast");
    if local || case.neighbour_is_dead(target) || case.firewall_rules(target).any(|(_, rule)| rule.verdict != "accept")
    {
        return None;
    }
    // The host itself answers, so it is only this port.
    let other_port = case.contrast(target, Varied::Port).filter(|(_, contrast)| contrast.decides);
    Some(
        Match::new(format!(
            "Nothing answers at {target} and no rule of this host is in the way: the network of {provider} may drop it"
        ))
        .because(id)
        .because(silent_id)
        .because_all(other_port.map(|(id, _)| id))
        .confirmed_if(other_port.is_some() && case.on_gateway_host())
        .open_unless(
            false,
            "firewall-drop",
            "On the upstream's host: `sudo tcpdump -ni any tcp port PORT` during one attempt; does a packet arrive?",
        ),
    )
}
