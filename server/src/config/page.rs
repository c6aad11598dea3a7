//! `[page]`: what visitors read above everything else.

use super::reader::{Context, Section};

/// The longest title in characters.
const MAX_TITLE_CHARS: usize = 100;

/// The `[page]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The page's title.
    pub title: String,
}

impl Default for Page {
    fn default() -> Self {
        Self { title: "Status".to_owned() }
    }
}

/// Reads the section.
pub(super) fn read(section: Option<Section<'_, '_>>, cx: &mut Context<'_>) -> Page {
    let mut page = Page::default();
    let Some(mut section) = section else { return page };
    if let Some(title) = section.parsed("title", cx, |text, _| super::text::label(text, MAX_TITLE_CHARS)) {
        page.title = title;
    }
    section.finish(cx);
    page
}
