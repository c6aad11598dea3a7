//! The TLS handshake, and what it showed.
//!
//! The handshake itself accepts any certificate and checks only that the peer holds its key. The chain and
//! the name are judged straight afterwards, before a single byte is sent. So the certificate's facts are
//! known also where it is refused, and one client configuration serves all requests.

use super::fault;
use super::identity::Identity;
use super::types::{During, NetFault, Request, Sni, TlsFacts, TlsVerify};
use app::model::{At, FaultKind, Origin};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// Names of a certificate that are kept.
const MAX_NAMES: usize = 100;
/// Characters of a peer's text that are kept.
const MAX_TEXT: usize = 300;

#[derive(Debug)]
struct JudgedLater(Arc<CryptoProvider>);

impl ServerCertVerifier for JudgedLater {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// Which protocols a handshake names (ALPN).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offers {
    /// HTTP/1.1 alone.
    Http1,
    /// What a browser offers: a peer that knows no HTTP/2 takes the other one, and nobody's handshake fails.
    Both,
    /// None: for whatever speaks inside TLS.
    Nothing,
}

/// Configurations that were needed so far, by what is offered and by whether the name is sent.
pub(super) type Configs = [[OnceLock<Arc<ClientConfig>>; 2]; 3];

/// None yet.
pub(super) const fn no_configs() -> Configs {
    [const { [const { OnceLock::new() }; 2] }; 3]
}

/// The configuration of a request: one for all that are alike, so that none is made for a handshake. Sessions are not
/// resumed: each attempt shall see the certificate that the peer shows now.
fn config(request: &Request, offers: Offers) -> Result<Arc<ClientConfig>, NetFault> {
    static CONFIGS: Configs = no_configs();
    let send_name = request.sni != Sni::None;
    let configs = request.identity.as_ref().map_or(&CONFIGS, Identity::configs);
    let slot = &configs[offers as usize][usize::from(send_name)];
    if let Some(config) = slot.get() {
        return Ok(Arc::clone(config));
    }
    let mut config = fresh_config(send_name).map_err(|_| here("TLS cannot be set up"))?;
    match offers {
        Offers::Http1 => {}
        Offers::Both => config.alpn_protocols.insert(0, b"h2".to_vec()),
        Offers::Nothing => config.alpn_protocols.clear(),
    }
    if let Some(identity) = &request.identity {
        config.client_auth_cert_resolver = identity.resolver();
    }
    Ok(Arc::clone(slot.get_or_init(|| Arc::new(config))))
}

fn fresh_config(send_name: bool) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(JudgedLater(provider())))
        .with_no_client_auth();
    config.enable_sni = send_name;
    config.resumption = rustls::client::Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A configuration of its own for one handshake, whose resolver notes that a certificate was asked for.
pub(super) fn looking(request: &Request, asked: Arc<dyn ResolvesClientCert>) -> Result<Arc<ClientConfig>, NetFault> {
    let mut config = fresh_config(request.sni != Sni::None).map_err(|_| here("TLS cannot be set up"))?;
    config.client_auth_cert_resolver = asked;
    Ok(Arc::new(config))
}

/// The handshake did not end in time.
pub(super) fn too_slow(limit: Duration) -> NetFault {
    let detail = format!("no end of the TLS handshake within {} ms", limit.as_millis());
    NetFault::new(FaultKind::ReadTimeout, Origin::Edge, During::Tls, detail)
}

/// A short hash of a certificate, to tell two apart.
pub(super) fn hash(certificate: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(certificate).iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn verifier(tls: &TlsVerify) -> Result<Option<Arc<WebPkiServerVerifier>>, NetFault> {
    static SYSTEM: OnceLock<Arc<WebPkiServerVerifier>> = OnceLock::new();
    let build = |roots: &mut dyn Iterator<Item = CertificateDer<'static>>| {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots);
        WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider())
            .build()
            .map_err(|_| here("there are no trusted roots to judge a certificate by"))
    };
    match tls {
        TlsVerify::ReadOnly => Ok(None),
        TlsVerify::Roots(roots) => build(&mut roots.iter().cloned()).map(Some),
        TlsVerify::System => {
            if let Some(known) = SYSTEM.get() {
                return Ok(Some(Arc::clone(known)));
            }
            let system = build(&mut rustls_native_certs::load_native_certs().certs.into_iter())?;
            Ok(Some(Arc::clone(SYSTEM.get_or_init(|| system))))
        }
    }
}

fn here(detail: &str) -> NetFault {
    NetFault::new(FaultKind::Internal, Origin::Here, During::Tls, detail)
}

