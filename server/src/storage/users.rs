//! Accounts.
use super::{Storage, StorageError};
use app::model::{Admin, At, UserId};

/// An account to be created.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Random id.
    pub id: UserId,
    /// Sign-in and display name, 1 to 64 characters; unique without regard to case.
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

impl Storage {
    /// Creates an account; `Taken` when the name is.
    pub async fn insert_user(&self, user: NewUser, now: At) -> Result<(), StorageError> {
        let _ = (user, now);
        todo!()
    }
    /// By sign-in name, without regard to ASCII case.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<StoredUser>, StorageError> {
        let _ = name;
        todo!()
    }
    /// By id.
    pub async fn user(&self, id: &UserId) -> Result<Option<StoredUser>, StorageError> {
        let _ = id;
        todo!()
    }
    /// All, by name.
    pub async fn users(&self) -> Result<Vec<StoredUser>, StorageError> {
        todo!()
    }
    /// How many there are.
    pub async fn count_users(&self) -> Result<u64, StorageError> {
        todo!()
    }
    /// Sets a new password hash and ends all the account's sessions.
    pub async fn set_password(&self, id: &UserId, password_hash: String) -> Result<(), StorageError> {
        let _ = (id, password_hash);
        todo!()
    }
    /// Replaces the hash of an unchanged password (stronger parameters); sessions stay.
    pub async fn rehash_password(&self, id: &UserId, password_hash: String) -> Result<(), StorageError> {
        let _ = (id, password_hash);
        todo!()
    }
}
