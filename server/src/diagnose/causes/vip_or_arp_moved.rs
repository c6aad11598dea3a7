//! Two machines answer for the upstream's address.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;

use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "vip-or-arp-moved",
        title: "The upstream's address moved, or two machines have it",
        family: Family::Network,
        step: Step::Network,
        explanation: "A shared address (VIP) is taken over by another machine, or two machines have the same address. Packets go to one or the other, whichever answered the last question for it, so connections are refused, reset or unanswered in turn.",
        evidence: &[
            "Different hardware addresses answered for the same address during this run.",
            "Connections to it succeed and fail in turn.",
        ],
        contradictions: &["Always the same hardware address answers."],
        look_alikes: &["upstream-host-down", "packet-loss", "upstream-down-not-listening"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Find both machines",
                command: "sudo arping -c 4 -I DEVICE {ip}   # two hardware addresses\nip neigh show {ip}; bridge fdb show | grep -i HARDWARE",
                verify: "sudo arping -c 4 -I DEVICE {ip}   # one hardware address",
            },
            FixText {
                applies_to: "systemd",
                title: "With keepalived: one master only",
                command: "journalctl -u keepalived -n 50 --no-pager; grep -E 'state|priority|virtual_router_id' /etc/keepalived/keepalived.conf",
                verify: "ip addr | grep {ip}   # on each node; on one only",
            },
            FixText {
                applies_to: "any",
                title: "Forget the old entry at once",
                command: "sudo ip neigh flush to {ip}",
                verify: "ip neigh show {ip}",
            },
        ],
        references: &["https://www.rfc-editor.org/rfc/rfc5227", "https://www.rfc-editor.org/rfc/rfc5798"],
    },
    testimony: &[Meaning::Refused, Meaning::Reset, Meaning::ConnectTimeout, Meaning::HostUnreachable],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, neighbour) = case.neighbour(target).filter(|(_, n)| n.hardware.len() > 1)?;
    let failed = case.failed_connect(target)?;
    let both = case.effect.failed > 0 && case.effect.succeeded > 0;
    Some(
        Match::new(format!("{} is answered for by {}", neighbour.address, neighbour.hardware.join(" and by ")))
            .because(id)
            .because(failed.0)
            .confirmed_if(case.on_gateway_host())
            .open_unless(
                both,
                "upstream-host-down",
                "`sudo arping -c 4 -I DEVICE ADDRESS`: do two machines answer, or did it just move?",
            ),
    )
}
