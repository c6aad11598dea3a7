//! The upstream's name exists and has no address.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::LookupOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-nodata",
        title: "The upstream's name exists, but has no address",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The name server knows the name, but it has no A or AAAA record: only a record of another type is there, or only IPv6 where the gateway asks for IPv4. The gateway reports it like a name that does not exist.",
        evidence: &[
            "The name server answers NOERROR without a record for both types that the gateway asks for.",
            "nginx logs `could not be resolved (3: Host not found)`, Go programs `no such host`.",
        ],
        contradictions: &[
            "The server answers NXDOMAIN: then the name itself is missing.",
            "A record of the type that the gateway asks for is there.",
        ],
        look_alikes: &["dns-nxdomain", "ipv6-no-route", "dns-search-ndots"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Add an address record for {name}",
                command: "dig @{resolver_ip} {name} A; dig @{resolver_ip} {name} AAAA   # NOERROR, ANSWER: 0",
                verify: "dig +short @{resolver_ip} {name} A",
            },
            FixText {
                applies_to: "nginx",
                title: "If it has IPv6 addresses only, let the gateway ask for them ({place})",
                command: "resolver {resolver};   # without ipv6=off\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "If another name server knows it, let the gateway ask that one ({place})",
                command: "resolver NAME_SERVER valid=30s;   # instead of {resolver}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "If another name server knows it, name that one",
                command: "resolvers dns\n    nameserver one NAME_SERVER:53\nsudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
            "https://www.rfc-editor.org/rfc/rfc2308#section-2.2",
        ],
    },
    testimony: &[Meaning::NameNotFound, Meaning::NameServerFailed],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (_, found) = case.badly_answered(LookupOutcome::NoData, CAUSE.testimony, |names| {
        format!("The name {} has no address, says {}", names.name, names.server(LookupOutcome::NoData))
    })?;
    Some(found)
}
