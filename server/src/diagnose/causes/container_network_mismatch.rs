//! The gateway lives in another network than the application.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "container-network-mismatch",
        title: "The gateway's network is another than the one in which the application listens",
        family: Family::Network,
        step: Step::Upstream,
        explanation: "The gateway runs in a network namespace of its own (a container), where `127.0.0.1` is the \
            container itself and only the networks that it was joined to exist. The application listens on \
            this host or in another container's network, so that the gateway's connection reaches nobody.",
        evidence: &[
            "The gateway's process lives in another network namespace than this run, and its log has a refused or failed connection.",
            "From here the same address is served.",
        ],
        contradictions: &["Both live in the same network: then the usual reasons of a refused connection apply."],
        look_alikes: &["upstream-down-not-listening", "stale-dns-in-gateway", "dns-nxdomain"],
        fixes: &[
            FixText {
                applies_to: "docker",
                title: "Join the gateway to the application's network, and use its name and its inner port",
                command: "docker network connect NETWORK GATEWAY; docker network inspect NETWORK",
                verify: "docker exec GATEWAY curl -sS -o /dev/null -w '%{http_code}\\n' http://APP:PORT/",
            },
            FixText {
                applies_to: "docker",
                title: "Or let the container reach the host",
                command: "docker run --add-host host.docker.internal:host-gateway …   # then proxy_pass http://host.docker.internal:{port}",
                verify: "docker exec GATEWAY getent hosts host.docker.internal",
            },
            FixText {
                applies_to: "any",
                title: "See what the gateway itself sees",
                command: "sudo nsenter -t {!gateway_pid} -n ss -ltn; sudo nsenter -t {!gateway_pid} -n curl -sS -i http://{target}/",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://docs.docker.com/engine/network/"],
    },
    testimony: &[Meaning::Refused, Meaning::HostUnreachable, Meaning::NetUnreachable, Meaning::ConnectTimeout],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (vantage, _) = case.vantage.filter(|(_, vantage)| vantage.same_netns == Some(false))?;
    let said: Vec<_> = [Meaning::Refused, Meaning::HostUnreachable, Meaning::NetUnreachable, Meaning::ConnectTimeout]
        .iter()
        .flat_map(|meaning| case.lines(*meaning, target))
        .map(|(id, _)| id)
        .collect();
    let served = case.facts.listeners().find(|(_, l)| l.target == target && l.listening);
    let answered = case.directs(target, true).find(|(_, direct)| direct.answered());
    if said.is_empty() || (served.is_none() && answered.is_none()) {
        return None;
    }
    let mut found =
        Match::new(format!("{target} is served here, but the gateway lives in another network and cannot reach it"))
            .because(vantage)
            .because_all(said)
            .because_all(served.map(|(id, _)| id))
            .because_all(answered.map(|(id, _)| id))
            // What the gateway's own network holds at this address was not looked at.
            .confirmed_if(served.is_some() || answered.is_some())
            .open_unless(
                false,
                "upstream-down-not-listening",
                "In the gateway's own network: `sudo nsenter -t PID -n ss -ltn`. Does anything have the port there?",
            );
    if let Some(pid) = case.gateway.and_then(|(_, gateway)| gateway.pid) {
        found = found.name("gateway_pid", pid.to_string());
    }
    Some(found)
}
