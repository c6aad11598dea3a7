//! Accounts.

use super::codes::{get, parse};
use super::{Storage, StorageError};
use app::model::{Admin, At, UserId};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// An account to be created.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Random id.
    pub id: UserId,
    /// Sign-in and display name, 1 to 64 characters; unique without regard to ASCII case.
    pub name: String,
    /// PHC string of the password.
    pub password_hash: String,
}

/// A stored account with its password's hash.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredUser {
    /// The account.
    pub admin: Admin,
    /// PHC string of the password.
    pub password_hash: String,
    /// When it was created.
    pub created_at: At,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser").field("id", &self.id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for StoredUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredUser").field("admin", &self.admin).finish_non_exhaustive()
    }
}

impl TryFrom<&SqliteRow> for StoredUser {
    type Error = StorageError;

    fn try_from(row: &SqliteRow) -> Result<Self, StorageError> {
        Ok(Self {
            admin: Admin { id: parse(row, "id")?, name: get(row, "name")? },
            password_hash: get(row, "password_hash")?,
            created_at: At(get(row, "created_at")?),
        })
    }
}

impl Storage {
    /// Creates an account; `Taken` when the name is.
    pub async fn insert_user(&self, user: NewUser, now: At) -> Result<(), StorageError> {
        self.writer().write(move |connection| Box::pin(async move { insert(connection, user, now).await })).await
    }

    /// By sign-in name, without regard to ASCII case.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<StoredUser>, StorageError> {
        self.read(async {
            let row = sqlx::query("SELECT id, name, password_hash, created_at FROM users WHERE name = ?")
                .bind(name)
                .fetch_optional(self.readers())
                .await?;
            row.as_ref().map(StoredUser::try_from).transpose()
        })
        .await
    }

    /// By id.
    pub async fn user(&self, id: &UserId) -> Result<Option<StoredUser>, StorageError> {
        self.read(async {
            let row = sqlx::query("SELECT id, name, password_hash, created_at FROM users WHERE id = ?")
                .bind(id.as_str())
                .fetch_optional(self.readers())
                .await?;
            row.as_ref().map(StoredUser::try_from).transpose()
        })
        .await
    }

    /// All, by name.
    pub async fn users(&self) -> Result<Vec<StoredUser>, StorageError> {
        self.read(async {
            let rows = sqlx::query("SELECT id, name, password_hash, created_at FROM users ORDER BY name")
                .fetch_all(self.readers())
                .await?;
            rows.iter().map(StoredUser::try_from).collect()
        })
        .await
    }

    /// How many there are.
    pub async fn count_users(&self) -> Result<u64, StorageError> {
        self.read(async {
            let count: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(self.readers()).await?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
        .await
    }

    /// Sets a new password hash and ends all the account's sessions, both or neither.
    pub async fn set_password(&self, id: &UserId, password_hash: String) -> Result<(), StorageError> {
        let id = id.clone();
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    replace_hash(connection, &id, &password_hash).await?;
                    sqlx::query("DELETE FROM sessions WHERE user = ?").bind(id.as_str()).execute(connection).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Replaces the hash of an unchanged password (stronger parameters); sessions stay.
    pub async fn rehash_password(&self, id: &UserId, password_hash: String) -> Result<(), StorageError> {
        let id = id.clone();
        self.writer()
            .write(move |connection| Box::pin(async move { replace_hash(connection, &id, &password_hash).await }))
            .await
    }
}

/// Creates an account within the caller's transaction.
pub(super) async fn insert(connection: &mut SqliteConnection, user: NewUser, now: At) -> Result<(), StorageError> {
    let done = sqlx::query(
        "INSERT INTO users (id, name, password_hash, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
    )
    .bind(user.id.as_str())
    .bind(user.name)
    .bind(user.password_hash)
    .bind(now.0)
    .execute(connection)
    .await?;
    if done.rows_affected() == 0 { Err(StorageError::Taken("name")) } else { Ok(()) }
}

async fn replace_hash(connection: &mut SqliteConnection, id: &UserId, hash: &str) -> Result<(), StorageError> {
    let done = sqlx::query("UPDATE users SET password_hash = ? WHERE id = ?")
        .bind(hash)
        .bind(id.as_str())
        .execute(connection)
        .await?;
    if done.rows_affected() == 0 { Err(StorageError::NotFound("account")) } else { Ok(()) }
}
