//! Heartbeats of jobs: `POST /push/{token}`.

use super::answer;
use super::door::Client;
use super::site::Site;
use crate::auth::Network;
use crate::probe::heartbeat::PushRefusal;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::{HeaderValue, Response, StatusCode, header};
use std::sync::Arc;

/// Takes a heartbeat. The token is the whole authority; it is never logged or shown.
pub(super) async fn take(
    State(site): State<Arc<Site>>,
    Extension(client): Extension<Client>,
    Path(token): Path<String>,
) -> Response<Body> {
    match site.app().heartbeats.push(&token, Network::parse(&client.0.to_string())).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(PushRefusal::Unknown) => answer::not_found(),
        Err(PushRefusal::TooOften) => {
            let mut response = answer::error(StatusCode::TOO_MANY_REQUESTS, None);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            response
        }
        Err(PushRefusal::Busy) => answer::overloaded(),
    }
}
