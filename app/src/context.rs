//! What a request brings along: provided as Leptos context by `server::http`, read by pages and actions.

use crate::backend::{Backend, SessionKey};
use leptos::prelude::{expect_context, use_context};
use std::sync::Arc;

/// Where the embedded files are served, with their hashes in the name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssetPaths {
    /// The stylesheet.
    pub css: String,
    /// Whether the binary carries the WebAssembly package that `LeptosOptions` names; without it the
    /// pages do not ask for it and work as plain forms.
    pub wasm: bool,
}

/// The request behind an admin page or an action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestContext {
    /// As asked, for example `/runs/abc?draft=x`; the place to return to after signing in.
    pub path_and_query: String,
    /// The page's title as configured.
    pub title: String,
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
