//! What only admins may ask, and the doors to becoming one.
//!
//! Pages and server functions are Leptos'; they are mounted here one by one instead of by
//! `leptos_routes`, so that every route stands in [`super::router`] and each in its class.

use super::answer;
use super::door::Client;
use super::guard;
use super::headers;
use super::origins::Origins;
use super::session;
use super::site::Site;
use crate::auth::AdminProof;
use crate::clock;
use app::backend::SessionKey;
use app::context::RequestContext;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use leptos::config::LeptosOptions;
use leptos::prelude::{provide_context, use_context, use_nonce};
use leptos_axum::ResponseOptions;
use std::sync::{Arc, OnceLock};

type Shared = State<Arc<Site>>;

/// Why somebody far away may not sign in over plain http.
const PLAIN_HTTP: &str = "Signing in over plain http from another machine would show your password to everybody on \
    the way. Reach Gatewatch by https and set [server] public_url to that address, or sign in on the server itself \
    (for example through an SSH tunnel).";

/// Lets an admin's request in, with the proof as an extension, or says where to sign in.
pub(super) async fn admit(site: &Site, mut request: Request) -> Result<Request, Response> {
    let key = session::session_key(request.headers(), site.origins().https());
    if let Some(proof) = site.app().auth.admin(&key, clock::now()).await {
        request.extensions_mut().insert(proof);
        request.extensions_mut().insert(key);
        return Ok(request);
    }
    Err(turn_away(&request))
}

/// People are sent to sign in and come back to where they were; programs get 401.
fn turn_away(request: &Request) -> Response {
    let wants_page = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let is_stream_or_data = wants_page.is_some_and(|accept| accept.contains("event-stream") || accept.contains("json"))
        || request.uri().path().ends_with("/events")
        || request.uri().path().strip_suffix(".json").is_some();
    if is_stream_or_data {
        return answer::error(StatusCode::UNAUTHORIZED, Some("Please sign in first.".to_owned()));
    }
    let host = Origins::host_of(request.uri(), request.headers()).unwrap_or_default();
    let back = match *request.method() {
        Method::GET | Method::HEAD => request.uri().path_and_query().map(http::uri::PathAndQuery::as_str),
        // The form's own page; the form itself cannot be sent again by a redirect.
        _ => referer(request.headers()).and_then(|referer| guard::own_path(referer, host)),
    };
    let next: String = match back.filter(|target| guard::is_next_target(target)) {
        Some(target) => url::form_urlencoded::byte_serialize(target.as_bytes()).collect(),
        None => return answer::see_other("/sign-in"),
    };
    answer::see_other(&format!("/sign-in?next={next}"))
}

fn referer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::REFERER).and_then(|referer| referer.to_str().ok())
}

/// An admin page.
pub(super) async fn page(State(site): Shared, request: Request) -> Response {
    render(&site, request).await
}

/// `/sign-in` and `/setup/{token}`: for guests, and private all the same.
pub(super) async fn account_page(
    State(site): Shared,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    if !may_sign_in(&site, client) {
        return answer::error(StatusCode::FORBIDDEN, Some(PLAIN_HTTP.to_owned()));
    }
    if let Some(token) = request.uri().path().strip_prefix("/setup/")
        && !site.backend().setup_open(token).await
    {
        return answer::not_found();
    }
    super::door::classed(headers::Class::Admin, render(&site, request).await)
}

/// Signing in, and creating the first account.
pub(super) async fn account_action(
    State(site): Shared,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    if !may_sign_in(&site, client) {
        return answer::error(StatusCode::FORBIDDEN, Some(PLAIN_HTTP.to_owned()));
    }
    super::door::classed(headers::Class::Admin, act(&site, request).await)
}

fn may_sign_in(site: &Site, client: Client) -> bool {
    site.origins().https() || client.0.is_loopback()
}

/// A server function of an admin.
pub(super) async fn action(State(site): Shared, request: Request) -> Response {
    act(&site, request).await
}

/// `/runs/{id}` as a page, `/runs/{id}.json` as data.
pub(super) async fn run(State(site): Shared, Path(id): Path<String>, request: Request) -> Response {
    let Some(id) = id.strip_suffix(".json") else { return render(&site, request).await };
    let Ok(id) = id.parse() else { return answer::not_found() };
    match site.app().run(&id).await {
        Ok(run) => axum::Json(run).into_response(),
        Err(app::model::ActionError::NotFound { .. }) => answer::not_found(),
        Err(error) => answer::error(StatusCode::SERVICE_UNAVAILABLE, Some(error.to_string())),
    }
}

