//! The upstream's certificate is for another name.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-cert-name-mismatch",
        title: "The upstream's certificate is for another name than the gateway expects",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway speaks TLS to the upstream, verifies its certificate and compares its names with the name that it expects. That name comes from the configuration, or from the address that requests are forwarded to. Neither the alternative names nor, where the gateway still looks at it, the common name fit, so it ends the handshake.",
        evidence: &[
            "nginx logs `upstream SSL certificate does not match`, Go gateways `certificate is valid for A, not B`; httpd names it only at level info.",
            "The names of the certificate that the upstream shows do not include the expected one, and the gateway is set to compare them.",
        ],
        contradictions: &[
            "The gateway does not verify upstream certificates.",
            "With the name sent in the handshake (SNI) the server shows another, fitting certificate: then that is missing.",
        ],
        look_alikes: &["tls-sni-missing", "tls-untrusted-ca", "tls-cert-expired", "dns-wrong-record"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Expect the name that the certificate is for, {cert_name} ({place})",
                command: "proxy_ssl_name {cert_name};\nproxy_ssl_server_name on;\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Forward to the name that the certificate is for (it is compared with the host of ProxyPass)",
                command: "ProxyPass / https://{cert_name}:{port}/\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Expect the name that the certificate is for",
                command: "server app {target} ssl verify required ca-file FILE sni str({cert_name}) verifyhost {cert_name}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Expect the name that the certificate is for",
                command: "transport http {\n    tls_server_name {cert_name}\n}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Expect the name that the certificate is for",
                command: "serversTransports:\n  app:\n    serverName: {cert_name}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "Or issue the certificate again with the expected name, {sni}",
                command: "openssl s_client -connect {target} -servername {sni} </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_name",
            "https://www.rfc-editor.org/rfc/rfc9525",
        ],
    },
    testimony: &[Meaning::CertificateName, Meaning::CertificateRefused, Meaning::TlsFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::CertificateName, target).map(|(id, _)| id).collect();
    let own = case.own_words(&[Meaning::CertificateName], target).is_some();
    let shown = case.certificate(target);
    let checks = shown.and_then(|(_, c)| c.gateway_checks_name.or(c.gateway_verifies));
    let misfit = shown.filter(|(_, c)| c.name_fits == Some(false) && checks != Some(false));
    if (said.is_empty() && misfit.is_none()) || !case.suffers() {
        return None;
    }
    let fits = shown.filter(|(_, c)| c.name_fits == Some(true));
    let better = case.trials(target).find(|(_, t)| t.fits == Some(true));
    let expected = shown.and_then(|(_, c)| c.asked_name.clone()).unwrap_or_else(|| "another name".to_owned());
    let names = shown.map(|(_, c)| c.names.join(", ")).filter(|names| !names.is_empty());
    let headline = match &names {
        Some(names) => format!("The certificate of {target} is for {names}, and the gateway expects {expected}"),
        None => format!("The certificate of {target} is not for {expected}, which the gateway expects"),
    };
    let mut found = Match::new(headline)
        .because_all(said)
        .because_all(misfit.map(|(id, _)| id))
        .because_all(case.route.map(|(id, _)| id))
        .confirmed_if(own || (misfit.is_some() && checks == Some(true)))
        .open_unless(
            better.is_none(),
            "tls-sni-missing",
            "With another name in the handshake the server shows a certificate that fits: send that name.",
        )
        .open_unless(
            fits.is_none(),
            "tls-cert-name-mismatch",
            "Seen from here, the certificate is for that name: does a member differ, or was it replaced just now?",
        )
        .name("sni", expected);
    if let Some((_, certificate)) = shown
        && let Some(name) = certificate.names.first()
    {
        found = found.name("cert_name", name.clone());
    }
    for id in fits.map(|(id, _)| id).into_iter().chain(better.map(|(id, _)| id)) {
        found = found.against(id);
    }
    Some(found)
}
