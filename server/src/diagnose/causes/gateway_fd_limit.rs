//! The gateway has no free file descriptor left.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-fd-limit",
        title: "The gateway has no free file descriptor left",
        family: Family::Overload,
        step: Step::Logs,
        explanation: "Every connection and every open file of a process takes a descriptor, and the process may have \
            only so many (`Max open files`). The gateway's worker is at that limit: it cannot open a connection to \
            the upstream, or cannot take the client's. The upstream is well.",
        evidence: &[
            "The gateway logs `Too many open files` (24) for the failing request.",
            "`/proc/PID/fd` of a worker holds as many entries as `/proc/PID/limits` allows.",
        ],
        contradictions: &[
            "The number is 23 (`in system`): then the whole system has no descriptors left.",
            "`worker_connections are not enough`: that limit is met first.",
        ],
        look_alikes: &["gateway-worker-connections", "system-file-max", "httpd-maxrequestworkers"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Let the workers have more descriptors, at least two for each connection",
                command: "# in {config}\nworker_rlimit_nofile 65535;\nsudo nginx -t && sudo nginx -s reload",
                verify: "for p in $(pgrep -f 'nginx: worker'); do grep 'open files' /proc/$p/limits; done",
            },
            FixText {
                applies_to: "httpd",
                title: "Let httpd have more descriptors",
                command: "sudo systemctl edit apache2   # [Service] LimitNOFILE=65535; Debian's apachectl: APACHE_ULIMIT_MAX_FILES in envvars\nsudo systemctl restart apache2",
                verify: "for p in $(pgrep -x 'apache2|httpd'); do grep 'open files' /proc/$p/limits; done",
            },
            FixText {
                applies_to: "haproxy",
                title: "Let HAProxy have as many descriptors as its maxconn needs (two for each connection, and some)",
                command: "# [Service] in `sudo systemctl edit haproxy`\nLimitNOFILE=100000\n# or in {config}: global … ulimit-n 100000, or a smaller maxconn\nsudo systemctl restart haproxy",
                verify: "grep 'open files' /proc/$(pgrep -o haproxy)/limits",
            },
            FixText {
                applies_to: "systemd",
                title: "Raise the limit of the unit",
                command: "sudo systemctl edit nginx   # or apache2, haproxy, varnish …\n# [Service]\n# LimitNOFILE=65535\nsudo systemctl daemon-reload && sudo systemctl restart nginx",
                verify: "systemctl show nginx -p LimitNOFILE",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile",
            "https://docs.haproxy.org/2.6/configuration.html#ulimit-n",
            "https://man7.org/linux/man-pages/man2/getrlimit.2.html",
        ],
    },
    testimony: &[Meaning::OutOfDescriptors],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let own = case.own_lines_of(Meaning::OutOfDescriptors);
    let near: Vec<_> = case.lines_of(Meaning::OutOfDescriptors).map(|(id, _)| id).collect();
    let full = case
        .gateway_descriptors()
        .filter(|(_, d)| d.used.zip(d.limit).is_some_and(|(used, limit)| limit > 0 && used.saturating_add(2) >= limit));
    if near.is_empty() && full.is_none() {
        return None;
    }
    let limit = case.gateway_descriptors().and_then(|(_, d)| d.limit);
    let headline = match limit {
        Some(limit) => format!("The gateway's worker may have {limit} file descriptors, and all are in use"),
        None => "The gateway has no free file descriptors left".to_owned(),
    };
    let confirmed =
        !own.is_empty() || (!near.is_empty() && full.is_some() && case.effect.failed + case.effect.open > 0);
    Some(
        Match::new(headline)
            .because_all(own)
            .because_all(near)
            .because_all(full.map(|(id, _)| id))
            .confirmed_if(confirmed)
            .finer("What holds the descriptors: `sudo ls -l /proc/PID/fd` of a worker."),
    )
}
