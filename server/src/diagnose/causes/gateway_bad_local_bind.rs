//! The gateway is told to connect from an address that this host does not have.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-bad-local-bind",
        title: "The gateway is told to connect from an address that this host does not have",
        family: Family::Code,
        step: Step::Server,
        explanation: "The configuration names the source address for connections to the upstream (proxy_bind, \
            ProxySourceAddress, source). No interface of this host has that address, so no such connection can even \
            be begun; nginx answers 500. Typical after a moved configuration or a removed address.",
        evidence: &[
            "The gateway logs `bind(ADDRESS) failed (99: Cannot assign requested address)`.",
            "`ip addr` does not show the address.",
            "Without that source address the upstream is reached.",
        ],
        contradictions: &[
            "`connect()` fails with 99, not `bind()`: then local ports are used up.",
            "`transparent` is set, or net.ipv4.ip_nonlocal_bind is 1: then foreign addresses are allowed.",
        ],
        look_alikes: &["ephemeral-ports-exhausted", "no-route-to-upstream"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Name an address of this host, or none ({directive})",
                command: "ip -br addr\n# then correct or remove it at {bind_place}, and reload the gateway",
                verify: "ip route get {ip} from {address}; curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Or give the address to this host, if it belongs here",
                command: "sudo ip addr add {address}/32 dev DEVICE",
                verify: "ip -br addr | grep {address}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_bind",
            "https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxysourceaddress",
            "https://docs.haproxy.org/2.6/configuration.html#4.2-source",
        ],
    },
    testimony: &[Meaning::BindFailed],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let own = case.own_lines_of(Meaning::BindFailed);
    let foreign = case.facts.source_addresses().find(|(_, s)| s.local == Some(false) && !s.foreign_allowed);
    if own.is_empty() && foreign.is_none() {
        return None;
    }
    let headline = match foreign {
        Some((_, source)) => format!(
            "The gateway is told to connect from {} ({}), which is not an address of this host",
            source.address, source.place
        ),
        None => "The gateway cannot take the source address that its configuration names".to_owned(),
    };
    // An address that is not here cannot be bound to: what remains is that this is the request's way.
    let follows =
        foreign.is_some() && case.on_gateway_host() && case.some_direct_is_well() && case.effect.succeeded == 0;
    let mut found = Match::new(headline)
        .because_all(own.iter().copied())
        .because_all(foreign.map(|(id, _)| id))
        .confirmed_if(!own.is_empty() || follows)
        .open_unless(
            !own.is_empty() || case.testimony.is_empty(),
            "ephemeral-ports-exhausted",
            "Does the gateway's log say `bind(` or `connect()` before `failed (99`?",
        );
    if let Some((_, source)) = foreign {
        found = found
            .name("address", source.address.clone())
            .name("directive", source.directive.clone())
            .name("bind_place", source.place.clone());
    }
    Some(found)
}
