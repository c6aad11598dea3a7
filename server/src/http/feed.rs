//! The Atom feed of incidents. Pure.

use crate::clock::rfc3339;
use app::model::{Incident, Snapshot};
use std::fmt::Write as _;

/// Entries of the feed; readers keep older ones themselves.
const MAX_ENTRIES: usize = 50;

/// The feed as a whole document. `base` is the public URL without a trailing slash; without one links
/// are relative and ids are names instead of addresses.
pub(super) fn atom(snapshot: &Snapshot, base: Option<&str>) -> String {
    let link = base.unwrap_or_default();
    let id = base.map_or_else(|| "urn:gatewatch:feed".to_owned(), |base| format!("{base}/feed.atom"));
    let incidents = || snapshot.active.iter().chain(&snapshot.past);
    // Without an incident nothing was ever updated; the epoch keeps the document, and its tag, the same.
    let updated = incidents().map(|incident| incident.updated_at).max().unwrap_or_default();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <title>{title}</title>\n<id>{id}</id>\n<updated>{updated}</updated>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{link}/feed.atom\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{link}/\"/>\n\
         <author><name>{title}</name></author>\n",
        title = escape(&snapshot.title),
        id = escape(&id),
        link = escape(link),
        updated = rfc3339(updated),
    );
    for incident in incidents().take(MAX_ENTRIES) {
        entry(&mut xml, incident, base);
    }
    xml.push_str("</feed>\n");
    xml
}

fn entry(xml: &mut String, incident: &Incident, base: Option<&str>) {
    let href = format!("{}/incidents/{}", base.unwrap_or_default(), incident.id);
    let id = if base.is_some() { href.clone() } else { format!("urn:gatewatch:incident:{}", incident.id) };
    // Writing to a String cannot fail.
    let _ = writeln!(
        xml,
        "<entry>\n<title>{phase}: {title}</title>\n<id>{id}</id>\n<link href=\"{href}\"/>\n\
         <published>{published}</published>\n<updated>{updated}</updated>\n<category term=\"{impact}\"/>\n\
         <content type=\"html\">{content}</content>\n</entry>",
        phase = incident.phase.label(),
        title = escape(&incident.title),
        id = escape(&id),
        href = escape(&href),
        published = rfc3339(incident.started_at),
        updated = rfc3339(incident.updated_at),
        impact = incident.impact,
        content = escape(&content(incident)),
    );
}

/// The updates as safe HTML, newest first; their Markdown was made safe when it was rendered.
fn content(incident: &Incident) -> String {
    incident.updates.iter().filter(|update| !update.withdrawn).fold(String::new(), |mut html, update| {
        let at = rfc3339(update.at);
        let _ = write!(
            html,
            "<p><strong>{}</strong> <time datetime=\"{at}\">{at}</time></p>{}",
            update.phase.label(),
            update.html
        );
        html
    })
}

/// Text for XML. Characters that XML cannot hold at all become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::samples;

    #[test]
    fn every_entry_links_to_its_incident() {
        let xml = atom(&samples::snapshot(), Some("https://status.example.com"));
        assert!(xml.contains("<link href=\"https://status.example.com/incidents/i1\"/>"), "{xml}");
        assert!(xml.contains("<updated>1970-01-01T00:00:05.000Z</updated>"), "{xml}");
        assert!(xml.contains("&lt;p&gt;We look into it&lt;/p&gt;"), "{xml}");
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut snapshot = samples::snapshot();
        "]]></title><script>\u{0}\u{b}".clone_into(&mut snapshot.title);
        let xml = atom(&snapshot, None);
        assert!(!xml.contains("<script>") && !xml.contains('\u{0}') && !xml.contains('\u{b}'), "{xml}");
        assert!(xml.contains("urn:gatewatch:incident:i1"), "{xml}");
    }

    #[test]
    fn withdrawn_updates_are_left_out() {
        let mut snapshot = samples::snapshot();
        snapshot.past.clear();
        snapshot.active[0].updates[0].withdrawn = true;
        assert!(!atom(&snapshot, None).contains("We look into it"));
    }
}
