//! The words of a message: subject and text for people, JSON for programs. Pure.

use crate::alerts::text::{LATE_MS, Site};
use crate::clock::rfc3339;
use app::format;
use app::model::{At, Channel, ComponentSlug, Incident, Update};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A window of announced work, as it is kept until it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// What visitors read first.
    pub title: String,
    /// More of it.
    pub about: Option<String>,
    /// Public components that it hits.
    pub components: Vec<ComponentSlug>,
    /// When it begins.
    pub from: At,
    /// When it ends.
    pub until: At,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Is it wanted? Of these things, in words.
    Confirm(String),
    /// The link to what there is.
    Manage,
    /// A note of an incident.
    Note(Box<(Incident, Update)>),
    /// Announced work.
    Maintenance(Window),
}

/// Everything that a message is written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The message's id.
    pub id: String,
    /// What it says.
    pub content: Content,
    /// Ids and names of the public components that it is about.
    pub affected: Vec<(ComponentSlug, String)>,
    /// When it was written.
    pub at: At,
    /// When it leaves.
    pub sent: At,
    /// The page by which the subscription is confirmed, changed and ended.
    pub link: String,
    /// On which way it goes.
    pub channel: Channel,
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// `Investigating: Shop answers 502`.
pub fn subject(letter: &Letter, site: &Site) -> String {
    let title = one_line(&site.title);
    match &letter.content {
        Content::Confirm(_) => format!("Confirm your subscription to {title}"),
        Content::Manage => format!("Your subscription to {title}"),
        Content::Note(note) => format!("{}: {}", note.1.label(), one_line(&note.0.title)),
        Content::Maintenance(window) => format!("Planned maintenance: {}", one_line(&window.title)),
    }
}

fn names(letter: &Letter) -> String {
    letter.affected.iter().map(|(_, name)| one_line(name)).collect::<Vec<_>>().join(", ")
}

/// The text for people.
pub fn body(letter: &Letter, site: &Site) -> String {
    let title = one_line(&site.title);
    let link = &letter.link;
    match &letter.content {
        Content::Confirm(covers) => {
            let whose = match letter.channel {
                Channel::Email => "this address",
                Channel::Webhook => "this webhook",
            };
            format!(
                "Somebody, you we hope, asked for messages of {title} to {whose},\nof {}.\n\n\
                 To confirm, open this page within two days and press the button there:\n{link}\n\n\
                 If it was not you, do nothing: no further message comes.\n\
                 The same page keeps others from asking again.\n\n{}\n",
                one_line(covers),
                site.url
            )
        }
        Content::Manage => format!(
            "Somebody, you we hope, asked for messages of {title} to this address, which is subscribed already.\n\n\
             Change or end the subscription here:\n{link}\n\n{}\n",
            site.url
        ),
        Content::Note(note) => note_body(letter, &note.0, &note.1, site),
        Content::Maintenance(window) => {
            let mut text = format!("Planned maintenance: {}\n", one_line(&window.title));
            let _ = writeln!(text, "From {} to {}", format::date_time(window.from), format::date_time(window.until));
            about_whom(&mut text, letter);
            if let Some(about) = &window.about {
                let _ = writeln!(text, "\n{}", one_line(about));
            }
            foot(&mut text, letter, site);
            text
        }
    }
}

fn note_body(letter: &Letter, incident: &Incident, update: &Update, site: &Site) -> String {
    let mut text = format!("{}\n", one_line(&incident.title));
    let _ = writeln!(text, "{}, {}", update.label(), format::date_time(update.at));
    about_whom(&mut text, letter);
    if letter.sent.since(letter.at) > LATE_MS {
        let delay = format::span(letter.at, letter.sent);
        let _ = writeln!(text, "This message is {delay} late; the page says what holds now.");
    }
    let _ = writeln!(text, "\n{}\n\nThe whole story: {}incidents/{}", update.body.trim(), site.url, incident.id);
    foot(&mut text, letter, site);
    text
}

fn about_whom(text: &mut String, letter: &Letter) {
    if !letter.affected.is_empty() {
        let _ = writeln!(text, "Affected: {}", names(letter));
    }
}

fn foot(text: &mut String, letter: &Letter, site: &Site) {
    let _ = write!(
        text,
        "\n-- \n{}: {}\nChange or end this subscription: {}\n",
        one_line(&site.title),
        site.url,
        letter.link
    );
}

/// What a webhook proves itself with: it repeats this in its answer, or somebody follows the link.
pub fn challenge(letter: &Letter) -> String {
    format!("gatewatch-{}", letter.id)
}

