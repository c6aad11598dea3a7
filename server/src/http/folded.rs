//! The status page with some of its groups closed, which groups its address says.
//!
//! The page is rendered once for all: its addresses differ in one attribute of the first element, by which the style
//! sheet hides rows. So what lies behind that attribute is compressed once, and an answer is the attribute as a
//! stored block before it. No address costs a rendering or a compression, however many there are.

use super::assets::accepts;
use super::document::Document;
use super::headers::{self, Class};
use axum::body::Body;
use bytes::Bytes;
use flate2::Crc;
use flate2::write::DeflateEncoder;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use std::io::Write as _;

/// How every page begins; the attribute comes right after it.
const HEAD: &str = "<!DOCTYPE html><html";
/// A gzip member's head: deflate, no name, no time, from Unix.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
/// The longest list in an address.
const MAX_LIST: usize = 400;

/// The page, ready to be given out with any groups closed.
#[derive(Debug)]
pub(super) struct Folded {
    /// Of each group that can be closed, in the page's order.
    ids: Vec<String>,
    rest: Bytes,
    packed: Bytes,
    crc: Crc,
    hash: String,
    https: bool,
}

impl Folded {
    /// From the page with all groups open; `None` where nothing can be closed.
    pub(super) fn new(page: &Document, ids: Vec<String>, https: bool) -> Option<Self> {
        let whole = page.bytes();
        if ids.is_empty() || !whole.starts_with(HEAD.as_bytes()) {
            return None;
        }
        let rest = whole.slice(HEAD.len()..);
        let mut encoder = DeflateEncoder::new(Vec::with_capacity(rest.len() / 4), flate2::Compression::new(6));
        encoder.write_all(&rest).ok()?;
        let packed = encoder.finish().ok()?.into();
        let mut crc = Crc::new();
        crc.update(&rest);
        Some(Self { ids, rest, packed, crc, hash: page.hash().to_owned(), https })
    }

    /// The groups of a list `id.id`, by their place; what is not there any more is left out.
    pub(super) fn closed(&self, list: &str) -> Vec<usize> {
        let listed = |id: &String| list.len() <= MAX_LIST && list.split('.').any(|one| one == id);
        (0..self.ids.len()).filter(|place| listed(&self.ids[*place])).collect()
    }

    /// Where to go to have a group closed, or opened where the list has it already; `None` for an unknown one.
    pub(super) fn toggled(&self, list: &str, id: &str) -> Option<String> {
        let place = self.ids.iter().position(|known| known == id)?;
        let mut closed = self.closed(list);
        match closed.iter().position(|one| *one == place) {
            Some(at) => drop(closed.remove(at)),
            None => closed.push(place),
        }
        closed.sort_unstable();
        let ids: Vec<&str> = closed.into_iter().map(|place| self.ids[place].as_str()).collect();
        Some(if ids.is_empty() { "/".to_owned() } else { format!("/closed/{}/status", ids.join(".")) })
    }

    /// The answer to a GET or HEAD with these groups closed.
    pub(super) fn answer(&self, closed: &[usize], request: &HeaderMap) -> Response<Body> {
        // The style sheet counts from 1.
        let numbers: Vec<String> = closed.iter().map(|place| (place + 1).to_string()).collect();
        let head = format!("{HEAD} data-closed=\"{}\"", numbers.join(" "));
        let value = |name| request.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let gzip = accepts(value(header::ACCEPT_ENCODING), "gzip");
        let stem = format!("{}-{}", self.hash, numbers.join("."));
        let tag = format!("\"{stem}{}\"", if gzip { "-gz" } else { "" });
        let known = |tag: &str| {
            let inner = tag.trim().trim_start_matches("W/").trim_matches('"');
            inner.strip_suffix("-gz").unwrap_or(inner) == stem
        };
        let not_modified = value(header::IF_NONE_MATCH).split(',').any(known);

        let mut fields = headers::security(Class::Public, self.https);
        fields.insert(header::CACHE_CONTROL, headers::CACHE_PUBLIC);
        fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            fields.insert(header::ETAG, tag);
        }
        let mut response = Response::new(Body::empty());
        if not_modified {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            let bytes = if gzip { self.gzip(&head) } else { [head.as_bytes(), &self.rest].concat() };
            fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            fields.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            if gzip {
                fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            *response.body_mut() = Body::from(bytes);
        }
        *response.headers_mut() = fields;
        response
    }

