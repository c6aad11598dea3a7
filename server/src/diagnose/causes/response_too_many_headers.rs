//! More header lines than the gateway takes.

use crate::diagnose::infer::{Case, ODD_ANSWER};
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "response-too-many-headers",
        title: "The answer has more header lines than the gateway takes",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway has room for a fixed number of header lines: HAProxy for 101 (tune.http.maxhdr), Varnish for 64 (http_max_hdr). The application sends more, usually one Set-Cookie or Link line for each of many things, and the whole answer is thrown away. The application itself is well.",
        evidence: &[
            "Asked directly, the answer is whole and has more header lines than the gateway's limit.",
            "HAProxy logs termination state PH, Varnish an http format error.",
        ],
        contradictions: &[
            "The answer has fewer lines than the limit.",
            "The gateway has no such limit (nginx, Caddy).",
        ],
        look_alikes: &["response-header-too-big", "response-invalid-header"],
        fixes: &[
            FixText {
                applies_to: "haproxy",
                title: "Raise the limit",
                command: "global\n    tune.http.maxhdr 256",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "varnish",
                title: "Raise the limit",
                command: "varnishadm param.set http_max_hdr 256",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Send fewer: join cookies and links",
                command: "curl -sS -D - -o /dev/null http://{target}/ | wc -l",
                verify: "curl -sS -D - -o /dev/null http://{target}/ | wc -l",
            },
        ],
        references: &[
            "https://docs.haproxy.org/2.6/configuration.html#tune.http.maxhdr",
            "https://varnish-cache.org/docs/7.1/reference/varnishd.html#http-max-hdr",
        ],
    },
    testimony: ODD_ANSWER,
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let limit = case.route.and_then(|(_, route)| route.most_headers).or(match case.product() {
        "haproxy" => Some(101),
        "varnish" => Some(64),
        "envoy" => Some(100),
        _ => None,
    })?;
    let (id, answer) = case.raw_answer(target)?;
    if u64::from(answer.header_lines) < limit || !case.suffers() {
        return None;
    }
    let room = case.route.and_then(|(_, route)| route.header_buffer_bytes);
    let large = room.is_some_and(|room| answer.head_bytes > room);
    let flawed = answer.flaws.iter().any(|flaw| case.refuses(flaw.kind) != Some(false));
    Some(
        Match::new(format!("{target}'s answer has {} header lines, the gateway takes {limit}", answer.header_lines))
            .because(id)
            .because_all(case.route.map(|(id, _)| id))
            .confirmed_if(true)
            .open_unless(
                !large,
                "response-header-too-big",
                format!("Its head is large as well ({} bytes): raise both limits.", answer.head_bytes),
            )
            .open_unless(
                !flawed,
                "response-invalid-header",
                "The answer breaks other rules as well: mend those first.",
            ),
    )
}
