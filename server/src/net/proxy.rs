//! Requests by way of a proxy on our own side: whole addresses in plain, tunnels (`CONNECT`) for TLS.
//!
//! That the proxy cannot be asked, or refuses, says nothing about the site: such faults are ours.

use super::open::within;
use super::types::{Answer, During, NetFault, Proxy, Request};
use super::{USER_AGENT, fault};
use crate::netguard::Place;
use app::model::{FaultKind, Origin};
use std::io::{Error, ErrorKind};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// The longest answer to `CONNECT` that is read.
const MOST_HEAD: usize = 8 * 1024;
/// The proxy wants to know who asks.
const AUTHENTICATION_REQUIRED: u16 = 407;

/// A fault on the way to the proxy.
pub(super) fn unreached(fault: NetFault) -> NetFault {
    if fault.kind == FaultKind::Blocked {
        return fault;
    }
    NetFault { origin: Origin::Here, detail: format!("the proxy: {}", fault.detail), ..fault }
}

/// The answer, unless it is the proxy's own demand for credentials.
pub(super) fn admitted(request: &Request, answer: Answer) -> Result<Answer, NetFault> {
    if request.proxy.is_some() && answer.status == AUTHENTICATION_REQUIRED {
        return Err(refused(answer.status));
    }
    Ok(answer)
}

/// Has the proxy open a connection to the request's host.
pub(super) async fn tunnel<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &Request,
    proxy: &Proxy,
    deadline: Instant,
) -> Result<(), NetFault> {
    let limit = within(request.limits.connect, deadline);
    let opened = timeout(limit, ask(stream, request, proxy)).await;
    let head =
        opened.unwrap_or_else(|_| Err(Error::from(ErrorKind::TimedOut))).map_err(|error| match error.kind() {
            ErrorKind::TimedOut => {
                let told = "the proxy opened no connection to the site in time";
                NetFault::new(FaultKind::ConnectTimeout, Origin::Network, During::Connect, told)
            }
            ErrorKind::InvalidData => bad_answer(),
            _ => unreached(fault::of_stream(&error, During::Connect)),
        })?;
    match status_of(&head).ok_or_else(bad_answer)? {
        200..=299 => Ok(()),
        status @ 500..=599 => {
            let told = format!("the proxy does not reach the site (status {status})");
            Err(NetFault::new(FaultKind::NoRoute, Origin::Network, During::Connect, told))
        }
        status => Err(refused(status)),
    }
}

async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &Request,
    proxy: &Proxy,
) -> Result<Vec<u8>, Error> {
    let place = Place::of(&request.url).ok_or(ErrorKind::InvalidInput)?;
    let host = if place.host.contains(':') { format!("[{}]", place.host) } else { place.host };
    let (place, authorization) = (format!("{host}:{}", place.port), proxy.authorization.as_deref());
    let authorization = authorization.map_or_else(String::new, |value| format!("Proxy-Authorization: {value}\r\n"));
    let head = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nUser-Agent: {USER_AGENT}\r\n{authorization}\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await?;
    let mut heard = Vec::new();
    while !heard.ends_with(b"\r\n\r\n") {
        if heard.len() == MOST_HEAD {
            return Err(ErrorKind::InvalidData.into());
        }
        // One by one, because what follows the head is the site's.
        heard.push(stream.read_u8().await?);
    }
    Ok(heard)
}

/// The status of an answer's head: `HTTP/1.1 200 …`.
fn status_of(head: &[u8]) -> Option<u16> {
    let line = head.strip_prefix(b"HTTP/1.")?.get(..5)?;
    let [minor, b' ', digits @ ..] = line else { return None };
    let digits = digits.iter().all(u8::is_ascii_digit).then_some(digits)?;
    minor.is_ascii_digit().then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

fn refused(status: u16) -> NetFault {
    let told = match status {
        AUTHENTICATION_REQUIRED => {
            "the proxy wants credentials, or others than `proxy_auth` has (status 407)".to_owned()
        }
        _ => format!("the proxy refuses to connect to the site (status {status})"),
    };
    NetFault::new(FaultKind::Internal, Origin::Here, During::Connect, told)
}

fn bad_answer() -> NetFault {
    NetFault::new(FaultKind::BadHttp, Origin::Here, During::Connect, "the proxy's answer to CONNECT cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_from_its_place_only() {
        assert_eq!(status_of(b"HTTP/1.1 200 Connection established\r\n\r\n"), Some(200));
        assert_eq!(status_of(b"HTTP/1.0 407\r\n\r\n"), Some(407));
        for odd in
            ["", "HTTP/1.", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20x\r\n\r\n", "HTTP/1.1\t200", "SSH-2.0-x\r\n\r\n"]
        {
            assert_eq!(status_of(odd.as_bytes()), None, "{odd:?}");
        }
    }
}
