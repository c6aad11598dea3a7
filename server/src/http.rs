//! The only door in: accept loop, routes, guards, headers, events.
//!
//! | module | holds |
//! |---|---|
//! | `serve`, `timed`, `admission`, [`limits`] | connections: accepted, bounded, timed, ended |
//! | `door`, `guard`, `origins`, `session`, `headers`, `answer` | what every request and answer passes |
//! | `router` | every route on one screen, public and admin apart |
//! | `published`, `publisher`, `document`, `folded`, `events` | the public state, rendered once for each change, for as long as somebody asks |
//! | `feed`, `api_v2`, `favicon` | what is made from a snapshot (pure) |
//! | `public`, `reading`, `ranges`, `health`, [`assets`] | handlers for visitors |
//! | `push` | heartbeats of jobs |
//! | `subscribe` | subscriptions of visitors |
//! | `admin`, `run_events` | handlers for admins; Leptos is mounted here |
//!
//! In a crowd a public request is answered from memory: no query, no rendering, no lock.

pub mod assets;
pub mod limits;
mod look;
mod metrics;

mod admin;
mod admission;
mod answer;
mod api_v2;
mod badge;
mod calendar;
mod document;
mod door;
mod events;
mod favicon;
mod feed;
mod folded;
mod guard;
mod headers;
mod health;
mod origins;
mod public;
mod published;
mod publisher;
mod push;
mod ranges;
mod reading;
mod router;
mod run_events;
#[cfg(test)]
pub(crate) mod samples;
mod serve;
mod session;
mod site;
mod subscribe;
mod timed;

pub use limits::Limits;

use crate::state::Gatewatch;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Serves pages on `listener` until `stop`; then finishes what is under way, within some seconds.
/// Every task belongs to `tracker`.
pub async fn serve(listener: TcpListener, app: Arc<Gatewatch>, stop: CancellationToken, tracker: TaskTracker) {
    serve_within(listener, app, Limits::default(), stop, tracker).await;
}

/// As [`serve`], with other limits than the usual ones.
pub async fn serve_within(
    listener: TcpListener,
    app: Arc<Gatewatch>,
    limits: Limits,
    stop: CancellationToken,
    tracker: TaskTracker,
) {
    let site = Arc::new(site::Site::new(app, limits));
    let publisher = tracker.spawn(publisher::publish_all(site.clone(), stop.clone()));
    serve::accept_all(listener, site, stop, tracker).await;
    if let Err(error) = publisher.await {
        tracing::error!(%error, "the publisher ended badly");
    }
}
