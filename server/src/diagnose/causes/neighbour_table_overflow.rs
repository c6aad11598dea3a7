//! The table of neighbours is full.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "neighbour-table-overflow",
        title: "The table of neighbours (ARP, NDP) is full",
        family: Family::Network,
        step: Step::Network,
        explanation: "The kernel keeps the hardware addresses of its neighbours in a table of limited size. On a large flat network, or a host with very many containers, it is full: new neighbours cannot be asked for, and connections to them fail at random.",
        evidence: &[
            "The kernel logs `neighbor table overflow!`.",
            "The table has as many entries as `gc_thresh3` allows.",
            "Connecting fails with ENOBUFS (105) or without a way to the host (113).",
        ],
        contradictions: &["The table has room."],
        look_alikes: &["upstream-host-down", "packet-loss"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Make room for more neighbours",
                command: "sudo sysctl -w net.ipv4.neigh.default.gc_thresh1=2048 net.ipv4.neigh.default.gc_thresh2=4096 net.ipv4.neigh.default.gc_thresh3=8192\n# the same for net.ipv6; keep them in /etc/sysctl.d/",
                verify: "ip -4 neigh | wc -l; journalctl -k --since '-5min' | grep -c 'table overflow'",
            },
            FixText {
                applies_to: "any",
                title: "Or make the network smaller: fewer hosts on one link",
                command: "ip -4 -br addr; ip -s neigh | head",
                verify: "ip -4 neigh | wc -l",
            },
        ],
        references: &["https://man7.org/linux/man-pages/man7/arp.7.html"],
    },
    testimony: &[Meaning::HostUnreachable, Meaning::ConnectTimeout],
    absorbs: &["upstream-host-down"],
    rule: Rule::Whole(rule),
};

/// Linux' "No buffer space available".
const ENOBUFS: i32 = 105;

fn rule(case: &Case<'_>) -> Option<Match> {
    let full = case.facts.neighbours().find(|(_, n)| n.table.is_some_and(|(used, most)| used >= most));
    let said: Vec<_> = case.lines_of(Meaning::NeighbourTableFull).map(|(id, _)| id).collect();
    if full.is_none() && said.is_empty() {
        return None;
    }
    let failed = case.facts.connects().find(|(_, c)| c.from_gateway_host && c.outcome != ConnectOutcome::Open)?;
    let no_room = failed.1.errno == Some(ENOBUFS);
    Some(
        Match::new("The table of neighbours is full, so further hosts of this network cannot be reached")
            .because_all(full.map(|(id, _)| id))
            .because_all(said.iter().copied())
            .because(failed.0)
            .confirmed_if(full.is_some() && (no_room || !said.is_empty()) && case.on_gateway_host())
            .open_unless(
                full.is_some() && (no_room || !said.is_empty()),
                "upstream-host-down",
                "`ip neigh | wc -l` against `sysctl net.ipv4.neigh.default.gc_thresh3`, and `journalctl -k | grep overflow`.",
            ),
    )
}
