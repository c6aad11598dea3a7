//! `[subscriptions]`: whether visitors may have themselves told, and by which mail server.
//!
//! Without the section there are feeds alone. Naming the mail server here is leave to ask it; what visitors type is
//! judged as what anybody may type.

use super::alerts::{Email, read_email};
use super::reader::{Context, Section};
use crate::netguard::{Netguard, Place};
use app::model::Offer;

/// The `[subscriptions]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriptions {
    /// The mail server and who sends; its `to` is empty.
    pub email: Email,
    /// Whether visitors may name webhooks too.
    pub webhooks: bool,
}

impl Subscriptions {
    /// The host and port that the section gives leave for.
    pub fn place(&self) -> Place {
        Place { host: self.email.host.clone(), port: self.email.port }
    }

    /// What visitors are offered by a section, or by none.
    pub fn offer(section: Option<&Self>) -> Offer {
        section.map_or_else(Offer::default, |section| Offer { email: true, webhooks: section.webhooks })
    }
}

/// Reads the section; `has_url` tells whether `[server] public_url` is set.
pub(super) fn read(
    section: Option<Section<'_, '_>>,
    has_url: bool,
    guard: &Netguard,
    cx: &mut Context<'_>,
) -> Option<Subscriptions> {
    let mut section = section?;
    let email = section.table("email", cx).map(|table| read_email(table, false, guard, cx));
    section.missing("email", "{ server = \"smtp.example.com:587\", from = \"status@example.com\" }", cx);
    let webhooks = section.boolean("webhooks", cx).unwrap_or(true);
    if !has_url {
        let problem =
            "letters to subscribers hold links; add `public_url = \"https://status.example.com\"` to [server]";
        cx.problem(&section.span, problem);
    }
    section.finish(cx);
    Some(Subscriptions { email: email??, webhooks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::parse;
    use crate::config::{Config, ProcessEnvironment};
    use std::path::Path;

    fn read(server: &str, section: &str) -> Result<Config, String> {
        let text = format!("[server]\n{server}\n[[monitors]]\nid = \"a\"\nurl = \"http://a.example/\"\n{section}");
        parse(&text, Path::new(""), &ProcessEnvironment, &[]).map_err(|problems| {
            assert!(problems.iter().all(|problem| problem.at.is_some()), "{problems:?}");
            problems.into_iter().map(|problem| problem.text).collect::<Vec<_>>().join("\n")
        })
    }

    const URL: &str = "public_url = \"https://status.example.com\"";

    #[test]
    fn off_until_a_mail_server_is_named() {
        let config = read(URL, "").unwrap();
        assert_eq!(Subscriptions::offer(config.subscriptions.as_ref()), Offer::default());
        let section = "[subscriptions]\nwebhooks = false\nemail = { server = \"mx.example.com:465\", from = \"s@example.com\" }\n";
        let config = read(URL, section).unwrap();
        assert_eq!(Subscriptions::offer(config.subscriptions.as_ref()), Offer { email: true, webhooks: false });
        assert_eq!(config.subscriptions.unwrap().place(), Place { host: "mx.example.com".to_owned(), port: 465 });
    }

    #[test]
    fn says_what_is_missing_and_what_does_not_fit() {
        let email = "email = { server = \"mx.example.com:465\", from = \"s@example.com\" }";
        assert!(read("", &format!("[subscriptions]\n{email}\n")).unwrap_err().contains("public_url"));
        assert!(read(URL, "[subscriptions]\nwebhooks = true\n").unwrap_err().contains("no `email`"));
        let to = email.replace(" }", ", to = [\"x@example.com\"] }");
        assert!(read(URL, &format!("[subscriptions]\n{to}\n")).unwrap_err().contains("unknown key `to`"));
        let odd = read(URL, &format!("[subscriptions]\n{email}\nwebhook = true\n")).unwrap_err();
        assert!(odd.contains("did you mean `webhooks`?"), "{odd}");
    }
}
