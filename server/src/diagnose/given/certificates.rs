//! Pasted output of `openssl s_client`: the certificate that a member shows.

use super::paste::About;
use crate::clock;
use app::model::FactKind;
use app::model::fact::asked::Certificate;
use app::model::{At, Step};
use base64::Engine as _;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The longest certificate that is read, in base64.
const MAX_PEM: usize = 64 * 1024;

/// `openssl s_client`, with the certificate itself or with its validity lines.
pub(super) fn s_client(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let is = text.lines().any(|line| line.starts_with("CONNECTED(") || line.trim() == "Certificate chain")
        || (text.contains("-----BEGIN CERTIFICATE-----") && text.contains("subject="));
    if !is {
        return None;
    }
    let Some(target) = target_of(text, about) else { return Some(Vec::new()) };
    let certificate = from_pem(text, about.until).or_else(|| from_lines(text, about.until));
    Some(
        certificate
            .into_iter()
            .map(|found| FactKind::Certificate(Certificate { target: target.clone(), ..found }))
            .collect(),
    )
}

/// Newer versions say where they connect to; else there may be only one member that it can be.
fn target_of(text: &str, about: &About) -> Option<String> {
    let named = text.lines().find_map(|line| line.strip_prefix("Connecting to "));
    let fits = |target: &&super::paste::Target| {
        named.is_none_or(|named| target.address.is_some_and(|address| address.ip().to_string() == named.trim()))
    };
    let mut fitting = about.targets.iter().filter(fits);
    let (first, more) = (fitting.next(), fitting.next());
    match (first, more) {
        (Some(target), None) => Some(target.key.clone()),
        // Pasted into another step than the upstream's it is the gateway's own certificate.
        _ if about.targets.is_empty() && about.step == Step::Upstream => None,
        _ => None,
    }
}

fn from_pem(text: &str, now: At) -> Option<Certificate> {
    let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    if body.len() > MAX_PEM {
        return None;
    }
    let body: String = body.split_whitespace().collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).ok()?;
    let (_, leaf) = X509Certificate::from_der(&der).ok()?;
    let names = leaf.subject_alternative_name().ok().flatten();
    let names = names.iter().flat_map(|names| &names.value.general_names).filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).chars().filter(|c| !c.is_control()).take(255).collect()),
        _ => None,
    });
    let names: Vec<String> = names.take(20).collect();
    let validity = leaf.validity();
    let (from, to) = (validity.not_before.timestamp(), validity.not_after.timestamp());
    Some(certificate(&leaf.subject().to_string(), &leaf.issuer().to_string(), names, (from, to), now))
}

/// `   v:NotBefore: Jan  1 00:00:00 2024 GMT; NotAfter: Jan  2 00:00:00 2024 GMT` of the first in the chain.
fn from_lines(text: &str, now: At) -> Option<Certificate> {
    let value =
        |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key)).map(str::trim).unwrap_or_default();
    let (from, to) = value("v:NotBefore: ").split_once("; NotAfter: ")?;
    let subject = if value("subject=").is_empty() { value("0 s:") } else { value("subject=") };
    let issuer = if value("issuer=").is_empty() { value("i:") } else { value("issuer=") };
    Some(certificate(subject, issuer, Vec::new(), (moment(from)?, moment(to)?), now))
}

/// `Jan  1 00:00:00 2024 GMT` in seconds since 1970.
fn moment(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [month, day, time, year, "GMT"] = words[..] else { return None };
    let parsed = jiff::civil::DateTime::strptime("%b %d %H:%M:%S %Y", format!("{month} {day} {time} {year}")).ok()?;
    parsed.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second())
}

fn certificate(subject: &str, issuer: &str, names: Vec<String>, (from, to): (i64, i64), now: At) -> Certificate {
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(300).collect::<String>();
    let date = |seconds: i64| clock::rfc3339(At(seconds.saturating_mul(1000)));
    let now = now.0 / 1000;
    Certificate {
        subject: plain(subject),
        issuer: plain(issuer),
        not_before: date(from),
        not_after: date(to),
        names,
        expired_for_s: now.saturating_sub(to),
        valid_in_s: from.saturating_sub(now),
        ..Certificate::default()
    }
}
