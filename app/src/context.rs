//! What a request brings along: provided as Leptos context by `server::http`, read by pages and actions.

use crate::backend::{Backend, SessionKey};
use leptos::prelude::{expect_context, use_context};
use std::sync::Arc;

/// Where the embedded files are served, with their hashes in the name. Empty for a file that is not
/// embedded; the pages do not ask for it then, and work as plain forms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssetPaths {
    /// The stylesheet.
    pub css: String,
    /// The script of the public pages (`style/live.js`).
    pub live_js: String,
    /// The script that starts the islands (`style/public/islands.js`).
    pub islands_js: String,
    /// The glue that wasm-bindgen wrote; loaded by `islands_js`.
    pub wasm_js: String,
    /// The WebAssembly module.
    pub wasm: String,
}

/// The request behind an admin page or an action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestContext {
    /// As asked, for example `/runs/abc?draft=x`; the place to return to after signing in.
    pub path_and_query: String,
    /// The caller's network, for the sign-in throttle.
    pub client: String,
    /// Where the embedded files are.
    pub assets: AssetPaths,
    /// True where `public_url` is https: cookies get `Secure` and the `__Host-` prefix.
    pub secure: bool,
}

impl RequestContext {
    /// The session cookie's name: only the `__Host-` prefix keeps subdomains from planting one.
    pub const fn cookie_name(secure: bool) -> &'static str {
        if secure { "__Host-gatewatch" } else { "gatewatch" }
    }
}

/// The server behind the pages; `server::http` provides it for every request.
pub fn backend() -> Arc<dyn Backend> {
    expect_context::<Arc<dyn Backend>>()
}

/// The session of this request; empty for guests.
pub fn session() -> SessionKey {
    use_context::<SessionKey>().unwrap_or_default()
}

/// This request.
pub fn request() -> RequestContext {
    use_context::<RequestContext>().unwrap_or_default()
}
