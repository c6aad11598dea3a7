//! The peer closes inside the handshake.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::{Heard, Opener, TlsEnd, TlsTrial};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-handshake-closed",
        title: "The upstream closes the connection within the TLS handshake",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream takes the connection and closes or resets it after the ClientHello, without an alert that would say why. A server that wants another name, an allow-list, a worker that dies at the handshake or a security device in between all look like that from here; its own log knows.",
        evidence: &[
            "The gateway logs that the peer closed or reset the connection in the handshake.",
            "Every handshake that was tried from here, with and without a name and with each version, is closed alike.",
        ],
        contradictions: &[
            "A handshake with another name or version goes well: then that is the reason.",
            "The port speaks plain HTTP.",
        ],
        look_alikes: &["tls-sni-missing", "scheme-https-to-plain-port", "upstream-blocks-gateway", "ids-or-dpi-reset"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Read the upstream's own log at that second",
                command: "journalctl -u {app}.service --since '-5min' --no-pager",
                verify: "openssl s_client -connect {target} </dev/null 2>&1 | head -5",
            },
            FixText {
                applies_to: "any",
                title: "Ask it from its own host: if that works, something between refuses",
                command: "ssh UPSTREAM \"openssl s_client -connect 127.0.0.1:{port} </dev/null 2>&1 | head -5\"",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://www.rfc-editor.org/rfc/rfc8446#section-6"],
    },
    testimony: &[Meaning::TlsFailed, Meaning::TlsClosed, Meaning::ClosedEarly, Meaning::Reset, Meaning::SendFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if !case.speaks(&["https", "grpcs", "suwsgi"]) || !case.suffers() {
        return None;
    }
    let all: Vec<_> = case.trials(target).collect();
    let closed = |t: &TlsTrial| matches!(t.end, TlsEnd::Closed | TlsEnd::Reset);
    let plain = case.heard(target, Opener::Http, &[Heard::Http, Heard::HttpComplaint, Heard::HttpWantsTls]);
    if all.is_empty() || !all.iter().all(|(_, t)| closed(t)) || plain.is_some() {
        return None;
    }
    Some(
        Match::new(format!("{target} closes each TLS handshake without saying why"))
            .because_all(all.iter().map(|(id, _)| *id).take(4))
            .confirmed_if(true)
            .open_unless(
                false,
                "tls-sni-missing",
                "It may want a name that is not known here: which names does the upstream's own configuration have?",
            )
            .open_unless(
                false,
                "upstream-blocks-gateway",
                "The upstream's own log at this second: does it name this address or a reason?",
            ),
    )
}
