//! The upstream is a variable with a name, and no resolver is set.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-no-resolver",
        title: "The gateway has no resolver for a name that it must look up while it runs",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The upstream is given by a variable, so its name has to be looked up for each request, and the configuration names no name server for that. nginx does not use the system's own for it. Every such request fails at once, although the name is fine.",
        evidence: &[
            "The gateway logs `no resolver defined to resolve` with the name.",
            "The route uses a variable, and no `resolver` is in force there.",
        ],
        contradictions: &[
            "A `resolver` is set for this location, server or the whole configuration.",
            "The upstream is a plain name: that is looked up when the gateway starts.",
        ],
        look_alikes: &["dns-nxdomain", "dns-timeout", "gateway-boot-name-unresolvable"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Name a resolver ({place})",
                command: "resolver 127.0.0.53 valid=30s;   # in http, server or location; see /etc/resolv.conf\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "Or write the name without a variable, so that it is looked up at start",
                command: "proxy_pass http://NAME:PORT;\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "In containers the resolver is the runtime's own",
                command: "grep nameserver /etc/resolv.conf   # Docker: 127.0.0.11",
                verify: "getent hosts {name}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
        ],
    },
    testimony: &[Meaning::NoResolver],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let said: Vec<_> = case.lines_of(Meaning::NoResolver).collect();
    let by_config = case.resolving().filter(|(_, resolving)| resolving.gateway == "nobody");
    let by_route = case.route.filter(|(_, route)| route.resolves_at_run_time && route.resolvers.is_empty());
    let has_one = case.route.is_some_and(|(_, route)| !route.resolvers.is_empty());
    if has_one || (said.is_empty() && by_config.is_none()) {
        return None;
    }
    let name = said.first().and_then(|(_, line)| line.name.clone()).unwrap_or_else(|| "the upstream's name".to_owned());
    Some(
        Match::new(format!("The gateway has to look up {name} while it runs, and no resolver is set"))
            .because_all(said.iter().map(|(id, _)| *id))
            .because_all(by_config.map(|(id, _)| id))
            .because_all(by_route.map(|(id, _)| id))
            .confirmed_if(!said.is_empty() || by_config.is_some())
            .open_unless(
                !said.is_empty(),
                "dns-nxdomain",
                "The gateway's error log says `no resolver defined to resolve`: `sudo tail -n 50 /var/log/nginx/error.log`",
            )
            .name("name", name),
    )
}
