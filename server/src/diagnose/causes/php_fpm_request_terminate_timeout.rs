//! php-fpm ends a request that takes longer than it allows.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "php-fpm-request-terminate-timeout",
        title: "php-fpm ends the script in the middle of the request",
        family: Family::Code,
        step: Step::Logs,
        explanation: "The pool's `request_terminate_timeout` is over before the script is done. php-fpm's master kills \
            the worker with the script, and the gateway sees a connection that is reset without an answer.",
        evidence: &[
            "php-fpm logs `execution timed out … terminating` for the pool at the moment at which this run's own request breaks.",
            "A request past the gateway is closed after just that time, and a worker of the pool ended meanwhile.",
        ],
        contradictions: &[
            "PHP's own `max_execution_time` ends a script with a status 500, not with a broken connection.",
        ],
        look_alikes: &[
            "upstream-closed-before-response",
            "app-worker-segfault",
            "upstream-slow-response",
            "php-fpm-max-children",
        ],
        fixes: &[
            FixText {
                applies_to: "php-fpm",
                title: "Allow the script more time, below what the gateway waits",
                command: "request_terminate_timeout = 120s   # {place_of_pool}\nsudo systemctl reload php*-fpm",
                verify: "sudo php-fpm8.2 -tt 2>&1 | grep request_terminate_timeout",
            },
            FixText {
                applies_to: "php-fpm",
                title: "Find what the script does all that time",
                command: "request_slowlog_timeout = 5s\nslowlog = /var/log/php-fpm.slow.log",
                verify: "sudo tail -n 40 /var/log/php-fpm.slow.log",
            },
        ],
        references: &["https://www.php.net/manual/en/install.fpm.configuration.php#request-terminate-timeout"],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

const MEANINGS: &[Meaning] = &[Meaning::RequestTerminated];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said = case.application_said(target, MEANINGS);
    let (same, timed_out) = (case.closed_direct(target), timed(case, target));
    if said.is_empty() && timed_out.is_none()
        || case.application(target).is_some_and(|(_, app)| app.product != "php-fpm")
    {
        return None;
    }
    let found = Match::new(format!(
        "php-fpm at {target} ends the script, because it takes longer than request_terminate_timeout"
    ))
    .because_all(said.ids())
    .because_all(same.map(|(id, _)| id))
    .because_all(timed_out)
    .because_all(case.application(target).map(|(id, _)| id))
    .confirmed_if((said.beside_failure() || timed_out.is_some()) && case.on_gateway_host())
    .open_unless(
        said.beside_failure() || timed_out.is_some(),
        "upstream-closed-before-response",
        "php-fpm's log at this second: does it say `execution timed out`?",
    );
    let place = case.application(target).map_or_else(String::new, |(_, app)| app.place.clone());
    Some(found.name("place_of_pool", place))
}

/// The application server's own time limit, where requests past the gateway are closed after just that time and a worker
/// of it ended meanwhile.
fn timed<'a>(case: &Case<'a>, target: &str) -> Option<&'a app::model::FactId> {
    let (id, direct) = case.closed_direct(target)?;
    let (_, application) = case.application(target).filter(|(_, app)| app.product == PRODUCT)?;
    let limit = application.timeout_ms?;
    // Both look at their workers once a second.
    let after_limit = (limit..=limit + 2500).contains(&(direct.total_ms + 200));
    (after_limit && !application.ended.is_empty()).then_some(id)
}

const PRODUCT: &str = "php-fpm";
