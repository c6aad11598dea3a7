//! Echo requests (ICMP, RFC 792 and RFC 4443), as `ping` sends them.

use super::fault;
use super::open::within;
use super::types::{During, Limits, NetFault};
use crate::netguard::{EchoSocket, Netguard, Vetted};
use app::model::{FaultKind, Origin, Phases};
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use url::Url;

/// One packet may be lost: so long after a request, another one is sent.
const AGAIN: Duration = Duration::from_secs(1);
/// Bytes of ICMP's head.
const HEAD: usize = 8;
/// Bytes behind it: those that tell our requests from others, and some more, as `ping` has them.
const PAYLOAD: usize = 56;
/// What an unprivileged process is told.
const NOT_PERMITTED: &str =
    "this process may not send echo requests; allow its group in net.ipv4.ping_group_range or give it CAP_NET_RAW";

/// What came of it.
#[derive(Debug, Clone)]
pub struct Echoed {
    /// The address that was asked last.
    pub peer: Option<String>,
    /// The addresses that were to be asked, in their order.
    pub found: Vec<Vetted>,
    /// The lookup, and the time to the answer.
    pub phases: Phases,
    /// How many requests the answer took, or why there was none.
    pub result: Result<u32, NetFault>,
    /// From start to end, lost requests included.
    pub total: Duration,
}

/// Looks the URL's host up and asks its addresses in turn until one answers. The URL's port is what leave is given for.
pub async fn ping(guard: &Netguard, url: &Url, limits: &Limits) -> Echoed {
    let started = Instant::now();
    let nothing = NetFault::new(FaultKind::Internal, Origin::Here, During::Resolve, "the URL has no host");
    let mut echoed = Echoed {
        peer: None,
        found: Vec::new(),
        phases: Phases::default(),
        result: Err(nothing),
        total: Duration::ZERO,
    };
    echoed.result = attempt(guard, url, limits, started + limits.total, &mut echoed).await;
    echoed.total = started.elapsed();
    echoed
}

async fn attempt(
    guard: &Netguard,
    url: &Url,
    limits: &Limits,
    deadline: Instant,
    echoed: &mut Echoed,
) -> Result<u32, NetFault> {
    let missing = || NetFault::new(FaultKind::Internal, Origin::Here, During::Resolve, "the URL has no host");
    let host = url.host_str().ok_or_else(missing)?;
    let begun = Instant::now();
    let found = guard.resolve(host, url.port_or_known_default().unwrap_or(0), limits.dns).await;
    if host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('[') {
        echoed.phases.dns = Some(begun.elapsed().into());
    }
    echoed.found = found.map_err(NetFault::unresolved)?;
    let mut last = missing();
    let count = u32::try_from(echoed.found.len()).unwrap_or(u32::MAX);
    for (left, address) in (1..=count).rev().zip(&echoed.found) {
        echoed.peer = Some(address.address().ip().to_string());
        let begun = Instant::now();
        // An even share of the time that is left: a silent address must not take that of the next.
        let until = begun + within(Duration::MAX, deadline) / left;
        match one(guard, address, until).await {
            Ok(requests) => {
                echoed.phases.first_byte = Some(begun.elapsed().into());
                return Ok(requests);
            }
            Err(fault) => last = fault,
        }
    }
    Err(last)
}

async fn one(guard: &Netguard, to: &Vetted, until: Instant) -> Result<u32, NetFault> {
    let socket = guard.echo(to).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => NetFault::new(FaultKind::Internal, Origin::Here, During::Connect, NOT_PERMITTED),
        _ => fault::of_connect(&error, false),
    })?;
    let mut token = [0; HEAD];
    if getrandom::fill(&mut token).is_err() {
        return Err(NetFault::new(FaultKind::Internal, Origin::Here, During::Send, "this host has no random numbers"));
    }
    exchange(&socket, to.address().is_ipv6(), token, until).await
}

/// Sends requests until one is answered or the time is over.
async fn exchange(echo: &EchoSocket, v6: bool, token: [u8; HEAD], until: Instant) -> Result<u32, NetFault> {
    let started = Instant::now();
    let mut buffer = [0; 1024];
    let mut sent = 0_u16;
    loop {
        sent = sent.saturating_add(1);
        let request = request(v6, sent, token);
        echo.socket.send(&request).await.map_err(|error| fault::of_connect(&error, false))?;
        let next = (Instant::now() + AGAIN).min(until);
        while let Ok(received) = timeout(within(Duration::MAX, next), echo.socket.recv(&mut buffer)).await {
            let length = received.map_err(|error| fault::of_connect(&error, false))?;
            let packet = buffer.get(..length).unwrap_or_default();
            if is_answer(packet, v6, echo.has_ip_header, token) {
                return Ok(sent.into());
            }
        }
        if Instant::now() >= until {
            let requests = if sent == 1 { "the echo request".to_owned() } else { format!("{sent} echo requests") };
            let detail = format!("no answer to {requests} within {} ms", started.elapsed().as_millis());
            return Err(NetFault::new(FaultKind::ReadTimeout, Origin::Network, During::Wait, detail));
        }
    }
}

