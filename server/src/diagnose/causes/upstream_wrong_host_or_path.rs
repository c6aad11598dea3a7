//! The upstream is asked for the wrong host or path.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::Changed;
use app::model::{CauseText, Family, FaultKind, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-wrong-host-or-path",
        title: "The gateway asks the upstream for a host or path that it does not serve",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The address is right, but the request is for the wrong site: the gateway sends another Host than the application serves (nginx sends the name in proxy_pass unless told otherwise), or it cuts off or adds a part of the path. The application answers 404, 421 or an error, or closes.",
        evidence: &[
            "Asked directly with the gateway's Host or path the application refuses; with the visitor's own it answers.",
            "The route's configuration shows which Host and path are sent.",
        ],
        contradictions: &[
            "The application answers alike for every Host and path: then the page does not exist, or the application is at fault.",
        ],
        look_alikes: &["app-returned-502", "upstream-closed-before-response", "tls-sni-missing"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Send the visitor's own Host, or the one that the application serves ({place})",
                command: "proxy_set_header Host {wanted};   # $host for the visitor's own\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "For a path: a slash at the end of proxy_pass replaces the location's prefix, none leaves the path as it is",
                command: "location /app/ { proxy_pass http://{target}; }    # keeps /app/\nlocation /app/ { proxy_pass http://{target}/; }   # cuts it off",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Send the visitor's own Host",
                command: "ProxyPreserveHost On\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Send the Host that the application serves",
                command: "http-request set-header Host {wanted}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Send the Host that the application serves",
                command: "header_up Host {wanted}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Pass the visitor's own Host on",
                command: "loadBalancer:\n  passHostHeader: true",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Send the Host that the application serves",
                command: "host_rewrite_literal: {wanted}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See the difference",
                command: "curl -sS -o /dev/null -w '%{http_code}\\n' -H 'Host: {wanted}' http://{target}/",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
        ],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed, Meaning::ApplicationSaid],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let bad = |status: Option<u16>| status.is_none_or(|status| status >= 400);
    let (direct_id, direct) = case.directs(target, true).filter(|(_, d)| bad(d.status)).last()?;
    let failed = direct.failure.as_ref();
    if failed.is_some_and(|f| !matches!(f.kind, FaultKind::ClosedEarly | FaultKind::Reset)) || !case.suffers() {
        return None;
    }
    if case.directs(target, true).any(|(_, d)| !bad(d.status)) {
        return None;
    }
    let good = |status: Option<u16>, failed: bool| !failed && status.is_some_and(|status| status < 400);
    let (id, better) = case
        .varied(target, Changed::Host)
        .chain(case.varied(target, Changed::Path))
        .find(|(_, v)| good(v.status, v.failure.is_some()))?;
    let what = if better.changed == Changed::Host { "Host" } else { "path" };
    let sent = case.route.and_then(|(_, route)| route.host_header.clone());
    let was = match (better.changed, &sent) {
        (Changed::Host, Some(sent)) => format!("the Host {sent}, which the gateway sends"),
        (Changed::Host, None) => "the Host that the gateway sends".to_owned(),
        _ => "the path that the gateway makes".to_owned(),
    };
    let refusal = direct.status.map_or_else(|| "closes".to_owned(), |status| format!("answers {status}"));
    // A page that does not exist for one site may exist for another that is not meant: only a plain refusal tells.
    let plain = direct.status.is_none_or(|status| matches!(status, 400 | 421 | 500..));
    Some(
        Match::new(format!(
            "With {was}, {target} {refusal}; with the {what} {} it answers {}",
            better.to,
            better.status.unwrap_or_default()
        ))
        .because_all([direct_id, id])
        .because_all(case.route.map(|(id, _)| id))
        .confirmed_if(case.route.is_some() && plain)
        .open_unless(
            plain,
            "app-returned-502",
            format!("Is the answer for {} the right site? Compare the pages.", better.to),
        )
        .name("wanted", if better.changed == Changed::Host { better.to.clone() } else { "$host".to_owned() }),
    )
}
