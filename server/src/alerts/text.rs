//! The words of a message: subject and text for people, JSON for programs. Pure.

use crate::clock::rfc3339;
use crate::status::reason::public_reason;
use crate::storage::Waiting;
use app::format;
use app::model::{At, State};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A message that leaves later than this after its change was confirmed says so.
pub const LATE_MS: i64 = 60_000;
/// Characters of a peer's detail that are told.
const MAX_DETAIL: usize = 200;

/// What a message says of the place that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The page's title.
    pub title: String,
    /// Its URL, with a slash at the end.
    pub url: String,
}

impl Site {
    /// Where the wizard starts with this component.
    fn wizard(&self, message: &Waiting) -> String {
        format!("{}wizard?component={}", self.url, message.component)
    }
}

/// True where the message comes too late to be taken for the present.
pub fn is_late(message: &Waiting, sent: At) -> bool {
    sent.since(message.at) > LATE_MS
}

const fn verb(state: State) -> &'static str {
    match state {
        State::Operational => "is up again",
        State::Degraded => "is degraded",
        State::PartialOutage => "is partly down",
        State::Outage => "is down",
        State::Maintenance => "is under maintenance",
        State::Unknown => "cannot be measured",
    }
}

/// The fault in words, in one line; what a peer or the system said is cut.
fn why(message: &Waiting) -> Option<String> {
    let fault = message.about.fault.as_ref().filter(|_| message.state != State::Operational)?;
    let mut why = public_reason(fault);
    let detail = one_line(&fault.detail);
    if !detail.is_empty() && detail != why {
        let _ = write!(why, " ({detail})");
    }
    Some(why)
}

fn one_line(text: &str) -> String {
    text.chars().take(MAX_DETAIL).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// `Shop is down: connection refused`, with `Late: ` before it where it is.
pub fn subject(message: &Waiting, sent: At) -> String {
    let late = if is_late(message, sent) { "Late: " } else { "" };
    let fault = message.about.fault.as_ref().filter(|_| message.state != State::Operational);
    let reason = fault.map(|fault| format!(": {}", public_reason(fault))).unwrap_or_default();
    format!("{late}{} {}{reason}", one_line(&message.about.name), verb(message.state))
}

/// The text for people.
pub fn body(message: &Waiting, sent: At, site: &Site) -> String {
    let mut text = format!("{} {}", one_line(&message.about.name), verb(message.state));
    match (message.state, message.about.before_since) {
        (State::Operational, Some(began)) => {
            let lasted = format::span(began, message.since);
            let _ = write!(text, " since {}, after {lasted}.", format::precise(message.since));
        }
        _ => {
            let _ = write!(text, " since {}.", format::precise(message.since));
        }
    }
    text.push('\n');
    if let Some(why) = why(message) {
        let _ = writeln!(text, "Why: {why}");
    }
    if let (Some(monitor), false) = (&message.about.monitor, message.state == State::Operational) {
        let _ = writeln!(text, "Monitor: {}", one_line(monitor));
    }
    if is_late(message, sent) {
        let delay = format::span(message.at, sent);
        let _ = writeln!(text, "This message is {delay} late; the status page says what holds now.");
    }
    let _ = writeln!(text, "\nFind the cause: {}", site.wizard(message));
    let _ = writeln!(text, "Status page: {}", site.url);
    text
}

/// The object for programs. `text` is what chat systems with incoming webhooks show.
pub fn payload(message: &Waiting, sent: At, site: &Site) -> Value {
    let fault = message.about.fault.as_ref().filter(|_| message.state != State::Operational);
    json!({
        "schema": 1,
        "id": message.id,
        "component": { "id": message.component.as_str(), "name": message.about.name },
        "state": message.state.as_str(),
        "before": message.about.before.as_str(),
        "since": rfc3339(message.since),
        "at": rfc3339(message.at),
        "sent_at": rfc3339(sent),
        "late": is_late(message, sent),
        "attempt": message.attempts + 1,
        "fault": fault.map(|fault| json!({
            "kind": fault.kind.as_str(),
            "origin": fault.origin.as_str(),
            "status": fault.status,
            "words": why(message),
        })),
        "monitor": message.about.monitor,
        "text": format!("{}\n{}", subject(message, sent), site.wizard(message)),
        "links": { "wizard": site.wizard(message), "page": site.url },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::About;
    use app::model::{Fault, FaultKind, Origin};

    fn message(state: State) -> Waiting {
        let fault = Fault {
            kind: FaultKind::Refused,
            origin: Origin::Edge,
            status: None,
            detail: "nothing\r\nBcc: eve@example.com listens".to_owned(),
        };
        Waiting {
            id: "m1".to_owned(),
            listener: "mail".parse().unwrap(),
            component: "shop".parse().unwrap(),
            state,
            since: At(1_795_359_600_000),
            at: At(1_795_359_604_000),
            attempts: 0,
            due_at: At(0),
            about: About {
                name: "Shop".to_owned(),
                monitor: Some("shop".to_owned()),
                fault: Some(fault),
                before: State::Operational,
                before_since: Some(At(1_795_359_600_000 - 252_000)),
            },
        }
    }

    fn site() -> Site {
        Site { title: "Example".to_owned(), url: "https://status.example.com/".to_owned() }
    }

    #[test]
    fn an_outage_says_what_why_and_where_to_go() {
        let message = message(State::Outage);
        let sent = At(message.at.0 + 1_000);
        assert_eq!(subject(&message, sent), "Shop is down: connection refused");
        let text = body(&message, sent, &site());
        assert!(text.starts_with("Shop is down since 22 Nov, 15:00:00 UTC.\nWhy: connection refused ("), "{text}");
        assert!(text.contains("https://status.example.com/wizard?component=shop\n"), "{text}");
        assert!(!text.contains("\nBcc") && !text.contains('\r'), "a peer's text adds no line: {text}");
        assert!(!text.contains("late"), "{text}");
        let json = payload(&message, sent, &site());
        assert_eq!((json["state"].as_str(), json["late"].as_bool()), (Some("outage"), Some(false)));
        assert_eq!(json["fault"]["kind"], "refused");
    }

    #[test]
    fn its_end_says_how_long_it_lasted_and_names_no_fault() {
        let message = message(State::Operational);
        let text = body(&message, message.at, &site());
        assert!(text.starts_with("Shop is up again since 22 Nov, 15:00:00 UTC, after 4 min 12 s.\n"), "{text}");
        assert!(!text.contains("Why"), "{text}");
        assert_eq!(payload(&message, message.at, &site())["fault"], Value::Null);
    }

    #[test]
    fn what_comes_late_says_so() {
        let message = message(State::Outage);
        let sent = At(message.at.0 + 600_000);
        assert!(subject(&message, sent).starts_with("Late: Shop is down"));
        assert!(body(&message, sent, &site()).contains("10 min late"));
        assert_eq!(payload(&message, sent, &site())["late"], true);
    }
}
