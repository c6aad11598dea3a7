//! Asking the kernel over netlink: listening sockets with their queues, routes, neighbours.
//!
//! These sockets never leave the host: they talk to the kernel only. Requests and answers are laid out
//! as in `linux/netlink.h`, `linux/inet_diag.h`, `linux/unix_diag.h` and `linux/rtnetlink.h`; all numbers
//! are in the host's byte order except ports and addresses.

use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// How long one question may take.
const TIME: Duration = Duration::from_secs(1);
/// Bytes of answers that are read for one question.
const MAX_BYTES: usize = 16 << 20;

const NLM_REQUEST: u16 = 0x1;
const NLM_DUMP: u16 = 0x300;
const TYPE_ERROR: u16 = 2;
const TYPE_DONE: u16 = 3;

/// One attribute of a message: its type and content.
pub(super) type Attribute<'a> = (u16, &'a [u8]);

/// Why a question has no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The kernel's own error for this question.
    Refused(Errno),
    /// The socket failed, or no answer came in time.
    Broken(Errno),
}

/// Sends one message to the kernel and hands each answer's content to `take`.
pub(super) fn ask(
    protocol: Option<Protocol>,
    kind: u16,
    dump: bool,
    content: &[u8],
    mut take: impl FnMut(&[u8]),
) -> Result<(), Failure> {
    let socket = open(protocol).map_err(Failure::Broken)?;
    let length = u32::try_from(16 + content.len()).map_err(|_| Failure::Broken(Errno::MSGSIZE))?;
    let flags = NLM_REQUEST | if dump { NLM_DUMP } else { 0 };
    let mut message = Vec::with_capacity(16 + content.len());
    message.extend_from_slice(&length.to_ne_bytes());
    message.extend_from_slice(&kind.to_ne_bytes());
    message.extend_from_slice(&flags.to_ne_bytes());
    message.extend_from_slice(&1_u32.to_ne_bytes());
    message.extend_from_slice(&0_u32.to_ne_bytes());
    message.extend_from_slice(content);
    rustix::net::send(&socket, &message, SendFlags::empty()).map_err(Failure::Broken)?;
    let deadline = Instant::now() + TIME;
    let mut buffer = vec![0; 256 << 10];
    let mut total = 0;
    while total < MAX_BYTES && Instant::now() < deadline {
        let (_, length) =
            rustix::net::recv(&socket, buffer.as_mut_slice(), RecvFlags::empty()).map_err(Failure::Broken)?;
        total += length;
        let mut rest = buffer.get(..length).unwrap_or_default();
        while rest.len() >= 16 {
            let size = number(rest, 0) as usize;
            if size < 16 || size > rest.len() {
                break;
            }
            let (content, kind) = (&rest[16..size], short(rest, 4));
            match kind {
                TYPE_DONE => return Ok(()),
                TYPE_ERROR => {
                    return match i32::from_ne_bytes(four(content, 0)) {
                        0 => Ok(()),
                        errno => Err(Failure::Refused(Errno::from_raw_os_error(-errno))),
                    };
                }
                _ => take(content),
            }
            if !dump {
                return Ok(());
            }
            rest = &rest[size.next_multiple_of(4).min(rest.len())..];
        }
    }
    Err(Failure::Broken(Errno::TIMEDOUT))
}

fn open(protocol: Option<Protocol>) -> Result<OwnedFd, Errno> {
    let socket = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)?;
    rustix::net::sockopt::set_socket_timeout(&socket, rustix::net::sockopt::Timeout::Recv, Some(TIME))?;
    rustix::net::connect(&socket, &SocketAddrNetlink::new(0, 0))?;
    Ok(socket)
}

/// The protocol of socket questions.
pub(super) const SOCK_DIAG: Protocol = netlink::SOCK_DIAG;

/// The attributes that follow a message's fixed part.
pub(super) fn attributes(content: &[u8], fixed: usize) -> Vec<Attribute<'_>> {
    let mut found = Vec::new();
    let mut rest = content.get(fixed..).unwrap_or_default();
    while rest.len() >= 4 {
        let size = usize::from(short(rest, 0));
        if size < 4 || size > rest.len() {
            break;
        }
        found.push((short(rest, 2) & 0x3fff, &rest[4..size]));
        rest = &rest[size.next_multiple_of(4).min(rest.len())..];
    }
    found
}

/// An attribute in wire form.
pub(super) fn attribute(kind: u16, content: &[u8]) -> Vec<u8> {
    let size = u16::try_from(4 + content.len()).unwrap_or(u16::MAX);
    let mut bytes = [size.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn four(bytes: &[u8], at: usize) -> [u8; 4] {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).unwrap_or_default()
}

/// Four bytes as a number; 0 where there are none.
pub(super) fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(four(bytes, at))
}

/// Two bytes as a number; 0 where there are none.
pub(super) fn short(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).map_or(0, u16::from_ne_bytes)
}
