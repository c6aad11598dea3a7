//! A command with a button that copies it.

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
