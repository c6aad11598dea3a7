//! One answer made ready: its bytes in three encodings, each made once and when first asked for, its headers, its
//! entity tags.

use super::assets::accepts;
use super::headers::{self, Class};
use axum::body::Body;
use bytes::Bytes;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

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
    gzip: OnceLock<Option<Variant>>,
    brotli: OnceLock<Option<Variant>>,
    /// The content's hash, the stem of the three entity tags.
    hash: String,
    not_modified: HeaderMap,
    /// [`Encoding`]s that somebody asked for, one bit each.
    asked: AtomicU8,
}

#[derive(Debug)]
struct Variant {
    headers: HeaderMap,
    bytes: Bytes,
}

/// How an answer's bytes are sent; the best that the client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity = 1,
    Gzip = 2,
    Brotli = 4,
}

impl Encoding {
    /// The best that these request headers accept.
    fn of(request: &HeaderMap) -> Self {
        let Some(accepted) = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
            return Self::Identity;
        };
        if accepts(accepted, "br") {
            Self::Brotli
        } else if accepts(accepted, "gzip") {
            Self::Gzip
        } else {
            Self::Identity
        }
    }
}

impl Document {
    /// Prepares the headers of `text`. It is compressed when somebody asks for that.
    pub(super) fn new(text: impl Into<Bytes>, content_type: &'static str, class: Class, https: bool) -> Self {
        let bytes: Bytes = text.into();
        let hash = hex_of(&Sha256::digest(&bytes)[..12]);
        let mut headers = headers::security(class, https);
        headers.insert(header::CACHE_CONTROL, headers::CACHE_PUBLIC);
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let not_modified = headers.clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::ETAG, tag_of(&hash, None));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        Self {
            identity: Variant { headers, bytes },
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
            hash,
            not_modified,
            asked: AtomicU8::new(0),
        }
    }

    /// A page for visitors.
    pub(super) fn page(html: String, https: bool) -> Self {
        Self::new(html, "text/html; charset=utf-8", Class::Public, https)
    }

    /// The answer to a GET or HEAD with these request headers; hyper leaves the body out for HEAD.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response<Body> {
        let encoding = Encoding::of(request);
        // Read first: a written line of memory would go to and fro between the processors.
        if self.asked.load(Ordering::Relaxed) & encoding as u8 == 0 {
            self.asked.fetch_or(encoding as u8, Ordering::Relaxed);
        }
        let variant = self.variant(encoding);
        if self.is_known(request) {
            let mut headers = self.not_modified.clone();
            headers.insert(header::ETAG, variant.headers[header::ETAG].clone());
            return respond(StatusCode::NOT_MODIFIED, headers, Body::empty());
        }
        respond(StatusCode::OK, variant.headers.clone(), Body::from(variant.bytes.clone()))
    }

    /// Whether the answer to these request headers needs no more work.
    pub(super) fn stands_ready(&self, request: &HeaderMap) -> bool {
        self.bytes().len() < MIN_ENCODED
            || match Encoding::of(request) {
                Encoding::Identity => true,
                Encoding::Gzip => self.gzip.get().is_some(),
                Encoding::Brotli => self.brotli.get().is_some(),
            }
    }

    /// Whether anybody has asked for it.
    pub(super) fn was_asked_for(&self) -> bool {
        self.asked.load(Ordering::Relaxed) != 0
    }

    /// Makes the encodings that were asked of `before`.
    pub(super) fn encode_like(&self, before: &Self) {
        let asked = before.asked.load(Ordering::Relaxed);
        for encoding in [Encoding::Gzip, Encoding::Brotli] {
            if asked & encoding as u8 != 0 {
                self.variant(encoding);
            }
        }
    }

    /// Compresses at the first call; what would not become smaller stays as it is.
    fn variant(&self, encoding: Encoding) -> &Variant {
        let bytes = self.bytes();
        let (made, name, compress) = match encoding {
            _ if bytes.len() < MIN_ENCODED => return &self.identity,
            Encoding::Identity => return &self.identity,
            Encoding::Gzip => (&self.gzip, "gzip", gzip as fn(&[u8]) -> Option<Vec<u8>>),
            Encoding::Brotli => (&self.brotli, "br", brotli as _),
        };
        let make = || {
            let encoded: Bytes = compress(bytes).filter(|encoded| encoded.len() < bytes.len())?.into();
            let mut headers = self.identity.headers.clone();
            headers.insert(header::ETAG, tag_of(&self.hash, Some(name)));
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(encoded.len()));
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            Some(Variant { headers, bytes: encoded })
        };
        made.get_or_init(make).as_ref().unwrap_or(&self.identity)
    }

    /// The content's hash, as in its entity tags.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// The bytes without an encoding.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.identity.bytes
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
        let gzip = document.variant(Encoding::Gzip);
        let mut text = String::new();
        flate2::read::GzDecoder::new(&gzip.bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text.as_bytes(), &document.bytes()[..]);
        let brotli = document.variant(Encoding::Brotli);
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
    fn what_was_asked_of_the_one_before_is_made_of_the_next() {
        let (before, next) = (long(), long());
        let [none, gzip, brotli] =
            ["", "gzip", "gzip, br"].map(|accepted| request(&[(header::ACCEPT_ENCODING, accepted)]));
        assert!(before.stands_ready(&none) && !before.stands_ready(&gzip) && !before.was_asked_for());
        before.answer(&brotli);
        assert!(before.stands_ready(&brotli) && before.was_asked_for());
        next.encode_like(&before);
        assert!(next.stands_ready(&brotli) && !next.stands_ready(&gzip));
        assert!(!next.was_asked_for(), "nobody has, and nothing is made of the one after it");
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
