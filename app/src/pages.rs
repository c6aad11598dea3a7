//! Admin pages, routed by Leptos and rendered per request. They work without scripts; the islands on
//! them only spare a reload.

pub mod evidence;
mod frame;
pub mod incident;
pub mod incident_new;
pub mod operate;
pub mod run;
pub mod sign_in;
pub mod wizard;

use crate::components::layout::Sprite;
use crate::context::RequestContext;
use crate::markup::without_marks;
use axum::body::Body;
use axum::response::IntoResponse as _;
use evidence::EvidencePage;
use http::{Request, Response, StatusCode};
use incident::IncidentPage;
use incident_new::NewIncidentPage;
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};
use operate::OperatePage;
use run::RunPage;
use sign_in::{SetUpPage, SignInPage};
use wizard::WizardPage;

/// The admin page that `request` asks for, or the redirect in its place. `provide` gives what the pages
/// read: backend, session and `context`.
pub async fn respond(
    options: LeptosOptions,
    context: RequestContext,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    request: Request<Body>,
) -> Response<Body> {
    let shell = move || shell(options.clone(), context.clone());
    let page = leptos_axum::render_app_async_with_context(provide, shell)(request).await;
    let (parts, body) = page.into_parts();
    // No limit: it is a page that was rendered whole a moment ago, in this process.
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(page) => Response::from_parts(parts, Body::from(without_marks(&String::from_utf8_lossy(&page)))),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The document around [`App`].
///
/// The islands are started by a script file of our own instead of Leptos' inline one, which needs the
/// addresses of the package only.
pub fn shell(_options: LeptosOptions, context: RequestContext) -> AnyView {
    // Nothing outside an island is ever hydrated, so that nothing is serialised for it.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    let assets = context.assets;
    let scripts = (!assets.wasm.is_empty() && !assets.islands_js.is_empty()).then(|| {
        view! {
            <script type="module" id="islands" src=assets.islands_js data-js=assets.wasm_js data-wasm=assets.wasm></script>
        }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width,initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="stylesheet" href=assets.css/>
                <MetaTags/>
                {scripts}
            </head>
            <body>
                <Sprite/>
                <App/>
            </body>
        </html>
    }
    .into_any()
}

/// Routes of the admin pages. Each is rendered whole before it is sent, so that its status, its
/// title and its redirects are settled, and so that it needs no script to fall into place.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=|| "There is no such page.">
                <Route path=path!("/setup/:token") view=SetUpPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                <Route path=path!("/operate") view=OperatePage ssr=SsrMode::Async/>
                <Route path=path!("/operate/evidence/:slug") view=EvidencePage ssr=SsrMode::Async/>
                <Route path=path!("/operate/incidents/new") view=NewIncidentPage ssr=SsrMode::Async/>
                <Route path=path!("/operate/incidents/:id") view=IncidentPage ssr=SsrMode::Async/>
                <Route path=path!("/wizard") view=WizardPage ssr=SsrMode::Async/>
                <Route path=path!("/runs/:id") view=RunPage ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}
