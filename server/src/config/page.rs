//! `[page]`: what visitors read above everything else, and how it looks.

use super::reader::{Context, Section};
use super::source::plain;
use super::text;
use app::model::Language;
use bytes::Bytes;
use std::path::Path;
use url::Url;

/// The longest title in characters.
const MAX_TITLE_CHARS: usize = 100;
/// The longest name of a link in characters.
const MAX_LINK_CHARS: usize = 40;
/// Links beside the page's own.
const MAX_LINKS: usize = 6;
/// The longest footer in characters.
const MAX_FOOTER_CHARS: usize = 300;
/// The largest logo in bytes: it is on every page.
const MAX_LOGO_BYTES: u64 = 64 * 1024;
/// What text must have against its ground (WCAG 2.2, AA).
const MIN_CONTRAST: f64 = 4.5;
/// The grounds on which the accent colour stands, from `style/main.css`; a test compares them.
const LIGHT_GROUNDS: [&str; 3] = ["#f7f7f5", "#ffffff", "#f2f2ef"];
const DARK_GROUNDS: [&str; 3] = ["#111214", "#191a1d", "#131416"];

/// The `[page]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The page's title.
    pub title: String,
    /// What visitors read; what is typed here and in notes stays as it is.
    pub language: Language,
    /// The picture beside it.
    pub logo: Option<Logo>,
    /// The colour of links and of what has the focus.
    pub accent: Option<Accent>,
    /// Links in the navigation, after the page's own.
    pub links: Vec<Link>,
    /// A line at the end of each page.
    pub footer: Option<String>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// Its bytes.
    pub bytes: Bytes,
    /// What they are.
    pub content_type: &'static str,
}

/// A colour for each scheme, as `#rrggbb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accent {
    /// On light ground.
    pub light: String,
    /// On dark ground.
    pub dark: String,
}

/// A link to somewhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it says.
    pub name: String,
    /// Where it leads.
    pub url: Url,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            title: "Status".to_owned(),
            language: Language::default(),
            logo: None,
            accent: None,
            links: Vec::new(),
            footer: None,
        }
    }
}

/// Reads the section.
pub(super) fn read(section: Option<Section<'_, '_>>, cx: &mut Context<'_>) -> Page {
    let mut page = Page::default();
    let Some(mut section) = section else { return page };
    if let Some(title) = section.parsed("title", cx, |text, _| text::label(text, MAX_TITLE_CHARS)) {
        page.title = title;
    }
    if let Some(language) = section.parsed("language", cx, |text, _| language(text)) {
        page.language = language;
    }
    let folder = cx.folder();
    page.logo = section.parsed("logo", cx, |text, _| logo(&folder.join(text)));
    page.accent = section.table("accent", cx).and_then(|table| accent(table, cx));
    let span = section.span_of("links");
    page.links = section.tables("links", cx).into_iter().filter_map(|table| link(table, cx)).collect();
    if page.links.len() > MAX_LINKS {
        cx.problem(&span.unwrap_or(0..0), format!("links: more than {MAX_LINKS} do not fit; leave some out"));
    }
    page.footer = section.parsed("footer", cx, |text, _| text::label(text, MAX_FOOTER_CHARS));
    section.finish(cx);
    page
}

fn language(text: &str) -> Result<Language, String> {
    text.parse().map_err(|_| {
        let known: Vec<String> = Language::ALL.iter().map(|one| format!("{one} ({})", one.name())).collect();
        format!("`{text}` is none of the languages that the page speaks: {}", known.join(", "))
    })
}

fn link(mut table: Section<'_, '_>, cx: &mut Context<'_>) -> Option<Link> {
    let name = table.parsed("name", cx, |text, _| text::label(text, MAX_LINK_CHARS));
    table.missing("name", "\"Shop\"", cx);
    let url = table.parsed("url", cx, |text, _| {
        let hint = || format!("`{text}` is not an address for visitors; write `https://shop.example.com/` or `mailto:help@example.com`");
        let url = Url::parse(text).map_err(|_| hint())?;
        if matches!(url.scheme(), "https" | "http" | "mailto") { Ok(url) } else { Err(hint()) }
    });
    table.missing("url", "\"https://shop.example.com/\"", cx);
    table.finish(cx);
    Some(Link { name: name?, url: url? })
}

fn accent(mut table: Section<'_, '_>, cx: &mut Context<'_>) -> Option<Accent> {
    let light = table.parsed("light", cx, |text, _| colour(text, LIGHT_GROUNDS, "light"));
    table.missing("light", "\"#1f55b5\"", cx);
    let dark = table.parsed("dark", cx, |text, _| colour(text, DARK_GROUNDS, "dark"));
    table.missing("dark", "\"#8db4f7\"", cx);
    table.finish(cx);
    Some(Accent { light: light?, dark: dark? })
}

