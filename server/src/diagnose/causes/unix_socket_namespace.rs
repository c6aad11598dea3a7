//! The gateway sees another file system than the application.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "unix-socket-namespace",
        title: "The application's socket is there, but not in the files that the gateway sees",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The socket exists where the application made it, but the gateway's process has a view of the \
            files of its own (`PrivateTmp`, a chroot, a container), in which the path leads elsewhere. To it \
            the socket does not exist.",
        evidence: &[
            "The path exists for us and is missing beneath the gateway's own root.",
            "The gateway logs error 2 (no such file) although `ls` shows the socket.",
        ],
        contradictions: &["The gateway's own view has the path: then its rights or its listener are the matter."],
        look_alikes: &["unix-socket-missing", "unix-socket-permission"],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "Put the socket where both see it: a folder of its own beneath /run",
                command: "sudo systemctl edit {app}.service   # [Service] RuntimeDirectory={app}\n# and listen on /run/{app}/app.sock",
                verify: "sudo ls -l /proc/{!gateway_pid}/root/run/{app}/",
            },
            FixText {
                applies_to: "systemd",
                title: "Or give up the private /tmp of one of them",
                command: "sudo systemctl edit nginx.service   # [Service] PrivateTmp=no",
                verify: "systemctl show nginx.service -p PrivateTmp",
            },
            FixText {
                applies_to: "docker",
                title: "Share the folder between the containers",
                command: "docker run -v app-run:/run/app …   # in both containers",
                verify: "docker exec {app} ls -l /run/app",
            },
        ],
        references: &["https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#PrivateTmp="],
    },
    testimony: &[Meaning::NoSuchSocket],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let path = target.strip_prefix("unix:")?;
    let (id, socket) = case.unix_socket(target).filter(|(_, s)| s.exists == Some(true))?;
    let said: Vec<_> = case.lines(Meaning::NoSuchSocket, target).map(|(id, _)| id).collect();
    let hidden = socket.same_mounts == Some(false);
    if !hidden && said.is_empty() {
        return None;
    }
    let mut found = Match::new(format!("{path} exists, but not in the files that the gateway's process sees"))
        .because(id)
        .because_all(said.iter().copied())
        .confirmed_if(hidden && case.on_gateway_host())
        .open_unless(
            hidden,
            "unix-socket-missing",
            format!("What the gateway itself sees: `sudo ls -l /proc/$(pgrep -o nginx)/root{path}`"),
        );
    if let Some(pid) = case.gateway.and_then(|(_, gateway)| gateway.pid) {
        found = found.name("gateway_pid", pid.to_string());
    }
    Some(found)
}
