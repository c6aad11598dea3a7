//! Failures that an admin can do nothing about: logged once with a reference, of which only the
//! reference is shown.

use app::model::ActionError;
use std::fmt::Display;

/// Logs why `what` failed, and answers the error to show.
pub fn unavailable(what: &str, error: impl Display) -> ActionError {
    let reference = crate::ids::random_text(8).unwrap_or_else(|_| "none".to_owned());
    tracing::error!(reference, %error, "{what} failed");
    ActionError::Unavailable { reference }
}
