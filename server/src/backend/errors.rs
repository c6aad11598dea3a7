//! From failures inside to errors that an admin can do something about.

use crate::auth::AuthError;
use crate::state::unavailable;
use crate::storage::StorageError;
use app::model::ActionError;

/// What `what` ran into, in the admin's words; what nobody can mend from the page is logged once.
pub(super) fn from_storage(what: &str, error: StorageError) -> ActionError {
    match error {
        StorageError::Conflict => ActionError::Conflict,
        StorageError::NotFound(thing) => ActionError::NotFound { what: thing.to_owned() },
        StorageError::Invalid(problem) => {
            ActionError::Invalid { field: problem.field.to_owned(), problem: problem.problem }
        }
        StorageError::Taken(thing) => {
            ActionError::Invalid { field: "Name".to_owned(), problem: format!("the {thing} is taken") }
        }
        error => unavailable(what, error),
    }
}

/// As [`from_storage`], for accounts and sessions.
pub(super) fn from_auth(what: &str, error: AuthError) -> ActionError {
    error.into_action().unwrap_or_else(|error| unavailable(what, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incidents::Problem;

    #[test]
    fn what_an_admin_can_mend_keeps_its_words() {
        assert_eq!(from_storage("a test", StorageError::Conflict), ActionError::Conflict);
        let problem = Problem { field: "Title", problem: "is empty".to_owned() };
        let mapped = from_storage("a test", StorageError::Invalid(problem));
        assert_eq!(mapped.to_string(), "Title: is empty");
    }

    #[test]
    fn what_nobody_can_mend_shows_a_reference_and_nothing_else() {
        let secret = StorageError::Corrupt { place: "users.name", problem: "secret".to_owned() };
        let shown = from_storage("a test", secret).to_string();
        assert!(shown.contains("reference") && !shown.contains("secret") && !shown.contains("users"), "{shown}");
    }
}
