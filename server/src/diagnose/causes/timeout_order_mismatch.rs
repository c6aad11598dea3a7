//! The gateway waits a shorter time than the further gateway behind it.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "timeout-order-mismatch",
        title: "The timeouts of the chain are in the wrong order",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "Behind this gateway stands a further one that waits for the application longer than this one \
            waits for it. So this gateway gives up first and answers 504, while the further one still works and logs \
            that its client went away (499). Each hop has to wait a little longer than the one behind it.",
        evidence: &[
            "The gateway logs a timeout while waiting for the answer's head.",
            "Its upstream is a further gateway, which answers the same request after this gateway's limit.",
        ],
        contradictions: &[
            "The further gateway answers with a timeout of its own: then its upstream is too slow.",
            "The upstream is the application itself: then it is slow, or hangs.",
        ],
        look_alikes: &["upstream-slow-response", "upstream-hang-not-accepting", "app-returned-502"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Let this gateway wait longer than the one behind it: application 50 s, inner 60 s, outer 75 s, CDN 100 s",
                command: "proxy_read_timeout 75s;   # {place}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Let this gateway wait longer than the one behind it",
                command: "ProxyTimeout 75\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Let this gateway wait longer than the one behind it",
                command: "timeout server 75s   # in the backend or in defaults\nsudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "And make the request itself faster: nobody waits a minute for a page",
                command: "curl -sS -o /dev/null -w 'first byte %{time_starttransfer} s\\n' http://{target}/   # with the failing path",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_starttransfer}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",
            "https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxytimeout",
        ],
    },
    testimony: &[Meaning::ReadTimeout],
    absorbs: &["upstream-slow-response"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let limit = case.read_timeout_ms()?;
    let (id, late) = case
        .directs(target, true)
        .find(|(_, d)| d.answered() && d.further_hop.is_some() && d.first_byte_ms.is_some_and(|took| took > limit))?;
    // An error of the further gateway's own (504, 502) has its reason behind it.
    if late.status.is_none_or(|status| status >= 500) {
        return None;
    }
    let inner = late.further_hop.clone().unwrap_or_default();
    let took = late.first_byte_ms.unwrap_or_default();
    let said: Vec<_> = case.lines(Meaning::ReadTimeout, target).map(|(id, _)| id).collect();
    Some(
        Match::new(format!(
            "Behind the gateway stands {inner}, which answers after {took} ms; the gateway in front waits only {limit} ms"
        ))
        .because_all(said)
        .because(id)
        .because_all(case.route.map(|(id, _)| id))
        .confirmed_if(case.on_gateway_host())
        .finer(format!("What takes so long behind {inner}: run `gatewatch diagnose` for http://{target}/ there.")),
    )
}
