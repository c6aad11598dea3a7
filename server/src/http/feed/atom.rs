//! Atom, RFC 4287.

use super::{Feed, content, escape};
use crate::clock::rfc3339;
use std::fmt::Write as _;

/// The feed as a whole document.
pub(super) fn write(feed: &Feed<'_>) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <title>{title}</title>\n<id>{id}</id>\n<updated>{updated}</updated>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{address}\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{page}\"/>\n\
         <author><name>{title}</name></author>\n",
        title = escape(&feed.title),
        id = escape(&feed.id),
        address = escape(&feed.address),
        page = escape(&feed.page),
        updated = rfc3339(feed.updated),
    );
    for entry in &feed.entries {
        // Writing to a String cannot fail.
        let _ = writeln!(
            xml,
            "<entry>\n<title>{title}</title>\n<id>{id}</id>\n<link href=\"{address}\"/>\n\
             <published>{published}</published>\n<updated>{updated}</updated>\n<category term=\"{impact}\"/>\n\
             <content type=\"html\">{content}</content>\n</entry>",
            title = escape(&entry.title),
            id = escape(&entry.id),
            address = escape(&entry.address),
            published = rfc3339(entry.incident.started_at),
            updated = rfc3339(entry.incident.updated_at),
            impact = entry.incident.impact,
            content = escape(&content(entry.incident)),
        );
    }
    xml.push_str("</feed>\n");
    xml
}
