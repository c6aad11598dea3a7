//! The gateway does not start because a name in its configuration does not resolve.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::LookupOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-boot-name-unresolvable",
        title: "The gateway does not start: a name in its configuration does not resolve",
        family: Family::Dns,
        step: Step::Logs,
        explanation: "Names of upstreams that stand in the configuration are resolved when the gateway starts or \
            reloads. One of them could not be, so the gateway ended at once (then nothing answers at all), or kept \
            its old configuration at a reload. After a boot it is often only too early for the network or the name \
            server.",
        evidence: &[
            "nginx logs `host not found in upstream \"NAME\" in FILE:LINE` at level emerg.",
            "Nothing listens at the gateway's address.",
            "The name does not resolve on this host.",
        ],
        contradictions: &["`nginx -t` is content: then the name resolves now, and a start is all that is missing."],
        look_alikes: &["gateway-itself-down", "dns-nxdomain", "gateway-config-not-reloaded"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Correct the name, or its record ({name})",
                command: "getent ahosts {name}\nsudo grep -rn {name} /etc/nginx /etc/haproxy /etc/hosts 2>/dev/null",
                verify: "getent ahosts {name} && sudo nginx -t",
            },
            FixText {
                applies_to: "systemd",
                title: "Start after names can be resolved, and try again",
                command: "sudo systemctl edit nginx\n# [Unit]\n# After=network-online.target nss-lookup.target\n# Wants=network-online.target\n# [Service]\n# Restart=on-failure\n# RestartSec=5\nsudo systemctl restart nginx",
                verify: "systemctl status nginx --no-pager",
            },
            FixText {
                applies_to: "nginx",
                title: "Or resolve the name while nginx runs, so that it starts without it",
                command: "resolver 127.0.0.53 valid=30s;\nset $backend {name};\nproxy_pass http://$backend;",
                verify: "sudo nginx -t",
            },
            FixText {
                applies_to: "haproxy",
                title: "Or start without an address",
                command: "default-server init-addr last,libc,none   # with a `resolvers` section",
                verify: "sudo haproxy -c -f {config}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
            "https://docs.haproxy.org/2.6/configuration.html#init-addr",
        ],
    },
    testimony: &[],
    absorbs: &["gateway-itself-down", "gateway-config-not-reloaded"],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let said: Vec<_> = case.facts.log_lines().filter(|(_, line)| line.meaning == Meaning::StartNameNotFound).collect();
    let (_, line) = said.last()?;
    let down = case.facts.edges().find(|(_, edge)| !edge.listening);
    let not_loaded = case.facts.config_ages().find(|(_, age)| age.newer());
    let name = line.name.clone().unwrap_or_default();
    let looked_up: Vec<_> = case.facts.lookups().filter(|(_, lookup)| lookup.name == name).collect();
    let missing = looked_up.iter().find(|(_, l)| l.outcome != LookupOutcome::Answer).map(|(id, _)| *id);
    let resolves = looked_up.iter().any(|(_, l)| l.outcome == LookupOutcome::Answer);
    if down.is_none() && not_loaded.is_none() {
        return None;
    }
    // Another complaint of the same start may be the one that counts.
    let other = case.facts.log_lines().any(|(_, line)| line.meaning == Meaning::StartFailed);
    let headline = match down {
        Some((_, edge)) => format!(
            "The gateway is not running on {}: at its start the name {name} could not be resolved",
            edge.address
        ),
        None => format!("The gateway could not load its configuration: the name {name} could not be resolved"),
    };
    let mut found = Match::new(headline)
        .because_all(said.iter().map(|(id, _)| *id))
        .because_all(down.map(|(id, _)| id))
        .because_all(missing)
        .because_all(not_loaded.filter(|_| down.is_none()).map(|(id, _)| id))
        .confirmed_if(down.is_some() && case.effect.failed > 0)
        .open_unless(!other, "gateway-itself-down", "`sudo nginx -t` names what keeps it from starting now.")
        .name("name", name);
    if resolves {
        found = found.finer("The name resolves now: a start may be all that is missing.");
    }
    Some(found)
}
