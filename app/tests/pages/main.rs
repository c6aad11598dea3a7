//! Pages as a browser gets them: public ones from their pure functions, admin ones through Leptos'
//! own handlers over a small backend that remembers what it was asked.
//!
//! `GATEWATCH_PREVIEW=DIR` also writes every page there, for looking at.

mod admin;
mod desk;
mod fixture;
mod languages;
mod public;
mod run_parts;
mod run_view;
mod weight;

use std::path::PathBuf;

/// Writes a page for looking at, if asked to. Links to the stylesheet point into the working tree.
fn keep(name: &str, html: &str) {
    #[expect(clippy::disallowed_methods, reason = "only a developer's wish to look at pages, not configuration")]
    let Ok(folder) = std::env::var("GATEWATCH_PREVIEW") else { return };
    let style = concat!("file://", env!("CARGO_MANIFEST_DIR"), "/../style");
    let html = html.replace("/assets/main.css", &format!("{style}/main.css"));
    std::fs::write(PathBuf::from(folder).join(format!("{name}.html")), html).expect("the folder exists");
}
