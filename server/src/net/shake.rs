//! One whole TLS handshake, looked at closely: the chain, whether a certificate was asked of us, and what came after.
//!
//! Trust, dates and name are judged apart from each other, because gateways check them apart from each other, and each
//! by its own rules.

use super::fault;
use super::open::{self, Connection, within};
use super::tls;
use super::types::{NetFault, Request, TlsFacts};
use crate::netguard::Netguard;
use rustls::RootCertStore;
use rustls::client::{ResolvesClientCert, verify_server_cert_signed_by_trust_anchor};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, SignatureScheme};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// What a handshake showed.
#[derive(Debug, Clone, Default)]
pub struct Shaken {
    /// Version, cipher, the leaf's facts.
    pub facts: Option<TlsFacts>,
    /// The certificates that the peer sent.
    pub chain: Vec<CertificateDer<'static>>,
    /// Whether it asked for a certificate.
    pub wants_certificate: bool,
    /// Whether it answered the request that followed with a byte.
    pub answered: bool,
    /// The alert that ended it, in the handshake or after it.
    pub alert: Option<u8>,
    /// Why the handshake, or what followed, failed.
    pub fault: Option<NetFault>,
}

/// Whether a chain leads to a trusted authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// It does.
    Trusted,
    /// It does not: no trusted authority signed it.
    Untrusted {
        /// The leaf is signed by itself.
        self_signed: bool,
        /// The peer sent nothing but the leaf.
        alone: bool,
    },
    /// It cannot be told here.
    CannotTell(String),
}

/// Notes that it was asked, and has nothing to show.
#[derive(Debug, Default)]
struct Asked(AtomicBool);

impl ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Shakes hands, sends the request, and waits for a first byte or an alert.
pub async fn shake(guard: &Netguard, request: &Request) -> Shaken {
    let deadline = Instant::now() + request.limits.total;
    match open::open_only(guard, request, deadline).await {
        Ok(Connection::Tcp(stream)) => over(stream, request, deadline).await,
        Ok(Connection::Unix(stream)) => over(stream, request, deadline).await,
        Err(fault) => Shaken { fault: Some(fault), ..Shaken::default() },
    }
}

async fn over<S: AsyncRead + AsyncWrite + Unpin>(stream: S, request: &Request, deadline: Instant) -> Shaken {
    let mut shaken = Shaken::default();
    let asked = Arc::new(Asked::default());
    let (config, name) = match (tls::looking(request, Arc::clone(&asked) as _), tls::server_name(request)) {
        (Ok(config), Ok(name)) => (config, name),
        (Err(fault), _) | (_, Err(fault)) => {
            shaken.fault = Some(fault);
            return shaken;
        }
    };
    let connecting = TlsConnector::from(config).connect(name, stream);
    let connected = timeout(within(request.limits.tls, deadline), connecting).await;
    shaken.wants_certificate = asked.0.load(Ordering::Relaxed);
    let mut stream = match connected {
        Err(_) => {
            shaken.fault = Some(tls::too_slow(request.limits.tls));
            return shaken;
        }
        Ok(Err(error)) => {
            shaken.failed(&error, super::During::Tls);
            return shaken;
        }
        Ok(Ok(stream)) => stream,
    };
    shaken.facts = tls::facts_of(stream.get_ref().1);
    shaken.chain =
        stream.get_ref().1.peer_certificates().unwrap_or_default().iter().map(|c| c.clone().into_owned()).collect();
    let words = request.head();
    let answer = async {
        stream.write_all(&words).await?;
        stream.flush().await?;
        stream.read_u8().await
    };
    match timeout(within(request.limits.first_byte, deadline), answer).await {
        Ok(Ok(_)) => shaken.answered = true,
        Ok(Err(error)) => shaken.failed(&error, super::During::Wait),
        Err(_) => {}
    }
    shaken
}

impl Shaken {
    fn failed(&mut self, error: &std::io::Error, during: super::During) {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::AlertReceived(alert)) = inner {
            self.alert = Some(u8::from(*alert));
        }
        self.fault = Some(fault::of_stream(error, during));
    }
}

/// The certificates in a PEM file.
pub fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok).take(1000).collect()
}

/// The system's own authorities.
pub fn system_roots() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// Whether the chain leads to one of these authorities, whatever its dates and its name.
pub fn trust(chain: &[CertificateDer<'_>], roots: &[CertificateDer<'_>]) -> Trust {
    let Some((leaf, intermediates)) = chain.split_first() else {
        return Trust::CannotTell("the peer showed no certificate".to_owned());
    };
    if roots.is_empty() {
        return Trust::CannotTell("no trusted authority could be read".to_owned());
    }
    let Ok((_, parsed)) = X509Certificate::from_der(leaf) else {
        return Trust::CannotTell("the certificate cannot be read".to_owned());
    };
    if roots.iter().any(|root| root.as_ref() == leaf.as_ref()) {
        return Trust::Trusted;
    }
    let self_signed = parsed.subject() == parsed.issuer();
    let untrusted = Trust::Untrusted { self_signed, alone: intermediates.is_empty() };
    if self_signed {
        // It is not among the roots, so nothing else can vouch for it.
        return untrusted;
    }
    let (Ok(certificate), Some(now)) = (ParsedCertificate::try_from(leaf), within_validity(&parsed)) else {
        return Trust::CannotTell("the certificate cannot be read".to_owned());
    };
    let mut store = RootCertStore::empty();
    let (_, ignored) = store.add_parsable_certificates(roots.iter().map(|root| root.clone().into_owned()));
    let algorithms = tls::provider().signature_verification_algorithms;
    match verify_server_cert_signed_by_trust_anchor(&certificate, &store, intermediates, now, algorithms.all) {
        Ok(()) => Trust::Trusted,
        Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature))
            if ignored == 0 =>
        {
            untrusted
        }
        Err(_) => Trust::CannotTell("the chain uses something that is not judged here".to_owned()),
    }
}

