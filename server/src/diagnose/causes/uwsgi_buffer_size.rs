//! A request's head is larger than uWSGI's buffer.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::{LogLine, Meaning};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "uwsgi-buffer-size",
        title: "The request's head is larger than uWSGI's buffer",
        family: Family::Code,
        step: Step::Logs,
        explanation: "uWSGI takes a request's variables (headers, cookies, the query) in one block of at most \
            `buffer-size` bytes, 4096 by default. A larger block is dropped, and the connection closes \
            without an answer: only clients with large cookies or long addresses see it.",
        evidence: &[
            "uWSGI logs `invalid request block size` while this run lasts.",
            "The same request without its large headers is answered.",
        ],
        contradictions: &[
            "The number in the line is far beyond any request (above 20000): then something that is not uwsgi, such as HTTP, is spoken to the port.",
        ],
        look_alikes: &["upstream-closed-before-response", "fastcgi-http-mismatch"],
        fixes: &[
            FixText {
                applies_to: "uwsgi",
                title: "Make the buffer larger",
                command: "buffer-size = 32768   # in the ini file, or --buffer-size 32768; then restart uWSGI",
                verify: "journalctl -u {app}.service -f | grep 'block size'",
            },
            FixText {
                applies_to: "any",
                title: "Or send less: smaller cookies",
                command: "curl -sS -D - -o /dev/null {url} | grep -ci set-cookie",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://uwsgi-docs.readthedocs.io/en/latest/Options.html#buffer-size"],
    },
    testimony: &[Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    // HTTP read as a block's size gives numbers above the limit, `ET`, `OS` and the like: our own trial of what the
    // port speaks leaves such a line too.
    let size = |line: &LogLine| line.name.as_ref()?.parse::<u64>().ok().filter(|size| *size <= FOREIGN);
    let said = case.application_said(target, &[Meaning::BlockTooBig]).only(|line| size(line).is_some());
    let size = said.first().and_then(size)?;
    if !case.speaks(&["uwsgi", "suwsgi"]) {
        return None;
    }
    let same = case.closed_direct(target);
    let other = case.directs(target, false).find(|(_, direct)| direct.answered());
    let told = !said.owned.is_empty();
    Some(
        Match::new(format!("The request's head of {size} bytes is larger than the buffer of uWSGI at {target}"))
            .because_all(said.ids())
            .because_all(same.map(|(id, _)| id))
            .because_all(other.map(|(id, _)| id))
            .because_all(case.application(target).map(|(id, _)| id))
            .confirmed_if(told && case.effect.failed > 0 && case.on_gateway_host())
            .open_unless(
                told && (same.is_some() || case.directs(target, true).next().is_none()),
                "upstream-closed-before-response",
                "The same request without cookies: `curl` with an empty Cookie header. Is it answered?",
            ),
    )
}

/// Sizes above this are something else than uwsgi, read as a size.
const FOREIGN: u64 = 20_000;
