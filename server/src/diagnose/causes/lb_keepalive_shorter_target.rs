//! The target closes idle connections sooner than the managed balancer.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "lb-keepalive-shorter-target",
        title: "The target closes idle connections sooner than the managed balancer",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "A managed balancer keeps connections to its targets open and uses them again. If a target closes \
            an idle connection a moment before, the request on it fails, and the balancer answers 502. The \
            target's idle timeout has to be longer than the balancer's.",
        evidence: &[
            "Only some requests fail, at once and without a pattern of paths.",
            "The balancer's access log has 502 with `-` for the target's status and -1 for its times.",
        ],
        contradictions: &["All requests fail.", "The target's idle timeout is longer than the balancer's."],
        look_alikes: &["keepalive-race", "upstream-closed-before-response", "lb-target-deregistered"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "On the target, keep connections longer than the balancer does",
                command: "keepalive_timeout 75s;   # balancer 60 s",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "The same for an application server of its own",
                command: "# node: server.keepAliveTimeout = 65000; server.headersTimeout = 66000   gunicorn: --keep-alive 65   GCP: 620 s",
                verify: "for i in $(seq 50); do curl -sS -o /dev/null -w '%{http_code}\\n' {url}; done | sort | uniq -c",
            },
        ],
        references: &[
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::TargetAnswer])?;
    if case.effect.succeeded == 0 {
        return None;
    }
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("Some requests fail at {} and others do not: its targets may close idle connections sooner than it reuses them", edge.product))
        .because(id)
        .confirmed_if(false)
        .open_unless(
            false,
            "upstream-closed-before-response",
            "Compare the two timeouts: `aws elbv2 describe-load-balancer-attributes ... idle_timeout` against the target's keep-alive timeout (node 5 s, nginx 75 s, gunicorn 2 s).",
        ),
    )
}
