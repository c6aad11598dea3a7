//! A socket file without a listener.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "unix-socket-stale",
        title: "The application's socket is left over: nobody listens on it any more",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The file of the unix socket is there, but the process that made it has gone without removing it. \
            Connections are refused at once, as on a closed port.",
        evidence: &[
            "The path exists, and the kernel's table has no listener on it.",
            "A connection from the gateway's host is refused at once.",
        ],
        contradictions: &[
            "A process listens on it: then its queue or its rights are the matter.",
            "The path is a plain file: then the gateway names the wrong path.",
        ],
        look_alikes: &["upstream-unix-backlog-full", "unix-socket-missing", "upstream-crash-loop"],
        fixes: &[
            FixText {
                applies_to: "systemd",
                title: "Start the application; it replaces the file",
                command: "sudo systemctl restart {app}.service; systemctl status {app}.service",
                verify: "sudo ss -lxp src {socket}",
            },
            FixText {
                applies_to: "any",
                title: "If it refuses to start because the path exists, remove the file first",
                command: "sudo rm {socket}   # only after `ss -lx src {socket}` shows no listener",
                verify: "sudo ss -lxp src {socket}",
            },
        ],
        references: &["https://man7.org/linux/man-pages/man7/unix.7.html"],
    },
    testimony: &[Meaning::Refused],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let path = target.strip_prefix("unix:")?;
    let socket = case.unix_socket(target).filter(|(_, s)| s.exists == Some(true) && s.listening != Some(true));
    let refused = case.connects(target).find(|(_, connect)| connect.outcome == ConnectOutcome::Refused);
    let said: Vec<_> = case.lines(Meaning::Refused, target).map(|(id, _)| id).collect();
    let (id, socket) = socket?;
    if refused.is_none() && said.is_empty() {
        return None;
    }
    let headline = if socket.file_type == "socket" || socket.file_type.is_empty() {
        format!("The socket {path} is left over: nobody listens on it")
    } else {
        format!("{path} is a {}, not a socket that anybody listens on", socket.file_type)
    };
    Some(
        Match::new(headline)
            .because_all(said)
            .because(id)
            .because_all(refused.map(|(id, _)| id))
            .confirmed_if(refused.is_some() && socket.listening == Some(false) && case.on_gateway_host())
            .open_unless(
                socket.listening == Some(false),
                "upstream-crash-loop",
                format!("`sudo ss -lxp src {path}`: does anybody listen?"),
            )
            .finer("Why the application is gone (stopped, crashed): its own log and `systemctl status` say so."),
    )
}
