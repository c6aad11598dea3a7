//! The body's chunks break the rules.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::During;
use app::model::fact::logs::Meaning;
use app::model::fact::wire::FlawKind;
use app::model::{CauseText, Family, FaultKind, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "response-bad-chunking",
        title: "The answer's chunked body is broken",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream sends its body in chunks, and a chunk's size is not a number, or its end is not where the size says. A framework that writes around its own chunking, or a gzip layer under it, does that. nginx breaks the transfer off (visitors see an empty or cut answer with status 200), HAProxy and httpd make a 502.",
        evidence: &[
            "The gateway logs an invalid chunked response.",
            "Byte by byte, the direct answer's chunks break at a known place.",
        ],
        contradictions: &[
            "The direct answer's chunks are whole.",
            "The connection is cut between whole chunks: then it is truncated.",
        ],
        look_alikes: &["response-truncated", "response-bad-transfer-encoding"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Find what writes into the body beneath the framework: raw socket writes, a compression layer, a length computed before encoding",
            command: "printf 'GET / HTTP/1.1\\r\\nHost: NAME\\r\\nConnection: close\\r\\n\\r\\n' | nc -w 3 {ip} {port} | head -c 2000 | cat -A",
            verify: "curl -sS -o /dev/null -w '%{http_code} %{size_download}\\n' http://{target}/",
        }],
        references: &["https://www.rfc-editor.org/rfc/rfc9112#section-7.1"],
    },
    testimony: &[Meaning::BadChunks, Meaning::NotHttp, Meaning::InvalidHeader, Meaning::BodyTruncated],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::BadChunks, target).map(|(id, _)| id).collect();
    let own = case.own_words(&[Meaning::BadChunks], target).is_some();
    let flaw = case.flaw(target, &[FlawKind::BadChunk]);
    let direct = case.directs(target, true).find(|(_, d)| {
        d.status.is_some()
            && d.failure.as_ref().is_some_and(|f| f.during == During::Body && f.kind == FaultKind::BadHttp)
    });
    if said.is_empty() && ((flaw.is_none() && direct.is_none()) || !case.suffers() || case.effect.failed == 0) {
        return None;
    }
    let headline = match flaw {
        Some((_, flaw)) => format!("{target}'s chunked body breaks at byte {} ({})", flaw.offset, flaw.shown),
        None => format!("{target}'s chunked body is broken"),
    };
    let seen = flaw.is_some() || direct.is_some();
    let mut found = Match::new(headline)
        .because_all(said)
        .because_all(flaw.map(|(id, _)| id))
        .because_all(direct.map(|(id, _)| id))
        .confirmed_if(seen && (own || case.refuses(FlawKind::BadChunk) != Some(false)))
        .open_unless(seen, "response-truncated", "Asked directly, the chunks are whole: repeat it with the visitor's headers (--header), for example Accept-Encoding.")
        .open_unless(
            case.lines_of(Meaning::DiskFull).next().is_none(),
            "disk-full-proxy-temp",
            "The gateway's log also tells of a full disk: free it first (`df -h`).",
        );
    for (id, _) in case.killers() {
        found = found.against(id).open_unless(
            false,
            "app-worker-segfault",
            "A worker of the application died or was killed near this run: its line says why.",
        );
    }
    Some(found)
}
