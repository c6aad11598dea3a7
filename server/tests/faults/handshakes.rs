//! Upstreams that speak TLS, each in a way that the gateway cannot follow, and some that only look like it.

use super::gateway::{Gateway, Site, open_folder};
use super::outcome::{Expected, cause, diagnose, no_cause, proven, strength};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{CipherSuite, RootCertStore, ServerConfig, SupportedProtocolVersion};
use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

static ONLY_12: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS12];
static ONLY_13: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS13];

type Outcome = Result<(), Box<dyn Error>>;

/// An authority, its certificate in a file that nginx can read.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Result<Self, Box<dyn Error>> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Test authority");
        let certificate = params.self_signed(&key)?;
        let folder = tempfile::tempdir()?;
        open_folder(folder.path());
        fs::write(folder.path().join("authority.pem"), certificate.pem())?;
        Ok(Self { certificate: certificate.der().clone(), issuer: Issuer::new(params, key), folder })
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A certificate for these names.
    fn leaf(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Result<Leaf, Box<dyn Error>> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "app");
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer)?.der().clone();
        Ok(Leaf { certificate, key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())) })
    }
}

struct Leaf {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

/// How the server differs from an ordinary one.
#[derive(Default)]
struct Shape {
    versions: Option<&'static [&'static SupportedProtocolVersion]>,
    cipher: Option<CipherSuite>,
    clients: Option<CertificateDer<'static>>,
    only_for: Option<&'static str>,
}

#[derive(Debug)]
struct OnlyFor(&'static str, Arc<CertifiedKey>);

impl ResolvesServerCert for OnlyFor {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        (hello.server_name() == Some(self.0)).then(|| Arc::clone(&self.1))
    }
}

fn config(leaf: &Leaf, shape: &Shape) -> Result<ServerConfig, Box<dyn Error>> {
    let mut provider = rustls::crypto::ring::default_provider();
    if let Some(cipher) = shape.cipher {
        provider.cipher_suites.retain(|suite| suite.suite() == cipher);
    }
    let provider = Arc::new(provider);
    let versions = shape.versions.unwrap_or(rustls::ALL_VERSIONS);
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions)?;
    let builder = match &shape.clients {
        Some(root) => {
            let mut roots = RootCertStore::empty();
            roots.add(root.clone())?;
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
            builder.with_client_cert_verifier(verifier)
        }
        None => builder.with_no_client_auth(),
    };
    let chain = vec![leaf.certificate.clone()];
    Ok(match shape.only_for {
        Some(name) => {
            let key = provider.key_provider.load_private_key(leaf.key.clone_key())?;
            builder.with_cert_resolver(Arc::new(OnlyFor(name, Arc::new(CertifiedKey::new(chain, key)))))
        }
        None => builder.with_single_cert(chain, leaf.key.clone_key())?,
    })
}

/// A server that answers 200 over TLS; it ends when dropped.
struct Server {
    address: String,
    stop: Arc<AtomicBool>,
}

impl Server {
    fn start(leaf: &Leaf, shape: &Shape) -> Result<Self, Box<dyn Error>> {
        let config = Arc::new(config(leaf, shape)?);
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let config = Arc::clone(&config);
                std::thread::spawn(move || answer(stream, config));
            }
        });
        Ok(Self { address, stop })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(&self.address));
    }
}

fn answer(stream: TcpStream, config: Arc<ServerConfig>) {
    let Ok(connection) = rustls::ServerConnection::new(config) else { return };
    let mut tls = rustls::StreamOwned::new(connection, stream);
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !seen.windows(4).any(|window| window == b"\r\n\r\n") {
        match tls.read(&mut buffer) {
            Ok(count) if count > 0 => seen.extend_from_slice(&buffer[..count]),
            _ => return,
        }
    }
    drop(tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"));
    tls.conn.send_close_notify();
    drop(tls.flush());
}

/// nginx before it, with these further directives.
fn judged(server: &Server, directives: &str, expected: Expected, proven: bool) {
    let location = format!("proxy_pass https://{}; {directives}", server.address);
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], expected);
    if proven {
        assert_eq!(strength(&run), "proven", "{}", run["verdict"]);
    }
}

fn verified(authority: &Authority) -> String {
    format!(
        "proxy_ssl_verify on; proxy_ssl_trusted_certificate {}; proxy_ssl_name app.internal; proxy_ssl_server_name on;",
        authority.file().display()
    )
}

#[test]
fn signed_by_somebody_else() -> Outcome {
    let (known, unknown) = (Authority::new()?, Authority::new()?);
    let server = Server::start(&unknown.leaf(&["app.internal"], |_| ())?, &Shape::default())?;
    judged(&server, &verified(&known), cause("tls-untrusted-ca", "code", 6), true);
    // The same certificate does no harm where nobody verifies it.
    judged(&server, "", no_cause("healthy"), false);
    Ok(())
}

