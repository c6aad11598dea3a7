//! JSON Feed 1.1.

use super::{Entry, Feed, content};
use crate::clock::rfc3339;
use serde_json::{Value, json};

/// The feed as a whole document.
pub(super) fn write(feed: &Feed<'_>) -> String {
    let items: Vec<Value> = feed.entries.iter().map(item).collect();
    json!({
        "version": "https://jsonfeed.org/version/1.1", "title": feed.title, "home_page_url": feed.page,
        "feed_url": feed.address, "authors": [{ "name": feed.title }], "items": items,
    })
    .to_string()
}

fn item(entry: &Entry<'_>) -> Value {
    json!({
        "id": entry.id, "url": entry.address, "title": entry.title, "content_html": content(entry.incident),
        "date_published": rfc3339(entry.incident.started_at), "date_modified": rfc3339(entry.incident.updated_at),
        "tags": [entry.incident.impact, entry.incident.phase],
    })
}
