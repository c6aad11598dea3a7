//! The application does not run, or does not listen where it should.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-down-not-listening",
        title: "Nothing listens where the gateway connects to",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway tries to connect to the application and the host answers at once that nobody \
            listens on that port. The application is stopped, crashed, or has not finished starting. The gateway \
            itself works as it should.",
        evidence: &[
            "The gateway logs a refused connection (111) for this run's own request.",
            "A connection from the gateway's host is refused within milliseconds.",
            "The table of listeners in the upstream's own network namespace has no entry for the port.",
        ],
        contradictions: &[
            "A process listens on the address: then a firewall rule rejects the connection.",
            "The application listens on another port, or at another address of the same host.",
        ],
        look_alikes: &[
            "upstream-wrong-port",
            "upstream-bind-address-wrong",
            "firewall-reject-rst",
            "firewall-reject-icmp",
        ],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "Start the application and read why it stopped",
                command: "sudo systemctl restart {app}.service; systemctl status {app}.service; journalctl -u {app}.service -n 100 --no-pager",
                verify: "ss -ltnp 'sport = :{port}'",
            },
            FixText {
                applies_to: "any",
                title: "Without systemd, start it by its own command and see that it listens on {target}",
                command: "docker ps -a   # containers that exited; docker start {app}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/",
            },
            FixText {
                applies_to: "systemd",
                title: "Let systemd start it again by itself next time",
                command: "sudo systemctl edit {app}.service   # [Service] Restart=on-failure RestartSec=2",
                verify: "systemctl show {app}.service -p Restart",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server",
            "https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Restart=",
        ],
    },
    testimony: &[Meaning::Refused],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if target.starts_with("unix:") || case.connects(target).any(|(_, c)| c.outcome == ConnectOutcome::Open) {
        return None;
    }
    let refused = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Refused);
    let said: Vec<_> = case.lines(Meaning::Refused, target).map(|(id, _)| id).collect();
    if refused.is_none() && said.is_empty() {
        return None;
    }
    let listener = case.listener(target);
    if listener.is_some_and(|(_, l)| l.listening) {
        return None;
    }
    let found = Match::new(match listener {
        Some(_) => format!("Nothing listens on {target}: the application is not running there"),
        None => format!("{target} refuses connections: the application is probably not running there"),
    })
    .because_all(said)
    .because_all(refused.map(|(id, _)| id))
    .because_all(listener.map(|(id, _)| id))
    .confirmed_if(refused.is_some() && listener.is_some() && case.on_gateway_host());
    Some(look_alikes(case, target, found))
}

fn look_alikes(case: &Case<'_>, target: &str, found: Match) -> Match {
    let port = target.rsplit(':').next().unwrap_or_default();
    let listener = case.listener(target);
    let others =
        case.instead_of(target).any(|(_, o)| o.near || o.known_upstream || o.status.is_some_and(|status| status < 400));
    let bound_elsewhere = listener.is_some_and(|(_, l)| !l.elsewhere.is_empty());
    let member = case.member_of(target);
    let unlisted = member.is_none() && !case.members.is_empty();
    let by_name = member.is_some_and(|(_, m)| m.by_name && !m.name.starts_with("localhost"));
    found
        .open_unless(!others, "upstream-wrong-port", "Another program listens near by: is it the application? `ss -ltnp`")
        .open_unless(
            !bound_elsewhere,
            "upstream-bind-address-wrong",
            format!("The same port is open at another address: `ss -ltnp 'sport = :{port}'`"),
        )
        .open_unless(
            listener.is_some(),
            "firewall-reject-rst",
            format!("On the upstream's host: `ss -ltnp 'sport = :{port}'` shows whether anything listens."),
        )
        .open_unless(
            !unlisted,
            "gateway-config-not-reloaded",
            "The gateway connects to an address that its configuration does not name: `sudo nginx -t && sudo nginx -s reload`",
        )
        .open_unless(
            !by_name,
            "dns-wrong-record",
            "The address comes from a name: is it the right one? `dig +short NAME`, and compare with where the application runs.",
        )
        .finer("Why it is not running (crashed, not started yet, stopped): its own log and `systemctl status` say so.")
}
