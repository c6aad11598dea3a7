//! What Go's network library says when an exchange fails: Caddy and Traefik write its words as they are.
//!
//! ```text
//! dial tcp 10.0.0.5:8080: connect: connection refused
//! read tcp 10.0.0.2:40264->10.0.0.5:8080: read: connection reset by peer
//! net/http: HTTP/1.x transport connection broken: malformed MIME header: missing colon: "x"
//! ```

use super::{Line, Phase};

/// Sets phase, error number and upstream of a line from the error text in its message.
pub(super) fn fill(line: &mut Line<'_>, error: &str) {
    line.phase = phase(error);
    line.errno = errno(error);
    line.upstream = upstream(error).map(Into::into);
}

fn phase(error: &str) -> Phase {
    let about_names = error.contains("lookup ") && error.starts_with("dial ");
    let tls = ["tls: ", "x509: ", "remote error: tls: ", "net/http: TLS handshake timeout"];
    let body = ["reading from backend: ", "aborting with incomplete response: "];
    if about_names || error.starts_with("lookup ") {
        Phase::Resolve
    } else if error.starts_with("dial ") || error.starts_with("dialing backend: ") {
        Phase::Connect
    } else if tls.iter().any(|start| error.starts_with(start)) {
        Phase::Tls
    } else if error.starts_with("write ") {
        Phase::Send
    } else if body.iter().any(|start| error.starts_with(start)) {
        Phase::Body
    } else {
        Phase::Header
    }
}

/// The system's words at the end of an error, and its number.
const ERRNOS: &[(&str, i32)] = &[
    (": connection refused", 111),
    (": no route to host", 113),
    (": network is unreachable", 101),
    (": permission denied", 13),
    (": operation not permitted", 1),
    (": connection reset by peer", 104),
    (": invalid argument", 22),
    (": cannot assign requested address", 99),
    (": resource temporarily unavailable", 11),
    (": no such file or directory", 2),
    (": broken pipe", 32),
    (": too many open files", 24),
    (": connection timed out", 110),
    (": i/o timeout", 110),
];

fn errno(error: &str) -> Option<i32> {
    ERRNOS.iter().find(|(words, _)| error.ends_with(words)).map(|(_, number)| *number)
}

/// The address that was dialled, or the far end of the connection.
fn upstream(error: &str) -> Option<String> {
    let error = error.strip_prefix("dialing backend: ").unwrap_or(error);
    if let Some(rest) = error.strip_prefix("dial unix ") {
        return Some(format!("http://unix:{}:/", rest.split(": ").next()?));
    }
    let address = if let Some(rest) = error.strip_prefix("dial tcp ") {
        rest.split(": ").next()?
    } else {
        let rest = error.strip_prefix("read tcp ").or_else(|| error.strip_prefix("write tcp "))?;
        rest.split_once("->")?.1.split(": ").next()?
    };
    address.parse::<std::net::SocketAddr>().ok().map(|address| format!("http://{address}/"))
}
