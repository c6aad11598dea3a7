//! Ids: opaque newtypes over short text, made by one macro.
//!
//! Random ids are drawn by the server (`server::ids`); configured ids (monitor, component) come
//! from `gatewatch.toml`. None is derived from a display name, so renaming keeps history.

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;

/// The longest id in bytes.
pub const MAX_ID_BYTES: usize = 64;

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 64 of the characters a-z, 0-9, `-`, `_` and `.`, and starts with a letter or digit")]
pub struct InvalidId;

fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= MAX_ID_BYTES
        && bytes[0].is_ascii_alphanumeric()
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text, safe in a URL path and in an HTML attribute.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if is_valid(text) { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A monitor's id, from the configuration; history hangs on it.
    MonitorId,
    /// A component's id, which is also its place in URLs (`/components/{slug}`).
    ComponentSlug,
    /// An incident's id and permalink.
    IncidentId,
    /// One update of an incident.
    UpdateId,
    /// One walk through the wizard.
    RunId,
    /// An account.
    UserId,
    /// One way on which admins are told, from the configuration; messages that wait hang on it.
    AlertId,
}
