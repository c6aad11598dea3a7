//! The upstream wants a certificate from the gateway.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::TlsEnd;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-client-cert-required",
        title: "The upstream wants a client certificate that the gateway does not show",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The upstream asks its clients for a certificate (mutual TLS) and refuses those that have none. The gateway has none configured. In TLS 1.2 the refusal comes within the handshake (alert 40 or 42); in 1.3 only after it (alert 116), when the gateway already waits for an answer, so that it looks like a reset.",
        evidence: &[
            "In the handshake the upstream asks for a certificate, and ends it (or the connection after it) without one.",
            "The gateway's route has no certificate of its own to show.",
        ],
        contradictions: &["The upstream does not ask for one, or asks and goes on without."],
        look_alikes: &["tls-cipher-mismatch", "tls-handshake-closed", "upstream-closed-before-response"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Give the gateway a certificate that the upstream trusts ({place})",
                command: "proxy_ssl_certificate     /etc/ssl/gateway.pem;\nproxy_ssl_certificate_key /etc/ssl/gateway.key;\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Give the gateway a certificate that the upstream trusts",
                command: "SSLProxyMachineCertificateFile /etc/ssl/gateway-and-key.pem\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Give the gateway a certificate that the upstream trusts",
                command: "server app {target} ssl crt /etc/ssl/gateway-and-key.pem verify required ca-file FILE",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Give the gateway a certificate that the upstream trusts",
                command: "transport http {\n    tls_client_auth /etc/ssl/gateway.pem /etc/ssl/gateway.key\n}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Give the gateway a certificate that the upstream trusts",
                command: "serversTransports:\n  app:\n    certificates:\n      - certFile: /etc/ssl/gateway.pem\n        keyFile: /etc/ssl/gateway.key",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Give the gateway a certificate that the upstream trusts",
                command: "common_tls_context: {tls_certificates: [{certificate_chain: {filename: /etc/ssl/gateway.pem}, private_key: {filename: /etc/ssl/gateway.key}}]}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Try it by hand",
                command: "curl -sS -o /dev/null -w '%{http_code}\\n' --cert /etc/ssl/gateway.pem --key /etc/ssl/gateway.key -k https://{target}/",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_certificate",
            "https://www.rfc-editor.org/rfc/rfc8446#section-4.3.2",
        ],
    },
    testimony: &[
        Meaning::TlsFailed,
        Meaning::TlsRefused,
        Meaning::TlsClosed,
        Meaning::CertificateWanted,
        Meaning::ClosedEarly,
        Meaning::Reset,
        Meaning::SendFailed,
    ],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if !case.speaks(&["https", "grpcs", "suwsgi"]) || !case.suffers() {
        return None;
    }
    let (id, whole) =
        case.trials(target).find(|(_, t)| t.offered == "a whole handshake" && t.wants_certificate == Some(true))?;
    let refuses = matches!(whole.end, TlsEnd::Alert | TlsEnd::AlertAfter | TlsEnd::Closed | TlsEnd::Reset);
    let has_one = case.route.is_some_and(|(_, route)| route.client_certificate);
    if !refuses {
        return None;
    }
    let by_alert = matches!(whole.alert, Some(40 | 42 | 116 | 49));
    Some(
        Match::new(format!("{target} wants a client certificate, and the gateway has none to show"))
            .because(id)
            .because_all(case.route.map(|(id, _)| id))
            .confirmed_if(!has_one && case.route.is_some())
            .open_unless(
                by_alert,
                "tls-handshake-closed",
                "It closes without saying why: the upstream's own log names the reason.",
            )
            .open_unless(
                !has_one,
                "tls-client-cert-required",
                "The gateway has a certificate: does the upstream trust its issuer, and is it still valid?",
            ),
    )
}
