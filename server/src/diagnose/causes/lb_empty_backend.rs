//! There is no member that a request could go to, by configuration or by hand.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "lb-empty-backend",
        title: "No member is configured or enabled for this URL",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway answers by itself because it has nobody to ask: no rule chooses a backend for this \
            URL, the backend has no server, or every server in it was taken out on purpose. No health check and no \
            failure is involved.",
        evidence: &[
            "The configuration has no backend, no server, or only disabled ones for this URL.",
            "The gateway's own state shows every server as taken out on purpose.",
            "Its log names no server for this run's request.",
        ],
        contradictions: &["Enabled servers exist, and health checks or failures took them out."],
        look_alikes: &["all-backends-marked-down", "gateway-config-not-reloaded"],
        fixes: &[
            FixText {
                applies_to: "haproxy",
                title: "Put the servers in again that were taken out at run time",
                command: "for s in {servers}; do echo \"set server $s state ready\" | sudo socat stdio /run/haproxy/admin.sock; done",
                verify: "echo 'show servers state' | sudo socat stdio /run/haproxy/admin.sock",
            },
            FixText {
                applies_to: "haproxy",
                title: "Give the URL a backend with servers ({where})",
                command: "default_backend app   # in the frontend, and in `backend app`: server app1 10.0.0.5:8080 check; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "Give the pool members that are not marked down",
                command: "server 10.0.0.5:8080;   # in the upstream block at {where}; then: sudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "kubernetes",
                title: "See why the service selects no ready pod",
                command: "kubectl get endpoints SERVICE; kubectl get pods -l SELECTOR -o wide",
                verify: "kubectl get endpoints SERVICE   # addresses stand there",
            },
        ],
        references: &[
            "https://docs.haproxy.org/2.6/configuration.html#4-default_backend",
            "https://docs.haproxy.org/2.6/management.html#9.3-set%20server",
        ],
    },
    testimony: &[Meaning::NoLiveUpstreams],
    absorbs: &["all-backends-marked-down", "lb-target-deregistered"],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let pool = case.facts.pools().last();
    let states: Vec<_> = case.facts.member_states().collect();
    let all_out = !states.is_empty() && states.iter().all(|(_, s)| s.is_out() && !s.unresolved);
    let by_config = pool.is_some_and(|(_, p)| p.name.is_empty() || p.members == p.taken_out);
    let only_down = !case.members.is_empty() && case.members.iter().all(|(_, m)| m.down);
    // What the running gateway says of itself is newer than its file.
    let in_use = states.iter().any(|(_, s)| !s.is_out());
    if !(all_out || by_config || only_down) || in_use || case.effect.succeeded > 0 {
        return None;
    }
    let said: Vec<_> = case.lines_of(Meaning::NoLiveUpstreams).map(|(id, _)| id).collect();
    let own = !case.own_lines_of(Meaning::NoLiveUpstreams).is_empty();
    let headline = match pool {
        Some((_, p)) if p.name.is_empty() => "No rule of the gateway chooses a backend for this URL".to_owned(),
        Some((_, p)) if p.members == 0 => format!("The backend {} has no server", p.name),
        Some((_, p)) => format!("All {} servers of the backend {} were taken out on purpose", p.members, p.name),
        None => "Every member of the pool was taken out on purpose".to_owned(),
    };
    let where_ = pool.map_or_else(String::new, |(_, p)| p.place.clone());
    let mut found = Match::new(headline)
        .because_all(pool.map(|(id, _)| id))
        .because_all(states.iter().map(|(id, _)| *id))
        .because_all(case.members.iter().filter(|(_, m)| m.down).map(|(id, _)| *id))
        .because_all(said)
        .confirmed_if(case.on_gateway_host())
        .open_unless(
            own || all_out,
            "gateway-config-not-reloaded",
            "Does the running gateway have this configuration? Its log or its own state would say so.",
        )
        .name("where", where_);
    if all_out && !by_config {
        let names: Vec<&str> = states.iter().map(|(_, s)| s.name.as_str()).collect();
        found = found.name("servers", names.join(" "));
    }
    Some(found)
}
