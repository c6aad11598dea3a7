//! An answer byte by byte: every rule of HTTP that it breaks, not only the first.
//!
//! The strict parser of an exchange stops at the first flaw, as a gateway does. Which flaw a gateway stops at
//! differs, so here all of them are listed, each with its place. Pure.

use super::body::Body;
use super::head::{Framing, is_token_byte};
use super::recognise;
use super::types::BodyEnd;
use app::model::fact::wire::{Flaw, FlawKind, RawAnswer};

/// Flaws that are kept of one answer.
const MAX_FLAWS: usize = 12;
/// Bytes of a flaw that are shown.
const SHOWN: usize = 40;
/// Interim answers that are read over.
const MAX_INTERIM: usize = 8;

/// One line of the head: its number, where it begins, and its bytes without the end.
struct Line<'a> {
    number: u32,
    offset: usize,
    bytes: &'a [u8],
    bare: bool,
}

/// What becomes of a head.
struct HeadSeen<'a> {
    lines: Vec<Line<'a>>,
    /// Where the body begins; `None` if the head does not end.
    end: Option<usize>,
}

/// Judges an answer to a request with this method. `closed` says that the peer closed after the last byte.
pub fn inspect(target: &str, bytes: &[u8], method: &str, closed: bool) -> RawAnswer {
    let mut answer = RawAnswer { target: target.to_owned(), ..RawAnswer::default() };
    let mut begin = 0;
    for _ in 0..=MAX_INTERIM {
        let head = head_of(&bytes[begin..]);
        answer.status = recognise::status(&bytes[begin..]);
        match (answer.status, head.end) {
            (Some(100 | 102..=199), Some(end)) => begin += end,
            _ => break,
        }
    }
    let head = head_of(&bytes[begin..]);
    let mut flaws = Flaws { begin, found: Vec::new() };
    read_head(&head, &mut answer, &mut flaws);
    match head.end {
        Some(end) => {
            answer.head_bytes = size(end);
            read_body(&bytes[begin + end..], begin + end, method, closed, &mut answer, &mut flaws);
        }
        None => {
            answer.head_bytes = size(bytes.len() - begin);
            flaws.add(FlawKind::EndlessHead, 0, bytes.len() - begin, &[]);
        }
    }
    answer.flaws = flaws.found;
    answer
}

struct Flaws {
    begin: usize,
    found: Vec<Flaw>,
}

impl Flaws {
    fn add(&mut self, kind: FlawKind, line: u32, offset: usize, bytes: &[u8]) {
        let known = self.found.iter().any(|flaw| flaw.kind == kind && flaw.line == line);
        if !known && self.found.len() < MAX_FLAWS {
            let shown = bytes[..bytes.len().min(SHOWN)].escape_ascii().to_string();
            self.found.push(Flaw { kind, line, offset: size(self.begin + offset), shown });
        }
    }
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The lines up to the empty one.
fn head_of(bytes: &[u8]) -> HeadSeen<'_> {
    let mut lines = Vec::new();
    let (mut offset, mut number) = (0, 0);
    while let Some(at) = memchr::memchr(b'\n', &bytes[offset..]) {
        let whole = &bytes[offset..offset + at];
        let line = whole.strip_suffix(b"\r").unwrap_or(whole);
        let next = offset + at + 1;
        if line.is_empty() && number > 0 {
            return HeadSeen { lines, end: Some(next) };
        }
        number += 1;
        lines.push(Line { number, offset, bytes: line, bare: whole.len() == line.len() });
        offset = next;
    }
    HeadSeen { lines, end: None }
}

fn read_head(head: &HeadSeen<'_>, answer: &mut RawAnswer, flaws: &mut Flaws) {
    let mut lines = head.lines.iter();
    if let Some(status) = lines.next() {
        read_status(status, flaws);
    }
    for line in lines {
        answer.header_lines += 1;
        answer.longest_line = answer.longest_line.max(size(line.bytes.len()));
        if line.bare {
            flaws.add(FlawKind::BareLineFeed, line.number, line.offset + line.bytes.len(), line.bytes);
        }
        read_header(line, answer, flaws);
    }
    judge_framing(answer, flaws);
}

