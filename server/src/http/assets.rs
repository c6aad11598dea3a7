//! The embedded public files: style sheet, scripts, icons and the WebAssembly package.
//!
//! `build.rs` hashes and compresses them; nothing is read from disk and nothing is compressed here.
//! An address holds the content's hash, so every answer may be kept for ever by caches.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    /// File name, for example `main.css`; files of the WebAssembly package may have folders in it.
    pub name: &'static str,
    /// 16 hex digits of its content's SHA-256; common to all files of the WebAssembly package.
    pub hash: &'static str,
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    identity: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

impl Asset {
    /// The file as it is.
    pub fn bytes(&self) -> &'static [u8] {
        self.identity
    }

    /// Its address: `/assets/{hash}/{name}`.
    pub fn url(&self) -> String {
        format!("/assets/{}/{}", self.hash, self.name)
    }

    /// The smallest encoding that a request's `Accept-Encoding` allows, and its name for `Content-Encoding`
    /// (`None` for the file as it is). An absent header is the empty text.
    pub fn negotiate(&self, accept_encoding: &str) -> (&'static [u8], Option<&'static str>) {
        for (encoded, name) in [(self.brotli, "br"), (self.gzip, "gzip")] {
            if let Some(bytes) = encoded
                && accepts(accept_encoding, name)
            {
                return (bytes, Some(name));
            }
        }
        (self.identity, None)
    }
}

/// The file at `{hash}/{name}`, the part of an address after `/assets/`. Only the exact name with the
/// present hash is found, so a stale page gets 404 and never a file of another version.
pub fn find(path: &str) -> Option<&'static Asset> {
    let (hash, name) = path.split_once('/')?;
    named(name).filter(|asset| asset.hash == hash)
}

/// The file of that exact name, for what has a fixed address: `favicon.ico`, `robots.txt`.
pub fn named(name: &str) -> Option<&'static Asset> {
    ASSETS.binary_search_by(|asset| asset.name.cmp(name)).ok().map(|index| &ASSETS[index])
}

/// The style sheet's text, for pages that carry it.
pub fn style() -> &'static str {
    named("main.css").and_then(|asset| std::str::from_utf8(asset.bytes()).ok()).unwrap_or_default()
}

/// By what a content security policy knows [`style`] again: `'sha256-…'`.
pub(super) fn style_source() -> &'static str {
    static SOURCE: LazyLock<String> =
        LazyLock::new(|| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(style()))));
    &SOURCE
}

/// Every file, ordered by name.
pub fn all() -> &'static [Asset] {
    ASSETS
}

/// Where pages find the file: `/assets/{hash}/{name}`; an address that answers 404 if it is not embedded.
pub fn url_of(name: &str) -> String {
    named(name).map_or_else(|| format!("/assets/missing/{name}"), Asset::url)
}

/// Whether the binary carries the WebAssembly package; without it pages must not ask for it.
pub fn has_wasm() -> bool {
    PKG_HASH.is_some()
}

/// Leptos' `site_pkg_dir`: `assets/{hash}`, in which `gatewatch.js` and `gatewatch_bg.wasm` are.
pub fn pkg_dir() -> String {
    format!("assets/{}", PKG_HASH.unwrap_or("missing"))
}

/// Whether `Accept-Encoding` names the coding (or `*`) with a weight above zero.
pub(super) fn accepts(accept_encoding: &str, coding: &str) -> bool {
    let mut any = false;
    for item in accept_encoding.split(',') {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0))
        });
        if name.eq_ignore_ascii_case(coding) {
            return !refused;
        }
        any |= name == "*" && !refused;
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    const SAMPLE: Asset = Asset {
        name: "sample.css",
        hash: "00",
        content_type: "text/css; charset=utf-8",
        identity: b"identity",
        gzip: Some(b"gzip"),
        brotli: Some(b"brotli"),
    };

    #[test]
    fn the_best_allowed_encoding_is_chosen() {
        for (header, expected) in [
            ("", None),
            ("identity", None),
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip, deflate", Some("gzip")),
            ("GZIP;q=0.5", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("br;q=0.000, gzip;q=0", None),
            ("*", Some("br")),
            ("br;q=0, *;q=0.1", Some("gzip")),
            ("*;q=0", None),
            ("brotli", None),
            (";;,=,", None),
        ] {
            assert_eq!(SAMPLE.negotiate(header).1, expected, "for {header:?}");
        }
    }

    #[test]
    fn an_encoding_that_does_not_exist_is_not_claimed() {
        let plain = Asset { gzip: None, brotli: None, ..SAMPLE };
        assert_eq!(plain.negotiate("br, gzip"), (&b"identity"[..], None));
    }

    #[test]
    fn every_embedded_file_is_found_by_its_own_address_only() {
        for asset in all() {
            let path = asset.url();
            let path = path.strip_prefix("/assets/").expect("addresses begin so");
            assert_eq!(find(path).map(|found| found.name), Some(asset.name));
            assert!(find(&format!("0{}", &path[1..])).is_none() || asset.hash.starts_with('0'));
            assert!(find(&format!("{path}/")).is_none());
        }
        for stranger in ["", "/", "main.css", "missing/main.css", "../Cargo.toml", "a/../../etc/passwd"] {
            assert!(find(stranger).is_none(), "{stranger:?} was found");
        }
    }

    #[test]
    fn every_encoding_holds_the_same_bytes() -> std::io::Result<()> {
        for asset in all() {
            if let (gzip, Some("gzip")) = asset.negotiate("gzip") {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(gzip).read_to_end(&mut plain)?;
                assert!(plain == asset.bytes(), "{} differs after gzip", asset.name);
            }
            if let (brotli, Some("br")) = asset.negotiate("br") {
                let mut plain = Vec::new();
                brotli::BrotliDecompress(&mut &brotli[..], &mut plain)?;
                assert!(plain == asset.bytes(), "{} differs after brotli", asset.name);
            }
        }
        Ok(())
    }

    #[test]
    fn the_package_stands_in_one_folder() {
        assert_eq!(has_wasm(), named("gatewatch_bg.wasm").is_some());
        for name in ["gatewatch.js", "gatewatch_bg.wasm"] {
            if has_wasm() {
                assert_eq!(url_of(name), format!("/{}/{name}", pkg_dir()));
            } else {
                assert!(find(&format!("missing/{name}")).is_none());
            }
        }
    }
}
