//! The application has just been started and does not listen yet.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "deploy-not-ready",
        title: "The application was started moments ago and is not ready",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "A new instance of the application is starting and does not listen yet, but the gateway sends it \
            requests already. Each is refused until the instance is ready, which usually takes seconds.",
        evidence: &[
            "The application's process runs, began moments before this run, and does not listen yet.",
            "Connections are refused at once.",
        ],
        contradictions: &[
            "The process has run for minutes: then it listens somewhere else, or hangs in its start.",
            "There is no process: then it is down.",
        ],
        look_alikes: &["upstream-down-not-listening", "upstream-crash-loop", "upstream-wrong-port"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Wait until it listens, before the gateway is switched to it",
                command: "until curl -fsS -o /dev/null http://{target}/; do sleep 1; done",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "Let the gateway try another instance meanwhile",
                command: "upstream app { server {target}; server ANOTHER:PORT backup; }\nproxy_next_upstream error timeout;",
                verify: "sudo nginx -t && sudo nginx -s reload",
            },
            FixText {
                applies_to: "httpd",
                title: "Let httpd try another instance meanwhile",
                command: "BalancerMember http://{target} retry=1\nBalancerMember http://ANOTHER:PORT status=+H   # in <Proxy balancer://app>",
                verify: "sudo apachectl configtest && sudo apachectl graceful",
            },
            FixText {
                applies_to: "systemd",
                title: "Let systemd know when it is ready",
                command: "sudo systemctl edit {app}.service   # [Service] Type=notify",
                verify: "systemctl show {app}.service -p ActiveState -p SubState",
            },
        ],
        references: &["https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Type="],
    },
    testimony: &[Meaning::Refused, Meaning::NoSuchSocket],
    absorbs: &[],
    rule: Rule::Target(rule),
};

/// An instance that is older than this is not starting any more.
const YOUNG_MS: u64 = 120_000;

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, app) = case.application(target).filter(|(_, app)| app.age_ms.is_some_and(|age| age <= YOUNG_MS))?;
    let silent = case.listener(target).filter(|(_, listener)| !listener.listening);
    let missing = case.unix_socket(target).filter(|(_, socket)| socket.exists == Some(false));
    let refused =
        case.connects(target).find(|(_, c)| matches!(c.outcome, ConnectOutcome::Refused | ConnectOutcome::Missing));
    if (silent.is_none() && missing.is_none()) || (refused.is_none() && missing.is_none()) {
        return None;
    }
    let seconds = app.age_ms.unwrap_or(0) / 1000;
    let stays = app.ended.is_empty();
    Some(
        Match::new(format!("The application for {target} was started {seconds} s ago and does not listen yet"))
            .because(id)
            .because_all(silent.map(|(id, _)| id))
            .because_all(missing.map(|(id, _)| id))
            .because_all(refused.map(|(id, _)| id))
            .confirmed_if(case.on_gateway_host())
            .open_unless(
                false,
                "upstream-crash-loop",
                "Does it listen in the end? Ask again in a minute; its own log says what it does until then.",
            )
            .open_unless(stays, "upstream-crash-loop", "Its processes end again: `journalctl --since '-5min'`"),
    )
}
