//! What can go wrong with an admin's action, one variant per thing the admin can do something about.

use serde::{Deserialize, Serialize};

/// Why an action was not carried out. Internals are logged once with an id and only the id is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ActionError {
    /// Nobody is signed in, or the session ended.
    #[error("Please sign in first.")]
    SignInNeeded,
    /// Name or password is wrong; deliberately the same for both.
    #[error("That name and password do not match.")]
    WrongCredentials,
    /// Too many attempts.
    #[error("Too many attempts. Please wait {seconds} seconds.")]
    TooManyAttempts {
        /// How long to wait.
        seconds: u32,
    },
    /// A field's content cannot be used; says which and why.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field's label.
        field: String,
        /// What to do.
        problem: String,
    },
    /// Somebody else changed it meanwhile; what was typed is kept as a draft.
    #[error("Somebody else changed this meanwhile. Your text is kept below; compare and post again.")]
    Conflict,
    /// There is no such thing (any more).
    #[error("There is no such {what}.")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// Our own policy refuses it; says the line to add.
    #[error("{reason}")]
    Refused {
        /// Why, and what would allow it.
        reason: String,
    },
    /// The server cannot do it now.
    #[error("This cannot be done right now (reference {reference}). Nothing was lost; try again in a moment.")]
    Unavailable {
        /// To be found in the server's log.
        reference: String,
    },
}
