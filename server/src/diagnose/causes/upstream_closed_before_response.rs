//! The application takes the request and closes without an answer.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::{Direct, During};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FaultKind, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-closed-before-response",
        title: "The application closes the connection without an answer",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The application accepts the connection and takes the request, then closes or resets it before \
            a whole answer's head was sent. Something ends the work on this request: an exception outside the \
            framework, a worker that is killed, a limit, or a service that expects another protocol.",
        evidence: &[
            "The gateway logs that the upstream closed or reset the connection while it waited for the answer's head.",
            "The same request on a fresh connection, asked directly, is closed or reset too.",
        ],
        contradictions: &[
            "Direct requests on fresh connections are always answered: then kept connections break (keep-alive).",
            "The port speaks TLS, and the gateway speaks plain HTTP to it.",
        ],
        look_alikes: &[
            "keepalive-race",
            "scheme-http-to-tls-port",
            "app-worker-segfault",
            "gunicorn-worker-timeout",
            "upstream-oom-killed",
            "upstream-blocks-gateway",
            "proxy-protocol-mismatch",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Read the application's own log at that second",
                command: "journalctl -u {app}.service --since '-5min' --no-pager; journalctl -k --since '-5min' | grep -iE 'oom|segfault|killed process'",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/   # with the failing path",
            },
            FixText {
                applies_to: "systemd",
                title: "Restart the application, if its workers die",
                command: "sudo systemctl restart {app}.service",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Have HAProxy repeat requests that were closed without an answer, where they may be repeated",
                command: "retry-on conn-failure empty-response\nretries 3\noption redispatch   # in the backend of {place}; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream"],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if case.directs(target, true).any(|(_, d)| d.answered()) {
        return None;
    }
    let said: Vec<_> = [Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed]
        .iter()
        .flat_map(|meaning| case.lines(*meaning, target))
        .filter(|(_, line)| !matches!(line.during, Some(During::Connect | During::Tls | During::Body)))
        .map(|(id, _)| id)
        .collect();
    let closed: Vec<_> = case.directs(target, true).filter(|(_, d)| is_closed(d)).map(|(id, _)| id).collect();
    if said.is_empty() && closed.is_empty() {
        return None;
    }
    let speaks_plain = case.route.is_some_and(|(_, route)| route.protocol == "http");
    let tls_port = case.certificate(target).filter(|_| speaks_plain);
    let not_tls = case
        .directs(target, false)
        .any(|(_, d)| d.protocol == "https" && d.failure.as_ref().is_some_and(|f| f.during == During::Tls));
    let killed: Vec<_> = case.killers().map(|(id, _)| id).collect();
    // A worker's death is a reason of its own; whose worker it was, only a known application tells.
    let told_apart = killed.is_empty() || case.application(target).is_some();
    let mut found = Match::new(format!("{target} takes the request and closes the connection without an answer"))
        .because_all(said)
        .because_all(closed.iter().copied())
        .confirmed_if(!closed.is_empty() && tls_port.is_none() && told_apart && case.on_gateway_host())
        .open_unless(
            !speaks_plain || (tls_port.is_none() && not_tls),
            "scheme-http-to-tls-port",
            format!("Does it speak TLS? `openssl s_client -connect {target} </dev/null`"),
        )
        .open_unless(
            killed.is_empty(),
            "app-worker-segfault",
            "A worker of the application died or was killed near this run: its line says why.",
        )
        .open_unless(
            false,
            "upstream-blocks-gateway",
            "The application's own log at this second: does it name this request, an error, or the gateway's address?",
        );
    for id in killed.into_iter().chain(tls_port.map(|(id, _)| id)) {
        found = found.against(id);
    }
    Some(found)
}

fn is_closed(direct: &Direct) -> bool {
    direct.failure.as_ref().is_some_and(|failure| {
        matches!(failure.kind, FaultKind::ClosedEarly | FaultKind::Reset)
            && matches!(failure.during, During::Send | During::Wait | During::Head)
    })
}
