//! `/runs/{id}/events`: one run as it goes, for admins. Ends when the run or the session does.

use super::admission::Place;
use super::answer;
use super::door::Client;
use super::events;
use super::site::Site;
use crate::clock;
use app::backend::SessionKey;
use app::model::{ActionError, Run, RunId, RunState};
use app::run_parts::RunParts;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{Response, StatusCode};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the session is looked up: the command line ends sessions from outside this process.
const ASK_AGAIN: Duration = Duration::from_secs(4);
/// Least time between two events; a run reports faster than anyone reads.
const SPACING: Duration = Duration::from_millis(100);

struct Watching {
    site: Arc<Site>,
    key: SessionKey,
    ended: watch::Receiver<u64>,
    updates: watch::Receiver<Arc<Run>>,
    over: bool,
    _place: Place,
}

/// Streams the pieces of a run's page with every change of it.
pub(super) async fn stream(
    State(site): State<Arc<Site>>,
    Extension(client): Extension<Client>,
    Extension(key): Extension<SessionKey>,
    Path(id): Path<String>,
) -> Response<Body> {
    let Ok(id) = id.parse::<RunId>() else { return answer::not_found() };
    let Some(updates) = site.app().runs.updates(&id) else { return finished(&site, &id).await };
    let Ok(place) = site.hub().admission().enter(Some(client.0)) else { return answer::overloaded() };
    let ended = site.app().auth.ended();
    let first = frame(&site, &updates.borrow().clone());
    let watching = Watching { site, key, ended, updates, over: false, _place: place };
    let mut start = events::retry_frame();
    start.extend_from_slice(&first);
    let body = stream::once(async { Ok::<_, Infallible>(Bytes::from(start)) }).chain(stream::unfold(watching, next));
    events::response(Body::from_stream(body))
}

/// A run that is over is told once; the stream's end tells the browser to stop asking by itself.
async fn finished(site: &Site, id: &RunId) -> Response<Body> {
    match site.app().run(id).await {
        Ok(run) => events::response(Body::from(frame(site, &run))),
        Err(ActionError::NotFound { .. }) => answer::not_found(),
        Err(error) => answer::error(StatusCode::SERVICE_UNAVAILABLE, Some(error.to_string())),
    }
}

/// The next event. Cancel-safe: what is not sent is still the watch channel's newest value.
async fn next(mut watching: Watching) -> Option<(Result<Bytes, Infallible>, Watching)> {
    if watching.over {
        return None;
    }
    tokio::time::sleep(SPACING).await;
    loop {
        tokio::select! {
            () = watching.site.app().stop.cancelled() => return None,
            changed = watching.updates.changed() => {
                let run = watching.updates.borrow_and_update().clone();
                // The sender goes when the run has ended; its last word is still there.
                watching.over = changed.is_err() || run.state != RunState::Running;
                let frame = frame(&watching.site, &run);
                return Some((Ok(frame), watching));
            }
            _ = watching.ended.changed() => if !watching.is_signed_in().await { return None },
            () = tokio::time::sleep(ASK_AGAIN) => {
                if !watching.is_signed_in().await {
                    return None;
                }
                let beat = events::event("heartbeat", "{}");
                return Some((Ok(beat), watching));
            }
        }
    }
}

impl Watching {
    async fn is_signed_in(&self) -> bool {
        self.site.app().auth.peek(&self.key, clock::now()).await.is_some()
    }
}

fn frame(site: &Site, run: &Run) -> Bytes {
    let parts = RunParts::from_run(run, &site.backend().causes());
    match serde_json::to_string(&parts) {
        Ok(json) => events::event("run", &json),
        Err(error) => {
            tracing::error!(%error, "a run could not be written as JSON");
            Bytes::new()
        }
    }
}
