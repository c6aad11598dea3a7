//! A forward proxy stands between the gateway and its upstream.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::gateway::HindranceKind;
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "outbound-forward-proxy",
        title: "A forward proxy stands between the gateway and its upstream",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "The gateway does not connect to the upstream itself but asks a forward proxy to do so: httpd by \
            ProxyRemote, gateways written in Go by HTTP_PROXY and HTTPS_PROXY of their environment. That proxy cannot \
            be reached, or refuses to connect to the upstream.",
        evidence: &[
            "The configuration sends this upstream through a forward proxy.",
            "httpd logs AH00950 or AH00958, or a failed connection to the forward proxy's own address, for this run's request.",
            "The upstream answers when it is asked directly.",
        ],
        contradictions: &["The upstream fails directly too: then the forward proxy only says so."],
        look_alikes: &["upstream-down-not-listening", "firewall-drop"],
        fixes: &[
            FixText {
                applies_to: "httpd",
                title: "Leave this upstream out of the forward proxy",
                command: "NoProxy {host}   # beside ProxyRemote at {hindrance}; then: sudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "systemd",
                title: "Take the proxy out of the gateway's environment",
                command: "systemctl show GATEWAY.service -p Environment; sudo systemctl edit GATEWAY.service   # [Service] Environment=NO_PROXY={host},localhost,127.0.0.1",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxyremote"],
    },
    testimony: &[Meaning::ForwardProxyFailed, Meaning::Refused, Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let configured = case.facts.hindrances().find(|(_, h)| h.what == HindranceKind::ForwardProxy);
    let said = case.own_lines_of(Meaning::ForwardProxyFailed);
    // A failed connection to the forward proxy's own address says the same.
    let towards: Vec<_> = case
        .testimony
        .iter()
        .filter(|(_, line)| {
            line.target.is_some() && configured.is_some_and(|(_, h)| h.target.is_some() && h.target == line.target)
        })
        .map(|(id, _)| *id)
        .collect();
    if configured.is_none() && said.is_empty() {
        return None;
    }
    let well: Vec<_> =
        case.facts.directs().filter(|(_, d)| d.path == "same" && d.answered()).map(|(id, _)| id).collect();
    let broken = !said.is_empty() || !towards.is_empty();
    let through = configured.map_or_else(|| "a forward proxy".to_owned(), |(_, h)| h.detail.clone());
    let fails_by_itself = case.facts.attempts().any(|(_, a)| a.failed());
    if !broken && (well.is_empty() || !fails_by_itself) {
        return None;
    }
    let at = configured.and_then(|(_, h)| h.target.clone()).filter(|_| !towards.is_empty());
    let mut found = Match::new(format!("The gateway asks its upstream through {through}, and that fails"))
        .because_all(configured.map(|(id, _)| id))
        .because_all(said)
        .because_all(towards.iter().copied())
        .because_all(well.iter().copied())
        .confirmed_if(broken && configured.is_some())
        .open_unless(
            !well.is_empty(),
            "upstream-down-not-listening",
            "The upstream was not seen to answer directly: `curl -sS -m 10 -i http://MEMBER/`",
        )
        .name("hindrance", configured.map_or_else(|| "the configuration".to_owned(), |(_, h)| h.place.clone()))
        .name("host", case.members.first().map_or_else(|| "HOST".to_owned(), |(_, m)| m.name.clone()));
    if let Some(at) = at {
        found = found.on(&at);
    }
    Some(found)
}
