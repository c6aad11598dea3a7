//! A strict parser for the head of an HTTP/1 answer, fed as bytes come in.
//!
//! It accepts what RFC 9112 demands of a sender and nothing that it merely allows a recipient to tolerate:
//! no bare line feed, no folded line, no space before the colon. What a gateway may choke on is shown, not
//! repaired.

use super::types::HttpFlaw;

/// More header lines than this are no ordinary answer, and what reads them must not grow without bound.
pub(super) const MAX_HEADERS: usize = 100;
const START: &[u8] = b"HTTP/1.";

/// A parsed head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) minor: u8,
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) headers: Vec<(String, String)>,
    /// Its size, the empty line included.
    pub(super) length: usize,
}

/// How the body is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Empty,
    Length(u64),
    Chunked,
    UntilClose,
}

/// Where the parser stands in a buffer that only grows.
#[derive(Debug, Default)]
pub(super) struct HeadParser {
    line_start: usize,
    scanned: usize,
    status: Option<(u8, u16, String)>,
    headers: Vec<(String, String)>,
}

impl HeadParser {
    /// Looks at what came in since the last call; the head once it is whole.
    pub(super) fn advance(&mut self, buffer: &[u8], limit: usize) -> Result<Option<Head>, HttpFlaw> {
        if !starts_well(buffer)? {
            return Ok(None);
        }
        while let Some(at) = memchr::memchr(b'\n', &buffer[self.scanned..]) {
            let end = self.scanned + at;
            if end >= limit {
                return Err(HttpFlaw::HeadTooLarge);
            }
            self.scanned = end + 1;
            let line = buffer[self.line_start..end].strip_suffix(b"\r").ok_or(self.flaw())?;
            self.line_start = self.scanned;
            if self.status.is_none() {
                self.status = Some(status_line(line)?);
            } else if line.is_empty() {
                return Ok(self.finish());
            } else if self.headers.len() == MAX_HEADERS {
                return Err(HttpFlaw::TooManyHeaders);
            } else {
                self.headers.push(header_line(line)?);
            }
        }
        self.scanned = buffer.len();
        if buffer.len() >= limit { Err(HttpFlaw::HeadTooLarge) } else { Ok(None) }
    }

    fn flaw(&self) -> HttpFlaw {
        if self.status.is_none() { HttpFlaw::StatusLine } else { HttpFlaw::Header }
    }

    fn finish(&mut self) -> Option<Head> {
        let (minor, status, reason) = self.status.take()?;
        Some(Head { minor, status, reason, headers: std::mem::take(&mut self.headers), length: self.scanned })
    }
}

/// Tells early what cannot become HTTP/1, so that a banner is not waited out. False where it is too early to
/// tell what it is instead.
fn starts_well(buffer: &[u8]) -> Result<bool, HttpFlaw> {
    let seen = buffer.len().min(START.len());
    if buffer[..seen] == START[..seen] {
        return Ok(true);
    }
    match buffer {
        [0x14..=0x17, 0x03, 0x00..=0x04, ..] => Err(HttpFlaw::LooksLikeTls),
        // A SETTINGS or GOAWAY frame on stream 0.
        [0, 0, _, 0x04 | 0x07, ..] => Err(HttpFlaw::LooksLikeHttp2),
        [0x14..=0x17 | 0] | [0x14..=0x17, 0x03] | [0, 0] | [0, 0, _] => Ok(false),
        _ => Err(HttpFlaw::NotHttp),
    }
}

fn status_line(line: &[u8]) -> Result<(u8, u16, String), HttpFlaw> {
    let rest = line.strip_prefix(START).ok_or(HttpFlaw::NotHttp)?;
    let (minor, code, reason) = match rest {
        [minor @ (b'0' | b'1'), b' ', a, b, c] => (minor, [a, b, c], &[][..]),
        [minor @ (b'0' | b'1'), b' ', a, b, c, b' ', reason @ ..] => (minor, [a, b, c], reason),
        _ => return Err(HttpFlaw::StatusLine),
    };
    if !code.iter().all(|digit| digit.is_ascii_digit()) || !is_text(reason) {
        return Err(HttpFlaw::StatusLine);
    }
    let status = code.iter().fold(0, |sum, digit| sum * 10 + u16::from(**digit - b'0'));
    if !(100..=599).contains(&status) {
        return Err(HttpFlaw::StatusLine);
    }
    Ok((minor - b'0', status, String::from_utf8_lossy(reason).into_owned()))
}

