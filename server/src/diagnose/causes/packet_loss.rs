//! Packets to the upstream are lost now and then.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;

use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "packet-loss",
        title: "Packets on the way to the upstream are lost now and then",
        family: Family::Network,
        step: Step::Network,
        explanation: "Some of the packets between gateway and upstream do not arrive. Connections take one, three or seven seconds, since the first packet has to be sent again; some fail. A faulty cable or card, an overloaded link, a duplex mismatch, or a rule that drops at random.",
        evidence: &[
            "Of many connection attempts some are answered at once and some only after a repetition, also on a port where nothing listens.",
            "The gateway's log mixes connect timeouts with successes.",
        ],
        contradictions: &[
            "Only the application's own port is slow: then its queue is full, or it accepts too slowly.",
            "No attempt is ever answered.",
        ],
        look_alikes: &["upstream-accept-queue-full", "firewall-drop", "mtu-blackhole", "asymmetric-route-rp-filter"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Find where: the link, its errors, the path",
                command: "ip -s link; ethtool -S DEVICE | grep -Ei 'err|drop|crc'; mtr -rwc 50 {ip}",
                verify: "for i in 1 2 3 4 5 6 7 8 9 10; do curl -sS -o /dev/null -w '%{time_connect}\\n' http://{target}/; done",
            },
            FixText {
                applies_to: "any",
                title: "Is a rule dropping at random, or above a rate?",
                command: "sudo nft -a list ruleset | grep -E 'numgen|limit'; sudo iptables-save -c | grep -E 'statistic|limit|hashlimit'",
                verify: "nstat -z TcpRetransSegs; sleep 5; nstat TcpRetransSegs",
            },
        ],
        references: &["https://docs.kernel.org/networking/statistics.html"],
    },
    testimony: &[Meaning::ConnectTimeout, Meaning::ReadTimeout, Meaning::Reset],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let of =
        |closed: bool| case.facts.series().filter(move |(_, s)| s.target == target && s.closed_port == closed).last();
    let (series_id, series) = of(false)?;
    let missed = series.late + series.lost;
    if missed == 0 || series.quick == 0 {
        return None;
    }
    let control = of(true);
    let lost_there = control.is_some_and(|(_, s)| s.late + s.lost >= 2 && s.quick >= 1);
    let overfull = case.listener(target).is_some_and(|(_, l)| l.overfull());
    let rule = case.stopping(target, "drop").filter(|(_, rule)| rule.counted());
    let mut found = Match::new(format!(
        "Packets to {target} are lost: {missed} of {} connection attempts were late or failed",
        series.tries
    ))
    .because(series_id)
    .because_all(control.map(|(id, _)| id))
    .because_all(rule.map(|(id, _)| id))
    .confirmed_if(lost_there && case.on_gateway_host())
    .open_unless(
        lost_there && !overfull,
        "upstream-accept-queue-full",
        "On the upstream's host: `nstat -az TcpExtListenOverflows` twice; does it rise?",
    );
    if let Some((_, rule)) = rule {
        found = found.finer(format!("A rule drops some of them: {} ({})", rule.rule, rule.chain));
    }
    Some(found)
}
