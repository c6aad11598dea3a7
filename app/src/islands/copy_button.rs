//! A command with a button that copies it.

#![expect(missing_docs, reason = "the struct that `island` makes holds the documented parameters")]

use crate::components::run::Command;
use leptos::prelude::*;

/// A command to copy, on pages that are not themselves an island.
#[island]
pub fn CopyCommand(
    /// As typed.
    text: String,
) -> impl IntoView {
    view! { <Command text/> }
}
