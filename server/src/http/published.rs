//! The public state as answers: each is rendered once for a state, at its first request, and dies with its snapshot, so
//! that nothing here can be stale, nothing grows, and what nobody looks at costs nothing.
//!
//! What was asked for of the last state is made of the next one before that is published: in a crowd, requests only
//! clone bytes.

use super::api_v2::{self, Part};
use super::document::Document;
use super::feed::Format;
use super::folded::Folded;
use super::headers::Class;
use super::look::LookFiles;
use super::{assets, badge, calendar, events, favicon};
use app::model::range::{MonthReport, RangeView};
use app::model::subscription::Typed;
use app::model::{CauseText, ComponentStatus, Incident, IncidentId, Language, Offer, Snapshot};
use app::render::{self, PageContext};
use app::words::Words;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Response};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

const JSON: &str = "application/json; charset=utf-8";
/// Compared with the routes and with their answers by the tests.
const OPENAPI: &str = include_str!("openapi.json");
const ICALENDAR: &str = "text/calendar; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// What stays the same from change to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// Address of the style sheet.
    pub(super) css: String,
    /// Address of the script that keeps a page current.
    pub(super) live_js: String,
    /// Address of the script that keeps a widget current.
    pub(super) widget_js: String,
    /// The public URL without a trailing slash, if one is configured.
    pub(super) public_url: Option<String>,
    /// The URL that the status API names: the public one, else the listening address.
    pub(super) shown_url: String,
    /// Whether browsers reach us by https.
    pub(super) https: bool,
    /// Picture, colours, links and footer.
    pub(super) look: Arc<LookFiles>,
    /// What visitors may subscribe to.
    pub(super) offer: Offer,
    /// What the pages are in.
    pub(super) language: Language,
}

/// Everything that anonymous visitors can get from one snapshot.
#[derive(Debug)]
pub(super) struct Published {
    snapshot: Arc<Snapshot>,
    setting: Setting,
    causes: Vec<&'static CauseText>,
    standing: [OnceLock<Document>; STANDING.len()],
    /// How often the status page was rendered.
    renders: Arc<AtomicU64>,
    state_frame: OnceLock<Bytes>,
    /// In the snapshot's order.
    components: Vec<OnceLock<Box<OfComponent>>>,
    incidents: BTreeMap<IncidentId, OnceLock<Document>>,
    openapi: OnceLock<Document>,
    subscribe: OnceLock<Document>,
    folded: OnceLock<Option<Folded>>,
    manual: OnceLock<Document>,
    manual_pages: BTreeMap<&'static str, OnceLock<Document>>,
}

/// What there is of one component, each made at its first request.
#[derive(Debug, Default)]
struct OfComponent {
    page: OnceLock<Document>,
    embed: OnceLock<Document>,
    badge: OnceLock<Document>,
    feeds: [OnceLock<Document>; Format::ALL.len()],
}

/// What many ask for, by address.
const STANDING: [&str; 15] = [
    "/",
    "/help/502",
    "/feed.atom",
    "/feed.rss",
    "/feed.json",
    "/favicon.svg",
    "/calendar.ics",
    "/api/v2/summary.json",
    "/api/v2/status.json",
    "/api/v2/components.json",
    "/api/v2/incidents.json",
    "/api/v2/incidents/unresolved.json",
    "/api/v2/scheduled-maintenances.json",
    "/api/v2/scheduled-maintenances/upcoming.json",
    "/api/v2/scheduled-maintenances/active.json",
];

/// One of [`STANDING`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(usize);

impl Place {
    /// How many there are.
    pub(super) const COUNT: usize = STANDING.len();
    const HOME: Self = Self(0);

    /// The one with exactly this path.
    pub(super) fn of(path: &str) -> Option<Self> {
        let path = if path == "/favicon.ico" { "/favicon.svg" } else { path };
        STANDING.iter().position(|one| *one == path).map(Self)
    }

    /// Below [`Place::COUNT`].
    pub(super) const fn index(self) -> usize {
        self.0
    }
}

impl Published {
    /// Of a snapshot; renders nothing yet.
    pub(super) fn new(
        snapshot: Arc<Snapshot>,
        setting: Setting,
        causes: Vec<&'static CauseText>,
        renders: Arc<AtomicU64>,
    ) -> Self {
        Self {
            standing: std::array::from_fn(|_| OnceLock::new()),
            renders,
            state_frame: OnceLock::new(),
            components: snapshot.components.iter().map(|_| OnceLock::new()).collect(),
            incidents: incidents_of(&snapshot).map(|one| (one.id.clone(), OnceLock::new())).collect(),
            openapi: OnceLock::new(),
            subscribe: OnceLock::new(),
            folded: OnceLock::new(),
            manual: OnceLock::new(),
            manual_pages: causes.iter().map(|cause| (cause.id, OnceLock::new())).collect(),
            snapshot,
            setting,
            causes,
        }
    }

