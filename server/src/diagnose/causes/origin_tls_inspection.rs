//! A device in between signs TLS anew.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "origin-tls-inspection",
        title: "A security device between gateway and upstream re-signs the TLS connection",
        family: Family::FirewallProxy,
        step: Step::Upstream,
        explanation: "A firewall or proxy that inspects TLS breaks the connection up and signs a certificate of its own for the upstream's name. The gateway, which does not know that device's authority, refuses it. Clients whose machines trust the device see nothing of it.",
        evidence: &[
            "The issuer of the certificate is the authority of a security product, not the one that issued the upstream's real certificate.",
            "Asked from the upstream's own network, another issuer is shown.",
        ],
        contradictions: &["The issuer is the upstream's real authority."],
        look_alikes: &["tls-untrusted-ca"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Compare with what the upstream itself shows, then take this connection out of the inspection",
                command: "ssh UPSTREAM \"openssl s_client -connect 127.0.0.1:{port} </dev/null 2>/dev/null | openssl x509 -noout -issuer\"",
                verify: "openssl s_client -connect {target} -servername {sni} </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName",
            },
            FixText {
                applies_to: "nginx",
                title: "Or trust the device's authority, if that is your policy",
                command: "proxy_ssl_trusted_certificate /etc/ssl/with-inspection-ca.pem;",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://www.rfc-editor.org/rfc/rfc8446#section-9.3"],
    },
    testimony: &[Meaning::CertificateUntrusted, Meaning::CertificateRefused, Meaning::TlsFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

/// What the authorities of products that inspect TLS call themselves.
const DEVICES: &[&str] = &[
    "zscaler",
    "fortinet",
    "fortigate",
    "palo alto",
    "netskope",
    "sophos",
    "umbrella",
    "blue coat",
    "bluecoat",
    "symantec web security",
    "forcepoint",
    "websense",
    "check point",
    "checkpoint",
    "barracuda",
    "untangle",
    "watchguard",
    "squid",
    "mcafee web gateway",
    "trend micro",
    "kaspersky",
    "cato networks",
    "sonicwall",
];

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, certificate) = case.certificate(target)?;
    let issuer = certificate.issuer.to_lowercase();
    let named = DEVICES.iter().any(|device| issuer.contains(device));
    if !named || certificate.trusted == Some(true) || certificate.gateway_verifies != Some(true) || !case.suffers() {
        return None;
    }
    Some(
        Match::new(format!("The certificate of {target} was signed by {}, which looks like a security device", certificate.issuer))
            .because(id)
            .confirmed_if(false)
            .open_unless(
                false,
                "tls-untrusted-ca",
                "Who issued it, seen from the upstream's own host? `openssl s_client -connect … | openssl x509 -noout -issuer`",
            ),
    )
}
