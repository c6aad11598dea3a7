//! Peers that misbehave in TLS.

use super::*;
use crate::probe::Version;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

type Params = CertificateParams;

/// An authority that signs, and what it signs for the site.
struct Authority {
    root: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = Self::params("Hostile root");
        let root = params.self_signed(&key).unwrap().der().clone();
        Self { root, issuer: Issuer::new(params, key) }
    }

    fn params(name: &str) -> Params {
        let mut params = Params::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    /// A leaf for 127.0.0.1, changed.
    fn leaf(&self, change: impl FnOnce(&mut Params)) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let mut params = Params::new(vec!["127.0.0.1".to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        (vec![leaf], PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())))
    }

    /// A leaf whose intermediate is not sent.
    fn leaf_of_another(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let params = Self::params("Hostile intermediate");
        params.signed_by(&key, &self.issuer).unwrap();
        Self { root: self.root.clone(), issuer: Issuer::new(params, key) }.leaf(|_| {})
    }
}

/// What the server does once hands are shaken.
#[derive(Clone, Copy, PartialEq)]
enum After {
    Answer,
    NewKeys,
    /// Sends the probe elsewhere, in plain.
    Downgrade,
}

async fn serve(config: ServerConfig, after: After) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            drop(stream.read(&mut [0; 4096]).await);
            let reply = match after {
                After::Answer => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                After::Downgrade => "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
                After::NewKeys => {
                    while stream.get_mut().1.refresh_traffic_keys().is_ok() && stream.flush().await.is_ok() {}
                    continue;
                }
            };
            drop(stream.write_all(reply.as_bytes()).await);
            drop(stream.shutdown().await);
        }
    });
    (address, tasks)
}

fn config(chain: (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    // As it is: whether it holds together is what is asked.
    let key = builder.crypto_provider().key_provider.load_private_key(chain.1).unwrap();
    let certified = CertifiedKey::new(chain.0, key);
    builder.with_no_client_auth().with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
}

/// One that wants a certificate of ours.
fn demanding(authority: &Authority) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.root.clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let (chain, key) = authority.leaf(|_| {});
    builder.with_client_cert_verifier(verifier).with_single_cert(chain, key).unwrap()
}

fn scene(address: SocketAddr, root: Vec<CertificateDer<'static>>, held: impl Any + Send) -> Scene {
    let ask = HttpAsk::get(format!("https://{address}/").parse().unwrap());
    let check = check(Target::Http(Box::new(ask)), Expect::http());
    Scene::of(Check { timeout: PATIENCE, authorities: root, ..check }, held)
}

/// The variants of a row of TLS.
pub(super) async fn scenes(id: &str) -> Vec<Scene> {
    let known = match id {
        "L01" => Some(Certificate::Expired),
        "L02" => Some(Certificate::NotYetValid),
        "L04" => Some(Certificate::WrongName),
        "L05" => Some(Certificate::SelfSigned),
        _ => None,
    };
    if let Some(known) = known {
        let peer = Mischief::start_tls(known, status(200)).await;
        let root = peer.root().into_iter().collect();
        return vec![scene(peer.address(), root, peer)];
    }
    let raw = match id {
        "L07" => Some(vec![Move::Send(b"\x15\x03\x01\x00\x02\x02\x46".to_vec()), Move::Hang]),
        "L08" => Some(vec![Move::Send(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), Move::Hang]),
        "L09" => Some(vec![Move::Send(b"\x16\x03\x03\x00\x5a\x02\x00\x00\x56\x03\x03".to_vec()), Move::Hang]),
        "L11" => {
            let message = [&b"\x02\x00\xff\xff"[..], &[0; 4000]].concat();
            let records = message.iter().flat_map(|byte| [0x16, 3, 3, 0, 1, *byte]).collect();
            Some(vec![Move::Drip(records, Duration::from_millis(1)), Move::Hang])
        }
        _ => None,
    };
    if let Some(moves) = raw {
        let peer = Mischief::start(moves).await;
        return vec![scene(peer.address(), Vec::new(), peer)];
    }
    let authority = Authority::new();
    let (mut expect, mut ask, mut after) = (Expect::http(), (0, Version::One), After::Answer);
    let config = match id {
        "L03" => {
            expect.certificate_days = Some(14);
            let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(6 * 24 + 1);
            let end = end.to_zoned(jiff::tz::TimeZone::UTC);
            let (year, month, day) = (i32::from(end.year()), end.month().unsigned_abs(), end.day().unsigned_abs());
            config(authority.leaf(|params| params.not_after = rcgen::date_time_ymd(year, month, day)))
        }
        "L06" => config(authority.leaf_of_another()),
        "L10" => {
            let (mut chain, key) = authority.leaf(|_| {});
            chain.extend(std::iter::repeat_n(authority.root.clone(), 300));
            config((chain, key))
        }
        "L12" => {
            let names = (0..8_000).map(|number| format!("name-{number}.test"));
            let names = names.chain(["127.0.0.1".to_owned()]).collect::<Vec<_>>();
            config(authority.leaf(|params| {
                params.subject_alt_names = Params::new(names).unwrap().subject_alt_names;
                params.distinguished_name.push(DnType::CommonName, "a\0b");
            }))
        }
        "L13" => demanding(&authority),
        "L14" => {
            after = After::NewKeys;
            config(authority.leaf(|_| {}))
        }
        "L15" => {
            ask.1 = Version::Two;
            let mut config = config(authority.leaf(|_| {}));
            config.alpn_protocols = vec![b"h2".to_vec()];
            config
        }
        "R05" => {
            (after, ask.0) = (After::Downgrade, 3);
            config(authority.leaf(|_| {}))
        }
        _ => return Vec::new(),
    };
    let (address, tasks) = serve(config, after).await;
    let mut scene = scene(address, vec![authority.root.clone()], tasks);
    scene.check.expect = expect;
    if let Target::Http(http) = &mut scene.check.target {
        (http.redirects, http.version) = ask;
    }
    vec![scene]
}