fn read_status(line: &Line<'_>, flaws: &mut Flaws) {
    let well = matches!(line.bytes, [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1', b' ', b'1'..=b'5', b, c, rest @ ..]
        if b.is_ascii_digit() && c.is_ascii_digit() && (rest.is_empty() || rest[0] == b' '));
    if !well || line.bytes.contains(&0) {
        flaws.add(FlawKind::StatusLine, line.number, line.offset, line.bytes);
    }
}

fn read_header(line: &Line<'_>, answer: &mut RawAnswer, flaws: &mut Flaws) {
    if let Some(at) = memchr::memchr(0, line.bytes) {
        flaws.add(FlawKind::Nul, line.number, line.offset + at, line.bytes);
    }
    if matches!(line.bytes.first(), Some(b' ' | b'\t')) {
        flaws.add(FlawKind::Folded, line.number, line.offset, line.bytes);
        return;
    }
    let Some(colon) = memchr::memchr(b':', line.bytes) else {
        flaws.add(FlawKind::NoColon, line.number, line.offset, line.bytes);
        return;
    };
    let (name, value) = (&line.bytes[..colon], line.bytes[colon + 1..].trim_ascii());
    if name.is_empty() {
        flaws.add(FlawKind::EmptyName, line.number, line.offset, line.bytes);
    }
    if let Some(at) = name.iter().position(|byte| matches!(byte, b' ' | b'\t')) {
        flaws.add(FlawKind::SpaceInName, line.number, line.offset + at, line.bytes);
    } else if let Some(at) = name.iter().position(|byte| !is_token_byte(*byte) && *byte != 0) {
        flaws.add(FlawKind::NameByte, line.number, line.offset + at, line.bytes);
    }
    let whole = &line.bytes[colon + 1..];
    if let Some(at) = whole.iter().position(|byte| *byte != 0 && *byte != b'\t' && (*byte < 0x20 || *byte == 0x7f)) {
        flaws.add(FlawKind::ValueByte, line.number, line.offset + colon + 1 + at, line.bytes);
    }
    let name = name.trim_ascii_end();
    let list = if name.eq_ignore_ascii_case(b"content-length") {
        &mut answer.lengths
    } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
        &mut answer.codings
    } else {
        return;
    };
    if list.len() < 8 {
        list.push(value[..value.len().min(SHOWN)].escape_ascii().to_string());
    }
    let digits = !value.is_empty() && value.len() < 20 && value.iter().all(u8::is_ascii_digit);
    if name.eq_ignore_ascii_case(b"content-length") && !digits {
        flaws.add(FlawKind::BadLength, line.number, line.offset + colon + 1, value);
    }
}

/// What the framing headers say together.
fn judge_framing(answer: &RawAnswer, flaws: &mut Flaws) {
    if let Some(first) = answer.lengths.first()
        && let Some(other) = answer.lengths.iter().find(|other| *other != first)
    {
        flaws.add(FlawKind::DifferentLengths, 0, 0, format!("{first} and {other}").as_bytes());
    }
    let codings: Vec<&str> = answer.codings.iter().flat_map(|line| line.split(',')).map(str::trim).collect();
    if !codings.is_empty() && !answer.lengths.is_empty() {
        flaws.add(FlawKind::LengthAndCoding, 0, 0, &[]);
    }
    let chunked = codings.iter().filter(|coding| coding.eq_ignore_ascii_case("chunked")).count();
    if chunked > 1 {
        flaws.add(FlawKind::DoubledCoding, 0, 0, codings.join(", ").as_bytes());
    }
    if let Some(unknown) = codings.iter().find(|coding| !coding.eq_ignore_ascii_case("chunked")) {
        flaws.add(FlawKind::UnknownCoding, 0, 0, unknown.as_bytes());
    }
}

