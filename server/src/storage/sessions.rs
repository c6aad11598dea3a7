//! Sessions and set-up links, by the hash of their token only.

use super::codes::{get, parse};
use super::{NewUser, Storage, StorageError, users};
use app::model::{Admin, At, UserId};
use sqlx::sqlite::SqliteRow;

/// Sessions of one account at a time; the oldest go.
const PER_USER: i64 = 5;

/// SHA-256 of a token; the token itself is never stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(***)")
    }
}

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
    /// Last use, as noted by [`Storage::touch_session`].
    pub seen_at: At,
    /// Its absolute end.
    pub expires_at: At,
}

impl TryFrom<&SqliteRow> for StoredSession {
    type Error = StorageError;

    fn try_from(row: &SqliteRow) -> Result<Self, StorageError> {
        Ok(Self {
            admin: Admin { id: parse(row, "id")?, name: get(row, "name")? },
            created_at: At(get(row, "created_at")?),
            seen_at: At(get(row, "seen_at")?),
            expires_at: At(get(row, "expires_at")?),
        })
    }
}

impl Storage {
    /// Stores a session; of more than five of one account the oldest go.
    pub async fn insert_session(&self, session: NewSession) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "DELETE FROM sessions WHERE hash IN
                         (SELECT hash FROM sessions WHERE user = ? ORDER BY created_at DESC LIMIT -1 OFFSET ?)",
                    )
                    .bind(session.user.as_str())
                    .bind(PER_USER - 1)
                    .execute(&mut *connection)
                    .await?;
                    sqlx::query(
                        "INSERT INTO sessions (hash, user, created_at, seen_at, expires_at) VALUES (?1, ?2, ?3, ?3, ?4)",
                    )
                    .bind(session.hash.0.to_vec())
                    .bind(session.user.as_str())
                    .bind(session.created_at.0)
                    .bind(session.expires_at.0)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// The session with this token's hash.
    pub async fn session(&self, hash: TokenHash) -> Result<Option<StoredSession>, StorageError> {
        self.read(async {
            let row = sqlx::query(
                "SELECT users.id, users.name, sessions.created_at, sessions.seen_at, sessions.expires_at
                 FROM sessions JOIN users ON users.id = sessions.user WHERE sessions.hash = ?",
            )
            .bind(hash.0.to_vec())
            .fetch_optional(self.readers())
            .await?;
            row.as_ref().map(StoredSession::try_from).transpose()
        })
        .await
    }

    /// Notes the last use.
    pub async fn touch_session(&self, hash: TokenHash, seen_at: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE sessions SET seen_at = max(seen_at, ?) WHERE hash = ?")
                        .bind(seen_at.0)
                        .bind(hash.0.to_vec())
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Ends one session.
    pub async fn delete_session(&self, hash: TokenHash) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM sessions WHERE hash = ?")
                        .bind(hash.0.to_vec())
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Ends all sessions of an account but `keep`.
    pub async fn delete_sessions(&self, user: &UserId, keep: Option<TokenHash>) -> Result<(), StorageError> {
        let user = user.clone();
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM sessions WHERE user = ? AND hash IS NOT ?")
                        .bind(user.as_str())
                        .bind(keep.map(|hash| hash.0.to_vec()))
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Removes sessions and set-up links past their end, and sessions not used since `idle_before`.
    pub async fn sweep_sessions(&self, now: At, idle_before: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM sessions WHERE expires_at <= ? OR seen_at < ?")
                        .bind(now.0)
                        .bind(idle_before.0)
                        .execute(&mut *connection)
                        .await?;
                    sqlx::query("DELETE FROM setup_links WHERE expires_at <= ?")
                        .bind(now.0)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Stores a one-time set-up link and voids earlier ones.
    pub async fn insert_setup_link(&self, hash: TokenHash, created_at: At, expires_at: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM setup_links").execute(&mut *connection).await?;
                    sqlx::query("INSERT INTO setup_links (hash, created_at, expires_at) VALUES (?, ?, ?)")
                        .bind(hash.0.to_vec())
                        .bind(created_at.0)
                        .bind(expires_at.0)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// True while no account exists and the link is neither used nor past its end.
    pub async fn setup_link_open(&self, hash: TokenHash, now: At) -> Result<bool, StorageError> {
        self.read(async {
            let open: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM setup_links WHERE hash = ? AND used_at IS NULL AND expires_at > ?)
                    AND NOT EXISTS (SELECT 1 FROM users)",
            )
            .bind(hash.0.to_vec())
            .bind(now.0)
            .fetch_one(self.readers())
            .await?;
            Ok(open)
        })
        .await
    }

    /// Uses the link up and creates the first account, both or neither; `NotFound` when the link is not open.
    pub async fn set_up(&self, hash: TokenHash, user: NewUser, now: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let spent = sqlx::query(
                        "UPDATE setup_links SET used_at = ?2
                         WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2 AND NOT EXISTS (SELECT 1 FROM users)",
                    )
                    .bind(hash.0.to_vec())
                    .bind(now.0)
                    .execute(&mut *connection)
                    .await?;
                    if spent.rows_affected() == 0 {
                        return Err(StorageError::NotFound("set-up link"));
                    }
                    users::insert(connection, user, now).await
                })
            })
            .await
    }
}
