//! What the three protocols are packed into, and what comes back.

use super::*;
use proptest::prelude::*;

fn params(pairs: &[(&str, &str)]) -> Vec<Param> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn record(kind: u8, content: &[u8], padding: u8) -> Vec<u8> {
    let mut bytes = vec![1, kind, 0, 1];
    bytes.extend_from_slice(&u16::try_from(content.len()).unwrap().to_be_bytes());
    bytes.extend_from_slice(&[padding, 0]);
    bytes.extend_from_slice(content);
    bytes.extend(std::iter::repeat_n(0, usize::from(padding)));
    bytes
}

fn end(status: u8) -> Vec<u8> {
    record(3, &[0, 0, 0, 0, status, 0, 0, 0], 0)
}

#[test]
fn a_fastcgi_request_is_begin_variables_and_input() {
    let bytes = pack(Cgi::Fastcgi, &params(&[("A", "b"), ("LONG", &"x".repeat(200))]), 0);
    assert_eq!(&bytes[..16], [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(&bytes[16..18], [1, 4]);
    assert_eq!(&bytes[24..28], [1, 1, b'A', b'b']);
    assert_eq!(&bytes[28..33], [4, 0x80, 0, 0, 200]);
    assert!(bytes.ends_with(&[1, 4, 0, 1, 0, 0, 0, 0, 1, 5, 0, 1, 0, 0, 0, 0]));
}

#[test]
fn uwsgi_and_scgi_pack_all_in_one() {
    assert_eq!(pack(Cgi::Uwsgi, &params(&[("A", "bc")]), 0), [0, 7, 0, 0, 1, 0, b'A', 2, 0, b'b', b'c']);
    let scgi = pack(Cgi::Scgi, &params(&[("A", "b"), ("C", "d\0EVIL\0e")]), 2);
    assert_eq!(scgi, b"28:CONTENT_LENGTH\x002\x00SCGI\x001\x00A\x00b\x00,xx");
}

#[test]
fn fastcgi_answers_are_taken_apart_wherever_they_are_cut() {
    let mut whole = record(7, b"Primary script unknown", 2);
    whole.extend(record(6, b"Status: 404 Not Found\r\nContent-type: text/html\r\n\r\nFile not", 5));
    whole.extend(record(6, b" found.\n", 0));
    whole.extend(end(0));
    for cut in 0..whole.len() {
        let mut incoming = Incoming::new(Cgi::Fastcgi);
        incoming.take(&whole[..cut]).unwrap();
        incoming.take(&whole[cut..]).unwrap();
        assert!(incoming.ended);
        let head = head::read(&incoming.output, 65536).unwrap().unwrap();
        assert_eq!((head.status, head.reason.as_str()), (404, "Not Found"));
        assert_eq!(&incoming.output[head.length..], b"File not found.\n");
        assert_eq!(incoming.demux.unwrap().complaint(), "Primary script unknown");
    }
}

#[test]
fn what_is_not_fastcgi_is_told_at_once() {
    for bytes in
        [&b"HTTP/1.1 400 Bad Request\r\n"[..], b"\x15\x03\x01", b"\x01\x0b", b"\x01\x06\x00\x02\x00\x00\x00\x00"]
    {
        let mut incoming = Incoming::new(Cgi::Fastcgi);
        assert_eq!(incoming.take(bytes), Err(HttpFlaw::NotFastcgi), "{}", bytes.escape_ascii());
    }
    let mut overloaded = Incoming::new(Cgi::Fastcgi);
    overloaded.take(&end(2)).unwrap();
    assert!(overloaded.demux.unwrap().overloaded());
}

#[test]
fn heads_of_cgi_and_of_http_are_read() {
    let read = |text: &str| head::read(text.as_bytes(), 65536);
    assert_eq!(read("Content-Type: a\n\n").unwrap().unwrap().status, 200);
    assert_eq!(read("Location: /x\r\n\r\n").unwrap().unwrap().status, 302);
    assert_eq!(read("HTTP/1.1 500 Internal Server Error\r\nA: b\r\n\r\n").unwrap().unwrap().status, 500);
    assert_eq!(read("HTTP/1.1 500 Internal Server Error\r\n\r\n").unwrap().unwrap().status, 500);
    assert_eq!(read("Status: 20\r\n\r\n"), Err(HttpFlaw::StatusLine));
    assert_eq!(read("no colon\r\n\r\n"), Err(HttpFlaw::Header));
    assert_eq!(read("\r\n"), Err(HttpFlaw::NotHttp));
    assert_eq!(read("<html>"), Err(HttpFlaw::NotHttp));
    assert_eq!(read("HTT"), Ok(None));
    assert_eq!(read("Content-Ty"), Ok(None));
    let short = read("Content-Length: 5\r\n\r\nab").unwrap().unwrap();
    assert_eq!(short.end_of(23), BodyEnd::Truncated);
    assert_eq!(short.end_of(26), BodyEnd::Complete);
}

proptest! {
    #[test]
    fn no_bytes_make_the_parsers_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0_usize..300) {
        let cut = cut.min(bytes.len());
        for cgi in [Cgi::Fastcgi, Cgi::Uwsgi, Cgi::Scgi] {
            let mut incoming = Incoming::new(cgi);
            let taken = incoming.take(&bytes[..cut]).and_then(|()| incoming.take(&bytes[cut..]));
            if taken.is_ok() {
                let _ = head::read(&incoming.output, 200);
            }
        }
    }
}
