//! Sockets, opened for judged addresses only.

use super::{Netguard, Vetted};
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto};
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream, UdpSocket, UnixStream};
use tokio::time::timeout;

/// The receive buffer of a connection that is to take small packets only. The window that follows from it keeps a
/// peer from sending segments of more than some 600 bytes, which any path carries.
const SMALL_BUFFER: u32 = 1024;

/// In which way a connection is made, where it is not the ordinary one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// From this address of the host.
    pub source: Option<IpAddr>,
    /// With small packets only towards us.
    pub small_packets: bool,
}

impl Netguard {
    /// Connects to a judged address. A time-out is `ErrorKind::TimedOut` without an errno, which tells it
    /// from the kernel's own.
    pub async fn connect(&self, to: &Vetted, limit: Duration) -> Result<TcpStream, Error> {
        self.connect_in(to, Manner::default(), limit).await
    }

    /// Connects to a judged address in a manner.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that connects, and it takes a `Vetted`")]
    pub async fn connect_in(&self, to: &Vetted, manner: Manner, limit: Duration) -> Result<TcpStream, Error> {
        let to = to.address();
        let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if manner.small_packets {
            socket.set_recv_buffer_size(SMALL_BUFFER)?;
        }
        if let Some(source) = manner.source {
            socket.bind(SocketAddr::new(source, 0))?;
        }
        let stream = timeout(limit, socket.connect(to)).await.map_err(|_| too_late())??;
        if stream.peer_addr()? != to {
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

    /// A socket for echo requests (ICMP) to a judged address. Sockets that need no privilege come first, then those
    /// that need `CAP_NET_RAW`; `ErrorKind::PermissionDenied` says that this process may have neither.
    pub fn echo(&self, to: &Vetted) -> Result<EchoSocket, Error> {
        let (family, protocol) = match to.address() {
            SocketAddr::V4(_) => (AddressFamily::INET, ipproto::ICMP),
            SocketAddr::V6(_) => (AddressFamily::INET6, ipproto::ICMPV6),
        };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let open = |kind| rustix::net::socket_with(family, kind, flags, Some(protocol));
        let (socket, has_ip_header) = match open(SocketType::DGRAM) {
            Ok(socket) => (socket, false),
            Err(_) => (open(SocketType::RAW)?, to.address().is_ipv4()),
        };
        // The protocol has no ports.
        rustix::net::connect(&socket, &SocketAddr::new(to.address().ip(), 0))?;
        let socket = UdpSocket::from_std(std::net::UdpSocket::from(socket))?;
        Ok(EchoSocket { socket, has_ip_header })
    }
}

/// A connected socket for echo requests.
#[derive(Debug)]
pub struct EchoSocket {
    /// Sends requests and receives answers, and whatever else of ICMP comes from there.
    pub socket: UdpSocket,
    /// Whether each packet received begins with its IP header.
    pub has_ip_header: bool,
}

fn too_late() -> Error {
    Error::from(ErrorKind::TimedOut)
}
