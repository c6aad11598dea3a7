//! An upstream that misbehaves on purpose: a real listener on loopback that plays a list of moves to each
//! connection. Knows nothing of the project, so that any test can include it by `#[path]`.
#![allow(dead_code, unreachable_pub, reason = "each test that includes this file uses its own part of it")]

use rcgen::{CertificateParams, DnType, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, date_time_ymd};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// One thing that the upstream does.
#[derive(Debug, Clone)]
pub enum Move {
    /// Reads until the empty line after the request's head.
    ReadHead,
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes one by one, so long apart.
    Drip(Vec<u8>, Duration),
    /// Sends these bytes again and again until the peer goes.
    Forever(Vec<u8>),
    /// Does nothing for so long.
    Pause(Duration),
    /// Keeps the connection open and says nothing more.
    Hang,
    /// Closes with a reset instead of an ordinary end.
    Reset,
}

/// Reads the request, then sends this and closes.
pub fn answer(bytes: impl AsRef<[u8]>) -> Vec<Move> {
    vec![Move::ReadHead, Move::Send(bytes.as_ref().to_vec())]
}

/// A correct small answer with this status.
pub fn status(code: u16) -> Vec<Move> {
    answer(format!("HTTP/1.1 {code} Some Reason\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
}

/// The certificate that a misbehaving upstream shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// For `localhost` and `127.0.0.1`, from the test's own authority, valid.
    Good,
    /// As `Good`, but its time is over.
    Expired,
    /// As `Good`, but its time has not come.
    NotYetValid,
    /// For another name.
    WrongName,
    /// Signed by itself.
    SelfSigned,
}

/// A running upstream. Dropping it ends its listener and all its connections.
#[derive(Debug)]
pub struct Mischief {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    moves: Arc<Mutex<Vec<Move>>>,
    root: Option<CertificateDer<'static>>,
    _tasks: JoinSet<()>,
}

impl Mischief {
    /// Plays the moves to each connection.
    pub async fn start(moves: Vec<Move>) -> Self {
        Self::serve(moves, None, None).await
    }

    /// Plays the moves inside TLS.
    pub async fn start_tls(certificate: Certificate, moves: Vec<Move>) -> Self {
        let (config, root) = tls(certificate);
        Self::serve(moves, Some(TlsAcceptor::from(Arc::new(config))), Some(root)).await
    }

    async fn serve(moves: Vec<Move>, tls: Option<TlsAcceptor>, root: Option<CertificateDer<'static>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound listener has an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let moves = Arc::new(Mutex::new(moves));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&moves), tls, Arc::clone(&requests)));
        Self { address, requests, moves, root, _tasks: tasks }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A URL that leads to it.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.root.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// The heads of the requests seen so far; one entry, perhaps empty, for each connection.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().expect("no test panics while it holds this").clone()
    }

    /// From now on plays these moves to new connections.
    pub fn change(&self, moves: Vec<Move>) {
        *self.moves.lock().expect("no test panics while it holds this") = moves;
    }

    /// The authority that signed the certificate.
    pub fn root(&self) -> Option<CertificateDer<'static>> {
        self.root.clone()
    }
}

/// An address on loopback where nothing listens.
pub async fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
    listener.local_addr().expect("a bound listener has an address")
}

async fn accept(
    listener: TcpListener,
    moves: Arc<Mutex<Vec<Move>>>,
    tls: Option<TlsAcceptor>,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let moves = moves.lock().expect("no test panics while it holds this").clone();
        let place = {
            let mut requests = requests.lock().expect("no test panics while it holds this");
            requests.push(Vec::new());
            requests.len() - 1
        };
        let (tls, requests) = (tls.clone(), Arc::clone(&requests));
        connections.spawn(async move {
            // The peer going away is the ordinary end of many a mischief.
            let _ = talk(stream, moves, tls, |head| {
                requests.lock().expect("no test panics while it holds this")[place] = head;
            })
            .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn talk(
    stream: TcpStream,
    moves: Vec<Move>,
    tls: Option<TlsAcceptor>,
    seen: impl FnMut(Vec<u8>),
) -> std::io::Result<()> {
    match tls {
        Some(tls) => play(&mut tls.accept(stream).await?, &moves, seen).await,
        None if moves.iter().any(|one| matches!(one, Move::Reset)) => {
            stream.set_zero_linger()?;
            let mut stream = stream;
            play(&mut stream, &moves, seen).await
        }
        None => {
            let mut stream = stream;
            play(&mut stream, &moves, seen).await?;
            stream.shutdown().await?;
            // Unread bytes would turn the close into a reset.
            let mut rest = [0; 4096];
            while stream.read(&mut rest).await? > 0 {}
            Ok(())
        }
    }
}

async fn play<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    moves: &[Move],
    mut seen: impl FnMut(Vec<u8>),
) -> std::io::Result<()> {
    for one in moves {
        match one {
            Move::ReadHead => {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && head.len() < 64 * 1024 {
                    head.push(stream.read_u8().await?);
                }
                seen(head);
            }
            Move::Send(bytes) => stream.write_all(bytes).await?,
            Move::Drip(bytes, apart) => {
                for byte in bytes {
                    stream.write_all(&[*byte]).await?;
                    stream.flush().await?;
                    tokio::time::sleep(*apart).await;
                }
            }
            Move::Forever(bytes) => loop {
                stream.write_all(bytes).await?;
            },
            Move::Pause(time) => tokio::time::sleep(*time).await,
            Move::Hang => std::future::pending().await,
            Move::Reset => return Ok(()),
        }
        stream.flush().await?;
    }
    Ok(())
}

fn tls(kind: Certificate) -> (ServerConfig, CertificateDer<'static>) {
    let key = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key can be made");
    let mut authority = CertificateParams::new(Vec::new()).expect("no names are valid names");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "Mischief authority");
    let authority_key = key();
    let root = authority.self_signed(&authority_key).expect("an authority can be made").der().clone();
    let issuer = Issuer::new(authority, authority_key);

    let names = if kind == Certificate::WrongName { vec!["other.test"] } else { vec!["localhost", "127.0.0.1"] };
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let mut params = CertificateParams::new(names).expect("the names are valid");
    params.distinguished_name.push(DnType::CommonName, "mischief");
    match kind {
        Certificate::Expired => {
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        Certificate::NotYetValid => params.not_before = date_time_ymd(2090, 1, 1),
        _ => {}
    }
    let leaf_key = key();
    let leaf = match kind {
        Certificate::SelfSigned => params.self_signed(&leaf_key),
        _ => params.signed_by(&leaf_key, &issuer),
    };
    let leaf = leaf.expect("a certificate can be made").der().clone();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![leaf], private))
        .expect("the certificate fits its key");
    (config, root)
}
