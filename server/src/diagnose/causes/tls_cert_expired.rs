//! The upstream's certificate has expired, and the gateway verifies it.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-cert-expired",
        title: "The upstream's certificate has expired",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "The gateway speaks TLS to the upstream and verifies its certificate. The certificate's last day \
            is over, so the gateway ends the handshake and answers with an error. Visitors see a 502 although the \
            gateway's own certificate is fine.",
        evidence: &[
            "The gateway logs a certificate verify error (10: certificate has expired).",
            "The certificate that the upstream shows ended in the past, and the gateway is set to verify it.",
        ],
        contradictions: &[
            "The gateway does not verify upstream certificates: then an expired one does no harm.",
            "The clock of the gateway's host is wrong.",
        ],
        look_alikes: &["tls-clock-skew", "tls-cert-not-yet-valid", "tls-untrusted-ca", "tls-cert-name-mismatch"],
        fixes: &[
            FixText {
                applies_to: "any",
                title: "Renew the certificate on the upstream (it ended {not_after}), and let the server load it",
                command: "sudo certbot renew --force-renewal && sudo systemctl reload {app}.service   # or issue it again from your own authority",
                verify: "openssl s_client -connect {target} -servername {sni} </dev/null 2>/dev/null | openssl x509 -noout -enddate",
            },
            FixText {
                applies_to: "any",
                title: "See that it is not the clock of this host",
                command: "date -u; timedatectl",
                verify: "timedatectl show -p NTPSynchronized",
            },
            FixText {
                applies_to: "caddy",
                title: "Until it is renewed, and only on a network that you trust: do not verify",
                command: "transport http { tls_insecure_skip_verify }   # within reverse_proxy ({place})\ncaddy validate --config {config} --adapter caddyfile && sudo systemctl reload caddy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "traefik",
                title: "Until it is renewed, and only on a network that you trust: do not verify",
                command: "http.serversTransports.NAME.insecureSkipVerify: true\n# the file provider loads it by itself (watch: true), else: sudo systemctl restart traefik",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "envoy",
                title: "Until it is renewed, and only on a network that you trust: do not verify",
                command: "# remove validation_context of the cluster's TLS context ({place})\nenvoy --mode validate -c {config} && sudo systemctl restart envoy",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Until the certificate is renewed: encrypt without verifying it, and take that back afterwards",
                command: "server … ssl verify none   # at {place}; then: sudo haproxy -c -f {config} && sudo systemctl reload haproxy",
                verify: "curl -sS -o /dev/null -w '%{http_code} %{time_total}\\n' {url}",
            },
        ],
        references: &[
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify",
            "https://eff-certbot.readthedocs.io/en/stable/using.html#renewing-certificates",
        ],
    },
    testimony: &[Meaning::CertificateExpired, Meaning::CertificateRefused, Meaning::TlsFailed],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, certificate) = case.certificate(target)?;
    let speaks_tls =
        case.route.is_some_and(|(_, route)| matches!(route.protocol.as_str(), "https" | "grpcs" | "suwsgi"));
    // A gateway may mind the time alone, whoever issued the certificate (httpd's SSLProxyCheckPeerExpire).
    let minds = case.route.and_then(|(_, route)| route.verifies_time).or(certificate.gateway_verifies);
    if certificate.expired_for_s <= 0 || minds == Some(false) || !speaks_tls {
        return None;
    }
    let said: Vec<_> = case.lines(Meaning::CertificateExpired, target).map(|(id, _)| id).collect();
    let clock = case
        .directs(target, true)
        .chain(case.directs(target, false))
        .filter_map(|(id, d)| d.clock_ahead_s.map(|ahead| (id, ahead)))
        .find(|(_, ahead)| *ahead < -300);
    // Several other hosts agree that it is this host's clock which is wrong.
    let outvoted = case.other_clocks(certificate).is_some_and(|clocks| clocks.agree());
    let mut found = Match::new(format!(
        "The certificate of {target} ({}) expired on {}, and the gateway verifies it",
        certificate.subject, certificate.not_after
    ))
    .because_all(said)
    .because(id)
    .because_all(case.route.map(|(id, _)| id))
    .confirmed_if(minds == Some(true) && !outvoted)
    .open_unless(
        clock.is_none(),
        "tls-clock-skew",
        "The upstream's clock is behind this host's by more than five minutes: which is right? `date -u` on both.",
    )
    .finer("That this host's clock is right: `date -u`, `timedatectl`.")
    .name("not_after", certificate.not_after.clone())
    .name("sni", certificate.asked_name.clone().unwrap_or_else(|| "NAME".to_owned()));
    if let Some((id, _)) = clock {
        found = found.against(id);
    }
    Some(found)
}