    /// Makes what was asked for of the state before. Takes some milliseconds of processor time for each; not for an
    /// async task.
    pub(super) fn make_like(&self, before: &Self) {
        for (place, document) in before.standing.iter().enumerate() {
            if let Some(document) = document.get().filter(|document| document.was_asked_for()) {
                self.standing(Place(place)).encode_like(document);
            }
        }
    }

    /// The snapshot that it was made from.
    pub(super) fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The snapshot as an event, ready to send.
    pub(super) fn state_frame(&self) -> Bytes {
        self.state_frame.get_or_init(|| events::state_frame(&self.snapshot)).clone()
    }

    /// The answer to these request headers, if it is made already.
    pub(super) fn at_once(&self, place: Place, request: &HeaderMap) -> Option<Response<Body>> {
        let document = self.standing[place.0].get().filter(|document| document.stands_ready(request))?;
        Some(document.answer(request))
    }

    /// The document at a place. Renders it at the first call; not for an async task.
    pub(super) fn standing(&self, place: Place) -> &Document {
        self.standing[place.0].get_or_init(|| self.render(STANDING[place.0]))
    }

    fn render(&self, path: &str) -> Document {
        let (snapshot, https) = (&self.snapshot, self.setting.https);
        let page = || self.page(path);
        let feed = |format: Format| {
            let text = format.write(snapshot, None, self.setting.public_url.as_deref());
            Document::new(text, format.content_type(), Class::Data, https)
        };
        let part = match path {
            "/help/502" => return Document::page(render::help_page(&page(), snapshot), https),
            "/feed.atom" => return feed(Format::Atom),
            "/feed.rss" => return feed(Format::Rss),
            "/feed.json" => return feed(Format::Json),
            "/favicon.svg" => {
                return Document::new(favicon::svg(snapshot.state, self.words()), SVG, Class::File, https);
            }
            "/calendar.ics" => {
                let text = calendar::write(snapshot, &self.setting.shown_url);
                return Document::new(text, ICALENDAR, Class::Data, https);
            }
            "/api/v2/summary.json" => Part::Summary,
            "/api/v2/status.json" => Part::Status,
            "/api/v2/components.json" => Part::Components,
            "/api/v2/incidents.json" => Part::Incidents,
            "/api/v2/incidents/unresolved.json" => Part::Unresolved,
            "/api/v2/scheduled-maintenances.json" => Part::Maintenances,
            "/api/v2/scheduled-maintenances/upcoming.json" => Part::Upcoming,
            "/api/v2/scheduled-maintenances/active.json" => Part::UnderWay,
            _ => {
                self.renders.fetch_add(1, Ordering::Relaxed);
                return Document::page(render::status_page(&page(), snapshot), https);
            }
        };
        let text = api_v2::answer(snapshot, &self.setting.shown_url, part).to_string();
        Document::new(text, JSON, Class::Data, https)
    }

    /// The status page with groups closed; `None` where there are none to close.
    pub(super) fn folded(&self) -> Option<&Folded> {
        let make = || Folded::new(self.home(), render::group_ids(&self.snapshot), self.setting.https);
        self.folded.get_or_init(make).as_ref()
    }

    /// The status page as it is for everybody.
    pub(super) fn home(&self) -> &Document {
        self.standing(Place::HOME)
    }

    /// The page of a public component.
    pub(super) fn component(&self, slug: &str) -> Option<&Document> {
        let (component, made) = self.of_component(slug)?;
        Some(made.page.get_or_init(|| {
            let page = self.page(&format!("/components/{slug}"));
            Document::page(render::component_page(&page, &self.snapshot, component), self.setting.https)
        }))
    }

    /// The widget of a public component.
    pub(super) fn embed(&self, slug: &str) -> Option<&Document> {
        let (component, made) = self.of_component(slug)?;
        Some(made.embed.get_or_init(|| {
            let html = render::embed_page(&self.page(&format!("/embed/{slug}")), &self.snapshot, component);
            Document::new(html, "text/html; charset=utf-8", Class::Embed, self.setting.https)
        }))
    }

    /// The description of what programs may read.
    pub(super) fn openapi(&self) -> &Document {
        self.openapi.get_or_init(|| Document::new(OPENAPI, JSON, Class::Data, self.setting.https))
    }

    /// The form for subscriptions.
    pub(super) fn subscribe(&self) -> &Document {
        self.subscribe.get_or_init(|| {
            let page = self.page("/subscribe");
            let html = render::subscribe_page(&page, &self.snapshot, self.setting.offer, &Typed::default(), None);
            Document::page(html, self.setting.https)
        })
    }

