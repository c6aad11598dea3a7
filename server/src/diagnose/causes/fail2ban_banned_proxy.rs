//! A ban list holds the gateway's own address.

use crate::diagnose::infer::Case;
use crate::diagnose::infer::place;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::FirewallRule;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "fail2ban-banned-proxy",
        title: "A ban list has banned the gateway's address",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "Software that bans addresses after failed logins or too many requests (fail2ban, CrowdSec, CSF) sees only the gateway's address, because all visitors come through it. It has banned the gateway, so every connection from it is rejected or dropped, until the ban runs out.",
        evidence: &[
            "The rule that stops our packets is one of the ban list's, and its counter rises.",
            "The list holds the gateway's address.",
        ],
        contradictions: &["The rule is somebody's own.", "The address is not in the list."],
        look_alikes: &["firewall-reject-icmp", "firewall-drop", "upstream-blocks-gateway"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Take the gateway off the list",
                command: "sudo fail2ban-client status; sudo fail2ban-client unban GATEWAY   # CrowdSec: cscli decisions delete --ip GATEWAY · CSF: csf -dr GATEWAY",
                verify: "nc -vz -w 3 {ip} {port}",
            },
            FixText {
                applies_to: "any",
                title: "And keep it off",
                command: "# /etc/fail2ban/jail.local: [DEFAULT] ignoreip = 127.0.0.1/8 ::1 GATEWAY\nsudo fail2ban-client reload",
                verify: "sudo fail2ban-client get JAIL ignoreip",
            },
            FixText {
                applies_to: "nginx",
                title: "Let the upstream see the visitors' addresses, so that they are banned instead",
                command: "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;   # and real_ip_header there\nsudo nginx -t && sudo nginx -s reload",
                verify: "sudo fail2ban-client status JAIL",
            },
        ],
        references: &[
            "https://github.com/fail2ban/fail2ban/wiki",
            "https://docs.crowdsec.net/docs/next/cscli/cscli_decisions/",
        ],
    },
    testimony: &[Meaning::Refused, Meaning::HostUnreachable, Meaning::ConnectTimeout],
    absorbs: &["firewall-drop", "firewall-reject-icmp", "firewall-reject-rst"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let stops = || {
        case.firewall_rules(target)
            .filter(|(_, rule)| matches!(rule.verdict.as_str(), "drop" | "reject"))
            .filter(|(_, rule)| matches!(rule.keeper.as_deref(), Some("fail2ban" | "crowdsec" | "csf")))
            .filter(|(_, rule)| rule.counted() || rule.packets_after.is_none() || rule.packets_before.is_none())
    };
    let (id, rule) = stops().find(|(_, r)| r.counted()).or_else(|| stops().find(|(_, r)| !r.unsure))?;
    let failed = case.failed_connect(target)?;
    let keeper = rule.keeper.clone().unwrap_or_default();
    let listens = case.listener(target).is_some_and(|(_, l)| l.listening);
    Some(named(
        Match::new(format!(
            "{keeper} has banned the gateway's address: its rule in {} stops packets to {target}",
            place(rule)
        ))
        .because(id)
        .because(failed.0)
        .because_all(case.listener(target).map(|(id, _)| id))
        .confirmed_if(case.on_gateway_host())
        .open_unless(
            !rule.unsure && (rule.counted() || listens),
            "firewall-drop",
            "`sudo fail2ban-client status` there: does a jail hold the gateway's address?",
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
