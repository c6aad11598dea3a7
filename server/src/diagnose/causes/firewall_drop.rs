//! A firewall drops packets to the upstream in silence.

use crate::diagnose::infer::{Case, place};
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::{ConnectOutcome, FirewallRule, Varied};
use app::model::{CauseText, FactId, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "firewall-drop",
        title: "A firewall drops packets to the upstream in silence",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "The gateway's packets to the upstream disappear: a rule with the verdict drop, on this host, on \
            the upstream's host or in between, throws them away without an answer. The connection attempt repeats \
            its first packet until the gateway's connect timeout is over.",
        evidence: &[
            "The gateway logs a timeout while connecting; a connection from its host gets no answer either.",
            "A drop rule fits the packets, and its packet counter rises during this run's own attempt.",
        ],
        contradictions: &[
            "The application's queue of waiting connections is full: that drops packets too.",
            "The upstream's host answers nothing at all and is not in the neighbour table: then it is down.",
        ],
        look_alikes: &[
            "upstream-accept-queue-full",
            "upstream-host-down",
            "cloud-security-group",
            "conntrack-table-full",
            "asymmetric-route-rp-filter",
        ],
        fixes: &[
            FixText {
                applies_to: "nftables",
                title: "Let the packets pass before the rule that drops them ({chain})",
                command: "sudo nft insert rule {!chain} ip daddr {ip} tcp dport {port} accept   # then make it lasting in /etc/nftables.conf",
                verify: "nc -vz -w 3 {ip} {port}",
            },
            FixText {
                applies_to: "nftables",
                title: "Delete that rule, if it is a mistake: {rule}",
                command: "sudo nft delete rule {!chain} handle {!handle}",
                verify: "nc -vz -w 3 {ip} {port}",
            },
            FixText {
                applies_to: "ufw",
                title: "With ufw",
                command: "sudo ufw allow out to {ip} port {port} proto tcp   # on the upstream's host: sudo ufw allow from GATEWAY to any port {port} proto tcp",
                verify: "nc -vz -w 3 {ip} {port}",
            },
            FixText {
                applies_to: "any",
                title: "If no rule on this host drops them: the upstream's own firewall, or the provider's security group",
                command: "sudo nft list ruleset; sudo iptables-save -c   # on the upstream's host, for port {port}",
                verify: "nc -vz -w 3 {ip} {port}",
            },
        ],
        references: &[
            "https://wiki.nftables.org/wiki-nftables/index.php/Main_Page",
            "https://man7.org/linux/man-pages/man8/ufw.8.html",
        ],
    },
    testimony: &[Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let overfull = case.listener(target).is_some_and(|(_, l)| l.overfull());
    let stop = case.stopping(target, "drop");
    if stop.is_some_and(|(_, rule)| Case::special(rule)) || target.starts_with("unix:") || overfull {
        return None;
    }
    // For another user than ours the packets may well be dropped.
    let for_user = stop.is_some_and(|(_, rule)| rule.user.is_some());
    let hides = case.neighbour_is_dead(target) || case.ip_route(target).is_some_and(|(_, r)| forbids(&r.route));
    if (case.connects_for_us(target) && !for_user) || (stop.is_none() && hides) {
        return None;
    }
    let silent = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::TimedOut);
    let said: Vec<_> = case.lines(Meaning::ConnectTimeout, target).map(|(id, _)| id).collect();
    // A dropped packet of this host's own gives an error at once, where the rule stands in the output hook.
    let denied = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Denied && stop.is_some());
    if silent.is_none() && said.is_empty() && denied.is_none() {
        return None;
    }
    let found = match stop {
        Some(rule) => by_rule(target, rule),
        None => without_rule(case, target)?,
    };
    Some(
        found
            .because_all(said.iter().copied())
            .because_all(silent.or(denied).map(|(id, _)| id))
            .because_all(case.listener(target).map(|(id, _)| id))
            .because_all(case.contrast(target, Varied::User).filter(|_| for_user).map(|(id, _)| id)),
    )
    .map(|found| {
        let tried = silent.is_some() || denied.is_some() || (for_user && !said.is_empty());
        let confirmed = found.confirmed && tried && case.on_gateway_host();
        found.confirmed_if(confirmed)
    })
}

fn forbids(route: &str) -> bool {
    matches!(route, "none" | "unreachable" | "prohibit" | "blackhole")
}

fn by_rule(target: &str, (id, rule): (&FactId, &FirewallRule)) -> Match {
    let whose = if rule.hook == "reply" { "the answers of" } else { "the packets to" };
    let mut found = Match::new(format!("A firewall rule in {} drops {whose} {target}", place(rule)))
        .because(id)
        .confirmed_if(true)
        .open_unless(
            rule.counted(),
            "upstream-accept-queue-full",
            "The rule fits but counts nothing: does a connection stand when it is taken out for a moment?",
        )
        .open_unless(
            !rule.unsure,
            "packet-loss",
            "The rule's conditions could not all be judged: does its counter rise with each attempt?",
        )
        .name("chain", rule.chain.clone())
        .name("rule", rule.rule.clone());
    if let Some(handle) = rule.handle {
        found = found.name("handle", handle.to_string());
    }
    found
}

/// Nothing answers, and no rule of this host says why.
fn without_rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let firewall = case.firewall(target);
    if firewall.is_some_and(|(_, firewall)| firewall.fitting == 0 && firewall.provider.is_some()) {
        return None;
    }
    let port = target.rsplit(':').next().unwrap_or_default();
    let other_port = case.contrast(target, Varied::Port).filter(|(_, contrast)| contrast.decides);
    let mut found = Match::new(format!("{target} does not answer connection attempts: packets are dropped on the way or there"))
        .because_all(other_port.map(|(id, _)| id))
        .confirmed_if(other_port.is_some())
        .open_unless(
            case.listener(target).is_some(),
            "upstream-accept-queue-full",
            format!("On the upstream's host: `ss -ltn 'sport = :{port}'`. Recv-Q above Send-Q means a full queue; 0 means a firewall."),
        )
        .open_unless(false, "cloud-security-group", "Rules outside this host (the upstream's own, the provider's) cannot be seen from here.");
    if let Some((id, _)) = firewall.filter(|(_, firewall)| firewall.fitting == 0 && other_port.is_none()) {
        found = found.against(id);
    }
    Some(found)
}
