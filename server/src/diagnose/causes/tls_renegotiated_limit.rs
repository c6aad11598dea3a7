//! A certificate file of the gateway itself is missing.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-renegotiated-limit",
        title: "The gateway cannot load the certificates that it needs towards its upstream",
        family: Family::Code,
        step: Step::Logs,
        explanation: "The gateway's configuration names a certificate, a key or a file of authorities for its upstream that is not there, cannot be read or do not fit together, or it turns verification on without naming any authority. It then does not start, and a reload leaves the old configuration running.",
        evidence: &[
            "nginx logs `cannot load certificate`, `cannot load certificate key` or `no proxy_ssl_trusted_certificate for proxy_ssl_verify` at level emerg.",
            "`nginx -t` fails with the same words.",
        ],
        contradictions: &["The line is older than the last successful start."],
        look_alikes: &["gateway-config-not-reloaded", "gateway-itself-down"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Correct the path or the rights, then test and reload",
                command: "sudo nginx -t && sudo systemctl reload nginx",
                verify: "sudo nginx -t",
            },
            FixText {
                applies_to: "httpd",
                title: "Correct the path or the rights, then test and reload",
                command: "sudo apachectl configtest && sudo systemctl reload apache2",
                verify: "sudo apachectl configtest",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_trusted_certificate"],
    },
    testimony: &[Meaning::GatewayCertificate],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let said: Vec<_> = case.facts.log_lines().filter(|(_, line)| line.meaning == Meaning::GatewayCertificate).collect();
    let (_, line) = said.last()?;
    if !case.suffers() {
        return None;
    }
    // Whoever does not start does not answer: a gateway that answers runs with its older configuration.
    let down = case.facts.attempts().all(|(_, a)| a.status.is_none());
    Some(
        Match::new(format!("The gateway could not load a certificate of its configuration: {}", line.line))
            .because_all(said.iter().map(|(id, _)| *id))
            .confirmed_if(down && case.own_line(&[Meaning::GatewayCertificate]))
            .open_unless(false, "gateway-itself-down", "Does its test fail now? `sudo nginx -t`"),
    )
}
