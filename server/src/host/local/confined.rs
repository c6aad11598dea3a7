//! What confines a process: SELinux and `AppArmor`.

use super::read;
use crate::host::{Confined, Obstacle, ObstacleKind, Seen};

/// The label of a process and the mode of the module that gave it. Empty where no module confines anything.
pub(super) fn look(pid: u32) -> Seen<Vec<Confined>> {
    let label = label(pid)?;
    let mut found = Vec::new();
    match read("/sys/fs/selinux/enforce") {
        Ok(enforce) => {
            let mode = if enforce.trim() == "1" { "enforcing" } else { "permissive" };
            found.push(Confined { by: "selinux".to_owned(), mode: mode.to_owned(), label: label.clone() });
        }
        Err(_) => found.extend(apparmor(&label)),
    }
    Ok(found)
}

/// `nginx (enforce)`; `unconfined` is no confinement.
fn apparmor(label: &str) -> Option<Confined> {
    let (profile, mode) = label.strip_suffix(')')?.rsplit_once(" (")?;
    Some(Confined { by: "apparmor".to_owned(), mode: mode.to_owned(), label: profile.to_owned() })
}

/// The unit that a process runs in, by its control group: `0::/system.slice/nginx.service`.
#[expect(clippy::disallowed_methods, reason = "a constant name below /proc, of a process's number")]
pub(super) fn unit_of(pid: u32) -> Seen<Option<String>> {
    let command = format!("cat /proc/{pid}/cgroup");
    let text = std::fs::read_to_string(format!("/proc/{pid}/cgroup"))
        .map_err(|error| Obstacle::new(ObstacleKind::Failed, error.to_string(), command))?;
    Ok(unit_in(&text))
}

/// Providers by the vendor that the firmware of their virtual machines names.
pub(super) fn provider_in(vendor: &str) -> Option<&'static str> {
    const VENDORS: &[(&str, &str)] = &[
        ("Amazon EC2", "Amazon EC2"),
        ("Google", "Google Cloud"),
        ("Microsoft Corporation", "Azure"),
        ("DigitalOcean", "DigitalOcean"),
        ("Hetzner", "Hetzner"),
        ("Alibaba Cloud", "Alibaba Cloud"),
        ("OracleCloud.com", "Oracle Cloud"),
        ("Scaleway", "Scaleway"),
        ("Vultr", "Vultr"),
        ("Linode", "Linode"),
    ];
    VENDORS.iter().find(|(start, _)| vendor.trim().starts_with(start)).map(|(_, name)| *name)
}

fn unit_in(text: &str) -> Option<String> {
    let paths = text.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    paths.flat_map(|path| path.split('/').rev()).find(|part| part.ends_with(".service")).map(str::to_owned)
}

#[expect(clippy::disallowed_methods, reason = "a constant name below /proc, of a process's number")]
fn label(pid: u32) -> Seen<String> {
    let bytes = std::fs::read(format!("/proc/{pid}/attr/current"));
    match bytes {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\0', '\n']).to_owned()),
        // Without a security module there is no label.
        Err(error) if error.raw_os_error() == Some(22) => Ok(String::new()),
        Err(error) => {
            let kind = if error.kind() == std::io::ErrorKind::PermissionDenied {
                ObstacleKind::NotPermitted
            } else {
                ObstacleKind::Failed
            };
            Err(Obstacle::new(kind, error.to_string(), format!("cat /proc/{pid}/attr/current")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_the_innermost_service() {
        assert_eq!(unit_in("0::/system.slice/nginx.service\n").as_deref(), Some("nginx.service"));
        assert_eq!(unit_in("4:memory:/\n0::/user.slice/user-0.slice\n"), None);
    }

    #[test]
    fn profiles_have_a_mode() {
        let found = apparmor("/usr/sbin/nginx (enforce)").unwrap();
        assert_eq!((found.label.as_str(), found.mode.as_str()), ("/usr/sbin/nginx", "enforce"));
        assert_eq!(apparmor("unconfined"), None);
        assert_eq!(apparmor(""), None);
    }
}
