//! The member was taken out of the load balancer while requests were under way, or none is left that is healthy.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::{Joined, Meaning};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "lb-target-deregistered",
        title: "The load balancer took the member out and ended its requests",
        family: Family::Code,
        step: Step::Logs,
        explanation: "A member was taken out of the load balancer, and requests that it still worked on were ended \
            instead of being waited for. With AWS this is the deregistration delay that is over before the answer is \
            there; with HAProxy a server that is marked down with `on-marked-down shutdown-sessions`, or sessions \
            that an administrator ends.",
        evidence: &[
            "The gateway's log says that it ended this run's own request itself (HAProxy: second letter after D or K).",
            "The member is in maintenance or drain by the gateway's own state.",
            "An AWS load balancer answers 502, 503 or 504 with its own page.",
        ],
        contradictions: &["The request ended because the server closed or did not answer."],
        look_alikes: &["all-backends-marked-down", "graceful-restart-drop", "upstream-closed-before-response"],
        fixes: &[
            FixText {
                applies_to: "haproxy",
                title: "Let requests end before a server is taken out",
                command: "echo 'set server {server} state drain' | sudo socat stdio /run/haproxy/admin.sock   # wait until scur is 0, then: state maint",
                verify: "echo 'show stat' | sudo socat stdio /run/haproxy/admin.sock | cut -d, -f1,2,5,18",
            },
            FixText {
                applies_to: "haproxy",
                title: "Do not end sessions when a check fails once",
                command: "server … check   # without on-marked-down shutdown-sessions; then reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "With AWS: see the targets' health, and give them time to finish",
                command: "aws elbv2 describe-target-health --target-group-arn ARN; aws elbv2 modify-target-group-attributes --target-group-arn ARN --attributes Key=deregistration_delay.timeout_seconds,Value=120",
                verify: "aws elbv2 describe-target-health --target-group-arn ARN   # healthy",
            },
        ],
        references: &[
            "https://docs.haproxy.org/2.6/configuration.html#5.2-on-marked-down",
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html",
        ],
    },
    testimony: &[Meaning::SessionKilled],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let killed: Vec<_> = case.lines_of(Meaning::SessionKilled).collect();
    let own = killed.iter().any(|(_, line)| line.joined == Joined::Own);
    let elb =
        case.facts.attempts().any(|(_, a)| a.failed() && a.server.as_deref().is_some_and(|s| s.starts_with("awselb")));
    if killed.is_empty() && !elb {
        return None;
    }
    let out: Vec<_> = case.facts.member_states().filter(|(_, s)| s.is_out() || s.is_down()).collect();
    let taken = case.lines_of(Meaning::MemberTakenOut).map(|(id, _)| id);
    let server = out.first().map_or_else(|| "BACKEND/SERVER".to_owned(), |(_, s)| s.name.clone());
    let headline = if killed.is_empty() {
        "The load balancer itself answers with an error: it has no healthy target, or took one out".to_owned()
    } else {
        "The gateway ended the request itself because its server was taken out".to_owned()
    };
    Some(
        Match::new(headline)
            .because_all(killed.iter().map(|(id, _)| *id))
            .because_all(out.iter().map(|(id, _)| *id))
            .because_all(taken)
            .confirmed_if(own)
            .open_unless(
                own,
                "all-backends-marked-down",
                "What does the load balancer say of its targets? `aws elbv2 describe-target-health --target-group-arn ARN`",
            )
            .name("server", server),
    )
}
