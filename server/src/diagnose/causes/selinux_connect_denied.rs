//! SELinux forbids the gateway to connect.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "selinux-connect-denied",
        title: "SELinux forbids the gateway to connect to the upstream",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "SELinux is enforcing, and the policy for web servers allows connections to a few ports only, unless a boolean says otherwise. The gateway's process gets `Permission denied`, while the same connection by an administrator's shell stands.",
        evidence: &[
            "The gateway logs `Permission denied` (13) while connecting over TCP.",
            "The audit log has a denial (`name_connect`, `connectto`) of the gateway's process.",
            "A connection by another user of this host stands, and no route prohibits it.",
        ],
        contradictions: &[
            "`ip route get` says `Permission denied` too: then a route prohibits it.",
            "SELinux is permissive or absent.",
            "On a unix socket the permission bits forbid it.",
        ],
        look_alikes: &["policy-route-blocks", "apparmor-denied", "unix-socket-permission"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Let web servers connect over the network",
                command: "sudo setsebool -P httpd_can_network_connect 1",
                verify: "getsebool httpd_can_network_connect",
            },
            FixText {
                applies_to: "any",
                title: "Or only to this port",
                command: "sudo semanage port -a -t http_port_t -p tcp {port}",
                verify: "sudo semanage port -l | grep -w http_port_t",
            },
            FixText {
                applies_to: "any",
                title: "See the denial itself",
                command: "sudo ausearch -m AVC -ts recent | audit2why",
                verify: "sudo ausearch -m AVC -ts recent",
            },
        ],
        references: &[
            "https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/9/html/using_selinux/",
            "https://nginx.org/en/docs/",
        ],
    },
    testimony: &[Meaning::Denied],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::Denied, target).map(|(id, _)| id).collect();
    let forbidden = |route: &str| matches!(route, "prohibit" | "unreachable" | "blackhole");
    if case.ip_route(target).is_some_and(|(_, r)| forbidden(&r.route))
        || case.unix_socket(target).is_some_and(|(_, s)| s.user_may_connect == Some(false))
    {
        return None;
    }
    let port = target.rsplit_once(':').map_or("", |(_, port)| port);
    let denials: Vec<_> = case.lines_of(Meaning::SelinuxDenied).collect();
    // A denial names the port that it is about.
    let exact = denials.iter().find(|(_, line)| line.name.as_deref() == Some(port));
    let module = case.facts.confinements().find(|(_, c)| c.by == "selinux");
    let enforcing = module.filter(|(_, c)| c.mode == "enforcing");
    if said.is_empty() || (exact.is_none() && enforcing.is_none()) || module.is_some_and(|(_, c)| c.mode != "enforcing")
    {
        return None;
    }
    let stands = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Open);
    Some(
        Match::new(format!("SELinux forbids the gateway to connect to {target}"))
            .because_all(said)
            .because_all(exact.map(|(id, _)| *id))
            .because_all(module.map(|(id, _)| id))
            .because_all(stands.map(|(id, _)| id))
            .confirmed_if(exact.is_some() && stands.is_some() && case.on_gateway_host())
            .open_unless(
                exact.is_some(),
                "policy-route-blocks",
                "`sudo ausearch -m AVC -ts recent`: is there a denial of the gateway's process?",
            ),
    )
}