fn header_line(line: &[u8]) -> Result<(String, String), HttpFlaw> {
    let colon = memchr::memchr(b':', line).ok_or(HttpFlaw::Header)?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    if name.is_empty() || !name.iter().copied().all(is_token_byte) || !is_text(value) {
        return Err(HttpFlaw::Header);
    }
    Ok((String::from_utf8_lossy(name).into_owned(), String::from_utf8_lossy(value).into_owned()))
}

/// A byte of a method or of a header's name.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == b'\t' || (*byte >= 0x20 && *byte != 0x7f))
}

/// How the body of this answer to a request with this method is delimited.
pub(super) fn framing(head: &Head, method: &str) -> Result<Framing, HttpFlaw> {
    let values = |wanted: &'static str| {
        let matching = move |(name, value): &'_ (String, String)| {
            name.eq_ignore_ascii_case(wanted).then(|| value.split(',').map(|v| v.trim().to_owned()).collect::<Vec<_>>())
        };
        head.headers.iter().filter_map(matching).flatten().collect::<Vec<_>>()
    };
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    let length =
        lengths.iter().map(|text| content_length(text)).try_fold(None, |agreed, length| match (agreed, length) {
            (_, None) => Err(HttpFlaw::Length),
            (Some(a), Some(b)) if a != b => Err(HttpFlaw::Length),
            (_, length) => Ok(length),
        })?;
    if method == "HEAD" || matches!(head.status, 100..=199 | 204 | 304) {
        return Ok(Framing::Empty);
    }
    match (codings.as_slice(), length) {
        ([], Some(length)) => Ok(Framing::Length(length)),
        ([], None) => Ok(Framing::UntilClose),
        (_, Some(_)) => Err(HttpFlaw::Length),
        ([coding], None) if coding.eq_ignore_ascii_case("chunked") && head.minor == 1 => Ok(Framing::Chunked),
        _ => Err(HttpFlaw::TransferCoding),
    }
}