    /// One gzip member: the head as a stored block, then the rest as it was compressed.
    fn gzip(&self, head: &str) -> Vec<u8> {
        // A head is some hundred bytes, and a stored block holds 65,535.
        let length = u16::try_from(head.len()).unwrap_or(u16::MAX);
        let mut crc = Crc::new();
        crc.update(head.as_bytes());
        crc.combine(&self.crc);
        let mut bytes = Vec::with_capacity(self.packed.len() + head.len() + 32);
        bytes.extend_from_slice(&GZIP);
        bytes.push(0);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&(!length).to_le_bytes());
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(&self.packed);
        bytes.extend_from_slice(&crc.sum().to_le_bytes());
        bytes.extend_from_slice(&crc.amount().to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;
    use std::io::Read as _;

    fn folded() -> Folded {
        let rows = "<section class=\"group\">row</section>".repeat(500);
        let page = Document::page(format!("{HEAD}><body>{rows}</body></html>"), true);
        Folded::new(&page, ["aa", "bb", "cc"].map(str::to_owned).to_vec(), true).unwrap()
    }

    fn request(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    async fn body(response: Response<Body>) -> Vec<u8> {
        response.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    #[tokio::test]
    async fn any_groups_are_closed_by_the_same_compressed_bytes() {
        let folded = folded();
        for closed in [vec![0], vec![0, 2], vec![0, 1, 2], vec![]] {
            let plain = body(folded.answer(&closed, &HeaderMap::new())).await;
            let text = String::from_utf8(plain).unwrap();
            let numbers: Vec<String> = closed.iter().map(|place| (place + 1).to_string()).collect();
            assert!(text.starts_with(&format!("{HEAD} data-closed=\"{}\"><body>", numbers.join(" "))), "{text}");
            let packed = folded.answer(&closed, &request(&[(header::ACCEPT_ENCODING, "br, gzip")]));
            assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
            let packed = body(packed).await;
            assert!(packed.len() < text.len() / 10, "{} of {}", packed.len(), text.len());
            // The decoder checks the sum and the length.
            let mut read = String::new();
            flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut read).unwrap();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn each_list_has_a_tag_of_its_own() {
        let folded = folded();
        let tag = |closed: &[usize], accepted: &str| {
            let answer = folded.answer(closed, &request(&[(header::ACCEPT_ENCODING, accepted)]));
            answer.headers()[header::ETAG].to_str().unwrap().to_owned()
        };
        let (one, two) = (tag(&[0], "gzip"), tag(&[1], "gzip"));
        assert!(one != two && one != tag(&[0], ""));
        for known in [one.clone(), format!("W/{one}"), format!("\"x\", {one}"), tag(&[0], "")] {
            let again = folded.answer(&[0], &request(&[(header::IF_NONE_MATCH, &known)]));
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
        }
        assert_eq!(folded.answer(&[0], &request(&[(header::IF_NONE_MATCH, &two)])).status(), StatusCode::OK);
    }

    #[test]
    fn lists_come_in_one_order_and_forget_what_is_gone() {
        let folded = folded();
        assert_eq!(folded.closed("cc.zz.aa.aa"), [0, 2]);
        assert_eq!(folded.closed(&"cc.".repeat(200)), [0_usize; 0], "nobody makes us read a book");
        assert_eq!(folded.toggled("", "bb").as_deref(), Some("/closed/bb/status"));
        assert_eq!(folded.toggled("cc.gone", "aa").as_deref(), Some("/closed/aa.cc/status"));
        assert_eq!(folded.toggled("aa.cc", "aa").as_deref(), Some("/closed/cc/status"));
        assert_eq!(folded.toggled("aa", "aa").as_deref(), Some("/"));
        assert_eq!(folded.toggled("aa", "//evil.example"), None);
    }
}