/// Ends the session, for forms that are no server function.
pub(super) async fn sign_out(State(site): Shared, Extension(key): Extension<SessionKey>) -> Response {
    // Whatever the server says, the browser forgets the session.
    drop(site.backend().sign_out(&key).await);
    let https = site.origins().https();
    let secure = if https { "; Secure" } else { "" };
    let gone = format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}", session::cookie_name(https));
    let mut response = answer::see_other("/");
    if let Ok(gone) = HeaderValue::try_from(gone) {
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    response
}

/// Renders whatever of the app's pages has the request's path.
async fn render(site: &Arc<Site>, request: Request) -> Response {
    let context = request_context(site, &request);
    let provide = provider(site, &request, context.clone());
    app::respond(options().clone(), context, provide, request).await
}

/// Calls a server function and keeps its redirects at home.
async fn act(site: &Arc<Site>, mut request: Request) -> Response {
    use leptos::server_fn::axum::server_fn_paths;
    let path = request.uri().path();
    if !server_fn_paths().any(|(known, method)| known == path && method == Method::POST) {
        return answer::not_found();
    }
    let host = Origins::host_of(request.uri(), request.headers()).unwrap_or_default().to_owned();
    // The framework sends errors back to the Referer, which is whatever the client says.
    let back = referer(request.headers()).and_then(|referer| guard::own_path(referer, &host)).unwrap_or("/operate");
    if let Ok(back) = HeaderValue::try_from(back.to_owned()) {
        request.headers_mut().insert(header::REFERER, back);
    }
    let context = request_context(site, &request);
    let provide = provider(site, &request, context);
    let mut response = leptos_axum::handle_server_fns_with_context(provide, request).await.into_response();
    site.caught_up().await;
    if let Some(target) = response.headers().get(header::LOCATION) {
        let own = target.to_str().ok().and_then(|target| guard::own_path(target, &host)).unwrap_or("/operate");
        let own = HeaderValue::try_from(own.to_owned()).unwrap_or(HeaderValue::from_static("/operate"));
        response.headers_mut().insert(header::LOCATION, own);
    }
    response
}

fn request_context(site: &Site, request: &Request) -> RequestContext {
    let client = request.extensions().get::<Client>().map(|client| client.0.to_string());
    RequestContext {
        path_and_query: request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        client: client.unwrap_or_default(),
        assets: site.assets().clone(),
        secure: site.origins().https(),
    }
}

/// Provides what pages and actions read, and sends the page's nonce in its policy.
fn provider(site: &Arc<Site>, request: &Request, context: RequestContext) -> impl Fn() + Clone + Send + Sync + 'static {
    let backend = site.backend().clone();
    let https = site.origins().https();
    let key = session::session_key(request.headers(), https);
    let proof = request.extensions().get::<AdminProof>().cloned();
    move || {
        provide_context(backend.clone());
        provide_context(key.clone());
        provide_context(context.clone());
        if let Some(proof) = &proof {
            provide_context(app::model::Viewer::Admin(proof.admin().clone()));
        }
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) {
            let policy = headers::csp_admin(&nonce.to_string(), https);
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// Where the islands' package is; the same for every request.
fn options() -> &'static LeptosOptions {
    static OPTIONS: OnceLock<LeptosOptions> = OnceLock::new();
    OPTIONS.get_or_init(|| {
        LeptosOptions::builder().output_name("gatewatch").site_pkg_dir(super::assets::pkg_dir()).build()
    })
}

/// Readies the framework: its executor is set on the way of listing the app's routes. What the app can
/// route but nobody mounted would be a page that nobody can reach.
pub(super) fn prepare(site: &Arc<Site>) {
    let backend = site.backend().clone();
    let context = RequestContext { assets: site.assets().clone(), ..RequestContext::default() };
    let provided = context.clone();
    let provide = move || {
        provide_context(backend.clone());
        provide_context(SessionKey::default());
        provide_context(provided.clone());
    };
    let shell = move || app::shell(options().clone(), context.clone());
    let (routes, _) = leptos_axum::generate_route_list_with_exclusions_and_ssg_and_context(shell, None, provide);
    let mounted = ["/operate", "/wizard", "/runs/", "/sign-in", "/setup/"];
    for route in routes.iter().map(leptos_axum::AxumRouteListing::path) {
        if !mounted.iter().any(|prefix| route.starts_with(prefix)) {
            tracing::warn!(route, "a page of the app is mounted nowhere");
        }
    }
}
