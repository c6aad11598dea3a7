//! The application is well; the gateway's health check asks it for the wrong thing.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "health-check-misconfigured",
        title: "The gateway's health check fails although the application is well",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway took the members out because its health check fails: another path, port, Host \
            header or status than the application has, or TLS where there is none. The very request that visitors \
            make is answered well when it goes straight to the member.",
        evidence: &[
            "The gateway's own check, made again by this run, fails.",
            "The same member answers the visitors' request when asked directly.",
            "The gateway calls the member down because of its check.",
        ],
        contradictions: &["The visitors' request fails at the member as well: then the check is right."],
        look_alikes: &["all-backends-marked-down", "app-dependency-stalled", "lb-empty-backend"],
        fixes: &[
            FixText {
                applies_to: "haproxy",
                title: "Ask for what the application has ({asked} at {check_place} fails)",
                command: "option httpchk\nhttp-check send meth GET uri / ver HTTP/1.1 hdr Host {host}\nhttp-check expect status 200-399   # in the backend; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "echo 'show stat' | sudo socat stdio /run/haproxy/admin.sock | cut -d, -f1,2,18,37,57   # UP, L7OK",
            },
            FixText {
                applies_to: "caddy",
                title: "Ask for a path that the application has",
                command: "health_uri /\nhealth_status 2xx   # in reverse_proxy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Ask for a path that the application has",
                command: "healthCheck:\n  path: /\n  hostname: {host}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See what the check gets",
                command: "curl -sS -i 'http://{address}{check_path}'",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://docs.haproxy.org/2.6/configuration.html#4.2-option%20httpchk",
            "https://docs.haproxy.org/2.6/configuration.html#4.2-http-check%20expect",
        ],
    },
    testimony: &[Meaning::NoLiveUpstreams],
    absorbs: &["all-backends-marked-down"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (replay_id, replay) = case.check_replay(target).filter(|(_, c)| c.passes == Some(false))?;
    let (direct_id, _) =
        case.directs(target, true).find(|(_, d)| d.answered() && d.status.is_some_and(|status| status < 500))?;
    let state = case.state_of(target);
    let said: Vec<_> =
        case.facts.log_lines().filter(|(_, l)| l.meaning.is_check() && l.target.as_deref() == Some(target)).collect();
    let down = state.is_some_and(|(_, s)| s.is_down());
    let no_live = !case.own_lines_of(Meaning::NoLiveUpstreams).is_empty() || says_none(case);
    // A member that is in use cannot be why requests fail.
    if state.is_some_and(|(_, s)| !s.is_down()) || (state.is_none() && said.is_empty() && !no_live) {
        return None;
    }
    let what = match (replay.status, &replay.failure) {
        (Some(status), None) => format!("is answered {status}"),
        _ => "fails".to_owned(),
    };
    let headline = format!(
        "The health check of {target} ({}) {what}, so the gateway uses it no more; visitors' requests are answered there",
        replay.asked
    );
    // An application that answers its check with 5xx says itself that it is not well.
    let unwell = replay.status.is_some_and(|status| status >= 500);
    let path = replay.asked.split_once(' ').map_or("/", |(_, path)| path);
    Some(
        Match::new(headline)
            .because(replay_id)
            .because(direct_id)
            .because_all(state.map(|(id, _)| id))
            .because_all(said.iter().map(|(id, _)| *id))
            .confirmed_if(case.on_gateway_host())
            .open_unless(
                !unwell,
                "app-dependency-stalled",
                "The application answers its check with an error of its own: its log says what it misses.",
            )
            .open_unless(
                // HAProxy can be asked; the others' own word is that no member is well.
                down || !said.is_empty() || no_live && case.product() != "haproxy" && case.member_of(target).is_some(),
                "lb-empty-backend",
                "Is it the check that took the member out? `echo 'show stat' | sudo socat stdio /run/haproxy/admin.sock`",
            )
            .open_unless(
                down || !said.is_empty() || case.setup().is_none_or(|(_, setup)| setup.passive_checks != Some(true)),
                "all-backends-marked-down",
                "Members are put aside after failures of requests too: which of the two was it? The gateway's own log of its checks says so.",
            )
            .name("asked", replay.asked.clone())
            .name("address", replay.address.clone())
            .name("check_path", path)
            .name("check_place", replay.place.clone())
            .name("host", host(case)),
    )
}

/// Traefik logs nothing of it: 503 on its own page is what it says where no server is well.
fn says_none(case: &Case<'_>) -> bool {
    let own = |status: Option<u16>, page: Option<&str>| status == Some(503) && page == Some("traefik");
    case.product() == "traefik" && case.facts.attempts().any(|(_, a)| own(a.status, a.page.as_deref()))
}

/// The Host header that the application knows.
fn host(case: &Case<'_>) -> String {
    case.route.and_then(|(_, route)| route.host_header.clone()).unwrap_or_else(|| "NAME".to_owned())
}
