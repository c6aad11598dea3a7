//! `[metrics]`: who may read `/metrics` beside admins.

use super::reader::{Context, Section};
use super::secret::Secret;
use super::text;

/// The shortest token in characters: nobody guesses it.
const MIN_TOKEN_CHARS: usize = 16;
/// The longest.
const MAX_TOKEN_CHARS: usize = 256;

/// The `[metrics]` section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metrics {
    /// Everybody, but of public components only.
    pub public: bool,
    /// Whoever sends it as a bearer token.
    pub token: Option<Secret>,
}

/// Reads the section.
pub(super) fn read(section: Option<Section<'_, '_>>, cx: &mut Context<'_>) -> Metrics {
    let Some(mut section) = section else { return Metrics::default() };
    let public = section.boolean("public", cx).unwrap_or(false);
    let token = section.parsed("token", cx, |text, expanded| {
        if !expanded.secret {
            return Err("does not belong in this file; write \"${NAME}\" or \"file:/run/secrets/name\"".to_owned());
        }
        if text.chars().count() < MIN_TOKEN_CHARS {
            return Err(format!("has less than {MIN_TOKEN_CHARS} characters and could be guessed; take a longer one"));
        }
        text::label(text, MAX_TOKEN_CHARS).map(Secret::new)
    });
    section.finish(cx);
    Metrics { public, token }
}
