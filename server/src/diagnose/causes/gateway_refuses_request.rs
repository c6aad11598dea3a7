//! The gateway refuses the request before any upstream is asked.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-refuses-request",
        title: "The gateway itself refuses this request",
        family: Family::FirewallProxy,
        step: Step::Logs,
        explanation: "The gateway answers 400, 403, 405, 408, 413, 414 or 431 by a rule of its own before it asks any upstream: the body is larger than it takes, the URL or the headers are too long, a rule denies the client. Nothing is wrong towards the upstream; either the request is to be refused, or the limit is too small for it.",
        evidence: &[
            "The gateway logs the refusal (nginx: `client intended to send too large body`, `access forbidden by rule`).",
            "The answer is the gateway's own page, and no upstream is named in its log for this request.",
        ],
        contradictions: &["The upstream answers the same status when asked directly."],
        look_alikes: &["app-returned-502", "gateway-rate-limited"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Raise the limit that refuses it, if the request is legitimate",
                command: "client_max_body_size {wanted_body};        # 413\nlarge_client_header_buffers 4 32k;   # 400, 414\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Raise the limit that refuses it, if the request is legitimate",
                command: "LimitRequestBody 0\nLimitRequestFieldSize 32768\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Look for the rule that refuses it",
                command: "grep -nE 'http-request (deny|reject|return)|tune.bufsize' /etc/haproxy/haproxy.cfg",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See which limit it is",
                command: "sudo tail -n 20 /var/log/nginx/error.log",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size"],
    },
    testimony: &[Meaning::RequestRefused],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let own: Vec<_> = case.own_lines_of(Meaning::RequestRefused);
    if own.is_empty() || !case.suffers() {
        return None;
    }
    let status = case.facts.attempts().find_map(|(_, a)| a.status.filter(|status| (400..600).contains(status)))?;
    Some(
        Match::new(format!("The gateway itself refuses this request with {status}; no upstream is asked"))
            .because_all(own)
            .confirmed_if(true)
            .name("wanted_body", "64m"),
    )
}
