//! Sessions and set-up links, by hash only.
use super::{NewUser, Storage, StorageError};
use app::model::{Admin, At, UserId};

/// SHA-256 of a token; the token itself is never stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// A session to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Hash of its token.
    pub hash: TokenHash,
    /// Whose.
    pub user: UserId,
    /// When it began.
    pub created_at: At,
    /// Its absolute end.
    pub expires_at: At,
}

/// A stored session. Whether it still holds (idle, absolute end) is for the caller to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Whose.
    pub admin: Admin,
    /// When it began.
    pub created_at: At,
    /// Last use, to the minute.
    pub seen_at: At,
    /// Its absolute end.
    pub expires_at: At,
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(***)")
    }
}

impl Storage {
    /// Stores a session; of more than five of one account the oldest go.
    pub async fn insert_session(&self, session: NewSession) -> Result<(), StorageError> {
        let _ = session;
        todo!()
    }
    /// The session with this token's hash.
    pub async fn session(&self, hash: TokenHash) -> Result<Option<StoredSession>, StorageError> {
        let _ = hash;
        todo!()
    }
    /// Notes the last use.
    pub async fn touch_session(&self, hash: TokenHash, seen_at: At) -> Result<(), StorageError> {
        let _ = (hash, seen_at);
        todo!()
    }
    /// Ends one session.
    pub async fn delete_session(&self, hash: TokenHash) -> Result<(), StorageError> {
        let _ = hash;
        todo!()
    }
    /// Ends all sessions of an account but `keep`.
    pub async fn delete_sessions(&self, user: &UserId, keep: Option<TokenHash>) -> Result<(), StorageError> {
        let _ = (user, keep);
        todo!()
    }
    /// Removes sessions and set-up links past their end, and sessions not used since `idle_before`.
    pub async fn sweep_sessions(&self, now: At, idle_before: At) -> Result<(), StorageError> {
        let _ = (now, idle_before);
        todo!()
    }
    /// Stores a one-time set-up link and voids earlier ones.
    pub async fn insert_setup_link(&self, hash: TokenHash, created_at: At, expires_at: At) -> Result<(), StorageError> {
        let _ = (hash, created_at, expires_at);
        todo!()
    }
    /// True while no account exists and the link is neither used nor past its end.
    pub async fn setup_link_open(&self, hash: TokenHash, now: At) -> Result<bool, StorageError> {
        let _ = (hash, now);
        todo!()
    }
    /// Uses the link up and creates the first account, both or neither; `NotFound` when the link is not open.
    pub async fn set_up(&self, hash: TokenHash, user: NewUser, now: At) -> Result<(), StorageError> {
        let _ = (hash, user, now);
        todo!()
    }
}
