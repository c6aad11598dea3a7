//! Every member of the pool is out of rotation.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::application::Serving;
use app::model::fact::asked::Direct;
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, FactId, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "all-backends-marked-down",
        title: "Every member of the pool is out of rotation",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway puts a member aside after failures (nginx: max_fails within fail_timeout). All \
            members of the pool were put aside, so requests are answered with an error at once, without asking any \
            of them, until fail_timeout is over. What made the members fail first is the thing to mend.",
        evidence: &[
            "The gateway logs `no live upstreams` for this run's own request.",
            "Every member fails when it is asked directly.",
        ],
        contradictions: &[
            "A limit on connections (max_conns) gives the same line while the members are well.",
            "A member answers well when asked directly: then it comes back by itself after fail_timeout.",
        ],
        look_alikes: &["gateway-upstream-cap", "health-check-misconfigured", "lb-empty-backend"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Bring the members back: {members}",
                command: "for m in {members}; do curl -sS -m 5 -o /dev/null -w \"$m %{http_code}\\n\" \"http://$m/\"; done   # which fail, and how",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "See what HAProxy's own checks say of each server",
                command: "echo 'show stat' | sudo socat stdio /run/haproxy/admin.sock | cut -d, -f1,2,18,37,38,57",
                verify: "echo 'show stat' | sudo socat stdio /run/haproxy/admin.sock | cut -d, -f1,2,18   # UP",
            },
            FixText {
                applies_to: "nginx",
                title: "Have nginx forget the failures at once, when the members are back",
                command: "sudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "Be less quick to put a member aside",
                command: "server {first} max_fails=3 fail_timeout=5s;   # in upstream {pool}",
                verify: "sudo nginx -T | grep -A5 'upstream {pool}'",
            },
            FixText {
                applies_to: "httpd",
                title: "Have httpd forget the failures at once, when the members are back",
                command: "sudo apachectl graceful   # or wait for retry= (60 s), or use balancer-manager",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Ask a failed member again sooner",
                command: "BalancerMember http://{first} retry=5   # in <Proxy balancer://{pool}>\nsudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Be less quick to put a member aside",
                command: "reverse_proxy {\n\tfail_duration 5s\n\tmax_fails 3\n}\ncaddy validate --config {config} --adapter caddyfile && sudo systemctl reload caddy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "varnish",
                title: "See what the probes say, and bring members back at once when they are well",
                command: "sudo varnishadm backend.list -p; sudo varnishadm backend.set_health NAME auto",
                verify: "sudo varnishadm backend.list",
            },
            FixText {
                applies_to: "envoy",
                title: "See what Envoy thinks of its members",
                command: "curl -s http://127.0.0.1:9901/clusters | grep -E 'health_flags|cx_connect_fail'",
                verify: "curl -s http://127.0.0.1:9901/clusters | grep health_flags",
            },
            FixText {
                applies_to: "traefik",
                title: "See what the health checks say",
                command: "curl -s http://127.0.0.1:8080/api/http/services | grep -A3 serverStatus",
                verify: "curl -s http://127.0.0.1:8080/api/http/services",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_fails",
            "https://docs.haproxy.org/2.6/configuration.html#5.2-check",
        ],
    },
    testimony: &[Meaning::NoLiveUpstreams],
    absorbs: &[
        "upstream-down-not-listening",
        "upstream-wrong-port",
        "upstream-hang-not-accepting",
        "upstream-slow-response",
        "upstream-accept-queue-full",
        "upstream-closed-before-response",
        "unix-socket-missing",
        "unix-socket-permission",
        "no-route-to-upstream",
        "firewall-drop",
        "tls-cert-expired",
        "response-header-too-big",
    ],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let said: Vec<_> = case.lines_of(Meaning::NoLiveUpstreams).map(|(id, _)| id).collect();
    let states: Vec<_> = case.facts.member_states().filter(|(_, state)| !state.is_out()).collect();
    // Without its log, the gateway's own state shows the same.
    let all_down = !states.is_empty() && states.iter().all(|(_, state)| state.is_down());
    if case.names_lead_nowhere() {
        return None;
    }
    if said.is_empty() && (!all_down || case.effect.failed == 0) {
        return None;
    }
    let live: Vec<&String> = case.members.iter().filter(|(_, m)| !m.down).flat_map(|(_, m)| &m.targets).collect();
    let failing: Vec<_> = live.iter().filter_map(|target| failure(case, target)).collect();
    let all_fail = !live.is_empty() && failing.len() == live.len();
    let capped = case.members.iter().any(|(_, m)| m.max_conns.is_some_and(|cap| cap > 0));
    let members = live.iter().map(|target| target.as_str()).collect::<Vec<_>>().join(" ");
    let pool = case.route.and_then(|(_, route)| route.pool.clone()).unwrap_or_else(|| "POOL".to_owned());
    Some(
        Match::new(format!("All {} members of {pool} are out of rotation after failures", live.len()))
            .because_all(said)
            .because_all(states.iter().map(|(id, _)| *id))
            .because_all(failing)
            .because_all(live.iter().filter_map(|target| not_serving(case, target)))
            .because_all(case.members.iter().map(|(id, _)| *id))
            .confirmed_if((case.on_gateway_host() && !live.is_empty() && !capped) || all_fail)
            .open_unless(!capped || all_down, "gateway-upstream-cap", "A member has max_conns: is it reached? Compare with `ss -tn` to its port.")
            .open_unless(!live.is_empty(), "lb-empty-backend", "No member is left in the configuration: `sudo nginx -T`.")
            .open_unless(
                all_fail,
                "health-check-misconfigured",
                "A member answers well when asked directly: does it still, when the gateway asks again after fail_timeout?",
            )
            .name("first", live.first().map_or_else(|| "MEMBER".to_owned(), |target| (*target).clone()))
            .name("members", members)
            .name("pool", pool),
    )
}

/// A member's own health service says that it takes no requests.
fn not_serving<'a>(case: &Case<'a>, target: &str) -> Option<&'a FactId> {
    case.grpc_health(target).filter(|(_, health)| health.serving == Serving::NotServing).map(|(id, _)| id)
}

/// The fact that shows that a member fails, when it does.
fn failure<'a>(case: &Case<'a>, target: &str) -> Option<&'a app::model::FactId> {
    if case.directs(target, true).any(|(_, d)| d.answered() && d.status.is_some_and(|s| s < 500)) {
        return None;
    }
    case.connects(target)
        .find(|(_, c)| c.outcome != ConnectOutcome::Open)
        .map(|(id, _)| id)
        .or_else(|| case.directs(target, true).find(|(_, d)| fails(d)).map(|(id, _)| id))
        .or_else(|| case.unix_socket(target).filter(|(_, s)| s.exists == Some(false)).map(|(id, _)| id))
}

fn fails(direct: &Direct) -> bool {
    !direct.open && !direct.answered()
}
