//! The one task that renders: wakes on a new snapshot or configuration, publishes, tells the streams.

use super::events;
use super::published::Published;
use super::site::{self, Site};
use app::model::Snapshot;
use std::sync::Arc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

/// Publishes until `stop`, then ends the streams. A rendering that fails leaves the old state, whose
/// age every page shows.
pub(super) async fn publish_all(site: Arc<Site>, stop: CancellationToken) {
    let mut snapshots = site.app().board.snapshot.clone();
    let mut lives = site.app().reloads();
    let beat = site.limits().heartbeat;
    let mut heartbeat = interval_at(Instant::now() + beat, beat);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // Cancel-safe: watch channels and intervals lose nothing when another arm wins.
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
            _ = heartbeat.tick() => {
                let frame = events::heartbeat_frame(site.published().snapshot());
                site.hub().send(frame);
            }
        }
    }
    site.hub().end();
}

async fn publish(site: &Arc<Site>, snapshot: Arc<Snapshot>) {
    let before = site.published().snapshot().version;
    let setting = site::setting(&site.app().live().config, site.app().bound);
    let causes = site.backend().causes();
    let rendered = tokio::task::spawn_blocking(move || Published::new(snapshot, setting, causes)).await;
    match rendered {
        Ok(published) => {
            let frame = (published.snapshot().version != before).then(|| published.state_frame());
            site.publish(published);
            // After the page: who hears of a change and asks for it must find it.
            if let Some(frame) = frame {
                site.hub().send(frame);
            }
        }
        Err(error) => tracing::error!(%error, "the public page could not be rendered; the old one stays"),
    }
}
