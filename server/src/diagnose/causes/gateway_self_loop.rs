//! The gateway forwards to itself.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-self-loop",
        title: "The gateway forwards to itself",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream of this route is the gateway's own listener, and there the request takes the same \
            route again. It goes round until connections run out, a timeout ends it, or a header grows too long. \
            Typical where the upstream's name leads to the gateway's own address, or a port was copied.",
        evidence: &[
            "The upstream's address is one on which the gateway itself listens.",
            "There, the configuration sends the same request to the same place again.",
            "The access log has the same request several times.",
        ],
        contradictions: &[
            "The listener belongs to another server block that leads elsewhere: then it is a chain, not a loop.",
        ],
        look_alikes: &["gateway-worker-connections", "upstream-hang-not-accepting", "cdn-points-to-cdn"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Let the upstream be the application, not the gateway ({place})",
                command: "sudo ss -ltnp   # on which port does the application listen?\n# then correct the upstream {target} at {place} and reload the gateway",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "If it is a name: let it lead to the application from here",
                command: "getent ahosts NAME; ip -br addr",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass"],
    },
    testimony: &[
        Meaning::OutOfConnections,
        Meaning::OutOfDescriptors,
        Meaning::ReadTimeout,
        Meaning::ConnectTimeout,
        Meaning::NoSourceAddress,
        Meaning::ClosedEarly,
        Meaning::Reset,
        Meaning::HeaderTooBig,
    ],
    absorbs: &[
        "gateway-worker-connections",
        "gateway-fd-limit",
        "upstream-hang-not-accepting",
        "upstream-slow-response",
        "upstream-closed-before-response",
        "app-returned-502",
    ],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, round) = case.facts.loops().next()?;
    if case.effect.succeeded > 0 {
        return None;
    }
    // Every other member that leads out of the gateway breaks the loop now and then.
    let only = case.members.iter().filter(|(_, m)| !m.down && !m.backup).flat_map(|(_, m)| &m.targets);
    let all =
        only.clone().count() > 0 && only.into_iter().all(|target| case.facts.loops().any(|(_, l)| &l.target == target));
    let mut found = Match::new(format!(
        "The gateway forwards this request to {}, its own listener, and so round and round",
        round.target
    ))
    .because(id)
    .because_all(case.route.map(|(id, _)| id))
    .confirmed_if(case.on_gateway_host() && all)
    .name("target", round.target.clone());
    // What comes back was made by the gateway itself, one round further on.
    found.explains_status = true;
    Some(found)
}
