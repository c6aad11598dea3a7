//! Our own certificate, before a server that wants one.

use super::*;
use crate::net::Identity;
use crate::probe::Version;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// A server that wants a certificate of its own authority, with that authority and an identity that it knows.
async fn demanding() -> (SocketAddr, CertificateDer<'static>, Identity, JoinSet<()>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Test authority");
    let root = params.self_signed(&key).unwrap().der().clone();
    let issuer = Issuer::new(params, key);
    let signed = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        (leaf, key)
    };
    let (own, own_key) = signed("probe.test");
    let identity = Identity::read(&own.pem(), &own_key.serialize_pem()).unwrap();
    let (site, site_key) = signed("127.0.0.1");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
    let site_key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(site_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![site.der().clone()], site_key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            drop(stream.read(&mut [0; 4096]).await);
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await);
            drop(stream.shutdown().await);
        }
    });
    (address, root, identity, tasks)
}

#[tokio::test]
async fn a_certificate_of_ours_opens_what_is_shut_without_it() {
    let (address, root, identity, _tasks) = demanding().await;
    for version in [Version::One, Version::Either] {
        let target = HttpAsk { version, ..HttpAsk::get(format!("https://{address}/").parse().unwrap()) };
        let mut one = check(Target::Http(Box::new(target)), Expect::http());
        one.authorities = vec![root.clone()];
        let refused = probe(&one).await.sample;
        let fault = refused.fault.unwrap();
        // Its alert may be overtaken by the reset of a connection that still holds our request.
        let kinds = [FaultKind::TlsHandshake, FaultKind::Reset, FaultKind::ClosedEarly];
        assert!(refused.class == Class::Down && kinds.contains(&fault.kind), "{fault:?}");
        one.identity = Some(identity.clone());
        let taken = probe(&one).await.sample;
        assert_eq!((taken.class, taken.fault), (Class::Up, None));
    }
}
