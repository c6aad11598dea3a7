//! What the doors and handlers share: the running server, the published state, the counts.

use super::events::Hub;
use super::limits::{self, Limits};
use super::look::LookFiles;
use super::origins::Origins;
use super::published::{Place, Published, Setting};
use super::reading::Reading;
use super::{answer, assets};
use crate::backend;
use crate::config::{self, Config};
use crate::state::Gatewatch;
use app::backend::Backend;
use app::context::AssetPaths;
use app::model::Snapshot;
use arc_swap::ArcSwap;
use axum::body::Body;
use http::{HeaderMap, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, watch};

/// How long an admin's answer waits for the public page to follow; rendering takes some milliseconds.
const CATCH_UP: Duration = Duration::from_secs(1);

/// Everything behind the doors. Requests read it without a lock.
pub(super) struct Site {
    app: Arc<Gatewatch>,
    backend: Arc<dyn Backend>,
    limits: Limits,
    assets: AssetPaths,
    origins: ArcSwap<Origins>,
    published: ArcSwap<Published>,
    published_version: watch::Sender<u64>,
    renders: Arc<AtomicU64>,
    /// Held while a standing document is made outside of publishing.
    making: [Mutex<()>; Place::COUNT],
    hub: Hub,
    reading: Reading,
    public_places: Semaphore,
    admin_places: Semaphore,
}

impl Site {
    /// With the present state published.
    pub(super) fn new(app: Arc<Gatewatch>, limits: Limits) -> Self {
        let live = app.live();
        let snapshot = app.board.snapshot.borrow().clone();
        let backend = backend::of(app.clone());
        let renders = Arc::new(AtomicU64::new(0));
        let setting = setting(&live.config, app.bound);
        let published = Published::new(snapshot, setting, backend.causes(), Arc::clone(&renders));
        Self {
            origins: ArcSwap::from_pointee(Origins::new(&live.config.server, app.bound)),
            published_version: watch::Sender::new(published.snapshot().version),
            published: ArcSwap::from_pointee(published),
            renders,
            making: std::array::from_fn(|_| Mutex::new(())),
            hub: Hub::new(limits.streams, limits.streams_per_address),
            reading: Reading::default(),
            public_places: Semaphore::new(limits::MAX_PUBLIC_IN_FLIGHT),
            admin_places: Semaphore::new(limits::MAX_ADMIN_IN_FLIGHT),
            assets: asset_paths(),
            backend,
            limits,
            app,
        }
    }

    /// The running server.
    pub(super) fn app(&self) -> &Arc<Gatewatch> {
        &self.app
    }

    /// The server as pages see it.
    pub(super) fn backend(&self) -> &Arc<dyn Backend> {
        &self.backend
    }

    /// The limits in force.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Where the embedded files are.
    pub(super) fn assets(&self) -> &AssetPaths {
        &self.assets
    }

    /// Hosts, proxies and https, by the configuration in force.
    pub(super) fn origins(&self) -> Arc<Origins> {
        self.origins.load_full()
    }

    /// The newest published state.
    pub(super) fn published(&self) -> arc_swap::Guard<Arc<Published>> {
        self.published.load()
    }

    /// A state to be published, by the configuration in force.
    pub(super) fn of(&self, snapshot: Arc<Snapshot>) -> Published {
        let setting = setting(&self.app.live().config, self.app.bound);
        Published::new(snapshot, setting, self.backend.causes(), Arc::clone(&self.renders))
    }

    /// The answer from one of the standing documents, which is made where it is not yet: by one request, while the
    /// others wait for it.
    pub(super) async fn standing(&self, place: Place, request: &HeaderMap) -> Response<Body> {
        let made = tokio::time::timeout(self.limits.handler, self.make_standing(place, request)).await;
        made.unwrap_or_else(|_| answer::failed("rendering a page in time", "the deadline passed"))
    }

    /// Cancel-safe: what is being made is then made for those who come after.
    async fn make_standing(&self, place: Place, request: &HeaderMap) -> Response<Body> {
        let _turn = self.making[place.index()].lock().await;
        let published = self.published.load_full();
        if let Some(answer) = published.at_once(place, request) {
            return answer;
        }
        let request = request.clone();
        let made = tokio::task::spawn_blocking(move || published.standing(place).answer(&request));
        made.await.unwrap_or_else(|error| answer::failed("rendering a page", error))
    }

    /// How often the status page was rendered since the start.
    pub(super) fn renders(&self) -> u64 {
        self.renders.load(Ordering::Relaxed)
    }

    /// The event streams.
    pub(super) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Public pages that read the database.
    pub(super) fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Places for public requests that are not answered from memory.
    pub(super) fn public_places(&self) -> &Semaphore {
        &self.public_places
    }

    /// Places for requests of admins.
    pub(super) fn admin_places(&self) -> &Semaphore {
        &self.admin_places
    }

    /// Publishes a state; what was asked of the one before is finished from it.
    pub(super) fn publish(&self, published: Published) {
        let version = published.snapshot().version;
        self.published.store(Arc::new(published));
        self.published_version.send_replace(version);
    }

    /// Waits until what the board shows now is published, so that who changed something sees it on the
    /// next page; a little while at most.
    pub(super) async fn caught_up(&self) {
        let wanted = self.app.board.snapshot.borrow().version;
        let mut version = self.published_version.subscribe();
        // Cancel-safe: it only looks.
        drop(tokio::time::timeout(CATCH_UP, version.wait_for(|version| *version >= wanted)).await);
    }

    /// Takes over a reloaded configuration.
    pub(super) fn reconfigured(&self, config: &Config) {
        self.origins.store(Arc::new(Origins::new(&config.server, self.app.bound)));
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// What of the configuration shows in every page.
fn setting(config: &Config, bound: SocketAddr) -> Setting {
    let without_slash = |url: &str| url.trim_end_matches('/').to_owned();
    Setting {
        css: url_of("main.css"),
        live_js: url_of("live.js"),
        widget_js: url_of("widget.js"),
        public_url: config.server.public_url.as_ref().map(|url| without_slash(url.as_str())),
        shown_url: without_slash(&config.server.shown_url(config::server::reachable(bound))),
        https: config.server.is_https(),
        look: Arc::new(LookFiles::new(&config.page)),
        offer: config::Subscriptions::offer(config.subscriptions.as_ref()),
        language: config.page.language,
    }
}

/// An address for each file that is embedded, and an empty text for one that is not.
fn asset_paths() -> AssetPaths {
    let package =
        |name: &str| if assets::has_wasm() { format!("/{}/{name}", assets::pkg_dir()) } else { String::new() };
    AssetPaths {
        css: url_of("main.css"),
        live_js: url_of("live.js"),
        islands_js: url_of("islands.js"),
        wasm_js: package("gatewatch.js"),
        wasm: package("gatewatch_bg.wasm"),
    }
}

fn url_of(name: &str) -> String {
    assets::named(name).map(assets::Asset::url).unwrap_or_default()
}
