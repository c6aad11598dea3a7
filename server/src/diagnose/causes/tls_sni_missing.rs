//! The server needs another name in the handshake.

use crate::diagnose::facts::Seen;
use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::{TlsEnd, TlsTrial};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-sni-missing",
        title: "The server needs a name in the TLS handshake that the gateway does not send",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "A server with several sites behind one address chooses by the name in the handshake (SNI). The gateway sends none (nginx does not by default) or another one, so the server refuses with an alert, closes, or shows the certificate of another site. With the right name everything is well.",
        evidence: &[
            "The gateway logs `unrecognized name` (alert 112) or a handshake failure, or a certificate of another name.",
            "A handshake with one name goes well, the same handshake as the gateway makes it does not.",
        ],
        contradictions: &["The handshake ends alike with every name and with none."],
        look_alikes: &["tls-cert-name-mismatch", "tls-handshake-closed", "tls-cipher-mismatch"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Send the name ({place})",
                command: "proxy_ssl_server_name on;\nproxy_ssl_name {wanted};\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Forward to the name (httpd sends the host of ProxyPass, or with ProxyPreserveHost the visitor's Host)",
                command: "ProxyPass / https://{wanted}:{port}/\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Send the name",
                command: "server app {target} ssl sni str({wanted}) verify required ca-file FILE",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Send the name",
                command: "transport http {\n    tls_server_name {wanted}\n}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Send the name",
                command: "serversTransports:\n  app:\n    serverName: {wanted}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Send the name",
                command: "UpstreamTlsContext: {sni: {wanted}}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See the difference",
                command: "openssl s_client -connect {target} -servername {wanted} </dev/null 2>&1 | head -5; openssl s_client -connect {target} -noservername </dev/null 2>&1 | head -5",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_server_name",
            "https://www.rfc-editor.org/rfc/rfc6066#section-3",
        ],
    },
    testimony: &[
        Meaning::TlsFailed,
        Meaning::TlsUnrecognisedName,
        Meaning::TlsRefused,
        Meaning::CertificateWanted,
        Meaning::TlsClosed,
        Meaning::CertificateName,
        Meaning::CertificateUntrusted,
        Meaning::CertificateRefused,
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
    let own = case.trials(target).find(|(_, t)| t.offered.starts_with("as the gateway"))?;
    let sent = own.1.sni.as_deref();
    let refused = |t: &TlsTrial| matches!(t.end, TlsEnd::Alert | TlsEnd::Closed | TlsEnd::Reset);
    let checks = case.certificate(target).and_then(|(_, c)| c.gateway_checks_name.or(c.gateway_verifies)) == Some(true);
    // Two handshakes that differ in the name alone.
    let pair = case.trials(target).filter(|(_, t)| t.sni.as_deref() == sent).find_map(|(id, mine)| {
        let other = case.trials(target).find(|(_, t)| {
            t.offered == mine.offered
                && t.sni.is_some()
                && t.sni != mine.sni
                && t.end == TlsEnd::Chosen
                && (refused(mine) || (checks && mine.fits == Some(false) && t.fits == Some(true)))
        })?;
        Some((id, mine, other))
    });
    let Some((mine_id, mine, (other_id, other))) = pair else {
        return by_alert(case, target, own);
    };
    let wanted = other.sni.clone().unwrap_or_default();
    let with = sent.map_or_else(|| "no name".to_owned(), |name| format!("the name {name}"));
    let does = if refused(mine) { "refuses" } else { "shows another site's certificate" };
    Some(
        Match::new(format!(
            "{target} wants the name {wanted} in the handshake; the gateway sends {with}, and it {does}"
        ))
        .because_all([mine_id, other_id, own.0])
        .because_all(case.route.map(|(id, _)| id))
        .confirmed_if(true)
        .name("wanted", wanted),
    )
}

/// No name that is known here is taken, but the server says that it misses one.
fn by_alert(case: &Case<'_>, target: &str, (id, own): Seen<'_, TlsTrial>) -> Option<Match> {
    if own.sni.is_some() || own.alert != Some(UNRECOGNISED_NAME) {
        return None;
    }
    Some(
        Match::new(format!("{target} refuses a handshake without a site's name, and the gateway sends none"))
            .because(id)
            .because_all(case.route.map(|(id, _)| id))
            .confirmed_if(true)
            .finer("Which name it wants: that of the site as the application's server is configured.")
            .name("wanted", "NAME"),
    )
}

/// `unrecognized_name` of RFC 6066, section 3.
const UNRECOGNISED_NAME: u8 = 112;
