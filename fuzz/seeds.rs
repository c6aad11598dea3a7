//! Where inputs begin: the files of `corpus/<target>`, the verbatim samples of the signatures, and the blocks of the
//! causes' pages. So a new signature or page is also a new seed.

use server::logs::Product;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The seeds of a target, never none.
pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    let mut seeds = files(&root().join("fuzz/corpus").join(target));
    if let Some(product) = target.strip_prefix("log-").and_then(Product::by_name) {
        seeds.extend(samples(product));
        seeds.extend(blocks(|language| language.starts_with(product.name()) && language.ends_with("-log")));
    }
    match target {
        "log-others" => {
            for product in [Product::Squid, Product::Lighttpd, Product::Systemd] {
                seeds.extend(samples(product));
            }
        }
        "pasted" => {
            seeds.extend(blocks(|language| language == "output" || language.ends_with("-log")));
            for product in Product::ALL {
                seeds.extend(samples(*product).take(3));
            }
        }
        _ => {}
    }
    if let Some(gateway) = target.strip_prefix("config-") {
        seeds.extend(blocks(|language| language == format!("{gateway}-config")));
    }
    if seeds.is_empty() {
        seeds.push(Vec::new());
    }
    seeds
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a seed can be read")).collect()
}

fn samples(product: Product) -> impl Iterator<Item = Vec<u8>> {
    product.rows().iter().map(|row| row.sample.as_bytes().to_vec())
}

/// The blocks of all causes' pages whose language fits.
fn blocks(wanted: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let pages = std::fs::read_dir(root().join("server/src/diagnose/causes")).expect("the causes are there");
    let mut pages: Vec<PathBuf> = pages
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|one| one == "md"))
        .collect();
    pages.sort();
    for page in pages {
        let text = std::fs::read_to_string(page).expect("a page can be read");
        for block in text.split("\n```").skip(1).step_by(2) {
            if let Some((language, body)) = block.split_once('\n')
                && wanted(language)
            {
                found.push(body.as_bytes().to_vec());
            }
        }
    }
    found
}
