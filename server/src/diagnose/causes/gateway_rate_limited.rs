//! The gateway's own limit refuses the request.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-rate-limited",
        title: "The gateway's own rate limit refuses the request",
        family: Family::FirewallProxy,
        step: Step::Logs,
        explanation: "The gateway allows one client only so many requests or connections. Above that it answers 503 \
            or 429 itself, without asking the upstream. Where all visitors arrive from one address (a CDN, a load \
            balancer, an office), they share one client's allowance.",
        evidence: &[
            "The gateway logs `limiting requests` or `limiting connections` for the request.",
            "The access log names no upstream for it.",
            "Asked directly, the upstream answers.",
        ],
        contradictions: &[
            "The access log names an upstream: then the application limits.",
            "The line says `dry run`: then nothing was refused.",
        ],
        look_alikes: &[
            "gateway-connection-limit",
            "gateway-upstream-cap",
            "gateway-refuses-request",
            "app-returned-502",
        ],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Allow bursts, and answer 429 so that clients understand ({limit})",
                command: "limit_req zone={zone} burst=20 nodelay;\nlimit_req_status 429; limit_conn_status 429;\nsudo nginx -t && sudo nginx -s reload",
                verify: "for i in 1 2 3 4 5 6; do curl -sS -o /dev/null -w '%{http_code}\\n' {url}; done",
            },
            FixText {
                applies_to: "nginx",
                title: "Behind a CDN or load balancer: count by the visitor's address, not by the proxy's",
                command: "# in http {}: the addresses of the proxy in front\nset_real_ip_from 203.0.113.0/24; real_ip_header X-Forwarded-For; real_ip_recursive on;\nsudo nginx -t && sudo nginx -s reload",
                verify: "sudo tail -n 5 /var/log/nginx/access.log   # the first field must differ from visitor to visitor",
            },
            FixText {
                applies_to: "haproxy",
                title: "Raise the threshold of the rule that refuses (http-request deny … sc_http_req_rate)",
                command: "grep -nE 'stick-table|track-sc|deny|tarpit' {config}",
                verify: "for i in 1 2 3 4 5 6; do curl -sS -o /dev/null -w '%{http_code}\\n' {url}; done",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_limit_req_module.html",
            "https://nginx.org/en/docs/http/ngx_http_limit_conn_module.html",
            "https://nginx.org/en/docs/http/ngx_http_realip_module.html",
        ],
    },
    testimony: &[Meaning::RateLimited],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let own = case.own_lines_of(Meaning::RateLimited);
    let setup = case.setup();
    let limits: Vec<String> = setup
        .map(|(_, setup)| setup.rate_limits.iter().chain(&setup.connection_limits).cloned().collect())
        .unwrap_or_default();
    // Without a line: the gateway refuses by itself, no upstream was asked, and a limit stands in the configuration.
    let refused: Vec<_> = case
        .facts
        .attempts()
        .filter(|(_, a)| !a.open && a.page.is_some() && matches!(a.status, Some(429 | 503)))
        .map(|(id, _)| id)
        .collect();
    let unasked = case.facts.access_lines().find(|(_, l)| {
        matches!(l.status, 429 | 503) && !l.upstream_status.is_empty() && l.upstream_status.iter().all(|s| s == "-")
    });
    if own.is_empty() && (refused.is_empty() || limits.is_empty() || !case.some_direct_is_well()) {
        return None;
    }
    let written = limits.first().map_or_else(String::new, |limit| format!(": {limit}"));
    let mut found = Match::new(format!("The gateway's own limit refuses the request{written}"))
        .because_all(own.iter().copied())
        .because_all(refused.into_iter().take(2))
        .because_all(unasked.map(|(id, _)| id))
        .because_all(setup.filter(|_| !limits.is_empty()).map(|(id, _)| id))
        .confirmed_if(!own.is_empty() || unasked.is_some())
        .open_unless(
            !own.is_empty(),
            "gateway-connection-limit",
            "The gateway's error log says `limiting requests` or `limiting connections` where this is the reason.",
        )
        .name("limit", limits.first().map_or("limit_req", String::as_str));
    if let Some(zone) = limits.iter().find_map(|limit| zone(limit)) {
        found = found.name("zone", zone);
    }
    Some(found)
}

/// The zone's name in `limit_req zone=one burst=5`.
fn zone(limit: &str) -> Option<String> {
    let word = limit.split_whitespace().find_map(|word| word.strip_prefix("zone="))?;
    Some(word.to_owned())
}
