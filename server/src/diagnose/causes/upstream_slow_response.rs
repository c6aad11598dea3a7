//! The application answers, but later than the gateway waits.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-slow-response",
        title: "The application answers later than the gateway waits",
        family: Family::Overload,
        step: Step::Upstream,
        explanation: "The gateway waits for an answer for a limited time (nginx: proxy_read_timeout). The \
            application needs longer for this request, so the visitor gets a 504 although the answer would have \
            come. Asked directly, the same request is answered after the gateway's limit.",
        evidence: &[
            "The gateway logs a timeout while waiting for the answer's head, exactly at its read timeout.",
            "The same request, asked directly, is answered after a time longer than that limit.",
        ],
        contradictions: &[
            "The direct request is never answered: then the application hangs.",
            "The direct request is answered within the limit: then it is not slow now.",
        ],
        look_alikes: &[
            "upstream-hang-not-accepting",
            "app-worker-pool-exhausted",
            "app-dependency-stalled",
            "cpu-saturated",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Make the request faster, or answer at once and do the work in the background",
                command: "curl -sS -o /dev/null -w 'first byte %{time_starttransfer} s\\n' http://{target}/   # with the failing path",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_starttransfer}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "Let the gateway wait longer, if the work has to take {took} ({place})",
                command: "proxy_read_timeout {longer};   # beside proxy_pass; for FastCGI fastcgi_read_timeout\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Let httpd wait longer, if the work has to take {took} ({place})",
                command: "ProxyPass / {upstream} timeout={longer}   # or ProxyTimeout {longer} in the virtual host\nsudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Let the gateway wait longer, if the work has to take {took} ({place})",
                command: "transport http { response_header_timeout {longer} }   # within reverse_proxy\ncaddy validate --config {config} --adapter caddyfile && sudo systemctl reload caddy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Let the gateway wait longer, if the work has to take {took} ({place})",
                command: "http.serversTransports.NAME.forwardingTimeouts.responseHeaderTimeout: {longer}\n# the file provider loads it by itself (watch: true), else: sudo systemctl restart traefik",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Let the gateway wait longer, if the work has to take {took} ({place})",
                command: "route: { cluster: NAME, timeout: {longer} }\nenvoy --mode validate -c {config} && sudo systemctl restart envoy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "varnish",
                title: "Let the gateway wait longer, if the work has to take {took} ({place})",
                command: ".first_byte_timeout = {longer};   # in the backend's block\nsudo varnishreload {config}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Let HAProxy wait longer for the answer, if it must take that long",
                command: "timeout server 60s   # in the backend of {place}; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout"],
    },
    testimony: &[Meaning::ReadTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let limit = case.read_timeout_ms();
    let said: Vec<_> = case.lines(Meaning::ReadTimeout, target).map(|(id, _)| id).collect();
    let late = case.directs(target, true).find(|(_, d)| {
        d.answered()
            && d.status.is_some_and(|s| s < 500)
            && d.first_byte_ms.zip(limit).is_some_and(|(took, limit)| took > limit)
    });
    let quick_other = case
        .directs(target, false)
        .find(|(_, d)| d.answered() && d.first_byte_ms.zip(limit).is_none_or(|(took, limit)| took < limit));
    if let Some((id, direct)) = late {
        let took = direct.first_byte_ms.unwrap_or_default();
        let limit = limit.unwrap_or_default();
        return Some(
            Match::new(format!("{target} answers after {}, but the gateway waits only {}", seconds(took), seconds(limit)))
                .because_all(said)
                .because(id)
                .because_all(case.route.map(|(id, _)| id))
                .because_all(quick_other.map(|(id, _)| id))
                .confirmed_if(case.on_gateway_host())
                .open_unless(
                    quick_other.is_some(),
                    "app-worker-pool-exhausted",
                    "Other paths are slow too: are all workers busy, or is it this handler? Ask for a static file directly.",
                )
                .finer("What it spends the time on (database, another service, the processor): its own log or profiler.")
                .name("took", seconds(took))
                .name("longer", format!("{}s", (took.saturating_mul(2) / 1000).max(1) + 1)),
        );
    }
    // Not answered yet, while other paths are: slow or stuck in this one handler.
    let waits = case.directs(target, true).find(|(_, d)| d.silent())?;
    let (other, _) = quick_other?;
    if said.is_empty() && limit.is_none_or(|limit| waits.1.total_ms <= limit) {
        return None;
    }
    Some(
        Match::new(format!(
            "{target} answers other paths at once, but not this one within {}",
            seconds(waits.1.total_ms)
        ))
        .because_all(said)
        .because(waits.0)
        .because(other)
        .confirmed_if(case.on_gateway_host())
        .open_unless(
            false,
            "upstream-hang-not-accepting",
            format!("`curl -m 180 http://{target}/` with the failing path: does it answer in the end?"),
        ),
    )
}

fn seconds(ms: u64) -> String {
    if ms.is_multiple_of(1000) { format!("{} s", ms / 1000) } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) }
}
