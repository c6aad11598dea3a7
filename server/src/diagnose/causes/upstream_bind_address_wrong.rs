//! The application listens on the port, but at another address.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-bind-address-wrong",
        title: "The application listens on this port only at another address",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway connects to an address of this host on which nobody listens, while the same port is \
            open at another of its addresses: the application was told to bind to that one only, usually to \
            127.0.0.1.",
        evidence: &[
            "The table of listeners has the port at another address, and not at the one that the gateway connects to.",
            "Asked there, the application answers.",
        ],
        contradictions: &[
            "Something listens at all addresses (0.0.0.0 or ::): then a rule rejects the connection.",
            "Another program has the port there.",
        ],
        look_alikes: &["upstream-down-not-listening", "localhost-resolves-ipv6-first", "firewall-reject-rst"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Let the application listen where the gateway connects to",
                command: "# gunicorn -b 0.0.0.0:{port} · uvicorn --host 0.0.0.0 · node server.listen({port}, '0.0.0.0') · php-fpm listen = 0.0.0.0:{port}",
                verify: "ss -ltn 'sport = :{port}'",
            },
            FixText {
                applies_to: "nginx",
                title: "Or let the gateway connect to where it listens",
                command: "proxy_pass http://{found};   # {place}; then sudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{found}/",
            },
            FixText {
                applies_to: "httpd",
                title: "Or let httpd connect to where it listens",
                command: "ProxyPass / http://{found}/   # {place}; then sudo apachectl configtest && sudo apachectl graceful",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{found}/",
            },
        ],
        references: &["https://man7.org/linux/man-pages/man2/bind.2.html"],
    },
    testimony: &[Meaning::Refused],
    absorbs: &["upstream-down-not-listening", "upstream-wrong-port"],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (table, listener) = case.listener(target).filter(|(_, l)| !l.listening && !l.elsewhere.is_empty())?;
    let (refused, _) = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Refused)?;
    if case.member_of(target).is_some_and(|(_, member)| member.by_name && is_localhost(&member.name)) {
        return None;
    }
    let found = listener.elsewhere.first()?;
    // Where a name leads is the name server's word; it may be the name that is wrong.
    let named = case.member_of(target).is_some_and(|(_, member)| member.by_name);
    // Another port near by that answers is the likelier one.
    let asked = case.instead_of(target).find(|(_, other)| &other.address == found && other.status.is_some());
    Some(
        Match::new(format!(
            "Nothing listens on {target}, but the same port is served at {}",
            listener.elsewhere.join(", ")
        ))
        .because(refused)
        .because(table)
        .because_all(asked.map(|(id, _)| id))
        .confirmed_if(!named && case.on_gateway_host())
        .open_unless(
            asked.is_some_and(|(_, other)| other.status.is_some_and(|status| status < 500)),
            "upstream-down-not-listening",
            format!("Is it the application of this route that listens there? `curl -i http://{found}/`"),
        )
        .name("found", found.clone()),
    )
}

/// Whether a member is written as `localhost`.
fn is_localhost(name: &str) -> bool {
    name.rsplit_once(':').map_or(name, |(host, _)| host).eq_ignore_ascii_case("localhost")
}
