//! No cipher in common.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::fact::wire::{TlsEnd, TlsTrial};
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-cipher-mismatch",
        title: "Gateway and upstream have no TLS cipher in common",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "Both speak the same TLS version, but the upstream takes none of the ciphers that the gateway offers: a list that was narrowed on one side (proxy_ssl_ciphers, a hardening guide), or a certificate of a kind (ECDSA, RSA) for which the list has nothing.",
        evidence: &[
            "The gateway logs a handshake failure (alert 40).",
            "With all ciphers offered the server chooses one that is not in the gateway's list; with the gateway's own list it refuses.",
        ],
        contradictions: &[
            "The server takes one of the gateway's ciphers.",
            "It asks for a client certificate: alert 40 means that too, in TLS 1.2.",
        ],
        look_alikes: &["tls-protocol-mismatch", "tls-client-cert-required", "tls-sni-missing"],
        fixes: &[
            FixText {
                applies_to: "nginx",
                title: "Take the list away, or add what the server speaks ({place})",
                command: "proxy_ssl_ciphers DEFAULT;\nsudo nginx -t && sudo nginx -s reload",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "httpd",
                title: "Take the list away, or add what the server speaks",
                command: "SSLProxyCipherSuite DEFAULT\nsudo apachectl configtest && sudo systemctl reload apache2",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "haproxy",
                title: "Take the list away, or add what the server speaks",
                command: "# remove `ciphers` from the server line and ssl-default-server-ciphers",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
            FixText {
                applies_to: "any",
                title: "See what the server takes",
                command: "nmap --script ssl-enum-ciphers -p {port} {ip}   # or: openssl s_client -connect {target} -tls1_2 </dev/null | grep Cipher",
                verify: "curl -sS -o /dev/null -w '%{http_code}\\n' {url}",
            },
        ],
        references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_ciphers"],
    },
    testimony: &[Meaning::TlsFailed, Meaning::TlsRefused, Meaning::TlsClosed, Meaning::ClosedEarly, Meaning::Reset],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    if !case.speaks(&["https", "grpcs", "suwsgi"]) || !case.suffers() {
        return None;
    }
    let (own_id, own) = case.trials(target).find(|(_, t)| t.offered.starts_with("as the gateway"))?;
    let refused =
        matches!(own.end, TlsEnd::Alert | TlsEnd::Closed | TlsEnd::Reset) && !matches!(own.alert, Some(70 | 112));
    let within = |t: &TlsTrial| t.offered.as_str() >= own.least.as_str() && t.offered.as_str() <= own.most.as_str();
    let (id, all) = case.trials(target).find(|(_, t)| {
        matches!(t.offered.as_str(), "1.0" | "1.1" | "1.2" | "1.3")
            && t.sni == own.sni
            && within(t)
            && t.end == TlsEnd::Chosen
    })?;
    let cipher = all.cipher?;
    if !refused || own.ciphers.is_empty() || own.ciphers.contains(&cipher) {
        return None;
    }
    let asks = case.trials(target).any(|(_, t)| t.wants_certificate == Some(true));
    Some(
        Match::new(format!(
            "{target} takes none of the gateway's ciphers; with all offered it chooses number {cipher:#06x}"
        ))
        .because_all([own_id, id])
        .because_all(case.route.map(|(id, _)| id))
        .confirmed_if(!own.offered.contains("roughly"))
        .open_unless(
            !asks,
            "tls-client-cert-required",
            "It asks for a client certificate as well: give the gateway one first.",
        ),
    )
}
