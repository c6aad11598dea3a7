//! php-fpm refuses the gateway's address.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "php-fpm-allowed-clients",
        title: "php-fpm does not allow the gateway's address to connect",
        family: Family::FirewallProxy,
        step: Step::Logs,
        explanation: "The pool lists in `listen.allowed_clients` which addresses may connect, and the gateway's is not \
            among them (typically because it moved, or is a container with a new address). php-fpm takes the \
            connection and drops it without an answer.",
        evidence: &[
            "php-fpm says `Connection disallowed: IP address … has been dropped` (it needs `catch_workers_output = yes`).",
            "The pool's list lacks the address from which connections come, and a connection is closed at once, before any script runs.",
        ],
        contradictions: &["The list is empty or holds the address: then the worker closes for another reason."],
        look_alikes: &["upstream-closed-before-response", "app-worker-segfault", "fastcgi-http-mismatch"],
        fixes: &[FixText {
            applies_to: "php-fpm",
            title: "Add the gateway's address to the list",
            command: "listen.allowed_clients = 127.0.0.1,{source}   # {place_of_pool}\nsudo systemctl restart php*-fpm",
            verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
        }],
        references: &["https://www.php.net/manual/en/install.fpm.configuration.php#listen.allowed-clients"],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said = case.application_said(target, &[Meaning::ClientDropped]);
    let closed = case.closed_direct(target).filter(|(_, direct)| direct.total_ms < AT_ONCE_MS);
    let source = source(case, target);
    let lacks = case.application(target).filter(|(_, app)| {
        let listed = |source: &String| app.allowed_clients.iter().any(|client| client == source);
        app.product == "php-fpm" && !app.allowed_clients.is_empty() && source.as_ref().is_some_and(|s| !listed(s))
    });
    if said.is_empty() && (lacks.is_none() || closed.is_none()) {
        return None;
    }
    let told = said.beside_failure() || (lacks.is_some() && closed.is_some());
    let place = case.application(target).map_or_else(String::new, |(_, app)| app.place.clone());
    let address = said.first().and_then(|line| line.name.clone()).or(source).unwrap_or_else(|| "ADDRESS".to_owned());
    Some(
        Match::new(format!(
            "php-fpm at {target} drops connections of {address}: listen.allowed_clients does not list it"
        ))
        .because_all(said.ids())
        .because_all(lacks.map(|(id, _)| id))
        .because_all(closed.map(|(id, _)| id))
        .confirmed_if(told && case.on_gateway_host())
        .open_unless(
            told,
            "upstream-closed-before-response",
            "`grep allowed_clients` in the pool's file, and php-fpm's log at this second.",
        )
        .name("source", address)
        .name("place_of_pool", place),
    )
}

/// Dropped before a script could run.
const AT_ONCE_MS: u64 = 300;

/// From which address the gateway's host connects to a target.
fn source(case: &Case<'_>, target: &str) -> Option<String> {
    let ip: std::net::IpAddr = target.parse::<std::net::SocketAddr>().ok()?.ip();
    let routed = case.ip_route(target).and_then(|(_, route)| route.source.clone());
    // The loopback net answers itself from the first of its addresses.
    routed.or_else(|| ip.is_loopback().then(|| if ip.is_ipv4() { "127.0.0.1".to_owned() } else { "::1".to_owned() }))
}
