//! The words of a message: subject and text for people, JSON for programs. Pure.

use super::About;
use super::gather::Bundle;
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

/// What happened, of one and of several.
const fn verbs(message: &Waiting) -> (&'static str, &'static str) {
    match message.state {
        _ if message.about.removed => ("is no longer watched", "are no longer watched"),
        State::Operational => ("is up again", "are up again"),
        State::Degraded => ("is degraded", "are degraded"),
        State::PartialOutage => ("is partly down", "are partly down"),
        State::Outage => ("is down", "are down"),
        State::Maintenance => ("is under maintenance", "are under maintenance"),
        State::Unknown => ("cannot be measured", "cannot be measured"),
    }
}

/// `Shop is down`, or `3 components are down`.
fn what(bundle: &Bundle) -> String {
    let (one, several) = verbs(&bundle.head);
    match bundle.rest.len() {
        0 if bundle.head.about.unstable.is_some() => {
            format!("{} {one} again and again", one_line(&bundle.head.about.name))
        }
        0 => format!("{} {one}", one_line(&bundle.head.about.name)),
        more => format!("{} components {several}", more + 1),
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
pub fn subject(bundle: &Bundle, sent: At) -> String {
    let message = &bundle.head;
    let late = if is_late(message, sent) { "Late: " } else { "" };
    let fault = message.about.fault.as_ref().filter(|_| message.state != State::Operational);
    let reason = fault.map(|fault| format!(": {}", public_reason(fault))).unwrap_or_default();
    format!("{late}{}{reason}", what(bundle))
}

/// The text for people.
pub fn body(bundle: &Bundle, sent: At, site: &Site) -> String {
    if !bundle.rest.is_empty() {
        return several(bundle, sent, site);
    }
    let message = &bundle.head;
    let mut text = what(bundle);
    match (message.state, message.about.before_since) {
        (_, Some(began)) if message.about.removed => {
            let (told, _) = verbs(&Waiting {
                state: message.about.before,
                about: About { removed: false, ..message.about.clone() },
                ..message.clone()
            });
            let _ = write!(
                text,
                ". You were told that it {told} since {}; nobody measures its end.",
                format::precise(began)
            );
        }
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
    if let Some(unstable) = message.about.unstable {
        let quiet = format::duration(u64::from(unstable.quiet.0));
        let words = unstable.words();
        let _ = writeln!(text, "It is {words}. The next message comes when it has been quiet for {quiet}.");
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

/// The text for people where the same happened to several components.
fn several(bundle: &Bundle, sent: At, site: &Site) -> String {
    let mut text = format!("{}.\n", what(bundle));
    if let Some(why) = why(&bundle.head) {
        let _ = writeln!(text, "Why: {why}");
    }
    if is_late(&bundle.head, sent) {
        let delay = format::span(bundle.head.at, sent);
        let _ = writeln!(text, "This message is {delay} late; the status page says what holds now.");
    }
    text.push('\n');
    for message in bundle.all() {
        let name = one_line(&message.about.name);
        let _ = writeln!(text, "{name}, since {}\n  {}", format::precise(message.since), site.wizard(message));
    }
    let _ = writeln!(text, "\nStatus page: {}", site.url);
    text
}

/// The object for programs; where it is of several components, its own fields are those of the first. `text` is what chat systems with incoming webhooks show.
pub fn payload(bundle: &Bundle, sent: At, site: &Site) -> Value {
    let message = &bundle.head;
    let components: Vec<Value> = bundle
        .all()
        .map(|message| {
            json!({
                "id": message.component.as_str(), "name": message.about.name, "since": rfc3339(message.since),
                "before": message.about.before.as_str(), "monitor": message.about.monitor,
                "wizard": site.wizard(message),
            })
        })
        .collect();
    let fault = message.about.fault.as_ref().filter(|_| message.state != State::Operational);
    json!({
        "schema": 1,
        "id": bundle.id(),
        "component": { "id": message.component.as_str(), "name": message.about.name },
        "components": components,
        "state": message.state.as_str(),
        "removed": message.about.removed,
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
        "unstable": message.about.unstable.map(|unstable| json!({
            "changes": unstable.changes, "within_ms": unstable.within.0, "quiet_ms": unstable.quiet.0,
        })),
        "monitor": message.about.monitor,
        "text": format!("{}\n{}", subject(bundle, sent), site.wizard(message)),
        "links": { "wizard": site.wizard(message), "page": site.url },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Flapping;
    use app::model::{Fault, FaultKind, Origin};

    fn message(state: State) -> Bundle {
        Bundle::of(waiting(state))
    }

    fn waiting(state: State) -> Waiting {
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
                removed: false,
                unstable: None,
            },
        }
    }

    fn site() -> Site {
        Site { title: "Example".to_owned(), url: "https://status.example.com/".to_owned() }
    }

    #[test]
    fn an_outage_says_what_why_and_where_to_go() {
        let message = message(State::Outage);
        let sent = At(message.head.at.0 + 1_000);
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
        let text = body(&message, message.head.at, &site());
        assert!(text.starts_with("Shop is up again since 22 Nov, 15:00:00 UTC, after 4 min 12 s.\n"), "{text}");
        assert!(!text.contains("Why"), "{text}");
        assert_eq!(payload(&message, message.head.at, &site())["fault"], Value::Null);
    }

    #[test]
    fn what_comes_and_goes_is_told_once_with_what_follows() {
        let mut message = message(State::Outage);
        let minutes = |minutes: u32| app::model::Millis(minutes * 60_000);
        message.head.about.unstable = Some(Flapping { changes: 5, within: minutes(60), quiet: minutes(30) });
        assert_eq!(subject(&message, message.head.at), "Shop is down again and again: connection refused");
        let text = body(&message, message.head.at, &site());
        let line = "It is unstable: its state changed 5 times within 1 h. The next message comes when it has been quiet for 30 min.";
        assert!(text.contains(line), "{text}");
        assert_eq!(payload(&message, message.head.at, &site())["unstable"]["changes"], 5);
    }

    #[test]
    fn what_comes_late_says_so() {
        let message = message(State::Outage);
        let sent = At(message.head.at.0 + 600_000);
        assert!(subject(&message, sent).starts_with("Late: Shop is down"));
        assert!(body(&message, sent, &site()).contains("10 min late"));
        assert_eq!(payload(&message, sent, &site())["late"], true);
    }

    #[test]
    fn what_happened_to_many_is_told_once_with_each_name() {
        let mut other = waiting(State::Outage);
        other.component = "api".parse().unwrap();
        other.id = "m2".to_owned();
        other.about.name = "API\r\nBcc: x".to_owned();
        let bundle = Bundle { head: waiting(State::Outage), rest: vec![other] };
        let sent = bundle.head.at;
        assert_eq!(subject(&bundle, sent), "2 components are down: connection refused");
        let text = body(&bundle, sent, &site());
        assert!(
            text.contains("\nShop, since 22 Nov, 15:00:00 UTC\n  https://status.example.com/wizard?component=shop\n"),
            "{text}"
        );
        assert!(text.contains("wizard?component=api\n") && !text.contains("\nBcc") && !text.contains('\r'), "{text}");
        let json = payload(&bundle, sent, &site());
        assert_eq!(
            (json["component"]["id"].as_str(), json["components"][1]["id"].as_str()),
            (Some("shop"), Some("api"))
        );
        assert!(json["id"] != "m1" && json["id"] != "m2");
    }

    #[test]
    fn what_is_no_longer_watched_is_said_not_to_be_rather_than_well() {
        let mut gone = waiting(State::Unknown);
        gone.about = About { removed: true, fault: None, before: State::Outage, ..gone.about };
        let bundle = Bundle::of(gone);
        assert_eq!(subject(&bundle, bundle.head.at), "Shop is no longer watched");
        let text = body(&bundle, bundle.head.at, &site());
        let begins = "Shop is no longer watched. You were told that it is down since 22 Nov, 14:55:48 UTC; nobody measures its end.\n";
        assert!(text.starts_with(begins), "{text}");
        assert_eq!(payload(&bundle, bundle.head.at, &site())["removed"], true);
    }
}
