//! `/healthz` and `/readyz`: for supervisors and for Gatewatch's own probe of itself. From memory.

use super::headers::{self, Class};
use super::site::Site;
use crate::clock;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderValue, Response, StatusCode, header};
use std::sync::Arc;
use std::time::Duration;

/// The board publishes every 5 s at the latest; so old a state means that it does not.
const STALE: Duration = Duration::from_mins(1);

/// The process answers.
pub(super) async fn alive() -> Response<Body> {
    text(StatusCode::OK, "ok\n")
}

/// The page is current and what happens is being stored.
pub(super) async fn ready(State(site): State<Arc<Site>>) -> Response<Body> {
    let published = site.published();
    let snapshot = published.snapshot();
    if !snapshot.storage_ok {
        return text(StatusCode::SERVICE_UNAVAILABLE, "samples and notes cannot be stored\n");
    }
    if snapshot.as_of + STALE < clock::now() {
        return text(StatusCode::SERVICE_UNAVAILABLE, "the public state is old\n");
    }
    text(StatusCode::OK, "ready\n")
}

fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, headers::NO_STORE);
    response.extensions_mut().insert(Class::Public);
    response
}
