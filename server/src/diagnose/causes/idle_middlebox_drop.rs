//! Something in between forgets idle connections.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FaultKind, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "idle-middlebox-drop",
        title: "A device between gateway and upstream silently drops idle connections",
        family: Family::Network,
        step: Step::Upstream,
        explanation: "A NAT gateway, load balancer or firewall keeps a table of connections and forgets those that are idle for some minutes. Both ends still think that the connection stands; the next request on it gets no answer, or a reset from the device. The first request after a quiet period fails, the next one is fine.",
        evidence: &[
            "Requests on fresh connections are always answered; the gateway's failures come after quiet periods, on connections that it kept.",
            "The upstream is on another host, and the gateway keeps idle connections longer than the device between remembers them.",
        ],
        contradictions: &[
            "The upstream is on this very host.",
            "The upstream itself closes idle connections: then it is a keep-alive race.",
            "Failures come without any idle time.",
        ],
        look_alikes: &["keepalive-race", "packet-loss", "upstream-hang-not-accepting"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Give idle connections up before the device does, and let the kernel ask now and then ({place})",
                command: "upstream … {\n    keepalive 32;\n    keepalive_timeout 60s;\n}\nproxy_socket_keepalive on;\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Let the kernel ask idle connections earlier than the device forgets them",
                command: "sudo sysctl -w net.ipv4.tcp_keepalive_time=60 net.ipv4.tcp_keepalive_intvl=15",
                verify: "sysctl net.ipv4.tcp_keepalive_time",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_socket_keepalive"],
    },
    testimony: &[Meaning::ReadTimeout, Meaning::Reset],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (route_id, route) = case.route?;
    let far = case.member_of(target).is_some_and(|(_, m)| !m.local);
    let keeps = route.keepalive.is_some_and(|kept| kept > 0);
    if !far || !keeps || !case.fresh_is_fine(target) || case.effect.failed == 0 {
        return None;
    }
    let said: Vec<_> =
        [Meaning::ReadTimeout, Meaning::Reset].iter().flat_map(|m| case.lines(*m, target)).map(|(id, _)| id).collect();
    let silent = case.kept(target).find(|(_, k)| {
        k.kept && k.failure.as_ref().is_some_and(|f| matches!(f.kind, FaultKind::ReadTimeout | FaultKind::Reset))
    });
    if said.is_empty() && silent.is_none() {
        return None;
    }
    Some(
        Match::new(format!(
            "Connections to {target} that were idle are dead when they are used again, although nobody closed them"
        ))
        .because(route_id)
        .because_all(said)
        .because_all(silent.map(|(id, _)| id))
        .confirmed_if(silent.is_some())
        .open_unless(
            false,
            "keepalive-race",
            "Who drops them? Watch the upstream's own end of such a connection: `ss -tno dst GATEWAY`",
        ),
    )
}
