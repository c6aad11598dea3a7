//! Connections to mail servers and webhooks: opened by `netguard` alone, over TLS where the target wants it.

use crate::netguard::{Netguard, ResolveError};
use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::io::{Error, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Name resolution.
const RESOLVE: Duration = Duration::from_secs(5);
/// One connection attempt.
const CONNECT: Duration = Duration::from_secs(5);
/// Addresses tried.
const MAX_ADDRESSES: usize = 4;

/// Why a message did not leave. `Display` is one line for the log and for admins; it names no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The host's name leads nowhere, or our own policy refuses it.
    #[error("{host}: {source}")]
    Resolve {
        /// The host.
        host: String,
        /// Why.
        source: ResolveError,
    },
    /// No connection.
    #[error("{host} at port {port}: {source}")]
    Connect {
        /// The host.
        host: String,
        /// Its port.
        port: u16,
        /// What the system said.
        source: Error,
    },
    /// No TLS.
    #[error("TLS with {host}: {reason}")]
    Tls {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// The mail server does not offer STARTTLS.
    #[error("the mail server offers no STARTTLS; use tls = \"implicit\" with the port for it, or \"off\"")]
    NoStartTls,
    /// The mail server said no.
    #[error("the mail server answered: {0}")]
    Mail(String),
    /// The webhook said no.
    #[error("the webhook answered with status {0}")]
    Status(u16),
    /// The exchange broke off.
    #[error("the exchange with {host} broke off: {reason}")]
    Broken {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// The message could not be built.
    #[error("the message cannot be written: {0}")]
    Message(String),
    /// It took too long.
    #[error("no end within {} seconds", .0.as_secs())]
    TooSlow(Duration),
}

trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}

/// An open connection, encrypted or not.
pub(crate) struct Link {
    stream: Box<dyn Duplex>,
    peer: SocketAddr,
    /// Bytes to be read before the stream's own.
    first: &'static [u8],
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Link {
    /// In clear.
    pub(super) fn plain(stream: TcpStream) -> Result<Self, Error> {
        let peer = stream.peer_addr()?;
        Ok(Self { stream: Box::new(stream), peer, first: b"" })
    }

    /// Whose reader finds these bytes first.
    pub(super) fn after(self, first: &'static [u8]) -> Self {
        Self { first, ..self }
    }
}

impl AsyncTokioStream for Link {
    fn peer_addr(&self) -> Result<SocketAddr, Error> {
        Ok(self.peer)
    }
}

impl AsyncRead for Link {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<(), Error>> {
        if !self.first.is_empty() {
            let (now, later) = self.first.split_at(self.first.len().min(into.remaining()));
            into.put_slice(now);
            self.first = later;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Link {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Error>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Error>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }
}

/// Opens a connection; the addresses of a name are tried in turn.
pub(super) async fn connect(guard: &Netguard, host: &str, port: u16) -> Result<TcpStream, SendError> {
    let addresses = guard.resolve(host, port, RESOLVE).await;
    let addresses = addresses.map_err(|source| SendError::Resolve { host: host.to_owned(), source })?;
    let mut last = Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in addresses.iter().take(MAX_ADDRESSES) {
        match guard.connect(address, CONNECT).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(SendError::Connect { host: host.to_owned(), port, source: last })
}

/// Shakes hands; the certificate must be for `host`, from an authority of the system or one of `ca`.
pub(super) async fn secure(stream: TcpStream, host: &str, ca: &[CertificateDer<'static>]) -> Result<Link, SendError> {
    let fail = |reason: String| SendError::Tls { host: host.to_owned(), reason };
    let peer = stream.peer_addr().map_err(|error| fail(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(crate::net::system_roots().into_iter().chain(ca.iter().cloned()));
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fail(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|_| fail("the host is no name for TLS".to_owned()))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let stream = stream.map_err(|error| fail(error.to_string()))?;
    Ok(Link { stream: Box::new(stream), peer, first: b"" })
}
