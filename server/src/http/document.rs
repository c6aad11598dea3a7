//! One answer made ready: its bytes in three encodings, its headers, its entity tags.

use super::assets::accepts;
use super::headers::{self, Class};
use axum::body::Body;
use bytes::Bytes;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;

/// Brotli's effort. A page of 200 KB takes some 10 ms at 5; 11 would take a second of each change.
const BROTLI_QUALITY: u32 = 5;
/// Brotli's window, 2^20 bytes: more than any page.
const BROTLI_WINDOW: u32 = 20;
/// Below this an encoding saves less than its header costs.
const MIN_ENCODED: usize = 256;

/// An answer in memory. Giving it out clones reference counts and headers, nothing else.
#[derive(Debug)]
pub(super) struct Document {
    identity: Variant,
    gzip: Option<Variant>,
    brotli: Option<Variant>,
    /// The content's hash, the stem of the three entity tags.
    hash: String,
    not_modified: HeaderMap,
}

#[derive(Debug)]
struct Variant {
    headers: HeaderMap,
    bytes: Bytes,
}

impl Document {
    /// Compresses `text` and prepares its headers.
    pub(super) fn new(text: impl Into<Bytes>, content_type: &'static str, class: Class, https: bool) -> Self {
        let bytes: Bytes = text.into();
        let hash = hex_of(&Sha256::digest(&bytes)[..12]);
        let mut common = headers::security(class, https);
        common.insert(header::CACHE_CONTROL, headers::CACHE_PUBLIC);
        common.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let not_modified = common.clone();
        common.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));

        let variant = |bytes: Bytes, encoding: Option<&'static str>| {
            let mut headers = common.clone();
            headers.insert(header::ETAG, tag_of(&hash, encoding));
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            if let Some(encoding) = encoding {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            Variant { headers, bytes }
        };
        let worth_it = |encoded: Option<Vec<u8>>| encoded.filter(|encoded| encoded.len() < bytes.len());
        let (gzip, brotli) =
            if bytes.len() < MIN_ENCODED { (None, None) } else { (worth_it(gzip(&bytes)), worth_it(brotli(&bytes))) };
        Self {
            gzip: gzip.map(|bytes| variant(bytes.into(), Some("gzip"))),
            brotli: brotli.map(|bytes| variant(bytes.into(), Some("br"))),
            identity: variant(bytes, None),
            hash,
            not_modified,
        }
    }

    /// A page for visitors.
    pub(super) fn page(html: String, https: bool) -> Self {
        Self::new(html, "text/html; charset=utf-8", Class::Public, https)
    }

    /// The answer to a GET or HEAD with these request headers; hyper leaves the body out for HEAD.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response<Body> {
        let variant = self.negotiate(request);
        if self.is_known(request) {
            let mut headers = self.not_modified.clone();
            headers.insert(header::ETAG, variant.headers[header::ETAG].clone());
            return respond(StatusCode::NOT_MODIFIED, headers, Body::empty());
        }
        respond(StatusCode::OK, variant.headers.clone(), Body::from(variant.bytes.clone()))
    }

    /// The content's hash, as in its entity tags.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// The bytes without an encoding.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.identity.bytes
    }

    fn negotiate(&self, request: &HeaderMap) -> &Variant {
        let Some(accepted) = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
            return &self.identity;
        };
        match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if accepts(accepted, "br") => brotli,
            (_, Some(gzip)) if accepts(accepted, "gzip") => gzip,
            _ => &self.identity,
        }
    }

    /// Whether If-None-Match names this content in any encoding; the client's copy is then good.
    fn is_known(&self, request: &HeaderMap) -> bool {
        request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
            value.split(',').map(str::trim).any(|tag| {
                let tag = tag.strip_prefix("W/").unwrap_or(tag);
                tag == "*" || stem_of(tag) == Some(self.hash.as_str())
            })
        })
    }
}

/// The hash within one of our tags: `"hash"`, `"hash-gz"` or `"hash-br"`.
fn stem_of(tag: &str) -> Option<&str> {
    let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
    Some(inner.strip_suffix("-gz").or_else(|| inner.strip_suffix("-br")).unwrap_or(inner))
}

fn tag_of(hash: &str, encoding: Option<&str>) -> HeaderValue {
    let tag = match encoding {
        Some("gzip") => format!("\"{hash}-gz\""),
        Some(_) => format!("\"{hash}-br\""),
        None => format!("\"{hash}\""),
    };
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))
}

fn respond(status: StatusCode, headers: HeaderMap, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

pub(super) fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), flate2::Compression::new(6));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() / 4);
    let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, BROTLI_QUALITY, BROTLI_WINDOW);
    encoder.write_all(bytes).ok()?;
    encoder.flush().ok()?;
    drop(encoder);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn request(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    fn long() -> Document {
        Document::page("status page ".repeat(100), true)
    }

    #[test]
    fn every_encoding_holds_the_same_text() {
        let document = long();
        let gzip = document.gzip.as_ref().unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(&gzip.bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text.as_bytes(), &document.bytes()[..]);
        let brotli = document.brotli.as_ref().unwrap();
        let mut text = String::new();
        brotli::Decompressor::new(&brotli.bytes[..], 4096).read_to_string(&mut text).unwrap();
        assert_eq!(text.as_bytes(), &document.bytes()[..]);
    }

    #[test]
    fn each_encoding_has_a_tag_of_its_own_and_all_are_known_again() {
        let document = long();
        let mut tags = Vec::new();
        for accepted in ["", "gzip", "br, gzip"] {
            let answer = document.answer(&request(&[(header::ACCEPT_ENCODING, accepted)]));
            assert_eq!(answer.status(), StatusCode::OK);
            tags.push(answer.headers()[header::ETAG].to_str().unwrap().to_owned());
        }
        assert!(tags[0] != tags[1] && tags[1] != tags[2]);
        for tag in tags.iter().chain([&format!("W/{}", tags[0]), &format!("\"x\", {}", tags[2]), &"*".to_owned()]) {
            let answer = document.answer(&request(&[(header::IF_NONE_MATCH, tag)]));
            assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{tag}");
            assert!(!answer.headers().contains_key(header::CONTENT_LENGTH));
            assert!(answer.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        }
        for tag in ["", "\"\"", "x", "\"other\"", "W/\"other-br\""] {
            let answer = document.answer(&request(&[(header::IF_NONE_MATCH, tag)]));
            assert_eq!(answer.status(), StatusCode::OK, "{tag}");
        }
    }

    #[test]
    fn short_answers_are_not_compressed() {
        let document = Document::page("short".to_owned(), false);
        let answer = document.answer(&request(&[(header::ACCEPT_ENCODING, "br")]));
        assert!(!answer.headers().contains_key(header::CONTENT_ENCODING));
    }

    #[test]
    fn other_content_has_another_tag() {
        let (one, two) = (Document::page("a".into(), false), Document::page("b".into(), false));
        assert_ne!(one.hash, two.hash);
    }
}
