//! Accounts, sessions and the sign-in throttle.
//!
//! Whoever holds an [`AdminProof`] is an admin: only this module can make one, and only from a live
//! session. Nothing here knows of cookies or of HTTP; time is an argument.

pub mod password;
pub mod session;
pub mod throttle;

pub use session::AdminProof;
pub(crate) use session::hash_token;
pub use throttle::Network;

use crate::ids::{NoRandomness, random_id, random_text};
use crate::storage::{AuditRow, NewSession, NewUser, Storage, StorageError, StoredUser};
use app::backend::{Password, SessionKey};
use app::model::{ActionError, Admin, At};
use password::{HashError, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use throttle::Throttle;
use tokio::sync::watch;

/// How long a one-time set-up link holds.
pub const SETUP_LINK_LIFE: Duration = Duration::from_mins(15);
/// The longest account name in characters.
pub const MAX_NAME_CHARS: usize = 64;

/// Why an account operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Name or password is wrong; deliberately the same for both.
    #[error("that name and password do not match")]
    WrongCredentials,
    /// Too many attempts, or too many at once.
    #[error("too many attempts; wait {} seconds", .wait.as_secs().max(1))]
    TooMany {
        /// How long to wait.
        wait: Duration,
    },
    /// A name or password that cannot be used.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field's label.
        field: &'static str,
        /// What to do.
        problem: String,
    },
    /// The set-up link was used, has expired, or an account exists.
    #[error(
        "this set-up link is not valid any more; `gatewatch user setup-link` prints a fresh one while there is no account"
    )]
    LinkClosed,
    /// There is no such account.
    #[error("there is no account named {name}")]
    NoSuchUser {
        /// The name that was given.
        name: String,
    },
    /// An account exists, so that no set-up link is given out.
    #[error("an account exists already; `gatewatch user add NAME` adds another")]
    AlreadySetUp,
    /// The database could not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No randomness for a secret.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Hashing itself failed.
    #[error("the password could not be hashed: {0}")]
    Hashing(String),
}

impl From<HashError> for AuthError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::TooMany => Self::TooMany { wait: Duration::from_secs(2) },
            HashError::Failed(reason) => Self::Hashing(reason),
        }
    }
}

impl AuthError {
    /// What the admin may know of it; `Err` with the error itself where that is nothing but a
    /// reference to the log, which the caller makes.
    pub fn into_action(self) -> Result<ActionError, Self> {
        match self {
            Self::WrongCredentials => Ok(ActionError::WrongCredentials),
            Self::TooMany { wait } => {
                let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1);
                Ok(ActionError::TooManyAttempts { seconds })
            }
            Self::Invalid { field, problem } => Ok(ActionError::Invalid { field: field.to_owned(), problem }),
            Self::LinkClosed | Self::AlreadySetUp => Ok(ActionError::NotFound { what: "set-up link".to_owned() }),
            Self::NoSuchUser { .. } => Ok(ActionError::NotFound { what: "account".to_owned() }),
            Self::Storage(StorageError::Taken(what)) => {
                Ok(ActionError::Invalid { field: "Name".to_owned(), problem: format!("the {what} is taken") })
            }
            other @ (Self::Storage(_) | Self::NoRandomness(_) | Self::Hashing(_)) => Err(other),
        }
    }
}

/// A one-time link's token. It has no `Display`; whoever prints the link says so with [`SetupToken::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct SetupToken(String);

impl SetupToken {
    /// The token, for the one place that prints the link.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The whole link below `base`, which ends with `/`.
    pub fn link(&self, base: &str) -> String {
        format!("{base}setup/{}", self.0)
    }
}

impl std::fmt::Debug for SetupToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetupToken(***)")
    }
}

/// The accounts of this installation.
#[derive(Debug)]
pub struct Auth {
    storage: Storage,
    hasher: Hasher,
    /// Held for map look-ups only, never across an await.
    throttle: Mutex<Throttle>,
    /// Counts up when sessions end, so that live streams ask again whether theirs still holds.
    ended: watch::Sender<u64>,
}

impl Auth {
    /// Over the accounts in `storage`.
    pub fn new(storage: Storage) -> Self {
        let (ended, _) = watch::channel(0);
        Self { storage, hasher: Hasher::new(), throttle: Mutex::default(), ended }
    }

