//! The upstream's container was made anew and has another address.

use super::stale_dns_in_gateway::{ELSEWHERE, IN_HAPROXY, IN_HTTPD, IN_VARNISH};
use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "container-restarted-new-ip",
        title: "The upstream's container has a new address since the gateway started",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The container with the application was made anew after the gateway was started, and the runtime gave it another address. The name follows it, but the gateway has kept the old address, which belongs to nobody now, or to another container.",
        evidence: &[
            "The process at the name's address today was started after the gateway.",
            "The gateway's log or sockets name another address than the name has now.",
            "At today's address the application answers.",
        ],
        contradictions: &[
            "The application was there before the gateway: then the record was changed by hand or by another tool.",
            "The address in use is among today's.",
        ],
        look_alikes: &["stale-dns-in-gateway", "dns-wrong-record", "gateway-config-not-reloaded"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Now: reload. For good: ask the runtime's resolver for each request ({place})",
                command: "sudo nginx -s reload\nresolver 127.0.0.11 valid=10s;   # Docker's own\nset $backend http://{name}:PORT;\nproxy_pass $backend;",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            IN_HTTPD,
            IN_HAPROXY,
            IN_VARNISH,
            ELSEWHERE,
            FixText {
                applies_to: "docker",
                title: "Or give the container an address that stays",
                command: "docker network connect --ip 172.20.0.10 NETWORK APP",
                verify: "docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' APP",
            },
        ],
        references: &[
            "https://docs.docker.com/engine/network/#dns-services",
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
        ],
    },
    testimony: &[
        Meaning::Refused,
        Meaning::ConnectTimeout,
        Meaning::HostUnreachable,
        Meaning::NetUnreachable,
        Meaning::Reset,
        Meaning::ClosedEarly,
        Meaning::ReadTimeout,
        Meaning::TlsFailed,
        Meaning::Denied,
    ],
    absorbs: &[
        "stale-dns-in-gateway",
        "dns-wrong-record",
        "upstream-down-not-listening",
        "upstream-host-down",
        "firewall-drop",
    ],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (held_id, held) = case
        .stale()
        .find(|(_, held)| held.newcomer_s.is_some_and(|new| held.started_s.is_some_and(|started| new + 2 < started)))?;
    let works = |target: &String| case.directs(target, true).find(|(_, d)| d.answered());
    let good: Vec<_> = held.today.iter().filter_map(works).map(|(id, _)| id).collect();
    let said: Vec<_> =
        CAUSE.testimony.iter().flat_map(|m| case.lines(*m, &held.target)).filter(|(_, l)| l.target.is_some()).collect();
    if case.names().iter().any(|names| names.own && !names.answered()) {
        return None;
    }
    Some(
        Match::new(format!(
            "The container behind {} was made anew: it is at {} now, and the gateway still asks {}",
            held.name,
            held.today.join(", "),
            held.target
        ))
        .because(held_id)
        .because_all(said.iter().map(|(id, _)| *id))
        .because_all(good.iter().copied())
        .confirmed_if(!good.is_empty() && case.on_gateway_host())
        .open_unless(
            held.config_older == Some(true),
            "gateway-config-not-reloaded",
            "Was the configuration changed after the gateway was started? `stat -c %y FILE`, `ps -o lstart= -C nginx`",
        )
        .open_unless(
            !good.is_empty(),
            "dns-wrong-record",
            "Does the application answer at today's address? `curl -sS -i http://ADDRESS:PORT/`",
        )
        .name("name", held.name.clone())
        .name("old", held.target.clone())
        .name("new", held.today.join(" ")),
    )
}