/// The object for programs. `text` is what chat systems with incoming webhooks show.
pub fn payload(letter: &Letter, site: &Site) -> Value {
    let (what, incident, note, maintenance) = match &letter.content {
        Content::Confirm(_) => ("confirm", Value::Null, Value::Null, Value::Null),
        Content::Manage => ("manage", Value::Null, Value::Null, Value::Null),
        Content::Note(note) => {
            let (incident, update) = &**note;
            let incident_json = json!({
                "id": incident.id.as_str(),
                "title": incident.title,
                "impact": incident.impact.as_str(),
                "phase": incident.phase.as_str(),
                "started_at": rfc3339(incident.started_at),
                "resolved_at": incident.resolved_at.map(rfc3339),
                "url": format!("{}incidents/{}", site.url, incident.id),
            });
            let note = json!({
                "id": update.id.as_str(), "phase": update.phase.as_str(), "postmortem": update.postmortem, "body": update.body, "at": rfc3339(update.at),
            });
            ("note", incident_json, note, Value::Null)
        }
        Content::Maintenance(window) => {
            let window = json!({
                "title": window.title, "about": window.about, "from": rfc3339(window.from), "until": rfc3339(window.until),
            });
            ("maintenance", Value::Null, Value::Null, window)
        }
    };
    let challenge = matches!(letter.content, Content::Confirm(_)).then(|| challenge(letter));
    let affected: Vec<Value> =
        letter.affected.iter().map(|(slug, name)| json!({ "id": slug.as_str(), "name": name })).collect();
    json!({
        "schema": 1,
        "id": letter.id,
        "what": what,
        "challenge": challenge,
        "incident": incident,
        "note": note,
        "maintenance": maintenance,
        "components": affected,
        "at": rfc3339(letter.at),
        "sent_at": rfc3339(letter.sent),
        "text": format!("{}\n{}", subject(letter, site), match &letter.content {
            Content::Note(note) => format!("{}incidents/{}", site.url, note.0.id),
            Content::Maintenance(_) => site.url.clone(),
            Content::Confirm(_) | Content::Manage => letter.link.clone(),
        }),
        "links": { "manage": letter.link, "page": site.url },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::{Impact, Phase};

    const AT: At = At(1_795_359_600_000);

    fn site() -> Site {
        Site { title: "Example\r\nBcc: eve@example.com".to_owned(), url: "https://status.example.com/".to_owned() }
    }

    fn letter(content: Content) -> Letter {
        Letter {
            id: "m1".to_owned(),
            content,
            affected: vec![("web".parse().unwrap(), "Web\nshop".to_owned())],
            at: AT,
            sent: AT,
            link: "https://status.example.com/subscriptions/t0ken".to_owned(),
            channel: Channel::Email,
        }
    }

    fn note() -> Content {
        let update = Update {
            id: "u1".parse().unwrap(),
            phase: Phase::Identified,
            body: "The **database** is full.\n".to_owned(),
            html: String::new(),
            at: AT,
            edited_at: None,
            postmortem: false,
            version: 1,
            withdrawn: false,
        };
        let incident = Incident {
            id: "i1".parse().unwrap(),
            title: "Shop answers 502".to_owned(),
            impact: Impact::Major,
            phase: Phase::Identified,
            started_at: AT,
            resolved_at: None,
            updated_at: AT,
            components: Vec::new(),
            updates: vec![update.clone()],
            version: 1,
            withdrawn: false,
        };
        Content::Note(Box::new((incident, update)))
    }

    #[test]
    fn no_name_adds_a_line_where_lines_mean_something() {
        for content in [Content::Confirm("a\nb".to_owned()), Content::Manage, note()] {
            let letter = letter(content);
            assert!(!subject(&letter, &site()).contains(['\r', '\n']));
            let text = body(&letter, &site());
            assert!(!text.contains("\nBcc") && !text.contains("\nshop"), "{text}");
            assert!(text.contains("https://status.example.com/subscriptions/t0ken\n"), "{text}");
        }
    }

    #[test]
    fn a_note_says_what_whom_and_where_and_that_it_is_late() {
        let mut letter = letter(note());
        assert_eq!(subject(&letter, &site()), "Identified: Shop answers 502");
        let text = body(&letter, &site());
        assert!(
            text.starts_with("Shop answers 502\nIdentified, 22 Nov 2026, 15:00 UTC\nAffected: Web shop\n"),
            "{text}"
        );
        assert!(text.contains("\nThe **database** is full.\n"), "{text}");
        assert!(text.contains("https://status.example.com/incidents/i1\n") && !text.contains("late"), "{text}");
        letter.sent = At(AT.0 + 600_000);
        assert!(body(&letter, &site()).contains("10 min late"));
        let json = payload(&letter, &site());
        assert_eq!((json["what"].as_str(), json["note"]["phase"].as_str()), (Some("note"), Some("identified")));
        assert_eq!(json["components"][0]["id"], "web");
        assert_eq!(json["challenge"], Value::Null);
    }

    #[test]
    fn only_what_asks_for_consent_has_a_challenge() {
        let asks = payload(&letter(Content::Confirm("everything".to_owned())), &site());
        assert_eq!(asks["challenge"], "gatewatch-m1");
        assert!(asks["text"].as_str().unwrap().ends_with("/subscriptions/t0ken"), "{asks}");
        let window = Window { title: "Patches".to_owned(), about: None, components: Vec::new(), from: AT, until: AT };
        let told = payload(&letter(Content::Maintenance(window)), &site());
        assert_eq!((told["what"].as_str(), &told["challenge"]), (Some("maintenance"), &Value::Null));
    }
}
