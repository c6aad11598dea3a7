//! No tunnel from the origin to the content network is open.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cdn-tunnel-down",
        title: "No tunnel from the origin to the content network is open",
        family: Family::Network,
        step: Step::Network,
        explanation: "The site is published through a tunnel that a small program on the origin keeps open to the \
            content network. That program is stopped, its credentials are wrong, or a firewall stops its \
            outgoing connections, so the network has nobody to hand requests to.",
        evidence: &["The network answers by its own code for a tunnel without connections (Cloudflare 530 with 1033)."],
        contradictions: &["The connector runs and shows open connections."],
        look_alikes: &["cdn-origin-dns-error", "firewall-drop"],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "Start the connector again",
                command: "sudo systemctl restart cloudflared; journalctl -u cloudflared -n 30 --no-pager",
                verify: "cloudflared tunnel info NAME",
            },
            FixText {
                applies_to: "any",
                title: "Let it reach the network",
                command: "nc -vz region1.v2.argotunnel.com 7844",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/error-1033/",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::Tunnel])?;
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} says by {} that no tunnel from the origin is open: its connector does not run or cannot reach the network", edge.product, edge.code))
        .because(id)
        .confirmed_if(true)
        .open_unless(
            false,
            "firewall-drop",
            "On the origin: `systemctl status cloudflared; cloudflared tunnel info NAME; journalctl -u cloudflared -n 50 --no-pager`",
        ),
    )
}
