//! The gateway's own unit forbids it to connect.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "systemd-ip-filter",
        title: "The sandbox of the gateway's unit forbids the connection",
        family: Family::FirewallProxy,
        step: Step::Network,
        explanation: "The gateway's systemd unit restricts its network: IPAddressDeny, RestrictAddressFamilies or PrivateNetwork. The restriction holds for its processes only, so everything works from a shell and nothing from the gateway.",
        evidence: &[
            "The unit has such a setting, and it forbids the upstream's address.",
            "The gateway logs `Operation not permitted` (1), `Address family not supported` or `Network is unreachable` while connecting.",
            "A connection by another process of this host stands.",
        ],
        contradictions: &["The address is in IPAddressAllow.", "A connection from a shell fails too."],
        look_alikes: &["firewall-drop", "selinux-connect-denied", "no-route-to-upstream"],
        fixes: &[FixText {
            applies_to: "systemd",
            title: "Allow the upstream's address in the unit",
            command: "sudo systemctl edit {unit}\n# [Service]\n# IPAddressAllow={ip}\n# RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\nsudo systemctl restart {unit}",
            verify: "systemctl show {unit} -p IPAddressAllow,IPAddressDeny,RestrictAddressFamilies,PrivateNetwork",
        }],
        references: &[
            "https://www.freedesktop.org/software/systemd/man/latest/systemd.resource-control.html#IPAddressAllow=ADDRESS%5B/PREFIXLENGTH%5D%E2%80%A6",
        ],
    },
    testimony: &[Meaning::NotPermitted, Meaning::NetUnreachable, Meaning::ConnectTimeout, Meaning::Denied],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, setting) =
        case.facts.confinements().find(|(_, c)| c.by == "systemd" && c.forbids.as_deref() == Some(target))?;
    let said: Vec<_> = CAUSE.testimony.iter().flat_map(|m| case.lines(*m, target)).map(|(id, _)| id).collect();
    let stands = case.connects(target).find(|(_, c)| c.outcome == ConnectOutcome::Open)?;
    Some(
        Match::new(format!("{} is set up with {}={}, which forbids {target}", setting.of, setting.mode, setting.label))
            .because(id)
            .because(stands.0)
            .because_all(said.iter().copied())
            .confirmed_if(case.on_gateway_host())
            .open_unless(
                !said.is_empty(),
                "selinux-connect-denied",
                "What the gateway itself says: its error log, and `ausearch -m AVC -ts recent`.",
            )
            .name("unit", setting.of.clone()),
    )
}
