//! httpd has no worker left for a further request.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::limits::Resource;
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FaultKind, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "httpd-maxrequestworkers",
        title: "All workers of httpd are busy",
        family: Family::Overload,
        step: Step::Logs,
        explanation: "Each request that httpd serves or forwards holds one worker until it is done. MaxRequestWorkers \
            of them are busy, most often because the application behind is slow, so that further clients wait in the \
            kernel's queue and give up. httpd says so once, and then no more until it is restarted.",
        evidence: &[
            "httpd logs AH00484 or AH00161 (MaxRequestWorkers), or AH03490 (scoreboard).",
            "As many connections stand at httpd's port as it has workers.",
            "Requests through httpd wait without an answer while the upstream answers directly.",
        ],
        contradictions: &[
            "The upstream is silent when it is asked directly: then it is what holds the workers.",
            "Workers are free: then the line is of an earlier hour.",
        ],
        look_alikes: &["upstream-hang-not-accepting", "upstream-slow-response", "gateway-self-loop"],
        fixes: &[
            FixText {
                applies_to: "httpd",
                title: "See what holds the workers, and for how long",
                command: "sudo a2enmod status && sudo apachectl graceful && curl -s 'http://127.0.0.1/server-status?auto' | grep -E 'BusyWorkers|IdleWorkers|Scoreboard'",
                verify: "curl -s 'http://127.0.0.1/server-status?auto' | grep IdleWorkers",
            },
            FixText {
                applies_to: "httpd",
                title: "Give up sooner on a slow upstream, so that it cannot hold every worker",
                command: "ProxyTimeout 20   # at {place}; then: sudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Allow more workers, as far as memory allows",
                command: "ServerLimit 16\nThreadsPerChild 25\nMaxRequestWorkers 400   # then restart: sudo systemctl restart apache2 (httpd on Red Hat)",
                verify: "sudo grep -E 'AH00484|AH00161|AH03490' /var/log/apache2/error.log | tail -3",
            },
        ],
        references: &["https://httpd.apache.org/docs/2.4/mod/mpm_common.html#maxrequestworkers"],
    },
    testimony: &[Meaning::OutOfWorkers],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    // The line comes once in a server's life, so an early one counts too.
    let said: Vec<_> = case.facts.log_lines().filter(|(_, l)| l.meaning == Meaning::OutOfWorkers).collect();
    let room = case.capacity(Resource::GatewayWorkers);
    let full = room.filter(|(_, capacity)| capacity.at_least(100));
    let waits = case.effect.open > 0
        || case.facts.attempts().any(|(_, a)| {
            a.status.is_none()
                && a.failure.as_ref().is_some_and(|f| {
                    matches!(f.kind, FaultKind::ReadTimeout | FaultKind::ConnectTimeout | FaultKind::ClosedEarly)
                })
        });
    if (said.is_empty() && full.is_none()) || !waits {
        return None;
    }
    let well: Vec<_> = case.facts.directs().filter(|(_, direct)| direct.answered()).collect();
    let silent = case.facts.directs().any(|(_, direct)| direct.silent());
    let limit = room.and_then(|(_, capacity)| capacity.limit);
    let headline = match limit {
        Some(limit) => format!("All {limit} workers of httpd are busy, so that further requests wait"),
        None => "All workers of httpd are busy, so that further requests wait".to_owned(),
    };
    let loops = case.facts.loops().next().is_some();
    Some(
        Match::new(headline)
            .because_all(said.iter().map(|(id, _)| *id))
            .because_all(full.map(|(id, _)| id))
            .because_all(well.iter().map(|(id, _)| *id))
            .confirmed_if(full.is_some())
            .open_unless(
                !well.is_empty() && !silent,
                "upstream-hang-not-accepting",
                "The upstream was not seen to answer directly: `curl -sS -m 10 -i http://MEMBER/`",
            )
            .open_unless(
                !said.is_empty(),
                "upstream-slow-response",
                "Does httpd say that it is out of workers? `sudo grep -E 'AH00484|AH00161|AH03490' /var/log/apache2/error.log`",
            )
            .open_unless(
                !loops,
                "gateway-self-loop",
                "Does httpd forward to an address on which it listens itself? `sudo apachectl -S; grep -r ProxyPass /etc/apache2`",
            )
            .finer("What holds the workers: `ss -tnp state established | grep -E 'apache2|httpd'` shows where they wait."),
    )
}
