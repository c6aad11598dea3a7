//! The gateway still runs with an older configuration than the one on the disk.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::{Joined, Meaning};
use app::model::fact::network::ConnectOutcome;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "gateway-config-not-reloaded",
        title: "The gateway still runs with an older configuration",
        family: Family::Code,
        step: Step::Server,
        explanation: "The configuration on the disk was changed after the gateway read it. The gateway still forwards \
            to where the old one led, so the fault goes on although the file is right. Either nobody reloaded it, or \
            the reload failed because the new file has an error, which the gateway's log then tells.",
        evidence: &[
            "The gateway's log names an upstream for this very request that the file on the disk does not have.",
            "The file was changed after the gateway's newest worker started.",
            "The upstream that the file names answers.",
        ],
        contradictions: &[
            "The workers are newer than every file of the configuration.",
            "The upstream is a name: then its address may have changed instead.",
        ],
        look_alikes: &["stale-dns-in-gateway", "upstream-down-not-listening", "upstream-wrong-port"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Test the configuration, then load it",
                command: "sudo nginx -t && sudo nginx -s reload   # or: sudo systemctl reload nginx",
                verify: "ps -o lstart,args -C nginx; curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Test the configuration, then load it",
                command: "sudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Test the configuration, then load it",
                command: "sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "ps -o lstart,args -C haproxy; curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/control.html#reconfiguration"],
    },
    testimony: &[
        Meaning::Refused,
        Meaning::ConnectTimeout,
        Meaning::HostUnreachable,
        Meaning::NetUnreachable,
        Meaning::NoSuchSocket,
        Meaning::ReadTimeout,
        Meaning::ClosedEarly,
        Meaning::Reset,
    ],
    absorbs: &[
        "upstream-down-not-listening",
        "upstream-wrong-port",
        "unix-socket-missing",
        "unix-socket-stale",
        "firewall-drop",
    ],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (age, config) = case.facts.config_ages().find(|(_, age)| age.newer())?;
    let configured: Vec<&String> = case.members.iter().flat_map(|(_, member)| &member.targets).collect();
    // Only addresses that are written out can be compared: a name may lead elsewhere than before.
    if configured.is_empty() || case.members.iter().any(|(_, member)| member.by_name) {
        return None;
    }
    let elsewhere: Vec<_> = case
        .testimony
        .iter()
        .filter(|(_, line)| line.joined == Joined::Own)
        .filter(|(_, line)| line.target.as_ref().is_some_and(|target| !configured.contains(&target)))
        .collect();
    let (_, first) = elsewhere.first()?;
    let all =
        case.testimony.iter().all(|(_, line)| line.target.as_ref().is_none_or(|target| !configured.contains(&target)));
    let old = first.target.clone().unwrap_or_default();
    let wanted = configured.first().map_or("", |target| target.as_str());
    let well = case
        .facts
        .directs()
        .filter(|(_, d)| d.path == "same" && d.answered() && d.status.is_some_and(|s| s < 500))
        .find(|(_, d)| configured.contains(&&d.target))
        .map(|(id, _)| id)
        .or_else(|| {
            let open = case
                .facts
                .connects()
                .find(|(_, c)| c.outcome == ConnectOutcome::Open && configured.contains(&&c.target));
            open.map(|(id, _)| id)
        });
    let broken: Vec<_> = case
        .facts
        .log_lines()
        .filter(|(_, line)| matches!(line.meaning, Meaning::StartFailed | Meaning::StartNameNotFound))
        .collect();
    let headline = match broken.last() {
        Some((_, line)) => format!(
            "The gateway still forwards to {old}: the changed configuration could not be loaded ({})",
            line.line
        ),
        None => format!("The gateway still forwards to {old}; {} says {wanted}, but was not loaded", config.file),
    };
    Some(
        Match::new(headline)
            .because(age)
            .because_all(elsewhere.iter().map(|(id, _)| *id))
            .because_all(well)
            .because_all(broken.iter().map(|(id, _)| *id))
            .confirmed_if(case.on_gateway_host() && all)
            .open_unless(
                well.is_some(),
                "upstream-down-not-listening",
                format!("Does {wanted}, which the file names, answer? `curl -sS -i http://{wanted}/`"),
            ),
    )
}
