//! A restart cuts requests that are under way.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "graceful-restart-drop",
        title: "A restart of the application cut the requests that were under way",
        family: Family::Code,
        step: Step::Logs,
        explanation: "The application was stopped or reloaded without waiting for the requests that it was serving. \
            Their connections closed without an answer, and connections that came before the new instance \
            listened were refused.",
        evidence: &[
            "The application, systemd or the master process logs a stop or a reload at the moment at which this run's own request breaks.",
            "Requests before and after are answered.",
        ],
        contradictions: &["No stop is logged: then the worker crashed or was killed."],
        look_alikes: &["upstream-crash-loop", "app-worker-segfault", "deploy-not-ready"],
        fixes: &[
            FixText {
                applies_to: "php-fpm",
                title: "Let workers finish their requests when it reloads",
                command: "process_control_timeout = 10s   # in the [global] section",
                verify: "sudo systemctl reload php*-fpm; sudo tail -n 5 /var/log/php8.2-fpm.log",
            },
            FixText {
                applies_to: "gunicorn",
                title: "Let workers finish their requests when it restarts",
                command: "gunicorn --graceful-timeout 30 …; reload with: kill -HUP {pid}",
                verify: "journalctl -u {app}.service -n 20",
            },
            FixText {
                applies_to: "nginx",
                title: "Let the gateway try again elsewhere when a connection breaks",
                command: "proxy_next_upstream error timeout;   # requests that may be repeated",
                verify: "sudo nginx -t && sudo nginx -s reload",
            },
            FixText {
                applies_to: "httpd",
                title: "Let httpd try again elsewhere when a connection breaks",
                command: "BalancerMember http://{target}\nBalancerMember http://ANOTHER:PORT   # in <Proxy balancer://app>: a failed connection goes to the next member",
                verify: "sudo apachectl configtest && sudo apachectl graceful",
            },
        ],
        references: &[
            "https://www.php.net/manual/en/install.fpm.configuration.php#process-control-timeout",
            "https://docs.gunicorn.org/en/stable/settings.html#graceful-timeout",
        ],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed, Meaning::Refused, Meaning::NoSuchSocket],
    absorbs: &[],
    rule: Rule::Target(rule),
};

const MEANINGS: &[Meaning] = &[
    Meaning::Stopping,
    Meaning::Reloading,
    Meaning::WorkerTerminated,
    Meaning::UnitStopping,
    Meaning::UnitStopped,
    Meaning::UnitReloading,
];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said = case.application_said(target, MEANINGS);
    // A request's time limit ends a worker by the same signal.
    let limit = case.application_said(target, &[Meaning::RequestTerminated, Meaning::WorkerTimedOut]);
    if said.owned.is_empty() || !limit.is_empty() {
        return None;
    }
    let beside = said.beside_failure();
    let answered = case.effect.succeeded > 0 || case.directs(target, true).any(|(_, direct)| direct.answered());
    Some(
        Match::new(format!(
            "The application at {target} was stopped or reloaded, which cut requests that were under way"
        ))
        .because_all(said.ids())
        .because_all(case.application(target).map(|(id, _)| id))
        .confirmed_if(beside && case.on_gateway_host())
        .open_unless(
            beside && answered,
            "upstream-crash-loop",
            "Is it answered now? Ask again; if it is not, the application did not come back.",
        ),
    )
}
