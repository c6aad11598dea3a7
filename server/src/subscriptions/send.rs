//! One attempt to tell one subscriber.

use super::text::{self, Content, Letter, Window};
use crate::alerts::dial::SendError;
use crate::alerts::email::{self, AutoSubmitted};
use crate::alerts::text::Site;
use crate::alerts::webhook;
use crate::auth::hash_token;
use crate::clock;
use crate::config::Subscriptions;
use crate::netguard::Netguard;
use crate::storage::{Message, Storage, StorageError, What};
use app::model::{Channel, ComponentSlug, Snapshot};
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use url::Url;

/// For a visitor's webhook, from the first look-up to the answer.
const HOOK_LIMIT: Duration = Duration::from_secs(10);
/// Bytes of its answer that are read for the challenge.
const MOST_ANSWER: usize = 1024;
/// A webhook that says so with this status is never asked again.
const GONE: u16 = 410;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It left; `confirmed` where the webhook has repeated its challenge.
    Sent {
        /// Whether that was a consent.
        confirmed: bool,
    },
    /// There is nothing to tell any more, or nothing that this subscriber may know.
    Dropped,
    /// The target is gone for good.
    Gone,
    /// It did not leave.
    Failed {
        /// Why.
        problem: String,
        /// True where not this letter was refused but the mail server could not be used at all.
        whole_way: bool,
    },
}

/// What an attempt needs.
pub(super) struct Attempt {
    pub(super) storage: Storage,
    /// For the mail server.
    pub(super) mail_guard: Netguard,
    /// For what visitors typed.
    pub(super) visitor_guard: Netguard,
    pub(super) way: Subscriptions,
    pub(super) site: Site,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) message: Message,
    /// The message's own token.
    pub(super) token: String,
}

impl Attempt {
    /// Makes it.
    pub(super) async fn make(self) -> Outcome {
        let letter = match self.letter().await {
            Ok(Some(letter)) => letter,
            Ok(None) => return Outcome::Dropped,
            Err(error) => return failed(&error, false),
        };
        let Some(hash) = hash_token(&self.token) else { return Outcome::Dropped };
        match self.storage.add_subscription_token(self.message.subscription, hash, letter.sent).await {
            Ok(true) => {}
            // It has ended meanwhile.
            Ok(false) => return Outcome::Dropped,
            Err(error) => return failed(&error, false),
        }
        match self.message.channel {
            Channel::Email => match self.mail(&letter).await {
                Ok(()) => Outcome::Sent { confirmed: false },
                // A refusal may be this letter's alone; without a connection no letter leaves.
                Err(error) => failed(&error, !matches!(error, SendError::Mail(_) | SendError::Message(_))),
            },
            Channel::Webhook => match self.hook(&letter).await {
                Ok(confirmed) => Outcome::Sent { confirmed },
                Err(SendError::Status(GONE)) => Outcome::Gone,
                Err(error) => failed(&error, false),
            },
        }
    }

    /// What there is to tell by now.
    async fn letter(&self) -> Result<Option<Letter>, StorageError> {
        let (content, concerned) = match &self.message.what {
            What::Confirm => (Content::Confirm(self.covers()), None),
            What::Manage => (Content::Manage, None),
            What::Note(id) => match self.storage.note_to_tell(id).await? {
                Some(note) => {
                    let concerned = note.0.components.clone();
                    (Content::Note(Box::new(note)), Some(concerned))
                }
                None => return Ok(None),
            },
            What::Maintenance(about) => match serde_json::from_str::<Window>(about) {
                Ok(window) if window.until > clock::now() => {
                    let concerned = window.components.clone();
                    (Content::Maintenance(window), Some(concerned))
                }
                _ => return Ok(None),
            },
        };
        let affected = self.public(concerned.as_deref().unwrap_or_default());
        let wanted = &self.message.components;
        let of_its_own = wanted.is_empty() || affected.iter().any(|(slug, _)| wanted.contains(slug));
        // What it asked for may have become private since.
        if concerned.is_some() && !of_its_own {
            return Ok(None);
        }
        Ok(Some(Letter {
            id: self.message.id.clone(),
            content,
            affected,
            at: self.message.at,
            sent: clock::now(),
            link: format!("{}subscriptions/{}", self.site.url, self.token),
            channel: self.message.channel,
        }))
    }

    /// Those of the components that visitors may know of, with their names.
    fn public(&self, slugs: &[ComponentSlug]) -> Vec<(ComponentSlug, String)> {
        let concerned = self.snapshot.components.iter().filter(|component| slugs.contains(&component.slug));
        concerned.map(|component| (component.slug.clone(), component.name.clone())).collect()
    }

    fn covers(&self) -> String {
        if self.message.components.is_empty() {
            return "all incidents and planned maintenance".to_owned();
        }
        let names = self.public(&self.message.components).into_iter().map(|(_, name)| name);
        names.collect::<Vec<_>>().join(", ")
    }

    async fn mail(&self, letter: &Letter) -> Result<(), SendError> {
        let email = &self.way.email;
        let unwritable = |error: String| SendError::Message(error);
        let to: Mailbox = self.message.target.parse().map_err(|_| unwritable("the address is none".to_owned()))?;
        let since_epoch = Duration::from_millis(u64::try_from(letter.sent.0).unwrap_or(0));
        let header = |name, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        let mut builder = lettre::Message::builder()
            .from(email::sender(email, &self.site.title))
            .to(to)
            .subject(text::subject(letter, &self.site))
            .date(UNIX_EPOCH + since_epoch)
            // The same for every attempt, so that mail programs show a message that came twice once.
            .message_id(Some(format!("<{}.gatewatch@{}>", letter.id, email.from.email.domain())))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .raw_header(header("List-Unsubscribe", format!("<{}>", letter.link)));
        // RFC 8058 has one click over https alone.
        if letter.link.starts_with("https://") {
            builder = builder.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        let letter = builder.body(text::body(letter, &self.site)).map_err(|error| unwritable(error.to_string()))?;
        email::hand_over(&self.mail_guard, email, &letter).await
    }

    /// Posts it; true where the answer repeats the challenge.
    async fn hook(&self, letter: &Letter) -> Result<bool, SendError> {
        let url = Url::parse(&self.message.target).map_err(|error| SendError::Message(error.to_string()))?;
        let asks = matches!(letter.content, Content::Confirm(_));
        let body = text::payload(letter, &self.site).to_string();
        let most = if asks { MOST_ANSWER } else { 0 };
        let answer = webhook::post(&self.visitor_guard, &url, &letter.id, body, most, HOOK_LIMIT).await?;
        let challenge = text::challenge(letter);
        Ok(asks && answer.windows(challenge.len()).any(|part| part == challenge.as_bytes()))
    }
}

fn failed(error: &impl std::fmt::Display, whole_way: bool) -> Outcome {
    Outcome::Failed { problem: error.to_string(), whole_way }
}
