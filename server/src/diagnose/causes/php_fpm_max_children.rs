//! All workers of a php-fpm pool are busy.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule, ShownBy};
use app::model::fact::logs::{Joined, Meaning};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "php-fpm-max-children",
        title: "Every worker of the php-fpm pool is busy",
        family: Family::Overload,
        step: Step::Logs,
        explanation: "A php-fpm worker serves one request at a time, and the pool may have no more than \
            `pm.max_children` of them. All are busy with other requests, so that new ones wait in the queue \
            of the socket until the gateway gives up, or until the queue itself is full.",
        evidence: &[
            "The pool held as many connections as it may have workers before this run asked anything, holds them still, and further connections wait.",
            "php-fpm logs `server reached pm.max_children` (not with `pm = static`).",
            "The pool's status page shows no idle worker and a queue.",
        ],
        contradictions: &[
            "A worker is idle: then this one script is slow, or stuck.",
            "Nobody but this run is connected: then it is the script that hangs.",
        ],
        look_alikes: &[
            "upstream-hang-not-accepting",
            "upstream-slow-response",
            "php-fpm-process-max",
            "app-dependency-stalled",
        ],
        fixes: &[
            FixText {
                applies_to: "php-fpm",
                title: "First see what keeps the workers busy",
                command: "request_slowlog_timeout = 5s\nslowlog = /var/log/php-fpm.slow.log   # {place_of_pool}; then sudo systemctl reload php*-fpm",
                verify: "sudo tail -n 60 /var/log/php-fpm.slow.log",
            },
            FixText {
                applies_to: "php-fpm",
                title: "Then allow as many workers as the memory holds: free memory divided by what one of them takes",
                command: "pm.max_children = 20   # {place_of_pool}\nsudo systemctl reload php*-fpm",
                verify: "ps -C php-fpm8.2 -o pid,rss,args; ss -ltn 'sport = :{port}'   # Recv-Q must be 0",
            },
            FixText {
                applies_to: "php-fpm",
                title: "Let the status page answer while the pool is full",
                command: "pm.status_path = /status\npm.status_listen = 127.0.0.1:9001",
                verify: "SCRIPT_NAME=/status SCRIPT_FILENAME=/status REQUEST_METHOD=GET cgi-fcgi -bind -connect 127.0.0.1:9001",
            },
        ],
        references: &["https://www.php.net/manual/en/install.fpm.configuration.php#pm.max-children"],
    },
    testimony: &[Meaning::ReadTimeout, Meaning::QueueFull, Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, app) = case.application(target).filter(|(_, app)| app.product == "php-fpm")?;
    let when = &[Joined::Own, Joined::Window, Joined::Earlier];
    let said = case.application_said_since(target, &[Meaning::MaxChildren], when);
    let status = case.pool_status(target).filter(|(_, status)| status.idle == 0 && status.queue > 0);
    if !app.full_of_others() && !(app.full() && (!said.owned.is_empty() || status.is_some())) {
        return None;
    }
    let queue = case.queue_waits(target);
    let full_queue = case.connects(target).find(|(_, connect)| connect.errno == Some(QUEUE_FULL));
    let waits = queue.is_some() || full_queue.is_some() || status.is_some();
    let pool = app.name.clone().unwrap_or_default();
    let most = app.workers_max.unwrap_or(app.workers);
    let others = app.full_of_others() && app.workers_max.is_some_and(|most| app.workers >= most);
    Some(
        Match::new(format!("All {most} workers of php-fpm's pool {pool} at {target} are busy, and further requests wait"))
            .because(id)
            .because_all(said.ids())
            .because_all(queue.map(|(id, _)| id))
            .because_all(full_queue.map(|(id, _)| id))
            .because_all(status.map(|(id, _)| id))
            .because_all(case.silent_directs(target))
            .confirmed_if(waits && case.on_gateway_host())
            .shown_by(ShownBy::Waiting, waits && case.only_waits(target))
            .open_unless(
                others,
                "upstream-hang-not-accepting",
                "Are they busy with other clients' requests, or with this very one? The pool's status page with `?full` tells.",
            )
            .finer("What keeps the workers busy (a slow script, a database, another service): the slow log says so.")
            .name("place_of_pool", app.place.clone()),
    )
}

/// `EAGAIN`: on a unix socket it means a full queue, and nothing else.
const QUEUE_FULL: i32 = 11;
