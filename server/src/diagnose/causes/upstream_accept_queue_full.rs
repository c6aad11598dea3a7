//! The application accepts connections too slowly; the kernel's queue for it is full.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::{ConnectOutcome, FirewallRule};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-accept-queue-full",
        title: "The application's queue of waiting connections is full",
        family: Family::Overload,
        step: Step::Server,
        explanation: "The kernel keeps finished connections in a queue until the application accepts them. The \
            queue is full, so the kernel drops further connection attempts in silence and the gateway runs into \
            its connect timeout. The application is stuck or has too few workers; the queue is where it shows.",
        evidence: &[
            "`ss -ltn` shows more waiting connections (Recv-Q) than the queue holds (Send-Q).",
            "The kernel's counter of overflown listeners rises while this run tries to connect.",
            "The gateway logs a timeout while connecting, although something listens there.",
        ],
        contradictions: &[
            "Recv-Q is 0 and the counter stands still: then packets are dropped on the way, by a firewall for example.",
        ],
        look_alikes: &["firewall-drop", "upstream-hang-not-accepting", "syn-backlog-flood", "upstream-host-down"],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "Free the application first: it does not accept",
                command: "ss -ltnp 'sport = :{port}'; sudo systemctl restart {app}.service",
                verify: "ss -ltn 'sport = :{port}'   # Recv-Q must fall to 0",
            },
            FixText {
                applies_to: "any",
                title: "Then more workers, and a longer queue",
                command: "sudo sysctl -w net.core.somaxconn=4096\n# and in the application: gunicorn --workers 4 --backlog 2048 · php-fpm listen.backlog = 1024 · node server.listen(port, host, 1024)",
                verify: "nstat -az TcpExtListenOverflows   # twice; it must not rise",
            },
        ],
        references: &[
            "https://docs.kernel.org/networking/ip-sysctl.html",
            "https://man7.org/linux/man-pages/man2/listen.2.html",
        ],
    },
    testimony: &[Meaning::ConnectTimeout],
    absorbs: &["upstream-hang-not-accepting", "firewall-drop"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if target.starts_with("unix:") || case.connects(target).any(|(_, c)| c.outcome == ConnectOutcome::Open) {
        return None;
    }
    let silent = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::TimedOut);
    let said: Vec<_> = case.lines(Meaning::ConnectTimeout, target).map(|(id, _)| id).collect();
    if silent.is_none() && said.is_empty() {
        return None;
    }
    let Some((table, listener)) = case.listener(target) else {
        return remote(case, target, silent.map(|(id, _)| id), said);
    };
    if !listener.overfull() {
        return None;
    }
    let counters: Vec<_> =
        ["ListenOverflows", "ListenDrops"].iter().filter_map(|name| case.counter(name, target)).collect();
    let rose = counters.iter().any(|(_, c)| c.after > c.before);
    let most = listener.waiting.iter().max().copied().unwrap_or_default();
    Some(
        Match::new(format!(
            "{target} accepts no connections: {most} wait in a queue for {}, so the kernel drops further ones",
            listener.backlog.unwrap_or_default()
        ))
        .because_all(silent.map(|(id, _)| id))
        .because_all(said)
        .because(table)
        .because_all(counters.iter().filter(|(_, c)| c.after > c.before).map(|(id, _)| *id))
        .confirmed_if(silent.is_some() && case.on_gateway_host())
        .open_unless(
            rose,
            "firewall-drop",
            "`nstat -az TcpExtListenOverflows` before and after one `curl` to the upstream: does it rise?",
        )
        .finer(
            "Why it does not accept (stuck, or too few workers): take a stack of the process, or look at its workers.",
        ),
    )
}

/// The upstream is on another host: its queue cannot be seen from here.
fn remote(
    case: &Case<'_>,
    target: &str,
    silent: Option<&app::model::FactId>,
    said: Vec<&app::model::FactId>,
) -> Option<Match> {
    let drops = |rule: &FirewallRule| rule.verdict == "drop" && (rule.counted() || rule.packets_after.is_none());
    if case.firewall_rules(target).any(|(_, rule)| drops(rule)) || case.neighbour_is_dead(target) {
        return None;
    }
    let port = target.rsplit(':').next().unwrap_or_default();
    let found = Match::new(format!("{target} does not answer connection attempts; its queue may be full"))
        .because_all(silent)
        .because_all(said)
        .open_unless(
            false,
            "firewall-drop",
            format!("On the upstream's host: `ss -ltn 'sport = :{port}'`. Recv-Q above Send-Q means a full queue; 0 means a firewall."),
        );
    Some(found)
}
