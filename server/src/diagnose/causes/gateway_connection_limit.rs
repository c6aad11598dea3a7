//! The gateway takes no further connections of clients.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule, ShownBy};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-connection-limit",
        title: "The gateway's own limit of client connections is reached",
        family: Family::Overload,
        step: Step::Logs,
        explanation: "The gateway has as many client connections as its configuration allows, for one listener or \
            for the whole process. The kernel still completes new connections, but the gateway does not accept them \
            until others end, so visitors wait without a byte of an answer. The upstream is not asked at all.",
        evidence: &[
            "The gateway's own counters are at the limit (HAProxy: scur at slim, or CurrConns at Maxconn).",
            "This run's requests connect, and then get no answer, while the upstream answers when asked directly.",
        ],
        contradictions: &[
            "The gateway's log names an upstream for this run's request: then it was accepted.",
            "The upstream itself is silent when asked directly.",
        ],
        look_alikes: &["upstream-hang-not-accepting", "gateway-upstream-cap", "gateway-itself-down"],
        fixes: &[
            FixText {
                applies_to: "haproxy",
                title: "Raise the limit of {scope}",
                command: "maxconn {more}   # in {scope} of {config}; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "echo 'show info' | sudo socat stdio /run/haproxy/admin.sock | grep -E '^(Maxconn|CurrConns):'",
            },
            FixText {
                applies_to: "haproxy",
                title: "Let idle clients go sooner",
                command: "timeout http-keep-alive 5s\ntimeout http-request 10s   # in defaults",
                verify: "echo 'show stat' | sudo socat stdio /run/haproxy/admin.sock | grep FRONTEND | cut -d, -f1,5-7",
            },
            FixText {
                applies_to: "any",
                title: "See which clients hold the connections",
                command: "ss -tn state established '( sport = :{listen} )' | awk 'NR>1 {sub(/:[0-9]+$/, \"\", $4); print $4}' | sort | uniq -c | sort -rn | head",
                verify: "curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://docs.haproxy.org/2.6/configuration.html#3.2-maxconn",
            "https://docs.haproxy.org/2.6/configuration.html#4-maxconn",
        ],
    },
    testimony: &[Meaning::ConnectionLimit],
    absorbs: &["gateway-itself-down"],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let said: Vec<_> = case.lines_of(Meaning::ConnectionLimit).map(|(id, _)| id).collect();
    let full: Vec<_> = case
        .facts
        .gateway_loads()
        .filter(|(_, load)| (load.of == "process" || load.of.starts_with("frontend ")) && load.is_full())
        .collect();
    let silent = case.facts.attempts().filter(|(_, a)| a.open || (a.failed() && a.status.is_none())).count();
    if silent == 0 || (said.is_empty() && full.is_empty()) {
        return None;
    }
    let any_direct = case.facts.directs().any(|(_, d)| d.path == "same" && d.answered());
    let scope = full.first().map_or_else(
        || "global".to_owned(),
        |(_, load)| match load.of.as_str() {
            "process" => "global".to_owned(),
            other => other.to_owned(),
        },
    );
    let limit = full.first().and_then(|(_, load)| load.limit);
    let counted = limit.map_or_else(String::new, |limit| format!(" ({limit})"));
    let found = Match::new(format!(
        "The gateway has all the client connections that {scope} allows{counted}; further visitors wait"
    ))
    .because_all(said.iter().copied())
    .because_all(full.iter().map(|(id, _)| *id))
    .confirmed_if(!full.is_empty() && case.on_gateway_host())
    .shown_by(ShownBy::Waiting, any_direct && case.nobody_answered())
    .open_unless(
        any_direct || case.members.is_empty(),
        "upstream-hang-not-accepting",
        "Does the upstream answer when it is asked directly?",
    )
    .name("scope", scope)
    .name("more", limit.map_or_else(|| "4000".to_owned(), |limit| (limit * 4).max(2000).to_string()))
    .name("listen", listen_port(case));
    Some(found)
}

/// The port on which clients come, from the first request's address.
fn listen_port(case: &Case<'_>) -> String {
    let address = case.facts.attempts().find_map(|(_, attempt)| attempt.address.clone()).unwrap_or_default();
    address.rsplit_once(':').map_or_else(|| "80".to_owned(), |(_, port)| port.to_owned())
}
