//! Users and their groups, from the host's own files.

use serde::{Deserialize, Serialize};

/// A user with all of its groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its name; the number as text where it has none.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Its main group and all further ones.
    pub gids: Vec<u32>,
}
