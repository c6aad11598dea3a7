//! The upstream's certificate is valid only later.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-cert-not-yet-valid",
        title: "The upstream's certificate is not valid yet",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway speaks TLS to the upstream and verifies its certificate. The certificate's first day has not come, so the gateway ends the handshake. Either it was issued for later and installed too early, or the clock of the gateway's host (or of the host that issued it) is wrong.",
        evidence: &[
            "The gateway logs a certificate verify error (9: certificate is not yet valid).",
            "The certificate that the upstream shows begins in the future, and the gateway is set to verify it.",
        ],
        contradictions: &[
            "The gateway does not verify upstream certificates.",
            "The clock of the gateway's host is behind: then every new certificate seems to be of the future.",
        ],
        look_alikes: &["tls-clock-skew", "tls-cert-expired", "tls-untrusted-ca"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Install a certificate that is valid now (this one begins {not_before}), and let the server load it",
                command: "sudo certbot renew --force-renewal && sudo systemctl reload {app}.service   # or issue it again from your own authority",
                verify: "openssl s_client -connect {target} -servername {sni} </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName",
            },
            FixText {
                applies_to: "any",
                title: "See that it is not the clock of this host",
                command: "date -u; timedatectl",
                verify: "timedatectl show -p NTPSynchronized",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify"],
    },
    testimony: &[Meaning::CertificateNotYetValid, Meaning::CertificateRefused, Meaning::TlsFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, certificate) = case.certificate(target)?;
    let checks = certificate.gateway_checks_dates.or(certificate.gateway_verifies);
    if certificate.valid_in_s <= 0
        || checks == Some(false)
        || !case.speaks(&["https", "grpcs", "suwsgi"])
        || !case.suffers()
    {
        return None;
    }
    let said: Vec<_> = case.lines(Meaning::CertificateNotYetValid, target).map(|(id, _)| id).collect();
    let clock = case
        .directs(target, true)
        .chain(case.directs(target, false))
        .filter_map(|(id, d)| d.clock_ahead_s.map(|ahead| (id, ahead)))
        .find(|(_, ahead)| *ahead > 300);
    // Several other hosts agree that it is this host's clock which is wrong.
    let outvoted = case.other_clocks(certificate).is_some_and(|clocks| clocks.agree());
    let mut found = Match::new(format!(
        "The certificate of {target} ({}) is valid only from {}, and the gateway verifies it",
        certificate.subject, certificate.not_before
    ))
    .because_all(said)
    .because(id)
    .because_all(case.route.map(|(id, _)| id))
    .confirmed_if(checks == Some(true) && !outvoted)
    .open_unless(
        clock.is_none(),
        "tls-clock-skew",
        "The upstream's clock is ahead of this host's by more than five minutes: which is right? `date -u` on both.",
    )
    .finer("That this host's clock is right: `date -u`, `timedatectl`.")
    .name("not_before", certificate.not_before.clone())
    .name("sni", certificate.asked_name.clone().unwrap_or_else(|| "NAME".to_owned()));
    if let Some((id, _)) = clock {
        found = found.against(id);
    }
    Some(found)
}
