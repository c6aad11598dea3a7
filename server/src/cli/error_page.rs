//! `gatewatch error-page`: writes the static page for visitors in front of a 502, and says how to install it.

use super::{Failure, load, print};
use crate::error_page::{self, Gateway};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use url::Url;

/// What to write, and for whom.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gateway that serves it
    #[arg(long, value_enum)]
    gateway: Gateway,
    /// The folder to write to; it must exist
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    out: PathBuf,
    /// Public address of the status page [else `public_url` of the configuration, if there is one]
    #[arg(long, value_name = "URL")]
    status_page: Option<Url>,
    /// The page's heading
    #[arg(long, default_value = "This site is not reachable at the moment")]
    title: String,
}

pub(super) fn run(config: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let status_page = status_page(config, args)?;
    let folder = fs::canonicalize(&args.out)
        .map_err(|error| Failure::CannotRun(format!("{} cannot be written to: {error}", args.out.display())))?;
    let page = error_page::page(&args.title, status_page.as_ref());
    for file in error_page::files(args.gateway, &page) {
        let path = folder.join(&file.name);
        // Whole or not at all: a gateway may be serving the old one.
        let written = replace(&path, file.content.as_bytes());
        written.map_err(|error| Failure::CannotRun(format!("{} cannot be written: {error}", path.display())))?;
        print::problem(&format!("Wrote {}", path.display()));
    }
    if status_page.is_none() {
        print::problem("The page asks no status page: none is configured (--status-page URL).");
    }
    print::line(error_page::directives(args.gateway, &folder).trim_end());
    Ok(())
}

/// The address that is given, else that of the configuration where there is one.
fn status_page(config: Option<&Path>, args: &Args) -> Result<Option<Url>, Failure> {
    if let Some(url) = &args.status_page {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Failure::CannotRun(format!("{url} is not the address of a web page")));
        }
        return Ok(Some(url.clone()));
    }
    let loaded = load(config, &[])?;
    Ok(loaded.config.server.public_url.clone())
}

/// Writes a file under another name and puts it in place.
fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = fs::File::create(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
