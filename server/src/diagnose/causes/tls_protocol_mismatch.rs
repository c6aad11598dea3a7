//! No TLS version in common.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::{TlsEnd, TlsTrial};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-protocol-mismatch",
        title: "Gateway and upstream have no TLS version in common",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream speaks only TLS versions that the gateway does not offer: an old server with TLS 1.0 or 1.1, which today's OpenSSL refuses, or a strict one with 1.3 only behind a gateway that stops at 1.2 (nginx before 1.23.4 towards upstreams, Envoy by default).",
        evidence: &[
            "The gateway logs alert 70 (protocol version), `unsupported protocol` or `protocol version not supported`.",
            "A handshake with each version by itself goes well only with versions that the gateway does not offer.",
        ],
        contradictions: &["The upstream takes one of the gateway's versions."],
        look_alikes: &["tls-cipher-mismatch", "tls-handshake-closed", "tls-sni-missing"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Offer the version that the upstream speaks, {speaks} ({place})",
                command: "proxy_ssl_protocols TLSv1.2 TLSv1.3;\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Offer the version that the upstream speaks",
                command: "SSLProxyProtocol +TLSv1.2 +TLSv1.3\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Offer the version that the upstream speaks",
                command: "server app {target} ssl ssl-min-ver TLSv1.2 verify required ca-file FILE",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Offer TLS 1.3 to the cluster",
                command: "common_tls_context: {tls_params: {tls_maximum_protocol_version: TLSv1_3}}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Better: let the upstream speak TLS 1.2 and 1.3",
                command: "for v in tls1 tls1_1 tls1_2 tls1_3; do openssl s_client -connect {target} -$v </dev/null 2>/dev/null | grep -q 'Cipher is [^(]' && echo $v; done",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_protocols",
            "https://www.rfc-editor.org/rfc/rfc8996",
        ],
    },
    testimony: &[
        Meaning::TlsFailed,
        Meaning::TlsVersion,
        Meaning::TlsRefused,
        Meaning::TlsClosed,
        Meaning::ClosedEarly,
        Meaning::Reset,
    ],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if !case.speaks(&["https", "grpcs", "suwsgi"]) || !case.suffers() {
        return None;
    }
    let (own_id, own) = case.trials(target).find(|(_, t)| t.offered.starts_with("as the gateway"))?;
    let single = |t: &TlsTrial| matches!(t.offered.as_str(), "1.0" | "1.1" | "1.2" | "1.3") && t.sni == own.sni;
    let within = |t: &TlsTrial| t.offered.as_str() >= own.least.as_str() && t.offered.as_str() <= own.most.as_str();
    let singles: Vec<_> = case.trials(target).filter(|(_, t)| single(t)).collect();
    let taken: Vec<_> = singles
        .iter()
        .filter(|(_, t)| t.end == TlsEnd::Chosen && t.version.as_deref() == Some(t.offered.as_str()))
        .collect();
    // A server may choose an older version than any that was offered, which no gateway takes.
    let other = |t: &TlsTrial| t.end != TlsEnd::Chosen || t.version.as_deref() != Some(t.offered.as_str());
    let refused: Vec<_> = singles.iter().filter(|(_, t)| within(t) && other(t)).collect();
    let all_refused = !refused.is_empty() && taken.iter().all(|(_, t)| !within(t));
    let speaks: Vec<&str> = taken.iter().map(|(_, t)| t.offered.as_str()).collect();
    // What the gateway offers by default depends on its version and its library; its own words tell more than our guess.
    if let Some(said) = case.own_words(&[Meaning::TlsVersion], target).filter(|_| !taken.is_empty()) {
        let refused = case.trials(target).filter(|(_, t)| single(t) && t.alert == Some(PROTOCOL_VERSION));
        let refused: Vec<_> = refused.map(|(id, _)| id).collect();
        let speaks = speaks.join(" and ");
        return Some(
            Match::new(format!("{target} speaks TLS {speaks} only, and the gateway says that it does not offer that"))
                .because(said)
                .because_all(taken.iter().map(|(id, _)| *id))
                .because_all(refused.iter().copied())
                .because_all(case.route.map(|(id, _)| id))
                .confirmed_if(!refused.is_empty())
                .name("speaks", speaks),
        );
    }
    let older = own.version.as_deref().is_some_and(|chosen| chosen < own.least.as_str());
    if (own.end == TlsEnd::Chosen && !older) || taken.is_empty() || !all_refused {
        return None;
    }
    Some(
        Match::new(format!(
            "{target} speaks TLS {}, the gateway offers {} to {}",
            speaks.join(" and "),
            own.least,
            own.most
        ))
        .because(own_id)
        .because_all(taken.iter().map(|(id, _)| *id))
        .because_all(refused.iter().map(|(id, _)| *id))
        .because_all(case.route.map(|(id, _)| id))
        .confirmed_if(!own.offered.contains("roughly"))
        .name("speaks", speaks.join(" and ")),
    )
}

/// `protocol_version` of RFC 8446, section 6.2.
const PROTOCOL_VERSION: u8 = 70;