/// A moment at which the leaf is valid, so that dates do not hide who signed it; now, if it is.
fn within_validity(leaf: &X509Certificate<'_>) -> Option<UnixTime> {
    let (first, last) = (leaf.validity().not_before.timestamp(), leaf.validity().not_after.timestamp());
    let now = (crate::clock::now().0 / 1_000).clamp(first.saturating_add(1), last.saturating_sub(1).max(first));
    Some(UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now).ok()?)))
}

/// Whose rules decide whether a certificate is for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameRules {
    /// `OpenSSL`'s `X509_check_host`, as nginx asks it: DNS names, else the common name; addresses never match.
    OpenSsl,
    /// httpd's: DNS names and the common name.
    Httpd,
    /// Go's and rustls': DNS names and addresses, the common name never.
    Strict,
}

/// Whether the leaf is for this name; `None` where it cannot be read.
pub fn is_for(leaf: &CertificateDer<'_>, name: &str, rules: NameRules) -> Option<bool> {
    let (_, leaf) = X509Certificate::from_der(leaf).ok()?;
    let names = leaf.subject_alternative_name().ok()?;
    let names: Vec<&GeneralName<'_>> = names.iter().flat_map(|names| &names.value.general_names).collect();
    let dns: Vec<&str> = names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(*name),
            _ => None,
        })
        .collect();
    let common = leaf.subject().iter_common_name().filter_map(|name| name.as_str().ok()).last();
    let by_dns = dns.iter().any(|pattern| fits(pattern, name));
    let by_common = common.is_some_and(|pattern| fits(pattern, name));
    Some(match rules {
        NameRules::OpenSsl => by_dns || (dns.is_empty() && by_common),
        NameRules::Httpd => by_dns || by_common,
        NameRules::Strict => match name.parse::<std::net::IpAddr>() {
            Ok(address) => {
                names.iter().any(|name| matches!(name, GeneralName::IPAddress(bytes) if same(bytes, address)))
            }
            Err(_) => by_dns,
        },
    })
}

fn same(bytes: &[u8], address: std::net::IpAddr) -> bool {
    match address {
        std::net::IpAddr::V4(address) => address.octets() == bytes,
        std::net::IpAddr::V6(address) => address.octets() == bytes,
    }
}

/// A name, or `*.` and the rest of one.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.trim_end_matches('.'), name.trim_end_matches('.'));
    if pattern.eq_ignore_ascii_case(name) {
        return true;
    }
    let (Some(rest), Some((first, of_name))) = (pattern.strip_prefix("*."), name.split_once('.')) else {
        return false;
    };
    !first.is_empty() && rest.contains('.') && rest.eq_ignore_ascii_case(of_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

    fn authority(name: &str) -> (CertificateDer<'static>, Issuer<'static, KeyPair>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        (certificate, Issuer::new(params, key))
    }

    fn leaf(names: &[&str], common: &str, ended: bool) -> (CertificateParams, KeyPair) {
        let mut params = CertificateParams::new(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common);
        if ended {
            (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
        }
        (params, KeyPair::generate().unwrap())
    }

    #[test]
    fn trust_is_apart_from_dates() {
        let (root, issuer) = authority("One");
        let (other, _) = authority("One");
        for ended in [false, true] {
            let (params, key) = leaf(&["app.internal"], "app", ended);
            let certificate = params.signed_by(&key, &issuer).unwrap().der().clone();
            assert_eq!(trust(std::slice::from_ref(&certificate), std::slice::from_ref(&root)), Trust::Trusted);
            // An authority of the same name with another key is another authority.
            let foreign = trust(std::slice::from_ref(&certificate), std::slice::from_ref(&other));
            assert_eq!(foreign, Trust::Untrusted { self_signed: false, alone: true });
        }
        let (params, key) = leaf(&["app.internal"], "app", false);
        let own = params.self_signed(&key).unwrap().der().clone();
        let alone = trust(std::slice::from_ref(&own), std::slice::from_ref(&root));
        assert_eq!(alone, Trust::Untrusted { self_signed: true, alone: true });
        assert_eq!(trust(std::slice::from_ref(&own), std::slice::from_ref(&own)), Trust::Trusted);
        assert!(matches!(trust(&[own], &[]), Trust::CannotTell(_)));
    }

    #[test]
    fn each_gateway_reads_names_by_its_own_rules() {
        let made = |names: &[&str], common: &str| {
            let (params, key) = leaf(names, common, false);
            params.self_signed(&key).unwrap().der().clone()
        };
        let with_names = made(&["a.example", "*.b.example", "127.0.0.1"], "common.example");
        let without = made(&[], "common.example");
        for (certificate, name, openssl, httpd, strict) in [
            (&with_names, "a.example", true, true, true),
            (&with_names, "A.Example.", true, true, true),
            (&with_names, "x.b.example", true, true, true),
            (&with_names, "x.y.b.example", false, false, false),
            (&with_names, "b.example", false, false, false),
            (&with_names, "common.example", false, true, false),
            (&with_names, "127.0.0.1", false, false, true),
            (&without, "common.example", true, true, false),
        ] {
            assert_eq!(is_for(certificate, name, NameRules::OpenSsl), Some(openssl), "openssl {name}");
            assert_eq!(is_for(certificate, name, NameRules::Httpd), Some(httpd), "httpd {name}");
            assert_eq!(is_for(certificate, name, NameRules::Strict), Some(strict), "strict {name}");
        }
    }
}
