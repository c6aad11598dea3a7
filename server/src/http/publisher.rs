//! The one task that publishes: wakes on a new snapshot or configuration, makes what people ask for, tells the streams.

use super::events;
use super::site::Site;
use app::model::Snapshot;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Heartbeats are not closer than this, however often is probed.
const SHORTEST_BEAT: Duration = Duration::from_secs(1);

/// Publishes until `stop`, then ends the streams. A rendering that fails leaves the old state, whose
/// age every page shows.
pub(super) async fn publish_all(site: Arc<Site>, stop: CancellationToken) {
    let mut snapshots = site.app().board.snapshot.clone();
    let mut lives = site.app().reloads();
    let mut beaten = Instant::now();
    loop {
        // Cancel-safe: watch channels and sleeps lose nothing when another arm wins.
        tokio::select! {
            () = stop.cancelled() => break,
            changed = snapshots.changed() => {
                if changed.is_err() { break }
                let snapshot = snapshots.borrow_and_update().clone();
                publish(&site, snapshot).await;
            }
            changed = lives.changed() => {
                if changed.is_err() { break }
                site.reconfigured(&lives.borrow_and_update().config);
                let snapshot = snapshots.borrow().clone();
                publish(&site, snapshot).await;
            }
            () = sleep_until(beaten + beat(&site)) => {
                beaten = Instant::now();
                let frame = events::heartbeat_frame(site.published().snapshot());
                site.hub().send(frame);
            }
        }
    }
    site.hub().end();
}

/// Pages count as stale after three intervals without a sign of life, so that one must come within each.
fn beat(site: &Site) -> Duration {
    let published = site.published();
    let longest = published.snapshot().components.iter().map(|component| Duration::from(component.interval)).max();
    longest.unwrap_or(site.limits().heartbeat).clamp(SHORTEST_BEAT, site.limits().heartbeat)
}

async fn publish(site: &Arc<Site>, snapshot: Arc<Snapshot>) {
    let before = site.published().clone();
    let (changed, next) = (snapshot.version != before.snapshot().version, site.of(snapshot));
    let made = tokio::task::spawn_blocking(move || {
        next.make_like(&before);
        next
    });
    match made.await {
        Ok(published) => {
            site.publish(published);
            // After the page: who hears of a change and asks for it must find it.
            if changed && site.hub().is_heard() {
                site.hub().send(site.published().state_frame());
            }
        }
        Err(error) => tracing::error!(%error, "the public page could not be rendered; the old one stays"),
    }
}
