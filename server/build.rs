//! Embeds the public files: style sheet, scripts, icons and the WebAssembly package, each with a content
//! hash and compressed once, so that the binary is all that a host needs.
//!
//! Reads `style/main.css` with `style/widget.css`, `style/live.js`, `style/public/*` and `target/site/pkg/*` (made by
//! `cargo xtask build`); writes one table, which `src/http/assets.rs` includes.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads the workspace's own files; the guards are the server's"
)]

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// One file to embed. Files of one group share a hash, because they name each other without one.
struct Source {
    name: String,
    bytes: Vec<u8>,
    hash: String,
}

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("..");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));

    let mut sources = styles(&root)?;
    let (pkg, pkg_hash) = package(&root)?;
    sources.extend(pkg);
    sources.sort_by(|a, b| a.name.cmp(&b.name));

    let mut table = format!(
        "/// What the WebAssembly package's folder is called, if there is one.\nstatic PKG_HASH: Option<&str> = {pkg_hash:?};\n\n"
    );
    table.push_str("/// Every embedded file, ordered by name.\nstatic ASSETS: &[Asset] = &[\n");
    for (number, source) in sources.iter().enumerate() {
        table.push_str(&entry(source, number, &out)?);
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)
}

/// `style/main.css` with `style/widget.css` at its end, `style/live.js` and everything in `style/public`, each under
/// its own hash.
fn styles(root: &Path) -> io::Result<Vec<Source>> {
    let style = root.join("style");
    println!("cargo:rerun-if-changed={}", style.display());
    let mut files = Vec::new();
    for (name, parts) in [("main.css", &["main.css", "widget.css"][..]), ("live.js", &["live.js"])] {
        let mut whole = Vec::new();
        for part in parts {
            match fs::read(style.join(part)) {
                Ok(bytes) => whole.extend(bytes),
                Err(_) => println!("cargo:warning=style/{part} cannot be read: pages will do without it"),
            }
        }
        files.push((name.to_owned(), whole));
    }
    files.extend(beneath(&style.join("public"))?);
    Ok(files.into_iter().map(|(name, bytes)| Source { hash: hash([bytes.as_slice()]), name, bytes }).collect())
}

/// The WebAssembly package under one common hash; none if it was not built.
fn package(root: &Path) -> io::Result<(Vec<Source>, Option<String>)> {
    let pkg = root.join("target/site/pkg");
    // Cargo takes a folder that is missing for changed every time.
    fs::create_dir_all(&pkg)?;
    println!("cargo:rerun-if-changed={}", pkg.display());
    let files = beneath(&pkg)?;
    if !files.iter().any(|(name, _)| name == "gatewatch_bg.wasm") {
        println!(
            "cargo:warning=the WebAssembly package is not built: pages work without scripts (cargo xtask build makes it)"
        );
        return Ok((Vec::new(), None));
    }
    let common = hash(files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes.as_slice()]));
    let sources = files.into_iter().map(|(name, bytes)| Source { name, bytes, hash: common.clone() }).collect();
    Ok((sources, Some(common)))
}

/// All files beneath a folder with their names relative to it, in order; nothing if there is no such folder.
fn beneath(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(name) = path.strip_prefix(folder)
                && let Some(name) = name.to_str()
                && !name.starts_with('.')
            {
                found.push((name.to_owned(), fs::read(&path)?));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

/// The first 64 bits of SHA-256 in hex: enough to tell versions of one file apart.
fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(8).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// One row of the table; writes the file's three encodings beside it.
fn entry(source: &Source, number: usize, out: &Path) -> io::Result<String> {
    let Source { name, bytes, hash } = source;
    let keep = |suffix: &str, bytes: &[u8]| -> io::Result<String> {
        let file = format!("asset-{number}{suffix}");
        fs::write(out.join(&file), bytes)?;
        Ok(format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\"))"))
    };
    let content_type = content_type(name);
    let identity = keep("", bytes)?;
    let (mut gzip, mut brotli) = ("None".to_owned(), "None".to_owned());
    if is_compressible(content_type) {
        // An encoding that saves nothing is not offered.
        for (slot, suffix, encoded) in [(&mut gzip, ".gz", gzipped(bytes)?), (&mut brotli, ".br", brotlied(bytes)?)] {
            if encoded.len() < bytes.len() {
                *slot = format!("Some({})", keep(suffix, &encoded)?);
            }
        }
    }
    Ok(format!(
        "    Asset {{\n        name: {name:?},\n        hash: {hash:?},\n        content_type: {content_type:?},\n        \
         identity: {identity},\n        gzip: {gzip},\n        brotli: {brotli},\n    }},\n"
    ))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("ico") => "image/x-icon",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn is_compressible(content_type: &str) -> bool {
    !matches!(content_type, "image/png" | "font/woff2" | "application/octet-stream")
}

fn gzipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotlied(bytes: &[u8]) -> io::Result<Vec<u8>> {
    // Build scripts of unoptimised builds are unoptimised themselves; the best quality would take many seconds there.
    let quality = if env::var("PROFILE").is_ok_and(|profile| profile == "release") { 11 } else { 4 };
    let params = brotli::enc::BrotliEncoderParams { quality, size_hint: bytes.len(), ..Default::default() };
    let mut encoded = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut encoded, &params)?;
    Ok(encoded)
}
