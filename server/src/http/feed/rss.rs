//! RSS 2.0.

use super::{Feed, content, escape};
use app::model::At;
use std::fmt::Write as _;

/// The feed as a whole document.
pub(super) fn write(feed: &Feed<'_>) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n\
         <title>{title}</title>\n<link>{page}</link>\n<description>Incidents of {title}</description>\n\
         <lastBuildDate>{updated}</lastBuildDate>\n\
         <atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{address}\"/>\n",
        title = escape(&feed.title),
        page = escape(&feed.page),
        address = escape(&feed.address),
        updated = date(feed.updated),
    );
    for entry in &feed.entries {
        // Writing to a String cannot fail.
        let _ = writeln!(
            xml,
            "<item>\n<title>{title}</title>\n<link>{address}</link>\n<guid isPermaLink=\"false\">{id}</guid>\n\
             <pubDate>{date}</pubDate>\n<category>{impact}</category>\n\
             <description>{content}</description>\n</item>",
            title = escape(&entry.title),
            address = escape(&entry.address),
            id = escape(&entry.id),
            date = date(entry.incident.updated_at),
            impact = entry.incident.impact,
            content = escape(&content(entry.incident)),
        );
    }
    xml.push_str("</channel>\n</rss>\n");
    xml
}

/// RFC 822's form, which RSS wants.
fn date(at: At) -> String {
    let zoned = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    jiff::fmt::rfc2822::to_string(&zoned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_mail() {
        assert_eq!(date(At(1_795_359_600_000)), "Sun, 22 Nov 2026 15:00:00 +0000");
    }
}
