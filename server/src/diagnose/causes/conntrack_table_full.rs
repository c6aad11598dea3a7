//! Netfilter's table of connections is full.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::limits::Resource;
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "conntrack-table-full",
        title: "The table in which the firewall follows connections is full",
        family: Family::Overload,
        step: Step::Server,
        explanation: "Where a firewall follows connections, each takes an entry in a table of the kernel. The table \
            is full, so the first packet of every new connection is dropped in silence, while old connections go on. \
            The gateway runs into its connect timeout, now here, now there.",
        evidence: &[
            "nf_conntrack_count is at nf_conntrack_max.",
            "The kernel's counter of drops for that table rises while this run tries to connect.",
            "The kernel logs `nf_conntrack: table full, dropping packet` (only for the host's own namespace).",
        ],
        contradictions: &["The count is far below the maximum."],
        look_alikes: &["firewall-drop", "upstream-accept-queue-full", "syn-backlog-flood", "packet-loss"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Enlarge the table at once (about 300 bytes an entry)",
                command: "sudo sysctl -w net.netfilter.nf_conntrack_max=524288\necho 'net.netfilter.nf_conntrack_max = 524288' | sudo tee /etc/sysctl.d/60-conntrack.conf",
                verify: "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
            },
            FixText {
                applies_to: "any",
                title: "Forget idle connections sooner (five days is the kernel's own choice)",
                command: "sudo sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established=86400 net.netfilter.nf_conntrack_tcp_timeout_time_wait=30",
                verify: "sysctl net.netfilter.nf_conntrack_count",
            },
            FixText {
                applies_to: "any",
                title: "Or do not follow the gateway's own traffic to its upstream",
                command: "sudo nft add table inet raw; sudo nft add chain inet raw output '{ type filter hook output priority -300; }'\nsudo nft add rule inet raw output ip daddr {ip} tcp dport {port} notrack",
                verify: "sudo nft list table inet raw",
            },
        ],
        references: &["https://docs.kernel.org/networking/nf_conntrack-sysctl.html"],
    },
    testimony: &[Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, table) = case.capacity(Resource::Conntrack)?;
    let drops = case.host_counter("conntrack-drops").filter(|(_, c)| c.after > c.before);
    if !table.at_least(98) {
        return None;
    }
    let silent = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::TimedOut);
    let said: Vec<_> = case.lines(Meaning::ConnectTimeout, target).map(|(id, _)| id).collect();
    if silent.is_none() && said.is_empty() {
        return None;
    }
    // A packet that is sent again is dropped again: one drop alone may be another connection's.
    let ours = drops.is_some_and(|(_, c)| c.after >= c.before + 2) && silent.is_some();
    let rules_read = case.firewall(target).is_some();
    let rule_fits = case.firewall_rules(target).next().is_some();
    let queue_full = case.listener(target).is_some_and(|(_, listener)| listener.overfull());
    Some(
        Match::new(format!(
            "The firewall follows {} connections and may follow {}: the first packet to {target} is dropped",
            table.used.unwrap_or_default(),
            table.limit.unwrap_or_default()
        ))
        .because(id)
        .because_all(silent.map(|(id, _)| id))
        .because_all(said)
        .because_all(drops.map(|(id, _)| id))
        .confirmed_if(ours && case.on_gateway_host())
        .open_unless(
            rules_read && !rule_fits,
            "firewall-drop",
            "`sudo nft list ruleset`: does a rule drop packets to the upstream?",
        )
        .open_unless(
            !queue_full,
            "upstream-accept-queue-full",
            "`ss -ltn` on the upstream's host: Recv-Q above Send-Q?",
        ),
    )
}
