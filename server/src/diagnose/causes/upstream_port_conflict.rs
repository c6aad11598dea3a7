//! Another program has the application's port.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "upstream-port-conflict",
        title: "Another program took the port that the application wants",
        family: Family::Code,
        step: Step::Server,
        explanation: "The application could not listen, because something else has its address already: an older \
            instance that did not end, or a different program. It exited, and the gateway reaches nobody, or \
            the wrong program.",
        evidence: &[
            "The application logs that its address is in use, for just the address that the gateway connects to.",
            "The process that owns the listener is another program than the one that complained.",
        ],
        contradictions: &[
            "The owner of the listener is the application itself: then the line is of a second attempt to start it.",
        ],
        look_alikes: &["upstream-down-not-listening", "upstream-crash-loop", "upstream-wrong-port"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "See who has the port, and end it or move it",
                command: "sudo ss -ltnp 'sport = :{port}'; sudo kill {!pid}   # only if it does not belong there",
                verify: "sudo ss -ltnp 'sport = :{port}'",
            },
            FixText {
                applies_to: "systemd",
                title: "Then start the application again",
                command: "sudo systemctl reset-failed {app}.service; sudo systemctl restart {app}.service",
                verify: "journalctl -u {app}.service -n 20 --no-pager",
            },
        ],
        references: &["https://man7.org/linux/man-pages/man2/bind.2.html"],
    },
    testimony: &[
        Meaning::ClosedEarly,
        Meaning::Reset,
        Meaning::SendFailed,
        Meaning::Refused,
        Meaning::NotHttp,
        Meaning::InvalidHeader,
        Meaning::ReadTimeout,
    ],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let port = target.rsplit(':').next().filter(|_| !target.starts_with("unix:"))?;
    let mut told = case.facts.log_lines().filter(|(_, line)| {
        line.meaning == Meaning::AddressInUse && line.name.as_deref().is_some_and(|name| names_port(name, port))
    });
    let (said, line) = told.next()?;
    let owner = case.application(target);
    let other = owner.filter(|(_, app)| app.product != line.product);
    // Its own product has the port: it runs, and the line is of a second start.
    if owner.is_some() && other.is_none() {
        return None;
    }
    let holder = other.map_or_else(String::new, |(_, app)| format!(": {} has it", app.product));
    let mut found =
        Match::new(format!("{} cannot listen on {target}, because the address is in use{holder}", line.product))
            .because(said)
            .because_all(other.map(|(id, _)| id))
            .confirmed_if(other.is_some() && case.on_gateway_host())
            .open_unless(
                other.is_some(),
                "upstream-down-not-listening",
                format!("Who has the port? `sudo ss -ltnp 'sport = :{port}'`"),
            );
    if let Some(pid) = other.and_then(|(_, app)| app.pid) {
        found = found.name("pid", pid.to_string());
    }
    Some(found)
}

/// Whether `('127.0.0.1', 8000)` or `127.0.0.1:8000` names a port.
fn names_port(name: &str, port: &str) -> bool {
    let digits = name.trim_end_matches([')', ' ', '.']).rsplit([':', ' ', ',']).next().unwrap_or_default();
    digits == port
}
