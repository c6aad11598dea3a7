//! An upstream that speaks TLS with a certificate whose time is over.

use super::gateway::{Gateway, Site, open_folder};
use super::outcome::{cause, diagnose, proven};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An authority, and a certificate of it that ended in 2020.
struct Expired {
    authority: String,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

fn expired() -> Result<Expired, rcgen::Error> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Test authority");
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(vec!["app.internal".to_owned()])?;
    leaf.not_before = date_time_ymd(2019, 1, 1);
    leaf.not_after = date_time_ymd(2020, 1, 1);
    let certificate = leaf.signed_by(&key, &issuer)?;
    Ok(Expired {
        authority: authority_certificate.pem(),
        certificate: certificate.der().clone(),
        key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
    })
}

/// Answers every connection over TLS; ends when the flag is set and one more connection comes.
fn serve(expired: &Expired, stop: Arc<AtomicBool>) -> Result<String, Box<dyn Error>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![expired.certificate.clone()], expired.key.clone_key())?;
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let config = Arc::clone(&config);
            std::thread::spawn(move || {
                let Ok(connection) = rustls::ServerConnection::new(config) else { return };
                let mut tls = rustls::StreamOwned::new(connection, stream);
                if tls.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
                    drop(tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"));
                    drop(tls.flush());
                }
            });
        }
    });
    Ok(address)
}

#[test]
fn the_certificate_has_expired() -> Result<(), Box<dyn Error>> {
    let expired = expired()?;
    let stop = Arc::new(AtomicBool::new(false));
    let address = serve(&expired, Arc::clone(&stop))?;
    let folder = tempfile::tempdir()?;
    open_folder(folder.path());
    let authority = folder.path().join("authority.pem");
    fs::write(&authority, &expired.authority)?;
    let location = format!(
        "proxy_pass https://{address}; proxy_ssl_verify on; proxy_ssl_trusted_certificate {}; proxy_ssl_name app.internal; proxy_ssl_server_name on;",
        authority.display()
    );
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: None });
    let run = diagnose(None, &[&gateway.url()], cause("tls-cert-expired", "code", 6));
    proven(&run);
    // The same upstream behind a gateway that does not verify is no fault at all.
    let careless = Gateway::forwarding(&format!("https://{address}"));
    diagnose(None, &[&careless.url()], super::outcome::no_cause("healthy"));
    stop.store(true, Ordering::Relaxed);
    drop(std::net::TcpStream::connect(&address));
    Ok(())
}