    /// The admin of this session, which counts as used; `None` for guests and ended sessions, and
    /// while the database does not answer.
    pub async fn admin(&self, key: &SessionKey, now: At) -> Option<AdminProof> {
        let proof = self.peek(key, now).await?;
        if proof.needs_touch(now)
            && let Err(error) = self.storage.touch_session(proof.hash(), now).await
        {
            tracing::warn!(%error, "the last use of a session was not stored");
        }
        Some(proof)
    }

    /// As [`Self::admin`], without counting as use: for streams that ask again whether they may go on.
    pub async fn peek(&self, key: &SessionKey, now: At) -> Option<AdminProof> {
        let hash = session::hash(key)?;
        match self.storage.session(hash).await {
            Ok(stored) => AdminProof::new(stored?, hash, now),
            Err(error) => {
                tracing::warn!(%error, "a session could not be looked up");
                None
            }
        }
    }

    /// Changes whenever sessions of this process end. A live stream asks [`Self::peek`] again when it
    /// does, and every 5 s for sessions that the command line ended.
    pub fn ended(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    /// Checks name and password, within the limits for `client`, and begins a session.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &Password,
        client: &str,
        now: At,
    ) -> Result<SessionKey, AuthError> {
        let network = Network::parse(client);
        let account = name.trim().to_lowercase();
        self.throttled(|throttle| throttle.begin(&account, Some(network), now))?;
        let user = self.check(name, password).await?;
        self.throttled(|throttle| {
            throttle.succeeded(&account, Some(network));
            Ok(())
        })?;
        self.begin_session(&user, now).await
    }

    /// Ends the session.
    pub async fn sign_out(&self, key: &SessionKey) -> Result<(), AuthError> {
        if let Some(hash) = session::hash(key) {
            self.storage.delete_session(hash).await?;
            self.ended.send_modify(|count| *count += 1);
        }
        Ok(())
    }

    /// Asks a signed-in admin's password again, before something that cannot be undone.
    pub async fn verify_again(&self, proof: &AdminProof, password: &Password, now: At) -> Result<(), AuthError> {
        let account = proof.admin().name.to_lowercase();
        self.throttled(|throttle| throttle.begin(&account, None, now))?;
        self.check(&proof.admin().name, password).await?;
        self.throttled(|throttle| {
            throttle.succeeded(&account, None);
            Ok(())
        })
    }

    /// True while no account exists and this token's link is open.
    pub async fn setup_open(&self, token: &str, now: At) -> bool {
        let Some(hash) = session::hash_token(token) else { return false };
        self.storage.setup_link_open(hash, now).await.unwrap_or(false)
    }

    /// Makes a fresh one-time link and voids earlier ones; only while no account exists.
    pub async fn new_setup_link(&self, now: At) -> Result<SetupToken, AuthError> {
        if self.storage.count_users().await? > 0 {
            return Err(AuthError::AlreadySetUp);
        }
        let token = random_text(session::TOKEN_CHARS)?;
        let hash = session::hash_token(&token).ok_or(AuthError::LinkClosed)?;
        self.storage.insert_setup_link(hash, now, now + SETUP_LINK_LIFE).await?;
        Ok(SetupToken(token))
    }

    /// Uses the link up, creates the first account and signs it in. Of any number of attempts at
    /// once, one succeeds.
    pub async fn set_up(&self, token: &str, name: &str, password: &Password, now: At) -> Result<SessionKey, AuthError> {
        let hash = session::hash_token(token).ok_or(AuthError::LinkClosed)?;
        if !self.storage.setup_link_open(hash, now).await? {
            return Err(AuthError::LinkClosed);
        }
        let user = self.new_user(name, password).await?;
        let admin = Admin { id: user.id.clone(), name: user.name.clone() };
        match self.storage.set_up(hash, user, now).await {
            Ok(()) => {}
            Err(StorageError::NotFound(_)) => return Err(AuthError::LinkClosed),
            Err(error) => return Err(error.into()),
        }
        self.note(now, &admin.name, "set-up", "first account created").await;
        self.start_session(&admin, now).await
    }