/// A colour that can be read on all of these grounds.
fn colour(text: &str, grounds: [&str; 3], scheme: &str) -> Result<String, String> {
    let luminance = |text: &str| luminance(text).ok_or_else(|| format!("`{text}` is not a colour; write `#1f55b5`"));
    let own = luminance(text)?;
    for ground in grounds {
        let contrast = contrast(own, luminance(ground)?);
        if contrast < MIN_CONTRAST {
            let change = if scheme == "light" { "darker" } else { "lighter" };
            return Err(format!(
                "`{text}` has a contrast of {contrast:.1} to the {scheme} ground {ground}, and text needs {MIN_CONTRAST}; \
                 take a {change} colour"
            ));
        }
    }
    Ok(text.to_ascii_lowercase())
}

/// Relative luminance of `#rrggbb` (WCAG 2.2).
fn luminance(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).ok()?) / 255.0;
        Some(if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * channel(0)? + 0.7152 * channel(2)? + 0.0722 * channel(4)?)
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn logo(path: &Path) -> Result<Logo, String> {
    let shown = path.display();
    let metadata = std::fs::metadata(path).map_err(|error| format!("{shown} cannot be read: {}", plain(&error)))?;
    if !metadata.is_file() || metadata.len() > MAX_LOGO_BYTES {
        return Err(format!(
            "{shown} is not a file of at most {} KiB; make the picture smaller",
            MAX_LOGO_BYTES / 1024
        ));
    }
    #[expect(clippy::disallowed_methods, reason = "the operator's own configuration names this file")]
    let bytes = std::fs::read(path).map_err(|error| format!("{shown} cannot be read: {}", plain(&error)))?;
    let kind = kind(&bytes).ok_or_else(|| format!("{shown} is neither SVG nor PNG nor WebP"))?;
    Ok(Logo { bytes: bytes.into(), content_type: kind })
}

/// By what the file holds, not by its name.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else {
        let text = std::str::from_utf8(bytes).ok()?.trim_start();
        let begins = text.starts_with("<svg") || text.starts_with("<?xml") || text.starts_with("<!--");
        (begins && text.contains("<svg")).then_some("image/svg+xml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ProcessEnvironment;
    use crate::config::load::parse;

    fn page(folder: &Path, keys: &str) -> Result<Page, String> {
        let parsed = parse(&format!("[page]\n{keys}\n"), folder, &ProcessEnvironment, &[]);
        parsed.map(|config| config.page).map_err(|problems| problems[0].text.clone())
    }

    #[test]
    fn reads_the_look() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("logo.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
        let page = page(
            folder.path(),
            "logo = \"logo.svg\"\naccent = { light = \"#8a1C5b\", dark = \"#f7a8d4\" }\nfooter = \"Example Ltd\"\n\
             links = [{ name = \"Shop\", url = \"https://shop.example.com/\" }]",
        )
        .unwrap();
        assert_eq!(page.logo.unwrap().content_type, "image/svg+xml");
        assert_eq!(page.accent.unwrap().light, "#8a1c5b");
        assert_eq!((page.links[0].name.as_str(), page.footer.as_deref()), ("Shop", Some("Example Ltd")));
    }

    #[test]
    fn speaks_a_language_that_it_has() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(page(folder.path(), "title = \"Zustand\"").unwrap().language, Language::English);
        for &language in Language::ALL {
            assert_eq!(page(folder.path(), &format!("language = \"{language}\"")).unwrap().language, language);
        }
        for unknown in ["tlh", "DE", "de-AT", ""] {
            let problem = page(folder.path(), &format!("language = \"{unknown}\"")).unwrap_err();
            assert!(problem.contains("none of the languages") && problem.contains("de (Deutsch)"), "{problem}");
        }
        assert!(page(folder.path(), "language = 1").is_err());
    }

    #[test]
    fn refuses_what_cannot_be_read_or_would_act() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("logo.gif"), "GIF89a").unwrap();
        let problem = |keys: &str| page(folder.path(), keys).unwrap_err();
        assert!(problem("logo = \"logo.gif\"").contains("neither SVG nor PNG nor WebP"));
        assert!(problem("logo = \"none.svg\"").contains("no such file"));
        let pale = problem("accent = { light = \"#9ab\", dark = \"#8db4f7\" }");
        assert!(pale.contains("is not a colour"), "{pale}");
        let pale = problem("accent = { light = \"#99aabb\", dark = \"#8db4f7\" }");
        assert!(pale.contains("take a darker colour"), "{pale}");
        let dim = problem("accent = { light = \"#1f55b5\", dark = \"#1f55b5\" }");
        assert!(dim.contains("take a lighter colour"), "{dim}");
        assert!(
            problem("links = [{ name = \"x\", url = \"javascript:alert(1)\" }]")
                .contains("not an address for visitors")
        );
        let many = "{ name = \"x\", url = \"https://x.example/\" }, ".repeat(7);
        assert!(problem(&format!("links = [{many}]")).contains("more than 6"));
    }

    #[test]
    fn grounds_are_those_of_the_style_sheet() {
        let css = include_str!("../../../style/main.css");
        for ground in LIGHT_GROUNDS.iter().chain(&DARK_GROUNDS) {
            let short = if *ground == "#ffffff" { "#fff" } else { ground };
            assert!(css.contains(&format!(": {short};")), "{ground} is no ground any more");
        }
        assert!((contrast(luminance("#000000").unwrap(), luminance("#ffffff").unwrap()) - 21.0).abs() < 1e-9);
    }
}
