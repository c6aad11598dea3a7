//! The gateway's clock is wrong.

use crate::diagnose::infer::Case;
use crate::diagnose::rule::{Cause, Match, Rule};
use app::model::fact::logs::Meaning;
use app::model::{CauseText, Family, FixText, Step};

/// The register's entry.
pub(super) const CAUSE: Cause = Cause {
    text: CauseText {
        id: "tls-clock-skew",
        title: "The clock of the gateway's host is wrong, so that a good certificate seems out of date",
        family: Family::Code,
        step: Step::Upstream,
        explanation: "A certificate is good from one moment to another. If the clock of the gateway's host is behind or ahead, a good certificate seems not yet valid, or expired. The certificate needs no change; the clock does.",
        evidence: &[
            "The certificate is out of date by this host's clock, but valid by the upstream's own clock (its Date header).",
            "`timedatectl` says that the clock is not synchronised.",
        ],
        contradictions: &["The upstream's clock agrees with this host's: then the certificate itself is out of date."],
        look_alikes: &["tls-cert-expired", "tls-cert-not-yet-valid"],
        fixes: &[FixText {
            applies_to: "any",
            title: "Set the clock and keep it synchronised",
            command: "sudo timedatectl set-ntp true && sleep 5; timedatectl",
            verify: "timedatectl show -p NTPSynchronized --value",
        }],
        references: &["https://www.freedesktop.org/software/systemd/man/latest/timedatectl.html"],
    },
    testimony: &[
        Meaning::CertificateNotYetValid,
        Meaning::CertificateExpired,
        Meaning::CertificateRefused,
        Meaning::TlsFailed,
    ],
    absorbs: &[],
    rule: Rule::Target(rule),
};

fn rule(case: &Case<'_>, target: &str) -> Option<Match> {
    let (id, certificate) = case.certificate(target)?;
    if (certificate.expired_for_s <= 0 && certificate.valid_in_s <= 0) || !case.suffers() {
        return None;
    }
    let clocks = case.other_clocks(certificate)?;
    Some(
        Match::new(format!(
            "By {}'s clock, which differs by {} s, the certificate of {target} is valid",
            clocks.told_by,
            clocks.ahead_s.abs()
        ))
        .because(id)
        .because_all(clocks.facts.iter().copied())
        .confirmed_if(clocks.agree())
        .open_unless(
            false,
            "tls-cert-expired",
            "Clocks differ: which is right? `timedatectl`, and `date -u` on all hosts.",
        ),
    )
}