    /// Creates an account (command line).
    pub async fn add_user(&self, name: &str, password: &Password, now: At) -> Result<Admin, AuthError> {
        let user = self.new_user(name, password).await?;
        let admin = Admin { id: user.id.clone(), name: user.name.clone() };
        self.storage.insert_user(user, now).await?;
        self.note(now, "command line", "user-add", &admin.name).await;
        Ok(admin)
    }

    /// Sets a new password and ends all the account's sessions (command line).
    pub async fn set_password(&self, name: &str, password: &Password, now: At) -> Result<(), AuthError> {
        password::judge(password)?;
        let user = self.storage.user_by_name(name.trim()).await?;
        let user = user.ok_or_else(|| AuthError::NoSuchUser { name: name.trim().to_owned() })?;
        let hash = self.hasher.hash(password).await?;
        self.storage.set_password(&user.admin.id, hash).await?;
        self.ended.send_modify(|count| *count += 1);
        self.note(now, "command line", "password", &user.admin.name).await;
        Ok(())
    }

    /// Removes what has expired from the database; called once in a while.
    pub async fn sweep(&self, now: At) -> Result<(), AuthError> {
        Ok(self.storage.sweep_sessions(now, now - session::IDLE_LIFE).await?)
    }

    fn throttled<T>(&self, work: impl FnOnce(&mut Throttle) -> Result<T, throttle::Wait>) -> Result<T, AuthError> {
        // A panic while the maps were held leaves counts behind, nothing broken.
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut throttle).map_err(|wait| AuthError::TooMany { wait: wait.0 })
    }

    /// The account, if name and password match. An unknown name costs the same time.
    async fn check(&self, name: &str, password: &Password) -> Result<StoredUser, AuthError> {
        let user = self.storage.user_by_name(name.trim()).await?;
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let verified = self.hasher.verify(password, stored).await?;
        match user {
            Some(user) if verified.matches => {
                if verified.is_weak {
                    self.strengthen(&user, password).await;
                }
                Ok(user)
            }
            _ => Err(AuthError::WrongCredentials),
        }
    }

    /// Hashes with today's parameters; the sign-in does not depend on it.
    async fn strengthen(&self, user: &StoredUser, password: &Password) {
        let Ok(hash) = self.hasher.hash(password).await else { return };
        if let Err(error) = self.storage.rehash_password(&user.admin.id, hash).await {
            tracing::warn!(%error, "a password could not be hashed anew with stronger parameters");
        }
    }

    async fn new_user(&self, name: &str, password: &Password) -> Result<NewUser, AuthError> {
        let name = judge_name(name)?;
        password::judge(password)?;
        let password_hash = self.hasher.hash(password).await?;
        Ok(NewUser { id: random_id()?, name, password_hash })
    }

    async fn begin_session(&self, user: &StoredUser, now: At) -> Result<SessionKey, AuthError> {
        self.note(now, &user.admin.name, "sign-in", "").await;
        self.start_session(&user.admin, now).await
    }

    async fn start_session(&self, admin: &Admin, now: At) -> Result<SessionKey, AuthError> {
        let key = SessionKey::new(random_text(session::TOKEN_CHARS)?);
        let hash = session::hash(&key).ok_or(AuthError::WrongCredentials)?;
        let expires_at = now + session::ABSOLUTE_LIFE;
        let session = NewSession { hash, user: admin.id.clone(), created_at: now, expires_at };
        self.storage.insert_session(session).await?;
        Ok(key)
    }

    async fn note(&self, at: At, who: &str, action: &str, detail: &str) {
        let row = AuditRow { at, who: who.to_owned(), action: action.to_owned(), detail: detail.to_owned() };
        if let Err(error) = self.storage.audit(row).await {
            tracing::error!(%error, action, "an audit line was not stored");
        }
    }
}

/// A usable account name.
fn judge_name(name: &str) -> Result<String, AuthError> {
    let name = name.trim();
    let problem = if name.is_empty() {
        "please choose one"
    } else if name.chars().count() > MAX_NAME_CHARS {
        "at most 64 characters"
    } else if name.chars().any(char::is_control) {
        "no line breaks or other control characters"
    } else {
        return Ok(name.to_owned());
    };
    Err(AuthError::Invalid { field: "Name", problem: problem.to_owned() })
}

#[cfg(test)]
mod tests;
