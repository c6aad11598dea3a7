//! The upstream's name does not exist.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::{AskedBy, LookupOutcome};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-nxdomain",
        title: "The upstream's name does not exist",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The gateway looks the upstream's name up while it runs, and its name server answers that there \
            is no such name. The record was removed or never made, the name is misspelt, or the gateway asks a name \
            server that does not know the zone.",
        evidence: &[
            "The gateway logs that the name could not be resolved (3: Host not found).",
            "Its name server, asked directly, answers NXDOMAIN.",
        ],
        contradictions: &[
            "The name exists but has no address of the wanted type (NODATA).",
            "The name server does not answer, or fails.",
        ],
        look_alikes: &["dns-nodata", "dns-search-ndots", "dns-servfail", "dns-timeout"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Create the record {name}, or correct the name",
                command: "dig @{resolver_ip} {name} A; dig @{resolver_ip} {name} AAAA   # status: NXDOMAIN",
                verify: "dig +short @{resolver_ip} {name}",
            },
            FixText {
                applies_to: "nginx",
                title: "If another name server knows it, let the gateway ask that one ({place})",
                command: "resolver NAME_SERVER valid=30s;   # instead of {resolver}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Let HAProxy keep the last address that it knew when the name vanishes",
                command: "resolvers dns\n    hold nx 30s\n    hold obsolete 30s   # and `server … resolvers dns init-addr last,libc,none`; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "echo 'show resolvers' | sudo socat stdio /run/haproxy/admin.sock",
            },
            FixText {
                applies_to: "httpd",
                title: "httpd asks the system's resolver: see what that says",
                command: "getent ahosts {name}; cat /etc/resolv.conf   # then correct the name at {place}\nsudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
            "https://www.rfc-editor.org/rfc/rfc8020",
        ],
    },
    testimony: &[Meaning::NameNotFound, Meaning::NameServerFailed],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let said = case.about_names(CAUSE.testimony);
    let names = case.names().into_iter().find(|names| {
        !names.answered() && names.some(LookupOutcome::NxDomain) && (names.at_run_time || !said.is_empty())
    })?;
    // One record of another type is enough for the name to exist.
    if names.some(LookupOutcome::NoData) {
        return None;
    }
    let name = names.name.clone();
    let known_here = case
        .facts
        .lookups()
        .find(|(_, l)| l.name == name && l.asked_by == AskedBy::System && l.outcome == LookupOutcome::Answer);
    let by_search =
        case.facts.lookups().find(|(_, l)| l.search_of.as_deref() == Some(&name) && l.outcome == LookupOutcome::Answer);
    let short_and_known = known_here.is_some() && !name.contains('.');
    let mut found = Match::new(format!(
        "The upstream's name {name} does not exist, says {}",
        names.server(LookupOutcome::NxDomain)
    ))
    .because_all(said.iter().map(|(id, _)| *id))
    .because_all(names.ids(LookupOutcome::NxDomain))
    .confirmed_if(case.hears(&names) && names.all(LookupOutcome::NxDomain))
    .open_unless(
        !short_and_known && by_search.is_none(),
        "dns-search-ndots",
        format!("The name is known with a domain of the search list: `resolvectl query {name}`"),
    )
    .open_unless(
        case.only_name(&name) || !said.is_empty(),
        "all-backends-marked-down",
        "The pool has other members too: which of them was asked? The gateway's log tells.",
    )
    .name("name", name);
    if let Some((id, _)) = known_here.filter(|_| names.own) {
        found = found
            .against(id)
            .finer("This host's own resolver has the name: the gateway asks a server that does not know the zone.");
    }
    Some(found)
}
