//! The upstream's queue of half-open connections is full.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::limits::Resource;
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "syn-backlog-flood",
        title: "The upstream's queue of half-open connections is full",
        family: Family::Overload,
        step: Step::Server,
        explanation: "A connection is half open until the client has answered the server's answer. A flood of first \
            packets, or clients that never finish, fill the queue for them; without cookies the kernel then drops \
            every further first packet, and the gateway runs into its connect timeout.",
        evidence: &[
            "The counter TCPReqQFullDrop rises while this run tries to connect.",
            "Many connections to the upstream's port are half open (SYN-RECV).",
            "The kernel logs `Possible SYN flooding on port …`.",
        ],
        contradictions: &[
            "Recv-Q of the listener is above Send-Q: then the application does not accept, which prints the same kernel line.",
        ],
        look_alikes: &["upstream-accept-queue-full", "firewall-drop", "conntrack-table-full"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Let cookies stand in for a full queue, and lengthen it",
                command: "sudo sysctl -w net.ipv4.tcp_syncookies=1 net.ipv4.tcp_max_syn_backlog=8192 net.core.somaxconn=4096",
                verify: "nstat -az TcpExtTCPReqQFullDrop TcpExtTCPReqQFullDoCookies   # twice",
            },
            FixText {
                applies_to: "any",
                title: "See where the first packets come from, and let only the gateway reach the upstream",
                command: "ss -tan state syn-recv 'sport = :{port}' | awk '{print $4}' | sort | uniq -c | sort -rn | head",
                verify: "ss -tan state syn-recv 'sport = :{port}' | wc -l",
            },
        ],
        references: &["https://docs.kernel.org/networking/ip-sysctl.html"],
    },
    testimony: &[Meaning::ConnectTimeout],
    absorbs: &["firewall-drop"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let dropped = case.host_counter("TCPReqQFullDrop").filter(|(_, c)| c.after > c.before);
    let half_open = case.capacity_of(Resource::HalfOpen, target);
    dropped?;
    let silent = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::TimedOut);
    let said: Vec<_> = case.lines(Meaning::ConnectTimeout, target).map(|(id, _)| id).collect();
    if silent.is_none() && said.is_empty() {
        return None;
    }
    let (table, listener) = case.listener(target)?;
    if listener.overfull() || listener.waiting.iter().any(|waiting| *waiting > 0) {
        return None;
    }
    // A first packet that is sent again is dropped again.
    let ours = dropped.is_some_and(|(_, c)| c.after >= c.before + 2) && silent.is_some();
    Some(
        Match::new(format!(
            "{target} is not reached: {} connections to it are half open, so the kernel drops the first packet of others",
            half_open.and_then(|(_, capacity)| capacity.used).unwrap_or_default()
        ))
        .because(table)
        .because_all(silent.map(|(id, _)| id))
        .because_all(said)
        .because_all(dropped.map(|(id, _)| id))
        .because_all(half_open.map(|(id, _)| id))
        .confirmed_if(ours && half_open.is_some() && case.on_gateway_host())
        .open_unless(
            case.firewall(target).is_some() && case.firewall_rules(target).next().is_none(),
            "firewall-drop",
            "`sudo nft list ruleset`: does a rule drop packets to the upstream?",
        ),
    )
}