/// An echo request. The kernel puts its own identifier in where it hands out sockets without privilege, and the
/// checksum wherever it does not leave it to us.
fn request(v6: bool, sequence: u16, token: [u8; HEAD]) -> [u8; HEAD + PAYLOAD] {
    let mut packet = [0; HEAD + PAYLOAD];
    packet[0] = if v6 { 128 } else { 8 };
    packet[4..6].copy_from_slice(&token[..2]);
    packet[6..8].copy_from_slice(&sequence.to_be_bytes());
    packet[HEAD..HEAD * 2].copy_from_slice(&token);
    if !v6 {
        let sum = checksum(&packet);
        packet[2..4].copy_from_slice(&sum.to_be_bytes());
    }
    packet
}

/// Whether a packet answers one of our requests, by the token that it gives back.
fn is_answer(packet: &[u8], v6: bool, has_ip_header: bool, token: [u8; HEAD]) -> bool {
    let skipped = if has_ip_header { packet.first().map_or(0, |first| usize::from(first & 0x0f) * 4) } else { 0 };
    let message = packet.get(skipped..).unwrap_or_default();
    let kind = if v6 { 129 } else { 0 };
    message.first() == Some(&kind) && message.get(HEAD..HEAD * 2) == Some(&token)
}

/// The internet checksum (RFC 1071) of an even number of bytes.
fn checksum(bytes: &[u8]) -> u16 {
    let sum = bytes.chunks_exact(2).fold(0_u32, |sum, pair| sum + u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::UdpSocket;

    const TOKEN: [u8; HEAD] = *b"8 bytes!";

    /// A socket of ours, and the peer's end of it.
    #[expect(clippy::disallowed_methods, reason = "a peer on loopback")]
    async fn pair() -> (EchoSocket, UdpSocket) {
        let (ours, theirs) =
            (UdpSocket::bind("127.0.0.1:0").await.unwrap(), UdpSocket::bind("127.0.0.1:0").await.unwrap());
        ours.connect(theirs.local_addr().unwrap()).await.unwrap();
        theirs.connect(ours.local_addr().unwrap()).await.unwrap();
        (EchoSocket { socket: ours, has_ip_header: false }, theirs)
    }

    fn soon(milliseconds: u64) -> Instant {
        Instant::now() + Duration::from_millis(milliseconds)
    }

    #[tokio::test]
    async fn silence_ends_in_time_and_says_how_often_was_asked() {
        let (echo, _peer) = pair().await;
        let fault = exchange(&echo, false, TOKEN, soon(1_300)).await.unwrap_err();
        assert_eq!((fault.kind, fault.origin), (FaultKind::ReadTimeout, Origin::Network));
        assert!(fault.detail.starts_with("no answer to 2 echo requests within 1"), "{}", fault.detail);
    }

    #[tokio::test]
    async fn a_lost_packet_is_sent_again_and_what_is_not_ours_is_passed_over() {
        let (echo, peer) = pair().await;
        let answering = async {
            let mut buffer = [0; 128];
            let first = peer.recv(&mut buffer).await.unwrap();
            assert_eq!((first, buffer[0], &buffer[8..16]), (64, 8, &TOKEN[..]));
            // Not answered, but for things that are none.
            for odd in [&b""[..], b"\0", &request(false, 1, TOKEN), &[&[0; 8][..], b"another!"].concat()] {
                peer.send(odd).await.unwrap();
            }
            peer.recv(&mut buffer).await.unwrap();
            buffer[0] = 0;
            peer.send(&buffer[..64]).await.unwrap();
        };
        let (asked, ()) = tokio::join!(exchange(&echo, false, TOKEN, soon(9_000)), answering);
        assert_eq!(asked, Ok(2));
    }

    #[test]
    fn answers_are_found_behind_their_ip_header() {
        let mut answer = request(false, 1, TOKEN);
        answer[0] = 0;
        for options in [0, 4, 40] {
            let mut packet = vec![0; 20 + options];
            packet[0] = 0x40 | u8::try_from((20 + options) / 4).unwrap();
            packet.extend_from_slice(&answer);
            assert!(is_answer(&packet, false, true, TOKEN) && !is_answer(&packet, false, false, TOKEN));
        }
        for cut in [&[][..], &[0x4f], &[0x45; 20]] {
            assert!(!is_answer(cut, false, true, TOKEN), "{cut:?}");
        }
    }

    #[test]
    fn a_packet_with_its_checksum_sums_up_to_nothing() {
        assert_eq!(checksum(&request(false, 7, TOKEN)), 0);
        assert_eq!(checksum(&[0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7]), 0x220d, "the example of RFC 1071");
    }
}
