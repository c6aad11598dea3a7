//! What the first bytes of a peer are: a protocol's own beginning, never a word somewhere in a text.

use app::model::fact::wire::Heard;

/// Bytes of a peer that are shown.
const SHOWN: usize = 48;

/// Banners that begin a conversation, with the protocol that they belong to.
const BANNERS: &[(&[u8], Heard)] = &[
    (b"SSH-", Heard::Ssh),
    (b"220 ", Heard::Mail),
    (b"220-", Heard::Mail),
    (b"421 ", Heard::Mail),
    (b"554 ", Heard::Mail),
    (b"500 ", Heard::Mail),
    (b"+OK ", Heard::Mailbox),
    (b"* OK", Heard::Mailbox),
    (b"* BAD", Heard::Mailbox),
    (b"-ERR", Heard::Redis),
    (b"-NOAUTH", Heard::Redis),
    (b"-DENIED", Heard::Redis),
    (b"+PONG", Heard::Redis),
    (b"ERROR\r\n", Heard::Memcached),
    (b"CLIENT_ERROR", Heard::Memcached),
    (b"AMQP", Heard::Amqp),
    (b"RFB 00", Heard::Vnc),
    (b"<!DOCTYPE", Heard::BareBody),
    (b"<!doctype", Heard::BareBody),
    (b"<html", Heard::BareBody),
    (b"{\"", Heard::BareBody),
];

/// The protocol that begins like this. `bytes` must not be empty.
pub(super) fn recognise(bytes: &[u8]) -> Heard {
    if bytes.starts_with(b"HTTP/1.") {
        return http(bytes);
    }
    match bytes {
        [0x15, 0x03, 0x00..=0x04, ..] => return Heard::TlsAlert,
        [0x16, 0x03, 0x00..=0x04, ..] => return Heard::Tls,
        // SETTINGS, GOAWAY or WINDOW_UPDATE on stream 0.
        [0, 0, _, 0x04 | 0x07 | 0x08, _, 0, 0, 0, 0, ..] => return Heard::Http2,
        // Version 1, and a type that a responder sends: END_REQUEST, STDOUT, STDERR, GET_VALUES_RESULT, UNKNOWN_TYPE.
        [1, 3 | 6 | 7 | 10 | 11, _, _, _, _, _, _, ..] => return Heard::Fastcgi,
        _ => {}
    }
    if is_mysql(bytes) {
        return Heard::Mysql;
    }
    if is_postgres(bytes) {
        return Heard::Postgres;
    }
    BANNERS.iter().find(|(banner, _)| bytes.starts_with(banner)).map_or(Heard::Unknown, |(_, heard)| *heard)
}

/// `MySQL`'s greeting: length, packet number 0, protocol 10 and a version that ends with NUL, or an error packet.
fn is_mysql(bytes: &[u8]) -> bool {
    match bytes {
        [_, _, 0, 0, 10, version, ..] => version.is_ascii_digit(),
        // "Host … is not allowed to connect", "Too many connections" and its kin come without a greeting.
        [_, _, 0, 0 | 1, 0xff, _, code, ..] => matches!(code, 0x04 | 0x05),
        _ => false,
    }
}

/// PostgreSQL's error answer to what is no startup packet: `E`, length, severity field.
fn is_postgres(bytes: &[u8]) -> bool {
    matches!(bytes, [b'E', 0, 0, _, _, b'S', ..])
}

/// HTTP/1 that does what is asked, or complains about how it was asked.
fn http(bytes: &[u8]) -> Heard {
    let head = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let status = head.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|text| text.parse().ok());
    if wants_tls(bytes) {
        return Heard::HttpWantsTls;
    }
    match status {
        Some(400_u16 | 405 | 414 | 501 | 505) => Heard::HttpComplaint,
        _ => Heard::Http,
    }
}

/// A server's own page for plain HTTP on a TLS port: nginx, Apache httpd, Go, and others that say it in those words.
/// Only a complaint (400, or nginx' 497 shown as 400) counts, so that a page about the subject does not.
fn wants_tls(bytes: &[u8]) -> bool {
    const PAGES: [&str; 4] = [
        "The plain HTTP request was sent to HTTPS port",
        "You're speaking plain HTTP to an SSL-enabled server port",
        "Client sent an HTTP request to an HTTPS server.",
        "This combination of host and port requires TLS.",
    ];
    let complains = bytes.get(9..12) == Some(b"400");
    complains && PAGES.iter().any(|page| memchr::memmem::find(bytes, page.as_bytes()).is_some())
}

/// The status of an HTTP/1 status line.
pub(super) fn status(bytes: &[u8]) -> Option<u16> {
    bytes.strip_prefix(b"HTTP/1.")?.get(2..5).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
}

/// The first bytes as they can be shown anywhere.
pub(super) fn shown(bytes: &[u8]) -> String {
    let more = if bytes.len() > SHOWN { "…" } else { "" };
    format!("{}{more}", bytes[..bytes.len().min(SHOWN)].escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_known() {
        for (bytes, heard) in [
            (&b"HTTP/1.1 200 OK\r\n"[..], Heard::Http),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", Heard::HttpComplaint),
            (
                b"HTTP/1.1 400 Bad Request\r\n\r\n<center>The plain HTTP request was sent to HTTPS port</center>",
                Heard::HttpWantsTls,
            ),
            (b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", Heard::HttpWantsTls),
            (b"HTTP/1.1 200 OK\r\n\r\nThe plain HTTP request was sent to HTTPS port", Heard::Http),
            (b"SSH-2.0-OpenSSH_9.2p1\r\n", Heard::Ssh),
            (b"220 mail.example ESMTP\r\n", Heard::Mail),
            (b"-ERR unknown command\r\n", Heard::Redis),
            (b"\x15\x03\x01\x00\x02\x02\x46", Heard::TlsAlert),
            (b"\x16\x03\x03\x00\x7a\x02", Heard::Tls),
            (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", Heard::Http2),
            (b"\x01\x0a\x00\x00\x00\x00\x00\x00", Heard::Fastcgi),
            (b"\x4a\x00\x00\x00\x0a8.0.35\x00", Heard::Mysql),
            (b"\x45\x00\x00\x00\xff\x6a\x04Host '10.0.0.1' is not allowed", Heard::Mysql),
            (b"E\x00\x00\x00\x85SFATAL\x00", Heard::Postgres),
            (b"<html><body>", Heard::BareBody),
            (b"hello\n", Heard::Unknown),
            (b"HTTP/2.0 200 OK\r\n", Heard::Unknown),
            (b"\x01", Heard::Unknown),
        ] {
            assert_eq!(recognise(bytes), heard, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_is_shown_is_harmless_and_short() {
        assert_eq!(shown(b"\x1b[31m\x00\n"), "\\x1b[31m\\x00\\n");
        assert!(shown(&[b'a'; 4096]).chars().count() <= SHOWN + 1);
    }
}