fn content_length(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Reads bytes as an answer, in slices of `step` bytes, as they come from a peer: head, framing, body. For the fuzz
/// targets; what comes out does not matter, only that something does.
pub(crate) fn take_apart(bytes: &[u8], step: usize) {
    let mut parser = HeadParser::default();
    let limit = 64 * 1024;
    let mut end = 0;
    while end < bytes.len() {
        end = (end + step.max(1)).min(bytes.len());
        match parser.advance(&bytes[..end], limit) {
            Err(_) => return,
            Ok(None) => {}
            Ok(Some(head)) => {
                let Ok(framing) = framing(&head, "GET") else { return };
                let mut body = super::body::Body::new(framing, 1 << 20, 1024);
                for piece in bytes[head.length.min(bytes.len())..].chunks(step.max(1)) {
                    if body.take(piece).is_some() {
                        return;
                    }
                }
                body.close();
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(bytes: &[u8]) -> Result<Option<Head>, HttpFlaw> {
        HeadParser::default().advance(bytes, 64 * 1024)
    }

    #[test]
    fn good_heads_are_read() {
        let head =
            parse(b"HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nX-Odd:\t caf\xe9 \r\n\r\nrest").unwrap().unwrap();
        assert_eq!((head.minor, head.status, head.reason.as_str()), (1, 502, "Bad Gateway"));
        assert_eq!(head.headers[0], ("Server".to_owned(), "nginx".to_owned()));
        assert_eq!(head.headers[1].1, "caf\u{fffd}");
        assert_eq!(head.length, 58);
        assert_eq!(parse(b"HTTP/1.0 200\r\n\r\n").unwrap().unwrap().reason, "");
        assert_eq!(parse(b"HTTP/1.1 200 \r\n\r\n").unwrap().unwrap().status, 200);
    }

    #[test]
    fn flaws_are_named() {
        for (bytes, flaw) in [
            (&b"SSH-2.0-OpenSSH_9\r\n"[..], HttpFlaw::NotHttp),
            (b"<html>", HttpFlaw::NotHttp),
            (b"\x15\x03\x01\x00\x02\x02\x16", HttpFlaw::LooksLikeTls),
            (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", HttpFlaw::LooksLikeHttp2),
            (b"HTTP/2.0 200 OK\r\n\r\n", HttpFlaw::NotHttp),
            (b"HTTP/1.2 200 OK\r\n\r\n", HttpFlaw::StatusLine),
            (b"HTTP/1.1 99 x\r\n", HttpFlaw::StatusLine),
            (b"HTTP/1.1 600 x\r\n", HttpFlaw::StatusLine),
            (b"HTTP/1.1 000 x\r\n", HttpFlaw::StatusLine),
            (b"HTTP/1.1 20O OK\r\n", HttpFlaw::StatusLine),
            (b"HTTP/1.1 -1 OK\r\n", HttpFlaw::StatusLine),
            (b"HTTP/1.1  200 OK\r\n", HttpFlaw::StatusLine),
            (b"HTTP/1.1 200 O\x00K\r\n", HttpFlaw::StatusLine),
            (b"HTTP/1.1 200 OK\n", HttpFlaw::StatusLine),
            (b"HTTP/1.1 200 OK\r\nA: b\n", HttpFlaw::Header),
            (b"HTTP/1.1 200 OK\r\n folded\r\n", HttpFlaw::Header),
            (b"HTTP/1.1 200 OK\r\nA : b\r\n", HttpFlaw::Header),
            (b"HTTP/1.1 200 OK\r\nno colon\r\n", HttpFlaw::Header),
            (b"HTTP/1.1 200 OK\r\n: empty\r\n", HttpFlaw::Header),
            (b"HTTP/1.1 200 OK\r\nA: b\x00c\r\n", HttpFlaw::Header),
            (b"HTTP/1.1 200 OK\r\nA: b\rc\r\n", HttpFlaw::Header),
        ] {
            assert_eq!(parse(bytes), Err(flaw), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn limits_hold_at_their_edge() {
        let mut head = b"HTTP/1.1 200 OK\r\n".to_vec();
        head.extend(b"A: b\r\n".repeat(MAX_HEADERS));
        assert!(parse(&[&head[..], b"\r\n"].concat()).unwrap().is_some());
        assert_eq!(parse(&[&head[..], b"A: b\r\n"].concat()), Err(HttpFlaw::TooManyHeaders));
        let whole = b"HTTP/1.1 200 OK\r\n\r\n";
        assert!(HeadParser::default().advance(whole, whole.len()).unwrap().is_some());
        assert_eq!(HeadParser::default().advance(whole, whole.len() - 1), Err(HttpFlaw::HeadTooLarge));
    }

    #[test]
    fn lengths_agree_or_are_refused() {
        let framed = |lines: &str, method| {
            let head = parse(format!("HTTP/1.1 200 OK\r\n{lines}\r\n").as_bytes()).unwrap().unwrap();
            framing(&head, method)
        };
        for (lines, expected) in [
            ("", Ok(Framing::UntilClose)),
            ("Content-Length: 5\r\n", Ok(Framing::Length(5))),
            ("Content-Length: 5\r\ncontent-length: 5\r\n", Ok(Framing::Length(5))),
            ("Content-Length: 5, 5\r\n", Ok(Framing::Length(5))),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", Err(HttpFlaw::Length)),
            ("Content-Length: +5\r\n", Err(HttpFlaw::Length)),
            ("Content-Length: 0x5\r\n", Err(HttpFlaw::Length)),
            ("Content-Length:\r\n", Err(HttpFlaw::Length)),
            ("Content-Length: 18446744073709551616\r\n", Err(HttpFlaw::Length)),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Err(HttpFlaw::Length)),
            ("Transfer-Encoding: Chunked\r\n", Ok(Framing::Chunked)),
            ("Transfer-Encoding: chunked, chunked\r\n", Err(HttpFlaw::TransferCoding)),
            ("Transfer-Encoding: gzip, chunked\r\n", Err(HttpFlaw::TransferCoding)),
            ("Transfer-Encoding: identity\r\n", Err(HttpFlaw::TransferCoding)),
        ] {
            assert_eq!(framed(lines, "GET"), expected, "{lines:?}");
        }
        assert_eq!(framed("Content-Length: 5\r\n", "HEAD"), Ok(Framing::Empty));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_slices_change_nothing(
            bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0_usize..300, as_http: bool,
        ) {
            let bytes = if as_http { [b"HTTP/1.1 200 OK\r\n".as_slice(), &bytes].concat() } else { bytes };
            let whole = parse(&bytes);
            let mut parser = HeadParser::default();
            let first = parser.advance(&bytes[..cut.min(bytes.len())], 64 * 1024);
            let sliced = match first { Ok(None) => parser.advance(&bytes, 64 * 1024), other => other };
            prop_assert_eq!(sliced, whole);
        }
    }
}
