//! The browser's entry point: makes the islands of a page interactive.

// Without a use of `app` its island exports are not linked into the module.
use app as _;

/// Called by the page's bootstrap script once the module is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
