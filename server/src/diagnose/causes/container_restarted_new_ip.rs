//! A container came back with another address.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "container-restarted-new-ip",
        title: "The application's container has a new address, and the gateway uses the old one",
        family: Family::Dns,
        step: Step::Dns,
        explanation: "A container that is made anew gets another address. The gateway looked its name up when it \
            started, and still connects to the old address, where nobody or another container answers.",
        evidence: &[
            "The gateway connects to an address that its upstream's name does not lead to any more.",
            "The name server is that of the container runtime (127.0.0.11).",
        ],
        contradictions: &["The name still leads to the address that the gateway uses."],
        look_alikes: &["stale-dns-in-gateway", "dns-wrong-record", "upstream-down-not-listening"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Let the gateway look the name up anew, at once",
                command: "docker exec GATEWAY nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "nginx",
                title: "And from now on again and again",
                command: "resolver 127.0.0.11 valid=10s;\nset $app http://NAME:PORT;\nproxy_pass $app;   # {place}",
                verify: "sudo nginx -t && sudo nginx -s reload",
            },
            FixText {
                applies_to: "docker",
                title: "Or give the container an address that stays",
                command: "docker network connect --ip 172.20.0.10 NETWORK APP",
                verify: "docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' APP",
            },
        ],
        references: &["https://docs.docker.com/engine/network/#dns-services"],
    },
    testimony: &[Meaning::Refused, Meaning::HostUnreachable, Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = [Meaning::Refused, Meaning::HostUnreachable, Meaning::ConnectTimeout]
        .iter()
        .flat_map(|meaning| case.lines(*meaning, target))
        .filter(|(_, line)| line.target.as_deref() == Some(target))
        .map(|(id, _)| id)
        .collect();
    // The name leads elsewhere now, and the gateway asked only once.
    let (member_id, member) = case.members.iter().find(|(_, m)| m.by_name && !m.targets.is_empty())?;
    let port = target.rsplit(':').next()?;
    let same_port = member.targets.iter().any(|one| one.rsplit(':').next() == Some(port));
    let listed = case.members.iter().any(|(_, m)| m.targets.iter().any(|one| one == target));
    let (asked, _) = case.facts.lookups().find(|(_, lookup)| lookup.server.starts_with("127.0.0.11"))?;
    if said.is_empty() || listed || !same_port || case.route.is_some_and(|(_, route)| route.resolves_at_run_time) {
        return None;
    }
    Some(
        Match::new(format!(
            "The gateway still connects to {target}, but {} leads to {} now",
            member.name,
            member.targets.join(", ")
        ))
        .because_all(said)
        .because(member_id)
        .because(asked)
        .confirmed_if(case.on_gateway_host())
        .open_unless(
            false,
            "stale-dns-in-gateway",
            "When was the container made? `docker inspect -f '{{.State.StartedAt}}'`, against the gateway's own start.",
        ),
    )
}
