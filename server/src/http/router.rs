//! All routes on one screen: what the public may ask, and what only admins may.
//!
//! The admin router has one layer that asks for an admin, so that a route added to it is protected
//! by being there. What stands ready in memory is answered before the router is asked
//! ([`super::door`]); it is listed here too, so that other methods get their 405.

use super::headers::Class;
use super::site::Site;
use super::{admin, answer, door, health, metrics, public, push, run_events};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use std::sync::Arc;

/// The whole site.
pub(super) fn router(site: &Arc<Site>) -> Router {
    Router::new()
        .merge(public_routes().layer(from_fn_with_state(site.clone(), public_place)))
        .merge(admin_routes().layer(from_fn_with_state(site.clone(), admin_only)))
        .merge(health_routes())
        .fallback(async || answer::not_found())
        .method_not_allowed_fallback(async || answer::error(StatusCode::METHOD_NOT_ALLOWED, None))
        .layer(from_fn(public_unless_said))
        .with_state(site.clone())
}

fn public_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(public::ready))
        .route("/components/{slug}", get(public::component))
        .route("/components/{slug}/{feed}", get(public::component_feed))
        .route("/history", get(public::history))
        .route("/history/{month}", get(public::history_month))
        .route("/incidents/{id}", get(public::incident))
        .route("/help/502", get(public::ready))
        .route("/causes", get(public::manual))
        .route("/causes/{id}", get(public::manual_page))
        .route("/feed.atom", get(public::ready))
        .route("/feed.rss", get(public::ready))
        .route("/feed.json", get(public::ready))
        .route("/badge/{file}", get(public::badge))
        .route("/embed/{slug}", get(public::embed))
        .route("/openapi.json", get(public::openapi))
        .route("/metrics", get(metrics::read))
        .route("/favicon.svg", get(public::ready))
        .route("/favicon.ico", get(public::ready))
        .route("/robots.txt", get(public::robots))
        .route("/assets/{*path}", get(public::asset))
        .route("/events", get(public::events))
        .route("/api/v2/summary.json", get(public::ready))
        .route("/api/v2/status.json", get(public::ready))
        .route("/api/v2/components.json", get(public::ready))
        .route("/api/v2/incidents.json", get(public::ready))
        .route("/api/v2/incidents/unresolved.json", get(public::ready))
        .route("/api/v2/scheduled-maintenances.json", get(public::ready))
        .route("/api/v2/scheduled-maintenances/upcoming.json", get(public::ready))
        .route("/api/v2/scheduled-maintenances/active.json", get(public::ready))
        .route("/push/{token}", post(push::take))
        .route("/sign-in", get(admin::account_page))
        .route("/setup/{token}", get(admin::account_page))
        .route("/actions/sign-in", post(admin::account_action))
        .route("/actions/set-up", post(admin::account_action))
}

fn admin_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/operate", get(admin::page))
        .route("/operate/incidents/{id}", get(admin::page))
        .route("/wizard", get(admin::page))
        .route("/runs/{id}", get(admin::run))
        .route("/runs/{id}/events", get(run_events::stream))
        .route("/sign-out", post(admin::sign_out))
        .route("/actions/{name}", post(admin::action))
}

/// Answered whatever happens, without a place.
fn health_routes() -> Router<Arc<Site>> {
    Router::new().route("/healthz", get(health::alive)).route("/readyz", get(health::ready))
}

async fn public_unless_said(request: Request, next: Next) -> Response {
    door::classed(Class::Public, next.run(request).await)
}

/// Sheds what is too much: a queue would only make everybody wait.
async fn public_place(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    match site.public_places().try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => answer::overloaded(),
    }
}

async fn admin_only(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let Ok(_place) = site.admin_places().try_acquire() else { return answer::overloaded() };
    let response = match admin::admit(&site, request).await {
        Ok(request) => next.run(request).await,
        Err(turned_away) => turned_away,
    };
    door::classed(Class::Admin, response)
}
