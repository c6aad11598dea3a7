//! The gateway turns the upstream's answer into another.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-rewrites-status",
        title: "The gateway replaces the upstream's answer by an error of its own",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream gives a whole answer with one status, and visitors get another: the gateway's configuration replaces answers (nginx `error_page` with `proxy_intercept_errors`, httpd `ErrorDocument` with `ProxyErrorOverride`, HAProxy `http-response return`). What visitors see is then not what happened.",
        evidence: &[
            "Asked directly, the upstream answers another status than visitors get.",
            "The gateway's access log shows that other status as upstream status, or its configuration has a directive that replaces it.",
            "The gateway's error log has no failure of the upstream.",
        ],
        contradictions: &[
            "The direct answer has the same status.",
            "The gateway's error log names a failure of the connection.",
        ],
        look_alikes: &["app-returned-502", "upstream-wrong-host-or-path"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Pass the upstream's own status on ({place}), or mend the upstream's {upstream_status}",
                command: "proxy_intercept_errors off;\n# or keep the status: error_page {upstream_status} /error.html;   (without =502)\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}; curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/",
            },
            FixText {
                applies_to: "httpd",
                title: "Pass the upstream's own status on",
                command: "ProxyErrorOverride Off\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Take the rule away that replaces the answer",
                command: "# http-response return / http-response set-status / errorfile",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Compare both answers",
                command: "curl -sS -i {url} | head -3; curl -sS -i http://{target}/ | head -3",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_intercept_errors",
            "https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxyerroroverride",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if !case.testimony.is_empty() {
        return None;
    }
    let failed: Vec<_> = case.facts.attempts().filter(|(_, a)| a.failed() && a.failure.is_none()).collect();
    let (attempt_id, attempt) = failed.first()?;
    let status = attempt.status?;
    let (id, direct) = case.directs(target, true).filter(|(_, d)| d.answered() && d.status != Some(status)).last()?;
    let theirs = direct.status?;
    if case.effect.succeeded > 0
        || case.effect.open > 0
        || failed.iter().any(|(_, a)| a.status != Some(status))
        || theirs < 400 && status == 504
    {
        return None;
    }
    let text = theirs.to_string();
    let told: Vec<_> = case.facts.access_lines().filter(|(_, line)| line.status == status).collect();
    let by_log = !told.is_empty() && told.iter().all(|(_, line)| line.upstream_status.last() == Some(&text));
    let denied = told.iter().any(|(_, line)| line.upstream_status.last().is_some_and(|said| *said != text));
    let by_config = case.route.is_some_and(|(_, route)| {
        route.replaces_errors
            && (route.error_pages.is_empty()
                || route.error_pages.iter().any(|page| page.split_whitespace().any(|word| word == text)))
    });
    if denied || (!by_log && !by_config) {
        return None;
    }
    Some(
        Match::new(format!("{target} answers {theirs}, and the gateway makes {status} of it"))
            .because_all([*attempt_id, id])
            .because_all(told.iter().map(|(id, _)| *id).take(2))
            .because_all(case.route.map(|(id, _)| id))
            .confirmed_if(theirs >= 400)
            .open_unless(
                by_config || by_log,
                "app-returned-502",
                "Which directive replaces it? Look for error_page, ErrorDocument, errorfile.",
            )
            .name("upstream_status", text.clone()),
    )
}
