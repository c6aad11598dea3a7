//! The upstream refuses the gateway's address.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::Varied;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-blocks-gateway",
        title: "The upstream serves others, but refuses the gateway's address",
        family: Family::FirewallProxy,
        step: Step::Upstream,
        explanation: "The upstream has access rules of its own, and the gateway's address is on the wrong side of them: a deny list, an allow list without it, a limit for each client that the gateway reaches for all. It closes the connection or refuses it, while the same request from another address is served.",
        evidence: &[
            "The same request from another address of this host gets an answer, from the gateway's own address it does not, in turn and again.",
            "The upstream's log names the gateway's address.",
        ],
        contradictions: &["The request fails from every address."],
        look_alikes: &[
            "upstream-closed-before-response",
            "firewall-reject-rst",
            "fail2ban-banned-proxy",
            "app-returned-502",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Let the gateway's address in, in the upstream's own configuration",
                command: "grep -rnE 'deny|allow|Require (not )?ip|tcp-request .*reject|hosts.deny' /etc/nginx /etc/apache2 /etc/haproxy /etc/hosts.deny 2>/dev/null   # on the upstream's host",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/",
            },
            FixText {
                applies_to: "any",
                title: "If it limits each client, let it see the visitors' addresses",
                command: "# nginx as upstream: set_real_ip_from GATEWAY; real_ip_header X-Forwarded-For;\n# Apache: RemoteIPHeader X-Forwarded-For, RemoteIPInternalProxy GATEWAY",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_access_module.html",
            "https://nginx.org/en/docs/http/ngx_http_realip_module.html",
        ],
    },
    testimony: &[
        Meaning::Refused,
        Meaning::Reset,
        Meaning::ClosedEarly,
        Meaning::ReadTimeout,
        Meaning::ConnectTimeout,
        Meaning::TlsFailed,
    ],
    absorbs: &["upstream-closed-before-response", "firewall-reject-rst", "upstream-down-not-listening"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, contrast) = case.contrast(target, Varied::Source).filter(|(_, c)| c.decides)?;
    // A rule that can be named says more.
    let rule = case.stopping(target, "drop").or_else(|| case.stopping(target, "reject"));
    if rule.is_some_and(|(_, rule)| rule.counted()) {
        return None;
    }
    Some(
        Match::new(format!(
            "{target} refuses the gateway's address: from {} the same request is {}",
            contrast.with, contrast.other
        ))
        .because(id)
        .because_all(case.failed_connect(target).map(|(id, _)| id))
        .because_all(case.directs(target, true).filter(|(_, d)| !d.answered()).map(|(id, _)| id))
        .confirmed_if(case.on_gateway_host())
        .name("other", contrast.with.clone()),
    )
}
