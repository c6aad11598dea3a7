//! What confines the gateway's own processes: security modules, and the sandbox of its unit.

use super::{Look, Tried};
use crate::unitguard::Sandbox;
use app::model::FactKind;
use app::model::fact::logs::Meaning;
use app::model::fact::network::{Confinement, ConnectOutcome};

/// Tells what confines the gateway, where its connections fail in a way that this could explain.
pub(super) async fn tell(look: &Look<'_>, tried: &[Tried]) {
    let facts = look.desk.sheet().facts();
    let denied = facts.log_lines().any(|(_, line)| {
        matches!(
            line.meaning,
            Meaning::Denied | Meaning::NotPermitted | Meaning::NetUnreachable | Meaning::ConnectTimeout
        )
    });
    let ours_fail = tried.iter().any(|one| one.outcome == ConnectOutcome::Denied);
    let Some(pid) = look.scene.gateway.as_ref().and_then(|gateway| gateway.pid) else { return };
    if !denied && !ours_fail {
        return;
    }
    match look.work.ctx.host.confined(pid).await {
        Ok(found) => {
            for one in found {
                let fact = Confinement {
                    by: one.by,
                    mode: one.mode,
                    label: one.label,
                    of: format!("process {pid}"),
                    forbids: None,
                };
                look.desk.measured(format!("/proc/{pid}/attr/current"), FactKind::Confinement(fact));
            }
        }
        Err(obstacle) => look.desk.skip("security modules", &obstacle.reason, &obstacle.command),
    }
    unit(look, pid, tried).await;
}

/// The sandbox of the unit that the gateway runs in.
async fn unit(look: &Look<'_>, pid: u32, tried: &[Tried]) {
    let Some(units) = &look.work.ctx.units else { return };
    let Ok(Some(name)) = look.work.ctx.host.unit_of(pid).await else { return };
    let sandbox = match units.sandbox(&name).await {
        Ok(sandbox) => sandbox,
        Err(obstacle) => {
            look.desk.skip(format!("the sandbox of {name}"), &obstacle.reason, &obstacle.command);
            return;
        }
    };
    for one in tried {
        for (property, value) in forbids(&sandbox, one.address.ip()) {
            let fact = Confinement {
                by: "systemd".to_owned(),
                mode: property.to_owned(),
                label: value,
                of: name.clone(),
                forbids: Some(one.spot.key.clone()),
            };
            look.desk.measured(format!("systemctl show {name}"), FactKind::Confinement(fact));
        }
    }
}

/// Settings that forbid an address, with their values.
fn forbids(sandbox: &Sandbox, to: std::net::IpAddr) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let within = |list: &[crate::host::firewall::Net]| list.iter().any(|net| net.holds(to));
    if within(&sandbox.deny) && !within(&sandbox.allow) {
        let list: Vec<String> = sandbox.deny.iter().map(|net| format!("{}/{}", net.address, net.prefix)).collect();
        found.push(("IPAddressDeny", list.join(" ")));
    }
    if sandbox.private_network && !to.is_loopback() {
        found.push(("PrivateNetwork", "yes".to_owned()));
    }
    let family = if to.is_ipv4() { "AF_INET" } else { "AF_INET6" };
    if let Some((allow, families)) = &sandbox.families
        && families.iter().any(|one| one == family) != *allow
    {
        let sign = if *allow { "" } else { "~" };
        found.push(("RestrictAddressFamilies", format!("{sign}{}", families.join(" "))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_forbids_what_it_does_not_allow() {
        let deny = |allow: &[&str]| Sandbox {
            deny: vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()],
            allow: allow.iter().map(|net| net.parse().unwrap()).collect(),
            ..Sandbox::default()
        };
        let to = "10.0.0.5".parse().unwrap();
        assert_eq!(forbids(&deny(&["127.0.0.0/8"]), to)[0].0, "IPAddressDeny");
        assert!(forbids(&deny(&["10.0.0.0/8"]), to).is_empty());
        let only_unix = Sandbox { families: Some((true, vec!["AF_UNIX".to_owned()])), ..Sandbox::default() };
        assert_eq!(forbids(&only_unix, to)[0], ("RestrictAddressFamilies", "AF_UNIX".to_owned()));
        assert!(forbids(&Sandbox::default(), to).is_empty());
        let alone = Sandbox { private_network: true, ..Sandbox::default() };
        assert_eq!((forbids(&alone, to).len(), forbids(&alone, "127.0.0.1".parse().unwrap()).len()), (1, 0));
    }
}