    /// What visitors may subscribe to.
    pub(super) fn offer(&self) -> Offer {
        self.setting.offer
    }

    /// The badge of a public component.
    pub(super) fn badge(&self, slug: &str) -> Option<&Document> {
        let (component, made) = self.of_component(slug)?;
        Some(
            made.badge.get_or_init(|| {
                Document::new(badge::svg(component, self.words()), SVG, Class::Data, self.setting.https)
            }),
        )
    }

    /// The feed of a public component.
    pub(super) fn component_feed(&self, slug: &str, format: Format) -> Option<&Document> {
        let (component, made) = self.of_component(slug)?;
        Some(made.feeds[format as usize].get_or_init(|| {
            let text = format.write(&self.snapshot, Some(component), self.setting.public_url.as_deref());
            Document::new(text, format.content_type(), Class::Data, self.setting.https)
        }))
    }

    fn of_component(&self, slug: &str) -> Option<(&ComponentStatus, &OfComponent)> {
        let place = self.snapshot.components.iter().position(|one| one.slug.as_str() == slug)?;
        Some((self.snapshot.components.get(place)?, self.components.get(place)?.get_or_init(Box::default)))
    }

    /// The page of an incident that the snapshot still holds.
    pub(super) fn incident(&self, id: &IncidentId) -> Option<&Document> {
        let made = self.incidents.get(id)?;
        let incident = incidents_of(&self.snapshot).find(|one| one.id == *id)?;
        Some(made.get_or_init(|| self.render_incident(incident)))
    }

    /// An incident's page, for one that came from the database.
    pub(super) fn render_incident(&self, incident: &Incident) -> Document {
        let page = self.page(&format!("/incidents/{}", incident.id));
        Document::page(render::incident_page(&page, &self.snapshot, incident), self.setting.https)
    }

    /// The page of one month.
    pub(super) fn render_month(&self, month: &render::HistoryMonth) -> Document {
        Document::page(render::history_page(&self.page("/history"), &self.snapshot, month), self.setting.https)
    }

    /// A component over a range of time.
    pub(super) fn render_range(&self, component: &ComponentStatus, view: &RangeView) -> Document {
        let page = self.page(&format!("/components/{}/{}", component.slug, view.range));
        Document::page(render::range_page(&page, component, view), self.setting.https)
    }

    /// The report of a month.
    pub(super) fn render_report(&self, report: &MonthReport) -> Document {
        let page = self.page(&format!("/history/{}/report", report.month));
        Document::page(render::report_page(&page, &self.snapshot, report), self.setting.https)
    }

    /// The manual's contents.
    pub(super) fn manual(&self) -> &Document {
        self.manual.get_or_init(|| {
            let html = render::causes_page(&self.page("/causes"), &self.causes);
            Document::page(html, self.setting.https)
        })
    }

    /// One cause's page of the manual.
    pub(super) fn manual_page(&self, id: &str) -> Option<&Document> {
        let cause = *self.causes.iter().find(|cause| cause.id == id)?;
        let made = self.manual_pages.get(id)?;
        Some(made.get_or_init(|| {
            let page = self.page(&format!("/causes/{id}"));
            Document::page(render::cause_page(&page, cause, &self.causes), self.setting.https)
        }))
    }

    /// A file of the configured look, by its path beneath `/assets/`.
    pub(super) fn look_file(&self, path: &str) -> Option<Document> {
        let (bytes, content_type) = self.setting.look.find(path)?;
        Some(Document::new(bytes, content_type, Class::File, self.setting.https))
    }

    /// What visitors read.
    pub(super) fn words(&self) -> Words {
        Words::of(self.setting.language)
    }

    /// What every page needs beside its data.
    pub(super) fn page(&self, path: &str) -> PageContext {
        page_context(&self.snapshot, &self.setting, path)
    }
}

fn incidents_of(snapshot: &Snapshot) -> impl Iterator<Item = &Incident> {
    snapshot.active.iter().chain(&snapshot.past).filter(|incident| !incident.withdrawn)
}

fn page_context(snapshot: &Snapshot, setting: &Setting, path: &str) -> PageContext {
    PageContext {
        css: setting.css.clone(),
        style: assets::style(),
        live_js: setting.live_js.clone(),
        widget_js: setting.widget_js.clone(),
        title: snapshot.title.clone(),
        public_url: setting.public_url.clone(),
        look: setting.look.look.clone(),
        path: path.to_owned(),
        language: setting.language,
        signed_in: false,
        now: snapshot.as_of,
    }
}
