//! What answers there does not speak HTTP.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::During;
use app::model::fact::logs::Meaning;
use app::model::fact::wire::{FlawKind, Heard, Opener};
use app::model::{CauseText, Family, FaultKind, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "response-not-http",
        title: "The upstream does not answer in HTTP",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "What listens where the gateway forwards to speaks another protocol: a database, a mail or SSH server, or an application that writes its text without any head. Most gateways make a 502 (Varnish: 503) of that; nginx passes the bytes on as if from the time before HTTP had heads, and its access log then shows status 009.",
        evidence: &[
            "Asked directly, the first bytes are not those of HTTP: a banner, a binary greeting, or a body without a head.",
            "The gateway logs an invalid status line or a bad answer.",
        ],
        contradictions: &[
            "The port answers HTTP in plain or inside TLS.",
            "It speaks HTTP/2 or FastCGI: those have entries of their own.",
        ],
        look_alikes: &[
            "scheme-http-to-tls-port",
            "http2-upstream-mismatch",
            "fastcgi-http-mismatch",
            "upstream-wrong-port",
            "response-invalid-header",
        ],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "See what listens there, and correct the port in the gateway's configuration ({place})",
                command: "sudo ss -ltnp sport = :{port}; sudo nginx -T | grep -n '_pass'",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://{target}/",
            },
            FixText {
                applies_to: "any",
                title: "If it is the application, let it write a status line and headers before its body",
                command: "printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | nc -w 3 {ip} {port} | head -c 200 | xxd | head",
                verify: "curl -sS -i http://{target}/ | head -1",
            },
        ],
        references: &["https://www.rfc-editor.org/rfc/rfc9112#section-4"],
    },
    testimony: &[Meaning::NotHttp, Meaning::InvalidHeader, Meaning::ClosedEarly, Meaning::Reset],
    absorbs: &[],
    rule: Rule::Target(rule),
};

/// Answers that are another protocol's, or nobody's.
const OTHER: &[Heard] = &[
    Heard::Ssh,
    Heard::Mail,
    Heard::Mailbox,
    Heard::Mysql,
    Heard::Postgres,
    Heard::Redis,
    Heard::Memcached,
    Heard::Amqp,
    Heard::Vnc,
    Heard::BareBody,
    Heard::Unknown,
];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if !case.speaks(&["http", "https", ""]) && case.route.is_some()
        || case.directs(target, true).any(|(_, d)| d.answered())
    {
        return None;
    }
    let said: Vec<_> = case.lines(Meaning::NotHttp, target).map(|(id, _)| id).collect();
    let answer = case.spoken(target, Opener::Http);
    let other = answer.filter(|(_, s)| OTHER.contains(&s.heard));
    let banner = case.spoken(target, Opener::Nothing).filter(|(_, s)| OTHER.contains(&s.heard));
    let status_line =
        case.flaw(target, &[FlawKind::StatusLine]).filter(|(_, flaw)| case.refuses(flaw.kind) != Some(false));
    let heard = other.or(banner);
    if heard.is_none() && status_line.is_none() && (said.is_empty() || case.raw_answer(target).is_some()) {
        return None;
    }
    if !case.suffers() {
        return None;
    }
    let broken = case
        .directs(target, true)
        .any(|(_, d)| d.failure.as_ref().is_some_and(|f| f.kind == FaultKind::BadHttp || f.during != During::Connect));
    let tls = case.heard(target, Opener::Tls, &[Heard::Tls, Heard::TlsAlert]);
    let http2 = case.heard(target, Opener::Http2, &[Heard::Http2]);
    let fastcgi = case.heard(target, Opener::Fastcgi, &[Heard::Fastcgi]);
    let headline = match (heard, status_line) {
        (Some((_, s)), _) if s.first.is_empty() => format!("{target} does not speak HTTP"),
        (Some((_, s)), _) => format!("{target} does not speak HTTP but {}: {}", s.heard.words(), s.first),
        (None, Some((_, flaw))) => format!("{target}'s answer begins with no status line of HTTP: {}", flaw.shown),
        (None, None) => format!("The gateway says that {target} does not answer in HTTP"),
    };
    Some(
        Match::new(headline)
            .because_all(said)
            .because_all(heard.map(|(id, _)| id))
            .because_all(status_line.map(|(id, _)| id))
            .because_all(case.directs(target, true).map(|(id, _)| id).take(1))
            .confirmed_if((heard.is_some() && broken) || status_line.is_some())
            .open_unless(
                tls.is_none(),
                "scheme-http-to-tls-port",
                format!("It speaks TLS too: `openssl s_client -connect {target} </dev/null`"),
            )
            .open_unless(
                http2.is_none(),
                "http2-upstream-mismatch",
                format!("It speaks HTTP/2: `curl --http2-prior-knowledge http://{target}/`"),
            )
            .open_unless(fastcgi.is_none(), "fastcgi-http-mismatch", "It answers FastCGI: forward with fastcgi_pass.")
            .open_unless(
                heard.is_some() || status_line.is_some(),
                "scheme-http-to-tls-port",
                format!(
                    "What does it say? `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 {} | head -c 100 | xxd`",
                    target.replace(':', " ")
                ),
            )
            .finer("Whether the port is the wrong one or the application is: `ss -ltnp`."),
    )
}
