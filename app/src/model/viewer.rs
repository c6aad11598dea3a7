//! Who looks at a page.

use super::id::UserId;
use serde::{Deserialize, Serialize};

/// A signed-in admin as pages may know them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin {
    /// The account.
    pub id: UserId,
    /// Sign-in and display name.
    pub name: String,
}

/// Who looks at a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Viewer {
    /// Not signed in.
    Guest,
    /// Signed in with rights to act.
    Admin(Admin),
}

/// The shortest password in characters.
pub const MIN_PASSWORD_CHARS: usize = 12;
/// The longest password in characters.
pub const MAX_PASSWORD_CHARS: usize = 128;
