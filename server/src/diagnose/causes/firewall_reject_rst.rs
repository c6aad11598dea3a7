//! A firewall answers connection attempts with a reset.

use crate::diagnose::infer::Case;
use crate::diagnose::infer::{UNSEEN_RULE, place};
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::{ConnectOutcome, FirewallRule};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "firewall-reject-rst",
        title: "A firewall rejects connections to the upstream with a reset",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "A rule answers the gateway's connection attempts with a TCP reset, exactly as a closed port would. The application runs and listens, but nobody gets through to it. The rule stands on the gateway's host, on the upstream's host, or on a box between them.",
        evidence: &[
            "The gateway logs `Connection refused` (111) at once.",
            "Something listens on this address and port in the upstream's own network namespace, and connecting is refused all the same.",
            "A rule with `reject with tcp reset` fits, and its counter rises with our attempt.",
        ],
        contradictions: &[
            "Nothing listens there: then the port is closed, whatever the rules say.",
            "An ICMP message came instead of a reset: then the rule rejects with ICMP.",
        ],
        look_alikes: &["upstream-down-not-listening", "firewall-reject-icmp", "upstream-bind-address-wrong"],
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
        references: &["https://wiki.nftables.org/wiki-nftables/index.php/Rejecting_traffic"],
    },
    testimony: &[Meaning::Refused],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let refused = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Refused && c.icmp.is_none());
    let stop = case.stopping(target, "reject").filter(|(_, r)| r.reject_with.as_deref() == Some("tcp-reset"));
    let by_icmp = case
        .stopping(target, "reject")
        .is_some_and(|(_, r)| !r.unsure && r.reject_with.as_deref() != Some("tcp-reset"));
    let listener = case.listener(target);
    let listens = listener.is_some_and(|(_, l)| l.listening);
    if by_icmp || listener.is_some_and(|(_, l)| !l.listening) || stop.is_some_and(|(_, r)| Case::special(r)) {
        return None;
    }
    // For another user than the gateway's the connection may well stand.
    let for_user = stop.filter(|(_, r)| r.user.is_some());
    // An application that comes and goes refuses between two of its lives; a firewall resets every time.
    if stop.is_none() && case.stood(target).is_some() {
        return None;
    }
    if refused.is_none() && for_user.is_none() || (stop.is_none() && !listens) {
        return None;
    }
    let headline = match stop {
        Some((_, rule)) => format!("A firewall rule in {} resets connections to {target}", place(rule)),
        None => format!("{target} refuses connections although something listens there: a firewall resets them"),
    };
    let sure = stop.is_some_and(|(_, r)| !r.unsure);
    let counted = stop.is_some_and(|(_, r)| r.counted());
    let found = Match::new(headline)
        .because_all(refused.map(|(id, _)| id))
        .because_all(stop.map(|(id, _)| id))
        .because_all(listener.map(|(id, _)| id))
        .confirmed_if(case.on_gateway_host())
        .open_unless(
            (sure && (counted || listens)) || (listens && counted),
            "upstream-down-not-listening",
            "Which rule does it: `sudo nft -a list ruleset` there, with counters, before and after one `nc -vz`.",
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
