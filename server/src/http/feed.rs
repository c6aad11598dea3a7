//! Feeds of incidents, of the whole page and of single components, in three formats. Pure.

mod atom;
mod json;
mod rss;

use crate::clock::rfc3339;
use app::model::{At, ComponentStatus, Incident, Snapshot};
use std::fmt::Write as _;

/// Entries of a feed; readers keep older ones themselves.
const MAX_ENTRIES: usize = 50;

/// A format of feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    /// Atom, RFC 4287.
    Atom,
    /// RSS 2.0.
    Rss,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    /// The last segment of its addresses.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::Atom => "feed.atom",
            Self::Rss => "feed.rss",
            Self::Json => "feed.json",
        }
    }

    /// What it is sent as.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
        }
    }

    /// The feed of all incidents, or of those that concern one component, as a whole document. `base` is the public
    /// URL without a trailing slash; without one links are relative and ids are names instead of addresses.
    pub(super) fn write(self, snapshot: &Snapshot, component: Option<&ComponentStatus>, base: Option<&str>) -> String {
        let feed = Feed::new(snapshot, component, base, self);
        match self {
            Self::Atom => atom::write(&feed),
            Self::Rss => rss::write(&feed),
            Self::Json => json::write(&feed),
        }
    }
}

/// What all formats tell.
struct Feed<'a> {
    title: String,
    /// Never changes for this feed.
    id: String,
    /// Where the feed is.
    address: String,
    /// The page that it is the feed of.
    page: String,
    /// The newest change of an entry.
    updated: At,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    incident: &'a Incident,
    id: String,
    address: String,
    title: String,
}

impl<'a> Feed<'a> {
    fn new(snapshot: &'a Snapshot, component: Option<&ComponentStatus>, base: Option<&str>, format: Format) -> Self {
        let concerns = |incident: &&Incident| {
            component.is_none_or(|component| incident.components.contains(&component.slug)) && !incident.withdrawn
        };
        let incidents: Vec<&Incident> =
            snapshot.active.iter().chain(&snapshot.past).filter(concerns).take(MAX_ENTRIES).collect();
        let (title, page) = match component {
            Some(component) => {
                (format!("{}: {}", snapshot.title, component.name), format!("/components/{}", component.slug))
            }
            None => (snapshot.title.clone(), String::new()),
        };
        let address = format!("{}{page}/{}", base.unwrap_or_default(), format.file());
        Self {
            title,
            id: if base.is_some() { address.clone() } else { format!("urn:gatewatch{}:feed", page.replace('/', ":")) },
            address,
            page: format!("{}{}", base.unwrap_or_default(), if page.is_empty() { "/" } else { &page }),
            // Without an incident nothing was ever updated; the epoch keeps the document, and its tag, the same.
            updated: incidents.iter().map(|incident| incident.updated_at).max().unwrap_or_default(),
            entries: incidents.into_iter().map(|incident| Entry::new(incident, base)).collect(),
        }
    }
}

impl<'a> Entry<'a> {
    fn new(incident: &'a Incident, base: Option<&str>) -> Self {
        let address = format!("{}/incidents/{}", base.unwrap_or_default(), incident.id);
        Self {
            incident,
            id: if base.is_some() { address.clone() } else { format!("urn:gatewatch:incident:{}", incident.id) },
            address,
            title: format!("{}: {}", incident.phase.label(), incident.title),
        }
    }
}

/// The updates as safe HTML, newest first; their Markdown was made safe when it was rendered.
fn content(incident: &Incident) -> String {
    incident.updates.iter().filter(|update| !update.withdrawn).fold(String::new(), |mut html, update| {
        let at = rfc3339(update.at);
        let _ = write!(
            html,
            "<p><strong>{}</strong> <time datetime=\"{at}\">{at}</time></p>{}",
            update.label(),
            update.html
        );
        html
    })
}

/// Text for XML. Characters that XML cannot hold at all become U+FFFD.
pub(super) fn escape(text: &str) -> String {
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

    const BASE: Option<&str> = Some("https://status.example.com");

    #[test]
    fn every_entry_links_to_its_incident() {
        for format in Format::ALL {
            let text = format.write(&samples::snapshot(), None, BASE);
            assert!(text.contains("https://status.example.com/incidents/i1"), "{text}");
            assert!(text.contains(&format!("https://status.example.com/{}", format.file())), "{text}");
            assert!(text.contains("We look into it"), "{text}");
        }
    }

    #[test]
    fn a_component_has_the_incidents_that_concern_it() {
        let snapshot = samples::snapshot();
        for format in Format::ALL {
            let [web, mail] = [0, 1].map(|index| format.write(&snapshot, Some(&snapshot.components[index]), BASE));
            assert!(web.contains("/incidents/i1") && web.contains("/components/web/feed."), "{web}");
            assert!(!mail.contains("/incidents/") && mail.contains("MAIL"), "{mail}");
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut snapshot = samples::snapshot();
        "]]></title><script>\u{0}\u{b}".clone_into(&mut snapshot.title);
        for format in [Format::Atom, Format::Rss] {
            let xml = format.write(&snapshot, None, None);
            assert!(!xml.contains("<script>") && !xml.contains('\u{0}') && !xml.contains('\u{b}'), "{xml}");
            assert!(xml.contains("urn:gatewatch:incident:i1"), "{xml}");
        }
        let json: serde_json::Value = serde_json::from_str(&Format::Json.write(&snapshot, None, None)).unwrap();
        assert_eq!(json["title"], snapshot.title);
        assert_eq!(json["items"][0]["id"], "urn:gatewatch:incident:i1");
    }

    #[test]
    fn withdrawn_updates_are_left_out() {
        let mut snapshot = samples::snapshot();
        snapshot.past.clear();
        snapshot.active[0].updates[0].withdrawn = true;
        for format in Format::ALL {
            assert!(!format.write(&snapshot, None, None).contains("We look into it"));
        }
    }
}
