//! Sockets, opened for judged addresses only.

use super::{Netguard, Vetted};
use std::io::{Error, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::net::{TcpStream, UdpSocket, UnixStream};
use tokio::time::timeout;

impl Netguard {
    /// Connects to a judged address. A time-out is `ErrorKind::TimedOut` without an errno, which tells it
    /// from the kernel's own.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that connects, and it takes a `Vetted`")]
    pub async fn connect(&self, to: &Vetted, limit: Duration) -> Result<TcpStream, Error> {
        let stream = timeout(limit, TcpStream::connect(to.address())).await.map_err(|_| too_late())??;
        if stream.peer_addr()? != to.address() {
            return Err(Error::other("the connection leads elsewhere than asked"));
        }
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Connects to a unix socket that a configured gateway names. A refusal by policy is an error that holds
    /// a [`super::Refusal`].
    #[expect(clippy::disallowed_methods, reason = "this is the one place that connects to unix sockets")]
    pub async fn connect_unix(&self, path: &Path, limit: Duration) -> Result<UnixStream, Error> {
        self.check_socket(path).map_err(|refusal| Error::new(ErrorKind::PermissionDenied, refusal))?;
        timeout(limit, UnixStream::connect(path)).await.map_err(|_| too_late())?
    }

    /// A datagram socket that talks to this name server only.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that opens datagram sockets")]
    pub async fn udp(&self, to: SocketAddr) -> Result<UdpSocket, Error> {
        let to = self.vet_name_server(to).map_err(|refusal| Error::new(ErrorKind::PermissionDenied, refusal))?;
        let any: SocketAddr = match to.address() {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any).await?;
        socket.connect(to.address()).await?;
        Ok(socket)
    }
}

fn too_late() -> Error {
    Error::from(ErrorKind::TimedOut)
}
