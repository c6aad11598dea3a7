//! The application waits for something else.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "app-dependency-stalled",
        title: "The application waits for a database or another service",
        family: Family::Overload,
        step: Step::Upstream,
        explanation: "The application takes the request and then waits itself: for a database, a cache or another \
            service that does not answer. Paths that need nothing of it are answered at once, while those \
            that do hang until the gateway gives up.",
        evidence: &[
            "The application tries to connect to another service while this run's request waits, and gets no answer.",
            "Another path of the same application is answered at once.",
        ],
        contradictions: &[
            "The application has no open attempt, and its other paths are slow too: then its workers or its processor are the matter.",
        ],
        look_alikes: &["upstream-slow-response", "upstream-hang-not-accepting", "app-worker-pool-exhausted"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "See where the application waits",
                command: "sudo ss -tnp state syn-sent; sudo ss -tnp state established | grep 'pid={pid},'",
                verify: "nc -vz -w 3 {dependency_ip} {dependency_port}",
            },
            FixText {
                applies_to: "any",
                title: "Bring that service back, or the way to it",
                command: "systemctl --failed; ip route get {dependency_ip}",
                verify: "nc -vz -w 3 {dependency_ip} {dependency_port}",
            },
            FixText {
                applies_to: "any",
                title: "Let the application give up sooner, with an answer of its own",
                command: "# connect_timeout=3 in the database's connection string; a status 503 instead of waiting",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' http://{target}/",
            },
        ],
        references: &["https://sre.google/sre-book/addressing-cascading-failures/"],
    },
    testimony: &[Meaning::ReadTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, waits) = case.facts.dependencies().find(|(_, one)| one.target == target && one.looks > 0)?;
    let silent = case.directs(target, true).find(|(_, direct)| direct.silent());
    let limit = case.read_timeout_ms();
    let late = case.directs(target, true).find(|(_, direct)| {
        direct.answered() && direct.first_byte_ms.zip(limit).is_some_and(|(took, limit)| took > limit)
    });
    if silent.is_none() && late.is_none() {
        return None;
    }
    let other = case.directs(target, false).find(|(_, direct)| direct.answered());
    let lasting = waits.looks >= 2 && waits.unanswered;
    let mut found = Match::new(format!(
        "The application at {target} waits itself: {} does not answer its connection attempts",
        waits.remote
    ))
    .because(id)
    .because_all(silent.map(|(id, _)| id))
    .because_all(late.map(|(id, _)| id))
    .because_all(other.map(|(id, _)| id))
    .confirmed_if(lasting && case.on_gateway_host())
    .open_unless(
        other.is_some() && lasting,
        "upstream-hang-not-accepting",
        "A stack of the application while it waits: is it in this connection attempt?",
    );
    if let Ok(remote) = waits.remote.parse::<std::net::SocketAddr>() {
        found = found.name("dependency_ip", remote.ip().to_string()).name("dependency_port", remote.port().to_string());
    }
    if let Some(pid) = case.application(target).and_then(|(_, app)| app.pid) {
        found = found.name("pid", pid.to_string());
    }
    Some(found)
}
