//! The content network's TLS mode does not fit the origin.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::asked::EdgeWord;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "cdn-ssl-mode-mismatch",
        title: "The content network's TLS mode does not fit the origin",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The content network speaks TLS to the origin and that fails: the handshake ends without a common \
            version, name or cipher, or the certificate is expired, self-signed or for another name while \
            the network verifies it. A change of the mode (off, flexible, full, strict) or an expired origin \
            certificate are the usual reasons.",
        evidence: &[
            "The network answers by its own code for a failed handshake or a refused certificate (Cloudflare 525, 526).",
        ],
        contradictions: &[
            "The origin's port 443 shows a certificate that is valid for this name and that a public authority issued.",
        ],
        look_alikes: &["tls-cert-expired", "tls-cert-name-mismatch", "tls-untrusted-ca", "tls-sni-missing"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Give the origin a certificate that the network accepts",
                command: "sudo certbot renew --force-renewal   # or an origin certificate of the network's own authority",
                verify: "openssl s_client -connect ORIGIN:443 -servername HOST </dev/null 2>/dev/null | openssl x509 -noout -dates",
            },
            FixText {
                applies_to: "any",
                title: "Set the mode that fits the origin",
                command: "# strict with a valid certificate; full with a self-signed one; never flexible for a site that redirects to https",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://developers.cloudflare.com/ssl/origin-configuration/ssl-modes/"],
    },
    testimony: &[],
    absorbs: &[],
    rule: Rule::Whole(rule),
};

fn rule(case: &Case<'_>) -> Option<Match> {
    let (id, edge) = case.edge_says(&[EdgeWord::OriginTls, EdgeWord::OriginCertificate])?;
    // The network's own word is all that can be had from here, so it never counts as proof.
    Some(
        Match::new(format!("{} says by {} that TLS to the origin fails: its mode and the origin's certificate or port do not fit", edge.product, edge.code))
        .because(id)
        .confirmed_if(true)
        .open_unless(
            false,
            "tls-cert-expired",
            "What does the origin show? `openssl s_client -connect ORIGIN:443 -servername HOST </dev/null | openssl x509 -noout -dates -subject -ext subjectAltName`",
        ),
    )
}
