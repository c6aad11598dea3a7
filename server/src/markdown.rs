//! Markdown to safe HTML.
//!
//! The text is parsed (tables and strikethrough, no other extension); raw HTML in it becomes text and
//! images become their alternative text; what remains is written as HTML and then passed through an
//! allow-list of tags, attributes and schemes. Size, nesting and number of links are bounded before the
//! sanitiser sees anything, because its cost grows with the square of the nesting. The source is what is
//! stored; HTML is made when an incident is read.

use ammonia::{Builder, UrlRelative};
use app::model::incident::MAX_BODY_BYTES;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// Levels of quotes, lists, tables and emphasis within each other.
const MAX_DEPTH: usize = 16;
/// Links in one text.
const MAX_LINKS: usize = 200;

/// Why a text cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Over 16 KiB.
    #[error("the text is longer than 16 KiB")]
    TooLong,
    /// Over 16 levels.
    #[error("quotes, lists and emphasis are nested deeper than 16 levels")]
    TooDeep,
    /// Over 200 links.
    #[error("the text has more than 200 links")]
    TooManyLinks,
}

/// Whether a text may be posted.
pub fn check(markdown: &str) -> Result<(), Problem> {
    harmless_events(markdown).map(drop)
}

/// Safe HTML. A text that [`check`] refuses comes out as plain text, cut to the size limit.
pub fn render(markdown: &str) -> String {
    let mut unsafe_html = String::with_capacity(markdown.len().min(MAX_BODY_BYTES) * 2);
    match harmless_events(markdown) {
        Ok(events) => html::push_html(&mut unsafe_html, events.into_iter()),
        Err(_) => push_plain(&mut unsafe_html, &markdown[..markdown.floor_char_boundary(MAX_BODY_BYTES)]),
    }
    sanitiser().clean(&unsafe_html).to_string()
}

/// The text's events with raw HTML and images turned to text, if it keeps within the limits.
fn harmless_events(markdown: &str) -> Result<Vec<Event<'_>>, Problem> {
    if markdown.len() > MAX_BODY_BYTES {
        return Err(Problem::TooLong);
    }
    let mut events = Vec::new();
    let (mut depth, mut links) = (0_usize, 0_usize);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match &event {
            Event::Start(tag) => {
                depth += 1;
                links += usize::from(matches!(tag, Tag::Link { .. } | Tag::Image { .. }));
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(Problem::TooDeep);
        }
        if links > MAX_LINKS {
            return Err(Problem::TooManyLinks);
        }
        events.extend(harmless(event));
    }
    Ok(events)
}

/// One event without raw HTML and images; the words within an image's brackets stay as text.
fn harmless(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Start(Tag::Heading { level, .. }) => {
            Some(Event::Start(Tag::Heading { level: beneath(level), id: None, classes: Vec::new(), attrs: Vec::new() }))
        }
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(beneath(level)))),
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        other => Some(other),
    }
}

/// A note's headings stand beneath those of the page, which uses the first two levels.
const fn beneath(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

fn push_plain(html: &mut String, text: &str) {
    html.push_str("<p>");
    for character in text.chars() {
        match character {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            other => {
                // Writing to a string cannot fail.
                let _ = html.write_char(other);
            }
        }
    }
    html.push_str("</p>");
}

/// The allow-list. `generic_attributes` is emptied too: by default it lets `title` and `lang` through.
fn sanitiser() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from([
            "p",
            "br",
            "hr",
            "strong",
            "em",
            "del",
            "code",
            "pre",
            "blockquote",
            "ul",
            "ol",
            "li",
            "h3",
            "h4",
            "h5",
            "h6",
            "a",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ]))
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("ol", HashSet::from(["start"])),
            ("code", HashSet::from(["class"])),
        ]))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("code", "class") => is_language(value).then_some(Cow::Borrowed(value)),
            ("ol", "start") => value.bytes().all(|byte| byte.is_ascii_digit()).then_some(Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        })
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer"));
    builder
}

/// The one class that Markdown makes: a code block's language.
fn is_language(class: &str) -> bool {
    class.strip_prefix("language-").is_some_and(|language| {
        !language.is_empty() && language.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-_#.".contains(&byte))
    })
}

#[cfg(test)]
mod tests;
