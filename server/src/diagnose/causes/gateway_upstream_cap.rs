//! The gateway's own cap on requests to the upstream is reached.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::gateway::MemberState;
use app::model::fact::logs::{Joined, Meaning};
use app::model::{CauseText, FactId, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-upstream-cap",
        title: "The gateway's own limit of requests to the upstream is reached",
        family: Family::Overload,
        step: Step::Logs,
        explanation: "The gateway lets only so many requests through to a member at once. All places were taken, so \
            further requests waited in the gateway's queue until its timeout was over, or were refused at once. The \
            members themselves may be well: either the limit is too low, or the requests that hold the places take \
            too long.",
        evidence: &[
            "The gateway's log says that this run's own request waited in the queue until its timeout (HAProxy: sQ).",
            "Every member that may be used has as many requests under way as it may have, and others wait.",
        ],
        contradictions: &[
            "Members that health checks took out give the same status, at once and without a queue.",
            "No limit stands in the configuration.",
        ],
        look_alikes: &["all-backends-marked-down", "app-worker-pool-exhausted", "upstream-slow-response"],
        fixes: &[
            FixText {
                applies_to: "haproxy",
                title: "Let more requests through to each server, if the application can take them",
                command: "server … maxconn {more}   # at {place}; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "echo 'show stat' | sudo socat stdio /run/haproxy/admin.sock | cut -d, -f1-7,18   # qcur is 0, scur below slim",
            },
            FixText {
                applies_to: "haproxy",
                title: "Give waiting requests more time, if the load comes in bursts",
                command: "timeout queue 30s   # in the backend of {place}",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "Raise or take away the members' max_conns",
                command: "server {target} max_conns={more};   # in the upstream block; then: sudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Raise the worker's max and acquire",
                command: "ProxyPass / http://{target}/ max={more} acquire=3000",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "varnish",
                title: "Raise the backend's max_connections",
                command: ".max_connections = {more};   # in the backend's definition; then: sudo systemctl reload varnish",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See which requests hold the places, and what they wait for",
                command: "ss -tnp dst {ip}:{port}   # the gateway's connections; then the application's own log of slow requests",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://docs.haproxy.org/2.6/configuration.html#5.2-maxconn",
            "https://docs.haproxy.org/2.6/configuration.html#4.2-timeout%20queue",
            "https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_conns",
        ],
    },
    testimony: &[Meaning::QueueTimeout, Meaning::PoolCapped],
    absorbs: &["all-backends-marked-down", "upstream-slow-response"],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let refuses: Vec<_> = case.lines_of(Meaning::PoolCapped).collect();
    let said: Vec<_> = case.lines_of(Meaning::QueueTimeout).chain(refuses.iter().copied()).collect();
    let own = said.iter().any(|(_, line)| line.joined == Joined::Own);
    let states: Vec<(&FactId, &MemberState)> =
        case.facts.member_states().filter(|(_, s)| !s.is_out() && !s.is_down() && !s.backup).collect();
    let full = !states.is_empty() && states.iter().all(|(_, s)| s.is_full());
    let waiting =
        case.facts.gateway_loads().any(|(_, load)| load.waiting > 0) || states.iter().any(|(_, s)| s.waiting > 0);
    let cap = case.members.iter().filter_map(|(_, m)| m.max_conns).filter(|cap| *cap > 0).min();
    let cap = cap.map(u64::from).or_else(|| states.iter().filter_map(|(_, s)| s.limit).min());
    if said.is_empty() && !(full && waiting) {
        return None;
    }
    let limit = cap.map_or_else(String::new, |cap| format!(" ({cap} at once)"));
    let further = if refuses.is_empty() { "wait in its queue" } else { "are refused" };
    let headline =
        format!("The gateway's own limit of requests to the upstream{limit} is reached; further ones {further}");
    let capped = case.members.iter().filter(|(_, m)| m.max_conns.is_some_and(|cap| cap > 0)).map(|(id, _)| *id);
    let mut found = Match::new(headline)
        .because_all(said.iter().map(|(id, _)| *id))
        .because_all(states.iter().filter(|(_, s)| s.is_full()).map(|(id, _)| *id))
        .because_all(capped)
        .confirmed_if((own && cap.is_some()) || (full && waiting && case.effect.failed > 0))
        .open_unless(
            own || full,
            "all-backends-marked-down",
            "Are members out of rotation? `echo 'show stat' | sudo socat stdio /run/haproxy/admin.sock`",
        )
        .finer("Why the places are taken for so long: the slowest requests of the application's own log say so.")
        .name("more", cap.map_or_else(|| "100".to_owned(), |cap| (cap * 4).max(20).to_string()));
    if let Some(address) = case.targets.first().and_then(|target| target.parse::<std::net::SocketAddr>().ok()) {
        found = found
            .name("target", address.to_string())
            .name("ip", address.ip().to_string())
            .name("port", address.port().to_string());
    }
    Some(found)
}
