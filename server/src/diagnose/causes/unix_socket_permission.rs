//! The gateway's user may not open the application's socket.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "unix-socket-permission",
        title: "The gateway's user may not open the application's socket",
        family: Family::FirewallProxy,
        step: Step::Upstream,
        explanation: "Connecting to a unix socket needs the right to write to its file and to enter every folder \
            above it. The gateway's worker runs as a user that lacks one of these, so the connection is denied \
            although the application is running. Typical after a changed user, umask or pool configuration.",
        evidence: &[
            "The gateway logs `Permission denied` (13) for the socket.",
            "The permission bits of the socket or of a folder above it forbid the gateway's user to connect.",
        ],
        contradictions: &["The bits allow it: then SELinux or AppArmor denies it."],
        look_alikes: &["selinux-connect-denied", "apparmor-denied", "unix-socket-missing"],
        fixes: &[
            FixText {
                applies_to: "php-fpm",
                title: "php-fpm: give the socket to the gateway's user, in the pool's file",
                command: "listen.owner = {user}\nlisten.group = {user}\nlisten.mode = 0660\n# then: sudo systemctl restart php8.2-fpm.service",
                verify: "ls -l {socket}",
            },
            FixText {
                applies_to: "any",
                title: "Other applications: let them create the socket with a group that {user} is in",
                command: "sudo usermod -aG {group} {user} && sudo systemctl restart nginx   # and mode 0660 (umask 007, gunicorn --umask 7, uwsgi --chmod-socket=660)",
                verify: "sudo -u {user} test -w {socket} && echo may connect",
            },
            FixText {
                applies_to: "any",
                title: "If it is a folder above it ({blocked})",
                command: "sudo chmod o+x {!blocked}",
                verify: "namei -l {socket}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Let HAProxy's user into the group of the socket (and mind its chroot)",
                command: "sudo usermod -aG APPGROUP {user} && sudo systemctl restart haproxy   # the path of the server line lies beneath the chroot of section global",
                verify: "sudo -u {user} test -w {socket} && echo ok",
            },
        ],
        references: &[
            "https://man7.org/linux/man-pages/man7/unix.7.html",
            "https://www.php.net/manual/en/install.fpm.configuration.php",
        ],
    },
    testimony: &[Meaning::Denied],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let path = target.strip_prefix("unix:")?;
    let (id, socket) = case.unix_socket(target)?;
    if socket.user_may_connect != Some(false) || socket.exists == Some(false) {
        return None;
    }
    let said: Vec<_> = case.lines(Meaning::Denied, target).map(|(id, _)| id).collect();
    let user = socket.user.clone().unwrap_or_else(|| "the gateway's user".to_owned());
    let folder = socket.blocked_at.clone().filter(|at| at != path);
    let headline = match &folder {
        Some(folder) => format!("{user} may not enter {folder}, so the gateway cannot reach the socket {path}"),
        None => format!("{user} may not open the socket {path} ({}, mode {})", socket.owner, socket.mode),
    };
    let group = socket.owner.split_once(':').map_or("GROUP", |(_, group)| group);
    let mut found =
        Match::new(headline).because_all(said).because(id).confirmed_if(case.on_gateway_host()).name("group", group);
    if let Some(folder) = folder {
        found = found.name("blocked", folder);
    }
    if let Some(user) = &socket.user {
        found = found.name("user", user.clone());
    }
    Some(found)
}
