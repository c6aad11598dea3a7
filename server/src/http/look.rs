//! The configured look: picture and colours as files under their hash, links and footer as texts.

use crate::config::Page;
use crate::config::page::Accent;
use app::render::Look;
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// What of the configuration pages show and browsers fetch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LookFiles {
    /// For the pages.
    pub(super) look: Look,
    /// Path beneath `/assets/`, bytes and kind of each file.
    files: Vec<(String, Bytes, &'static str)>,
}

impl LookFiles {
    /// As the configuration says.
    pub(super) fn new(page: &Page) -> Self {
        let mut made = Self::default();
        made.look.links = page.links.iter().map(|link| (link.name.clone(), link.url.to_string())).collect();
        made.look.footer = page.footer.clone();
        if let Some(logo) = &page.logo {
            made.look.logo = Some(made.add("logo", logo.bytes.clone(), logo.content_type));
        }
        if let Some(accent) = &page.accent {
            made.look.theme = Some(made.add("theme.css", theme(accent).into(), "text/css; charset=utf-8"));
        }
        made
    }

    /// Takes a file in and answers its address.
    fn add(&mut self, name: &str, bytes: Bytes, content_type: &'static str) -> String {
        let path = format!("{}/{name}", super::document::hex_of(&Sha256::digest(&bytes)[..8]));
        let url = format!("/assets/{path}");
        self.files.push((path, bytes, content_type));
        url
    }

    /// The file with this path beneath `/assets/`.
    pub(super) fn find(&self, path: &str) -> Option<(Bytes, &'static str)> {
        let found = self.files.iter().find(|(known, ..)| known == path);
        found.map(|(_, bytes, content_type)| (bytes.clone(), *content_type))
    }
}

/// The colours were judged when the configuration was read: six hexadecimal digits each.
fn theme(accent: &Accent) -> String {
    let Accent { light, dark } = accent;
    format!(":root{{--accent:{light}}}@media (prefers-color-scheme:dark){{:root{{--accent:{dark}}}}}")
}
