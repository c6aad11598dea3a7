//! Admin pages, routed by Leptos and rendered per request.

use crate::context::RequestContext;
use leptos::config::LeptosOptions;
use leptos::prelude::*;

/// The document around [`App`]. `server::http` mounts it with
/// `leptos_routes_with_context(.., move || shell(options.clone(), request_context.clone()))`.
pub fn shell(_options: LeptosOptions, _context: RequestContext) -> impl IntoView {
    view! { <App/> }
}

/// Routes of the admin pages.
#[component]
pub fn App() -> impl IntoView {
    view! { <main></main> }
}
