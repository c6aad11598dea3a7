//! The gateway's name server does not answer.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::names::LookupOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "dns-timeout",
        title: "The gateway's name server does not answer",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "The gateway looks the upstream's name up while it runs, and gets no answer from its name \
            server: it is stopped, its port is closed, or packets to it are lost. Every request waits for the \
            gateway's resolver timeout and then fails.",
        evidence: &[
            "The gateway logs that the name could not be resolved (110: Operation timed out).",
            "The same name server, asked directly, does not answer or its port is closed.",
        ],
        contradictions: &["The name server answers anything at all, even an error."],
        look_alikes: &["dns-servfail", "dns-nxdomain", "firewall-drop"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Bring the name server {resolver} back",
                command: "dig @{resolver_ip} {name} +time=2 +tries=1; systemctl status systemd-resolved unbound dnsmasq named 2>/dev/null | head -40",
                verify: "dig +short @{resolver_ip} {name}",
            },
            FixText {
                applies_to: "nginx",
                title: "Let the gateway ask one that works ({place})",
                command: "resolver 127.0.0.53 valid=30s; resolver_timeout 5s;   # instead of {resolver}\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "httpd asks the system's resolver: let that ask a server that answers",
                command: "cat /etc/resolv.conf; resolvectl status   # then set a working nameserver there",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "If it is on another host, let UDP and TCP port 53 through",
                command: "sudo nft list ruleset | grep -n 53; nc -vzu {resolver_ip} 53",
                verify: "dig +short @{resolver_ip} {name}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Give HAProxy a second name server, and the last known address at start",
                command: "resolvers dns\n    nameserver two 10.0.0.54:53\n    hold timeout 30s   # and `server … init-addr last,libc,none`; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "echo 'show resolvers' | sudo socat stdio /run/haproxy/admin.sock",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver_timeout"],
    },
    testimony: &[
        Meaning::NameServerSilent,
        Meaning::NameServerUnreachable,
        Meaning::NameServerFailed,
        Meaning::NameNotFound,
    ],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let said = case.about_names(CAUSE.testimony);
    let silent = |outcome: LookupOutcome| matches!(outcome, LookupOutcome::Timeout | LookupOutcome::Unreachable);
    let names = case.names().into_iter().find(|names| {
        !names.asked.is_empty()
            && names.asked.iter().all(|(_, l)| silent(l.outcome))
            && (names.at_run_time || !said.is_empty())
    });
    let exact =
        || said.iter().filter(|(_, l)| l.meaning != Meaning::NameNotFound && l.meaning != Meaning::NameServerFailed);
    if case.names().iter().any(|names| !names.asked.is_empty()) && names.is_none()
        || (names.is_none() && exact().next().is_none())
    {
        return None;
    }
    let name = names.as_ref().map(|names| names.name.clone()).or_else(|| exact().find_map(|(_, l)| l.name.clone()));
    let name = name.unwrap_or_else(|| "the upstream's name".to_owned());
    let server = names.as_ref().and_then(|names| Some(names.asked.first()?.1.server.clone()));
    let server = server.filter(|server| server != "system").unwrap_or_else(|| "in use".to_owned());
    let unreachable =
        names.as_ref().is_some_and(|names| names.asked.iter().all(|(_, l)| l.outcome == LookupOutcome::Unreachable));
    let finer = if unreachable {
        "Nothing listens at its address, or no way leads there: its own host tells."
    } else {
        "Whether the server is stopped or packets to it are dropped: its own host tells."
    };
    Some(
        Match::new(format!("The gateway's name server {server} does not answer, so {name} cannot be resolved"))
            .because_all(said.iter().map(|(id, _)| *id))
            .because_all(names.iter().flat_map(|names| names.asked.iter().map(|(id, _)| *id)))
            .confirmed_if(case.on_gateway_host() && names.as_ref().is_some_and(|names| case.hears(names)))
            .open_unless(
                case.only_name(&name) || !said.is_empty(),
                "all-backends-marked-down",
                "The pool has other members too: which of them was asked? The gateway's log tells.",
            )
            .finer(finer)
            .name("name", name),
    )
}
