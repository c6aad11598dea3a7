//! A filter that looks into packets resets this one flow.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::Varied;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "ids-or-dpi-reset",
        title: "A filter that looks into the packets ends this flow",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "An intrusion prevention system, a firewall rule that looks for words, or an inspecting middlebox takes exception to what is in this request or its answer, and resets or drops the flow in the middle. Other requests to the same place pass.",
        evidence: &[
            "The connection stands, and a rule for packets inside it counts when this request is sent.",
            "The same place answers another request.",
        ],
        contradictions: &["Every request is reset: then it is the application, or a rule for the whole port."],
        look_alikes: &["upstream-closed-before-response", "firewall-reject-rst", "keepalive-race"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Find the rule, and make an exception",
            command: "sudo nft -a list ruleset | grep -nE '@th|@ih|queue'; sudo iptables-save -c | grep -E 'string|NFQUEUE'\njournalctl -u suricata -u snort --since '-15min'   # if one runs here or on the way",
            verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
        }],
        references: &["https://docs.suricata.io/en/latest/setting-up-ipsinline-for-linux.html"],
    },
    testimony: &[Meaning::Reset, Meaning::ClosedEarly, Meaning::ReadTimeout],
    absorbs: &["upstream-closed-before-response"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, rule) = case.firewall_rules(target).find(|(_, rule)| rule.hook == "data" && rule.counted())?;
    if !case.connects_for_us(target) {
        return None;
    }
    let direct = case.directs(target, true).find(|(_, d)| d.failure.is_some());
    let other = case.contrast(target, Varied::Content).filter(|(_, c)| c.decides);
    Some(
        Match::new(format!("A rule for packets inside connections to {target} ends this one: {}", rule.rule))
            .because(id)
            .because_all(direct.map(|(id, _)| id))
            .because_all(other.map(|(id, _)| id))
            .confirmed_if(direct.is_some() && case.on_gateway_host())
            .open_unless(
                other.is_some(),
                "upstream-closed-before-response",
                "Does another request to the same place pass, and does the rule's counter rest then?",
            )
            .name("chain", rule.chain.clone())
            .name("rule", rule.rule.clone()),
    )
}