fn read_body(bytes: &[u8], offset: usize, method: &str, closed: bool, answer: &mut RawAnswer, flaws: &mut Flaws) {
    answer.body_bytes = size(bytes.len());
    let flawed = |flaws: &Flaws, kinds: &[FlawKind]| flaws.found.iter().any(|flaw| kinds.contains(&flaw.kind));
    let no_body = method == "HEAD" || matches!(answer.status, Some(100..=199 | 204 | 304));
    let chunked = answer.codings.iter().any(|coding| coding.eq_ignore_ascii_case("chunked"));
    let length = answer.lengths.first().and_then(|text| text.parse::<u64>().ok());
    if no_body || flawed(flaws, &[FlawKind::UnknownCoding, FlawKind::BadLength]) {
        return;
    }
    if chunked {
        let mut body = Body::new(Framing::Chunked, u64::MAX, 0);
        // Byte by byte, so that the place of the first broken byte is known.
        for (at, byte) in bytes.iter().enumerate() {
            match body.take(std::slice::from_ref(byte)) {
                Some(BodyEnd::Complete) => return,
                Some(_) => {
                    let from = at.saturating_sub(8);
                    let shown = &bytes[from..bytes.len().min(at + 8)];
                    flaws.add(FlawKind::BadChunk, 0, offset - flaws.begin + at, shown);
                    return;
                }
                None => {}
            }
        }
        if closed {
            flaws.add(FlawKind::ShortBody, 0, offset - flaws.begin + bytes.len(), b"the last chunk is missing");
        }
        return;
    }
    let Some(length) = length else { return };
    let came = size(bytes.len());
    if came < length && closed {
        let shown = format!("{came} of {length} bytes");
        flaws.add(FlawKind::ShortBody, 0, offset - flaws.begin + bytes.len(), shown.as_bytes());
    } else if came > length {
        let shown = format!("{came} instead of {length} bytes");
        flaws.add(FlawKind::LongBody, 0, offset - flaws.begin + usize::try_from(length).unwrap_or(0), shown.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flaws(bytes: &[u8]) -> Vec<FlawKind> {
        inspect("t", bytes, "GET", true).flaws.iter().map(|flaw| flaw.kind).collect()
    }

    #[test]
    fn a_good_answer_breaks_nothing() {
        assert_eq!(flaws(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"), []);
        assert_eq!(flaws(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nok\n\r\n0\r\n\r\n"), []);
        assert_eq!(flaws(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil close"), []);
        assert_eq!(flaws(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"), []);
    }

    #[test]
    fn every_flaw_is_found_with_its_place() {
        for (bytes, kind, line, offset) in [
            (&b"HTTP/1.1 OK\r\n\r\n"[..], FlawKind::StatusLine, 1, 0),
            (b"HTTP/1.1 200 OK\r\nA: b\r\nbare word\r\n\r\n", FlawKind::NoColon, 3, 23),
            (b"HTTP/1.1 200 OK\r\n: x\r\n\r\n", FlawKind::EmptyName, 2, 17),
            (b"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n", FlawKind::SpaceInName, 2, 20),
            (b"HTTP/1.1 200 OK\r\nB(d: x\r\n\r\n", FlawKind::NameByte, 2, 18),
            (b"HTTP/1.1 200 OK\r\nX: 7\0f\r\n\r\n", FlawKind::Nul, 2, 21),
            (b"HTTP/1.1 200 OK\r\nX: a\x01b\r\n\r\n", FlawKind::ValueByte, 2, 21),
            (b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", FlawKind::Folded, 3, 23),
            (b"HTTP/1.1 200 OK\r\nX: a\n\r\n", FlawKind::BareLineFeed, 2, 21),
            (b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", FlawKind::BadLength, 2, 32),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok\n",
                FlawKind::DifferentLengths,
                0,
                0,
            ),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                FlawKind::LengthAndCoding,
                0,
                0,
            ),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzipped\r\n\r\n", FlawKind::UnknownCoding, 0, 0),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                FlawKind::DoubledCoding,
                0,
                0,
            ),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", FlawKind::BadChunk, 0, 47),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nshort", FlawKind::ShortBody, 0, 44),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nlong", FlawKind::LongBody, 0, 40),
            (b"HTTP/1.1 200 OK\r\nA: b\r\n", FlawKind::EndlessHead, 0, 23),
        ] {
            let answer = inspect("t", bytes, "GET", true);
            let flaw = answer.flaws.iter().find(|flaw| flaw.kind == kind);
            let flaw = flaw.unwrap_or_else(|| panic!("{}: {:?}", bytes.escape_ascii(), answer.flaws));
            assert_eq!((flaw.line, flaw.offset), (line, offset), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn an_open_connection_is_not_a_short_body() {
        let open = inspect("t", b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nshort", "GET", false);
        assert_eq!(open.flaws, []);
        assert_eq!(inspect("t", b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n", "HEAD", true).flaws, []);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), as_http: bool, closed: bool) {
            let bytes = if as_http { [b"HTTP/1.1 200 OK\r\n".as_slice(), &bytes].concat() } else { bytes };
            let answer = inspect("t", &bytes, "GET", closed);
            prop_assert!(answer.flaws.len() <= MAX_FLAWS);
        }
    }
}
