//! `localhost` is `::1` for the gateway and 127.0.0.1 for the application, or the reverse.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "localhost-resolves-ipv6-first",
        title: "`localhost` leads the gateway to another address than the application listens on",
        family: Family::Dns,
        step: Step::Upstream,
        explanation: "The configuration names the upstream `localhost`, which stands for two addresses, ::1 and \
            127.0.0.1. The gateway connects to one of them, the application listens only on the other.",
        evidence: &[
            "The name leads to both addresses, the table of listeners has the port at one of them only, and the other refuses.",
        ],
        contradictions: &["Both refuse: then the application is not running.", "The application listens on both."],
        look_alikes: &["upstream-bind-address-wrong", "upstream-down-not-listening"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Write the address instead of the name",
                command: "proxy_pass http://{found};   # {place}; then sudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Write the address instead of the name",
                command: "ProxyPass / http://{found}/   # {place}; then sudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Write the address instead of the name",
                command: "server app {found}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Or let the application listen on both",
                command: "# node server.listen({port}, '::') · gunicorn -b '[::]:{port}'",
                verify: "ss -ltn 'sport = :{port}'",
            },
        ],
        references: &["https://www.rfc-editor.org/rfc/rfc6724"],
    },
    testimony: &[Meaning::Refused],
    absorbs: &["upstream-down-not-listening"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (named, member) = case.member_of(target).filter(|(_, member)| member.by_name && is_localhost(&member.name))?;
    let (table, listener) = case.listener(target).filter(|(_, l)| !l.listening)?;
    let (refused, _) = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Refused)?;
    let port = target.rsplit(':').next()?;
    let twin = if target.starts_with('[') { format!("127.0.0.1:{port}") } else { format!("[::1]:{port}") };
    let served = |address: &String| *address == twin;
    let there =
        listener.elsewhere.iter().any(served) || case.listener(&twin).is_some_and(|(_, listener)| listener.listening);
    if !there {
        return None;
    }
    Some(
        Match::new(format!("{} leads to {target}, but the application listens on {twin} only", member.name))
            .because(named)
            .because(refused)
            .because(table)
            .because_all(case.listener(&twin).map(|(id, _)| id))
            .confirmed_if(case.on_gateway_host())
            .name("found", twin),
    )
}

/// Whether a member is written as `localhost`.
fn is_localhost(name: &str) -> bool {
    name.rsplit_once(':').map_or(name, |(host, _)| host).eq_ignore_ascii_case("localhost")
}
