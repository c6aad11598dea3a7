//! All routes on one screen: what the public may ask, and what only admins may.
//!
//! The admin router has one layer that asks for an admin, so that a route added to it is protected
//! by being there. What many ask for is answered before the router is asked
//! ([`super::door`]); it is listed here too, so that other methods get their 405.

use super::headers::Class;
use super::site::Site;
use super::{admin, answer, door, health, metrics, public, push, run_events, subscribe};
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
        .route("/", get(public::standing))
        .route("/closed/{list}/status", get(public::closed))
        .route("/closed/{list}/fold/{group}", get(public::fold))
        .route("/fold/{group}", get(public::fold_first))
        .route("/components/{slug}", get(public::component))
        .route("/components/{slug}/{feed}", get(public::component_part))
        .route("/history", get(public::history))
        .route("/history/{month}", get(public::history_month))
        .route("/history/{month}/report", get(public::history_report))
        .route("/incidents/{id}", get(public::incident))
        .route("/help/502", get(public::standing))
        .route("/causes", get(public::manual))
        .route("/causes/{id}", get(public::manual_page))
        .route("/feed.atom", get(public::standing))
        .route("/feed.rss", get(public::standing))
        .route("/feed.json", get(public::standing))
        .route("/calendar.ics", get(public::standing))
        .route("/badge/{file}", get(public::badge))
        .route("/embed/{slug}", get(public::embed))
        .route("/openapi.json", get(public::openapi))
        .route("/metrics", get(metrics::read))
        .route("/favicon.svg", get(public::standing))
        .route("/favicon.ico", get(public::standing))
        .route("/robots.txt", get(public::robots))
        .route("/assets/{*path}", get(public::asset))
        .route("/events", get(public::events))
        .route("/api/v2/summary.json", get(public::standing))
        .route("/api/v2/status.json", get(public::standing))
        .route("/api/v2/components.json", get(public::standing))
        .route("/api/v2/incidents.json", get(public::standing))
        .route("/api/v2/incidents/unresolved.json", get(public::standing))
        .route("/api/v2/scheduled-maintenances.json", get(public::standing))
        .route("/api/v2/scheduled-maintenances/upcoming.json", get(public::standing))
        .route("/api/v2/scheduled-maintenances/active.json", get(public::standing))
        .route("/push/{token}", post(push::take))
        .route("/subscribe", get(subscribe::form).post(subscribe::ask))
        .route("/subscriptions/{token}", get(subscribe::look).post(subscribe::act))
        .route("/sign-in", get(admin::account_page))
        .route("/setup/{token}", get(admin::account_page))
        .route("/actions/sign-in", post(admin::account_action))
        .route("/actions/set-up", post(admin::account_action))
}

fn admin_routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/operate", get(admin::page))
        .route("/operate/evidence/{slug}", get(admin::page))
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

#[cfg(test)]
mod tests {
    use super::super::limits::{Limits, MAX_ADMIN_IN_FLIGHT, MAX_PUBLIC_IN_FLIGHT};
    use super::*;
    use axum::body::Body;
    use http::header::RETRY_AFTER;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn what_is_too_much_is_sent_away_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let running = crate::run::tests::running(folder.path()).await;
        let site = Arc::new(Site::new(Arc::clone(running.app()), Limits::default()));
        let router = router(&site);
        let ask =
            async |path: &str| router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let all = |places: usize| u32::try_from(places).unwrap();
        let public = site.public_places().try_acquire_many(all(MAX_PUBLIC_IN_FLIGHT)).unwrap();
        let admin = site.admin_places().try_acquire_many(all(MAX_ADMIN_IN_FLIGHT)).unwrap();
        for path in ["/robots.txt", "/operate"] {
            let shed = ask(path).await;
            assert_eq!(shed.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
            let later: u32 = shed.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
            assert!((2..=8).contains(&later), "{path}: {later}");
        }
        assert_eq!(ask("/healthz").await.status(), StatusCode::OK, "whoever watches us is always answered");
        drop((public, admin));
        assert_eq!(ask("/robots.txt").await.status(), StatusCode::OK);
        assert_eq!(ask("/operate").await.status(), StatusCode::SEE_OTHER, "a guest is asked to sign in");
        running.stop().await.unwrap();
    }
}
