//! The gateway's workers have no free connection left.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::limits::Resource;
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-worker-connections",
        title: "The gateway's workers have no free connection left",
        family: Family::Overload,
        step: Step::Logs,
        explanation: "Every worker of nginx holds at most worker_connections at once, and a forwarded request takes \
            two of them: one to the client, one to the upstream. All are in use, so new clients are closed without a \
            word, or a request that was already taken is answered with 500. The upstream is well and is not asked.",
        evidence: &[
            "nginx logs `worker_connections are not enough` for the failing request.",
            "The worker holds about as many sockets as worker_connections allows.",
            "Asked directly, the upstream answers.",
        ],
        contradictions: &[
            "The line ends in `reusing connections`: then idle ones were closed in time and nothing failed.",
            "`Too many open files` instead: the limit of descriptors comes first.",
            "The gateway forwards to itself: then no number of connections is enough.",
        ],
        look_alikes: &["gateway-self-loop", "gateway-fd-limit", "gateway-connection-limit", "gateway-rate-limited"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Allow more connections, and as many descriptors",
                command: "# in {config}\nworker_rlimit_nofile 20000;\nevents { worker_connections 8192; }\nsudo nginx -t && sudo nginx -s reload",
                verify: "sudo tail -n 20 /var/log/nginx/error.log; curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "Find out what holds them: slow requests, or clients that keep idle connections",
                command: "ss -tn state established | awk '{print $4}' | sort | uniq -c | sort -rn | head\n# then shorten keepalive_timeout, or make the slow requests faster",
                verify: "ss -s",
            },
        ],
        references: &["https://nginx.org/en/docs/ngx_core_module.html#worker_connections"],
    },
    testimony: &[Meaning::OutOfConnections],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let own = case.own_lines_of(Meaning::OutOfConnections);
    let near: Vec<_> = case.lines_of(Meaning::OutOfConnections).map(|(id, _)| id).collect();
    let room = case.capacity(Resource::GatewayConnections);
    let full = room.filter(|(_, capacity)| capacity.nearly(3));
    if near.is_empty() && full.is_none() {
        return None;
    }
    let loops = case.facts.loops().next().is_some();
    let limit = room.and_then(|(_, capacity)| capacity.limit);
    let headline = match limit {
        Some(limit) => format!("A worker of the gateway has used up all of its {limit} connections"),
        None => "The gateway has no free connections left".to_owned(),
    };
    // A line of another request and a worker that is full at the same moment say together what one line of our own says.
    let confirmed = !own.is_empty() || (!near.is_empty() && full.is_some() && case.cut_without_answer());
    Some(
        Match::new(headline)
            .because_all(own)
            .because_all(near)
            .because_all(full.map(|(id, _)| id))
            .confirmed_if(confirmed)
            .open_unless(
                !loops && case.setup().is_some(),
                "gateway-self-loop",
                "Does the gateway forward to an address on which it listens itself? `sudo nginx -T | grep -E 'listen|_pass'`",
            )
            .finer("What holds the connections: `ss -tn state established` shows to whom they lead."),
    )
}
