//! Answers come in by another link and are dropped.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::{ConnectOutcome, Varied};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "asymmetric-route-rp-filter",
        title: "Answers of the upstream come in by another link and are dropped (rp_filter)",
        family: Family::Network,
        step: Step::Network,
        explanation: "Packets to the upstream leave by one link and its answers come back by another one. With strict reverse path filtering the kernel drops such answers without a word, because it would not send to that address by the link on which they came. The connection attempt gets no answer.",
        evidence: &[
            "The kernel's counter IPReversePathFilter rises with each of our attempts, and rests while we rest.",
            "`ip route get` towards the upstream shows another link than the one on which its packets come in.",
        ],
        contradictions: &["The counter stands still while we try.", "`rp_filter` is 0 or 2 on all links."],
        look_alikes: &["firewall-drop", "upstream-host-down", "packet-loss"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Accept answers on any link that has a way back (loose mode)",
                command: "sudo sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.DEVICE.rp_filter=2",
                verify: "nstat -az TcpExtIPReversePathFilter   # twice, with a curl between; it must not rise",
            },
            FixText {
                applies_to: "any",
                title: "Better: let both ways use the same link",
                command: "ip route get {ip}; ip rule; ip route show table all | grep {ip}\nsudo ip route add NETWORK via ROUTER dev DEVICE",
                verify: "ip route get {ip}",
            },
        ],
        references: &["https://docs.kernel.org/networking/ip-sysctl.html", "https://www.rfc-editor.org/rfc/rfc3704"],
    },
    testimony: &[Meaning::ConnectTimeout],
    absorbs: &["firewall-drop"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (counter_id, _) = case.counter("IPReversePathFilter", target).filter(|(_, c)| c.after > c.before)?;
    let (silent_id, _) = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::TimedOut)?;
    if case.neighbour_is_dead(target) || case.stopping(target, "drop").is_some() {
        return None;
    }
    let burst = case.contrast(target, Varied::Attempts).filter(|(_, c)| c.decides);
    Some(
        Match::new(format!("Answers of {target} come in by another link than packets to it leave by, and are dropped"))
            .because(counter_id)
            .because(silent_id)
            .because_all(burst.map(|(id, _)| id))
            .because_all(case.ip_route(target).map(|(id, _)| id))
            .confirmed_if(case.on_gateway_host())
            .open_unless(
                burst.is_some(),
                "firewall-drop",
                "Does the counter rise with each attempt, and only then? `nstat -az TcpExtIPReversePathFilter` before and after one `nc -vz`.",
            ),
    )
}