/// Shakes hands and judges the certificate.
pub(super) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    request: &Request,
    limit: Duration,
    facts: &mut Option<TlsFacts>,
) -> Result<TlsStream<S>, NetFault> {
    let (verifier, name) = (verifier(&request.tls)?, server_name(request)?);
    judged(stream, config(request, Offers::Http1)?, name, verifier, limit, facts).await
}

/// As [`handshake`], offering HTTP/2 before HTTP/1.1.
pub(super) async fn handshake_either<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    request: &Request,
    limit: Duration,
    facts: &mut Option<TlsFacts>,
) -> Result<TlsStream<S>, NetFault> {
    let (verifier, name) = (verifier(&request.tls)?, server_name(request)?);
    judged(stream, config(request, Offers::Both)?, name, verifier, limit, facts).await
}

/// As [`handshake`], without naming a protocol: for whatever speaks inside TLS.
pub(super) async fn handshake_bare<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    request: &Request,
    limit: Duration,
    facts: &mut Option<TlsFacts>,
) -> Result<TlsStream<S>, NetFault> {
    let (verifier, name) = (verifier(&request.tls)?, server_name(request)?);
    judged(stream, config(request, Offers::Nothing)?, name, verifier, limit, facts).await
}

async fn judged<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    verifier: Option<Arc<WebPkiServerVerifier>>,
    limit: Duration,
    facts: &mut Option<TlsFacts>,
) -> Result<TlsStream<S>, NetFault> {
    let connecting = TlsConnector::from(config).connect(name.clone(), stream);
    let stream = tokio::time::timeout(limit, connecting)
        .await
        .map_err(|_| too_slow(limit))?
        .map_err(|error| fault::of_stream(&error, During::Tls))?;
    let connection = stream.get_ref().1;
    *facts = facts_of(connection);
    if let Some(verifier) = verifier {
        judge(&verifier, connection, &name)?;
    }
    Ok(stream)
}

pub(super) fn server_name(request: &Request) -> Result<ServerName<'static>, NetFault> {
    let host = match &request.sni {
        Sni::Name(name) => name.clone(),
        Sni::FromHost | Sni::None => {
            let host = request.host_header();
            let without_port = match host.rfind(':') {
                Some(colon) if !host[colon..].contains(']') => &host[..colon],
                _ => &host,
            };
            without_port.trim_start_matches('[').trim_end_matches(']').to_owned()
        }
    };
    let name = host.strip_suffix('.').unwrap_or(&host).to_owned();
    ServerName::try_from(name).map_err(|_| here("the host is no name that TLS can ask for"))
}

fn judge(
    verifier: &WebPkiServerVerifier,
    connection: &ClientConnection,
    name: &ServerName<'_>,
) -> Result<(), NetFault> {
    let chain = connection.peer_certificates().unwrap_or_default();
    let (leaf, intermediates) = chain.split_first().ok_or_else(|| here("the peer showed no certificate"))?;
    let now = u64::try_from(crate::clock::now().0 / 1_000).unwrap_or(0);
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
    match verifier.verify_server_cert(leaf, intermediates, name, &[], now) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InvalidCertificate(error)) => Err(fault::of_certificate(&error)),
        Err(_) => Err(fault::of_certificate(&rustls::CertificateError::BadEncoding)),
    }
}

pub(super) fn facts_of(connection: &ClientConnection) -> Option<TlsFacts> {
    let chain = connection.peer_certificates()?;
    let (_, leaf) = X509Certificate::from_der(chain.first()?).ok()?;
    let names = leaf.subject_alternative_name().ok().flatten();
    let names = names.iter().flat_map(|names| &names.value.general_names).filter_map(name_of).take(MAX_NAMES);
    Some(TlsFacts {
        protocol: connection.protocol_version()?.as_str().unwrap_or("unknown").replace("TLSv1_", "TLSv1."),
        cipher: connection.negotiated_cipher_suite()?.suite().as_str().unwrap_or("unknown").to_owned(),
        alpn: connection.alpn_protocol().map(|name| plain(&String::from_utf8_lossy(name))),
        subject: plain(&leaf.subject().to_string()),
        issuer: plain(&leaf.issuer().to_string()),
        not_before: At(leaf.validity().not_before.timestamp().saturating_mul(1_000)),
        not_after: At(leaf.validity().not_after.timestamp().saturating_mul(1_000)),
        names: names.collect(),
        chain: chain.len(),
    })
}

fn name_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(plain(name)),
        GeneralName::IPAddress(bytes) => match *bytes {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            bytes => <[u8; 16]>::try_from(bytes).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
        },
        _ => None,
    }
}

/// A peer's text without control characters and of bounded length.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(MAX_TEXT).collect()
}
