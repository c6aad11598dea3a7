//! nginx's error log.

use super::{Phase, Zone};
use app::model::At;

/// One line of nginx's error log, split at its fixed places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLine<'a> {
    /// When it was written.
    pub at: At,
    /// `error`, `crit`, `warn` …
    pub level: &'a str,
    /// The process.
    pub pid: Option<u32>,
    /// The number of the connection.
    pub connection: Option<u64>,
    /// What nginx itself says, without the fields that follow.
    pub message: &'a str,
    /// How the connection to the upstream stood, from the message's own end.
    pub phase: Phase,
    /// The system's error number.
    pub errno: Option<i32>,
    /// `client:`
    pub client: Option<&'a str>,
    /// `server:`
    pub server: Option<&'a str>,
    /// `request:`
    pub request: Option<&'a str>,
    /// `upstream:`
    pub upstream: Option<&'a str>,
    /// `host:`
    pub host: Option<&'a str>,
    /// The whole line.
    pub line: &'a str,
}

/// Splits one line; `None` if it is not one of nginx's error log.
pub fn parse_error_line(_line: &str, _zone: Zone) -> Option<ErrorLine<'_>> {
    todo!()
}
