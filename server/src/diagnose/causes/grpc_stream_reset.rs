//! The upstream ends gRPC streams before their answers.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::{Changed, Heard, Opener};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "grpc-stream-reset",
        title: "The gRPC upstream resets its streams",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream speaks HTTP/2 and takes the request, then ends the stream (RST_STREAM) or the whole connection (GOAWAY) with an error code instead of an answer. The code says why: 11 (enhance your calm) for too many pings, 7 (refused stream) while it drains, 2 (internal error) for a crash in a handler, 8 (cancel) for its own deadline.",
        evidence: &[
            "The gateway logs that the upstream rejected the request with an error number, or sent goaway.",
            "The same request in HTTP/2, asked directly, is reset with the same code.",
        ],
        contradictions: &["The direct request in HTTP/2 is answered.", "The upstream does not speak HTTP/2 at all."],
        look_alikes: &["http2-upstream-mismatch", "upstream-closed-before-response"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Look the code up, and read the application's log at that second",
                command: "journalctl -u {app}.service --since '-5min' --no-pager",
                verify: "grpcurl -plaintext {target} list",
            },
            FixText {
                applies_to: "any",
                title: "For code 11: let clients ping less often than the server's policy allows (gRPC: keepalive_permit_without_calls, min_recv_ping_interval)",
                command: "grep -rn 'keepalive' /srv/app | head",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://www.rfc-editor.org/rfc/rfc9113#section-7", "https://grpc.io/docs/guides/keepalive/"],
    },
    testimony: &[Meaning::StreamReset, Meaning::ClosedEarly, Meaning::Reset],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::StreamReset, target).map(|(id, _)| id).collect();
    let own = case.own_words(&[Meaning::StreamReset], target).is_some();
    let reset = case.varied(target, Changed::Http2).find(|(_, v)| v.failure.is_some() && v.to.starts_with("(error "));
    let answered = case.varied(target, Changed::Http2).find(|(_, v)| v.status.is_some());
    if said.is_empty() && (reset.is_none() || case.effect.failed == 0) {
        return None;
    }
    let speaks = case.heard(target, Opener::Http2, &[Heard::Http2]).is_some();
    let mut found = Match::new(format!("{target} takes the request in HTTP/2 and resets its stream"))
        .because_all(said)
        .because_all(reset.map(|(id, _)| id))
        .because_all(case.grpc_health(target).map(|(id, _)| id))
        .confirmed_if(own && reset.is_some())
        .open_unless(
            speaks || own || case.grpc_health(target).is_some(),
            "http2-upstream-mismatch",
            format!("Does it speak HTTP/2? `curl --http2-prior-knowledge http://{target}/`"),
        )
        .open_unless(
            false,
            "upstream-closed-before-response",
            "The application's own log at this second says what ended the stream.",
        );
    if let Some((id, _)) = answered {
        found = found.against(id);
    }
    Some(found)
}
