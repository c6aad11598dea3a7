//! Nobody whom the gateway trusts vouches for the certificate.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-untrusted-ca",
        title: "The gateway does not trust who issued the upstream's certificate",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway speaks TLS to the upstream and verifies its certificate. None of the authorities in the gateway's own file (or the system's, where it uses those) signed it: it is signed by itself, by a private authority that the gateway was not told of, or the server leaves out the intermediate certificate that links it to a known one.",
        evidence: &[
            "The gateway logs a certificate verify error 18, 19, 20 or 21, or an unknown authority.",
            "Judged by the gateway's own file of authorities, the chain that the upstream shows leads nowhere.",
        ],
        contradictions: &[
            "The gateway does not verify upstream certificates: then a self-signed one does no harm.",
            "The chain is fine by the gateway's file.",
        ],
        look_alikes: &["tls-cert-expired", "tls-cert-name-mismatch", "origin-tls-inspection"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Trust the authority that issued it ({place}); never turn verification off over a network that is not yours alone",
                command: "proxy_ssl_trusted_certificate /etc/ssl/private-ca.pem;   # with {issuer} in it\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Trust the authority that issued it",
                command: "SSLProxyCACertificateFile /etc/ssl/private-ca.pem\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Trust the authority that issued it",
                command: "server app {target} ssl verify required ca-file /etc/ssl/private-ca.pem",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "caddy",
                title: "Trust the authority that issued it",
                command: "transport http {\n    tls_trust_pool file /etc/ssl/private-ca.pem   # Caddy 2.6: tls_trusted_ca_certs\n}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Trust the authority that issued it",
                command: "serversTransports:\n  app:\n    rootCAs: [/etc/ssl/private-ca.pem]",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Trust the authority that issued it",
                command: "validation_context: {trusted_ca: {filename: /etc/ssl/private-ca.pem}}",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "If the server leaves out an intermediate, let it send the whole chain (fullchain.pem)",
                command: "openssl s_client -connect {target} -servername {sni} -showcerts </dev/null 2>/dev/null | grep -c BEGIN",
                verify: "openssl s_client -connect {target} -servername {sni} -CAfile {trusted} </dev/null 2>&1 | grep -i 'verif'",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_trusted_certificate",
            "https://docs.openssl.org/3.0/man1/openssl-verification-options/",
        ],
    },
    testimony: &[Meaning::CertificateUntrusted, Meaning::CertificateRefused, Meaning::TlsFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let said: Vec<_> = case.lines(Meaning::CertificateUntrusted, target).map(|(id, _)| id).collect();
    let own = case.own_words(&[Meaning::CertificateUntrusted], target).is_some();
    let shown = case.certificate(target).filter(|(_, c)| c.gateway_verifies != Some(false));
    let untrusted = shown.filter(|(_, c)| c.trusted == Some(false));
    if (said.is_empty() && untrusted.is_none()) || !case.suffers() {
        return None;
    }
    let trusted = shown.filter(|(_, c)| c.trusted == Some(true));
    let verifies = shown.and_then(|(_, c)| c.gateway_verifies);
    let headline = match untrusted {
        Some((_, c)) if c.self_signed => {
            format!("The certificate of {target} is signed by itself, and the gateway does not know it")
        }
        Some((_, c)) => {
            format!("The certificate of {target} was issued by {}, whom the gateway does not trust", c.issuer)
        }
        None => format!("The gateway does not trust who issued the certificate of {target}"),
    };
    let mut found = Match::new(headline)
        .because_all(said)
        .because_all(untrusted.map(|(id, _)| id))
        .because_all(case.route.map(|(id, _)| id))
        .confirmed_if(own || (untrusted.is_some() && verifies == Some(true)))
        .open_unless(
            trusted.is_none(),
            "tls-untrusted-ca",
            "By the file as it is now the chain is fine: was the file changed since the gateway was last reloaded?",
        )
        .name("trusted", shown.and_then(|(_, c)| c.judged_by.clone()).unwrap_or_else(|| "FILE".to_owned()))
        .name("sni", shown.and_then(|(_, c)| c.asked_name.clone()).unwrap_or_else(|| "NAME".to_owned()));
    if let Some((_, certificate)) = untrusted {
        found = found.name("issuer", certificate.issuer.clone());
        if certificate.alone && !certificate.self_signed {
            found = found.finer(
                "Whether only an intermediate is missing: the server sends one certificate and nothing above it.",
            );
        }
    }
    if let Some((id, _)) = trusted {
        found = found.against(id);
    }
    Some(found)
}