#[test]
fn for_another_name() -> Outcome {
    let authority = Authority::new()?;
    let server = Server::start(&authority.leaf(&["old-app.internal"], |_| ())?, &Shape::default())?;
    judged(&server, &verified(&authority), cause("tls-cert-name-mismatch", "code", 6), true);
    Ok(())
}

#[test]
fn for_a_wildcard_that_fits() -> Outcome {
    let authority = Authority::new()?;
    let server = Server::start(&authority.leaf(&["*.internal.test"], |_| ())?, &Shape::default())?;
    let directives = verified(&authority).replace("app.internal", "app.internal.test");
    judged(&server, &directives, no_cause("healthy"), false);
    Ok(())
}

#[test]
fn not_valid_yet() -> Outcome {
    let authority = Authority::new()?;
    let leaf = authority.leaf(&["app.internal"], |params| params.not_before = date_time_ymd(2090, 1, 1))?;
    let server = Server::start(&leaf, &Shape::default())?;
    judged(&server, &verified(&authority), cause("tls-cert-not-yet-valid", "code", 6), true);
    Ok(())
}

#[test]
fn no_name_is_sent() -> Outcome {
    let authority = Authority::new()?;
    let shape = Shape { only_for: Some("app.internal"), ..Shape::default() };
    let server = Server::start(&authority.leaf(&["app.internal"], |_| ())?, &shape)?;
    judged(&server, "proxy_ssl_name app.internal;", cause("tls-sni-missing", "code", 6), true);
    judged(&server, "proxy_ssl_name app.internal; proxy_ssl_server_name on;", no_cause("healthy"), false);
    Ok(())
}

#[test]
fn only_a_version_that_nginx_does_not_offer() -> Outcome {
    let authority = Authority::new()?;
    let shape = Shape { versions: Some(&ONLY_13), ..Shape::default() };
    let server = Server::start(&authority.leaf(&["app.internal"], |_| ())?, &shape)?;
    judged(&server, "proxy_ssl_protocols TLSv1.2;", cause("tls-protocol-mismatch", "code", 6), true);
    judged(&server, "proxy_ssl_protocols TLSv1.2 TLSv1.3;", no_cause("healthy"), false);
    Ok(())
}

#[test]
fn only_a_version_that_this_nginx_does_not_offer_by_default() -> Outcome {
    // Up to 1.23.3 nginx offers 1.2 at most unless it is told otherwise.
    let said = Command::new("nginx").arg("-v").output()?.stderr;
    let version = String::from_utf8_lossy(&said);
    let old = ["nginx/1.1", "nginx/1.20.", "nginx/1.21.", "nginx/1.22."].iter().any(|old| version.contains(old));
    let authority = Authority::new()?;
    let shape = Shape { versions: Some(&ONLY_13), ..Shape::default() };
    let server = Server::start(&authority.leaf(&["app.internal"], |_| ())?, &shape)?;
    let expected = if old { cause("tls-protocol-mismatch", "code", 6) } else { no_cause("healthy") };
    judged(&server, "", expected, old);
    Ok(())
}

#[test]
fn only_a_cipher_that_nginx_does_not_offer() -> Outcome {
    let authority = Authority::new()?;
    let shape = Shape {
        versions: Some(&ONLY_12),
        cipher: Some(CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
        ..Shape::default()
    };
    let server = Server::start(&authority.leaf(&["app.internal"], |_| ())?, &shape)?;
    let directives = "proxy_ssl_protocols TLSv1.2; proxy_ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;";
    judged(&server, directives, cause("tls-cipher-mismatch", "code", 6), true);
    Ok(())
}

#[test]
fn a_client_certificate_is_wanted() -> Outcome {
    let authority = Authority::new()?;
    for versions in [&ONLY_12, &ONLY_13] {
        let shape =
            Shape { versions: Some(versions), clients: Some(authority.certificate.clone()), ..Shape::default() };
        let server = Server::start(&authority.leaf(&["app.internal"], |_| ())?, &shape)?;
        judged(&server, "proxy_ssl_protocols TLSv1.2 TLSv1.3;", cause("tls-client-cert-required", "code", 6), true);
    }
    Ok(())
}

#[test]
fn plain_http_to_it() -> Outcome {
    let authority = Authority::new()?;
    let server = Server::start(&authority.leaf(&["app.internal"], |_| ())?, &Shape::default())?;
    let gateway = Gateway::forwarding(&format!("http://{}", server.address));
    let run = diagnose(None, &[&gateway.url()], cause("scheme-http-to-tls-port", "code", 6));
    proven(&run);
    Ok(())
}

#[test]
fn it_closes_each_handshake() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let stop = Arc::new(AtomicBool::new(false));
    let server = Server { address: address.clone(), stop: Arc::clone(&stop) };
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            drop(stream.read(&mut [0; 1024]));
        }
    });
    let location = format!("proxy_pass https://{address};");
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("tls-handshake-closed", "code", 6));
    assert_eq!(strength(&run), "strong");
    drop(server);
    Ok(())
}
