//! The function returned what the API gateway cannot use.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "lambda-bad-integration-response",
        title: "The function returned what the API gateway cannot use",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The API gateway called a function and could not make an HTTP answer of what came back: no status \
            code, a body that is no text, headers of the wrong type, or an error that the function did not \
            catch. The gateway then answers 502 with a short text of its own.",
        evidence: &[
            "The answer is the API gateway's own (its request id and error type, `Internal server error`).",
            "Its execution log says `Malformed Lambda proxy response`.",
        ],
        contradictions: &["The execution log shows a whole answer of the function."],
        look_alikes: &["app-returned-502", "upstream-slow-response"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Return an object with a number, headers and a text",
                command: "return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };",
                verify: "curl -sS -i {url} | head -3",
            },
            FixText {
                applies_to: "any",
                title: "Catch errors within the function and log them",
                command: "aws lambda invoke --function-name NAME --payload '{}' out.json && cat out.json",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html",
        ],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::Integration])?;
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} says by {} that its integration failed: what the function returned has not the form that it must have", edge.product, edge.code))
        .because(id)
        .confirmed_if(true)
        .open_unless(
            false,
            "app-returned-502",
            "What does the execution log say? `aws logs filter-log-events --log-group-name API-Gateway-Execution-Logs_ID/STAGE --filter-pattern Malformed`",
        ),
    )
}
