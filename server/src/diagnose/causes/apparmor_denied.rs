//! AppArmor forbids the gateway to connect.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "apparmor-denied",
        title: "AppArmor forbids the gateway to connect to the upstream",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "An AppArmor profile in enforce mode confines the gateway's process, and it does not allow this connection, this socket file or networking at all. The gateway gets `Permission denied`, while the same connection by an administrator's shell stands.",
        evidence: &[
            "The kernel's log has `apparmor=\"DENIED\"` for the gateway's profile.",
            "The gateway logs `Permission denied` (13) while connecting.",
            "A connection by another user of this host stands.",
        ],
        contradictions: &[
            "The profile is in complain mode, or the process is unconfined.",
            "The permission bits of a unix socket forbid it.",
        ],
        look_alikes: &["selinux-connect-denied", "unix-socket-permission", "policy-route-blocks"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Allow it in the profile",
                command: "# /etc/apparmor.d/local/PROFILE:  network inet stream,  network inet6 stream,  SOCKET rw,\nsudo apparmor_parser -r /etc/apparmor.d/PROFILE",
                verify: "sudo aa-status | grep -A3 enforce",
            },
            FixText {
                applies_to: "any",
                title: "To be sure, only watch for a while",
                command: "sudo aa-complain PROFILE",
                verify: "journalctl -k --since '-5min' | grep apparmor",
            },
        ],
        references: &["https://gitlab.com/apparmor/apparmor/-/wikis/Documentation"],
    },
    testimony: &[Meaning::Denied, Meaning::NotPermitted],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = CAUSE.testimony.iter().flat_map(|m| case.lines(*m, target)).map(|(id, _)| id).collect();
    if case.ip_route(target).is_some_and(|(_, r)| matches!(r.route.as_str(), "prohibit" | "unreachable" | "blackhole"))
    {
        return None;
    }
    let denials: Vec<_> = case.lines_of(Meaning::ApparmorDenied).collect();
    let profile = case.facts.confinements().find(|(_, c)| c.by == "apparmor" && c.mode == "enforce");
    // A denial names its profile, and the gateway runs under it.
    let exact =
        denials.iter().find(|(_, line)| profile.is_some_and(|(_, c)| line.name.as_deref() == Some(c.label.as_str())));
    if said.is_empty() || profile.is_none() {
        return None;
    }
    let bits = case.unix_socket(target).is_some_and(|(_, s)| s.user_may_connect == Some(false));
    let stands = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Open);
    (!bits).then(|| {
        Match::new(format!("The gateway's AppArmor profile forbids it to connect to {target}"))
            .because_all(said)
            .because_all(exact.map(|(id, _)| *id))
            .because_all(profile.map(|(id, _)| id))
            .because_all(stands.map(|(id, _)| id))
            .confirmed_if(exact.is_some() && stands.is_some() && case.on_gateway_host())
            .open_unless(
                exact.is_some(),
                "policy-route-blocks",
                "`journalctl -k | grep apparmor=`: is there a denial of the gateway's profile?",
            )
    })
}
