//! A header line of the answer breaks HTTP's rules.

use crate::diagnose::infer::{Case, ODD_ANSWER};
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::FlawKind;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "response-invalid-header",
        title: "The answer has a header line that breaks HTTP's rules",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream's answer has a header line that HTTP does not allow: a NUL or another control byte, a space in the name, a line without a colon, or a length that is no number. A gateway must not pass such a line on, so it throws the answer away and makes a 502 (httpd: 500). Gateways disagree: a space in a name passes Caddy, a NUL passes HAProxy and Caddy, a line without a colon passes nginx.",
        evidence: &[
            "The gateway logs an invalid header, and quotes its beginning.",
            "Byte by byte, the direct answer has the offending line at a known place.",
        ],
        contradictions: &[
            "The direct answer keeps every rule: then it depends on the request, or on another member.",
            "This gateway is known to pass this very flaw on.",
        ],
        look_alikes: &["response-not-http", "response-header-too-big", "response-duplicate-content-length"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Mend the line in the application: a header value with a line break or binary data in it, or a name with a space",
                command: "printf 'GET / HTTP/1.1\\r\\nHost: NAME\\r\\nConnection: close\\r\\n\\r\\n' | nc -w 3 {ip} {port} | head -c 2000 | cat -A",
                verify: "printf 'GET / HTTP/1.1\\r\\nHost: NAME\\r\\nConnection: close\\r\\n\\r\\n' | nc -w 3 {ip} {port} | head -c 2000 | cat -A",
            },
            FixText {
                applies_to: "nginx",
                title: "Until then, hide that header from visitors only if nginx still reads it; a NUL or a space in a name it never does",
                command: "grep -rn 'add_header\\|setHeader\\|header(' /srv/app | head",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Show what HAProxy refused",
                command: "echo 'show errors' | sudo socat stdio /run/haproxy/admin.sock",
                verify: "echo 'show errors' | sudo socat stdio /run/haproxy/admin.sock | head -3",
            },
        ],
        references: &[
            "https://www.rfc-editor.org/rfc/rfc9110#section-5.5",
            "https://www.rfc-editor.org/rfc/rfc9112#section-5",
        ],
    },
    testimony: ODD_ANSWER,
    absorbs: &[],
    rule: Rule::Target(rule),
};

/// The flaws in question.
const FLAWS: &[FlawKind] = &[
    FlawKind::Nul,
    FlawKind::SpaceInName,
    FlawKind::NoColon,
    FlawKind::EmptyName,
    FlawKind::NameByte,
    FlawKind::ValueByte,
    FlawKind::Folded,
    FlawKind::BadLength,
];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::InvalidHeader, target).map(|(id, _)| id).collect();
    let own = case.own_words(&[Meaning::InvalidHeader], target).is_some() && case.names_flaws();
    let flaw = case.flaw(target, FLAWS);
    let refused = flaw.and_then(|(_, flaw)| case.refuses(flaw.kind));
    if said.is_empty() && (flaw.is_none() || refused == Some(false) || !case.suffers()) {
        return None;
    }
    let looked = case.raw_answer(target).is_some();
    let headline = match flaw {
        Some((_, flaw)) => format!(
            "Line {} of {target}'s answer breaks HTTP's rules ({}, byte {})",
            flaw.line,
            flaw.kind.as_str().replace('-', " "),
            flaw.offset
        ),
        None => format!("The gateway says that {target}'s answer has a header line that breaks HTTP's rules"),
    };
    let mut found = Match::new(headline)
        .because_all(said)
        .because_all(flaw.map(|(id, _)| id))
        .confirmed_if(own || (flaw.is_some() && refused == Some(true)))
        .open_unless(
            flaw.is_some() || !looked,
            "response-invalid-header",
            "Asked directly, its answer keeps the rules: it depends on the request. Repeat it with the visitor's headers (--header).",
        );
    if let Some((id, _)) = case.raw_answer(target).filter(|_| flaw.is_none()) {
        found = found.against(id);
    }
    Some(found)
}
