//! The origin's firewall keeps the content network out.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cdn-origin-blocked",
        title: "The origin's firewall keeps the content network out",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "The origin is up and answers other clients, but not the content network: a firewall, an allow- \
            list, fail2ban or a provider's security group refuses or drops the network's addresses. Often an \
            allow-list was written once and the network has added ranges since.",
        evidence: &[
            "The network cannot connect (Cloudflare 521, 522) or its connections are closed (520).",
            "The origin answers when it is asked from elsewhere.",
        ],
        contradictions: &["The origin's access log shows the network's requests at that second."],
        look_alikes: &["cdn-origin-down", "cdn-origin-unreachable", "upstream-accept-queue-full"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "On the origin, let all published ranges of the network in",
                command: "for net in $(curl -s https://www.cloudflare.com/ips-v4); do sudo nft add rule inet filter input ip saddr $net tcp dport { 80, 443 } accept; done",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Lift bans of the network's addresses",
                command: "sudo fail2ban-client status; sudo fail2ban-client set JAIL unbanip ADDRESS",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://developers.cloudflare.com/fundamentals/concepts/cloudflare-ip-addresses/"],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::OriginRefused, EdgeWord::OriginSilent])?;
    let (direct, _) = case.origin_answers()?;
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} says by {} that it cannot talk to the origin, while the origin answers other clients: a rule there keeps the network out", edge.product, edge.code))
        .because(id)
        .because(direct)
        .confirmed_if(true)
        .open_unless(
            false,
            "cdn-origin-down",
            "On the origin: `sudo nft list ruleset; sudo fail2ban-client status`, and compare with the network's published ranges. An access log line of the network at this second would refute it.",
        ),
    )
}
