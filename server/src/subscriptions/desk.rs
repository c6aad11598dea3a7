//! What visitors may do: ask to be told, and say by a token what they want.

use super::limits::{Limits, Wait};
use super::rule;
use crate::auth::{Network, hash_token};
use crate::storage::{Ask, Asked, Storage, StorageError, TokenHash};
use app::model::{At, Channel, ComponentSlug, Subscription};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Looks at tokens that may be under way; whoever guesses gets no further for asking more often.
const LOOKS: usize = 4;

/// Why something was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Too many wishes from this network, or from all.
    #[error("too many wishes; wait {} seconds", .0.as_secs().max(1))]
    TooMany(Duration),
    /// No more subscriptions are taken at present.
    #[error("no more subscriptions are taken at present")]
    Full,
    /// Too much is under way.
    #[error("too much is under way")]
    Busy,
    /// There is no such subscription, or not any more.
    #[error("there is no such subscription")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for AskError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::NotFound(_) => Self::NotFound,
            other => Self::Storage(other),
        }
    }
}

/// The desk behind the form and the links.
#[derive(Debug)]
pub struct Desk {
    storage: Storage,
    limits: Mutex<Limits>,
    looks: Semaphore,
}

impl Desk {
    /// Over this database.
    pub fn new(storage: Storage) -> Self {
        Self { storage, limits: Mutex::default(), looks: Semaphore::new(LOOKS) }
    }

    /// Takes a wish. What comes of it is told to the target, never to whoever asks.
    pub async fn ask(
        &self,
        channel: Channel,
        target: String,
        components: Vec<ComponentSlug>,
        client: Network,
        now: At,
    ) -> Result<(), AskError> {
        let begun = self.limits.lock().unwrap_or_else(PoisonError::into_inner).begin(client, now);
        begun.map_err(|Wait(wait)| AskError::TooMany(wait))?;
        let mark = rule::mark(channel, &target);
        match self.storage.ask_to_be_told(Ask { channel, target, mark, components }, now).await? {
            Asked::Taken => Ok(()),
            Asked::Full => Err(AskError::Full),
        }
    }

    /// The subscription that a token leads to.
    pub async fn find(&self, token: &str, now: At) -> Result<Subscription, AskError> {
        let token = hash(token)?;
        let _place = self.looks.try_acquire().map_err(|_| AskError::Busy)?;
        self.storage.subscription(token, now).await?.ok_or(AskError::NotFound)
    }

    /// Its owner wants it.
    pub async fn confirm(&self, token: &str, now: At) -> Result<(), AskError> {
        Ok(self.storage.confirm_subscription(hash(token)?, now).await?)
    }

    /// Its owner wants it of these components, of everything where there are none.
    pub async fn change(&self, token: &str, components: Vec<ComponentSlug>, now: At) -> Result<(), AskError> {
        Ok(self.storage.change_subscription(hash(token)?, components, now).await?)
    }

    /// Its owner wants it no more; where `refused`, never did.
    pub async fn end(&self, token: &str, refused: bool, now: At) -> Result<(), AskError> {
        Ok(self.storage.end_subscription(hash(token)?, refused, now).await?)
    }
}

/// What the database knows a token by; what cannot be one is not asked for.
fn hash(token: &str) -> Result<TokenHash, AskError> {
    hash_token(token).ok_or(AskError::NotFound)
}
